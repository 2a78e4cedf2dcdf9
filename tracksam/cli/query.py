"""Options that say what is looked for, by words or by one mask; several commands take them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from tracksam.errors import InvalidInputError

if TYPE_CHECKING:
    from tracksam.pipeline.finding.query import Query

Command = Callable[..., None]


def _wanted(
    words: Annotated[
        list[str] | None,
        typer.Option(help="What is looked for, in words; give it again for another phrase."),
    ] = None,
    unwanted: Annotated[
        list[str] | None,
        typer.Option("--not", help="What is not wanted, in words: it competes, and is left out."),
    ] = None,
    finder: Annotated[
        str | None,
        typer.Option(help="Back end that understands words; `tracksam backends` lists them."),
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="An image with one object whose like is looked for.")
    ] = None,
    mask: Annotated[
        Path | None, typer.Option(help="Label image of --reference that holds that object alone.")
    ] = None,
    look_at: Annotated[
        int, typer.Option(min=0, help="The frame in which --words or --reference are looked for.")
    ] = 0,
) -> Query | None:
    """Return what is looked for; None: nothing."""
    from tracksam.pipeline.finding.query import FINDER, Query

    if not any((words, unwanted, reference, mask)):
        return None
    image, label_image = (None if path is None else str(path) for path in (reference, mask))
    return Query(words or (), unwanted or (), finder or FINDER, image, label_image, look_at)


def with_query(*, in_one_frame: bool) -> Callable[[Command], Command]:
    """Return a decorator that gives a command the options of what is looked for.

    Parameters
    ----------
    in_one_frame : bool
        Whether there is an option for the frame in which it is looked for.

    Returns
    -------
    callable
        Takes a command. Where its parameter `query` stands, there are the options; it gets a
        `Query`, or None where nothing is looked for.
    """
    options = _parameters(_wanted)
    return functools.partial(_with_query, options if in_one_frame else options[:-1])


def _with_query(options: list[inspect.Parameter], command: Command) -> Command:
    names = [option.name for option in options]

    @functools.wraps(command)
    def wrapped(**values: Any) -> None:
        said = {name: values.pop(name) for name in names}
        command(**values, query=_wanted(**said))

    parameters: list[inspect.Parameter] = []
    for parameter in _parameters(command):
        parameters += options if parameter.name == "query" else [parameter]
    keywords = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters]
    wrapped.__signature__ = inspect.Signature(keywords)  # type: ignore[attr-defined]
    return wrapped


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """The parameters with their annotations; `Query` is imported only where one is made."""
    hints = get_type_hints(function, localns={"Query": object}, include_extras=True)
    found = inspect.signature(function).parameters.values()
    return [parameter.replace(annotation=hints[parameter.name]) for parameter in found]


def require_one_way(query: Query | None, prompts: Path | None, examples: list[Path] | None) -> None:
    """Check that what is to be tracked is said in one way.

    Parameters
    ----------
    query : Query or None
        What is looked for.
    prompts : Path, optional
        Of ``--prompts``.
    examples : list of Path, optional
        Of ``--examples``.

    Raises
    ------
    InvalidInputError
        It is looked for, and marked or shown too.
    """
    if query is not None and (prompts or examples):
        raise InvalidInputError(
            "give --words or --reference, or else --prompts and --examples, not both."
        )
