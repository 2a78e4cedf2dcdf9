"""Embeddings on disk, so that a frame that was seen once need not be encoded again."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import zipfile
from pathlib import Path

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.sam.network import Arrays
from tracksam.weights.local import cache_folder

FOLDER_VARIABLE = "TRACKSAM_CACHE"
"""Environment variable that names the folder of the cache."""

_SUFFIX = ".zarr.zip"
_PARTIAL = ".partial"


def default_folder() -> Path:
    """Return the folder of the cache: ``TRACKSAM_CACHE``, or one of the person's own.

    Returns
    -------
    Path
        It need not exist.
    """
    return cache_folder(FOLDER_VARIABLE, "embeddings")


@attrs.frozen
class EmbeddingCache:
    """A folder of embeddings, one zipped Zarr group an image.

    Several processes may use it at once: a file appears whole or not at all, and one that is
    damaged or was just removed counts as not there.

    Parameters
    ----------
    folder : Path
        Made when it is needed.
    limit_bytes : int
        When the files are larger together, those that were not used for longest go.
    """

    folder: Path
    limit_bytes: int

    def load(self, key: str) -> Arrays | None:
        """Return what was stored under a key, None where there is nothing (any more).

        Parameters
        ----------
        key : str
            Of `key_of`.

        Returns
        -------
        tuple of ndarray or None
        """
        path = self._path(key)
        if not path.is_file():
            return None
        try:
            arrays = _read(path)
            os.utime(path)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        return arrays or None

    def store(self, key: str, arrays: Arrays) -> None:
        """Store arrays under a key, and remove the oldest ones if there is too much.

        Parameters
        ----------
        key : str
            Of `key_of`.
        arrays : tuple of ndarray
            An embedding. One larger than the whole cache is not stored; nor is any where the disk
            is full or the folder can not be written: the cache only saves time.
        """
        if sum(array.nbytes for array in arrays) > self.limit_bytes:
            return
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            number, name = tempfile.mkstemp(_PARTIAL, dir=self.folder)
            os.close(number)
            try:
                _write(Path(name), arrays)
                Path(name).replace(self._path(key))
            finally:
                Path(name).unlink(missing_ok=True)
            self._shrink()

    def _shrink(self) -> None:
        found = []
        for path in self.folder.glob(f"*{_SUFFIX}"):
            with contextlib.suppress(OSError):
                state = path.stat()
                found.append((state.st_mtime_ns, state.st_size, path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self.limit_bytes:
                return
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"


def key_of(identity: str, image_yxc: NDArray[np.uint8]) -> str:
    """Return under which key an embedding is stored.

    Parameters
    ----------
    identity : str
        Of the network: its weights and settings.
    image_yxc : ndarray of uint8
        What it is shown.

    Returns
    -------
    str
    """
    digest = hashlib.sha256(f"{identity} {image_yxc.shape}".encode())
    digest.update(image_yxc.tobytes())
    return digest.hexdigest()


def _read(path: Path) -> Arrays:
    import zarr

    store = zarr.storage.ZipStore(path, mode="r")
    group = zarr.open_group(store, mode="r")
    with contextlib.closing(store):
        found = dict(group.arrays())
        return tuple(np.asarray(found[name][...]) for name in sorted(found, key=int))


def _write(path: Path, arrays: Arrays) -> None:
    import zarr

    with contextlib.closing(zarr.storage.ZipStore(path, mode="w")) as store:
        group = zarr.create_group(store)
        for number, array in enumerate(arrays):
            group.create_array(str(number), data=array, chunks=array.shape)
