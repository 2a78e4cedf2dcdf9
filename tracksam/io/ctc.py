"""The Cell Tracking Challenge's form of a result: label images and a table of tracks.

``maskTTT.tif`` (``man_trackTTT.tif`` for truth) hold a track's label in its pixels, and
``res_track.txt`` (``man_track.txt``) a line ``L B E P`` a track: label, first frame, last frame,
parent's label or 0. See https://celltrackingchallenge.net (Maška et al. 2023,
https://doi.org/10.1038/s41592-023-01879-y).
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError, ReadError, WriteError
from tracksam.io.atomic import whole_file, write_error, write_text
from tracksam.io.labels import LabelFiles, centroids_yx, open_labels
from tracksam.io.track_table import read_tracks, track_rows
from tracksam.io.tracklets import Tracklets, cut, gap_links, joined
from tracksam.lineage import Lineage
from tracksam.masks import Masks

TRACK_FILES = {"res_track.txt": "mask*.tif", "man_track.txt": "man_track*.tif"}
_RESULT_TRACKS = "res_track.txt"


def read_ctc(
    folder: str | Path, *, join_gaps: bool = False, centroids: bool = True
) -> tuple[Masks, Lineage]:
    """Read a result, a truth, or a folder of label images.

    Parameters
    ----------
    folder : path-like
        With ``res_track.txt`` or ``man_track.txt``, in it or in its folder ``TRA`` or ``masks``;
        or with numbered label images alone: then equal labels are one track, and nobody has a
        mother.
    join_gaps : bool
        True: a mother with a single daughter becomes one track with a gap, under the mother's
        label.
    centroids : bool
        False: positions are NaN. The images are read in either case, to know in which frames
        each label is.

    Returns
    -------
    masks : Masks
        Lazy. The first image is frame 0.
    lineage : Lineage
        A row for each label in each image. A parent that is seen with its child in the first
        frame (a bud), or that no image holds, is left out: such a link names no event of the
        movie. `parents_left_out` names them.

    Raises
    ------
    ReadError
        Nothing is there, or an image is damaged or missing between others.
    InvalidInputError
        The table of tracks is malformed, contradicts the images, or has a parent that is not
        seen before its child.

    Examples
    --------
    >>> read_ctc("missing")
    Traceback (most recent call last):
    tracksam.errors.ReadError: there is no folder missing; is the name right?
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ReadError(f"there is no folder {folder}; is the name right?")
    track_file = _track_file(folder)
    parents: dict[int, int] = {}
    if track_file is None:
        source = open_labels(folder)
        rows = _rows(source, None, centroids)
    else:
        source = open_labels(track_file.parent, TRACK_FILES[track_file.name])
        tracklets = read_tracks(track_file)
        rows = _rows(source, tracklets, centroids)
        parents = _parents(track_file, tracklets, *rows[:2])
    lineage = Lineage(*rows, parents=parents)
    if not join_gaps:
        return Masks(source), lineage
    return joined(Masks(source), lineage, gap_links(parents))


def parents_left_out(folder: str | Path, lineage: Lineage) -> tuple[int, ...]:
    """Return the tracks whose parent a folder's table names and a lineage does not.

    Parameters
    ----------
    folder : path-like
        As for `read_ctc`.
    lineage : Lineage
        What `read_ctc` returned for it, its gaps not joined.

    Returns
    -------
    tuple of int
        Track ids, ascending; those of the lineage alone. Empty for a folder without a table.

    Raises
    ------
    InvalidInputError
        The table is malformed.
    """
    track_file = _track_file(Path(folder))
    if track_file is None:
        return ()
    table = track_rows(track_file)
    named = table[table[:, 3] > 0, 0]
    seen = np.intersect1d(named, lineage.track_id)
    return tuple(np.setdiff1d(seen, [*lineage.parents]).tolist())


def write_ctc(masks: Masks, lineage: Lineage, folder: str | Path) -> Tracklets:
    """Write a valid result: ``maskTTT.tif`` and ``res_track.txt``.

    Parameters
    ----------
    masks : Masks
        Read one frame at a time. Labels are the track ids.
    lineage : Lineage
        Has a row for each label in each frame.
    folder : path-like
        Must not exist, or be empty. It appears when all is written.

    Returns
    -------
    Tracklets
        Under which labels each track was written; `is_cut` is false if under its own id alone.

    Raises
    ------
    InvalidInputError
        Masks and lineage name different cells in some frame.
    WriteError
        The folder holds files, or can not be written.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WriteError(f"{folder} exists and is not empty; choose another folder.")
    tracklets = cut(lineage)
    building = folder.with_name(f".{folder.name}.part")
    try:
        building.mkdir(parents=True)
        for frame, labels_yx in enumerate(masks):
            _check_ids(frame, labels_yx, lineage)
            relabelled = tracklets.relabelled(frame, labels_yx)
            write_mask(building, frame, relabelled, digits=digits(masks.n_frames))
        write_tracks(building, tracklets)
        building.replace(folder)
    except OSError as error:
        raise write_error(folder, error) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return tracklets


def write_truth(masks: Masks, lineage: Lineage, folder: str | Path) -> None:
    """Write complete truth as the challenge names it: ``TRA`` with the tracks, ``SEG`` with masks.

    Parameters
    ----------
    masks, lineage : Masks, Lineage
        As for `write_ctc`.
    folder : path-like
        Such as ``01_GT``. Must not exist, or be empty.

    Raises
    ------
    InvalidInputError, WriteError
        As `write_ctc` does.
    """
    tracks, shapes = Path(folder) / "TRA", Path(folder) / "SEG"
    write_ctc(masks, lineage, tracks)
    try:
        shapes.mkdir()
        for path in sorted(tracks.glob("mask*.tif")):
            number = path.name.removeprefix("mask")
            shutil.copyfile(path, shapes / f"man_seg{number}")
            path.rename(tracks / f"man_track{number}")
        (tracks / "res_track.txt").rename(tracks / "man_track.txt")
    except OSError as error:
        raise write_error(shapes, error) from error


def digits(n_frames: int) -> int:
    """Return how many digits a frame's number has in file names: at least 3.

    Parameters
    ----------
    n_frames : int
        Length of the movie.

    Returns
    -------
    int
    """
    return max(3, len(str(n_frames - 1)))


def mask_path(folder: Path, frame: int, *, digits: int = 3) -> Path:
    """Return where a frame's label image lies.

    Parameters
    ----------
    folder : Path
        Of the result.
    frame : int
        0 or more.
    digits : int
        Of the number in the name; the same for the whole movie.

    Returns
    -------
    Path
    """
    return folder / f"mask{frame:0{digits}d}.tif"


def write_mask(folder: Path, frame: int, labels_yx: NDArray[Any], *, digits: int = 3) -> Path:
    """Write one label image, whole or not at all.

    Parameters
    ----------
    folder : Path
        Exists.
    frame : int
        0 or more.
    labels_yx : ndarray of int, shape (Y, X)
        0 to 2**32 - 1. Written as uint16, as uint32 only where a label exceeds 65535.
    digits : int
        Of the number in the file's name; `digits` gives it for a movie.

    Returns
    -------
    Path
        Of the file.

    Raises
    ------
    InvalidInputError
        Not a label image.
    WriteError
        The file can not be written.
    """
    import tifffile

    labels_yx = np.asarray(labels_yx)
    low, high = int(labels_yx.min(initial=0)), int(labels_yx.max(initial=0))
    if labels_yx.ndim != 2 or labels_yx.dtype.kind not in "iu" or low < 0 or high >= 2**32:
        raise InvalidInputError(
            "a label image needs shape (Y, X) and whole numbers from 0 to 4294967295, got shape "
            f"{labels_yx.shape}, type {labels_yx.dtype}, values {low} to {high}."
        )
    dtype = np.uint16 if high <= 65535 else np.uint32
    path = mask_path(folder, frame, digits=digits)
    with whole_file(path) as temporary:
        tifffile.imwrite(
            temporary, labels_yx.astype(dtype), compression="zlib", metadata=None, software=False
        )
    return path


def write_tracks(folder: Path, tracks: Lineage | Tracklets) -> Tracklets:
    """Write ``res_track.txt``.

    Parameters
    ----------
    folder : Path
        Exists.
    tracks : Lineage or Tracklets
        A lineage is cut first; its masks must then be written with `Tracklets.relabelled`.

    Returns
    -------
    Tracklets
        What was written.

    Raises
    ------
    WriteError
        The file can not be written.
    """
    tracklets = cut(tracks) if isinstance(tracks, Lineage) else tracks
    columns = (tracklets.label, tracklets.begin, tracklets.end, tracklets.parent)
    lines = [" ".join(map(str, row)) for row in zip(*(c.tolist() for c in columns), strict=True)]
    write_text(folder / _RESULT_TRACKS, "".join(f"{line}\n" for line in lines))
    return tracklets


def _track_file(folder: Path) -> Path | None:
    places = (folder, folder / "TRA", folder / "masks")
    files = [place / name for place in places for name in TRACK_FILES]
    return next((file for file in files if file.is_file()), None)


def _parents(
    path: Path, tracklets: Tracklets, ids: NDArray[np.int64], frames: NDArray[np.int64]
) -> dict[int, int]:
    """Return the parent links from an earlier label to a later one, as the images have them."""
    first: dict[int, int] = {}
    for label, frame in zip(ids.tolist(), frames.tolist(), strict=True):
        first.setdefault(label, frame)
    parents = {}
    for label, parent in zip(tracklets.label.tolist(), tracklets.parent.tolist(), strict=True):
        if label not in first or parent not in first or first[parent] == first[label] == 0:
            continue
        if first[parent] >= first[label]:
            raise InvalidInputError(
                f"{path} gives track {label}, first seen in frame {first[label]}, the parent "
                f"{parent}, first seen in frame {first[parent]}; a parent must be seen before its "
                "daughter."
            )
        parents[label] = parent
    return parents


def _rows(source: LabelFiles, tracklets: Tracklets | None, centroids: bool) -> tuple[Any, Any, Any]:
    """Return track id, frame and position of every label in every image."""
    ids, frames, positions = [], [], []
    for frame in range(source.n_frames):
        values, yx = centroids_yx(source.read(frame), skip=not centroids)
        if tracklets is not None:
            _check_listed(values, frame + source.first_number, tracklets, source.paths[frame])
        ids.append(values)
        frames.append(np.full(len(values), frame))
        positions.append(yx)
    return np.concatenate(ids), np.concatenate(frames), np.concatenate(positions)


def _check_listed(values: NDArray[np.int64], number: int, tracklets: Tracklets, path: Path) -> None:
    alive = tracklets.label[(tracklets.begin <= number) & (number <= tracklets.end)]
    stray = np.setdiff1d(values, alive)
    if len(stray):
        raise InvalidInputError(
            f"{path} holds label {int(stray[0])}, but the table of tracks has no such track in "
            f"frame {number}; images and table do not belong together."
        )


def _check_ids(frame: int, labels_yx: NDArray[Any], lineage: Lineage) -> None:
    in_masks = np.setdiff1d(labels_yx, [0])
    in_lineage = lineage.track_id[lineage.frame == frame]
    different = np.setxor1d(in_masks, in_lineage)
    if len(different):
        side = "masks" if different[0] in in_masks else "lineage"
        raise InvalidInputError(
            f"masks and lineage must name the same cells; track {int(different[0])} is in the "
            f"{side} alone in frame {frame}."
        )
