"""NumPy's .npy files, memory-mapped."""

from __future__ import annotations

from pathlib import Path
from tokenize import TokenError
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError, ReadError
from tracksam.io.axes import Index, OpenedMovie
from tracksam.io.calibration import Calibration


@attrs.frozen(eq=False)
class NpyArray:
    """An array in a .npy file; mapped while it is read.

    Parameters
    ----------
    path : Path
        The file.
    shape : tuple of int
        As its header has it.
    dtype : dtype
        As its header has it.
    """

    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def read(self, index: Index) -> NDArray[Any]:
        """Return a copy of the part at `index`."""
        return np.array(_mapped(self.path)[index])


def open_npy(path: Path, axes: str | None = None) -> OpenedMovie:
    """Open a .npy file: only its header is read.

    Parameters
    ----------
    path : Path
        The file.
    axes : str
        A letter an axis; the file can not say it.

    Returns
    -------
    OpenedMovie

    Raises
    ------
    ReadError
        The file is damaged, truncated, or holds Python objects.
    InvalidInputError
        No axes are given.
    """
    mapped = _mapped(path)
    shape, dtype = tuple(int(n) for n in mapped.shape), mapped.dtype
    if axes is None:
        raise InvalidInputError(
            f"{path.name} has shape {shape}, and a .npy file does not say what its axes are: name "
            f"them, for example axes={'TYX' if len(shape) == 3 else 'TCYX'!r}."
        )
    return OpenedMovie(NpyArray(path, shape, dtype), axes.upper(), Calibration(), path.stem)


def _mapped(path: Path) -> NDArray[Any]:
    try:
        return np.asanyarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, EOFError, SyntaxError, OverflowError, TokenError) as error:
        raise ReadError(f"{path} is no whole .npy file of numbers: {error}.") from error
