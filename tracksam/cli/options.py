"""Options of the command line, made from the settings classes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, get_type_hints

import attrs
import typer

from tracksam.settings import Settings, section_name

SHORT_UNITS = ("_px", "_um", "_s")
NOT_OPTIONS = ("mode",)
"""Settings that a command offers in a form of its own."""


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that has an option for every setting.

    Parameters
    ----------
    command : callable
        Its parameter `chosen` gets the settings that the user chose, as nested mappings; all its
        other parameters stay as they are.

    Returns
    -------
    callable
        For `typer`.
    """
    options = list(_options())
    names = [parameter.name for parameter, _ in options]

    @functools.wraps(command)
    def wrapped(**values: Any) -> None:
        chosen: dict[str, Any] = {}
        for (parameter, section), name in zip(options, names, strict=True):
            value = values.pop(parameter.name)
            if value is not None:
                (chosen.setdefault(section, {}) if section else chosen)[name] = value
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


def _options() -> Iterator[tuple[inspect.Parameter, str]]:
    """An option and its section, for every setting."""
    for field in attrs.fields(Settings):
        if field.name in NOT_OPTIONS:
            continue
        section = get_type_hints(Settings)[field.name]
        if attrs.has(section):
            for inner in attrs.fields(section):
                yield _option(section, inner, section_name(section)), section_name(section)
        else:
            yield _option(Settings, field, "run"), ""


def _option(cls: type, field: attrs.Attribute[Any], panel: str) -> inspect.Parameter:
    metadata: Mapping[str, Any] = field.metadata
    hint = get_type_hints(cls)[field.name]
    default = "none" if field.default is None else str(field.default).lower()
    text = f"{metadata['help']} [{_unit(metadata['unit'])}default: {default}]"
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
