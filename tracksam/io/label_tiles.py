"""Label images in tiles: a TIFF that is written and read a part at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.errors import ReadError
from tracksam.frames import Window
from tracksam.io.atomic import whole_file

TILE_PX = 512
Part = Callable[[Window], NDArray[Any]]
"""Gives the labels in a part of the frame."""


def write_label_tiles(
    path: Path, shape_yx: tuple[int, int], dtype: np.dtype[Any], part: Part
) -> None:
    """Write a label image, whole or not at all; one tile is in memory at a time.

    Parameters
    ----------
    path : Path
        An existing file is replaced.
    shape_yx : tuple of int
        Height and width.
    dtype : dtype
        uint16 or uint32.
    part : callable
        Asked for each tile; may read the file that is there.

    Raises
    ------
    WriteError
        The file can not be written.
    """
    import tifffile

    n_bytes = int(np.prod(shape_yx)) * dtype.itemsize
    with whole_file(path) as temporary:
        tifffile.imwrite(
            temporary,
            _tiles(shape_yx, dtype, part),
            shape=shape_yx,
            dtype=dtype,
            tile=(TILE_PX, TILE_PX),
            compression="zlib",
            photometric="minisblack",
            bigtiff=n_bytes > 2**31,
            metadata=None,
            software=False,
        )


def read_label_part(path: Path, window: Window) -> NDArray[Any]:
    """Return a part of a label image; of one in tiles only those that are needed are read.

    Parameters
    ----------
    path : Path
        A TIFF.
    window : tuple of slice
        Rows and columns, inside the frame.

    Returns
    -------
    ndarray of int, shape (rows, columns)

    Raises
    ------
    ReadError
        The file is missing or damaged.
    """
    import tifffile

    try:
        with tifffile.TiffFile(path) as tif:
            page = tif.pages.first
            if not page.is_tiled:
                return np.asarray(page.asarray())[window]
            return _read_tiles(page, window)
    except (OSError, ValueError, LookupError, tifffile.TiffFileError) as error:
        raise ReadError(f"{path} can not be read: {error}; track the movie anew.") from error


def is_in_tiles(path: Path) -> bool:
    """Return whether a label image is written in tiles.

    Parameters
    ----------
    path : Path
        A TIFF.

    Returns
    -------
    bool
    """
    import tifffile

    with tifffile.TiffFile(path) as tif:
        return bool(tif.pages.first.is_tiled)


def _tiles(shape_yx: tuple[int, int], dtype: np.dtype[Any], part: Part) -> Iterator[NDArray[Any]]:
    """Every tile in the order of the file, filled up to its whole size."""
    for y, x in product(*(range(0, length, TILE_PX) for length in shape_yx)):
        bottom, right = min(y + TILE_PX, shape_yx[0]), min(x + TILE_PX, shape_yx[1])
        tile_yx = np.zeros((TILE_PX, TILE_PX), dtype)
        tile_yx[: bottom - y, : right - x] = part((slice(y, bottom), slice(x, right)))
        yield tile_yx


def _read_tiles(page: Any, window: Window) -> NDArray[Any]:
    rows, columns = window
    across = -(-page.imagewidth // page.tilewidth)
    labels_yx = np.zeros((rows.stop - rows.start, columns.stop - columns.start), page.dtype)
    for row, column in product(
        range(rows.start // page.tilelength, -(-rows.stop // page.tilelength)),
        range(columns.start // page.tilewidth, -(-columns.stop // page.tilewidth)),
    ):
        number = row * across + column
        tif = page.parent.filehandle
        tif.seek(page.dataoffsets[number])
        decoded, _, _ = page.decode(tif.read(page.databytecounts[number]), number)
        y, x = row * page.tilelength, column * page.tilewidth
        top, left = max(rows.start, y), max(columns.start, x)
        bottom = min(rows.stop, y + page.tilelength)
        right = min(columns.stop, x + page.tilewidth)
        tile_yx = np.zeros((page.tilelength, page.tilewidth), page.dtype)
        if decoded is not None:  # nothing is written for a tile without labels
            tile_yx[: decoded.shape[1], : decoded.shape[2]] = decoded[0, :, :, 0]
        labels_yx[
            top - rows.start : bottom - rows.start, left - columns.start : right - columns.start
        ] = tile_yx[top - y : bottom - y, left - x : right - x]
    return labels_yx
