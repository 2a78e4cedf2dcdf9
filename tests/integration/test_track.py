"""The whole way: a movie in; masks, tracks, lineage and tables out."""

from pathlib import Path

import numpy as np
import pytest

import tracksam
from tracksam import Boxes, Lineage, Prompts, Settings, Stack
from tracksam.doubts import Doubt, doubts
from tracksam.errors import CancelledError, InvalidInputError, ReadError
from tracksam.io.run import RunFolder
from tracksam.io.tiff import write_movie
from tracksam.mask_doubts import MaskShapes
from tracksam.progress import Progress
from tracksam.simulate import backward, situation
from tracksam.testing.story import Story, differences


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a run but its record, which holds times."""
    found = {str(p.relative_to(folder)): p for p in folder.rglob("*") if p.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if name != "run.json"}


@pytest.mark.parametrize(
    "name", ["still", "drifting", "crossing", "dividing", "leaving", "entering", "touching"]
)
def test_plain_situations_are_told_right(name: str) -> None:
    made = situation(name)
    result = tracksam.track(made.stack)
    assert differences(Story(result.masks, result.lineage), Story(made.masks, made.lineage)) == []


@pytest.mark.parametrize("name", ["crossing", "touching"])
def test_played_backward_cells_keep_their_identities(name: str) -> None:
    made = backward(situation(name))
    result = tracksam.track(made.stack)
    assert differences(Story(result.masks, result.lineage), Story(made.masks, made.lineage)) == []


def test_only_the_marked_and_their_descendants_come_out() -> None:
    made = situation("dividing")
    mother = next(iter(set(made.lineage.parents.values())))
    rows = made.lineage.rows(mother)
    yx = made.lineage.yx[rows][0]
    result = tracksam.track(made.stack, Prompts([42], [0], [yx]), settings=Settings(mode="follow"))
    family = result.lineage.descendants([42])
    assert set(result.lineage.track_ids.tolist()) == family
    assert len(family) == 3
    assert set(result.lineage.parents.values()) == {42}
    seen = np.unique(result.masks.to_array()).tolist()
    assert seen == [0, *sorted(family)]


def test_a_late_mark_names_the_whole_track() -> None:
    made = situation("still")
    yx = made.lineage.yx[made.lineage.frame == 6][0]
    result = tracksam.track(made.stack, Prompts([42], [6], [yx]), settings=Settings(mode="follow"))
    assert result.lineage.track_ids.tolist() == [42]
    assert result.lineage.frame.tolist() == list(range(made.stack.n_frames))


def test_tables_agree_with_masks_and_lineage() -> None:
    made = situation("dividing")
    result = tracksam.track(made.stack)
    cells, tracks = result.tables.cells, result.tables.tracks
    assert len(cells) == len(result.lineage)
    assert cells["track_id"].tolist() == result.lineage.track_id.tolist()
    for frame, labels_yx in enumerate(result.masks):
        ids, areas = np.unique(labels_yx[labels_yx > 0], return_counts=True)
        rows = cells[cells["frame"] == frame].sort_values("track_id")
        assert rows["track_id"].tolist() == ids.tolist()
        assert rows["area_px"].tolist() == areas.tolist()
    assert dict(result.lineage.parents) == {
        child: parent
        for child, parent in zip(tracks["track_id"], tracks["parent_id"], strict=True)
        if parent
    }
    size = made.stack.pixel_size_um
    np.testing.assert_allclose(cells["area_um2"], cells["area_px"] * size**2)


def test_what_is_known_of_masks_is_in_lineage_and_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[MaskShapes | None] = []

    def listed(lineage: Lineage, shapes: MaskShapes | None) -> list[Doubt]:
        seen.append(shapes)
        return doubts(lineage, shapes=shapes)

    monkeypatch.setattr("tracksam.pipeline.finish.doubts", listed)
    result = tracksam.track(situation("dividing").stack)
    cells, of_mask = result.tables.cells, result.lineage.mask_confidence
    np.testing.assert_array_equal(cells["mask_confidence"], of_mask)
    assert 0 < np.nanmin(of_mask) < np.nanmax(of_mask) <= 1
    least = cells.groupby("track_id")["mask_confidence"].min()
    assert result.tables.tracks["min_mask_confidence"].tolist() == least.tolist()
    (shapes,) = seen
    assert shapes is not None
    np.testing.assert_array_equal(shapes.area_px, cells["area_px"])
    np.testing.assert_array_equal(shapes.solidity, cells["solidity"])


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    made = situation("dividing")
    for name in ("one", "two"):
        tracksam.track(made.stack, out=tmp_path / name)
    assert files(tmp_path / "one") == files(tmp_path / "two")


@pytest.mark.parametrize("stop_after", [1, 5, 11])
def test_a_stopped_run_is_valid_and_resumes_to_the_same(tmp_path: Path, stop_after: int) -> None:
    made = situation("dividing")
    tracksam.track(made.stack, out=tmp_path / "whole")

    def stop(progress: Progress) -> bool:
        return progress.stage == "tracking" and progress.done == stop_after

    with pytest.raises(CancelledError, match=f"stopped after {stop_after} of 12 frames"):
        tracksam.track(made.stack, out=tmp_path / "cut", progress=stop)
    part = RunFolder.open(tmp_path / "cut")
    assert part.record.state == "interrupted"
    assert part.masks.n_frames == stop_after
    assert len(part.lineage) == len(part.tables.cells) > 0
    tracksam.track(made.stack, out=tmp_path / "cut", on_exists="resume")
    assert files(tmp_path / "cut") == files(tmp_path / "whole")
    assert RunFolder.open(tmp_path / "cut").record.state == "complete"


def test_a_frame_that_can_not_be_read_ends_the_run_in_order(tmp_path: Path) -> None:
    made = situation("still")

    class Broken:
        n_frames, frame_shape, dtype = 12, made.stack.source.frame_shape, made.stack.dtype

        def read(self, frame: int) -> np.ndarray:
            if frame == 7:
                raise ReadError("t007.tif is damaged.")
            return made.stack.source.read(frame)

    with pytest.raises(ReadError, match=r"t007\.tif is damaged; the first 6 frames are valid"):
        tracksam.track(Stack(Broken()), out=tmp_path / "run")
    assert RunFolder.open(tmp_path / "run").masks.n_frames == 6


def test_a_first_frame_that_can_not_be_read_leaves_nothing(tmp_path: Path) -> None:
    made = situation("still")

    class Broken:
        n_frames, frame_shape, dtype = 12, made.stack.source.frame_shape, made.stack.dtype

        def read(self, frame: int) -> np.ndarray:
            raise ReadError("t000.tif is damaged.")

    with pytest.raises(ReadError, match=r"t000\.tif is damaged"):
        tracksam.track(Stack(Broken()), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_two_boxes_in_a_video_are_followed() -> None:
    video = moving_squares()
    boxes = Boxes([1, 2], [0, 0], [[8, 10, 28, 30], [40, 60, 56, 84]])
    result = tracksam.track(
        video,
        boxes,
        settings=Settings(mode="follow").changed(
            {"segment": {"segmenter": "grabcut", "detector": "none"}, "link": {"divisions": False}}
        ),
    )
    assert result.lineage.track_ids.tolist() == [1, 2]
    for t, labels_yx in enumerate(result.masks):
        truth_yx = labels_of(t)
        for i in (1, 2):
            a, b = labels_yx == i, truth_yx == i
            assert (a & b).sum() / (a | b).sum() > 0.75


def labels_of(t: int) -> np.ndarray:
    labels_yx = np.zeros((80, 120), int)
    labels_yx[10 + t : 26 + t, 12 + 2 * t : 28 + 2 * t] = 1
    labels_yx[42 - t : 54 - t, 62 - t : 82 - t] = 2
    return labels_yx


def moving_squares() -> Stack:
    rng = np.random.default_rng(0)
    texture = rng.integers(0, 60, (2, 40, 40, 3))
    colours = np.array([[20, 150, 40], [200, 40, 30], [30, 60, 200]])
    frames = []
    for t in range(8):
        labels_yx = labels_of(t)
        image = colours[labels_yx] + rng.integers(0, 12, (80, 120, 3))
        for i in (1, 2):
            rows, columns = np.nonzero(labels_yx == i)
            image[rows, columns] += texture[i - 1][rows - rows.min(), columns - columns.min()]
        frames.append(np.clip(image, 0, 255).astype(np.uint8))
    return Stack.from_array(np.stack(frames), axes="TYXC", channels=("red", "green", "blue"))


@pytest.mark.parametrize("value", [0, 77])
def test_constant_frames_have_no_cells(value: int) -> None:
    flat = Stack.from_array(np.full((4, 50, 60), value, np.uint16), axes="TYX")
    result = tracksam.track(flat)
    assert result.lineage.n_tracks == 0
    assert result.masks.n_frames == 4
    assert len(result.tables.cells) == 0


def test_one_frame() -> None:
    made = situation("still")
    result = tracksam.track(made.stack.until(1))
    assert result.masks.n_frames == 1
    assert result.lineage.n_tracks == made.lineage.only(made.lineage.track_ids).n_tracks


def test_a_movie_by_its_path(tmp_path: Path) -> None:
    stack = situation("still").stack
    write_movie(stack, tmp_path / "movie.ome.tif")
    settings = Settings().changed({"read": {"pixel_size_um": 0.25}})
    result = tracksam.track(tmp_path / "movie.ome.tif", settings=settings)
    same = tracksam.track(stack, settings=settings)
    assert result.masks.frame(0).tolist() == same.masks.frame(0).tolist()
    assert result.tables.cells["area_um2"][0] == result.tables.cells["area_px"][0] / 16


def test_what_is_no_movie_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"got ndarray; tracksam\.Stack\.from_array"):
        tracksam.track(np.zeros((3, 5, 7)))  # type: ignore[arg-type]


def test_a_result_in_a_temporary_folder_goes_with_it() -> None:
    result = tracksam.track(situation("still").stack.until(2))
    folder = result.folder
    assert folder.is_dir()
    del result
    assert not folder.exists()


def test_a_run_is_repeated_with_its_movie_and_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    import tracksam
    from tracksam.cli import main
    from tracksam.io.run import RunFolder
    from tracksam.prompts import Marks
    from tracksam.regions import Regions

    made = situation("still")
    np.save(tmp_path / "movie.npy", made.stack.clip(range(3))[..., 0])
    stack = tracksam.read_movie(tmp_path / "movie.npy", axes="TYX")
    painted = Regions.from_labels(made.masks.frame(0) == made.lineage.track_id[0]).with_ids([7])
    settings = Settings().changed({"mode": "follow", "segment": {"segmenter": "classical"}})
    first = tracksam.track(
        stack, Marks(masks={0: painted}), settings=settings, out=tmp_path / "first"
    )
    kept = RunFolder.open(first.folder).marks
    assert kept.masks == {0: painted}

    command = ["tracksam", "track", "--like", str(tmp_path / "first" / "run.json")]
    monkeypatch.setattr(sys, "argv", [*command, "--out", str(tmp_path / "again")])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert not stopped.value.code
    again = tracksam.Result(tmp_path / "again", stack)
    assert again.lineage == first.lineage
    assert set(again.lineage.track_id.tolist()) == {7}
    assert again.masks == first.masks
