"""Labelled stills to train on: real ones from folders, synthetic ones from the simulator."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import ReadError

_VALIDATION_SHARE = 8  # one of eight


@attrs.frozen(eq=False)
class Still:
    """One image and its cells.

    Parameters
    ----------
    image_yx : ndarray of float32, shape (Y, X)
        Any range.
    labels_yx : ndarray of int32, shape (Y, X)
        0 is background, 1 to N are cells without gaps in the numbering.
    name : str
        Where it is from.
    """

    image_yx: NDArray[np.float32]
    labels_yx: NDArray[np.int32]
    name: str

    def diameter_px(self) -> NDArray[np.float64]:
        """Return the diameter of the circle of each cell's area, shape (N + 1,)."""
        area_px = np.bincount(self.labels_yx.ravel())
        return np.asarray(np.sqrt(area_px * (4 / np.pi)))


def is_validation(name: str) -> bool:
    """Return whether a still of this file name is kept apart: one of eight, by its hash."""
    digest = hashlib.sha256(name.encode()).digest()
    return digest[0] % _VALIDATION_SHARE == 0


def real_stills(folder: Path, *, validation: bool) -> list[Path]:
    """Return the images of one part of a folder's split.

    Parameters
    ----------
    folder : Path
        With `images/*.png` and `labels/*.png` of the same names; or a movie as the Cell Tracking
        Challenge lays it out, `NN/tTTT.tif` and `NN_GT/SEG/man_segTTT.tif`: the folder `NN`. Every
        cell must be labelled.
    validation : bool
        True: the images kept apart, one of eight or a movie's later half, because frames of a
        movie resemble their neighbours; False: the ones to train on.

    Returns
    -------
    list of Path
        Sorted by name.

    Raises
    ------
    ReadError
        No such images.
    """
    found = sorted((folder / "images").glob("*.png"))
    if found:
        return [path for path in found if is_validation(path.name) == validation]
    masks = sorted(_masks_of(folder).glob("man_seg*.tif"))
    frames = [folder / path.name.replace("man_seg", "t") for path in masks]
    if not frames:
        raise ReadError(
            f"no images/*.png in {folder}, and no man_seg*.tif in {_masks_of(folder)}: give a "
            "folder with images/ and labels/, or one movie with masks."
        )
    half = -(-len(frames) // 2)
    return frames[half:] if validation else frames[:half]


def source_name(folder: Path) -> str:
    """Return the name of a folder that `real_stills` takes; of a movie, also its data set's."""
    is_movie = _masks_of(folder).is_dir()
    return f"{folder.parent.name}-{folder.name}" if is_movie else folder.name


def _masks_of(movie: Path) -> Path:
    return movie.with_name(f"{movie.name}_GT") / "SEG"


def _labels_of(image: Path) -> Path:
    in_movie = _masks_of(image.parent) / image.name.replace("t", "man_seg", 1)
    return in_movie if in_movie.is_file() else image.parent.parent / "labels" / image.name


def read_still(path: Path) -> Still:
    """Return one real still; colours are averaged.

    Parameters
    ----------
    path : Path
        As `real_stills` returns it.

    Raises
    ------
    ReadError
        The image or its labels can not be read, or their shapes differ.
    """
    import cv2

    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    label_path = _labels_of(path)
    labels = cv2.imread(str(label_path), cv2.IMREAD_UNCHANGED)
    if image is None or labels is None or image.shape[:2] != labels.shape:
        raise ReadError(f"{path} and {label_path} must be readable images of one shape.")
    grey = image[..., :3].mean(axis=2) if image.ndim == 3 else image
    return Still(np.asarray(grey, np.float32), consecutive(labels), path.name)


def synthetic_still(rng: np.random.Generator, style: str | None = None) -> Still:
    """Return one still of the simulator.

    Parameters
    ----------
    rng : Generator
        Draws size, cells and light.
    style : str, optional
        Of the simulator. Default: any.
    """
    from tracksam.simulate.stills import still

    side_px = int(rng.choice([320, 448, 576]))
    image_yx, labels_yx = still(rng, (side_px, side_px), style)
    return Still(image_yx, consecutive(labels_yx), "synthetic")


def consecutive(labels_yx: NDArray[Any]) -> NDArray[np.int32]:
    """Return the same cells, numbered 1 to N; each piece of a cell in pieces is one cell."""
    from skimage.measure import label

    found: Any = label(labels_yx, background=0, connectivity=2)
    pieces: NDArray[np.int32] = found.astype(np.int32)
    area = np.bincount(pieces.ravel())
    small = np.flatnonzero(area < 6)
    if len(small[small > 0]):
        pieces = np.where(np.isin(pieces, small), 0, pieces)
    inverse = np.unique(pieces, return_inverse=True)[1]
    dense: NDArray[np.int32] = inverse.reshape(labels_yx.shape).astype(np.int32)
    return dense if (pieces == 0).any() else dense + 1


Source = Callable[[np.random.Generator], Still]


@attrs.frozen(eq=False)
class RealStills:
    """Draws a random training still of a folder; can be sent to another process.

    Parameters
    ----------
    paths : tuple of Path
        Images.
    along : ndarray, shape (N,)
        Running sum of how often each is drawn.
    """

    paths: tuple[Path, ...]
    along: NDArray[np.float64]

    def __call__(self, rng: np.random.Generator) -> Still:
        """Return a still.

        Parameters
        ----------
        rng : Generator
            Draws which.
        """
        place = int(np.searchsorted(self.along, rng.uniform(0, self.along[-1]), side="right"))
        return read_still(self.paths[place])


def real_source(folder: Path) -> RealStills:
    """Return what draws a random training still of a folder, rare looks more often than common.

    Images on light ground and on dark ground are drawn in the ratio of the roots of their
    numbers.

    Parameters
    ----------
    folder : Path
        As `real_stills` takes it.
    """
    paths = real_stills(folder, validation=False)
    is_light = np.array([_on_light_ground(read_still(path).image_yx) for path in paths])
    count = np.where(is_light, np.count_nonzero(is_light), np.count_nonzero(~is_light))
    return RealStills(tuple(paths), np.cumsum(1 / np.sqrt(count)))


def _on_light_ground(image_yx: NDArray[np.float32]) -> bool:
    low, high = np.percentile(image_yx, [0.5, 99.5])
    return bool(np.median(image_yx) > 0.5 * (low + high))
