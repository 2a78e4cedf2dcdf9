"""Measures: numbers from two tables of tracks and the matching of their cells."""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.errors import BackendError
from tracksam.evaluate.matching import Matching, Tracked
from tracksam.evaluate.scores import DIVISION_TOLERANCE


def faults(result: Tracked, matching: Matching) -> tuple[str, ...]:
    """Return what makes a result not valid, by the challenge's rules.

    Parameters
    ----------
    result : Tracked
    matching : Matching
        With the truth.

    Returns
    -------
    tuple of str
        Empty: it is valid.

    Raises
    ------
    BackendError
        The extra ``[eval]`` is not installed.
    """
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


def graph_scores(result: Tracked, truth: Tracked, matching: Matching) -> dict[str, Any]:
    """Return the measures that py-ctcmetrics makes from tables and matching.

    Parameters
    ----------
    result, truth : Tracked
        Of the same movie; the result is valid.
    matching : Matching
        Of the two.

    Returns
    -------
    dict
        Fields of `Scores`.
    """
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


def division_scores(result: Tracked, truth: Tracked, matching: Matching) -> dict[str, Any]:
    """Return precision, recall and F1 of divisions, by traccuracy.

    Parameters
    ----------
    result, truth : Tracked
        Of the same movie.
    matching : Matching
        Of the two.

    Returns
    -------
    dict
        Fields of `Scores`.
    """
    from traccuracy.matchers import Matched
    from traccuracy.metrics import DivisionMetrics

    n_divisions = _n_divisions(truth.table)
    counts: dict[str, Any] = {"n_divisions": n_divisions}
    if n_divisions == 0:
        return counts | ({"division_precision": 0.0} if _n_divisions(result.table) else {})
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
    import networkx
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
