"""From any form to any other, with a word on what gets lost."""

from pathlib import Path

import attrs
import numpy as np
import pytest

from tracksam.columns import Calibration
from tracksam.errors import InvalidInputError, ReadError, WriteError
from tracksam.io.convert import FORMS, Tracked, convert, form_of, lost, read_tracked
from tracksam.lineage import Lineage
from tracksam.masks import Masks

ENDINGS = {"ctc": "", "png": "", "geff": ".geff", "zarr": ".zarr"} | {
    "trackmate": ".xml",
    "csv": ".csv",
    "rle": ".json",
}
WITH_MASKS = ("ctc", "png", "zarr", "rle")


def labels() -> np.ndarray:
    labels_tyx = np.zeros((3, 6, 8), np.uint16)
    labels_tyx[0:2, 1:3, 2:6] = 4
    labels_tyx[2, 1:3, 2:4] = 2
    labels_tyx[2, 1:3, 5:7] = 9
    return labels_tyx


LINEAGE = Lineage(
    [4, 4, 2, 9],
    [0, 1, 2, 2],
    [[1.5, 3.5], [1.5, 3.5], [1.5, 2.5], [1.5, 5.5]],
    parents={2: 4, 9: 4},
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A CTC result."""
    from tracksam.io.ctc import write_ctc

    write_ctc(Masks.from_array(labels()), LINEAGE, tmp_path / "source")
    return tmp_path / "source"


@pytest.mark.parametrize("name", sorted(ENDINGS))
def test_every_form_there_and_back(name: str, source: Path, tmp_path: Path) -> None:
    if name in ("geff", "zarr"):
        pytest.importorskip("geff")
    target = tmp_path / f"target{ENDINGS[name]}"
    said = convert(source, target, to=name)
    again = read_tracked(target)
    if name in WITH_MASKS:
        assert again.masks is not None
        np.testing.assert_array_equal(again.masks.to_array(), labels())
        assert not any("masks" in sentence for sentence in said)
        convert(target, tmp_path / "back")
        assert read_tracked(tmp_path / "back").lineage.n_tracks == 3
    else:
        assert f"{name}: masks are left out: only positions are written." in said
    parents = dict(LINEAGE.parents) if name != "png" else {}
    assert dict(again.lineage.parents) == parents
    assert ("png: mothers are left out." in said) == (name == "png")
    np.testing.assert_allclose(again.lineage.yx, LINEAGE.yx)


def test_every_form_is_tested() -> None:
    assert {form.name: form.suffix for form in FORMS} == ENDINGS


def test_what_is_lost_is_said() -> None:
    lineage = attrs.evolve(
        Lineage([1, 1, 2], [0, 2, 3], np.zeros((3, 2)), parents={2: 1}),
        confidence=np.array([1, 0.5, 1]),
        is_interpolated=np.array([False, True, False]),
        mask_confidence=np.array([1, 0.5, 0.5]),
        parent_confidence={2: 0.5},
    )
    masks = Masks.from_array(labels())
    everything = Tracked(lineage, masks, Calibration(pixel_size_um=0.5))
    said = {form.name: lost(everything, form) for form in FORMS}
    assert said["zarr"] == said["rle"] == []
    assert said["geff"] == ["geff: masks are left out: only positions are written."]
    assert said["csv"][1:] == ["csv: pixel size and frame interval are left out."]
    assert said["ctc"] == [
        "ctc: confidences are left out.",
        "ctc: confidences in mothers are left out.",
        "ctc: confidences in masks are left out.",
        "ctc: which masks were filled in is left out.",
        "ctc: tracks with gaps, and mothers that live on, are cut in pieces joined by parent "
        "links.",
        "ctc: pixel size and frame interval are left out.",
    ]
    assert lost(Tracked(LINEAGE), FORMS[0]) == []


def test_parents_that_are_not_read_are_said(source: Path, tmp_path: Path) -> None:
    (source / "res_track.txt").write_text("2 2 2 4\n4 0 1 4\n9 2 2 4\n", encoding="utf-8")
    assert convert(source, tmp_path / "out.json") == (
        "the parent of track 4 was left out: a parent must be seen before its daughter.",
    )
    assert dict(read_tracked(source).lineage.parents) == {2: 4, 9: 4}


def test_masks_can_not_be_made_of_positions(source: Path, tmp_path: Path) -> None:
    convert(source, tmp_path / "tracks.csv")
    with pytest.raises(InvalidInputError, match=r"ctc holds masks, but .*tracks.csv has positions"):
        convert(tmp_path / "tracks.csv", tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_forms_are_told_by_their_endings() -> None:
    assert form_of(Path("out")).name == "ctc"
    assert form_of(Path("out.XML")).name == "trackmate"
    assert form_of(Path("out"), "png").name == "png"
    with pytest.raises(InvalidInputError, match=r"there is no form tif; known are ctc, png, geff"):
        form_of(Path("out"), "tif")
    with pytest.raises(InvalidInputError, match=r"out.tif has no ending of a known form"):
        form_of(Path("out.tif"))


def test_unknown_sources(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"there is no file or folder .*missing"):
        convert(tmp_path / "missing", tmp_path / "out.csv")
    (tmp_path / "a.docx").write_text("", encoding="utf-8")
    with pytest.raises(ReadError, match=r"a.docx is of no known form: known are run folders, CTC"):
        convert(tmp_path / "a.docx", tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_nothing_is_overwritten(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(WriteError, match=r"out exists and is not empty"):
        convert(source, tmp_path / "out", to="png")
    (tmp_path / "out.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(WriteError, match=r"out.csv exists; choose another name"):
        convert(source, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["labels.tif", "labels.npy"])
def test_stacks_of_label_images(name: str, tmp_path: Path) -> None:
    import tifffile

    if name.endswith("npy"):
        np.save(tmp_path / name, labels().transpose(2, 0, 1))
        with pytest.raises(InvalidInputError, match=r"does not say what its axes are"):
            convert(tmp_path / name, tmp_path / "out.csv")
    else:
        tifffile.imwrite(
            tmp_path / name, labels(), imagej=True, metadata={"axes": "TYX", "finterval": 60}
        )
    axes = "XTY" if name.endswith("npy") else None
    said = convert(tmp_path / name, tmp_path / "out", axes=axes)
    assert ("ctc: pixel size and frame interval are left out." in said) == (axes is None)
    again = read_tracked(tmp_path / "out")
    np.testing.assert_array_equal(again.masks.to_array(), labels())
    assert again.lineage.n_tracks == 3
