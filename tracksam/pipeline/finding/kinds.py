"""Kinds: which tracks of a run are like examples, by votes of some of their frames.

A cell looks unlike itself now and then: while it divides, or half outside the frame. A track is
therefore looked at in several frames of its life, and the mean counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.change import Curation
from tracksam.pipeline.census import Names, Rows
from tracksam.pipeline.finding.judges import Judges
from tracksam.regions import Regions
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.finding.border import is_cut
from tracksam.tables import Tables

NOTHING_LIKE = "no track is like the examples; lower find.min_likeness or mark more examples."
_AT_BORDER = 0.25  # what the vote of a cell that the border cuts counts


@attrs.frozen
class TrackKinds:
    """Which kind each track is of.

    Parameters
    ----------
    kind : mapping of int to str
        Track id to the name of the likeliest examples; empty where none is likely enough.
    probability : mapping of int to float
        Of that kind, or of the likeliest one where none is likely enough.
    """

    kind: Mapping[int, str] = attrs.field(factory=dict)
    probability: Mapping[int, float] = attrs.field(factory=dict)

    @classmethod
    def inherited(
        cls, told: Mapping[int, str], parents: Mapping[int, int], track_ids: Iterable[int]
    ) -> TrackKinds:
        """Return the kinds of tracks of which some are told.

        Parameters
        ----------
        told : mapping of int to str
            Track id to kind.
        parents : mapping of int to int
            Daughter to mother; a daughter is of her mother's kind if nothing else is told.
        track_ids : iterable of int
            All tracks.

        Returns
        -------
        TrackKinds
            Without probabilities.
        """
        kind = {}
        for track in track_ids:
            ancestor = track
            while ancestor not in told and ancestor in parents:
                ancestor = parents[ancestor]
            kind[track] = told.get(ancestor, "")
        return cls(kind)

    @property
    def wanted(self) -> tuple[int, ...]:
        """Tracks that are of some kind, ascending."""
        return tuple(sorted(track for track, kind in self.kind.items() if kind))

    def added_to(self, tables: Tables) -> Tables:
        """Return the tables of cells and tracks with the columns of kinds."""
        columns = self.columns(tables.tracks["track_id"].tolist())
        kind = self.columns(tables.cells["track_id"].tolist())["kind"]
        return Tables(tables.cells.assign(kind=kind), tables.tracks.assign(**columns))

    def columns(self, track_ids: Sequence[int]) -> dict[str, NDArray[np.generic]]:
        """Return the columns of a table for some tracks; those never looked at have no kind."""
        ids = [int(i) for i in track_ids]
        return {
            "kind": np.array([self.kind.get(i, "") for i in ids], object),
            "kind_probability": np.array([self.probability.get(i, np.nan) for i in ids]),
        }


LabelsOf = Callable[[int], NDArray[np.integer[Any]]]
"""Gives the label image of a frame, under final track ids."""
Lives = Mapping[int, Sequence[int]]
"""The frames in which each track is seen."""


def lives_of(rows: Iterable[Rows], names: Names) -> Lives:
    """Return the frames in which each track of some linked frames is seen, under final ids.

    Parameters
    ----------
    rows : iterable of Rows
        In the order of time; what was filled in does not count.
    names : Names
        The final names of the tracks.

    Returns
    -------
    dict of int to list of int
    """
    lives: dict[int, list[int]] = {}
    for row in rows:
        seen = row.under(names)
        for track in seen.track_id[~seen.is_interpolated].tolist():
            lives.setdefault(track, []).append(row.frame)
    return lives


def judge_tracks(
    labels_of: LabelsOf, stack: Stack, lives: Lives, judges: Judges, settings: Settings
) -> TrackKinds:
    """Return which kind each track is of.

    Parameters
    ----------
    labels_of : callable
        Gives each frame's masks under final ids.
    stack : Stack
        The movie.
    lives : mapping of int to sequence of int
        The frames in which each track is seen, ascending.
    judges : Judges
        Of the examples.
    settings : Settings
        Its section `find` says how many frames of a track are looked at, and what is likely enough.

    Returns
    -------
    TrackKinds
    """
    total: dict[int, NDArray[np.float64]] = {}
    weight: dict[int, float] = {}
    for frame in frames_to_look_at(lives.values(), settings.find.votes):
        regions = Regions.from_labels(labels_of(frame), keep_ids=True)
        found = judges.probabilities(stack, frame, regions, settings)
        for track, votes, counts in zip(
            regions.object_id.tolist(), found, _weights(regions), strict=True
        ):
            total[track] = total.get(track, np.zeros(len(judges.judges))) + counts * votes
            weight[track] = weight.get(track, 0.0) + float(counts)
    mean = {track: votes / weight[track] for track, votes in total.items()}
    best = {track: int(np.argmax(votes)) for track, votes in mean.items()}
    likely = {track: float(mean[track][k]) for track, k in best.items()}
    enough = settings.find.min_likeness
    kind = {
        track: judges.examples[k].name if likely[track] >= enough else ""
        for track, k in best.items()
    }
    return TrackKinds(kind, likely)


def kinds_of_result(stack: Stack, curation: Curation, settings: Settings) -> TrackKinds | None:
    """Return which kind each track of a result is of that a person may have corrected.

    Parameters
    ----------
    stack : Stack
        The movie.
    curation : Curation
        The result: its examples are asked, else the names of what is marked.
    settings : Settings
        As for `judge_tracks`.

    Returns
    -------
    TrackKinds or None
        None where there are neither examples nor names.
    """
    lineage, kinds = curation.lineage, curation.marks.kinds
    if not curation.examples:
        ids = lineage.track_ids.tolist()
        return TrackKinds.inherited(kinds, lineage.parents, ids) if kinds else None
    lives: dict[int, list[int]] = {}
    for row in np.flatnonzero(~lineage.is_interpolated).tolist():
        lives.setdefault(int(lineage.track_id[row]), []).append(int(lineage.frame[row]))
    judges = Judges.of(curation.examples, settings)
    return judge_tracks(curation.masks.frame, stack, lives, judges, settings)


def frames_to_look_at(lives: Iterable[Sequence[int]], votes: int) -> list[int]:
    """Return few frames in which every track is seen several times.

    Parameters
    ----------
    lives : iterable of sequences of int
        The frames of each track, ascending.
    votes : int
        In how many frames each is to be seen; short tracks in all of theirs.

    Returns
    -------
    list of int
        Ascending. Short tracks choose first; a longer one adds frames, evenly spread over its
        life, only where those chosen do not suffice.

    Examples
    --------
    >>> frames_to_look_at([[0, 1, 2, 3, 4, 5, 6], [3]], votes=2)
    [0, 3]
    """
    chosen: set[int] = set()
    for life in sorted(lives, key=lambda frames: (len(frames), list(frames))):
        lacking = min(votes, len(life)) - len(chosen.intersection(life))
        if lacking > 0:
            free = [frame for frame in life if frame not in chosen]
            at = np.linspace(0, len(free) - 1, lacking + 1)[:-1] if lacking < len(free) else None
            picks = range(len(free)) if at is None else np.rint(at).astype(int).tolist()
            chosen.update(free[i] for i in picks)
    return sorted(chosen)


def _weights(regions: Regions) -> NDArray[np.float64]:
    return np.where(is_cut(regions), _AT_BORDER, 1.0)
