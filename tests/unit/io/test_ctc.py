"""Results and truths of the Cell Tracking Challenge: read, written, refused."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from tracksam import Lineage, Masks
from tracksam.errors import InvalidInputError, ReadError, WriteError
from tracksam.io.ctc import digits, parents_left_out, read_ctc, write_ctc, write_mask, write_tracks


@pytest.fixture
def labels_tyx() -> np.ndarray:
    """A mother (1) that divides into 2 and 3, and a cell (7) that is hidden in frame 1."""
    labels_tyx = np.zeros((4, 6, 9), np.uint16)
    labels_tyx[:2, 1:3, 2:6] = 1
    labels_tyx[2:, 1:3, 1:3] = 2
    labels_tyx[2:, 1:3, 5:8] = 3
    labels_tyx[[0, 2, 3], 4:6, 0:1] = 7
    return labels_tyx


@pytest.fixture
def lineage() -> Lineage:
    ids = [1, 1, 2, 2, 3, 3, 7, 7, 7]
    frames = [0, 1, 2, 3, 2, 3, 0, 2, 3]
    yx = {1: (1.5, 3.5), 2: (1.5, 1.5), 3: (1.5, 6), 7: (4.5, 0)}
    return Lineage(ids, frames, [yx[i] for i in ids], parents={2: 1, 3: 1})


def truth(folder: Path, labels_tyx: np.ndarray, lines: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for t, labels_yx in enumerate(labels_tyx):
        tifffile.imwrite(folder / f"man_track{t:03d}.tif", labels_yx)
    (folder / "man_track.txt").write_text(lines)
    return folder


def test_a_result_is_written_in_the_challenges_form(
    tmp_path: Path, labels_tyx: np.ndarray, lineage: Lineage
) -> None:
    tracklets = write_ctc(Masks.from_array(labels_tyx), lineage, tmp_path / "01_RES")
    written = sorted(path.name for path in (tmp_path / "01_RES").iterdir())
    assert written == [*(f"mask{t:03d}.tif" for t in range(4)), "res_track.txt"]
    text = (tmp_path / "01_RES" / "res_track.txt").read_text()
    assert text == "1 0 1 0\n2 2 3 1\n3 2 3 1\n7 0 0 0\n8 2 3 7\n"
    assert tracklets.track_id.tolist() == [1, 2, 3, 7, 7]
    last = tifffile.imread(tmp_path / "01_RES" / "mask003.tif")
    assert last.dtype == np.uint16
    np.testing.assert_array_equal(last, np.where(labels_tyx[3] == 7, 8, labels_tyx[3]))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["01_RES"]


def test_a_result_is_read_back_with_gaps_joined_on_request(
    tmp_path: Path, labels_tyx: np.ndarray, lineage: Lineage
) -> None:
    write_ctc(Masks.from_array(labels_tyx), lineage, tmp_path / "01_RES")
    _, as_it_lies = read_ctc(tmp_path / "01_RES")
    assert dict(as_it_lies.parents) == {2: 1, 3: 1, 8: 7}
    masks, joined = read_ctc(tmp_path / "01_RES", join_gaps=True)
    assert joined == lineage
    assert masks == Masks.from_array(labels_tyx)


def test_a_truth_is_found_in_its_folder(
    tmp_path: Path, labels_tyx: np.ndarray, lineage: Lineage
) -> None:
    text = "1 0 1 0\n2 2 3 1\n3 2 3 1\n\n7 0 3 0\n"
    truth(tmp_path / "01_GT" / "TRA", labels_tyx, text)
    for folder in (tmp_path / "01_GT", tmp_path / "01_GT" / "TRA"):
        masks, read = read_ctc(folder)
        assert read == lineage
        assert masks == Masks.from_array(labels_tyx)


def test_frames_are_counted_from_the_first_image(tmp_path: Path, labels_tyx: np.ndarray) -> None:
    truth(tmp_path, labels_tyx[2:], "2 2 3 0\n3 2 3 0\n7 2 3 0\n")
    for t in (0, 1):
        (tmp_path / f"man_track{t:03d}.tif").rename(tmp_path / f"man_track{t + 2:03d}_.tif")
    for path in tmp_path.glob("*_.tif"):
        path.rename(path.with_name(path.name.replace("_.tif", ".tif")))
    _, read = read_ctc(tmp_path)
    assert read.frame.tolist() == [0, 1, 0, 1, 0, 1]


def test_label_images_alone_are_tracks_without_mothers(
    tmp_path: Path, labels_tyx: np.ndarray, lineage: Lineage
) -> None:
    for t, labels_yx in enumerate(labels_tyx):
        tifffile.imwrite(tmp_path / f"seg{t}.tif", labels_yx.astype(np.uint8 if t else np.uint16))
    masks, read = read_ctc(tmp_path)
    assert read == Lineage(lineage.track_id, lineage.frame, lineage.yx)
    assert masks.source.dtype == np.uint16
    assert {masks.frame(t).dtype for t in range(4)} == {np.dtype(np.uint16)}


def test_the_palette_of_a_png_is_not_its_labels(tmp_path: Path) -> None:
    from PIL import Image

    labels_yx = np.array([[0, 1, 2], [2, 2, 1]], np.uint8)
    for t in range(2):
        image = Image.fromarray((labels_yx + t * (labels_yx > 0)).astype(np.uint8))
        image.putpalette([0, 0, 0, 200, 10, 10, 10, 200, 10, 9, 9, 9])
        image.save(tmp_path / f"{t:05d}.png")
    masks, read = read_ctc(tmp_path)
    assert masks.frame(0).tolist() == labels_yx.tolist()
    assert read.track_ids.tolist() == [1, 2, 3]


def test_positions_can_be_left_out(tmp_path: Path, labels_tyx: np.ndarray) -> None:
    tifffile.imwrite(tmp_path / "0.tif", labels_tyx[0])
    _, read = read_ctc(tmp_path, centroids=False)
    assert read.track_id.tolist() == [1, 7]
    assert np.isnan(read.yx).all()


def test_a_mother_that_is_not_seen_before_is_left_out(
    tmp_path: Path, labels_tyx: np.ndarray
) -> None:
    truth(tmp_path, labels_tyx[2:], "2 0 1 2\n3 0 1 2\n7 0 1 0\n")
    assert dict(read_ctc(tmp_path)[1].parents) == {}


def test_tracks_that_are_their_own_ancestors_are_refused(
    tmp_path: Path, labels_tyx: np.ndarray
) -> None:
    truth(tmp_path, labels_tyx, "1 0 1 3\n2 2 3 1\n3 2 3 2\n7 0 3 1\n")
    with pytest.raises(InvalidInputError) as refusal:
        read_ctc(tmp_path)
    assert str(refusal.value) == (
        f"{tmp_path / 'man_track.txt'} makes tracks 1, 3, 2 their own ancestors: each names the "
        "next as its parent, and the last the first; one of these parents must be 0."
    )


def test_a_mother_that_begins_with_or_after_her_daughter_is_refused(
    tmp_path: Path, labels_tyx: np.ndarray
) -> None:
    for lines, daughter, mother in (
        ("1 0 1 0\n2 2 3 3\n3 2 3 0\n7 0 3 0\n", (2, 2), (3, 2)),
        ("1 0 1 2\n2 2 3 0\n3 2 3 0\n7 0 3 0\n", (1, 0), (2, 2)),
    ):
        truth(tmp_path, labels_tyx, lines)
        with pytest.raises(InvalidInputError) as refusal:
            read_ctc(tmp_path)
        assert str(refusal.value) == (
            f"{tmp_path / 'man_track.txt'} gives track {daughter[0]}, first seen in frame "
            f"{daughter[1]}, the parent {mother[0]}, first seen in frame {mother[1]}; a parent "
            "must be seen before its daughter."
        )


def test_parents_that_a_lineage_can_not_hold_are_told(
    tmp_path: Path, labels_tyx: np.ndarray, lineage: Lineage
) -> None:
    lines = "1 0 1 1\n2 2 3 1\n3 2 3 1\n4 0 1 0\n7 0 3 1\n"
    assert parents_left_out(truth(tmp_path / "a", labels_tyx, lines), lineage) == (1, 7)
    tifffile.imwrite(tmp_path / "0.tif", labels_tyx[0])
    assert parents_left_out(tmp_path, lineage) == ()


def test_no_cells_are_a_result(tmp_path: Path) -> None:
    write_ctc(Masks.from_array(np.zeros((2, 3, 4), np.uint16)), Lineage(), tmp_path / "r")
    masks, read = read_ctc(tmp_path / "r")
    assert (masks.n_frames, len(read)) == (2, 0)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("1 0 1\n", "line 1 of .* must be four whole numbers.*got '1 0 1'"),
        ("1 0 1 x\n", "line 1 of .* must be four whole numbers"),
        ("1 0 1 0\n1 2 3 0\n", "line 2 of .* must have a label of its own"),
        ("0 0 1 0\n", "line 1 of .* 1 or more"),
        ("1 3 1 0\n", "line 1 of .* first frame not after the last; got '1 3 1 0'"),
        ("1 0 1 9\n", "gives track 1 the parent 9: there is none"),
        ("1 0 1 0\n", r"man_track000\.tif holds label 7, but .* no such track in frame 0"),
        ("1 0 0 0\n2 2 3 0\n3 2 3 0\n7 0 3 0\n", r"man_track001\.tif holds label 1"),
    ],
)
def test_a_malformed_table_is_refused(
    tmp_path: Path, labels_tyx: np.ndarray, lines: str, message: str
) -> None:
    truth(tmp_path, labels_tyx, lines)
    with pytest.raises(InvalidInputError, match=message):
        read_ctc(tmp_path)


def test_what_is_missing_is_named(tmp_path: Path, labels_tyx: np.ndarray) -> None:
    with pytest.raises(ReadError, match=r"there is no folder .*nothing"):
        read_ctc(tmp_path / "nothing")
    with pytest.raises(ReadError, match=r"holds no label images \(\*: \.tif"):
        read_ctc(tmp_path)
    truth(tmp_path, labels_tyx, "1 0 1 0\n2 2 3 1\n3 2 3 1\n7 0 3 0\n")
    (tmp_path / "man_track002.tif").unlink()
    with pytest.raises(ReadError, match=r"has no frame number 2"):
        read_ctc(tmp_path)


def test_images_of_different_size_or_of_fractions_are_refused(
    tmp_path: Path, labels_tyx: np.ndarray
) -> None:
    tifffile.imwrite(tmp_path / "0.tif", labels_tyx[0])
    tifffile.imwrite(tmp_path / "1.tif", labels_tyx[1, 1:])
    with pytest.raises(InvalidInputError, match=r"0\.tif has \(6, 9\), 1\.tif has \(5, 9\)"):
        read_ctc(tmp_path)
    tifffile.imwrite(tmp_path / "1.tif", labels_tyx[1].astype(np.float32))
    with pytest.raises(InvalidInputError, match=r"1\.tif has \(6, 9\) and type float32"):
        read_ctc(tmp_path)


@pytest.mark.parametrize(("largest", "dtype"), [(65535, np.uint16), (65536, np.uint32)])
def test_labels_are_as_wide_as_they_must_be(tmp_path: Path, largest: int, dtype: type) -> None:
    path = write_mask(tmp_path, 12, np.array([[0, largest]]))
    assert path.name == "mask012.tif"
    stored = tifffile.imread(path)
    assert (stored.dtype, stored.tolist()) == (np.dtype(dtype), [[0, largest]])


def test_long_movies_have_longer_numbers(tmp_path: Path) -> None:
    assert [digits(n) for n in (1, 1000, 1001, 10001)] == [3, 3, 4, 5]
    assert write_mask(tmp_path, 7, np.zeros((2, 3), int), digits=4).name == "mask0007.tif"


@pytest.mark.parametrize(
    ("labels_yx", "message"),
    [
        (np.zeros((2, 3, 4), int), r"got shape \(2, 3, 4\)"),
        (np.zeros((2, 3)), "type float64"),
        (np.full((2, 3), -1), "values -1 to 0"),
        (np.full((2, 3), 2**32), "values 0 to 4294967296"),
    ],
)
def test_what_is_no_label_image_is_refused(
    tmp_path: Path, labels_yx: np.ndarray, message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        write_mask(tmp_path, 0, labels_yx)
    assert list(tmp_path.iterdir()) == []


def test_masks_and_lineage_must_agree(
    tmp_path: Path, labels_tyx: np.ndarray, lineage: Lineage
) -> None:
    labels_tyx[1, 0, 0] = 9
    with pytest.raises(InvalidInputError, match="track 9 is in the masks alone in frame 1"):
        write_ctc(Masks.from_array(labels_tyx), lineage, tmp_path / "r")
    labels_tyx[1] = 0
    with pytest.raises(InvalidInputError, match="track 1 is in the lineage alone in frame 1"):
        write_ctc(Masks.from_array(labels_tyx), lineage, tmp_path / "r")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_files_is_not_touched(
    tmp_path: Path, labels_tyx: np.ndarray, lineage: Lineage
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(WriteError, match="exists and is not empty; choose another"):
        write_ctc(Masks.from_array(labels_tyx), lineage, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_tracks_say_under_which_labels_they_were_written(tmp_path: Path, lineage: Lineage) -> None:
    tracklets = write_tracks(tmp_path, lineage)
    assert tracklets.label.tolist() == [1, 2, 3, 7, 8]
    assert write_tracks(tmp_path, tracklets) == tracklets
