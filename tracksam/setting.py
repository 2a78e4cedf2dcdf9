"""Setting: how a setting is declared, with help, unit, range and choices; it checks itself."""

from __future__ import annotations

import sys
import types
import typing
from typing import Any

import attrs

from tracksam.errors import SettingsError

_LARGEST = int(sys.float_info.max)


def setting(
    default: Any,
    help: str,
    *,
    unit: str = "",
    at_least: float | None = None,
    at_most: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """Return an attrs field of a settings class.

    Parameters
    ----------
    default : Any
        The default.
    help : str
        One sentence for the person who sets it.
    unit : str
        ``"px"``, ``"um"``, ``"s"``, ``"frames"``, ``"cell diameters"``, or empty for a pure number.
    at_least, at_most : float, optional
        Bounds that are allowed themselves.
    choices : tuple of str
        Allowed words; empty: any.

    Returns
    -------
    attrs field
    """
    metadata = {
        "help": help,
        "unit": unit,
        "at_least": at_least,
        "at_most": at_most,
        "choices": choices,
    }
    return attrs.field(default=default, metadata=metadata, validator=_check)


def _check(instance: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    allowed = _allowed_types(type(instance), attribute.name)
    name = f"{section_name(type(instance))}.{attribute.name}".removeprefix(".")
    if type(value) not in allowed:
        if float in allowed and type(value) is int and abs(value) <= _LARGEST:
            object.__setattr__(instance, attribute.name, float(value))
        else:
            words = " or ".join("nothing" if t is type(None) else t.__name__ for t in allowed)
            raise SettingsError(f"{name} must be {words}, got {value!r}.")
    low, high = attribute.metadata["at_least"], attribute.metadata["at_most"]
    if value is not None and low is not None and not value >= low:
        raise SettingsError(f"{name} must be at least {low:g}, got {value!r}.")
    if value is not None and high is not None and not value <= high:
        raise SettingsError(f"{name} must be at most {high:g}, got {value!r}.")
    choices = attribute.metadata["choices"]
    if choices and value not in choices:
        raise SettingsError(f"{name} must be one of {', '.join(choices)}; got {value!r}.")


def _allowed_types(cls: type, name: str) -> tuple[type, ...]:
    hint = typing.get_type_hints(cls)[name]
    return typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)


def section_name(cls: type) -> str:
    """Return a class's section: ``LinkSettings`` gives ``"link"``, `Settings` itself ``""``."""
    return cls.__name__.removesuffix("Settings").lower()
