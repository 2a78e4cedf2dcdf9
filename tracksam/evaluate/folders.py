"""Folders: a result on disk against a truth on disk."""

from __future__ import annotations

from pathlib import Path

import attrs
import numpy as np

from tracksam.errors import InvalidInputError, ReadError
from tracksam.evaluate.failures import Explanation, failures
from tracksam.evaluate.matching import Tracked, match_frames
from tracksam.evaluate.measures import division_scores, faults, graph_scores
from tracksam.evaluate.overlap import reference_masks, seg
from tracksam.evaluate.scores import Scores
from tracksam.io.ctc import TRACK_FILES
from tracksam.io.labels import open_labels
from tracksam.io.run_sources import kept_candidates
from tracksam.io.track_table import read_tracks
from tracksam.masks import Masks


def evaluate(result_folder: str | Path, truth_folder: str | Path) -> Scores:
    """Return how good a result is.

    Parameters
    ----------
    result_folder : path-like
        A run folder, or a folder with ``res_track.txt`` and label images.
    truth_folder : path-like
        A folder like ``02_GT``, with ``TRA`` and perhaps ``SEG`` in it. Where it has no masks
        in ``SEG``, the silver masks of ``02_ST/SEG`` beside it serve, if there are some.

    Returns
    -------
    Scores

    Raises
    ------
    ReadError
        A folder, a table or the images are missing or damaged.
    InvalidInputError
        Result and truth differ in the number or the shape of frames.
    BackendError
        The extra ``[eval]`` is not installed.
    """
    result = _read(Path(result_folder))
    truth = _read(Path(truth_folder))
    scores = score(result, truth)
    if not scores.valid:
        return scores
    folder, kind = reference_masks(Path(truth_folder))
    if folder is None:
        return scores
    return attrs.evolve(scores, seg=seg(result.masks, folder), seg_truth=kind)


def explain(result_folder: str | Path, truth_folder: str | Path) -> Explanation:
    """Return every failure of a result.

    Parameters
    ----------
    result_folder, truth_folder : path-like
        As for `evaluate`. Of a run with ``keep_candidates`` it is known which failures were never
        proposed to linking.

    Returns
    -------
    Explanation

    Raises
    ------
    ReadError
        A folder, a table or the images are missing or damaged.
    InvalidInputError
        Result and truth differ in the number or the shape of frames.
    """
    result, truth = _read(Path(result_folder)), _read(Path(truth_folder))
    _check_alike(result.masks, truth.masks)
    candidates = kept_candidates(Path(result_folder))
    return Explanation(tuple(failures(result, truth, candidates)), truth.masks, result.masks)


def score(result: Tracked, truth: Tracked) -> Scores:
    """Return how good a result is, without the measure of masks.

    Parameters
    ----------
    result, truth : Tracked
        Of the same movie.

    Returns
    -------
    Scores
        `seg` is None.
    """
    _check_alike(result.masks, truth.masks)
    matching = match_frames(truth.masks, result.masks)
    found = faults(result, matching)
    if found:
        return Scores(valid=False, faults=found)
    return Scores(
        valid=True,
        **graph_scores(result, truth, matching),
        **division_scores(result, truth, matching),
    )


def _read(folder: Path) -> Tracked:
    places = (folder, folder / "TRA", folder / "masks")
    files = [place / name for place in places for name in TRACK_FILES]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        raise ReadError(
            f"{folder} holds neither res_track.txt nor man_track.txt, nor do its folders TRA and "
            "masks; give a run folder, a result or a folder of truth."
        )
    tracks = read_tracks(file)
    columns = (tracks.label, tracks.begin, tracks.end, tracks.parent)
    masks = Masks(open_labels(file.parent, TRACK_FILES[file.name]))
    return Tracked(masks, np.stack(columns, axis=1).astype(np.int64))


def _check_alike(result: Masks, truth: Masks) -> None:
    if result.n_frames != truth.n_frames or result.shape_yx != truth.shape_yx:
        raise InvalidInputError(
            f"the result has {result.n_frames} frames of {result.shape_yx}, the truth "
            f"{truth.n_frames} of {truth.shape_yx}; give the truth of the same movie, cut to the "
            "same frames."
        )
