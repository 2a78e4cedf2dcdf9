"""Arguments that several commands take, and what they mean together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from tracksam.errors import InvalidInputError, ReadError
from tracksam.settings import Settings

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
