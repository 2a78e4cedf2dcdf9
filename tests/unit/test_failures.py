"""Failures: results that are wrong in one known way are told so."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from tracksam import Masks, Regions, Stack
from tracksam.cli import main
from tracksam.evaluate import Failure, Tracked, explain
from tracksam.evaluate.failure_pictures import Scene, failure_sheets
from tracksam.evaluate.failures import NEVER_PROPOSED, NOT_KNOWN, REJECTED, failures
from tracksam.graph import FrameCandidates, Origin

SHAPE_YX = (24, 36)
TABLE = [(1, 0, 5, 0), (2, 0, 2, 0), (3, 3, 5, 2), (4, 3, 5, 2)]


def labels() -> np.ndarray:
    """Cell 1 lives through; 2 divides into 3 and 4 after frame 2."""
    labels_tyx = np.zeros((6, *SHAPE_YX), np.uint16)
    labels_tyx[:, 2:8, 2:8] = 1
    labels_tyx[:3, 12:18, 12:20] = 2
    labels_tyx[3:, 12:18, 8:14] = 3
    labels_tyx[3:, 12:18, 20:26] = 4
    return labels_tyx


def tracked(labels_tyx: np.ndarray, table: list[tuple[int, ...]]) -> Tracked:
    return Tracked(Masks.from_array(labels_tyx), np.array(table, np.int64))


def told(labels_tyx: np.ndarray, table: list[tuple[int, ...]], **options: object) -> list[Failure]:
    return failures(tracked(labels_tyx, table), tracked(labels(), TABLE), **options)


def words(found: list[Failure]) -> list[tuple[str, int, str]]:
    return [(failure.what, failure.frame, failure.cause) for failure in found]


def test_the_truth_itself_has_none() -> None:
    assert told(labels(), TABLE) == []


def test_a_missed_cell_takes_its_links_along() -> None:
    labels_tyx = labels()
    labels_tyx[1][labels_tyx[1] == 1] = 0
    found = told(labels_tyx, [(1, 0, 0, 0), *TABLE[1:], (5, 2, 5, 0)])
    assert words(found)[:2] == [
        ("missed cell", 1, "cell 1 has no mask in frame 1"),
        ("missed link", 1, "cell 1 has no mask in frame 1"),
    ]
    assert found[0].truth == (1,)
    assert found[0].result == ()
    assert (found[0].y_px, found[0].x_px) == (4.5, 4.5)
    assert found[0].proposed == NOT_KNOWN


def test_two_cells_in_one_mask_are_merged() -> None:
    labels_tyx = labels()
    labels_tyx[5, 12:18, 8:26] = 3
    found = [f for f in told(labels_tyx, TABLE) if "cell" in f.what]
    assert words(found) == [
        ("merged cell", 5, "cell 3 is merged into 3 in frame 5"),
        ("merged cell", 5, "cell 4 is merged into 3 in frame 5"),
    ]


def test_half_a_cell_is_a_missed_cell() -> None:
    labels_tyx = labels()
    labels_tyx[5, 2:6, 2:8] = 0
    found = told(labels_tyx, TABLE)
    assert words(found)[1] == ("missed cell", 5, "1 covers only 33% of cell 1 in frame 5")


def test_what_is_no_cell() -> None:
    labels_tyx = labels()
    labels_tyx[4, 20:22, 30:32] = 9
    found = told(labels_tyx, [*TABLE, (9, 4, 4, 0)])
    assert words(found) == [("false cell", 4, "9 covers no cell")]
    assert found[0].proposed == ""


def test_a_track_that_begins_anew() -> None:
    labels_tyx = labels()
    labels_tyx[3:][labels_tyx[3:] == 1] = 9
    found = told(labels_tyx, [(1, 0, 2, 0), (9, 3, 5, 0), *TABLE[1:]])
    assert words(found) == [("missed link", 3, "9 begins anew in frame 3")]
    assert (found[0].truth, found[0].result) == ((1, 1), (1, 9))


def test_swapped_tracks() -> None:
    labels_tyx = labels()
    late = labels_tyx[5].copy()
    labels_tyx[5][late == 3], labels_tyx[5][late == 4] = 4, 3
    assert words(told(labels_tyx, TABLE)) == [
        ("missed link", 5, "4 is linked to 4, not to 3"),
        ("missed link", 5, "3 is linked to 3, not to 4"),
        ("wrong link", 5, "the truth does not link 3 to 4"),
        ("wrong link", 5, "the truth does not link 4 to 3"),
    ]


def test_a_daughter_that_keeps_the_mothers_track() -> None:
    labels_tyx = labels()
    labels_tyx[labels_tyx == 3] = 2
    found = told(labels_tyx, [(1, 0, 5, 0), (2, 0, 5, 0), (4, 3, 5, 0)])
    assert words(found) == [
        ("missed division", 3, "daughter 3 keeps the mother's track 2"),
        ("missed link", 3, "4 begins anew in frame 3"),
    ]


def test_a_division_a_frame_late_is_none_but_its_links_are() -> None:
    labels_tyx = labels()
    labels_tyx[3][labels_tyx[3] == 3] = 2
    labels_tyx[3][labels_tyx[3] == 4] = 0
    table = [(1, 0, 5, 0), (2, 0, 3, 0), (3, 4, 5, 2), (4, 4, 5, 2)]
    assert "missed division" not in {failure.what for failure in told(labels_tyx, table)}
    far = [(1, 0, 5, 0), (2, 0, 2, 0), (3, 3, 5, 2), (4, 3, 5, 0)]
    assert ("missed division", 3, "3 and 4 are not both daughters of 2") in words(
        told(labels(), far)
    )


def test_a_division_that_is_none() -> None:
    labels_tyx = labels()
    labels_tyx[4:][labels_tyx[4:] == 1] = 8
    labels_tyx[4:, 20:22, 30:32] = 9
    found = told(labels_tyx, [(1, 0, 3, 0), (8, 4, 5, 1), (9, 4, 5, 1), *TABLE[1:]])
    assert ("false division", 4, "the daughter 9 is no cell") in words(found)


def lost_from_frame_4() -> list[Failure]:
    """Failures where cell 1 is lost in frames 4 and 5, and was proposed in the first of them."""
    labels_tyx = labels()
    labels_tyx[4:][labels_tyx[4:] == 1] = 0
    seen = labels()
    seen[5][seen[5] == 1] = 0
    candidates = {t: proposal(t, labels_yx) for t, labels_yx in enumerate(seen)}
    return told(labels_tyx, [(1, 0, 3, 0), *TABLE[1:]], candidates=candidates)


def test_what_was_never_proposed_is_told_from_what_was_rejected() -> None:
    found = lost_from_frame_4()
    assert [(f.what, f.frame, f.proposed) for f in found] == [
        ("missed cell", 4, REJECTED),
        ("missed link", 4, REJECTED),
        ("missed cell", 5, NEVER_PROPOSED),
        ("missed link", 5, NEVER_PROPOSED),
    ]


def proposal(frame: int, labels_yx: np.ndarray) -> FrameCandidates:
    regions = Regions.from_labels(labels_yx)
    n = len(regions)
    return FrameCandidates(
        frame,
        regions,
        np.full(n, Origin.DETECTED),
        np.full(n, np.nan),
        np.zeros((n, 0, 2)),
        np.zeros((n, 0)),
    )


def test_pictures_show_truth_in_white_and_the_result_in_its_colours() -> None:
    labels_tyx = labels()
    labels_tyx[4][labels_tyx[4] == 1] = 0
    found = told(labels_tyx, TABLE)
    scene = Scene(
        Stack.of_masks(Masks.from_array(labels())),
        Masks.from_array(labels()),
        Masks.from_array(labels_tyx),
    )
    sheets = dict(failure_sheets(found, scene))
    assert sorted(sheets) == ["missed cell, not known", "missed link, not known", "wrong link"]
    picture_yxc = sheets["missed cell, not known"]
    assert picture_yxc.dtype == np.uint8
    assert picture_yxc.shape == (220 + 27 + 6, 2 * (220 + 6 + 220 + 6), 3)


def test_what_was_never_proposed_has_its_own_pictures() -> None:
    found = lost_from_frame_4()
    masks = Masks.from_array(labels())
    sheets = dict(failure_sheets(found, Scene(Stack.of_masks(masks), masks, masks)))
    assert sorted(sheets) == [
        f"{what}, {proposed}"
        for what in ("missed cell", "missed link")
        for proposed in (NEVER_PROPOSED, REJECTED)
    ]


def test_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("ctc_metrics", reason="the extra [eval] is not installed")
    labels_tyx = labels()
    labels_tyx[4][labels_tyx[4] == 1] = 0
    table = [(1, 0, 3, 0), (5, 5, 5, 1), *TABLE[1:]]
    labels_tyx[5][labels_tyx[5] == 1] = 5
    result = write(tmp_path / "result", labels_tyx, table, ("mask", "res_track.txt"))
    write(tmp_path / "GT" / "TRA", labels(), TABLE, ("man_track", "man_track.txt"))
    assert explain(result, tmp_path / "GT").counts() == [
        ("missed cell", NOT_KNOWN, 1),
        ("missed link", NOT_KNOWN, 2),
        ("wrong link", "", 1),
    ]
    arguments = ["evaluate", result, tmp_path / "GT", "--explain", tmp_path / "why"]
    monkeypatch.setattr("sys.argv", ["tracksam", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    said = capsys.readouterr().out
    assert "missed cell  not known   1\n" in said
    written = pd.read_csv(tmp_path / "why" / "failures.csv")
    assert written["cause"].tolist() == [
        "cell 1 has no mask in frame 4",
        "cell 1 has no mask in frame 4",
        "cell 1 has no mask in frame 4",
        "cell 1 was there in the frames between",
    ]
    assert sorted(path.name for path in (tmp_path / "why").glob("*.png")) == [
        "missed-cell-not-known.png",
        "missed-link-not-known.png",
        "wrong-link.png",
    ]


def write(
    folder: Path, labels_tyx: np.ndarray, table: list[tuple[int, ...]], names: tuple[str, str]
) -> Path:
    folder.mkdir(parents=True)
    for t, labels_yx in enumerate(labels_tyx):
        tifffile.imwrite(folder / f"{names[0]}{t:03d}.tif", labels_yx)
    (folder / names[1]).write_text("".join(" ".join(map(str, row)) + "\n" for row in table))
    return folder
