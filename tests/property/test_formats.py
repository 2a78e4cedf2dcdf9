"""Write, then read: equal, in every form of result, over random lineages.

Tracks with gaps and of one frame, mothers that divide, bud or end long before their daughters,
divisions on the last frame, ids above 16 bits.
"""

import tempfile
from pathlib import Path

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tracksam.columns import Calibration
from tracksam.io.geff import read_geff, write_geff
from tracksam.io.label_stack import read_label_stack
from tracksam.io.links import lineage_of_links, links_of
from tracksam.io.omezarr_labels import TRACKS, write_omezarr_labels
from tracksam.io.rows import lineage_of_masks
from tracksam.io.run_lengths import box_of, compressed, expanded, run_lengths, runs_of
from tracksam.io.trackmate import read_trackmate, write_trackmate
from tracksam.io.tracks_csv import read_tracks_csv, write_tracks_csv
from tracksam.io.video_masks import read_rle, write_indexed_png, write_rle
from tracksam.lineage import Lineage
from tracksam.masks import Masks

N_FRAMES = 6
POSITION = st.floats(-1, 5000, allow_nan=False)
CALIBRATIONS = st.builds(
    Calibration,
    st.none() | st.floats(1e-3, 1e3),
    st.none() | st.floats(1e-3, 1e5),
)


@st.composite
def lineages(draw: st.DrawFn, highest_id: int = 70_000) -> Lineage:
    ids = draw(st.lists(st.integers(1, highest_id), max_size=5, unique=True))
    frames = {i: sorted(draw(st.sets(st.integers(0, N_FRAMES - 1), min_size=1))) for i in ids}
    parents, sure = {}, {}
    for child in ids:
        earlier = [i for i in ids if frames[i][0] < frames[child][0]]
        if earlier and draw(st.booleans()):
            parents[child] = draw(st.sampled_from(earlier))
            if draw(st.booleans()):
                sure[child] = draw(st.floats(0, 1))
    rows = [(i, t) for i in ids for t in frames[i]]
    n = len(rows)
    return Lineage(
        [i for i, _ in rows],
        [t for _, t in rows],
        [(draw(POSITION), draw(POSITION)) for _ in rows],
        draw(st.lists(st.floats(0, 1), min_size=n, max_size=n)),
        draw(st.lists(st.booleans(), min_size=n, max_size=n)),
        parents,
        sure,
    )


def drawn(lineage: Lineage) -> tuple[Masks, Lineage]:
    """Return masks with two pixels a cell, and the lineage with positions that fit them."""
    labels_tyx = np.zeros((N_FRAMES, 5, 4), np.uint32)
    row = np.searchsorted(lineage.track_ids, lineage.track_id)
    for y, track_id, frame in zip(row, lineage.track_id, lineage.frame, strict=True):
        labels_tyx[frame, y, frame % 3 : frame % 3 + 2] = track_id
    yx = np.stack([row, lineage.frame % 3 + 0.5], axis=1)
    return Masks.from_array(labels_tyx), attrs.evolve(lineage, yx=yx)


def same_masks(a: Masks, b: Masks) -> bool:
    return a.n_frames == b.n_frames and all(
        np.array_equal(a.frame(t), b.frame(t)) for t in range(a.n_frames)
    )


@given(lineages())
def test_tables_of_tracks(lineage: Lineage) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tracks.csv"
        write_tracks_csv(lineage, path)
        assert read_tracks_csv(path) == lineage


@settings(max_examples=15)
@given(lineages(), CALIBRATIONS)
def test_geff(lineage: Lineage, calibration: Calibration) -> None:
    pytest.importorskip("geff")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tracks.geff"
        write_geff(lineage, path, calibration)
        assert read_geff(path) == (lineage, calibration)


@given(lineages(), CALIBRATIONS)
def test_trackmate(lineage: Lineage, calibration: Calibration) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tracks.xml"
        write_trackmate(lineage, path, calibration)
        read, read_calibration = read_trackmate(path)
    assert read_calibration == calibration
    # Positions are written in micrometres, and come back with the error of two roundings.
    np.testing.assert_allclose(read.yx, lineage.yx, rtol=1e-12, atol=1e-12)
    assert attrs.evolve(read, yx=lineage.yx) == lineage


@settings(max_examples=8)
@given(lineages(), CALIBRATIONS)
def test_omezarr_labels(lineage: Lineage, calibration: Calibration) -> None:
    pytest.importorskip("geff")
    masks, lineage = drawn(lineage)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells.zarr"
        write_omezarr_labels(masks, path, calibration, lineage)
        read, read_calibration = read_label_stack(path)
        assert same_masks(read, masks)
        assert read_calibration == calibration
        assert read_geff(path / TRACKS)[0] == lineage


@given(lineages(), CALIBRATIONS)
def test_run_lengths_of_video(lineage: Lineage, calibration: Calibration) -> None:
    masks, lineage = drawn(lineage)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "masks.json"
        write_rle(masks, lineage, path, calibration)
        read, read_lineage, read_calibration = read_rle(path)
        assert same_masks(read, masks)
        assert (read_lineage, read_calibration) == (lineage, calibration)


@given(lineages(highest_id=255))
def test_indexed_pictures(lineage: Lineage) -> None:
    from tracksam.io.ctc import read_ctc

    masks, lineage = drawn(lineage)
    with tempfile.TemporaryDirectory() as folder:
        write_indexed_png(masks, Path(folder) / "png")
        read, rows = read_ctc(Path(folder) / "png")
        assert same_masks(read, masks)
    assert rows == Lineage(lineage.track_id, lineage.frame, lineage.yx)
    assert rows == lineage_of_masks(masks)


@given(lineages(), st.randoms(use_true_random=False))
def test_links_in_any_order_and_direction_give_the_lineage(
    lineage: Lineage, random: object
) -> None:
    rng = np.random.default_rng(random.randint(0, 2**32))
    order = rng.permutation(len(lineage))
    place = np.argsort(order)
    links = place[links_of(lineage)]
    turned = np.where(rng.random((len(links), 1)) < 0.5, links, links[:, ::-1])
    again = lineage_of_links(
        lineage.frame[order],
        lineage.yx[order],
        rng.permutation(turned),
        lineage.track_id[order],
        confidence=lineage.confidence[order],
        is_interpolated=lineage.is_interpolated[order],
        mask_confidence=lineage.mask_confidence[order],
    )
    assert again == attrs.evolve(lineage, parent_confidence={})


@given(lineages())
def test_links_alone_give_the_same_graph(lineage: Lineage) -> None:
    links = links_of(lineage)
    again = lineage_of_links(lineage.frame, lineage.yx, links)
    assert len(again) == len(lineage)

    def spots(of: Lineage) -> set[tuple[tuple[float, ...], ...]]:
        rows = np.column_stack([of.frame, of.yx])
        return {(tuple(rows[a]), tuple(rows[b])) for a, b in links_of(of).tolist()}

    assert spots(again) == spots(lineage)


MASKS = st.tuples(st.integers(1, 9), st.integers(1, 11)).flatmap(
    lambda shape: st.lists(
        st.integers(0, 3), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]
    ).map(lambda values: np.array(values).reshape(shape))
)


@given(MASKS)
def test_run_lengths_give_the_masks(labels_yx: NDArray[np.int64]) -> None:
    found = dict(run_lengths(labels_yx))
    assert list(found) == np.setdiff1d(labels_yx, [0]).tolist()
    for label, counts in found.items():
        runs = runs_of(counts, labels_yx.shape)
        inside = np.zeros(labels_yx.size, bool)
        for a, b in runs:
            inside[a:b] = True
        mask_yx = inside.reshape(labels_yx.shape[::-1]).T
        np.testing.assert_array_equal(mask_yx, labels_yx == label)
        y, x = np.nonzero(mask_yx)
        box = (y.min(), x.min(), y.max() + 1, x.max() + 1)
        assert box_of(runs, labels_yx.shape[0]) == box


@given(st.lists(st.integers(0, 2**31), max_size=9))
def test_run_lengths_give_the_string(counts: list[int]) -> None:
    assert expanded(compressed(counts)) == counts


@given(MASKS)
def test_strings_are_those_of_pycocotools(labels_yx: NDArray[np.int64]) -> None:
    coco = pytest.importorskip("pycocotools.mask")
    for label, counts in run_lengths(labels_yx):
        wanted = coco.encode(np.asfortranarray((labels_yx == label).astype(np.uint8)))
        assert compressed(counts) == wanted["counts"].decode()
