"""XML that declares entities is refused: a few hundred bytes of them grow to gigabytes."""

from __future__ import annotations

from contextlib import suppress
from xml.parsers import expat

from tracksam.errors import InvalidInputError


class _EnoughReadError(Exception):
    """An entity was declared, or the root has begun: declarations can only stand before it."""


def refuse_entities(xml: str | bytes, name: str) -> None:
    """Check that a document declares no entities; only what stands before its root is read.

    Parameters
    ----------
    xml : str or bytes
        The document. What is not well-formed is left to the parser that reads all of it.
    name : str
        What to call it in the message.

    Raises
    ------
    InvalidInputError
        It does.

    Examples
    --------
    >>> refuse_entities('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "spots.xml")
    Traceback (most recent call last):
    tracksam.errors.InvalidInputError: spots.xml declares the XML entity 'b'; entities are not \
expanded: remove its DOCTYPE.
    """
    parser = expat.ParserCreate()
    declared: list[str] = []

    def declaration(entity: str, *_: object) -> None:
        declared.append(entity)
        raise _EnoughReadError

    parser.EntityDeclHandler = declaration
    parser.StartElementHandler = _stop
    with suppress(_EnoughReadError, expat.ExpatError, LookupError, ValueError):
        parser.Parse(xml, True)
    if declared:
        raise InvalidInputError(
            f"{name} declares the XML entity {declared[0]!r}; entities are not expanded: remove "
            "its DOCTYPE."
        )


def _stop(_name: str, _attributes: dict[str, str]) -> None:
    raise _EnoughReadError
