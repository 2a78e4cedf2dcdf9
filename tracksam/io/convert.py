"""Convert: from any form of result to any other, saying what the other can not hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs

from tracksam.columns import Calibration
from tracksam.errors import InvalidInputError, ReadError, WriteError
from tracksam.io.ctc import parents_left_out, read_ctc, write_ctc
from tracksam.io.geff import read_geff, write_geff
from tracksam.io.label_stack import SUFFIXES, read_label_stack
from tracksam.io.omezarr_labels import TRACKS, write_omezarr_labels
from tracksam.io.rows import lineage_of_masks
from tracksam.io.run import RunFolder
from tracksam.io.run_leave import RECORD
from tracksam.io.tracklets import cut
from tracksam.io.trackmate import read_trackmate, write_trackmate
from tracksam.io.tracks_csv import read_tracks_csv, write_tracks_csv
from tracksam.io.video_masks import read_rle, write_indexed_png, write_rle
from tracksam.lineage import Lineage
from tracksam.masks import Masks

_LOSSES = {
    "masks": "masks are left out: only positions are written.",
    "mothers": "mothers are left out.",
    "confidence": "confidences are left out.",
    "mother confidence": "confidences in mothers are left out.",
    "mask confidence": "confidences in masks are left out.",
    "interpolated": "which masks were filled in is left out.",
    "gaps": "tracks with gaps, and mothers that live on, are cut in pieces joined by parent links.",
    "calibration": "pixel size and frame interval are left out.",
}


@attrs.frozen
class Tracked:
    """What a file says about who is where.

    Parameters
    ----------
    lineage : Lineage
        Tracks and mothers.
    masks : Masks, optional
        None: the file holds positions only.
    calibration : Calibration
        What the file says.
    unread : tuple of str
        A sentence for each thing that the file says and that is not here.
    """

    lineage: Lineage
    masks: Masks | None = None
    calibration: Calibration = attrs.field(factory=Calibration)
    unread: tuple[str, ...] = ()


@attrs.frozen
class Form:
    """A form of result that is written and read.

    Parameters
    ----------
    name : str
        As in ``--to``.
    suffix : str
        Of a file or folder; empty: a folder without one.
    holds : frozenset of str
        Of "masks", "mothers", "confidence", "mother confidence", "mask confidence",
        "interpolated", "gaps", "calibration".
    write : callable
        Takes a `Tracked` and a path.
    read : callable
        Takes a path and returns a `Tracked`.
    """

    name: str
    suffix: str
    holds: frozenset[str]
    write: Callable[[Tracked, Path], object]
    read: Callable[[Path], Tracked]


def convert(
    source: str | Path, target: str | Path, to: str | None = None, axes: str | None = None
) -> tuple[str, ...]:
    """Write what is in `source` to `target`, in another form.

    Parameters
    ----------
    source : path-like
        A run folder, a CTC result, a folder of numbered label images, a stack of them (``.tif``,
        ``.npy``), GEFF (``.geff``), OME-Zarr labels (``.zarr``), TrackMate (``.xml``), a table of
        tracks (``.csv``) or run lengths (``.json``).
    target : path-like
        Where; nothing is there yet. Its ending says the form, unless `to` does.
    to : str, optional
        "ctc", "png", "geff", "zarr", "trackmate", "csv" or "rle".
    axes : str, optional
        Of a stack of label images, a letter an axis, where the file does not say them.

    Returns
    -------
    tuple of str
        A sentence for each thing that was not read, or that the new form can not hold, and that
        is lost; empty if all is there.

    Raises
    ------
    ReadError
        The source is missing or damaged.
    InvalidInputError
        A form is not known, or needs masks and there are none.
    WriteError
        The target exists, or can not be written.

    Examples
    --------
    >>> convert("result", "tracks.tif")
    Traceback (most recent call last):
    tracksam.errors.InvalidInputError: tracks.tif has no ending of a known form (.geff, .zarr, \
.xml, .csv, .json), and none was named; name one of ctc, png, geff, zarr, trackmate, csv, rle.
    """
    form = form_of(Path(target), to)
    if Path(target).is_file():
        raise WriteError(f"{target} exists; choose another name.")
    tracked = read_tracked(source, axes)
    if "masks" in form.holds and tracked.masks is None:
        raise InvalidInputError(
            f"{form.name} holds masks, but {source} has positions only; convert it to "
            f"{', '.join(f.name for f in FORMS if 'masks' not in f.holds)}."
        )
    form.write(tracked, Path(target))
    return (*tracked.unread, *lost(tracked, form))


def form_of(path: Path, name: str | None = None) -> Form:
    """Return the form in which to write.

    Parameters
    ----------
    path : Path
        Its ending says the form.
    name : str, optional
        Name of a form, in place of the ending.

    Returns
    -------
    Form

    Raises
    ------
    InvalidInputError
        No form has that name or ending.
    """
    names = ", ".join(form.name for form in FORMS)
    if name is not None:
        for form in FORMS:
            if form.name == name:
                return form
        raise InvalidInputError(f"there is no form {name}; known are {names}.")
    if not path.suffix:
        return FORMS[0]
    for form in FORMS:
        if form.suffix and form.suffix == path.suffix.lower():
            return form
    endings = ", ".join(form.suffix for form in FORMS if form.suffix)
    raise InvalidInputError(
        f"{path} has no ending of a known form ({endings}), and none was named; name one of "
        f"{names}."
    )


def read_tracked(path: str | Path, axes: str | None = None) -> Tracked:
    """Read tracks, and masks if there are some, of any form.

    Parameters
    ----------
    path : path-like
        See `convert`.
    axes : str, optional
        See `convert`.

    Returns
    -------
    Tracked

    Raises
    ------
    ReadError
        Nothing is there, it is damaged, or of no known form.
    """
    path = Path(path)
    if not path.exists():
        raise ReadError(f"there is no file or folder {path}; is the name right?")
    if path.suffix.lower() in SUFFIXES and path.is_file():
        masks, calibration = read_label_stack(path, axes)
        return Tracked(lineage_of_masks(masks), masks, calibration)
    for form in FORMS:
        if form.suffix and form.suffix == path.suffix.lower():
            return form.read(path)
    if not path.is_dir():
        raise ReadError(f"{path} is of no known form: " + _known())
    return _read_run(path) if is_run(path) else _read_ctc(path)


def is_run(path: Path) -> bool:
    """Return whether a path is a run folder."""
    return (path / RECORD).is_file()


def _known() -> str:
    endings = ", ".join(form.suffix for form in FORMS if form.suffix)
    return (
        "known are run folders, CTC results, folders of label images, and "
        f"{', '.join(SUFFIXES)}, {endings}."
    )


def lost(tracked: Tracked, form: Form) -> list[str]:
    """Return a sentence for each thing that a form can not hold.

    Parameters
    ----------
    tracked : Tracked
        What is written.
    form : Form
        How.

    Returns
    -------
    list of str
    """
    lineage = tracked.lineage
    there = {
        "masks": tracked.masks is not None,
        "mothers": bool(lineage.parents),
        "confidence": bool((lineage.confidence != 1).any()),
        "mother confidence": bool(lineage.parent_confidence),
        "mask confidence": bool((lineage.mask_confidence[~lineage.is_interpolated] != 1).any()),
        "interpolated": bool(lineage.is_interpolated.any()),
        "gaps": cut(lineage).is_cut,
        "calibration": tracked.calibration != Calibration(),
    }
    return [
        f"{form.name}: {_LOSSES[what]}"
        for what, is_there in there.items()
        if is_there and what not in form.holds
    ]


def _read_run(path: Path) -> Tracked:
    run = RunFolder.open(path)
    movie = run.record.input
    calibration = Calibration(movie.pixel_size_um, movie.frame_interval_s)
    return Tracked(run.lineage, run.masks, calibration)


def _read_ctc(path: Path) -> Tracked:
    masks, lineage = read_ctc(path)
    left_out = parents_left_out(path, lineage)
    unread = [
        f"the parent of track {track_id} was left out: a parent must be seen before its daughter."
        for track_id in left_out
    ]
    return Tracked(lineage, masks, unread=tuple(unread))


def _write_ctc(tracked: Tracked, path: Path) -> None:
    write_ctc(_masks(tracked), tracked.lineage, path)


def _write_png(tracked: Tracked, path: Path) -> None:
    write_indexed_png(_masks(tracked), path)


def _read_geff(path: Path) -> Tracked:
    lineage, calibration = read_geff(path)
    return Tracked(lineage, None, calibration)


def _write_geff(tracked: Tracked, path: Path) -> None:
    write_geff(tracked.lineage, path, tracked.calibration)


def _read_zarr(path: Path) -> Tracked:
    masks, calibration = read_label_stack(path)
    if (path / TRACKS).is_dir():
        return Tracked(read_geff(path)[0], masks, calibration)
    return Tracked(lineage_of_masks(masks), masks, calibration)


def _write_zarr(tracked: Tracked, path: Path) -> None:
    write_omezarr_labels(_masks(tracked), path, tracked.calibration, tracked.lineage)


def _read_trackmate(path: Path) -> Tracked:
    lineage, calibration = read_trackmate(path)
    return Tracked(lineage, None, calibration)


def _write_trackmate(tracked: Tracked, path: Path) -> None:
    write_trackmate(tracked.lineage, path, tracked.calibration)


def _read_csv(path: Path) -> Tracked:
    return Tracked(read_tracks_csv(path))


def _write_csv(tracked: Tracked, path: Path) -> None:
    write_tracks_csv(tracked.lineage, path)


def _read_rle(path: Path) -> Tracked:
    masks, lineage, calibration = read_rle(path)
    return Tracked(lineage, masks, calibration)


def _write_rle(tracked: Tracked, path: Path) -> None:
    write_rle(_masks(tracked), tracked.lineage, path, tracked.calibration)


def _masks(tracked: Tracked) -> Masks:
    if tracked.masks is None:
        raise InvalidInputError("this form holds masks, but there are positions only.")
    return tracked.masks


_GRAPH = frozenset(_LOSSES) - {"masks"}
_ALL = frozenset(_LOSSES)

FORMS = (
    Form("ctc", "", frozenset({"masks", "mothers"}), _write_ctc, _read_ctc),
    Form("png", "", frozenset({"masks", "gaps"}), _write_png, _read_ctc),
    Form("geff", ".geff", _GRAPH, _write_geff, _read_geff),
    Form("zarr", ".zarr", _ALL, _write_zarr, _read_zarr),
    Form("trackmate", ".xml", _GRAPH, _write_trackmate, _read_trackmate),
    Form("csv", ".csv", _GRAPH - {"calibration"}, _write_csv, _read_csv),
    Form("rle", ".json", _ALL, _write_rle, _read_rle),
)
