"""Arguments that several commands take, and what they mean together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracksam.errors import InvalidInputError, ReadError
from tracksam.settings import Settings

if TYPE_CHECKING:
    from tracksam.pipeline.finding.query import Query

AxesOption = Annotated[
    str | None, typer.Option(help="The file's axes, a letter each of TCZYX, if it has no names.")
]
ExamplesOption = Annotated[
    list[Path] | None,
    typer.Option(
        help="Examples, made by `tracksam examples`: only cells like them count. Give it again for "
        "another kind."
    ),
]
WordsOption = Annotated[
    list[str] | None,
    typer.Option(help="What is looked for, in words; give it again for another phrase."),
]
NotOption = Annotated[
    list[str] | None,
    typer.Option("--not", help="What is not wanted, in words: it competes, and is left out."),
]
FinderOption = Annotated[
    str | None,
    typer.Option(help="Back end that understands words; `tracksam backends` lists them."),
]
ReferenceOption = Annotated[
    Path | None, typer.Option(help="An image with one object whose like is looked for.")
]
MaskOption = Annotated[
    Path | None, typer.Option(help="Label image of --reference that holds that object alone.")
]
LookAtOption = Annotated[
    int, typer.Option(min=0, help="The frame in which --words or --reference are looked for.")
]
FollowOption = Annotated[
    bool | None,
    typer.Option(
        "--follow/--all",
        help="Follow only what is marked and its descendants, or track everything.",
    ),
]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on with what was interrupted: do what is missing.")
]
SettingsOption = Annotated[
    Path | None, typer.Option(help="Settings as TOML; options on the command line win.")
]


def chosen_settings(
    start: Settings, chosen: Mapping[str, Any], follow: bool | None = None
) -> Settings:
    """Return settings with what the command line says of them.

    Parameters
    ----------
    start : Settings
        Of a file, of an earlier run, or the defaults.
    chosen : mapping
        Values of options, by section.
    follow : bool, optional
        Of ``--follow/--all``.

    Returns
    -------
    Settings

    Raises
    ------
    SettingsError
        A value is out of range.
    """
    wanted = start.changed(chosen)
    if follow is None:
        return wanted
    return wanted.changed({"mode": "follow" if follow else "all"})


def query_of(
    words: tuple[list[str] | None, list[str] | None],
    finder: str | None,
    reference: tuple[Path | None, Path | None],
    frame: int = 0,
) -> Query | None:
    """Return what is looked for by words or by a reference; None: nothing.

    Parameters
    ----------
    words : tuple
        Of ``--words`` and ``--not``.
    finder : str, optional
        Of ``--finder``.
    reference : tuple
        Of ``--reference`` and ``--mask``.
    frame : int
        Of ``--look-at``.

    Returns
    -------
    Query or None

    Raises
    ------
    InvalidInputError
        They do not go together.
    """
    from tracksam.pipeline.finding.query import FINDER, Query

    if not any((*words, *reference)):
        return None
    image, mask = (None if path is None else str(path) for path in reference)
    return Query(words[0] or (), words[1] or (), finder or FINDER, image, mask, frame)


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


def settings_file(path: Path | None) -> Settings:
    """Return the settings of a file; the defaults where none is named.

    Raises
    ------
    ReadError
        The file is missing or no text.
    SettingsError
        It is no TOML, or names what is no setting.
    """
    return Settings.from_toml(text_of(path)) if path else Settings()


def text_of(path: Path) -> str:
    """Return the text of a file.

    Raises
    ------
    ReadError
        The file is missing or no text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(f"{path} can not be read as text: {error}.") from None


def on_exists(overwrite: bool, resume: bool) -> str:
    """Return what to do with an earlier run.

    Parameters
    ----------
    overwrite, resume : bool
        Of ``--overwrite`` and ``--resume``.

    Returns
    -------
    {"refuse", "overwrite", "resume"}

    Raises
    ------
    InvalidInputError
        Both are wished.
    """
    if overwrite and resume:
        raise InvalidInputError("give --overwrite or --resume, not both.")
    return "overwrite" if overwrite else "resume" if resume else "refuse"
