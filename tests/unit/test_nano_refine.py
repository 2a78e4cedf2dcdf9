"""The network that redraws masks: what it sees, and what becomes of its answer."""

import json
import shutil
import time

import attrs
import numpy as np
import pytest

from tracksam.backends.nano import Nano
from tracksam.backends.nano.model import default_folder
from tracksam.backends.nano.propose import Proposal
from tracksam.backends.nano.refine import patch_of, redrawn
from tracksam.backends.nano.request import window_of
from tracksam.backends.request import Request
from tracksam.errors import WeightsError
from tracksam.simulate.stills import still
from tracksam.training.figures import click_test
from tracksam.training.ideal import ideal_seen
from tracksam.training.targets import CANONICAL_PX

ROWS, COLUMNS = np.indices((100, 140))
CELL = np.hypot(ROWS - 40, COLUMNS - 70) < 12
OTHER = np.hypot(ROWS - 40, COLUMNS - 97) < 12
LABELS = (CELL + 2 * OTHER).astype(np.int32)


@attrs.frozen
class Draws:
    """A network that draws a disc of some radius about the mask's middle."""

    radius_px: float

    def run(self, names, inputs):
        assert names == ["mask"]
        (views,) = inputs["views"]
        y, x = np.argwhere(views[5] > 0).mean(axis=0)
        rows, columns = np.indices(views.shape[1:])
        logit = self.radius_px - np.hypot(rows - y, columns - x)
        return [logit[None, None].astype(np.float32)]


def asked(positive=((40, 70),), negative=()):
    seen = ideal_seen(LABELS, LABELS.shape, 0.8)
    points = np.array([*positive, *negative], float)
    flags = np.arange(len(points)) < len(positive)
    window = window_of(seen, Request(1, points, flags), 1.2 * CANONICAL_PX)
    y, x = window.start_yx
    height, width = window.labels_yx.shape
    return seen, window, CELL[y : y + height, x : x + width]


def test_planes_of_a_patch_lie_on_each_other():
    seen, window, mask = asked(negative=[(40, 97)])
    patch = patch_of(seen, window, mask, CANONICAL_PX)
    assert patch.views.shape == (9, 80, 80)
    np.testing.assert_array_equal(patch.cut(CELL, window.start_yx), patch.views[5] > 0)
    np.testing.assert_array_equal(patch.cut(OTHER, window.start_yx), patch.views[6] > 0)
    positive, negative = (
        np.array(np.unravel_index(patch.views[k].argmax(), (80, 80))) for k in (7, 8)
    )
    np.testing.assert_array_equal(negative - positive, [0, 27])
    assert patch.views[5][tuple(positive)] == 1
    inside = patch.views[5] > 0
    assert np.abs(patch.views[3:5, inside]).max() < 0.1  # all of the cell votes for its middle
    assert patch.views[4][patch.views[6] > 0].min() > 0.8  # the other for one a diameter away


def test_a_patch_reaches_beyond_the_image():
    cell = np.hypot(ROWS - 5, COLUMNS - 4) < 9
    seen = ideal_seen(cell.astype(np.int32), cell.shape, 0.8)
    window = window_of(seen, Request(1, np.array([[5.0, 4.0]]), np.array([True])), 30)
    mask = window.labels_yx > 0
    patch = patch_of(seen, window, mask, CANONICAL_PX)
    assert patch.first_yx[0] < 0 > patch.first_yx[1]
    assert np.isfinite(patch.views).all()
    (found,) = redrawn(Draws(9), seen, window, [Proposal(mask, 0.8)], CANONICAL_PX)
    assert found.mask.shape == mask.shape
    assert np.count_nonzero(found.mask & mask) > 0.95 * np.count_nonzero(mask)


def test_a_mask_too_large_for_the_network_stays():
    labels_yx = np.ones((40, 300), np.int32)
    seen = ideal_seen(labels_yx, labels_yx.shape, 0.8)
    window = window_of(seen, Request(1, np.array([[20.0, 150.0]]), np.array([True])), 200)
    found = [Proposal(np.ones(window.labels_yx.shape, bool), 0.8)]
    assert redrawn(Draws(9), seen, window, found, CANONICAL_PX) is found


@pytest.mark.parametrize("radius", [7, 15])
def test_the_first_proposal_is_drawn_anew_and_the_others_stay(radius):
    seen, window, mask = asked()
    other = Proposal(mask & False, 0.1)
    first, second = redrawn(Draws(radius), seen, window, [Proposal(mask, 0.8), other], CANONICAL_PX)
    assert np.count_nonzero(first.mask) == pytest.approx(np.pi * radius**2, rel=0.1)
    assert first.score == 0.8
    assert second is other


def test_no_negative_point_lies_in_what_is_drawn():
    seen, window, mask = asked(negative=[(40, 82)])
    (found,) = redrawn(Draws(20), seen, window, [Proposal(mask, 0.8)], CANONICAL_PX)
    assert [bool(found.mask[point]) for point in window.negative] == [False]
    assert np.count_nonzero(found.mask) > 1000


def test_where_nothing_is_drawn_the_mask_stays():
    seen, window, mask = asked()
    (found,) = redrawn(Draws(-1), seen, window, [Proposal(mask, 0.8)], CANONICAL_PX)
    np.testing.assert_array_equal(found.mask, mask)


def test_only_the_piece_at_the_click_is_kept():
    seen, window, mask = asked(positive=[(40, 70), (40, 97)])
    wide = mask | (window.labels_yx > 0)
    (found,) = redrawn(Draws(6), seen, window, [Proposal(wide, 0.8)], CANONICAL_PX)
    np.testing.assert_array_equal(found.mask, wide)  # drawn between the two clicks: at neither


def folder_of(tmp_path, **changes):
    card = json.loads((default_folder() / "nano.json").read_text()) | changes
    (tmp_path / "nano.json").write_text(json.dumps(card))
    for name in ("nano.onnx", "refine.onnx"):
        shutil.copy(default_folder() / name, tmp_path / name)
    return tmp_path


def test_after_clicks_the_shipped_network_draws_better_than_corrections_alone(tmp_path):
    image_yx, labels_yx = still(np.random.default_rng(1), (192, 224), "rims")
    corrected, drawn = [], []
    plain, nano = Nano(folder=folder_of(tmp_path, refine_sha256=""), threads=1), Nano(threads=1)
    prepared = nano.prepare(image_yx[:, :, None])
    for label in np.unique(labels_yx[labels_yx > 0])[:6]:
        for one, overlaps in ((plain, corrected), (nano, drawn)):
            rng = np.random.default_rng(int(label))
            test = click_test(one, prepared, labels_yx == label, rng, time.perf_counter)
            overlaps.append(test.corrected)
    assert np.mean(drawn) > np.mean(corrected) + 0.01


def test_a_damaged_file_of_the_second_network_is_refused(tmp_path):
    folder = folder_of(tmp_path)
    (folder / "refine.onnx").write_bytes(b"no network")
    with pytest.raises(WeightsError, match=r"refine.onnx is damaged: its SHA-256 should begin"):
        Nano(folder=folder)
    (folder / "refine.onnx").unlink()
    with pytest.raises(WeightsError, match=r"refine.onnx is missing: install tracksam again"):
        Nano(folder=folder)


def test_weights_without_the_second_network_name_one_file(tmp_path):
    assert list(Nano(threads=1).weights_used) == ["nano.onnx", "refine.onnx"]
    folder = folder_of(tmp_path, refine_sha256="")
    assert list(Nano(folder=folder, threads=1).weights_used) == ["nano.onnx"]
