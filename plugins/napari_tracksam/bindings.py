"""Bindings: keys and the mouse, as one table that also makes the list of shortcuts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from napari_tracksam.marking import TOOLS
from napari_tracksam.place import camera

if TYPE_CHECKING:
    from napari_tracksam.session import Session


@attrs.frozen
class Shortcut:
    """A key and what it does.

    Parameters
    ----------
    key : str
        As napari writes keys.
    title, group : str
        What a person reads, and under which heading.
    action : str
        Name of what it does.
    run : callable
        Does it to a session.
    """

    key: str
    title: str
    group: str
    action: str
    run: Callable[[Session], object] = attrs.field(repr=False)


def _toggle_marking(session: Session) -> None:
    session.marking.set_active(not session.marking.active)


def _track(mode: str, session: Session) -> None:
    session.tracking.set_plan(mode=mode)
    session.tracking.start()


def _next_tool(session: Session) -> None:
    at = TOOLS.index(session.marking.tool)
    session.marking.set_tool(TOOLS[(at + 1) % len(TOOLS)])


def _next_shown(session: Session) -> None:
    shown = ("all", "selected", "lineage")
    at = shown.index(session.looking.look.show)
    session.looking.show(shown[(at + 1) % len(shown)])


SHORTCUTS: tuple[Shortcut, ...] = (
    Shortcut("M", "Mark cells: on or off", "Mark", "mark", _toggle_marking),
    Shortcut("Shift-M", "Point, box or brush", "Mark", "tool", _next_tool),
    Shortcut("Enter", "Accept the outline", "Mark", "accept", lambda s: s.marking.accept()),
    Shortcut("Shift-Enter", "Accept, next cell", "Mark", "next_cell", lambda s: s.marking.next()),
    Shortcut("Escape", "Reject the outline", "Mark", "reject", lambda s: s.marking.reject()),
    Shortcut("Shift-A", "Find all cells", "Mark", "find_all", lambda s: s.marking.find_all()),
    Shortcut("E", "Selected: like these", "Examples", "add_wanted", lambda s: s.finding.add(True)),
    Shortcut(
        "Shift-E",
        "Selected: not like these",
        "Examples",
        "add_unwanted",
        lambda s: s.finding.add(False),
    ),
    Shortcut("L", "Look in this frame", "Examples", "look", lambda s: s.finding.look()),
    Shortcut("Shift-L", "Forget all", "Examples", "clear_examples", lambda s: s.finding.clear()),
    Shortcut("F", "Select what is found", "Examples", "select_found", lambda s: s.finding.select()),
    Shortcut("Shift-F", "Mark what is found", "Examples", "mark_found", lambda s: s.finding.mark()),
    Shortcut("Shift-T", "Track marked cells", "Track", "track_marked", partial(_track, "follow")),
    Shortcut("Alt-T", "Track all cells", "Track", "track_all", partial(_track, "all")),
    Shortcut(
        "Shift-R",
        "Track again from here",
        "Track",
        "retrack",
        lambda s: s.tracking.start_from_here(),
    ),
    Shortcut("Shift-X", "Cancel tracking", "Track", "cancel", lambda s: s.tracking.cancel()),
    Shortcut("J", "Join two tracks", "Correct", "join", lambda s: s.editing.join()),
    Shortcut("B", "Break here", "Correct", "break", lambda s: s.editing.break_track()),
    Shortcut("S", "Swap from here on", "Correct", "swap", lambda s: s.editing.swap()),
    Shortcut("D", "Mark division", "Correct", "mark_division", lambda s: s.editing.mark_division()),
    Shortcut(
        "Shift-D",
        "Unmark division",
        "Correct",
        "unmark_division",
        lambda s: s.editing.unmark_division(),
    ),
    Shortcut("G", "Fill gap", "Correct", "fill_gap", lambda s: s.editing.fill_gap()),
    Shortcut("C", "Confirm", "Correct", "confirm", lambda s: s.editing.confirm()),
    Shortcut("Shift-C", "Not confirmed", "Correct", "unconfirm", lambda s: s.editing.unconfirm()),
    Shortcut(
        "X", "Delete after here", "Correct", "delete_after", lambda s: s.editing.delete_after()
    ),
    Shortcut("Delete", "Delete tracks", "Correct", "delete", lambda s: s.editing.delete()),
    Shortcut("Control-Z", "Undo", "Correct", "undo", lambda s: s.editing.undo()),
    Shortcut("Control-Shift-Z", "Redo", "Correct", "redo", lambda s: s.editing.redo()),
    Shortcut("N", "Next doubtful place", "Look", "next_doubt", lambda s: s.doubting.next()),
    Shortcut(
        "P", "Previous doubtful place", "Look", "previous_doubt", lambda s: s.doubting.previous()
    ),
    Shortcut("V", "Show all, selected, lineage", "Look", "show", _next_shown),
)
"""Every key."""


def bind(session: Session) -> None:
    """Bind keys and the mouse of a session's viewer; once more changes nothing."""
    viewer = session.viewer
    for shortcut in SHORTCUTS:
        pressed = partial(_pressed, session, shortcut)
        pressed.__name__ = shortcut.action  # type: ignore[attr-defined]  # napari asks for it
        viewer.bind_key(shortcut.key, pressed, overwrite=True)
    if not session.is_bound:
        viewer.mouse_drag_callbacks.append(partial(on_press, session))
        viewer.mouse_move_callbacks.append(partial(on_move, session))
        session.is_bound = True


def _pressed(session: Session, shortcut: Shortcut, _viewer: Any) -> None:
    session.attempt(partial(shortcut.run, session))


def on_move(session: Session, _viewer: Any, event: Any) -> None:
    """Preview what lies under the pointer."""
    yx = session.position(event.position)
    if yx is not None and session.marking.active:
        session.marking.hover(yx)


def on_press(session: Session, _viewer: Any, event: Any) -> Any:
    """A click marks or selects; a drag with the box tool is a box."""
    start = session.position(event.position)
    is_box = session.marking.active and session.marking.tool == "box"
    if event.button != 1 or start is None:
        return
    eye = camera(session.viewer)
    pans = eye.mouse_pan
    if is_box:
        eye.mouse_pan = False
    yield
    is_dragged = False
    while event.type == "mouse_move":
        is_dragged = True
        yield
    eye.mouse_pan = pans
    end = session.position(event.position, clip=True)
    if is_dragged and is_box and end is not None:
        session.attempt(partial(session.marking.add_box, _box(start, end)))
    elif not is_dragged:
        session.attempt(partial(_clicked, session, start, tuple(event.modifiers)))


def _clicked(session: Session, yx: tuple[float, float], modifiers: tuple[str, ...]) -> None:
    if not session.marking.active:
        session.looking.select_at(yx, add="Shift" in modifiers)
    elif session.marking.tool != "brush":
        session.marking.add_point(yx, positive="Alt" not in modifiers)


def _box(start: tuple[float, float], end: tuple[float, float]) -> Any:
    low, high = np.minimum(start, end), np.maximum(start, end)
    return np.concatenate([low, np.maximum(high, low + 1)])
