"""Scores of results that are wrong in one known way."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from tracksam.errors import InvalidInputError, ReadError
from tracksam.evaluate import Scores, evaluate, match_frames, mean_iou
from tracksam.masks import Masks

pytest.importorskip("ctc_metrics", reason="the extra [eval] is not installed")
pytest.importorskip("traccuracy", reason="the extra [eval] is not installed")

SHAPE_YX = (24, 36)
N_FRAMES = 6


def truth_labels() -> np.ndarray:
    """Cell 1 lives through; 2 divides into 3 and 4 after frame 2."""
    labels_tyx = np.zeros((N_FRAMES, *SHAPE_YX), np.uint16)
    labels_tyx[:, 2:8, 2:8] = 1
    labels_tyx[:3, 12:18, 12:20] = 2
    labels_tyx[3:, 12:18, 8:14] = 3
    labels_tyx[3:, 12:18, 20:26] = 4
    return labels_tyx


TRUTH_TABLE = [(1, 0, 5, 0), (2, 0, 2, 0), (3, 3, 5, 2), (4, 3, 5, 2)]


def write(folder: Path, labels_tyx: np.ndarray, table: list[tuple[int, ...]], kind: str) -> Path:
    folder.mkdir(parents=True)
    image, text = ("mask", "res_track.txt") if kind == "result" else ("man_track", "man_track.txt")
    for t, labels_yx in enumerate(labels_tyx):
        tifffile.imwrite(folder / f"{image}{t:03d}.tif", labels_yx)
    lines = [" ".join(map(str, row)) + "\n" for row in table]
    (folder / text).write_text("".join(lines), encoding="utf-8")
    return folder


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    write(tmp_path / "02_GT" / "TRA", truth_labels(), TRUTH_TABLE, "truth")
    return tmp_path / "02_GT"


def scores_of(tmp_path: Path, truth: Path, labels_tyx: np.ndarray, table: list) -> Scores:
    return evaluate(write(tmp_path / "run" / "masks", labels_tyx, table, "result").parent, truth)


def test_the_truth_itself_is_perfect(tmp_path: Path, truth: Path) -> None:
    scores = scores_of(tmp_path, truth, truth_labels(), TRUTH_TABLE)
    assert scores.valid
    for name in ("det", "tra", "lnk", "ct", "tf", "bc", "chota", "division_f1"):
        assert getattr(scores, name) == pytest.approx(1, abs=1e-4), name
    assert (scores.n_divisions, scores.n_cells) == (1, 15)
    assert (scores.n_missed, scores.n_false) == (0, 0)
    assert (scores.n_wrong_links, scores.n_missed_links) == (0, 0)
    assert (scores.seg, scores.seg_truth) == (None, "")


def test_a_track_cut_in_two_costs_one_link(tmp_path: Path, truth: Path) -> None:
    labels_tyx = truth_labels()
    labels_tyx[3:][labels_tyx[3:] == 1] = 9
    table = [(1, 0, 2, 0), (9, 3, 5, 0), *TRUTH_TABLE[1:]]
    scores = scores_of(tmp_path, truth, labels_tyx, table)
    assert scores.n_missed_links == 1
    assert scores.n_wrong_links == 0
    assert scores.lnk == pytest.approx(1 - 1 / 13)
    assert scores.det == 1
    assert scores.ct < 1


def test_a_division_without_its_mother_is_missed(tmp_path: Path, truth: Path) -> None:
    table = [(1, 0, 5, 0), (2, 0, 2, 0), (3, 3, 5, 0), (4, 3, 5, 0)]
    scores = scores_of(tmp_path, truth, truth_labels(), table)
    assert scores.division_recall == 0
    assert scores.bc == 0
    assert scores.n_missed_links == 2


def test_a_division_one_frame_late_still_counts(tmp_path: Path, truth: Path) -> None:
    labels_tyx = truth_labels()
    labels_tyx[3][labels_tyx[3] == 3] = 2
    labels_tyx[3][labels_tyx[3] == 4] = 0
    table = [(1, 0, 5, 0), (2, 0, 3, 0), (3, 4, 5, 2), (4, 4, 5, 2)]
    scores = scores_of(tmp_path, truth, labels_tyx, table)
    assert scores.n_missed == 1
    assert scores.bc == pytest.approx(1, abs=1e-4)
    assert scores.division_f1 == 1


def test_a_missed_and_a_false_cell_are_counted(tmp_path: Path, truth: Path) -> None:
    labels_tyx = truth_labels()
    labels_tyx[5, 2:8, 2:8] = 0
    labels_tyx[5, 20:23, 30:34] = 7
    table = [(1, 0, 4, 0), (7, 5, 5, 0), *TRUTH_TABLE[1:]]
    scores = scores_of(tmp_path, truth, labels_tyx, table)
    assert (scores.n_missed, scores.n_false) == (1, 1)
    assert scores.det < 1


def test_a_mask_is_measured_on_gold_and_else_on_silver(tmp_path: Path, truth: Path) -> None:
    half = truth_labels()[2].copy()
    half[12:18, 16:20] = 0
    silver = tmp_path / "02_ST" / "SEG"
    silver.mkdir(parents=True)
    tifffile.imwrite(silver / "man_seg002.tif", half)
    run = write(tmp_path / "run" / "masks", truth_labels(), TRUTH_TABLE, "result")
    scores = evaluate(run, truth)
    assert (scores.seg, scores.seg_truth) == (pytest.approx(0.75), "silver")
    (truth / "SEG").mkdir()
    tifffile.imwrite(truth / "SEG" / "man_seg002.tif", truth_labels()[2])
    scores = evaluate(run, truth)
    assert (scores.seg, scores.seg_truth) == (1, "gold")


def test_a_result_that_breaks_the_rules_says_how(tmp_path: Path, truth: Path) -> None:
    table = [(1, 0, 5, 0), (2, 0, 4, 0), (3, 3, 5, 2), (4, 3, 5, 2)]
    scores = scores_of(tmp_path, truth, truth_labels(), table)
    assert not scores.valid
    assert any("Parent ends after child starts" in fault for fault in scores.faults)
    assert scores.tra is None
    assert scores.to_rows()[0][:2] == ("valid", "no")


def test_a_result_without_a_track(tmp_path: Path, truth: Path) -> None:
    scores = scores_of(tmp_path, truth, np.zeros((N_FRAMES, *SHAPE_YX), np.uint16), [])
    assert scores == Scores(valid=False, faults=("the result holds no track",))


def test_another_number_of_frames_is_an_error(tmp_path: Path, truth: Path) -> None:
    with pytest.raises(
        InvalidInputError,
        match=r"^the result has 3 frames of \(24, 36\), the truth 6 of \(24, 36\); give the truth",
    ):
        scores_of(tmp_path, truth, truth_labels()[:3], [(1, 0, 2, 0), (2, 0, 2, 0)])


def test_a_folder_without_a_table_is_an_error(tmp_path: Path, truth: Path) -> None:
    with pytest.raises(ReadError, match=r"holds neither res_track.txt nor man_track.txt"):
        evaluate(tmp_path, truth)


def test_rows_say_each_measure_in_words(tmp_path: Path, truth: Path) -> None:
    rows = scores_of(tmp_path, truth, truth_labels(), TRUTH_TABLE).to_rows()
    assert ("tra", "1.0000", "cells found and linked") in rows
    assert ("seg", "-", "mean overlap of the masks with the truth's") in rows
    assert ("n_divisions", "1", "divisions in the truth") in rows


def test_a_match_covers_more_than_half_of_the_truth() -> None:
    truth_yx, result_yx = np.zeros((6, 10), int), np.zeros((6, 10), int)
    truth_yx[:, 0:4], truth_yx[:, 6:10] = 3, 8
    result_yx[:, 2:4], result_yx[:, 5:9] = 20, 10
    masks = (Masks.from_array(truth_yx[None]), Masks.from_array(result_yx[None]))
    matching = match_frames(*masks)
    assert matching.truth == [[3, 8]]
    assert matching.result == [[10, 20]]
    assert (matching.matched_truth, matching.matched_result) == ([[8]], [[10]])
    assert matching.iou == [[pytest.approx(3 / 5)]]


def test_mean_iou_of_some_frames() -> None:
    labels_tyx = np.zeros((3, 4, 6), int)
    labels_tyx[1, :, :3], labels_tyx[1, :, 4:] = 1, 2
    truth_yx = np.zeros((4, 6), int)
    truth_yx[:, :2], truth_yx[:, 4:] = 1, 2
    masks = Masks.from_array(labels_tyx)
    assert mean_iou(masks, {1: truth_yx}) == pytest.approx((2 / 3 + 1) / 2)
    assert mean_iou(masks, {0: truth_yx, 1: truth_yx}) == pytest.approx((2 / 3 + 1) / 4)
    assert np.isnan(mean_iou(masks, {}))


def test_mean_iou_needs_the_same_shape() -> None:
    masks = Masks.from_array(np.zeros((3, 4, 6), int))
    with pytest.raises(InvalidInputError, match=r"^frame 1 of the result has shape \(4, 6\), the"):
        mean_iou(masks, {1: np.ones((4, 5), int)})
