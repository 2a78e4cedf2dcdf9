"""Regions and candidates of one frame in a file: exact, compact, without pickle."""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.errors import ReadError
from tracksam.graph import FrameCandidates
from tracksam.io.atomic import whole_file
from tracksam.regions import Regions

Arrays = dict[str, NDArray[Any]]

# What NumPy and zipfile say of a damaged file.
_DAMAGE = (
    OSError,
    ValueError,
    LookupError,
    EOFError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)

_COLUMNS = ("origin", "intensity", "landing_kp2", "landing_confidence_kp", "prompts_left")


def write_candidates(path: Path, candidates: FrameCandidates) -> None:
    """Write the candidates of one frame, whole or not at all.

    Parameters
    ----------
    path : Path
        Ends in ``.npz``; an existing file is replaced.
    candidates : FrameCandidates
        Masks take one bit a pixel of their crop.

    Raises
    ------
    WriteError
        The file can not be written.
    """
    columns = {name: getattr(candidates, name) for name in _COLUMNS}
    frame = np.array(candidates.frame)
    _write(path, {**_region_arrays(candidates.regions), **columns, "frame": frame})


def read_candidates(path: Path) -> FrameCandidates:
    """Return what `write_candidates` wrote.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    FrameCandidates
        Equal to what was written.

    Raises
    ------
    ReadError
        The file is missing or damaged.
    """
    arrays = _read(path, (*_REGION_COLUMNS, *_COLUMNS, "frame"))
    columns = {name: arrays[name] for name in _COLUMNS}
    return FrameCandidates(int(arrays["frame"]), _regions(arrays), **columns)


def write_regions(path: Path, regions: Regions) -> None:
    """Write the regions of one frame, whole or not at all.

    Parameters
    ----------
    path : Path
        Ends in ``.npz``; an existing file is replaced.
    regions : Regions
        Masks take one bit a pixel of their crop.

    Raises
    ------
    WriteError
        The file can not be written.
    """
    _write(path, _region_arrays(regions))


def read_regions(path: Path) -> Regions:
    """Return what `write_regions` wrote.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Regions
        Equal to what was written.

    Raises
    ------
    ReadError
        The file is missing or damaged.
    """
    return _regions(_read(path, _REGION_COLUMNS))


class KeptCandidates(Mapping[int, FrameCandidates]):
    """Candidates on disk, by frame; one frame is in memory at a time.

    Parameters
    ----------
    folder : Path
        Exists. What an earlier run kept there is found.
    """

    def __init__(self, folder: Path) -> None:
        self._files = _numbered(folder, "candidates")
        self._folder = folder

    def keep(self, candidates: FrameCandidates) -> None:
        """Write the candidates of one frame."""
        path = self._folder / f"candidates{candidates.frame:06d}.npz"
        write_candidates(path, candidates)
        self._files[candidates.frame] = path

    def __getitem__(self, frame: int) -> FrameCandidates:
        return read_candidates(self._files[frame])

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._files))

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, frame: object) -> bool:
        return frame in self._files


class KeptRegions(Mapping[int, Regions]):
    """Regions on disk, by frame; one frame is in memory at a time.

    Parameters
    ----------
    folder : Path
        Exists. What an earlier run kept there is found.
    """

    def __init__(self, folder: Path) -> None:
        self._files = _numbered(folder, "regions")
        self._folder = folder

    def add(self, frame: int, regions: Regions) -> None:
        """Write regions of one frame behind those that are kept of it.

        Parameters
        ----------
        frame : int
            0 or more.
        regions : Regions
            Of that frame.
        """
        path = self._folder / f"regions{frame:06d}.npz"
        write_regions(path, self[frame].joined(regions) if frame in self else regions)
        self._files[frame] = path

    def clear(self) -> None:
        """Remove all that is kept."""
        for path in self._files.values():
            path.unlink(missing_ok=True)
        self._files.clear()

    def __getitem__(self, frame: int) -> Regions:
        return read_regions(self._files[frame])

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._files))

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, frame: object) -> bool:
        return frame in self._files


_REGION_COLUMNS = ("shape_yx", "box_yx", "score", "object_id", "crop_shape", "bits")


def _region_arrays(regions: Regions) -> Arrays:
    flat = [crop.ravel() for crop in regions.crops]
    return {
        "shape_yx": np.array(regions.shape_yx, np.int64),
        "box_yx": regions.box_yx,
        "score": regions.score,
        "object_id": regions.object_id,
        "crop_shape": np.array([crop.shape for crop in regions.crops], np.int64).reshape(-1, 2),
        "bits": np.packbits(np.concatenate(flat) if flat else np.zeros(0, np.bool_)),
    }


def _regions(arrays: Arrays) -> Regions:
    shapes = arrays["crop_shape"]
    ends = np.cumsum(shapes.prod(axis=1))
    flat = np.unpackbits(arrays["bits"], count=int(ends[-1]) if len(ends) else 0).astype(np.bool_)
    parts = np.split(flat, ends[:-1]) if len(ends) else []
    crops = [part.reshape(shape) for part, shape in zip(parts, shapes.tolist(), strict=True)]
    shape_yx = arrays["shape_yx"].tolist()
    return Regions(shape_yx, crops, arrays["box_yx"], arrays["score"], arrays["object_id"])


def _write(path: Path, arrays: Arrays) -> None:
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def _read(path: Path, names: tuple[str, ...]) -> Arrays:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in names}
    except _DAMAGE as error:
        raise ReadError(
            f"{path} can not be read back: {error}; start the run anew with --overwrite."
        ) from error


def _numbered(folder: Path, stem: str) -> dict[int, Path]:
    files = sorted(folder.glob(f"{stem}[0-9]*.npz"))
    return {int(path.stem.removeprefix(stem)): path for path in files}
