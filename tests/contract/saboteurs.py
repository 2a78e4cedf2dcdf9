"""Back ends that are wrong in one way each. Every one is an oracle with one thing broken."""

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from tracksam.points import PointTracks
from tracksam.prompts import Boxes, Prompts
from tracksam.regions import Regions
from tracksam.testing.oracles import (
    BrightFinder,
    DiscOracle,
    DriftOracle,
    MomentsEmbedder,
    StepOracle,
    labels_of,
)
from tracksam.testing.scenes import SHAPE_YX


def _swapped(regions: Regions) -> Regions:
    """Every mask with its rows and columns exchanged, cut at the frame."""
    masks = []
    for k in range(len(regions)):
        mask = np.zeros(regions.shape_yx, bool)
        side = min(regions.shape_yx)
        mask[:side, :side] = regions.mask(k)[:side, :side].T
        masks.append(mask)
    return Regions.from_masks(masks, regions.shape_yx, regions.score, regions.object_id)


def _rescored(regions: Regions, score: Any) -> Regions:
    """The same regions with scores that `Regions` itself would refuse, perhaps."""
    forged = attrs.evolve(regions)
    object.__setattr__(forged, "score", np.array(score, np.float64))
    return forged


def _repeated(regions: Regions, n: int, score: list[float]) -> Regions:
    rows = np.repeat(np.arange(len(regions)), n)
    return _rescored(regions.select(rows), score * len(regions))


def _moved(regions: Regions, dy: int, dx: int) -> Regions:
    masks = [np.roll(regions.mask(k), (dy, dx), (0, 1)) for k in range(len(regions))]
    return Regions.from_masks(masks, regions.shape_yx, regions.score, regions.object_id)


# --- segmenters -------------------------------------------------------------------------------


class SwapsRowsAndColumns(DiscOracle):
    def segment(self, prepared, prompts, boxes, previous=None):
        return _swapped(super().segment(prepared, prompts, boxes, previous))


class SticksToTheGrid(DiscOracle):
    """An object that has moved down to row 34 is drawn where it was."""

    def segment(self, prepared, prompts, boxes, previous=None):
        found = super().segment(prepared, prompts, boxes, previous)
        has_moved = len(found) == 1 and abs(found.centroid_yx[0, 0] - 34) < 0.5
        return _moved(found, -14, 0) if has_moved else found


class TreatsTallFramesWorse(DiscOracle):
    def prepare(self, image_yxc):
        labels_yx = labels_of(image_yxc)
        if labels_yx.shape == SHAPE_YX[::-1]:
            labels_yx[: SHAPE_YX[0] // 2] = 0
        return labels_yx


class WritesIntoTheImage(DiscOracle):
    def prepare(self, image_yxc):
        labels_yx = labels_of(image_yxc)
        image_yxc[0, 0] += 1
        return labels_yx


class RemembersTheLastFrame(DiscOracle):
    def prepare(self, image_yxc):
        self.last = labels_of(image_yxc)
        return self.last

    def segment(self, prepared, prompts, boxes, previous=None):
        return super().segment(self.last, prompts, boxes, previous)

    def detect(self, prepared):
        return super().detect(self.last)


class GetsTired(DiscOracle):
    """Every new one scores a little lower than the one before."""

    made = 0

    def __init__(self) -> None:
        type(self).made += 1
        self.score = 1 / type(self).made

    def segment(self, prepared, prompts, boxes, previous=None):
        found = super().segment(prepared, prompts, boxes, previous)
        return _rescored(found, np.full(len(found), self.score))

    def detect(self, prepared):
        found = super().detect(prepared)
        return _rescored(found, np.full(len(found), self.score))


class AddsAnObject(DiscOracle):
    def segment(self, prepared, prompts, boxes, previous=None):
        found = super().segment(prepared, prompts, boxes, previous)
        return found.joined(found.select([0]).with_ids([77])) if 7 in found.object_id else found


class ProposesFour(DiscOracle):
    def segment(self, prepared, prompts, boxes, previous=None):
        found = super().segment(prepared, prompts, boxes, previous)
        return _repeated(found, 4, [0.4, 0.3, 0.2, 0.1])


class ProposesWorstFirst(DiscOracle):
    def segment(self, prepared, prompts, boxes, previous=None):
        found = super().segment(prepared, prompts, boxes, previous)
        return _repeated(found, 2, [0.3, 0.4])


class ScoresInPercent(DiscOracle):
    def segment(self, prepared, prompts, boxes, previous=None):
        found = super().segment(prepared, prompts, boxes, previous)
        return _rescored(found, np.full(len(found), 99.0))

    def detect(self, prepared):
        found = super().detect(prepared)
        return _rescored(found, np.full(len(found), 99.0))


class AnswersInASquare(DiscOracle):
    """Pads frames to a square, and forgets to cut its answer back."""

    def _padded(self, labels_yx):
        side = max(labels_yx.shape)
        if labels_yx.shape in (SHAPE_YX, SHAPE_YX[::-1]):
            return labels_yx
        return np.pad(labels_yx, [(0, side - n) for n in labels_yx.shape])

    def prepare(self, image_yxc):
        return self._padded(labels_of(image_yxc))


class TakesTheFirstPointOnly(DiscOracle):
    def segment(self, prepared, prompts, boxes, previous=None):
        first = [
            i
            for i in range(len(prompts))
            if not prompts.is_positive[i]
            or not (prompts.is_positive[:i] & (prompts.object_id[:i] == prompts.object_id[i])).any()
        ]
        keep = np.isin(np.arange(len(prompts)), first)
        return super().segment(prepared, prompts.where(keep), boxes, previous)


class IgnoresNegativePoints(DiscOracle):
    def segment(self, prepared, prompts, boxes, previous=None):
        return super().segment(prepared, prompts.where(prompts.is_positive), boxes, previous)


class LeavesTheBox(DiscOracle):
    def segment(self, prepared, prompts, boxes, previous=None):
        grown = boxes.box_yxyx + np.array([-20, -20, 20, 20]) if len(boxes) else boxes.box_yxyx
        return super().segment(
            prepared, prompts, Boxes(boxes.object_id, boxes.frame, grown), previous
        )


class KnowsOnlyBytes(DiscOracle):
    def prepare(self, image_yxc):
        return labels_of(image_yxc.astype(np.uint8))


class KnowsOnlyGrey(DiscOracle):
    def prepare(self, image_yxc):
        known = image_yxc.shape[2] != 2
        return labels_of(image_yxc if known else np.zeros_like(image_yxc))


class SeesGhosts(DiscOracle):
    """On a blank image it is sure of an object in the middle."""

    def prepare(self, image_yxc):
        labels_yx = labels_of(image_yxc)
        if not labels_yx.any():
            labels_yx[15:40, 20:50] = 1
        return labels_yx


class IsBlindAtTheBorder(DiscOracle):
    def prepare(self, image_yxc):
        labels_yx = labels_of(image_yxc)
        labels_yx[:, 95:] = 0
        return labels_yx


class AlwaysAnswers(DiscOracle):
    def segment(self, prepared, prompts, boxes, previous=None):
        if not len(prompts) and not len(boxes):
            return self.detect(prepared).with_ids(range(1, int(prepared.max()) + 1))
        return super().segment(prepared, prompts, boxes, previous)


class MixesUpABatch(DiscOracle):
    def segment(self, prepared, prompts, boxes, previous=None):
        found = super().segment(prepared, prompts, boxes, previous)
        return found.with_ids(np.roll(found.object_id, 1))


class LooksAtFrameNumbers(DiscOracle):
    def segment(self, prepared, prompts, boxes, previous=None):
        return super().segment(prepared, prompts.at(0), boxes, previous)


class RepeatsWhatIsExpected(DiscOracle):
    def segment(self, prepared, prompts, boxes, previous=None):
        found = super().segment(prepared, prompts, boxes, previous)
        return found if previous is None else previous


# --- detectors --------------------------------------------------------------------------------


class MissesSmallObjects(DiscOracle):
    def detect(self, prepared):
        found = super().detect(prepared)
        is_first_scene = prepared.shape == SHAPE_YX and prepared[20, 70] > 0
        return found.select(found.area_px != found.area_px.min()) if is_first_scene else found


class FindsTheGround(DiscOracle):
    def detect(self, prepared):
        found = super().detect(prepared)
        ground = Regions.from_masks([prepared == 0], prepared.shape, [0.9])
        return found.joined(ground) if len(found) else found


class NumbersItsObjects(DiscOracle):
    def detect(self, prepared):
        found = super().detect(prepared)
        return found.with_ids(np.arange(1, len(found) + 1))


# --- point trackers ---------------------------------------------------------------------------


def _with(tracks: PointTracks, **columns: Any) -> PointTracks:
    return attrs.evolve(tracks, **columns)


@attrs.frozen
class RoundsToPixels(DriftOracle):
    def track(self, clip_tyxc, queries_tyx):
        tracks = super().track(clip_tyxc, queries_tyx)
        return _with(tracks, yx_tn2=tracks.yx_tn2 + 0.01)


@attrs.frozen
class SwapsItsDrift(DriftOracle):
    def track(self, clip_tyxc, queries_tyx):
        tracks = super().track(clip_tyxc, queries_tyx)
        start = queries_tyx[None, :, 1:]
        return _with(tracks, yx_tn2=start + (tracks.yx_tn2 - start)[..., ::-1])


@attrs.frozen
class CountsPixelsFromTheirCorner(DriftOracle):
    """Off by half a pixel wherever it has looked."""

    def track(self, clip_tyxc, queries_tyx):
        tracks = super().track(clip_tyxc, queries_tyx)
        elsewhere = np.arange(len(clip_tyxc))[:, None] != queries_tyx[None, :, 0]
        return _with(tracks, yx_tn2=tracks.yx_tn2 + 0.5 * elsewhere[..., None])


@attrs.frozen
class LosesPoints(DriftOracle):
    def track(self, clip_tyxc, queries_tyx):
        tracks = super().track(clip_tyxc, queries_tyx)
        visible = tracks.visible_tn.copy()
        if visible.shape == (5, 6):
            visible[1, 3] = False
        return _with(tracks, visible_tn=visible)


@attrs.frozen
class GuessesBeforeTheQuery(DriftOracle):
    """Slightly worse backward than forward."""

    def track(self, clip_tyxc, queries_tyx):
        tracks = super().track(clip_tyxc, queries_tyx)
        before = np.arange(len(clip_tyxc))[:, None] < queries_tyx[None, :, 0]
        return _with(tracks, yx_tn2=tracks.yx_tn2 + 0.15 * before[..., None])


@attrs.frozen
class TreatsTallClipsWorse(DriftOracle):
    def track(self, clip_tyxc, queries_tyx):
        tracks = super().track(clip_tyxc, queries_tyx)
        is_tall = clip_tyxc.shape[1] > clip_tyxc.shape[2]
        return _with(tracks, yx_tn2=tracks.yx_tn2 + 0.15 * is_tall)


@attrs.frozen
class SortsItsAnswers(DriftOracle):
    """In the order of the queries' frames, not of the queries."""

    def track(self, clip_tyxc, queries_tyx):
        order = np.argsort(queries_tyx[:, 0], kind="stable")
        return super().track(clip_tyxc, queries_tyx[order])


@attrs.frozen
class NeedsThreeFrames(DriftOracle):
    def track(self, clip_tyxc, queries_tyx):
        tracks = super().track(clip_tyxc, queries_tyx)
        if len(clip_tyxc) > 2:
            return tracks
        return _with(tracks, yx_tn2=np.broadcast_to(queries_tyx[:, 1:], tracks.yx_tn2.shape))


@attrs.frozen
class DependsOnTheClip(DriftOracle):
    """Slightly better the longer the clip is."""

    def track(self, clip_tyxc, queries_tyx):
        tracks = super().track(clip_tyxc, queries_tyx)
        elsewhere = np.arange(len(clip_tyxc))[:, None] != queries_tyx[None, :, 0]
        off = 0.15 if len(clip_tyxc) == 3 and clip_tyxc.shape[1:3] == SHAPE_YX else 0
        return _with(tracks, yx_tn2=tracks.yx_tn2 + off * elsewhere[..., None])


@attrs.frozen
class SeesBeyondTheFrame(DriftOracle):
    def track(self, clip_tyxc, queries_tyx):
        tracks = super().track(clip_tyxc, queries_tyx)
        return _with(tracks, visible_tn=np.ones_like(tracks.visible_tn))


@attrs.frozen
class InventsAPoint(DriftOracle):
    def track(self, clip_tyxc, queries_tyx):
        asked = queries_tyx if len(queries_tyx) else np.array([(0.0, 5.0, 5.0)])
        return super().track(clip_tyxc, asked)


@attrs.frozen
class TurnsItsAnswer(DriftOracle):
    """Points first, frames second, where a clip has three frames."""

    def track(self, clip_tyxc, queries_tyx):
        tracks = super().track(clip_tyxc, queries_tyx)
        if clip_tyxc.shape[1:3] != (64, 90):
            return tracks
        return PointTracks(
            tracks.yx_tn2.swapaxes(0, 1), tracks.visible_tn.T, tracks.confidence_tn.T
        )


@attrs.frozen
class AnswersNanOnBlanks(DriftOracle):
    def track(self, clip_tyxc, queries_tyx):
        tracks = super().track(clip_tyxc, queries_tyx)
        return tracks if np.ptp(clip_tyxc) else _with(tracks, yx_tn2=tracks.yx_tn2 * np.nan)


@attrs.frozen
class WritesIntoTheClip(DriftOracle):
    def track(self, clip_tyxc, queries_tyx):
        tracks = super().track(clip_tyxc, queries_tyx)
        clip_tyxc[0, 0, 0] = 0
        return tracks


class RemembersTheClip(DriftOracle):
    """Less sure after each clip that is not the last one again."""

    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "seen", [])

    def track(self, clip_tyxc, queries_tyx):
        tracks = super().track(clip_tyxc, queries_tyx)
        self.seen.append(clip_tyxc.shape)
        return _with(tracks, confidence_tn=tracks.confidence_tn / len(set(self.seen)))


@attrs.frozen
class TracksOnlyBytes(DriftOracle):
    def track(self, clip_tyxc, queries_tyx):
        tracks = super().track(clip_tyxc, queries_tyx)
        return tracks if clip_tyxc.dtype == np.uint8 else _with(tracks, yx_tn2=tracks.yx_tn2 + 5)


@attrs.frozen
class TracksOnlyGrey(DriftOracle):
    def track(self, clip_tyxc, queries_tyx):
        tracks = super().track(clip_tyxc, queries_tyx)
        return tracks if clip_tyxc.shape[3] != 2 else _with(tracks, yx_tn2=tracks.yx_tn2 + 5)


@attrs.frozen
class TakesOneFrame(DriftOracle):
    max_frames: int = 1


# --- propagators ------------------------------------------------------------------------------


class RedrawsTheFirstFrame(StepOracle):
    def propagate(self, clip_tyxc, first, later=None):
        for t, regions in enumerate(super().propagate(clip_tyxc, first, later)):
            yield _rescored(regions, regions.score * 0.9) if t == 0 else regions


class StopsOneFrameEarly(StepOracle):
    def propagate(self, clip_tyxc, first, later=None):
        if len(clip_tyxc) == 1:
            return
        yield from super().propagate(clip_tyxc, first, later)


class StandsStill(StepOracle):
    def propagate(self, clip_tyxc, first, later=None):
        for t, regions in enumerate(super().propagate(clip_tyxc, first, later)):
            is_bytes = clip_tyxc.dtype == np.uint8 and t in (1, 2) and not later
            yield _moved(regions, 5, -5) if is_bytes else regions


class AdoptsStrangers(StepOracle):
    def propagate(self, clip_tyxc, first, later=None):
        for t, regions in enumerate(super().propagate(clip_tyxc, first, later)):
            strange = t == 2 and len(regions) == 3
            yield regions.joined(regions.select([0]).with_ids([77])) if strange else regions


class PropagatesPercent(StepOracle):
    def propagate(self, clip_tyxc, first, later=None):
        for t, regions in enumerate(super().propagate(clip_tyxc, first, later)):
            yield _rescored(regions, regions.score * 99) if t else regions


class FillsEmptyFrames(StepOracle):
    def propagate(self, clip_tyxc, first, later=None):
        for t, regions in enumerate(super().propagate(clip_tyxc, first, later)):
            yield regions if len(first) or not t else Regions.from_labels(labels_of(clip_tyxc[t]))


class WritesIntoItsClip(StepOracle):
    def propagate(self, clip_tyxc, first, later=None):
        for regions in super().propagate(clip_tyxc, first, later):
            clip_tyxc[0, 0, 0] = 0
            yield regions


class RemembersItsClip(StepOracle):
    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "calls", [])

    def propagate(self, clip_tyxc, first, later=None) -> Iterator[Regions]:
        self.calls.append(len(clip_tyxc))
        for t, regions in enumerate(super().propagate(clip_tyxc, first, later)):
            yield _rescored(regions, regions.score / len(self.calls)) if t else regions


class GivesNoIterator(StepOracle):
    def propagate(self, clip_tyxc, first, later=None):
        return _Again(super().propagate(clip_tyxc, first, later))


@attrs.frozen
class _Again:
    frames: Iterator[Regions]

    def __iter__(self) -> Iterator[Regions]:
        return self.frames


class PropagatesOnlyBytes(StepOracle):
    def propagate(self, clip_tyxc, first, later=None):
        yield from super().propagate(clip_tyxc.astype(np.uint8), first, later)


class IgnoresLatecomers(StepOracle):
    def propagate(self, clip_tyxc, first, later=None):
        early = {t: _of(given, first.object_id) for t, given in (later or {}).items()}
        yield from super().propagate(clip_tyxc, first, early or later)


class IgnoresCorrections(StepOracle):
    def propagate(self, clip_tyxc, first, later=None):
        early = {
            t: given.select(~np.isin(given.object_id, first.object_id))
            for t, given in (later or {}).items()
        }
        yield from super().propagate(clip_tyxc, first, early or later)


class IgnoresLateCorrections(StepOracle):
    def propagate(self, clip_tyxc, first, later=None):
        yield from super().propagate(clip_tyxc, first, dict(later or {}))


def _of(regions: Regions, ids: Any) -> Regions:
    return regions.select(np.isin(regions.object_id, ids))


# --- finders ----------------------------------------------------------------------------------


class GivesPlainNumbers(BrightFinder):
    """Says boxes, but in a list."""

    def find(self, image_yxc, query):
        found = super().find(image_yxc, query)
        return _NotRegions(found.centroid_yx)


@attrs.frozen(eq=False)
class _NotRegions:
    yx: Any

    @property
    def is_positive(self):
        return np.ones(len(self.yx), bool)


class FindsTransposed(BrightFinder):
    def find(self, image_yxc, query):
        places = super().find(image_yxc, query).centroid_yx
        extra = places[:, ::-1] if len(places) == 3 else places
        return _as_prompts(np.concatenate([places[:2], extra[2:]]))


class FindsTheGroundToo(BrightFinder):
    def find(self, image_yxc, query):
        places = super().find(image_yxc, query).centroid_yx
        astray = np.full((3 if len(places) else 0, 2), 2.0)
        return _as_prompts(np.concatenate([places, astray]))


class FindsOnBlanks(BrightFinder):
    def find(self, image_yxc, query):
        if np.ptp(image_yxc):
            return super().find(image_yxc, query)
        return _as_prompts(np.array([(5.0, 6.0)]))


class FindsAndWrites(BrightFinder):
    def find(self, image_yxc, query):
        found = super().find(image_yxc, query)
        image_yxc[0, 0] += 1
        return found


class FindsWhatItSaw(BrightFinder):
    """Adds where it found the last frame's first object."""

    def __init__(self) -> None:
        self.seen = None

    def find(self, image_yxc, query):
        places = super().find(image_yxc, query).centroid_yx
        seen, self.seen = self.seen, places[:1]
        return _as_prompts(places if seen is None else np.concatenate([places, seen]))


class FindsOnlyInBytes(BrightFinder):
    def find(self, image_yxc, query):
        return super().find(image_yxc.astype(np.uint8), query)


def _as_prompts(yx: Any) -> Prompts:
    return Prompts(np.arange(1, len(yx) + 1), np.zeros(len(yx), int), yx)


# --- embedders --------------------------------------------------------------------------------


class EmbedsNan(MomentsEmbedder):
    def embed(self, prepared, regions):
        found = super().embed(prepared, regions)
        return np.where(found[:, :1] > 300, np.nan, found) if len(found) == 3 else found


class ForgetsItsWidth(MomentsEmbedder):
    def embed(self, prepared, regions):
        return super().embed(prepared, regions) if len(regions) else np.zeros((0, 0))


class DrawsLots(MomentsEmbedder):
    """Knows nothing of likeness: numbers from where a region lies."""

    def embed(self, prepared, regions):
        return np.sin(997 * regions.centroid_yx)


class SortsItsRows(MomentsEmbedder):
    def embed(self, prepared, regions):
        found = super().embed(prepared, regions)
        return found[np.lexsort(found.T)] if len(found) == 3 else found


class ComparesWithTheOthers(MomentsEmbedder):
    def embed(self, prepared, regions):
        found = super().embed(prepared, regions)
        return found + (len(found) > 1)


class CutsOverlaps(MomentsEmbedder):
    """Of two equal regions the second one is hidden by the first."""

    def embed(self, prepared, regions):
        found = super().embed(prepared, regions)
        for k in range(1, len(regions)):
            if np.array_equal(regions.box_yxyx[k], regions.box_yxyx[k - 1]):
                found[k] = 0
        return found


class NeedsSomePixels(MomentsEmbedder):
    def embed(self, prepared, regions):
        found = super().embed(prepared, regions)
        return np.where(found[:, :1] < 2, np.inf, found)


class EmbedsAndWrites(MomentsEmbedder):
    def prepare(self, image_yxc):
        image_yxc[0, 0] += 1
        return super().prepare(image_yxc)


class EmbedsTheLastFrame(MomentsEmbedder):
    def prepare(self, image_yxc):
        self.last = super().prepare(image_yxc)
        return self.last

    def embed(self, prepared, regions):
        return super().embed(self.last, regions)


class ChangesItsName(MomentsEmbedder):
    made = 0

    def __init__(self):
        type(self).made += 1
        self.embedding_id = f"number {self.made}"
