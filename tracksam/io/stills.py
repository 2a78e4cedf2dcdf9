"""Labelled stills in: images with the true mask of every object, in the forms of public sets.

Read one at a time; nothing is unpickled, and what is malformed is refused with its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError, ReadError
from tracksam.io.folder import SUFFIXES
from tracksam.io.images import read_movie
from tracksam.io.labels import read_label_image
from tracksam.io.run_lengths import expanded, runs_of
from tracksam.regions import Regions

_IMAGES, _MASKS = "images", "masks"


@attrs.frozen(eq=False)
class LabelledStill:
    """One image and its true objects.

    Parameters
    ----------
    name : str
        Of the image.
    image_yxc : ndarray, shape (Y, X, C)
        Pixels.
    truth : Regions
        K objects; they may overlap.
    """

    name: str
    image_yxc: NDArray[Any]
    truth: Regions


def read_stills(images: str | Path, labels: str | Path) -> Iterator[LabelledStill]:
    """Yield labelled stills, whatever the form of the truth.

    Parameters
    ----------
    images : path-like
        A folder of images; of BBBC038 the folder that holds one folder an image; of PanNuke
        ``images.npy``.
    labels : path-like
        A folder of label images of the same names (``NAME.tif`` for ``NAME.png`` will do); the
        same BBBC038 folder (``ID/masks/*.png``, a file an object); a COCO file ``.json`` as
        LIVECell has it; or PanNuke's ``masks.npy``, shape (N, Y, X, 6), last channel background.

    Yields
    ------
    LabelledStill

    Raises
    ------
    ReadError
        Something is missing or can not be read.
    InvalidInputError
        Images and truth do not fit each other, or the file is malformed.
    """
    images, labels = Path(images), Path(labels)
    for path in (images, labels):
        if not path.exists():
            raise ReadError(f"there is no file or folder {path}; is the name right?")
    if labels.suffix == ".json":
        yield from _coco(images, labels)
    elif labels.suffix == ".npy":
        yield from _pannuke(images, labels)
    elif labels.is_dir() and next(labels.glob(f"*/{_MASKS}"), None) is not None:
        yield from _mask_folders(images, labels)
    elif labels.is_dir() and images.is_dir():
        yield from _label_images(images, labels)
    else:
        raise ReadError(
            f"{labels} is of no known form: give a folder of label images, a BBBC038 folder, a "
            "COCO .json or PanNuke's masks.npy."
        )


def _image(path: Path) -> NDArray[Any]:
    stack = read_movie(path)
    if stack.n_frames != 1:
        raise InvalidInputError(f"{path} holds {stack.n_frames} frames, not one image.")
    return stack.frame(0)


def _image_files(folder: Path) -> list[Path]:
    found = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file())
    if not found:
        raise ReadError(f"{folder} holds no image ({', '.join(SUFFIXES)}).")
    return found


def _fitting(name: str, image_yxc: NDArray[Any], shape_yx: tuple[int, ...], what: str) -> None:
    if image_yxc.shape[:2] != tuple(shape_yx):
        raise InvalidInputError(
            f"the image {name} has shape {image_yxc.shape[:2]}, but {what} has {tuple(shape_yx)}."
        )


def _label_images(images: Path, labels: Path) -> Iterator[LabelledStill]:
    by_stem = {path.stem: path for path in _image_files(labels)}
    for path in _image_files(images):
        if path.stem not in by_stem:
            raise ReadError(f"{labels} holds no label image for {path.name}.")
        image_yxc, labels_yx = _image(path), read_label_image(by_stem[path.stem])
        _fitting(path.name, image_yxc, labels_yx.shape, f"its label image in {labels}")
        yield LabelledStill(path.name, image_yxc, Regions.from_labels(labels_yx))


def _mask_folders(images: Path, labels: Path) -> Iterator[LabelledStill]:
    for folder in sorted(p.parent for p in labels.glob(f"*/{_MASKS}")):
        source = images / folder.name / _IMAGES
        files = _image_files(source) if source.is_dir() else []
        if len(files) != 1:
            raise ReadError(f"{source} must hold the one image of {folder}, got {len(files)}.")
        image_yxc, masks = _image(files[0]), []
        for path in _image_files(folder / _MASKS):
            mask_yx = read_label_image(path) > 0
            _fitting(folder.name, image_yxc, mask_yx.shape, f"the mask {path.name}")
            masks.append(mask_yx)
        yield LabelledStill(
            folder.name, image_yxc, Regions.from_masks(masks, (*image_yxc.shape[:2],))
        )


def _pannuke(images: Path, labels: Path) -> Iterator[LabelledStill]:
    """Each of the five first channels holds the instances of one type, numbered on its own."""
    pictures, masks = _npy(images, 4), _npy(labels, 4)
    if pictures.shape[:3] != masks.shape[:3] or masks.shape[3] != 6:
        raise InvalidInputError(
            f"{images} has shape {pictures.shape} and {labels} {masks.shape}; PanNuke's are "
            "(N, Y, X, 3) and (N, Y, X, 6)."
        )
    for number in range(len(pictures)):
        found = Regions((masks.shape[1], masks.shape[2]))
        for kind in range(5):
            found = found.joined(Regions.from_labels(np.asarray(masks[number, ..., kind], int)))
        picture = np.asarray(pictures[number])
        if picture.dtype.kind == "f" and picture.min() >= 0 and picture.max() <= 255:
            picture = picture.astype(np.uint8)
        yield LabelledStill(f"{images.stem}_{number:05d}", picture, found)


def _npy(path: Path, n_axes: int) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ReadError(f"{path} can not be read as numbers: {error}.") from error
    if array.ndim != n_axes:
        raise InvalidInputError(f"{path} must have {n_axes} axes, got shape {array.shape}.")
    return array


def _coco(images: Path, labels: Path) -> Iterator[LabelledStill]:
    try:
        content = json.loads(labels.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReadError(f"{labels} can not be read as JSON: {error}.") from error
    listed = _list_of(content, "images", labels)
    notes = content.get("annotations") if isinstance(content, dict) else None
    # LIVECell has its annotations as a list, older files as a mapping of id to annotation.
    annotations = list(notes.values()) if isinstance(notes, dict) else notes
    if not isinstance(annotations, list):
        raise InvalidInputError(f"{labels} lacks the list 'annotations' of a COCO file.")
    of_image: dict[Any, list[Any]] = {}
    for number, note in enumerate(annotations):
        if not isinstance(note, dict) or not {"image_id", "segmentation"} <= set(note):
            raise InvalidInputError(
                f"annotation {number} of {labels} needs 'image_id' and 'segmentation'."
            )
        of_image.setdefault(note["image_id"], []).append((number, note))
    for number, entry in enumerate(listed):
        if not isinstance(entry, dict) or not {"id", "file_name"} <= set(entry):
            raise InvalidInputError(f"image {number} of {labels} needs 'id' and 'file_name'.")
        yield _coco_still(images, labels, entry, of_image.get(entry["id"], []))


def _coco_still(images: Path, labels: Path, entry: Any, notes: list[Any]) -> LabelledStill:
    path = images / Path(str(entry["file_name"])).name
    if not path.is_file():
        raise ReadError(f"{labels} names the image {path.name}, which is not in {images}.")
    image_yxc = _image(path)
    shape_yx = (image_yxc.shape[0], image_yxc.shape[1])
    masks = []
    for number, note in notes:
        if not note.get("iscrowd"):
            where = f"annotation {number} of {labels}"
            masks.append(_coco_mask(note["segmentation"], shape_yx, where))
    return LabelledStill(path.name, image_yxc, Regions.from_masks(masks, shape_yx))


def _list_of(content: Any, key: str, path: Path) -> list[Any]:
    found = content.get(key) if isinstance(content, dict) else None
    if not isinstance(found, list):
        raise InvalidInputError(f"{path} lacks the list {key!r} of a COCO file.")
    return found


def _coco_mask(given: Any, shape_yx: tuple[int, int], where: str) -> NDArray[np.bool_]:
    if isinstance(given, dict):
        return _coco_runs(given, shape_yx, where)
    from skimage.draw import polygon as polygon_pixels

    mask_yx = np.zeros(shape_yx, np.bool_)
    if not isinstance(given, list) or not given:
        raise InvalidInputError(f"the segmentation of {where} is neither polygons nor run lengths.")
    for polygon in given:
        try:
            xy = np.asarray(polygon, np.float64)
        except (TypeError, ValueError):
            xy = np.zeros(0)
        if xy.ndim != 1 or len(xy) < 6 or len(xy) % 2 or not np.isfinite(xy).all():
            raise InvalidInputError(
                f"a polygon of {where} needs three or more points x, y of finite numbers, got "
                f"{str(polygon)[:60]}."
            )
        # COCO counts from the corner of the first pixel: pixel (0, 0) has its centre at 0.5.
        rows, columns = polygon_pixels(xy[1::2] - 0.5, xy[0::2] - 0.5, shape_yx)
        mask_yx[rows, columns] = True
    return mask_yx


def _coco_runs(given: dict[str, Any], shape_yx: tuple[int, int], where: str) -> NDArray[np.bool_]:
    size, counts = given.get("size"), given.get("counts")
    if list(size or []) != list(shape_yx) or not isinstance(counts, str | list):
        raise InvalidInputError(
            f"run lengths of {where} need 'counts' and the image's 'size' {list(shape_yx)}, got "
            f"{size}."
        )
    lengths = expanded(counts) if isinstance(counts, str) else [int(n) for n in counts]
    mask_xy = np.zeros(shape_yx[0] * shape_yx[1], bool)
    for first, last in runs_of(lengths, shape_yx):
        mask_xy[first:last] = True
    return mask_xy.reshape(shape_yx[1], shape_yx[0]).T
