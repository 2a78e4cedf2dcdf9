"""Peers: other programs that link the same masks, by their defaults.

LapTrack comes with the extra [eval]. trackpy (BSD-3-Clause) and btrack (MIT, but it needs cvxopt,
which is GPL-3.0) are looked for, and never installed by tracksam: ``pip install trackpy btrack``.
btrack's solver prints lines of its own; rows of the table begin with a bar.
"""

import logging
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from given_masks import Given, Labels, tracked
from numpy.typing import NDArray

from tracksam.evaluate import Tracked
from tracksam.regions import Regions

# LapTrack's default distance; trackpy has none, and gets the same.
RADIUS_PX = 15.0
# Least intersection over union of overlap assignment.
LEAST_OVERLAP = 0.1

Names = list[dict[int, int]]


class NotInstalledError(Exception):
    """A peer is not installed; the message says how to install it."""


def imported(name: str) -> ModuleType:
    """Return a peer's module.

    Raises
    ------
    NotInstalledError
        It is not there.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise NotInstalledError(f"{error}; install it with: pip install {name}") from None


def centres(sequence: Given) -> dict[str, NDArray[Any]]:
    """Return the masks' frames, centroids and labels, as columns."""
    rows = []
    for t, labels_yx in enumerate(sequence.labels):
        regions = Regions.from_labels(labels_yx, keep_ids=True)
        for (y, x), label in zip(regions.centroid_yx, regions.object_id, strict=True):
            rows.append((t, y, x, int(label)))
    table = np.array(rows).reshape(-1, 4)
    whole = table[:, [0, 3]].astype(np.int64)
    return {"frame": whole[:, 0], "y": table[:, 1], "x": table[:, 2], "label": whole[:, 1]}


def laptrack(sequence: Given) -> Tracked:
    """Return what LapTrack makes of the centroids, with divisions, else by its defaults."""
    import pandas as pd
    from laptrack import LapTrack

    tracker = LapTrack(cutoff=RADIUS_PX**2, splitting_cutoff=RADIUS_PX**2)
    found, splits, _ = tracker.predict_dataframe(
        pd.DataFrame(centres(sequence)),
        coordinate_cols=["y", "x"],
        frame_col="frame",
        only_coordinate_cols=False,
    )
    found = found.reset_index(drop=True)
    names: Names = [{} for _ in sequence.labels]
    frame = "frame_y" if "frame_y" in found else "frame"
    for t, label, track in found[[frame, "label", "track_id"]].to_numpy().astype(int).tolist():
        names[t][label] = track + 1
    pairs = splits[["child_track_id", "parent_track_id"]].to_numpy() if len(splits) else []
    return tracked(sequence.labels, names, {int(c) + 1: int(p) + 1 for c, p in pairs})


def trackpy(sequence: Given) -> Tracked:
    """Return what trackpy makes of the centroids: no divisions, no gaps."""
    import pandas as pd

    peer = imported("trackpy")
    peer.quiet()
    found = peer.link(pd.DataFrame(centres(sequence)), RADIUS_PX)
    names: Names = [{} for _ in sequence.labels]
    for t, label, track in found[["frame", "label", "particle"]].to_numpy().astype(int).tolist():
        names[t][label] = track + 1
    return tracked(sequence.labels, names, {})


def btrack(sequence: Given, config: Path | None = None) -> Tracked:
    """Return what btrack makes of the centroids, with its settings for cells.

    Parameters
    ----------
    sequence : Given
    config : Path, optional
        A file of settings. Default: the package's own, which it downloads.
    """
    peer = imported("btrack")
    logging.getLogger("btrack").setLevel(logging.ERROR)
    settings = config or imported("btrack.datasets").cell_config()
    table = centres(sequence)
    columns = {"t": table["frame"], "x": table["x"], "y": table["y"]}
    height, width = sequence.labels[0].shape
    with peer.BayesianTracker(verbose=False) as tracker:
        tracker.configure(settings)
        tracker.append(peer.io.utils.localizations_to_objects(columns))
        tracker.volume = ((0, width), (0, height))
        tracker.track(step_size=100)
        tracker.optimize()
        return _of_btrack(sequence, table, tracker.tracks)


def _of_btrack(sequence: Given, table: Mapping[str, NDArray[Any]], tracks: Any) -> Tracked:
    names: Names = [{} for _ in sequence.labels]
    for track in tracks:
        # Negative numbers stand for what btrack has made up to fill a gap.
        for row in [ref for ref in track.refs if ref >= 0]:
            names[table["frame"][row]][int(table["label"][row])] = track.ID
    alone = max((track.ID for track in tracks), default=0) + 1
    for t, label in zip(table["frame"].tolist(), table["label"].tolist(), strict=True):
        if label not in names[t]:
            names[t][label], alone = alone, alone + 1
    parents = {t.ID: t.parent for t in tracks if t.parent not in (t.ID, 0, None)}
    return tracked(sequence.labels, names, parents)


def overlap_assignment(sequence: Given) -> Tracked:
    """Return the frame-by-frame assignment of greatest total overlap, without divisions."""
    from scipy.optimize import linear_sum_assignment

    names: Names = []
    next_id = 1
    before_yx: Labels | None = None
    for labels_yx in sequence.labels:
        named: dict[int, int] = {}
        if before_yx is not None:
            iou = _overlaps(before_yx, labels_yx)
            for a, b in zip(*linear_sum_assignment(-iou), strict=True):
                if iou[a, b] >= LEAST_OVERLAP:
                    named[int(b) + 1] = names[-1][int(a) + 1]
        for label in range(1, int(labels_yx.max(initial=0)) + 1):
            if label not in named:
                named[label], next_id = next_id, next_id + 1
        names.append(named)
        before_yx = labels_yx
    return tracked(sequence.labels, names, {})


def _overlaps(before_yx: Labels, after_yx: Labels) -> NDArray[np.float64]:
    n = int(before_yx.max(initial=0)), int(after_yx.max(initial=0))
    code = before_yx * (n[1] + 1) + after_yx
    shared = np.bincount(code.ravel(), minlength=(n[0] + 1) * (n[1] + 1)).reshape(n[0] + 1, -1)
    union = shared.sum(axis=1)[:, None] + shared.sum(axis=0) - shared
    return np.asarray((shared / np.maximum(union, 1))[1:, 1:])
