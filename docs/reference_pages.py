"""Reference pages made from the code: a default or a unit is never written a second time.

MkDocs calls `on_files` before it reads the pages (``hooks`` in mkdocs.yml).
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs
import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

PACKAGE = Path(__file__).resolve().parents[1] / "tracksam"
PUBLIC_MODULES = {
    "Running": ["pipeline", "batch", "evaluate", "report"],
    "Reading and writing": ["io"],
    "What flows through": ["stack", "prompts", "regions", "points", "masks", "lineage", "tables"],
    "Settings and records": ["settings", "columns", "record"],
    "Writing a back end": ["protocols", "testing"],
    "Simulated movies": ["simulate"],
}


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
    from tracksam.settings import Settings, section_name

    hints = typing.get_type_hints(Settings)
    sections = [hints[field.name] for field in attrs.fields(Settings)]
    parts = [
        "# Settings",
        "A run is told by one TOML file, in which everything may be left out. The command line's "
        "options and the plugin's forms are made from the same table.",
        "```toml\n# a settings file\nmode = \"all\"\n\n[link]\nmax_gap = 1\n```",
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
    return words if low is None else f"{words}, at least {low:g}"


def command_line_page() -> str:
    """Return the page of all commands."""
    from tracksam.cli import app
    from typer.main import get_command

    root = get_command(app)
    parts = ["# Command line", *command_parts(root, "tracksam", level=1)[1:]]
    return "\n\n".join(parts) + "\n"


def command_parts(command: Any, path: str, level: int) -> list[str]:
    """Return the Markdown of a command and the commands below it."""
    context = click.Context(command, info_name=path)
    usage = " ".join(command.collect_usage_pieces(context))
    parts = ["#" * level + f" `{path}`", plain(command.help), f"```text\n{path} {usage}\n```"]
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
    if arguments:
        rows = [(f"`{p.human_readable_name}`", plain(getattr(p, "help", ""))) for p in arguments]
        parts.append(table(("Argument", "Meaning"), rows))
    if options:
        rows = [(option_names(p), option_default(p), plain(p.help)) for p in options]
        parts.append(table(("Option", "Default", "Meaning"), rows))
    for name, below in sorted(getattr(command, "commands", {}).items()):
        if not below.hidden:
            parts += command_parts(below, f"{path} {name}", level + 1)
    return parts


def plain(text: str | None) -> str:
    """Return help text without the marks of the terminal."""
    return (text or "").replace("\b", "").strip()


def option_names(option: Any) -> str:
    """Return how an option is written, with a word for its value."""
    names = ", ".join((*option.opts, *option.secondary_opts))
    if option.is_flag:
        return f"`{names}`"
    return f"`{names} {option.type.name.upper()}`"


def option_default(option: Any) -> str:
    """Return an option's default in a word."""
    if option.is_flag or option.default in (None, (), []) or callable(option.default):
        return "-"
    return f"`{option.default}`"


def python_page() -> str:
    """Return the page of the public Python names."""
    parts = [
        "# Python",
        "The names in everyday use are in `tracksam` itself and load on first use; the pages below "
        "say where each lives.",
    ]
    for title, modules in PUBLIC_MODULES.items():
        names = [name for module in modules for name in module_names(module)]
        if names:
            parts += [f"## {title}", *(f"::: tracksam.{name}" for name in names)]
    return "\n\n".join(parts) + "\n"


def module_names(module: str) -> list[str]:
    """Return a module, or the public modules of a package, as far as they are there."""
    if (PACKAGE / f"{module}.py").is_file():
        return [module]
    inside = sorted((PACKAGE / module).glob("*.py"))
    return [f"{module}.{path.stem}" for path in inside if not path.stem.startswith("_")]


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
    from tracksam import columns

    parts = [
        "# Columns",
        "A column that needs a calibration is there only if the movie has one: no column changes "
        "its unit with the metadata.",
    ]
    for title, declared in column_tables(columns):
        rows = [
            (f"`{c.name}`", f"`{c.dtype}`", c.unit or "-", c.meaning) for c in declared
        ]
        parts += [f"## {title}", table(("Column", "Type", "Unit", "Meaning"), rows)]
    return "\n\n".join(parts) + "\n"


def column_tables(columns: types.ModuleType) -> Iterator[tuple[str, Iterable[Any]]]:
    """Yield the tables that the module declares: upper-case tuples of columns."""
    for name, value in vars(columns).items():
        if name.isupper() and isinstance(value, tuple) and value and attrs.has(type(value[0])):
            yield f"`{name.lower().removesuffix('_columns')}.csv`", value


PAGES: dict[str, Callable[[], str]] = {
    "reference/settings.md": settings_page,
    "reference/columns.md": columns_page,
    "reference/command-line.md": command_line_page,
    "reference/python.md": python_page,
    "reference/errors.md": errors_page,
}
