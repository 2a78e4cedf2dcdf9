"""Edit: a person's corrections, each a step that can be taken back.

Every function takes the state of a result and returns a `Change`, or refuses with the reason;
``curation.after(change)`` is the new state, ``change.inverse()`` takes it back.
"""

from tracksam.steps.editing.divisions import (
    confirm,
    mark_division,
    unconfirm,
    unmark_division,
)
from tracksam.steps.editing.paint import Drawn, draw, fill_gap, make_new, one, repaint
from tracksam.steps.editing.tracks import break_track, delete, delete_after, join, swap

__all__ = [
    "Drawn",
    "break_track",
    "confirm",
    "delete",
    "delete_after",
    "draw",
    "fill_gap",
    "join",
    "make_new",
    "mark_division",
    "one",
    "repaint",
    "swap",
    "unconfirm",
    "unmark_division",
]
