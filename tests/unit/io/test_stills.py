"""Labelled stills in the forms of public sets."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tracksam.errors import InvalidInputError, ReadError
from tracksam.io.run_lengths import compressed, run_lengths
from tracksam.io.stills import read_stills

SHAPE_YX = (24, 37)


def labels() -> np.ndarray:
    labels_yx = np.zeros(SHAPE_YX, np.uint16)
    labels_yx[2:9, 4:12] = 3
    labels_yx[12:20, 20:31] = 7
    return labels_yx


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), (labels() * 20).astype(np.uint8))
    return folder


def coco(folder: Path, segmentations: list[Any], **more: Any) -> Path:
    notes = [{"id": i, "image_id": 5, "segmentation": s} for i, s in enumerate(segmentations)]
    content = {"images": [{"id": 5, "file_name": "x/a.png"}], "annotations": notes, **more}
    path = folder.parent / "truth.json"
    path.write_text(json.dumps(content))
    return path


def test_label_images_of_the_same_name(images: Path, tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    cv2.imwrite(str(tmp_path / "labels" / "a.tif"), labels())
    [still] = read_stills(images, tmp_path / "labels")
    assert still.name == "a.png"
    assert still.image_yxc.shape == (*SHAPE_YX, 1)
    assert still.truth.box_yxyx.tolist() == [[2, 4, 9, 12], [12, 20, 20, 31]]


def test_a_missing_or_unfit_label_image_is_named(images: Path, tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    cv2.imwrite(str(tmp_path / "labels" / "b.tif"), labels())
    with pytest.raises(ReadError, match=r"holds no label image for a\.png"):
        list(read_stills(images, tmp_path / "labels"))
    cv2.imwrite(str(tmp_path / "labels" / "a.tif"), labels()[1:])
    with pytest.raises(InvalidInputError, match=r"a\.png has shape \(24, 37\), .* has \(23, 37\)"):
        list(read_stills(images, tmp_path / "labels"))


def test_bbbc038_has_a_file_for_each_object(tmp_path: Path) -> None:
    for part in ("images", "masks"):
        (tmp_path / "0ab" / part).mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "0ab" / "images" / "0ab.png"), (labels() * 20).astype(np.uint8))
    for label in (3, 7):
        mask = (labels() == label).astype(np.uint8) * 255
        cv2.imwrite(str(tmp_path / "0ab" / "masks" / f"{label}.png"), mask)
    [still] = read_stills(tmp_path, tmp_path)
    assert still.name == "0ab"
    assert still.truth.area_px.tolist() == [56, 88]


def test_livecell_has_polygons(images: Path) -> None:
    path = coco(images, [[[4, 2, 12, 2, 12, 9, 4, 9]], [[20, 12, 31, 12, 31, 20, 20, 20]]])
    [still] = read_stills(images, path)
    for k, label in enumerate((3, 7)):
        assert np.array_equal(still.truth.mask(k), labels() == label)


@pytest.mark.parametrize("is_text", [False, True])
def test_coco_run_lengths_are_exact(images: Path, *, is_text: bool) -> None:
    runs = [
        {"size": list(SHAPE_YX), "counts": compressed(counts) if is_text else counts}
        for _, counts in run_lengths(labels())
    ]
    [still] = read_stills(images, coco(images, runs))
    for k, label in enumerate((3, 7)):
        assert np.array_equal(still.truth.mask(k), labels() == label)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([[[1, 2, 3, 4]]], r"annotation 0 of .* three or more points"),
        ([[[1, 2, 3, 4, 5, "x"]]], r"three or more points"),
        (["polygon"], r"neither polygons nor run lengths"),
        ([{"size": [1, 2], "counts": [2]}], r"size' \[24, 37\], got \[1, 2\]"),
        ([{"size": list(SHAPE_YX), "counts": [5]}], r"must add up to 888 pixels, got 5"),
    ],
)
def test_malformed_coco_is_refused_with_its_place(
    images: Path, given: list[Any], message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        list(read_stills(images, coco(images, given)))


def test_coco_without_its_lists_is_refused(images: Path) -> None:
    with pytest.raises(InvalidInputError, match="lacks the list 'annotations'"):
        list(read_stills(images, coco(images, [], annotations=None)))
    with pytest.raises(InvalidInputError, match=r"annotation 0 .* needs 'image_id'"):
        list(read_stills(images, coco(images, [], annotations=[{"id": 1}])))
    with pytest.raises(ReadError, match=r"names the image b\.png"):
        list(read_stills(images, coco(images, [], images=[{"id": 1, "file_name": "b.png"}])))
    (images.parent / "truth.json").write_text("{")
    with pytest.raises(ReadError, match="can not be read as JSON"):
        list(read_stills(images, images.parent / "truth.json"))


def test_pannuke_numbers_each_type_on_its_own(tmp_path: Path) -> None:
    masks = np.zeros((2, *SHAPE_YX, 6))
    masks[1, ..., 0] = labels() == 3
    masks[1, ..., 4] = labels() == 7
    np.save(tmp_path / "images.npy", np.full((2, *SHAPE_YX, 3), 200.0))
    np.save(tmp_path / "masks.npy", masks)
    first, second = read_stills(tmp_path / "images.npy", tmp_path / "masks.npy")
    assert len(first.truth) == 0
    assert second.truth.area_px.tolist() == [56, 88]
    assert second.image_yxc.dtype == np.uint8
    np.save(tmp_path / "masks.npy", masks[..., :5])
    with pytest.raises(InvalidInputError, match=r"PanNuke's are \(N, Y, X, 3\)"):
        list(read_stills(tmp_path / "images.npy", tmp_path / "masks.npy"))


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "masks.npy", np.array([{}], object), allow_pickle=True)
    np.save(tmp_path / "images.npy", np.zeros((1, 2, 3, 3)))
    with pytest.raises(ReadError, match="can not be read as numbers"):
        list(read_stills(tmp_path / "images.npy", tmp_path / "masks.npy"))
