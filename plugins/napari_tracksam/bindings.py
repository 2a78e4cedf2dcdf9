"""Bindings: keys and the mouse, as one table that also makes the list of shortcuts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from napari_tracksam.layer_set import bind_key
from napari_tracksam.marking import TOOLS
from napari_tracksam.place import camera
from napari_tracksam.shown.acts import ALL

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
        Does it to a session. Default: what the button of that name does.
    """

    key: str
    title: str
    group: str
    action: str
    run: Callable[[Session], object] = attrs.field(repr=False)

    @run.default
    def _of_the_button(self) -> Callable[[Session], object]:
        return next(act.run for act in ALL if act.key == self.action)


def _toggle_marking(session: Session) -> None:
    session.marking.set_active(not session.marking.active)


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
    Shortcut("Enter", "Accept the outline", "Mark", "accept"),
    Shortcut("Shift-Enter", "Accept, next cell", "Mark", "next_cell"),
    Shortcut("Escape", "Reject the outline", "Mark", "reject"),
    Shortcut("Shift-A", "Find all cells", "Mark", "find_all"),
    Shortcut("E", "Selected: like these", "Examples", "add_wanted"),
    Shortcut("Shift-E", "Selected: not like these", "Examples", "add_unwanted"),
    Shortcut("L", "Look in this frame", "Examples", "look"),
    Shortcut("Shift-L", "Forget all", "Examples", "clear_examples"),
    Shortcut("F", "Select what is found", "Examples", "select_found"),
    Shortcut("Shift-F", "Mark what is found", "Examples", "mark_found"),
    Shortcut("Shift-T", "Track marked cells", "Track", "track_marked"),
    Shortcut("Alt-T", "Track all cells", "Track", "track_all"),
    Shortcut("Shift-K", "Track cells like these", "Track", "track_like"),
    Shortcut("Shift-R", "Track again from here", "Track", "retrack"),
    Shortcut("Shift-X", "Cancel tracking", "Track", "cancel"),
    Shortcut("J", "Join two tracks", "Correct", "join"),
    Shortcut("B", "Break here", "Correct", "break"),
    Shortcut("S", "Swap from here on", "Correct", "swap"),
    Shortcut("D", "Mark division", "Correct", "mark_division"),
    Shortcut("Shift-D", "Unmark division", "Correct", "unmark_division"),
    Shortcut("G", "Fill gap", "Correct", "fill_gap"),
    Shortcut("C", "Confirm", "Correct", "confirm"),
    Shortcut("Shift-C", "Not confirmed", "Correct", "unconfirm"),
    Shortcut("X", "Delete after here", "Correct", "delete_after"),
    Shortcut("Delete", "Delete tracks", "Correct", "delete"),
    Shortcut("Control-Z", "Undo", "Correct", "undo"),
    Shortcut("Control-Shift-Z", "Redo", "Correct", "redo"),
    Shortcut("N", "Next doubtful place", "Look", "next_doubt"),
    Shortcut("P", "Previous doubtful place", "Look", "previous_doubt"),
    Shortcut("V", "Show all, selected, lineage", "Look", "show", _next_shown),
)
"""Every key."""


def bind(session: Session) -> None:
    """Bind keys and the mouse of a session's viewer; once more changes nothing."""
    viewer = session.viewer
    _bind_keys(session, viewer)
    bind_layers(session)
    if not session.is_bound:
        session.events.opened.connect(partial(bind_layers, session))
        viewer.mouse_drag_callbacks.append(partial(on_press, session))
        viewer.mouse_move_callbacks.append(partial(on_move, session))
        session.is_bound = True


def bind_layers(session: Session) -> None:
    """Bind the keys to the session's layers, too; once more changes nothing.

    Keys of the active layer come before those of the viewer, and napari gives every kind of layer
    some: C of an image, and B, E, F, L, M, P, X, Enter and Escape of labels. Nothing can be
    painted in the layers that are bound here. The brush is left alone: it is there to be painted
    in, and so are layers of a person's own.
    """
    for layer in session.layers.all:
        if layer is not session.layers.brush:
            _bind_keys(session, layer)


def _bind_keys(session: Session, target: Any) -> None:
    for shortcut in SHORTCUTS:
        bind_key(target, shortcut.key, partial(_pressed, session, shortcut), shortcut.action)


def _pressed(session: Session, shortcut: Shortcut, _target: Any) -> None:
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
