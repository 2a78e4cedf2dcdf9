"""Keys: the table of shortcuts as text, and the hint of a button with its key."""

from __future__ import annotations

from html import escape
from itertools import groupby

from napari_tracksam.bindings import SHORTCUTS, Shortcut
from napari_tracksam.shown.acts import Act

MOUSE: tuple[tuple[str, str], ...] = (
    ("Click", "while marking: this belongs to the cell; else: select the cell"),
    ("Alt-click", "while marking: this does not belong to the cell"),
    ("Drag", "while marking with the box: a box around the cell"),
    ("Shift-click", "add the cell to the selection"),
    ("?", "show or hide these keys"),
)


def hint_of(act: Act) -> str:
    """Return a button's tooltip: what it does, and its key."""
    key = next((s.key for s in SHORTCUTS if s.action == act.key), "")
    return f"{act.hint} Key: {key}." if key else act.hint


def shortcuts_html() -> str:
    """Return all shortcuts as a table of rich text, by group."""
    parts = ["<table cellspacing='0' cellpadding='3'>"]
    for group, shortcuts in groupby(SHORTCUTS, key=_group):
        parts.append(f"<tr><td colspan='2'><b>{escape(group)}</b></td></tr>")
        parts += [_row(shortcut.key, shortcut.title) for shortcut in shortcuts]
    parts.append("<tr><td colspan='2'><b>Mouse</b></td></tr>")
    parts += [_row(key, title) for key, title in MOUSE]
    return "".join([*parts, "</table>"])


def _group(shortcut: Shortcut) -> str:
    return shortcut.group


def _row(key: str, title: str) -> str:
    return f"<tr><td><code>{escape(key)}</code>&nbsp;&nbsp;</td><td>{escape(title)}</td></tr>"
