"""Doubts: every link, birth, start, end and mask of a lineage that may be wrong, ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.lineage import Lineage
from tracksam.mask_doubts import MaskRun, MaskShapes, mask_runs

DOUBTFUL_BELOW = 0.9
"""A probability of 0.9 or more does not ask for a look."""

RIVAL_STEPS = 2.0
"""What lies farther than a doubtful step, or a usual one, times this is no rival."""

DAUGHTER_STEPS = 10.0
"""What begins farther away than a usual step times this is no daughter."""


@attrs.frozen
class Doubt:
    """A place that may be wrong.

    Parameters
    ----------
    track_id : int
        The track that the link leads into, that begins or ends, or whose mask it is.
    frame, from_frame : int
        Frames of the row and of the one before (of the mother for a birth, the last one with a
        mask that is not doubtful for a mask); equal where a track without a mother begins, or
        where one ends.
    confidence : float
        Probability that it is right.
    yx : tuple of float
        Where, in pixels.
    kind : {"link", "birth", "start", "end", "mask"}
    what : str
        In words.
    why : str
        What speaks against it, in words: what lies near it, how far it moved, or how large it is.
    """

    track_id: int
    frame: int
    from_frame: int
    confidence: float
    yx: tuple[float, float]
    kind: str
    what: str
    why: str = ""


def doubts(
    lineage: Lineage, most: int | None = None, shapes: MaskShapes | None = None
) -> list[Doubt]:
    """Return the places with the lowest confidences.

    Parameters
    ----------
    lineage : Lineage
        Places with a confidence of `DOUBTFUL_BELOW` or more are not doubtful; nor are masks with
        half the movie's median `Lineage.mask_confidence` or more (`tracksam.mask_doubts`).
    most : int, optional
        How many at most. Default: all.
    shapes : MaskShapes, optional
        What tells more of doubtful masks. Default: only how far their centres moved.

    Returns
    -------
    list of Doubt
        The least sure first; each track and frame once. The first row of a daughter is told as
        its birth, with the lower of the two confidences. Doubtful masks of a track in frames that
        follow each other are told once, at the worst of them. Masks that were filled in are not
        told, for the link that they bridge is.

    Examples
    --------
    >>> lineage = Lineage([1, 1], [4, 5], [[0, 0], [3, 4]], [1.0, 0.4])
    >>> [(doubt.frame, doubt.what, doubt.why, doubt.confidence) for doubt in doubts(lineage)]
    [(5, 'track 1 goes on', 'moved 5 px, others 5', 0.4)]
    """
    births = {lineage.rows(child).start: child for child in lineage.parents}
    doubtful = (lineage.confidence < DOUBTFUL_BELOW) & ~lineage.is_interpolated
    found = [_link(lineage, row) for row in np.flatnonzero(doubtful).tolist() if row not in births]
    found += [_birth(lineage, child) for child in births.values()]
    found += [_end(lineage, track_id) for track_id in lineage.end_confidence]
    found += [_mask(lineage, run) for run in mask_runs(lineage)]
    least: dict[tuple[int, int], Doubt] = {}
    for doubt in found:
        key = doubt.track_id, doubt.frame
        if key not in least or doubt.confidence < least[key].confidence:
            least[key] = doubt
    ranked = sorted(least.values(), key=lambda d: (d.confidence, d.frame, d.track_id))
    told = [doubt for doubt in ranked if doubt.confidence < DOUBTFUL_BELOW][:most]
    cells = _Cells.of(lineage)
    return [attrs.evolve(doubt, why=cells.why(doubt, shapes)) for doubt in told]


def _link(lineage: Lineage, row: int) -> Doubt:
    track_id, frame = int(lineage.track_id[row]), int(lineage.frame[row])
    rows = lineage.rows(track_id)
    seen = np.flatnonzero(~lineage.is_interpolated[rows.start : row])
    is_first = not len(seen)
    before = frame if is_first else int(lineage.frame[rows.start + seen[-1]])
    words = f"track {track_id} begins" if is_first else f"track {track_id} goes on"
    if frame - before > 1:
        n = frame - before - 1
        words = f"track {track_id} comes back after {n} frame{'s' if n > 1 else ''}"
    kind = "start" if is_first else "link"
    return Doubt(
        track_id, frame, before, float(lineage.confidence[row]), _place(lineage, row), kind, words
    )


def _birth(lineage: Lineage, child: int) -> Doubt:
    row = lineage.rows(child).start
    sure = lineage.parent_confidence.get(child, 1.0)
    confidence = min(sure, float(lineage.confidence[row]))
    frame, mother = int(lineage.frame[row]), lineage.parents[child]
    rows = lineage.rows(mother)
    before = lineage.frame[rows][lineage.frame[rows] < frame][-1]
    words = f"track {child} is a daughter of {mother}"
    return Doubt(child, frame, int(before), confidence, _place(lineage, row), "birth", words)


def _end(lineage: Lineage, track_id: int) -> Doubt:
    row = lineage.rows(track_id).stop - 1
    frame, sure = int(lineage.frame[row]), lineage.end_confidence[track_id]
    return Doubt(
        track_id, frame, frame, sure, _place(lineage, row), "end", f"track {track_id} ends"
    )


def _mask(lineage: Lineage, run: MaskRun) -> Doubt:
    track_id, frame = int(lineage.track_id[run.worst]), int(lineage.frame[run.worst])
    frames = lineage.frame[run.start : run.stop].tolist()
    words = f"the mask of track {track_id} is doubtful"
    if len(frames) > 1:
        words = f"the masks of track {track_id} in frames {frames[0]} to {frames[-1]} are doubtful"
    first = lineage.rows(track_id).start
    seen = np.flatnonzero(~lineage.is_interpolated[first : run.start])
    before = int(lineage.frame[first + seen[-1]]) if len(seen) else frame
    sure = float(lineage.mask_confidence[run.worst])
    return Doubt(track_id, frame, before, sure, _place(lineage, run.worst), "mask", words)


def _place(lineage: Lineage, row: int) -> tuple[float, float]:
    y, x = lineage.yx[row].tolist()
    return y, x


@attrs.frozen
class _Cells:
    """Where the cells of every frame are, and how far they usually move."""

    lineage: Lineage
    rows: NDArray[np.int64]
    frames: NDArray[np.int64]
    is_new: NDArray[np.bool_]
    daughters: Mapping[int, tuple[int, ...]]
    usual_px: float

    @classmethod
    def of(cls, lineage: Lineage) -> _Cells:
        seen = np.flatnonzero(~lineage.is_interpolated)
        order = seen[np.argsort(lineage.frame[seen], kind="stable")]
        steps = np.linalg.norm(np.diff(lineage.yx, axis=0), axis=1)
        is_step = (np.diff(lineage.track_id) == 0) & (np.diff(lineage.frame) == 1)
        usual = float(np.median(steps[is_step])) if is_step.any() else 0.0
        is_new = np.diff(lineage.track_id, prepend=-1) != 0
        is_new &= ~np.isin(lineage.track_id, list(lineage.parents))
        return cls(lineage, order, lineage.frame[order], is_new, lineage.daughters_of(), usual)

    def why(self, doubt: Doubt, shapes: MaskShapes | None = None) -> str:
        """Return what speaks against what is doubtful, in words."""
        if doubt.kind == "mask":
            return ", ".join(self._odd(doubt, shapes)) or "only the segmenter is unsure of it"
        if doubt.kind == "end":
            return self._beside(doubt, doubt.frame + 1, "is {:.0f} px away in the next frame")
        if doubt.kind == "start":
            return self._beside(doubt, doubt.frame - 1, "was {:.0f} px away in the frame before")
        source = doubt.track_id if doubt.kind == "link" else self.lineage.parents[doubt.track_id]
        before = self._place(source, doubt.from_frame)
        step_px = float(np.hypot(*np.subtract(doubt.yx, before)))
        family = (source, *self.daughters.get(source, ()), doubt.track_id)
        newcomer, px = self._nearest(doubt.frame, before, family, is_new=True)
        if newcomer and px <= max(DAUGHTER_STEPS * self.usual_px, RIVAL_STEPS * step_px):
            return f"track {newcomer} begins {px:.0f} px from where it was: perhaps a daughter"
        rival, px = self._nearest(doubt.from_frame, doubt.yx, family)
        if rival and px <= RIVAL_STEPS * max(step_px, self.usual_px):
            return f"track {rival} was {px:.0f} px away, track {source} {step_px:.0f}"
        return f"moved {step_px:.0f} px, others {self.usual_px:.0f}"

    def _odd(self, doubt: Doubt, shapes: MaskShapes | None) -> list[str]:
        """What is odd about a mask: area, border, a cell too near, a centre that jumped."""
        words = [] if shapes is None else shapes.told(doubt.track_id, doubt.frame)
        if shapes is not None:
            near, px = self._nearest(doubt.frame, doubt.yx, (doubt.track_id,))
            if near and px < shapes.diameter_px(doubt.track_id):
                words.append(f"track {near} is only {px:.0f} px away")
        if doubt.frame - doubt.from_frame == 1:
            before = self._place(doubt.track_id, doubt.from_frame)
            step_px = float(np.hypot(*np.subtract(doubt.yx, before)))
            if step_px > RIVAL_STEPS * self.usual_px:
                words.append(f"its centre moved {step_px:.0f} px, others {self.usual_px:.0f}")
        return words

    def _beside(self, doubt: Doubt, frame: int, words: str) -> str:
        near, px = self._nearest(frame, doubt.yx, (doubt.track_id,))
        return f"track {near} {words.format(px)}" if near else "nothing is near"

    def _nearest(
        self, frame: int, yx: tuple[float, float], but: Sequence[int], is_new: bool = False
    ) -> tuple[int, float]:
        """The track of a frame that is nearest to a place, and how near; 0: there is none.

        Where it must be new, it begins in that frame, and has no mother.
        """
        start, stop = np.searchsorted(self.frames, [frame, frame + 1])
        rows = self.rows[start:stop]
        rows = rows[~np.isin(self.lineage.track_id[rows], but)]
        if is_new:
            rows = rows[self.is_new[rows]]
        if not len(rows):
            return 0, float("inf")
        away = np.linalg.norm(self.lineage.yx[rows] - np.array(yx), axis=1)
        return int(self.lineage.track_id[rows[away.argmin()]]), float(away.min())

    def _place(self, track_id: int, frame: int) -> tuple[float, float]:
        rows = self.lineage.rows(track_id)
        return _place(
            self.lineage, rows.start + int(np.searchsorted(self.lineage.frame[rows], frame))
        )
