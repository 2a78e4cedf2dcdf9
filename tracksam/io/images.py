"""Movies in: one function for every format."""

from __future__ import annotations

import glob
from collections.abc import Callable
from os import PathLike, fspath
from pathlib import Path

from tracksam.errors import ReadError
from tracksam.io import folder, npy, omezarr, tiff, video
from tracksam.io.axes import OpenedMovie, channel_names, source_of
from tracksam.io.calibration import frame_interval_s, pixel_size_um
from tracksam.settings import ReadSettings
from tracksam.stack import MovieFile, Stack

KNOWN_FORMATS = (
    f"TIFF ({', '.join(tiff.SUFFIXES)}), OME-Zarr (.zarr), video ({', '.join(video.SUFFIXES)}), "
    f".npy, a folder or glob of numbered images ({', '.join(folder.SUFFIXES)})"
)


def read_movie(
    path: str | PathLike[str],
    settings: ReadSettings = ReadSettings(),  # noqa: B008 - frozen
    *,
    axes: str | None = None,
) -> Stack:
    """Open a movie; its frames are read one at a time, when they are asked for.

    Parameters
    ----------
    path : path-like
        A TIFF (OME, ImageJ or plain: pages without named axes are frames), an OME-Zarr image, a
        video, a .npy file, a folder of numbered images (as the Cell Tracking Challenge has), or a
        glob of such images (``"frames_*.tif"``).
    settings : ReadSettings
        The plane of z, or its maximum; pixel size and frame interval, which win over the file's.
    axes : str, optional
        A letter of TCZYX for each axis of the file, in place of what the file says. A .npy file
        needs it.

    Returns
    -------
    Stack
        Its source opens the file for each frame, closes it, and can be pickled.

    Raises
    ------
    ReadError
        The file is missing, empty, truncated, damaged or of an unknown format.
    InvalidInputError
        The axes are missing or wrong, z has planes and none was chosen, frames differ, pixels are
        not square or not numbers.

    Examples
    --------
    >>> read_movie("missing.tif")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    tracksam.errors.ReadError: there is no file or folder missing.tif; ...
    """
    movie = _opened(fspath(path), axes)
    source = source_of(movie, settings)
    return Stack(
        source,
        channels=channel_names(movie, source.frame_shape[2]),
        pixel_size_um=pixel_size_um(movie.calibration, settings, movie.name),
        frame_interval_s=frame_interval_s(movie.calibration, settings),
        name=movie.name,
        file=MovieFile(str(Path(path).absolute()), axes),
    )


def _opened(text: str, axes: str | None) -> OpenedMovie:
    path = Path(text)
    try:
        if path.is_dir():
            opener = omezarr.open_omezarr if omezarr.is_zarr(path) else folder.open_folder
            return opener(path, axes)
        if path.exists():
            return _opened_file(path, axes)
        if glob.has_magic(text):
            return _opened_glob(text, axes)
    except PermissionError as error:
        raise ReadError(f"{error.filename or path} may not be read: {error.strerror}.") from error
    raise ReadError(f"there is no file or folder {text}; is the name right?")


def _opened_glob(text: str, axes: str | None) -> OpenedMovie:
    paths = [Path(found) for found in glob.glob(text)]  # noqa: PTH207 - the pattern may be absolute
    files = [path for path in paths if path.is_file()]
    if not files:
        raise ReadError(f"no file matches {text}; is the pattern right?")
    unknown = [path.name for path in files if path.suffix.lower() not in folder.SUFFIXES]
    if unknown:
        raise ReadError(f"{unknown[0]} is no image that is known: {', '.join(folder.SUFFIXES)}.")
    return folder.open_files(files, text, Path(text).parent.name or "movie", axes)


def _opened_file(path: Path, axes: str | None) -> OpenedMovie:
    openers: dict[str, Callable[[Path, str | None], OpenedMovie]] = {".npy": npy.open_npy}
    openers |= dict.fromkeys(tiff.SUFFIXES, tiff.open_tiff)
    openers |= dict.fromkeys(video.SUFFIXES, video.open_video)
    openers |= dict.fromkeys(folder.PICTURE_SUFFIXES, _opened_picture)
    if path.stat().st_size == 0:
        raise ReadError(f"{path} is empty (0 bytes).")
    opener = openers.get(path.suffix.lower())
    if opener is None:
        raise ReadError(
            f"{path.name} is of an unknown format ({path.suffix or 'no suffix'}). "
            f"Known are: {KNOWN_FORMATS}."
        )
    return opener(path, axes)


def _opened_picture(path: Path, axes: str | None) -> OpenedMovie:
    return folder.open_files([path], str(path), path.stem, axes)
