"""Damaged and contradictory files: one clear line, and nothing written."""

import json
from pathlib import Path

import numpy as np
import pytest

from tracksam.errors import InvalidInputError, ReadError, TracksamError, WriteError
from tracksam.io.geff import read_geff, write_geff
from tracksam.io.label_stack import read_label_stack
from tracksam.io.links import lineage_of_links
from tracksam.io.omezarr_labels import write_omezarr_labels
from tracksam.io.run_lengths import expanded, runs_of
from tracksam.io.trackmate import read_trackmate, write_trackmate
from tracksam.io.tracks_csv import read_tracks_csv
from tracksam.io.video_masks import read_rle, write_indexed_png, write_rle
from tracksam.lineage import Lineage
from tracksam.masks import Masks

LINEAGE = Lineage([1, 1, 2], [0, 1, 2], [[0, 0], [1, 1], [2, 2]], parents={2: 1})
MASKS = Masks.from_array(np.eye(3, dtype=np.uint16)[None].repeat(2, axis=0))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"lacks track_id, t, y, x and has none"),
        ("track_id,t,x\n1,0,2\n", r"lacks y and has track_id, t, x"),
        ("track_id,t,y,x\n1,0,2\n", r"line 2 of .* has 3 fields, but the header 4"),
        ("track_id,t,y,x\n1,0,2,north\n", r"line 2 of .* must have a number as x, got 'north'"),
        ("track_id,t,y,x\n1,0,2,nan\n", r"must have a number as x, got 'nan'"),
        ("track_id,t,y,x\n1.5,0,2,3\n", r"must have a whole number as track_id, got 1.5"),
        ("track_id,t,y,x\n0,0,2,3\n", r"track ids must be 1 or more"),
        ("track_id,t,y,x\n1,0,2,3\n1,0,5,5\n", r"track 1 has two rows in frame 0"),
        ("track_id,t,y,x,parent_track_id\n1,0,2,3,7\n", r"track 1 has mother 7, but one of them"),
        (
            "track_id,t,y,x,parent_track_id\n1,0,2,3,2\n2,1,2,3,1\n",
            r"track 1 begins in frame 0, not after its mother 2",
        ),
        (
            "track_id,t,y,x,parent_track_id\n1,0,2,3,-1\n2,1,2,3,1\n2,2,2,3,-1\n",
            r"line 4 of .* gives track 2 the parent -1, a line before it 1",
        ),
        (
            "track_id,t,y,x,parent_track_id\n1,0,2,3,-1\n\n2,1,2,3\n",
            r"line 4 of .*tracks.csv has 4 fields, but the header 5; is the file whole\?",
        ),
        ("track_id,t,y,x,is_interpolated\n1,0,2,3,maybe\n", r"0 or 1 as is_interpolated"),
    ],
)
def test_tables_of_tracks(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "tracks.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError, match=message):
        read_tracks_csv(tmp_path / "tracks.csv")


def test_tables_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "tracks.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ReadError, match=r"tracks.csv can not be read as a table"):
        read_tracks_csv(tmp_path / "tracks.csv")
    with pytest.raises(ReadError, match=r"missing.csv can not be read as a table"):
        read_tracks_csv(tmp_path / "missing.csv")


def test_a_million_tracks_are_read(tmp_path: Path) -> None:
    n = 100_000  # a tenth, in a tenth of the time
    lines = [f"{i},{i % 9},1,2" for i in range(1, n + 1)]
    (tmp_path / "tracks.csv").write_text("track_id,t,y,x\n" + "\n".join(lines), encoding="utf-8")
    assert read_tracks_csv(tmp_path / "tracks.csv").n_tracks == n


@pytest.mark.parametrize(
    ("links", "message"),
    [
        ([[0, 3]], r"links must name spots 0 to 2, got 0 to 3"),
        ([[0, 1]], r"spots 0 and 1 are both in frame 0"),
        ([[0, 2], [1, 2]], r"spot 2 in frame 1 has 2 spots before it: tracks that merge"),
    ],
)
def test_links(links: list[list[int]], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        lineage_of_links([0, 0, 1], np.zeros((3, 2)), links)


def test_links_that_contradict_the_tracks() -> None:
    yx = np.zeros((3, 2))
    with pytest.raises(InvalidInputError, match=r"track 5 in frame 1 .* the link is missing"):
        lineage_of_links([0, 1, 2], yx, [[0, 1]], [5, 5, 5])
    with pytest.raises(InvalidInputError, match=r"the link is not from row to row"):
        lineage_of_links([0, 1, 2], yx, [[0, 1], [0, 2]], [5, 5, 6])


def trackmate(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    path = tmp_path / "tracks.xml"
    write_trackmate(LINEAGE, path)
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("<TrackMate", "<Track"), r"mismatched tag"),
        (('POSITION_X="1.0"', ""), r"every Spot of .* must have a number as POSITION_X, got None"),
        (('FRAME="1"', 'FRAME="1.5"'), r"must have a whole number as FRAME, got 1.5"),
        (('SPOT_TARGET_ID="1"', 'SPOT_TARGET_ID="9"'), r"has an edge to spot 9, which is not"),
        (('POSITION_Z="0.0"', 'POSITION_Z="3.5"'), r"spots at different depths"),
        (('ID="1" name', 'ID="0" name'), r"gives two spots the same ID"),
        (('spatialunits="pixel"', 'spatialunits="micron"'), None),
    ],
)
def test_trackmate(change: tuple[str, str], message: str | None, tmp_path: Path) -> None:
    path = trackmate(tmp_path, change)
    if message is None:
        assert read_trackmate(path)[1].pixel_size_um == 1
        return
    with pytest.raises(TracksamError, match=message):
        read_trackmate(path)


def test_trackmate_needs_the_size_of_a_pixel(tmp_path: Path) -> None:
    changes = (('spatialunits="pixel"', 'spatialunits="micron"'), ("pixelwidth", "width"))
    path = trackmate(tmp_path, changes[0], ('width="0"', ""), changes[1])
    with pytest.raises(InvalidInputError, match=r"how wide a pixel is \(ImageData pixelwidth\)"):
        read_trackmate(path)


def test_no_trackmate(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<svg><Model/></svg>", encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"a.xml is no TrackMate file: .* got <svg>"):
        read_trackmate(tmp_path / "a.xml")
    with pytest.raises(ReadError, match=r"there is no file .*missing.xml"):
        read_trackmate(tmp_path / "missing.xml")


def test_geff(tmp_path: Path) -> None:
    pytest.importorskip("geff")
    with pytest.raises(ReadError, match=r"there is no GEFF .*missing.geff"):
        read_geff(tmp_path / "missing.geff")
    (tmp_path / "empty.geff").mkdir()
    with pytest.raises(ReadError, match=r"empty.geff is no readable GEFF"):
        read_geff(tmp_path / "empty.geff")
    write_geff(LINEAGE, tmp_path / "tracks.geff")
    with pytest.raises(WriteError, match=r"tracks.geff exists and is not empty"):
        write_geff(LINEAGE, tmp_path / "tracks.geff")
    metadata = tmp_path / "tracks.geff" / "zarr.json"
    text = metadata.read_text(encoding="utf-8")
    metadata.write_text(text[: len(text) // 2], encoding="utf-8")
    with pytest.raises(ReadError, match=r"tracks.geff is no readable GEFF"):
        read_geff(tmp_path / "tracks.geff")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unit": "micrometer"}, r"axis y of .* is in micrometer; give the pixel size"),
        ({"name": "confidence"}, r"must have the axes t, y and x, got t, confidence, x"),
    ],
)
def test_geff_whose_axes_are_others(change: dict[str, str], message: str, tmp_path: Path) -> None:
    pytest.importorskip("geff")
    write_geff(LINEAGE, tmp_path / "tracks.geff")
    metadata = tmp_path / "tracks.geff" / "zarr.json"
    content = json.loads(metadata.read_text(encoding="utf-8"))
    content["attributes"]["geff"]["axes"][1].update(change)
    content["attributes"]["geff"]["display_hints"] = None
    metadata.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InvalidInputError, match=message):
        read_geff(tmp_path / "tracks.geff")


def test_omezarr_labels_need_time(tmp_path: Path) -> None:
    import zarr

    group = zarr.create_group(store=str(tmp_path / "a.zarr"), zarr_format=3)
    group.create_array("0", shape=(2, 5, 7), dtype=np.uint16)
    axes = [{"name": name} for name in "zyx"]
    group.attrs["ome"] = {
        "version": "0.5",
        "multiscales": [{"axes": axes, "datasets": [{"path": "0"}]}],
    }
    with pytest.raises(InvalidInputError, match=r"need the axes t, y and x; .* has ZYX"):
        read_label_stack(tmp_path / "a.zarr")
    with pytest.raises(WriteError, match=r"a.zarr exists and is not empty"):
        write_omezarr_labels(MASKS, tmp_path / "a.zarr")


@pytest.mark.parametrize("letters", ["TYX", "TCYX", "YXT", "XYT"])
def test_omezarr_labels_in_any_order_of_axes(letters: str, tmp_path: Path) -> None:
    import zarr

    labels_tyx = np.arange(2 * 5 * 7).reshape(2, 5, 7)
    place = {"T": 0, "Y": 1, "X": 2}
    array = labels_tyx.transpose([place[letter] for letter in letters if letter in place])
    array = array[:, None] if "C" in letters else array
    group = zarr.create_group(store=str(tmp_path / "a.zarr"), zarr_format=3)
    group.create_array("0", data=array)
    group.attrs["ome"] = {
        "version": "0.5",
        "multiscales": [
            {"axes": [{"name": c.lower()} for c in letters], "datasets": [{"path": "0"}]}
        ],
    }
    masks, _ = read_label_stack(tmp_path / "a.zarr")
    np.testing.assert_array_equal(masks.to_array(), labels_tyx)


def test_stacks_of_labels_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"there is no file or Zarr folder .*missing.tif"):
        read_label_stack(tmp_path / "missing.tif")
    np.save(tmp_path / "a.npy", np.zeros((2, 5, 7)))
    with pytest.raises(InvalidInputError, match=r"need an integer dtype, got float64"):
        read_label_stack(tmp_path / "a.npy", "TYX")
    (tmp_path / "a.docx").write_text("x", encoding="utf-8")
    with pytest.raises(ReadError, match=r"a.docx is no stack of label images: known are .tif"):
        read_label_stack(tmp_path / "a.docx")


def test_indexed_pictures_hold_few_ids(tmp_path: Path) -> None:
    masks = Masks.from_array(np.array([[[0, 255]], [[300, 0]]]))
    with pytest.raises(InvalidInputError, match=r"ids up to 255, but frame 1 has 300"):
        write_indexed_png(masks, tmp_path / "png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("{", ReadError, r"masks.json can not be read as JSON"),
        ("[]", InvalidInputError, r"must have one of videos"),
        ('{"videos": [], "annotations": []}', InvalidInputError, r"must have one of videos"),
        (
            '{"videos": [{"length": 1, "height": 2, "width": 3}], "annotations": [{"id": 1}]}',
            InvalidInputError,
            r"annotations with id and segmentations; KeyError\('segmentations'\)",
        ),
    ],
)
def test_run_lengths_of_video(
    text: str, error: type[TracksamError], message: str, tmp_path: Path
) -> None:
    (tmp_path / "masks.json").write_text(text, encoding="utf-8")
    with pytest.raises(error, match=message):
        read_rle(tmp_path / "masks.json")


def test_run_lengths_that_overlap_or_do_not_fit(tmp_path: Path) -> None:
    write_rle(MASKS, Lineage([1, 1], [0, 1], [[1, 1]] * 2), tmp_path / "masks.json")
    content = json.loads((tmp_path / "masks.json").read_text(encoding="utf-8"))
    content["annotations"].append({**content["annotations"][0], "id": 5})
    (tmp_path / "two.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"objects 1 and 5 overlap in frame 0"):
        read_rle(tmp_path / "two.json")
    content["annotations"][1]["segmentations"] = [None]
    (tmp_path / "short.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"object 5 of .* each of the 2 frames, got 1"):
        read_rle(tmp_path / "short.json")
    content["annotations"].pop()
    content["videos"][0]["height"] = 4
    (tmp_path / "tall.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"must add up to 12 pixels, got 9"):
        read_rle(tmp_path / "tall.json")


def test_damaged_run_lengths() -> None:
    with pytest.raises(InvalidInputError, match=r"letters from '0' to 'o', got '\!'"):
        expanded("1!")
    with pytest.raises(InvalidInputError, match=r"end in the middle of a number"):
        expanded("P")
    with pytest.raises(InvalidInputError, match=r"must add up to 6 pixels, got 7"):
        runs_of([3, 4], (2, 3))
