"""Evaluate: a result against the truth, in the measures of the Cell Tracking Challenge.

Needs the extra ``[eval]``. The measures are those of py-ctcmetrics (Kaiser et al., BMVC 2024) and
traccuracy; what is done here is reading, matching and saying in words what was measured.
"""

from __future__ import annotations

import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import BackendError, InvalidInputError, ReadError
from tracksam.io.ctc import TRACK_FILES, read_tracks
from tracksam.io.labels import label_files, open_labels, read_label_image
from tracksam.masks import Masks

# Frames by which a division may be early or late and still be found.
DIVISION_TOLERANCE = 1


@attrs.frozen
class Scores:
    """What `evaluate` measured. None where a measure does not exist for the data.

    Parameters
    ----------
    valid : bool
        The result obeys the challenge's rules. If not, nothing else is measured.
    faults : tuple of str
        What is wrong with a result that is not valid.
    seg, seg_truth : float and str
        Mean intersection over union, and of which masks: ``"gold"``, ``"silver"`` or ``""``.
    det, tra, lnk : float
        Detection, tracking and linking (Matula et al. 2015): 1 is perfect.
    ct, tf, bc, bio : float
        Complete tracks, track fractions, branching correctness and the mean of these with cell
        cycle accuracy; branching within `DIVISION_TOLERANCE` frames.
    chota : float
        Higher-order accuracy with lineages (Kaiser et al. 2024).
    n_divisions : int
        Divisions in the truth.
    division_precision, division_recall, division_f1 : float
        Within `DIVISION_TOLERANCE` frames, mother and both daughters right (traccuracy).
    n_cells, n_missed, n_false : int
        Cells of the truth in all frames; how many of them are missed; cells of the result that
        match none.
    n_wrong_links, n_missed_links : int
        Links of the result that the truth lacks, and the reverse.
    """

    valid: bool
    faults: tuple[str, ...] = ()
    seg: float | None = None
    seg_truth: str = ""
    det: float | None = None
    tra: float | None = None
    lnk: float | None = None
    ct: float | None = None
    tf: float | None = None
    bc: float | None = None
    bio: float | None = None
    chota: float | None = None
    n_divisions: int | None = None
    division_precision: float | None = None
    division_recall: float | None = None
    division_f1: float | None = None
    n_cells: int | None = None
    n_missed: int | None = None
    n_false: int | None = None
    n_wrong_links: int | None = None
    n_missed_links: int | None = None

    def to_rows(self) -> list[tuple[str, str, str]]:
        """Return a row a measure: its name, its value as text, and what it says in words."""
        rows = [("valid", "yes" if self.valid else "no", "; ".join(self.faults))]
        for name, meaning in _MEANINGS.items():
            value = getattr(self, name)
            text = "-" if value is None else f"{value:.4f}" if type(value) is float else str(value)
            extra = f" ({self.seg_truth} masks)" if name == "seg" and self.seg_truth else ""
            rows.append((name, text, meaning + extra))
        return rows


_MEANINGS = {
    "seg": "mean overlap of the masks with the truth's",
    "det": "cells found",
    "tra": "cells found and linked",
    "lnk": "links right, cells apart",
    "ct": "tracks complete from first to last frame",
    "tf": "longest right stretch of each track",
    "bc": f"divisions right within {DIVISION_TOLERANCE} frame",
    "bio": "mean of ct, tf, bc and cell cycle lengths",
    "chota": "identity and lineage of all cells",
    "division_precision": f"divisions that are real, within {DIVISION_TOLERANCE} frame",
    "division_recall": f"real divisions that were found, within {DIVISION_TOLERANCE} frame",
    "division_f1": "harmonic mean of these two",
    "n_divisions": "divisions in the truth",
    "n_cells": "cells in the truth, summed over frames",
    "n_missed": "of them missed",
    "n_false": "cells found where the truth has none",
    "n_missed_links": "links missed",
    "n_wrong_links": "links between cells that the truth does not link",
}


@attrs.frozen(eq=False)
class Tracked:
    """Label images with a table of tracks, as the challenge has them.

    Parameters
    ----------
    masks : Masks
        Pixel values are labels.
    table : array of int, shape (N, 4)
        Label, first frame, last frame, parent's label or 0.
    """

    masks: Masks
    table: NDArray[np.int64]


@attrs.frozen(eq=False)
class Matching:
    """Which labels of the truth match which of the result, frame by frame.

    A label of the result matches one of the truth if it covers more than half of it.

    Parameters
    ----------
    truth, result : list of lists of int
        The labels in each frame, ascending.
    matched_truth, matched_result : list of lists of int
        The pairs.
    iou : list of lists of float
        Of the pairs.
    """

    truth: list[list[int]]
    result: list[list[int]]
    matched_truth: list[list[int]]
    matched_result: list[list[int]]
    iou: list[list[float]]


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
    folder, kind = _reference_masks(Path(truth_folder))
    if folder is None:
        return scores
    return attrs.evolve(scores, seg=_seg(result.masks, folder), seg_truth=kind)


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
    faults = _faults(result, matching)
    if faults:
        return Scores(valid=False, faults=faults)
    return Scores(
        valid=True,
        **_graph_scores(result, truth, matching),
        **_division_scores(result, truth, matching),
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


def match_frames(truth: Masks, result: Masks) -> Matching:
    """Return the matching of two movies' labels.

    Parameters
    ----------
    truth, result : Masks
        As many frames of the same shape.

    Returns
    -------
    Matching
    """
    frames = [_matched(a, b) for a, b in zip(truth, result, strict=True)]
    return Matching(*(list(column) for column in zip(*frames, strict=True)))


def _matched(truth_yx: NDArray[Any], result_yx: NDArray[Any]) -> tuple[list[Any], ...]:
    truth, truth_place = _dense(truth_yx)
    result, result_place = _dense(result_yx)
    code = truth_place * (len(result) + 1) + result_place
    size = (len(truth) + 1, len(result) + 1)
    shared = np.bincount(code, minlength=size[0] * size[1]).reshape(size)
    area, other_area = shared.sum(axis=1), shared.sum(axis=0)
    t, r = np.nonzero(2 * shared[1:, 1:] > area[1:, None])
    both = shared[t + 1, r + 1]
    iou = both / (area[t + 1] + other_area[r + 1] - both)
    return truth.tolist(), result.tolist(), truth[t].tolist(), result[r].tolist(), iou.tolist()


def _dense(labels_yx: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the labels, ascending, and each pixel's position among them + 1; 0 is background."""
    flat = labels_yx.ravel()
    inside = np.flatnonzero(flat)
    values, place = np.unique(flat[inside], return_inverse=True)
    dense = np.zeros(flat.shape, np.int64)
    dense[inside] = place + 1
    return values, dense


def _faults(result: Tracked, matching: Matching) -> tuple[str, ...]:
    if not len(result.table):
        return ("the result holds no track",)
    metrics = _ctc_metrics()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        valid = metrics.valid(
            [str(t) for t in range(len(result.masks))], result.table, matching.result
        )
    said = tuple(str(warning.message) for warning in caught)
    return () if valid else said or ("not valid",)


def _graph_scores(result: Tracked, truth: Tracked, matching: Matching) -> dict[str, Any]:
    """Return the measures that py-ctcmetrics makes from tables and matching."""
    from ctc_metrics.utils.representations import (
        count_acyclic_graph_correction_operations,
        merge_tracks,
    )

    metrics = _ctc_metrics()
    lists = (matching.truth, matching.result, matching.matched_truth, matching.matched_result)
    tables = truth.table, result.table
    counts = count_acyclic_graph_correction_operations(*tables, *lists)
    ct = metrics.ct(result.table, truth.table, lists[0], lists[2], lists[3])
    tf = metrics.tf(truth.table, lists[0], lists[2], lists[3])
    n_right, n_false, n_missed = metrics.raw_division_metrics(
        result.table, truth.table, lists[2], lists[3], i=DIVISION_TOLERANCE
    )
    bc = metrics.bc(n_right, n_false, n_missed)
    merged = merge_tracks(truth.table, lists[0], lists[2])
    merged_result = merge_tracks(result.table, lists[1], lists[3])
    both = [pair for pair in zip(merged, merged_result, strict=True)]
    return {
        "det": float(metrics.det(**counts)),
        "tra": float(metrics.tra(**counts)[0]),
        "lnk": float(metrics.lnk(**counts)) if counts["num_edges"] else None,
        "ct": _plain(ct),
        "tf": _plain(tf),
        "bc": _plain(bc),
        "bio": _plain(metrics.bio(ct, tf, bc, metrics.cca(result.table, truth.table))),
        "chota": _plain(metrics.chota(*both[0], *both[1], *both[2])["CHOTA"]),
        "n_cells": int(counts["num_vertices_R"]),
        "n_missed": int(counts["FN"]),
        "n_false": int(counts["FP"]),
        "n_wrong_links": int(counts["ED"]),
        "n_missed_links": int(counts["EA"]),
    }


def _plain(value: Any) -> float | None:
    return None if value is None else float(value)


def _ctc_metrics() -> Any:
    try:
        import ctc_metrics.metrics
    except ImportError as error:
        raise BackendError(
            f"evaluate needs the extra [eval] ({error}); install it with: "
            "pip install 'tracksam[eval]'."
        ) from None
    return ctc_metrics.metrics


def _division_scores(result: Tracked, truth: Tracked, matching: Matching) -> dict[str, Any]:
    """Return precision, recall and F1 of divisions, by traccuracy."""
    from traccuracy.matchers import Matched
    from traccuracy.metrics import DivisionMetrics

    n_divisions = _n_divisions(truth.table)
    counts: dict[str, Any] = {"n_divisions": n_divisions}
    if n_divisions == 0 and _n_divisions(result.table) == 0:
        return counts
    pairs = [
        ((t, a), (t, b))
        for t, (these, those) in enumerate(
            zip(matching.matched_truth, matching.matched_result, strict=True)
        )
        for a, b in zip(these, those, strict=True)
        if those.count(b) == 1
    ]
    matched = Matched(
        _graph(truth.table, matching.truth),
        _graph(result.table, matching.result),
        pairs,
        {"name": "more than half covered", "matching type": "one-to-one"},
    )
    metric = DivisionMetrics(max_frame_buffer=DIVISION_TOLERANCE)
    found = metric.compute(matched).results[f"Frame Buffer {DIVISION_TOLERANCE}"]
    return counts | {
        "division_precision": _number(found["Division Precision"]),
        "division_recall": _number(found["Division Recall"]),
        "division_f1": _number(found["Division F1"]),
    }


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _n_divisions(table: NDArray[np.int64]) -> int:
    counts = np.unique(table[table[:, 3] > 0, 3], return_counts=True)[1]
    return int((counts > 1).sum())


def _graph(table: NDArray[np.int64], labels: list[list[int]]) -> Any:
    import networkx  # type: ignore[import-untyped]
    from traccuracy import TrackingGraph

    graph = networkx.DiGraph()
    frames: dict[int, list[int]] = {}
    for frame, present in enumerate(labels):
        for label in present:
            graph.add_node((frame, label), t=frame)
            frames.setdefault(label, []).append(frame)
    for label, seen in frames.items():
        graph.add_edges_from(((a, label), (b, label)) for a, b in pairwise(seen))
    for label, _, _, parent in table[table[:, 3] > 0].tolist():
        if label in frames and parent in frames:
            graph.add_edge((frames[parent][-1], parent), (frames[label][0], label))
    return TrackingGraph(graph, label_key=None, validate=False)


def _reference_masks(truth_folder: Path) -> tuple[Path | None, str]:
    silver = truth_folder.with_name(truth_folder.name.removesuffix("_GT") + "_ST") / "SEG"
    for folder, kind in ((truth_folder / "SEG", "gold"), (silver, "silver")):
        if folder.is_dir() and any(folder.glob("man_seg*.tif")):
            return folder, kind
    return None, ""


def _seg(result: Masks, folder: Path) -> float | None:
    overlaps, n_cells = 0.0, 0
    for frame, path in label_files(folder, "man_seg*.tif").items():
        truth, _, _, _, iou = _matched(read_label_image(path), result.frame(frame))
        overlaps, n_cells = overlaps + sum(iou), n_cells + len(truth)
    return overlaps / n_cells if n_cells else None


def mean_iou(masks: Masks, truth: dict[int, NDArray[Any]]) -> float:
    """Return the mean overlap of objects with their masks in some frames.

    Parameters
    ----------
    masks : Masks
        The result, under the same labels as the truth.
    truth : dict of int to ndarray of int, shape (Y, X)
        Frame to label image; 0 is background.

    Returns
    -------
    float
        Intersection over union of equal labels, mean over all objects and frames of the truth
        (the region measure J of Perazzi et al., CVPR 2016). NaN if the truth is empty.

    Raises
    ------
    InvalidInputError
        A frame is not in the result, or has another shape.
    """
    values: list[float] = []
    for frame, truth_yx in sorted(truth.items()):
        labels_yx = masks.frame(frame)
        if labels_yx.shape != truth_yx.shape:
            raise InvalidInputError(
                f"frame {frame} of the result has shape {labels_yx.shape}, the truth "
                f"{truth_yx.shape}; they must be of the same movie."
            )
        for label in np.unique(truth_yx[truth_yx > 0]).tolist():
            wanted, found = truth_yx == label, labels_yx == label
            values.append(float((wanted & found).sum() / (wanted | found).sum()))
    return float(np.mean(values)) if values else float("nan")
