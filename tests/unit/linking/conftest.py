"""Films of discs: candidates as linking gets them, without any image."""

from collections.abc import Callable, Sequence

import attrs
import numpy as np
import pytest

from tracksam.graph import FrameCandidates, LinkedFrame, Origin
from tracksam.regions import Regions
from tracksam.steps.sample import sample_points

SHAPE_YX = (90, 130)
N_POINTS = 5


@attrs.frozen
class Disc:
    """One candidate. `step` is where its points say it goes; None: it has no points."""

    y: float
    x: float
    radius: float = 6.0
    score: float = 1.0
    mark: int = 0
    step: tuple[float, float] | None = None


def candidates_of(
    frame: int, discs: Sequence[Disc], shape_yx: tuple[int, int] = SHAPE_YX
) -> FrameCandidates:
    y, x = np.mgrid[: shape_yx[0], : shape_yx[1]]
    masks = [(y - d.y) ** 2 + (x - d.x) ** 2 <= d.radius**2 for d in discs]
    regions = Regions.from_masks(masks, shape_yx, [d.score for d in discs], [d.mark for d in discs])
    has_points = any(d.step is not None for d in discs)
    landing = np.full((len(discs), N_POINTS if has_points else 0, 2), np.nan)
    confidence = np.zeros(landing.shape[:2])
    if has_points:
        start = sample_points(regions, N_POINTS)
        for k, disc in enumerate(discs):
            if disc.step is not None:
                landing[k], confidence[k] = start[k] + disc.step, 1.0
    return FrameCandidates(
        frame,
        regions,
        [Origin.MARKED if d.mark else Origin.DETECTED for d in discs],
        np.full(len(discs), np.nan),
        landing,
        confidence,
    )


@pytest.fixture
def film() -> Callable[..., list[FrameCandidates]]:
    """Return the function that makes frames of lists of discs, numbered from 0."""

    def make(frames: Sequence[Sequence[Disc]], **shape: tuple[int, int]) -> list[FrameCandidates]:
        return [candidates_of(t, discs, **shape) for t, discs in enumerate(frames)]

    return make


@pytest.fixture
def disc() -> type[Disc]:
    """Return the type of a candidate."""
    return Disc


@attrs.frozen
class Told:
    """What a linked film says: where each track is, frame by frame, under its final id."""

    places: dict[int, dict[int, tuple[float, float]]]
    mothers: dict[int, int]
    filled: set[tuple[int, int]]


@pytest.fixture
def told() -> Callable[[list[LinkedFrame]], Told]:
    """Return the function that reads a linked film, with all renaming done."""

    def read(frames: list[LinkedFrame]) -> Told:
        places: dict[int, dict[int, tuple[float, float]]] = {}
        mothers: dict[int, int] = {}
        filled: set[tuple[int, int]] = set()
        for linked in frames:
            new = linked.renamed
            places = {new.get(i, i): rows for i, rows in places.items()}
            mothers = {new.get(c, c): new.get(m, m) for c, m in mothers.items()}
            filled = {(new.get(i, i), t) for i, t in filled}
            mothers |= linked.parents
            for i, yx, guessed in zip(
                linked.regions.object_id.tolist(),
                linked.regions.centroid_yx,
                linked.is_interpolated,
                strict=True,
            ):
                places.setdefault(i, {})[linked.frame] = tuple(np.round(yx, 1).tolist())
                if guessed:
                    filled.add((i, linked.frame))
        return Told(places, mothers, filled)

    return read
