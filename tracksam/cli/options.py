"""Options of the command line, made from settings classes."""

from __future__ import annotations

import functools
import inspect
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, get_type_hints

import attrs
import typer

from tracksam.errors import SettingsError
from tracksam.setting import section_name

SHORT_UNITS = ("_px", "_um", "_s")
NOT_OPTIONS = ("mode",)
"""Settings that a command offers in a form of its own."""


def with_settings(
    cls: type, sections: tuple[str, ...] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that gives a command an option for every setting of a class.

    Parameters
    ----------
    cls : type
        A settings class, whose fields are settings or sections of settings.
    sections : tuple of str
        Only these sections, and no setting outside them; empty: everything.

    Returns
    -------
    callable
        Takes a command. Its parameter `chosen` gets the settings that the user chose, as (nested)
        mappings; all its other parameters stay as they are.
    """
    wanted = [o for o in _options(cls) if not sections or o[1] in sections]
    return functools.partial(_with_options, wanted)


def _with_options(
    options: list[tuple[inspect.Parameter, str]], command: Callable[..., None]
) -> Callable[..., None]:
    @functools.wraps(command)
    def wrapped(**values: Any) -> None:
        chosen: dict[str, Any] = {}
        for parameter, section in options:
            value = values.pop(parameter.name)
            if value is not None:
                (chosen.setdefault(section, {}) if section else chosen)[parameter.name] = value
        command(**values, chosen=chosen)

    own = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in inspect.signature(command, eval_str=True).parameters.values()
        if parameter.name != "chosen"
    ]
    signature = inspect.Signature([*own, *(parameter for parameter, _ in options)])
    wrapped.__signature__ = signature  # type: ignore[attr-defined]
    wrapped.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    return wrapped


def _options(cls: type) -> Iterator[tuple[inspect.Parameter, str]]:
    """An option and its section, for every setting."""
    for field in attrs.fields(cls):
        kind = get_type_hints(cls)[field.name]
        if attrs.has(kind):
            for inner in attrs.fields(kind):
                yield _option(kind, inner, section_name(kind)), section_name(kind)
        elif field.name not in NOT_OPTIONS:
            yield _option(cls, field, section_name(cls) or "run"), ""


def _option(cls: type, field: attrs.Attribute[Any], panel: str) -> inspect.Parameter:
    metadata: Mapping[str, Any] = field.metadata
    hint = get_type_hints(cls)[field.name]
    default = "none" if field.default is None else str(field.default).lower()
    text = f"{metadata['help']} ({_unit(metadata['unit'])}default: {default})"
    option = typer.Option(
        *_flags(field.name, hint), help=text, rich_help_panel=f"Settings: {panel}"
    )
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[hint | None, option],
    )


def _unit(unit: str) -> str:
    return f"{unit}, " if unit else ""


def _flags(name: str, hint: Any) -> tuple[str, ...]:
    """`diameter_px` is --diameter-px, and --diameter for short; a bool has a --no- form."""
    flag = "--" + name.replace("_", "-")
    if hint is bool:
        return (f"{flag}/--no-{flag[2:]}",)
    short = next((name.removesuffix(unit) for unit in SHORT_UNITS if name.endswith(unit)), name)
    return (flag,) if short == name else (flag, "--" + short.replace("_", "-"))


def assigned(texts: Sequence[str]) -> dict[str, Any]:
    """Return the values of ``name=value`` texts; a value that is no TOML is a word.

    Parameters
    ----------
    texts : sequence of str
        Such as ``["link.max_gap=1", "mode=all"]``. Dots make nested mappings.

    Returns
    -------
    dict

    Raises
    ------
    SettingsError
        A text is not of this form, or names a setting twice.
    """
    lines = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not (equals and all(part.isidentifier() for part in name.split("."))):
            raise SettingsError(f"a setting is given as name=value, got {text!r}.")
        try:
            tomllib.loads(f"value = {value}")
        except tomllib.TOMLDecodeError:
            value = json.dumps(value)
        lines.append(f"{name} = {value}")
    try:
        return tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"the settings {', '.join(texts)} do not fit together: {error}."
        ) from None
