"""Write, then read: equal. Over random lineages, candidates and prompts."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from tracksam import Boxes, Lineage, Masks, Prompts, Regions
from tracksam.graph import FrameCandidates
from tracksam.io.candidates import (
    read_candidates,
    read_regions,
    write_candidates,
    write_regions,
)
from tracksam.io.ctc import read_ctc, write_ctc
from tracksam.io.labels import RenamedLabels
from tracksam.io.tables import read_prompts, write_prompts
from tracksam.io.tracklets import cut

N_FRAMES = 7


@st.composite
def lineages(draw: st.DrawFn) -> Lineage:
    """Tracks with gaps, and mothers that divide, bud, or end long before their daughters."""
    n_tracks = draw(st.integers(0, 6))
    ids = draw(st.lists(st.integers(1, 70000), min_size=n_tracks, max_size=n_tracks, unique=True))
    frames = {
        i: sorted(draw(st.sets(st.integers(0, N_FRAMES - 1), min_size=1, max_size=N_FRAMES)))
        for i in ids
    }
    parents = {}
    for child in ids:
        earlier = [i for i in ids if frames[i][0] < frames[child][0]]
        if earlier and draw(st.booleans()):
            parents[child] = draw(st.sampled_from(earlier))
    rows = [(i, t) for i in ids for t in frames[i]]
    # Each cell is one pixel, in a row of its own.
    yx = [(ids.index(i), t % 3) for i, t in rows]
    return Lineage([i for i, _ in rows], [t for _, t in rows], yx, parents=parents)


def drawn(lineage: Lineage) -> Masks:
    labels_tyx = np.zeros((N_FRAMES, 6, 3), np.uint32)
    for track_id, frame, (y, x) in zip(
        lineage.track_id, lineage.frame, lineage.yx.astype(int), strict=True
    ):
        labels_tyx[frame, y, x] = track_id
    return Masks.from_array(labels_tyx)


@given(lineages())
def test_a_challenge_result_is_read_back_as_its_tracklets(lineage: Lineage) -> None:
    masks = drawn(lineage)
    with tempfile.TemporaryDirectory() as folder:
        tracklets = write_ctc(masks, lineage, Path(folder) / "r")
        read_masks, read = read_ctc(Path(folder) / "r")
        # Under the tracks' own ids again, nothing has changed.
        names = dict(zip(tracklets.label.tolist(), tracklets.track_id.tolist(), strict=True))
        back = RenamedLabels(read_masks.source, names)
        for t in range(N_FRAMES):
            np.testing.assert_array_equal(back.read(t), masks.frame(t))
    renamed = np.array([names[i] for i in read.track_id.tolist()], np.int64)
    assert Lineage(renamed, read.frame, read.yx) == Lineage(
        lineage.track_id, lineage.frame, lineage.yx
    )
    mothers = {names[c]: names[p] for c, p in read.parents.items() if names[c] != names[p]}
    assert mothers == dict(lineage.parents)


@given(lineages())
def test_tracklets_are_valid(lineage: Lineage) -> None:
    tracklets = cut(lineage)
    assert len(set(tracklets.label.tolist())) == len(tracklets)
    end = dict(zip(tracklets.label.tolist(), tracklets.end.tolist(), strict=True))
    for label, begin, parent in zip(
        tracklets.label.tolist(), tracklets.begin.tolist(), tracklets.parent.tolist(), strict=True
    ):
        assert begin <= end[label]
        assert parent == 0 or end[parent] < begin
    n_frames = (tracklets.end - tracklets.begin + 1).sum()
    assert n_frames == len(lineage)


@st.composite
def regions(draw: st.DrawFn) -> Regions:
    shape_yx = (draw(st.integers(1, 12)), draw(st.integers(1, 15)))
    n = draw(st.integers(0, 4))
    crops, starts = [], []
    for _ in range(n):
        height, width = draw(st.integers(1, shape_yx[0])), draw(st.integers(1, shape_yx[1]))
        crop = draw(npst.arrays(np.bool_, (height, width)))
        crop[draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))] = True
        crops.append(crop)
        starts.append(
            (
                draw(st.integers(0, shape_yx[0] - height)),
                draw(st.integers(0, shape_yx[1] - width)),
            )
        )
    score = draw(npst.arrays(np.float64, n, elements=st.floats(0, 1)))
    ids = draw(npst.arrays(np.int64, n, elements=st.integers(0, 2**40)))
    return Regions(shape_yx, crops, starts, score, ids)


@given(regions())
def test_regions_are_read_back(written: Regions) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_regions(Path(folder) / "r.npz", written)
        assert read_regions(Path(folder) / "r.npz") == written


@given(regions(), st.integers(0, 5), st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_candidates_are_read_back(
    found: Regions, n_points: int, frame: int, random: object
) -> None:
    rng = np.random.default_rng(random.randint(0, 2**32))
    n = len(found)
    landing_kp2 = rng.normal(size=(n, n_points, 2))
    landing_kp2[rng.random((n, n_points)) < 0.3] = np.nan
    origin = np.where(found.object_id > 0, 2, rng.integers(0, 2, n))
    written = FrameCandidates(
        frame,
        found,
        origin,
        rng.normal(size=n),
        landing_kp2,
        rng.random((n, n_points)),
        rng.integers(0, 9, n),
    )
    with tempfile.TemporaryDirectory() as folder:
        write_candidates(Path(folder) / "c.npz", written)
        assert read_candidates(Path(folder) / "c.npz") == written


FINITE = st.floats(-1e9, 1e9)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9), FINITE, FINITE, st.booleans())),
    st.lists(
        st.tuples(st.integers(1, 9), st.integers(0, 9), FINITE, FINITE),
        unique_by=lambda row: row[:2],
    ),
)
def test_prompts_are_read_back(points: list, corners: list) -> None:
    prompts = Prompts(
        [p[0] for p in points],
        [p[1] for p in points],
        [p[2:4] for p in points],
        np.array([p[4] for p in points], bool),
    )
    boxes = Boxes(
        [b[0] for b in corners],
        [b[1] for b in corners],
        [(y, x, y + 1.5, x + 0.75) for _, _, y, x in corners],
    )
    with tempfile.TemporaryDirectory() as folder:
        write_prompts(Path(folder) / "p.csv", prompts, boxes)
        assert read_prompts(Path(folder) / "p.csv") == (prompts, boxes)
