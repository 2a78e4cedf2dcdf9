"""Hypothesis strategies for the types of tracksam."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.points import PointTracks
from tracksam.prompts import Prompts
from tracksam.regions import Regions

shapes_yx = st.tuples(st.integers(1, 24), st.integers(1, 32))
"""Height and width of small frames, down to one pixel."""
object_ids = st.integers(1, 60000)
"""Ids of objects: what fits into a 16-bit label image."""


@st.composite
def lineages(
    draw: st.DrawFn, max_tracks: int = 6, max_frames: int = 8, gaps: bool = True
) -> Lineage:
    """Return lineages with gaps, divisions, budding mothers and gap links.

    Parameters
    ----------
    draw : callable
        Given by Hypothesis.
    max_tracks, max_frames : int
        Most tracks and frames; there may be none.
    gaps : bool
        Whether a track may miss frames between its first and its last.

    Returns
    -------
    SearchStrategy of Lineage
    """
    ids = draw(st.lists(object_ids, max_size=max_tracks, unique=True))
    frames_of: dict[int, list[int]] = {}
    parents: dict[int, int] = {}
    for track_id in ids:
        first = draw(st.integers(0, max_frames - 1))
        last = draw(st.integers(first, max_frames - 1))
        missed = draw(st.sets(st.integers(first, last))) if gaps else set()
        frames_of[track_id] = sorted({first, last, *range(first, last)} - (missed - {first, last}))
        earlier = [other for other in frames_of if frames_of[other][0] < first]
        has_mother = draw(st.booleans())
        if earlier and has_mother:
            parents[track_id] = draw(st.sampled_from(earlier))
    rows = [(track_id, t) for track_id, frames in frames_of.items() for t in frames]
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return Lineage(
        np.array([track_id for track_id, _ in rows], np.int64),
        np.array([t for _, t in rows], np.int64),
        rng.uniform(0, 100, (len(rows), 2)),
        rng.random(len(rows)),
        rng.random(len(rows)) < draw(st.floats(0, 1)),
        parents,
        {child: rng.random() for child in parents},
        mask_confidence=rng.random(len(rows)),
    )


@st.composite
def label_movies(draw: st.DrawFn, max_frames: int = 5, max_objects: int = 4) -> Masks:
    """Return label images over time: boxes that appear, overlap each other, and are absent.

    Parameters
    ----------
    draw : callable
        Given by Hypothesis.
    max_frames, max_objects : int
        Most frames and objects; blank frames occur.

    Returns
    -------
    SearchStrategy of Masks
    """
    shape = draw(shapes_yx)
    n_frames = draw(st.integers(1, max_frames))
    ids = draw(st.lists(object_ids, max_size=max_objects, unique=True))
    labels_tyx = np.zeros((n_frames, *shape), np.uint16)
    for t in range(n_frames):
        for object_id in ids:
            if draw(st.booleans()):
                labels_tyx[t][draw(_windows(shape))] = object_id
    return Masks.from_array(labels_tyx)


@st.composite
def regions(draw: st.DrawFn, max_regions: int = 5) -> Regions:
    """Return regions of one frame that may overlap, with scores and ids.

    Parameters
    ----------
    draw : callable
        Given by Hypothesis.
    max_regions : int
        Most regions; there may be none.

    Returns
    -------
    SearchStrategy of Regions
    """
    shape = draw(shapes_yx)
    masks: list[NDArray[np.bool_]] = []
    for _ in range(draw(st.integers(0, max_regions))):
        mask_yx = np.zeros(shape, bool)
        mask_yx[draw(_windows(shape))] = True
        if draw(st.booleans()):
            mask_yx[draw(_windows(shape))] = True
        masks.append(mask_yx)
    scores = [draw(st.floats(0, 1)) for _ in masks]
    ids = [draw(st.integers(0, 60000)) for _ in masks]
    return Regions.from_masks(masks, shape, np.array(scores), np.array(ids, np.int64))


@st.composite
def prompts(
    draw: st.DrawFn, max_points: int = 6, max_frames: int = 4, shape_yx: tuple[int, int] = (24, 32)
) -> Prompts:
    """Return points, positive and negative, inside frames of one shape.

    Parameters
    ----------
    draw : callable
        Given by Hypothesis.
    max_points, max_frames : int
        Most points, and frames they lie in; there may be no point.
    shape_yx : tuple of int
        Height and width of the frames.

    Returns
    -------
    SearchStrategy of Prompts
    """
    n_points = draw(st.integers(0, max_points))
    rows = st.floats(0, shape_yx[0] - 1)
    columns = st.floats(0, shape_yx[1] - 1)
    return Prompts(
        np.array([draw(object_ids) for _ in range(n_points)], np.int64),
        np.array([draw(st.integers(0, max_frames - 1)) for _ in range(n_points)], np.int64),
        np.array([(draw(rows), draw(columns)) for _ in range(n_points)], np.float64),
        np.array([draw(st.booleans()) for _ in range(n_points)], np.bool_),
    )


@st.composite
def point_tracks(draw: st.DrawFn, max_frames: int = 5, max_points: int = 4) -> PointTracks:
    """Return points through a clip; where one is hidden its confidence is 0.

    Parameters
    ----------
    draw : callable
        Given by Hypothesis.
    max_frames, max_points : int
        Most frames and points; there may be no point.

    Returns
    -------
    SearchStrategy of PointTracks
    """
    shape = draw(st.integers(1, max_frames)), draw(st.integers(0, max_points))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    visible_tn = rng.random(shape) < draw(st.floats(0, 1))
    return PointTracks(
        rng.uniform(-5, 40, (*shape, 2)), visible_tn, np.where(visible_tn, rng.random(shape), 0.0)
    )


@st.composite
def _windows(draw: st.DrawFn, shape_yx: tuple[int, int]) -> tuple[slice, slice]:
    starts = [draw(st.integers(0, n - 1)) for n in shape_yx]
    stops = [draw(st.integers(a + 1, n)) for a, n in zip(starts, shape_yx, strict=True)]
    return slice(starts[0], stops[0]), slice(starts[1], stops[1])
