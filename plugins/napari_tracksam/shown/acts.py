"""Acts: every button of the dock as data: its title, its hint, and what must be there first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs

from napari_tracksam.shown.state import State

if TYPE_CHECKING:
    from napari_tracksam.session import Session

REASONS: dict[str, str] = {
    "movie": "Open a movie first.",
    "idle": "Wait until tracking has finished, or cancel it.",
    "tracks": "Mark or track something first.",
    "marks": "Mark a cell first: press Mark cells, and click it.",
    "some": "Select a cell first: click it.",
    "one": "Select one cell: click it.",
    "two": "Select two cells: click one, Shift-click the other.",
    "marking": "Press Mark first.",
    "pending": "Mark a cell first: click it.",
    "undo": "Nothing to undo.",
    "redo": "Nothing to do again.",
    "doubts": "There is no doubtful place.",
    "running": "Nothing runs.",
    "likeness": "Show a wanted cell first: select it, and press Like these; or open a run that was "
    "made with examples.",
    "examples": "Show a wanted cell first: select it, and press Like these.",
    "found": "Nothing is found yet: look in this frame, or lower the limit.",
}


def _met(state: State) -> dict[str, bool]:
    return {
        "movie": state.has_movie,
        "idle": not state.is_running,
        "tracks": state.has_tracks,
        "marks": state.n_marks > 0,
        "some": len(state.selected) >= 1,
        "one": len(state.selected) == 1,
        "two": len(state.selected) == 2,
        "marking": state.is_marking,
        "pending": state.n_pending > 0,
        "undo": bool(state.undo),
        "redo": bool(state.redo),
        "doubts": state.n_doubts > 0,
        "running": state.is_running,
        "examples": state.n_wanted > 0,
        "likeness": state.knows_likeness,
        "found": state.n_found > 0,
    }


def _track(session: Session, mode: str) -> None:
    session.tracking.set_plan(mode=mode)
    session.tracking.start(examples=())


def _track_like(session: Session) -> None:
    session.tracking.set_plan(mode="all")
    session.tracking.start_like()


@attrs.frozen
class Act:
    """One thing that a person can do.

    Parameters
    ----------
    key : str
        Its name in the table of shortcuts, and of its button.
    title : str
        What the button says.
    hint : str
        What it does, in a sentence.
    run : callable
        Does it to a session.
    needs : tuple of str
        Names of `REASONS`: what must be there.
    """

    key: str
    title: str
    hint: str
    run: Callable[[Session], object]
    needs: tuple[str, ...] = ("movie",)

    def problem(self, state: State) -> str:
        """Return why it can not be done now; empty if it can."""
        met = _met(state)
        return next((REASONS[name] for name in self.needs if not met[name]), "")


MARK = (
    Act(
        "accept",
        "Accept",
        "Keep the outline that is shown as a cell.",
        lambda s: s.marking.accept(),
        ("movie", "pending"),
    ),
    Act(
        "next_cell",
        "Accept, next cell",
        "Keep the outline and begin with another cell.",
        lambda s: s.marking.next(),
        ("movie", "pending"),
    ),
    Act(
        "reject",
        "Reject",
        "Forget the marks that were not accepted.",
        lambda s: s.marking.reject(),
        ("movie", "pending"),
    ),
    Act(
        "find_all",
        "Find all cells",
        "Mark every cell that the detector finds in this frame.",
        lambda s: s.marking.find_all(),
        ("movie", "idle"),
    ),
)

EXAMPLES = (
    Act(
        "add_wanted",
        "Like these",
        "The selected cells are examples of what you want.",
        lambda s: s.finding.add(True),
        ("movie", "some"),
    ),
    Act(
        "add_unwanted",
        "Not like these",
        "The selected cells are examples of what you do not want.",
        lambda s: s.finding.add(False),
        ("movie", "some"),
    ),
    Act(
        "look",
        "Look in this frame",
        "Rank all cells of this frame by their likeness to the examples.",
        lambda s: s.finding.look(),
        ("movie", "examples"),
    ),
    Act(
        "clear_examples",
        "Clear",
        "Forget all examples.",
        lambda s: s.finding.clear(),
        ("movie", "examples"),
    ),
    Act(
        "mark_found",
        "Mark them",
        "Make new cells of what was found, where there is none yet.",
        lambda s: s.finding.mark(),
        ("movie", "idle", "found"),
    ),
    Act(
        "select_found",
        "Select them",
        "Select the tracks that lie where something was found.",
        lambda s: s.finding.select(),
        ("movie", "tracks", "found"),
    ),
)

TRACK = (
    Act(
        "track_marked",
        "Track marked cells",
        "Follow the marked cells and their daughters, and nothing else.",
        lambda s: _track(s, "follow"),
        ("movie", "idle", "marks"),
    ),
    Act(
        "track_all",
        "Track all cells",
        "Find and follow every cell; what you marked is kept.",
        lambda s: _track(s, "all"),
        ("movie", "idle"),
    ),
    Act(
        "track_like",
        "Track cells like these",
        "Find and follow every cell that is like the examples, or like those of the run that was "
        "opened; what you marked is kept.",
        _track_like,
        ("movie", "idle", "likeness"),
    ),
    Act(
        "retrack",
        "Track again from here",
        "Keep everything up to this frame, what you corrected and what is confirmed; "
        "track the rest again, by the same marks and examples as before.",
        lambda s: s.tracking.start_from_here(),
        ("movie", "idle", "tracks"),
    ),
)

CANCEL = Act(
    "cancel",
    "Cancel",
    "Stop tracking; what is done so far stays.",
    lambda s: s.tracking.cancel(),
    ("movie", "running"),
)

_EDIT = ("movie", "idle", "tracks")
CORRECT = (
    Act(
        "join",
        "Join",
        "Make the two selected tracks one: the second goes on where the first ends.",
        lambda s: s.editing.join(),
        (*_EDIT, "two"),
    ),
    Act(
        "break",
        "Break",
        "Cut the selected track: from this frame on it is a track of its own.",
        lambda s: s.editing.break_track(),
        (*_EDIT, "one"),
    ),
    Act(
        "swap",
        "Swap",
        "Exchange the two selected tracks from this frame on.",
        lambda s: s.editing.swap(),
        (*_EDIT, "two"),
    ),
    Act(
        "fill_gap",
        "Fill gap",
        "Draw the selected track's missing masks, between the ones that are there.",
        lambda s: s.editing.fill_gap(),
        (*_EDIT, "one"),
    ),
    Act(
        "mark_division",
        "Division",
        "The cell selected first is the mother of the others; of one cell alone: the two nearest "
        "new tracks are its daughters.",
        lambda s: s.editing.mark_division(),
        (*_EDIT, "some"),
    ),
    Act(
        "unmark_division",
        "No division",
        "The selected cell did not divide: its daughters become tracks without a mother.",
        lambda s: s.editing.unmark_division(),
        (*_EDIT, "one"),
    ),
    Act(
        "confirm",
        "Confirm",
        "The selected tracks are right: they leave the doubtful list, and tracking again keeps "
        "them.",
        lambda s: s.editing.confirm(),
        (*_EDIT, "some"),
    ),
    Act(
        "unconfirm",
        "Not confirmed",
        "Take the confirmation of the selected tracks back.",
        lambda s: s.editing.unconfirm(),
        (*_EDIT, "some"),
    ),
    Act(
        "delete",
        "Delete",
        "Remove the selected tracks with all their masks.",
        lambda s: s.editing.delete(),
        (*_EDIT, "some"),
    ),
    Act(
        "delete_after",
        "Delete after here",
        "Remove the selected track's masks in the frames after this one.",
        lambda s: s.editing.delete_after(),
        (*_EDIT, "one"),
    ),
)

DOUBTS = (
    Act(
        "previous_doubt",
        "◀ Previous",
        "Go to the doubtful place before.",
        lambda s: s.doubting.previous(),
        ("movie", "doubts"),
    ),
    Act(
        "next_doubt",
        "Next ▶",
        "Go to the next doubtful place; the least sure one comes first.",
        lambda s: s.doubting.next(),
        ("movie", "doubts"),
    ),
)

HISTORY = (
    Act(
        "undo",
        "Undo",
        "Take the last step back.",
        lambda s: s.editing.undo(),
        ("movie", "idle", "undo"),
    ),
    Act(
        "redo",
        "Redo",
        "Do the step again that was taken back.",
        lambda s: s.editing.redo(),
        ("movie", "idle", "redo"),
    ),
)

ALL = (*MARK, *EXAMPLES, *TRACK, CANCEL, *CORRECT, *DOUBTS, *HISTORY)
