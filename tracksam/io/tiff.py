"""TIFF: OME-TIFF, ImageJ hyperstacks, plain page stacks, BigTIFF; read page by page."""

from __future__ import annotations

import hashlib
import logging
import struct
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError, ReadError, TracksamError
from tracksam.io.atomic import whole_file
from tracksam.io.axes import MAX_FRAME_BYTES, Index, OpenedMovie
from tracksam.io.entities import refuse_entities
from tracksam.io.tiff_directories import missing_byte
from tracksam.io.tiff_metadata import calibration_of
from tracksam.stack import Stack

if TYPE_CHECKING:
    import tifffile

SUFFIXES = (".tif", ".tiff", ".btf", ".tf2", ".tf8", ".lsm", ".stk")

_OME_DTYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")
_BIGTIFF_BYTES = 2**31

# tifffile believes what a file says, and stumbles in many ways where that is nonsense.
_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)

# Axes that tifffile gives to pages without any metadata: "pages are frames" is the one convention.
_PAGE_AXES = "QI"


@attrs.frozen(eq=False)
class TiffArray:
    """The pages of one or more TIFF files as one array, read on demand.

    Parameters
    ----------
    shape : tuple of int
        Of all pages: first the axes that run over pages, then those of one page.
    dtype : dtype
        Element type.
    paths : tuple of Path
        The files.
    file_of_page : array of int, shape (pages,)
        Which of `paths`.
    offset_of_page : array of int, shape (pages,)
        Where the page's directory lies in its file; where its pixels lie if `is_raw`.
    is_raw : bool
        The pixels lie one after another, not compressed.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    paths: tuple[Path, ...]
    file_of_page: NDArray[np.int64]
    offset_of_page: NDArray[np.int64]
    is_raw: bool

    def read(self, index: Index) -> NDArray[Any]:
        """Return the part at `index`; only its pages are read."""
        n_page_axes = self._page_axes
        pages = np.arange(len(self.file_of_page)).reshape(self.shape[:n_page_axes])
        wanted = np.asarray(pages[index[:n_page_axes]])
        images = [self._page(int(page))[index[n_page_axes:]] for page in wanted.ravel()]
        if wanted.ndim == 0:
            return images[0]
        return np.stack(images).reshape(*wanted.shape, *images[0].shape)

    @property
    def _page_axes(self) -> int:
        n_pages, product, axes = len(self.file_of_page), 1, 0
        while product < n_pages:
            product *= self.shape[axes]
            axes += 1
        return axes

    def _page(self, page: int) -> NDArray[Any]:
        path = self.paths[self.file_of_page[page]]
        offset = int(self.offset_of_page[page])
        shape = self.shape[self._page_axes :]
        read = _raw_page if self.is_raw else _decoded_page
        try:
            return read(path, offset, self.dtype, int(np.prod(shape))).reshape(shape)
        except _DAMAGE as error:
            raise ReadError(f"page {page} of {path} can not be read: {error}.") from error


def _raw_page(path: Path, offset: int, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
    return np.fromfile(path, dtype, count, offset=offset)


def _decoded_page(path: Path, offset: int, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
    import tifffile

    with _quiet(), tifffile.TiffFile(path) as tif:
        tif.filehandle.seek(offset)
        image = np.asarray(tifffile.TiffPage(tif, 0).asarray())
    if image.dtype != dtype or image.size != count:
        raise ValueError(f"it holds {image.size} pixels of {image.dtype}, not {count} of {dtype}")
    return image


def open_tiff(path: Path, axes: str | None = None) -> OpenedMovie:
    """Open a TIFF file: read its directories and metadata, no pixels.

    Parameters
    ----------
    path : Path
        A file.
    axes : str, optional
        A letter an axis, in place of what the file says.

    Returns
    -------
    OpenedMovie
        Pages without named axes are frames.

    Raises
    ------
    ReadError
        Not a TIFF, damaged, or shorter than its directories say.
    InvalidInputError
        Its pages have different shapes, or it holds several images.
    """
    with _opened(path) as tif:
        series = _one_series(tif, path)
        if any(page is None for s in series for page in s.pages):
            if axes is None:
                raise ReadError(
                    f"{path.name} is one of several OME-TIFF files, and others are missing; "
                    "put them beside it, or name axes, as axes='TYX', to read its own pages."
                )
            return _open_without_ome(path, axes)
        array = _array(tif, series, path)
        found = ("I" if len(series) > 1 else "") + series[0].axes
        named = _with_frames(found, array.shape) if axes is None else axes.upper()
        return OpenedMovie(array, named, calibration_of(tif), _stem(path))


def _open_without_ome(path: Path, axes: str) -> OpenedMovie:
    with _opened(path, is_ome=False) as tif:
        array = _array(tif, _one_series(tif, path), path)
        return OpenedMovie(array, axes.upper(), calibration_of(tif), _stem(path))


@contextmanager
def _opened(path: Path, **options: Any) -> Iterator[tifffile.TiffFile]:
    import tifffile

    try:
        with _quiet(), tifffile.TiffFile(path, **options) as tif:
            missing = missing_byte(tif)
            if missing is not None:
                raise _truncated(path, tif.filehandle.size, missing)
            refuse_entities(tif.pages.first.description, str(path))
            yield tif
    except tifffile.TiffFileError as error:
        raise ReadError(
            f"{path} is not a TIFF file, or is damaged: {error}; write it again."
        ) from error
    except TracksamError:
        raise
    except _DAMAGE as error:
        raise ReadError(f"{path} is a damaged TIFF file: {error!r}; write it again.") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep tifffile from writing to the terminal what is said here in one line."""
    logger, handler = logging.getLogger("tifffile"), logging.NullHandler()
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _truncated(path: Path, size: int, needed: int) -> ReadError:
    return ReadError(
        f"{path} is truncated: it has {size} bytes, but its directories point to byte {needed}; "
        "copy or write it again."
    )


def _one_series(tif: tifffile.TiffFile, path: Path) -> list[Any]:
    """Return the series that make the movie: one, or pages of one form written one by one."""
    series = [s for s in tif.series if not s.keyframe.is_reduced]
    if not series:
        raise ReadError(f"{path} holds no image.")
    same = all(
        (s.kind, s.axes, s.shape, s.dtype)
        == (series[0].kind, series[0].axes, series[0].shape, series[0].dtype)
        for s in series
    )
    pages_one_by_one = same and series[0].kind in ("shaped", "generic", "uniform")
    if len(series) == 1 or (pages_one_by_one and set(series[0].axes) <= set("YXSC")):
        return series
    forms = ", ".join(f"{s.axes} {s.shape} {s.dtype}" for s in series[:4])
    raise InvalidInputError(
        f"{path.name} holds {len(series)} images of different form or place: {forms}"
        f"{', ...' if len(series) > 4 else ''}; save one of them as a file of its own."
    )


def _array(tif: tifffile.TiffFile, series: list[Any], path: Path) -> TiffArray:
    first = series[0]
    shape = (len(series), *first.shape) if len(series) > 1 else tuple(first.shape)
    raw = _raw_array(tif, first, path) if len(series) == 1 else None
    if raw is not None:
        return raw
    pages = [page for s in series for page in s.pages]
    paths = tuple(dict.fromkeys(Path(page.parent.filehandle.path) for page in pages))
    for page in pages:
        _check_segments(page, path)
    return TiffArray(
        shape,
        np.dtype(first.dtype),
        paths,
        np.array([paths.index(Path(p.parent.filehandle.path)) for p in pages], np.int64),
        np.array([page.offset for page in pages], np.int64),
        is_raw=False,
    )


def _raw_array(tif: tifffile.TiffFile, series: Any, path: Path) -> TiffArray | None:
    """Return pages that lie one after another: also ImageJ's, which has one directory for all."""
    if series.dataoffset is None:
        return None
    size = tif.filehandle.size
    end = series.dataoffset + series.size * series.dtype.itemsize
    if end > size:
        raise _truncated(path, size, end)
    n_pages = max(series.size // max(series.keyframe.size, 1), 1)
    page_bytes = series.size * series.dtype.itemsize // n_pages
    return TiffArray(
        tuple(series.shape),
        np.dtype(series.dtype).newbyteorder(tif.byteorder),
        (path,),
        np.zeros(n_pages, np.int64),
        series.dataoffset + page_bytes * np.arange(n_pages, dtype=np.int64),
        is_raw=True,
    )


def _check_segments(page: Any, path: Path) -> None:
    size = page.parent.filehandle.size
    offsets = np.asarray(page.dataoffsets, np.int64)
    counts = np.asarray(page.databytecounts, np.int64)
    end = int((offsets + counts).max(initial=0)) if len(offsets) == len(counts) else 0
    if end > size:
        raise _truncated(Path(page.parent.filehandle.path), size, end)
    if end == 0 and page.keyframe.nbytes <= MAX_FRAME_BYTES:
        raise ReadError(f"{path} has a page without pixels; write it again.")


def write_movie(stack: Stack, path: str | Path) -> None:
    """Write a movie as OME-TIFF, one frame in memory at a time.

    Parameters
    ----------
    stack : Stack
        Pixels, names of channels, pixel size and frame interval are written.
    path : path-like
        Ends in ``.ome.tif`` by custom; an existing file is replaced when the new one is whole.

    Raises
    ------
    InvalidInputError
        OME-TIFF has no such pixel type (64-bit integers, half floats).
    WriteError
        The file can not be written.
    """
    import tifffile

    if stack.dtype.name not in _OME_DTYPES:
        raise InvalidInputError(
            f"OME-TIFF holds pixels of {', '.join(_OME_DTYPES)}; {stack.name} has {stack.dtype}."
        )
    n_frames, height, width, n_channels = stack.shape_tyxc
    n_bytes = n_frames * height * width * n_channels * stack.dtype.itemsize
    metadata: dict[str, Any] = {
        "axes": "TCYX",
        "Name": stack.name,
        "Channel": {"Name": list(stack.channels)},
        "UUID": _uuid(stack),
    }
    if stack.pixel_size_um is not None:
        metadata |= dict.fromkeys(("PhysicalSizeX", "PhysicalSizeY"), stack.pixel_size_um)
    if stack.frame_interval_s is not None:
        metadata["TimeIncrement"] = stack.frame_interval_s
    with (
        whole_file(Path(path)) as temporary,
        tifffile.TiffWriter(temporary, ome=True, bigtiff=n_bytes > _BIGTIFF_BYTES) as writer,
    ):
        writer.write(
            _planes(stack),
            shape=(n_frames, n_channels, height, width),
            dtype=stack.dtype,
            photometric="minisblack",
            compression="zlib",
            metadata=metadata,
        )


def _uuid(stack: Stack) -> str:
    """Return an identifier that follows from the movie, so that the same movie gives one file."""
    first = hashlib.sha256(np.ascontiguousarray(stack.frame(0)).tobytes()).hexdigest()
    said = f"{stack.name} {stack.shape_tyxc} {stack.dtype} {stack.channels} {first}"
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, said)}"


def _planes(stack: Stack) -> Iterator[NDArray[Any]]:
    for image_yxc in stack:
        for channel in range(stack.n_channels):
            yield np.ascontiguousarray(image_yxc[..., channel])


def _with_frames(axes: str, shape: tuple[int, ...]) -> str:
    """Name the pages' axis T where the file names none, and drop nothing else."""
    pages = [i for i, a in enumerate(axes) if a in _PAGE_AXES and shape[i] != 1]
    if len(pages) == 1 and "T" not in axes and "Z" not in axes:
        axes = axes[: pages[0]] + "T" + axes[pages[0] + 1 :]
    return axes


def _stem(path: Path) -> str:
    return path.name.removesuffix(path.suffix).removesuffix(".ome")
