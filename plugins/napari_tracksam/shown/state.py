"""State: what the dock needs to know of a session, in one frozen value.

The dock compares two of these and touches only what differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from tracksam import Stack

if TYPE_CHECKING:
    from napari_tracksam.session import Session


@attrs.frozen
class State:
    """A snapshot of a session.

    Parameters
    ----------
    movie : str
        Name of the movie; empty: none is open.
    n_frames : int
        Its number of frames.
    has_tracks : bool
        Whether there are tracks.
    n_marks : int
        Number of marks that were accepted.
    selected : tuple of int
        Selected tracks.
    is_running : bool
        Whether something is tracked now.
    is_marking, tool, is_ready, n_pending
        Whether clicks are marks, with which tool, whether the frame is prepared, and how many
        marks wait to be accepted (the brush's layer counts as one).
    has_outline : bool
        Whether an outline is shown, or being drawn.
    undo, redo : str
        Name of the step that would be undone and done again; empty: none.
    n_doubts : int
        Number of doubtful places.
    doubt : int or None
        The one that is looked at.
    doubt_words : str
        What is doubtful there, and how sure it is.
    n_wanted, n_unwanted : int
        Number of cells that were shown as examples.
    n_found, n_ranked : int or None
        Number of cells that are likely enough, and of all that were looked at; None: not yet.
    is_finding : bool
        Whether something is looked for now.
    knows_likeness : bool
        Whether there are examples, shown here or of the run that was opened.
    """

    movie: str = ""
    n_frames: int = 0
    has_tracks: bool = False
    n_marks: int = 0
    selected: tuple[int, ...] = ()
    is_running: bool = False
    is_marking: bool = False
    tool: str = "point"
    is_ready: bool = False
    n_pending: int = 0
    has_outline: bool = False
    undo: str = ""
    redo: str = ""
    n_doubts: int = 0
    doubt: int | None = None
    doubt_words: str = ""
    n_wanted: int = 0
    n_unwanted: int = 0
    n_found: int = 0
    n_ranked: int | None = None
    is_finding: bool = False
    knows_likeness: bool = False

    @property
    def has_movie(self) -> bool:
        """Whether a movie is open."""
        return bool(self.movie)


def state_of(session: Session) -> State:
    """Return a snapshot of a session."""
    movie: Stack | None = session.movie
    if movie is None or session.project is None:
        return State()
    steps = session.editing.history
    done = [step.name for step in steps if step.is_done]
    undone = [step.name for step in steps if not step.is_done]
    found, current = session.doubting.doubts, session.doubting.current
    marking, curation = session.marking, session.project.curation
    finding = session.finding
    return State(
        movie=movie.name,
        n_frames=movie.n_frames,
        has_tracks=len(curation.lineage) > 0,
        n_marks=len(curation.marks),
        selected=tuple(session.looking.selected),
        is_running=session.tracking.is_running,
        is_marking=marking.active,
        tool=marking.tool,
        is_ready=marking.is_ready,
        n_pending=len(marking.pending) or int(session.layers.brush is not None),
        has_outline=marking.is_drawing or bool(marking.preview),
        undo=done[-1] if done else "",
        redo=undone[0] if undone else "",
        n_doubts=len(found),
        doubt=found.index(current) if current in found else None,
        doubt_words=f"{current.what}, {current.confidence:.0%}" if current in found else "",
        n_wanted=finding.n_wanted,
        n_unwanted=finding.n_unwanted,
        n_found=len(finding.chosen),
        n_ranked=None if finding.ranking is None else len(finding.ranking.regions),
        is_finding=finding.is_running,
        knows_likeness=finding.examples is not None or bool(curation.examples),
    )
