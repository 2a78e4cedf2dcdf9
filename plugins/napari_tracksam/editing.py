"""Editing: every correction as one step with a name, of the selection and the current frame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tracksam import Lineage, edit
from tracksam.change import Curation
from tracksam.errors import InvalidInputError
from tracksam.pipeline.project import Step

if TYPE_CHECKING:
    from napari_tracksam.session import Session


class Editing:
    """Corrections of a session's result; refused ones raise `InvalidInputError` with the reason.

    Parameters
    ----------
    session : Session
        Whose result is edited.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def join(self, first: int | None = None, second: int | None = None) -> None:
        """Make two tracks one; by default the two that are selected."""
        first, second = self._two(first, second, "join")
        self._session.do(edit.join(self._state, first, second))

    def break_track(self, track: int | None = None, frame: int | None = None) -> None:
        """Make the part of a track from a frame on a track of its own."""
        self._session.do(edit.break_track(self._state, self._one(track), self._frame(frame)))

    def swap(self, a: int | None = None, b: int | None = None, frame: int | None = None) -> None:
        """Exchange two tracks from a frame on."""
        a, b = self._two(a, b, "swap")
        self._session.do(edit.swap(self._state, a, b, self._frame(frame)))

    def delete(self, tracks: Iterable[int] | None = None) -> None:
        """Remove tracks with all their masks."""
        self._session.do(edit.delete(self._state, self._some(tracks)))

    def delete_after(self, track: int | None = None, frame: int | None = None) -> None:
        """Remove a track's masks in the frames after one."""
        self._session.do(edit.delete_after(self._state, self._one(track), self._frame(frame)))

    def mark_division(
        self, mother: int | None = None, daughters: Iterable[int] | None = None
    ) -> None:
        """Say which tracks are a track's daughters.

        By default the track that was selected first is the mother of the others; one that is
        selected alone, of those that begin nearest to its end.
        """
        mother = self._one(mother, first=True)
        if daughters is None:
            daughters = [i for i in self._session.looking.selected if i != mother]
        chosen = list(daughters) or _nearest_daughters(self._state, mother)
        self._session.do(edit.mark_division(self._state, mother, chosen))

    def unmark_division(self, mother: int | None = None) -> None:
        """Say that a track does not divide; a selected daughter stands for her mother."""
        chosen, parents = self._one(mother), self._state.lineage.parents
        if mother is None and not self._state.lineage.daughters(chosen):
            chosen = parents.get(chosen, chosen)
        self._session.do(edit.unmark_division(self._state, chosen))

    def make_new(self, mask_yx: NDArray[Any], frame: int | None = None) -> None:
        """Begin a new track with a mask."""
        self._session.do(edit.make_new(self._state, self._frame(frame), mask_yx))

    def repaint(
        self, mask_yx: NDArray[Any], track: int | None = None, frame: int | None = None
    ) -> None:
        """Give a track another mask in a frame."""
        state, frame = self._state, self._frame(frame)
        self._session.do(edit.repaint(state, self._one(track), frame, mask_yx))

    def fill_gap(self, track: int | None = None) -> None:
        """Draw the masks that a track lacks between those that it has."""
        self._session.do(edit.fill_gap(self._state, self._one(track)))

    def confirm(self, tracks: Iterable[int] | None = None) -> None:
        """Say that tracks are right; tracking leaves them alone."""
        self._session.do(edit.confirm(self._state, self._some(tracks)))

    def unconfirm(self, tracks: Iterable[int] | None = None) -> None:
        """Take confirmations back."""
        self._session.do(edit.unconfirm(self._state, self._some(tracks)))

    def undo(self) -> str:
        """Take the last step back; return its name, empty if there is none."""
        self._session.refuse_while_tracking()
        project = self._session.required_project
        change = project.next_undo
        if change is not None:
            project.undo()
            self._session.show_step(change.inverse())
        return "" if change is None else change.name

    def redo(self) -> str:
        """Do the last step again that was taken back; return its name, empty if there is none."""
        self._session.refuse_while_tracking()
        project = self._session.required_project
        change = project.next_redo
        if change is not None:
            project.redo()
            self._session.show_step(change)
        return "" if change is None else change.name

    @property
    def history(self) -> tuple[Step, ...]:
        """Steps that can be undone, the oldest first, then those that can be done again."""
        project = self._session.project
        return () if project is None else project.history

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return any(step.is_done for step in self.history)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return any(not step.is_done for step in self.history)

    @property
    def _state(self) -> Curation:
        return self._session.required_project.curation

    def _frame(self, frame: int | None) -> int:
        return self._session.frame if frame is None else frame

    def _some(self, tracks: Iterable[int] | None) -> tuple[int, ...]:
        return self._session.looking.selected if tracks is None else tuple(tracks)

    def _one(self, track: int | None, *, first: bool = False) -> int:
        if track is not None:
            return track
        selected = self._session.looking.selected
        if len(selected) == 1 or (first and selected):
            return selected[0]
        raise InvalidInputError(
            f"select one cell for this; {len(selected) or 'none'} of them is selected."
            if len(selected) < 2
            else f"select one cell for this; {len(selected)} are selected."
        )

    def _two(self, first: int | None, second: int | None, what: str) -> tuple[int, int]:
        if first is not None and second is not None:
            return first, second
        selected = self._session.looking.selected
        if len(selected) != 2:
            raise InvalidInputError(
                f"select two cells to {what} (the second one with Shift); {len(selected)} are "
                "selected."
            )
        return selected[0], selected[1]


def _nearest_daughters(state: Curation, mother: int) -> list[int]:
    """Tracks without a mother that begin within two frames of a track's end, nearest first."""
    lineage = state.lineage
    rows = lineage.rows(mother)
    if rows.stop == rows.start:
        return []
    last, yx = int(lineage.frame[rows.stop - 1]), lineage.yx[rows.stop - 1]
    ids, first_rows = np.unique(lineage.track_id, return_index=True)
    near = [
        (float(np.hypot(*(lineage.yx[row] - yx))), track_id)
        for track_id, row in zip(ids.tolist(), first_rows.tolist(), strict=True)
        if _can_be_daughter(lineage, track_id, mother, range(last + 1, last + 3), row)
    ]
    return [track_id for _, track_id in sorted(near)[:2]]


def _can_be_daughter(lineage: Lineage, track_id: int, mother: int, frames: range, row: int) -> bool:
    is_free = track_id not in lineage.parents and track_id != mother
    return is_free and int(lineage.frame[row]) in frames
