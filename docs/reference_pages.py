"""Reference pages made from the code: a default or a unit is never written a second time.

MkDocs calls `on_files` before it reads the pages (``hooks`` in mkdocs.yml).
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import attrs
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from typer.models import ArgumentInfo, OptionInfo, ParameterInfo

import tracksam

if TYPE_CHECKING:
    from tracksam.columns import Column

# Where a public name stands on the page, by the module it lives in.
PUBLIC_NAMES = {
    "Running": ("tracksam.pipeline", "tracksam.batching", "tracksam.evaluate", "tracksam.report"),
    "Reading and writing": ("tracksam.io",),
    "What flows through": tuple(
        f"tracksam.{noun}"
        for noun in (
            *("stack", "prompts", "examples", "words", "regions", "points", "masks", "lineage"),
            *("change", "tables"),
        )
    ),
    "Settings and records": ("tracksam.settings", "tracksam.record"),
}
PUBLIC_MODULES = {
    "Writing a back end": ("tracksam.protocols", "tracksam.testing"),
    "Simulated movies": ("tracksam.simulate",),
    "Corrections": ("tracksam.steps.edit",),
}
OWN_PAGE = "tracksam.errors"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    for path, page in PAGES.items():
        files.append(File.generated(config, path, content=page()))
    return files


def table(titles: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    titles = list(titles)
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cell(value) for value in line) + " |" for line in lines)


def cell(value: object) -> str:
    """Return a value as it may stand in a Markdown table."""
    return str(value).replace("|", "\\|").replace("\n", " ")


def settings_page() -> str:
    """Return the page of all settings."""
    from tracksam.setting import section_name
    from tracksam.settings import Settings

    hints = typing.get_type_hints(Settings)
    sections = [hints[field.name] for field in attrs.fields(Settings)]
    parts = [
        "# Settings",
        "A run is told by one TOML file, in which everything may be left out. The command line's "
        "options and the plugin's forms are made from the same table.",
        '```toml\n# a settings file\nmode = "all"\n\n[link]\nmax_gap = 1\n```',
        "An unknown key is refused, and the message names the nearest known one.",
        "## Of the whole run",
        table(SETTING_TITLES, setting_rows(Settings)),
    ]
    for section in sections:
        if attrs.has(section):
            doc = (section.__doc__ or "").strip().splitlines()[0]
            parts += [
                f"## `[{section_name(section)}]`",
                doc,
                table(SETTING_TITLES, setting_rows(section)),
            ]
    return "\n\n".join(parts) + "\n"


SETTING_TITLES = ("Key", "Default", "Unit", "Allowed", "Meaning")


def setting_rows(settings: type) -> Iterator[tuple[str, ...]]:
    """Yield a row for each setting of a class."""
    hints = typing.get_type_hints(settings)
    for field in attrs.fields(settings):
        if "help" not in field.metadata:
            continue
        default = "not set" if field.default is None else f"`{toml_value(field.default)}`"
        unit = field.metadata.get("unit") or "-"
        allowed = allowed_values(field.metadata, hints[field.name])
        yield f"`{field.name}`", default, unit, allowed, field.metadata["help"]


def toml_value(value: object) -> str:
    """Return a value as it is written in TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def allowed_values(metadata: typing.Mapping[str, Any], hint: Any) -> str:
    """Say which values a setting may have."""
    if metadata.get("choices"):
        return ", ".join(f'`"{choice}"`' for choice in metadata["choices"])
    kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    names = {int: "whole number", float: "number", bool: "`true`, `false`", str: "text"}
    words = " or ".join(names[kind] for kind in kinds if kind is not type(None))
    low, high = metadata.get("at_least"), metadata.get("at_most")
    if low is not None and high is not None:
        return f"{words}, {low:g} to {high:g}"
    if high is not None:
        return f"{words}, at most {high:g}"
    return words if low is None else f"{words}, at least {low:g}"


def command_line_page() -> str:
    """Return the page of all commands."""
    from tracksam.cli import app

    parts = [
        "# Command line",
        "`tracksam --help` and `tracksam COMMAND --help` say the same in the terminal.",
        *(part for info in app.registered_commands for part in command_parts(info)),
    ]
    return "\n\n".join(parts) + "\n"


def command_parts(info: Any) -> Iterator[str]:
    """Yield the Markdown of one command."""
    if info.hidden:
        return
    name = info.name or info.callback.__name__.replace("_", "-")
    signature = inspect.signature(info.callback, eval_str=True)
    declared = [declaration(parameter) for parameter in signature.parameters.values()]
    arguments = [d for d in declared if isinstance(d.info, ArgumentInfo)]
    shown = [d for d in declared if isinstance(d.info, OptionInfo) and not d.info.hidden]
    options = [d for d in shown if not is_setting(d.info)]
    usage = " ".join(["tracksam", name, *(d.title for d in arguments), "[OPTIONS]"])
    yield f"## `tracksam {name}`"
    yield inspect.cleandoc(info.help or info.callback.__doc__ or "").replace("\b", "")
    yield f"```text\n{usage}\n```"
    if arguments:
        yield table(("Argument", "Meaning"), [(f"`{d.title}`", d.info.help) for d in arguments])
    if options:
        rows = [(f"`{d.title}`", d.default, d.info.help) for d in options]
        yield table(("Option", "Default", "Meaning"), rows)
    if len(options) < len(shown):
        yield (
            "Every [setting](settings.md) is an option too: `link.max_gap` is `--max-gap`, and a "
            "setting that is true or false has a `--no-` form."
        )


def is_setting(option: ParameterInfo) -> bool:
    """Say whether an option was made from a setting, which has a page of its own."""
    return (option.rich_help_panel or "").startswith("Settings")


@attrs.frozen
class Declaration:
    """One argument or option as the page shows it."""

    info: ParameterInfo
    title: str
    default: str


def declaration(parameter: inspect.Parameter) -> Declaration:
    """Return what a command's parameter declares; typer keeps it in the annotation."""
    kind, *notes = typing.get_args(parameter.annotation)
    (info,) = [note for note in notes if isinstance(note, ParameterInfo)]
    word = info.metavar or parameter.name.upper()
    if isinstance(info, ArgumentInfo):
        return Declaration(info, word, "-")
    long = f"--{parameter.name.replace('_', '-')}"
    # In an annotation, typer keeps the first name where a default would stand.
    given = [name for name in (info.default, *(info.param_decls or ())) if isinstance(name, str)]
    names = ", ".join(given or [long])
    is_flag = bool in (kind, *typing.get_args(kind))
    absent = parameter.default in (None, (), [], inspect.Parameter.empty)
    default = "-" if is_flag or absent else f"`{parameter.default}`"
    return Declaration(info, names if is_flag else f"{names} {word}", default)


def python_page() -> str:
    """Return the page of the public Python names."""
    parts = [
        "# Python",
        "The names in everyday use are in `tracksam` itself and load on first use; the pages below "
        "say where each lives.",
    ]
    names = [name for name in tracksam.__all__ if not name.startswith("_")]
    values = {name: getattr(tracksam, name) for name in names}
    homes = {n: str(v.__module__) for n, v in values.items() if not inspect.ismodule(v)}
    for title, modules in PUBLIC_NAMES.items():
        parts.append(f"## {title}")
        for module in modules:
            parts += [f"::: {home}.{name}" for name, home in homes.items() if below(home, module)]
    known = (*(module for group in PUBLIC_NAMES.values() for module in group), OWN_PAGE)
    homeless = [name for name, home in homes.items() if not any(below(home, m) for m in known)]
    if homeless:
        raise ValueError(f"PUBLIC_NAMES has no place for {', '.join(homeless)}")
    for title, modules in PUBLIC_MODULES.items():
        parts += [f"## {title}", *(f"::: {module}" for module in modules)]
    return "\n\n".join(parts) + "\n"


def below(module: str, package: str) -> bool:
    """Say whether a module is a package or lies in it."""
    return module == package or module.startswith(f"{package}.")


def errors_page() -> str:
    """Return the page of the errors."""
    return (
        "# Errors\n\n"
        "Everything that tracksam raises on purpose is a `TracksamError`. The command line prints "
        "it on one line and exits with 1; any other error keeps its traceback, because it is a "
        "mistake in the program.\n\n"
        "::: tracksam.errors\n"
    )


def columns_page() -> str:
    """Return the page of the columns of all tables."""
    from tracksam.columns import (
        CELL_COLUMNS,
        CELL_KIND_COLUMNS,
        FAMILY_COLUMNS,
        FRAME_COLUMNS,
        LAG_COLUMNS,
        MOVIE_COLUMNS,
        TRACK_COLUMNS,
        TRACK_KIND_COLUMNS,
    )

    return "\n\n".join(
        (
            "# Columns",
            "A column that needs a calibration is there only if the movie has one: no column "
            "changes its unit with the metadata. `{channel}` stands for the channel's number.",
            "## `cells.csv`",
            "A row for each cell in each frame, sorted by track and frame.",
            table(COLUMN_TITLES, column_rows((*CELL_COLUMNS, *CELL_KIND_COLUMNS))),
            "## `tracks.csv`",
            "A row for each track, sorted by track id.",
            table(COLUMN_TITLES, column_rows((*TRACK_COLUMNS, *TRACK_KIND_COLUMNS))),
            "## `frames.csv`",
            "A row for each frame. This and the tables below are written by `tracksam measure`.",
            table(COLUMN_TITLES, column_rows(FRAME_COLUMNS)),
            "## `families.csv`",
            "A row for each family: a track without a mother, and all its descendants.",
            table(COLUMN_TITLES, column_rows(FAMILY_COLUMNS)),
            "## `lags.csv`",
            "A row for each track and lag, up to 50 frames: how far it comes, and whether it keeps "
            "its direction. What was filled in is left out.",
            table(COLUMN_TITLES, column_rows(LAG_COLUMNS)),
            "## `movie.csv`",
            "One row.",
            table(COLUMN_TITLES, column_rows(MOVIE_COLUMNS)),
        )
    )


COLUMN_TITLES = ("Column", "Type", "Unit", "Needs", "Meaning")
CALIBRATIONS = {
    "none": "-",
    "space": "pixel size",
    "time": "frame interval",
    "both": "pixel size, frame interval",
}


def column_rows(columns: Iterable[Column]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each declared column."""
    for column in columns:
        needs = CALIBRATIONS[column.needs]
        yield f"`{column.name}`", column.dtype, column.unit or "-", needs, column.meaning


PAGES: dict[str, Callable[[], str]] = {
    "reference/settings.md": settings_page,
    "reference/columns.md": columns_page,
    "reference/command-line.md": command_line_page,
    "reference/python.md": python_page,
    "reference/errors.md": errors_page,
}
