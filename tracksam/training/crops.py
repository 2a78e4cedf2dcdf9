"""A cache of training crops on disk: stills at random scales, with their targets.

Drawing cells and measuring distances costs more than a training step does, so it is done once, by
as many processes as there are, and the loop only reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano.normalise import resized
from tracksam.errors import ReadError
from tracksam.training.stills import Source, Still
from tracksam.training.targets import CANONICAL_PX, targets_of

CROP_PX = 256
CROPS_IN_SHARD = 64
_CROPS_OF_STILL = 2
_NEAR_SHARE = 0.75  # of crops whose cells have about the canonical size
_NEAR_FACTOR = 1.6
_FAR_FACTOR = 4.0
_MAX_UPSCALING = 3.0

Value = TypeVar("Value", bound=np.generic)


@attrs.frozen(eq=False)
class Crop:
    """One training example.

    Parameters
    ----------
    image_yx : ndarray of float16, shape (256, 256)
        The image at the network's scale, its range brought to about 0 to 1.
    packed : ndarray of uint8, shape (6, 256, 256)
        As in `targets.Targets`.
    """

    image_yx: NDArray[np.float16]
    packed: NDArray[np.uint8]


def random_crop(still: Still, rng: np.random.Generator) -> Crop:
    """Return a crop of a still in which the cells have a random size.

    Three of four crops have cells of about the canonical diameter (a factor 1.6 either way), the
    others up to four times smaller or larger: from those the network learns to tell the scale.

    Parameters
    ----------
    still : Still
        Any size. Where it ends before the crop does, it is mirrored.
    rng : Generator
        Draws scale and place.
    """
    diameter = still.diameter_px()
    typical = float(np.median(diameter[1:])) if len(diameter) > 1 else CANONICAL_PX
    factor = _NEAR_FACTOR if rng.random() < _NEAR_SHARE else _FAR_FACTOR
    wanted = CANONICAL_PX * factor ** rng.uniform(-1, 1)
    scale = min(wanted / typical, _MAX_UPSCALING)
    image_yx, labels_yx = _part(still, scale, rng)
    shape_yx = (
        min(CROP_PX, max(8, round(image_yx.shape[0] * scale))),
        min(CROP_PX, max(8, round(image_yx.shape[1] * scale))),
    )
    image_yx = _mirrored(resized(image_yx, shape_yx))
    labels_yx = _mirrored(resized_labels(labels_yx, shape_yx))
    packed = targets_of(*_pieces(labels_yx, diameter * scale)).packed
    return Crop(_unit_range(image_yx), packed)


def write_shards(
    source: Source, folder: Path, *, prefix: str, count: int, seed: int, first: int = 0
) -> None:
    """Write shards of crops; shards that are there already are kept.

    Parameters
    ----------
    source : callable
        Draws a still.
    folder : Path
        Made if it is not there.
    prefix : str
        Name of the source; the file names begin with it.
    count : int
        How many shards of 64 crops.
    seed : int
        Shard number and prefix join it: the same shard always has the same crops.
    first : int
        Number of the first shard.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        images = folder / f"{prefix}-{number:04d}-image.npy"
        if images.exists():
            continue
        rng = np.random.default_rng([seed, number, *prefix.encode()])
        stills = [source(rng) for _ in range(CROPS_IN_SHARD // _CROPS_OF_STILL)]
        crops = [random_crop(still, rng) for still in stills for _ in range(_CROPS_OF_STILL)]
        np.save(folder / f"{prefix}-{number:04d}-target.npy", np.stack([c.packed for c in crops]))
        partial = images.with_suffix(".part.npy")
        np.save(partial, np.stack([c.image_yx for c in crops]))
        partial.rename(images)


@attrs.frozen(eq=False)
class Cache:
    """Crops of the shards of a folder, read from disk as they are needed.

    Parameters
    ----------
    images : tuple of memory maps, each of shape (64, 256, 256)
        One a shard.
    targets : tuple of memory maps, each of shape (64, 6, 256, 256)
        One a shard.
    weight : ndarray, shape (shards,)
        Probability of each shard to be drawn from.
    """

    images: tuple[NDArray[np.float16], ...]
    targets: tuple[NDArray[np.uint8], ...]
    weight: NDArray[np.float64]

    @classmethod
    def open(cls, folder: Path, shares: dict[str, float]) -> Cache:
        """Open every finished shard.

        Parameters
        ----------
        folder : Path
            Written by `write_shards`.
        shares : dict of str to float
            How often each prefix is drawn; prefixes without shards are left out.

        Returns
        -------
        Cache

        Raises
        ------
        ReadError
            No shard with one of the prefixes is there.
        """
        found = [
            (path, prefix)
            for prefix in shares
            for path in sorted(folder.glob(f"{prefix}-[0-9]*-image.npy"))
            if not path.name.endswith(".part.npy")
        ]
        if not found:
            raise ReadError(f"no training crops of {sorted(shares)} in {folder}.")
        prefixes = [prefix for _, prefix in found]
        weight = np.array([shares[p] / prefixes.count(p) for p in prefixes])
        names = [(path, path.with_name(path.name.replace("image", "target"))) for path, _ in found]
        images = tuple(np.load(image, mmap_mode="r") for image, _ in names)
        targets = tuple(np.load(target, mmap_mode="r") for _, target in names)
        return cls(images, targets, weight / weight.sum())

    def draw(self, rng: np.random.Generator) -> Crop:
        """Return a random crop."""
        shard = int(rng.choice(len(self.weight), p=self.weight))
        index = int(rng.integers(len(self.images[shard])))
        return Crop(np.asarray(self.images[shard][index]), np.asarray(self.targets[shard][index]))


def _part(
    still: Still, scale: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    size = max(8, round(CROP_PX / scale))
    height, width = still.image_yx.shape
    y0 = int(rng.integers(max(1, height - size + 1)))
    x0 = int(rng.integers(max(1, width - size + 1)))
    part = (slice(y0, y0 + size), slice(x0, x0 + size))
    return np.ascontiguousarray(still.image_yx[part]), still.labels_yx[part]


def _mirrored(array_yx: NDArray[Value]) -> NDArray[Value]:
    missing = [(0, CROP_PX - n) for n in array_yx.shape]
    return np.pad(array_yx, missing, mode="symmetric")


def _pieces(
    labels_yx: NDArray[np.int32], diameter_px: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return each connected piece as a cell of its own, with the diameter of the whole cell."""
    from skimage.measure import label

    found: Any = label(labels_yx, background=0, connectivity=2)
    pieces: NDArray[np.int32] = found.astype(np.int32)
    values, first = np.unique(pieces, return_index=True)
    of_piece = np.zeros(int(values.max()) + 1)
    of_piece[values] = diameter_px[labels_yx.ravel()[first]]
    return pieces, of_piece


def resized_labels(labels_yx: NDArray[np.int32], shape_yx: tuple[int, int]) -> NDArray[np.int32]:
    """Return labels at another size, each pixel that of the nearest one.

    Parameters
    ----------
    labels_yx : ndarray of int32, shape (Y, X)
        Below 2 ** 24.
    shape_yx : tuple of int
        Wanted height and width.
    """
    import cv2

    size = (shape_yx[1], shape_yx[0])
    values = labels_yx.astype(np.float32)  # exact below 2 ** 24
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_NEAREST_EXACT), np.int32)


def _unit_range(image_yx: NDArray[np.float32]) -> NDArray[np.float16]:
    low, high = np.percentile(image_yx, [0.1, 99.9])
    unit_yx = (image_yx - low) / max(float(high - low), 1e-6)
    return np.asarray(np.clip(unit_yx, -2, 8), np.float16)
