"""The run folder: who may use it, what lies in it, how it is read back."""

import json
import shutil
from collections import namedtuple
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from tracksam import Boxes, Lineage, Masks, Prompts, Regions, Settings, Stack
from tracksam.errors import InvalidInputError, ReadError, WriteError
from tracksam.graph import FrameCandidates
from tracksam.io.ctc import read_ctc
from tracksam.io.run import RunFolder
from tracksam.prompts import Marks
from tracksam.record import RunRecord

Usage = namedtuple("Usage", "total used free")
SHAPE_TYX = (4, 6, 9)


def stack(seed: int = 0) -> Stack:
    array = np.random.default_rng(seed).random(SHAPE_TYX)
    return Stack.from_array(array, "TYX", pixel_size_um=0.5)


def record(settings: Settings | None = None, seed: int = 0) -> RunRecord:
    return RunRecord.of(stack(seed), settings or Settings())


def budding() -> tuple[np.ndarray, Lineage]:
    """A mother (1) lives on when her bud (2) begins in frame 2; a cell (3) is hidden in frame 1."""
    labels_tyx = np.zeros(SHAPE_TYX, np.int64)
    labels_tyx[:, 1:3, 2:6] = 1
    labels_tyx[2:, 3:4, 2:5] = 2
    labels_tyx[[0, 2, 3], 5, 8] = 3
    ids = [1, 1, 1, 1, 2, 2, 3, 3, 3]
    frames = [0, 1, 2, 3, 2, 3, 0, 2, 3]
    yx = {1: (1.5, 3.5), 2: (3, 3), 3: (5, 8)}
    sure = np.linspace(0.1, 0.9, 9)
    hidden = np.arange(9) == 7
    places, of_mask = [yx[i] for i in ids], np.linspace(0.9, 0.2, 9)
    return labels_tyx, Lineage(
        ids, frames, places, sure, hidden, {2: 1}, {2: 0.7}, mask_confidence=of_mask
    )


def cells_of(lineage: Lineage) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "track_id": lineage.track_id,
            "frame": lineage.frame,
            "y_px": lineage.yx[:, 0],
            "x_px": lineage.yx[:, 1],
            "confidence": lineage.confidence,
            "mask_confidence": lineage.mask_confidence,
            "is_interpolated": lineage.is_interpolated,
        }
    )


def tracks_of(lineage: Lineage) -> pd.DataFrame:
    ids = lineage.track_ids.tolist()
    return pd.DataFrame(
        {
            "track_id": ids,
            "parent_id": [lineage.parents.get(i, 0) for i in ids],
            "parent_confidence": [lineage.parent_confidence.get(i, np.nan) for i in ids],
            "fate": ["lost"] * len(ids),
        }
    )


def finished(path: Path, **options: object) -> RunFolder:
    """Write a whole run."""
    labels_tyx, lineage = budding()
    run = RunFolder.create(path, record(), **options)
    for frame, labels_yx in enumerate(labels_tyx):
        run.mask_files.write(frame, labels_yx)
    with run.cell_rows() as append:
        append(cells_of(lineage))
    run.write_tracks(lineage, tracks_of(lineage))
    run.write_overview(np.zeros((4, 5, 3), np.uint8))
    run.close("complete")
    return run


def names(path: Path) -> list[str]:
    return sorted(str(entry.relative_to(path)) for entry in path.rglob("*"))


def test_the_layout(tmp_path: Path) -> None:
    finished(tmp_path / "run")
    assert names(tmp_path / "run") == [
        "cells.csv",
        "masks",
        *(f"masks/mask{t:03d}.tif" for t in range(4)),
        "masks/res_track.txt",
        "overview.png",
        "prompts.csv",
        "run.json",
        "settings.toml",
        "tracklets.csv",
        "tracks.csv",
    ]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    finished(tmp_path / "run")
    labels_tyx, lineage = budding()
    run = RunFolder.open(tmp_path / "run")
    assert run.lineage == lineage
    np.testing.assert_array_equal(run.masks.to_array(), labels_tyx)
    assert run.settings == Settings()
    assert run.record.state == "complete"
    assert run.record.input == record().input
    pd.testing.assert_frame_equal(run.tables.cells, cells_of(lineage), check_exact=True)
    pd.testing.assert_frame_equal(run.tables.tracks, tracks_of(lineage), check_exact=True)


def test_a_run_of_an_earlier_version_says_nothing_of_masks(tmp_path: Path) -> None:
    finished(tmp_path / "run")
    table = pd.read_csv(tmp_path / "run" / "cells.csv").drop(columns="mask_confidence")
    table.to_csv(tmp_path / "run" / "cells.csv", index=False)
    lineage = RunFolder.open(tmp_path / "run").lineage
    np.testing.assert_array_equal(lineage.mask_confidence, [*[1] * 7, np.nan, 1])
    np.testing.assert_array_equal(lineage.confidence, budding()[1].confidence)


def test_its_masks_are_a_valid_result_of_the_challenge(tmp_path: Path) -> None:
    finished(tmp_path / "run")
    text = (tmp_path / "run" / "masks" / "res_track.txt").read_text()
    assert text == "1 0 1 0\n2 2 3 1\n3 0 0 0\n4 2 3 1\n5 2 3 3\n"
    _, lineage = read_ctc(tmp_path / "run" / "masks")
    assert dict(lineage.parents) == {2: 1, 4: 1, 5: 3}


def test_marks_and_settings_lie_beside_the_result(tmp_path: Path) -> None:
    marks = Marks(Prompts([3], [0], [[1, 2]]), Boxes([4], [1], [[0, 0, 2, 3]]))
    settings = Settings.from_mapping({"link": {"max_gap": 1}, "seed": 5})
    RunFolder.create(tmp_path / "run", RunRecord.of(stack(), settings, marks), marks)
    run = RunFolder.open(tmp_path / "run")
    assert run.prompts == (marks.prompts, marks.boxes)
    assert run.settings == settings
    assert Settings.from_toml((tmp_path / "run" / "settings.toml").read_text()) == settings


def test_the_overview_is_red_green_blue(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", record())
    picture_yxc = np.zeros((4, 5, 3), np.uint8)
    picture_yxc[..., 0] = 200
    run.write_overview(picture_yxc)
    blue_first = cv2.imread(str(tmp_path / "run" / "overview.png"))
    assert blue_first[0, 0].tolist() == [0, 0, 200]


def test_seconds_add_up_and_messages_are_kept(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", record())
    for _ in range(2):
        with run.timed("link"):
            pass
    with pytest.raises(KeyboardInterrupt), run.timed("measure"):
        raise KeyboardInterrupt
    run.add_message("frame 3 is dark")
    run.close("interrupted")
    read = RunFolder.open(tmp_path / "run").record
    assert sorted(read.seconds) == ["link", "measure"]
    assert read.messages == ("frame 3 is dark",)
    assert read.state == "interrupted"


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    assert finished(tmp_path).record.state == "complete"


def test_a_run_is_not_replaced_without_leave(tmp_path: Path) -> None:
    finished(tmp_path / "run")
    before = names(tmp_path / "run")
    with pytest.raises(
        WriteError, match=r"holds a run \(complete\): --overwrite replaces it, --resu"
    ):
        RunFolder.create(tmp_path / "run", record())
    assert names(tmp_path / "run") == before


@pytest.mark.parametrize("on_exists", ["refuse", "overwrite", "resume"])
def test_a_folder_that_is_no_run_is_never_touched(tmp_path: Path, on_exists: str) -> None:
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / "mask000.tif").write_text("mine")
    (tmp_path / "run.json").write_text('{"name": "mine"}')
    with pytest.raises(WriteError, match="is not empty, and no run folder of tracksam: nothing in"):
        RunFolder.create(tmp_path, record(), on_exists=on_exists)
    assert (tmp_path / "masks" / "mask000.tif").read_text() == "mine"
    assert (tmp_path / "run.json").read_text() == '{"name": "mine"}'


def test_overwriting_leaves_what_a_person_put_there(tmp_path: Path) -> None:
    finished(tmp_path / "run")
    (tmp_path / "run" / "notes.txt").write_text("mine")
    (tmp_path / "run" / "masks" / "mask_mine.tif").write_text("mine")
    RunFolder.create(tmp_path / "run", record(), on_exists="overwrite")
    assert names(tmp_path / "run") == [
        "masks",
        "masks/mask_mine.tif",
        "notes.txt",
        "prompts.csv",
        "run.json",
        "settings.toml",
        "work",
    ]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("mine")
    with pytest.raises(WriteError, match="run is a file; name a folder"):
        RunFolder.create(tmp_path / "run", record(), on_exists="overwrite")


def test_a_folder_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(WriteError, match=r"run can not be written: Not a directory"):
        RunFolder.create(tmp_path / "file" / "run", record())


def test_a_disk_without_room_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100, 99, 1))
    with pytest.raises(WriteError, match=r"has 1 B free, but the run may need 2\.1 MiB; make room"):
        RunFolder.create(tmp_path / "run", record())


def kept(frame: int) -> FrameCandidates:
    regions = Regions((6, 9), [np.ones((2, 3), bool)], [[1, frame]])
    return FrameCandidates(frame, regions, [0], [1.5], np.zeros((1, 0, 2)), np.zeros((1, 0)))


def test_candidates_survive_an_interruption(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", record())
    run.candidates.keep(kept(0))
    run.candidates.keep(kept(1))
    run.close("interrupted")
    resumed = RunFolder.create(tmp_path / "run", record(), on_exists="resume")
    assert list(resumed.candidates) == [0, 1]
    assert 2 not in resumed.candidates
    assert resumed.candidates[1] == kept(1)
    assert resumed.record.state == "running"
    resumed.close("complete")
    assert not (tmp_path / "run" / "work").exists()


def test_overwriting_forgets_the_candidates(tmp_path: Path) -> None:
    RunFolder.create(tmp_path / "run", record()).candidates.keep(kept(0))
    again = RunFolder.create(tmp_path / "run", record(), on_exists="overwrite")
    assert len(again.candidates) == 0


def test_regions_of_one_frame_are_joined(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", record())
    first, second = kept(0).regions, kept(3).regions
    run.backward.add(5, first)
    run.backward.add(5, second)
    assert run.backward[5] == first.joined(second)
    assert list(run.backward) == [5]
    run.backward.clear()
    assert len(run.backward) == 0


def test_a_complete_run_is_not_resumed(tmp_path: Path) -> None:
    finished(tmp_path / "run")
    with pytest.raises(WriteError, match="is complete; --overwrite runs it anew"):
        RunFolder.create(tmp_path / "run", record(), on_exists="resume")


def test_there_must_be_a_run_to_resume(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match=r"there is no run in .* to resume"):
        RunFolder.create(tmp_path / "run", record(), on_exists="resume")
    assert not (tmp_path / "run").exists()


def test_a_run_is_resumed_with_what_it_had(tmp_path: Path) -> None:
    RunFolder.create(tmp_path / "run", record()).close("interrupted")
    other = record(Settings.from_mapping({"link": {"max_gap": 1}}))
    with pytest.raises(InvalidInputError, match=r"differs .* in settings\.link\.max_gap: 2 and 1;"):
        RunFolder.create(tmp_path / "run", other, on_exists="resume")
    with pytest.raises(InvalidInputError, match=r"input\.first_frame_sha256"):
        RunFolder.create(tmp_path / "run", record(seed=1), on_exists="resume")


def test_what_is_no_run_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(
        ReadError, match=r"is no run folder of tracksam: it has no readable run\.json"
    ):
        RunFolder.open(tmp_path)
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(ReadError, match=r"run\.json can not be used: this is no run\.json of"):
        RunFolder.open(tmp_path)


def test_a_newer_form_is_refused(tmp_path: Path) -> None:
    finished(tmp_path / "run")
    file = tmp_path / "run" / "run.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"tracksam_run": 99}))
    with pytest.raises(ReadError, match="has form 99, but this tracksam knows forms up to 1"):
        RunFolder.open(tmp_path / "run")


def test_a_run_without_tables_says_so(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", record())
    with pytest.raises(ReadError, match=r"there is no cells\.csv in .*--resume goes on"):
        _ = run.lineage


def test_masks_stay_lazy(tmp_path: Path) -> None:
    run = finished(tmp_path / "run")
    masks = RunFolder.open(tmp_path / "run").masks
    assert isinstance(masks, Masks)
    for t in range(3):
        (run.path / "masks" / f"mask{t:03d}.tif").unlink()
    assert masks.frame(3).max() == 3
