"""Overlap: how well masks cover the true ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError
from tracksam.evaluate.matching import matched
from tracksam.io.labels import label_files, read_label_image
from tracksam.masks import Masks


def reference_masks(truth_folder: Path) -> tuple[Path | None, str]:
    """Return the folder of masks that belongs to a folder of truth, and of which kind they are.

    Parameters
    ----------
    truth_folder : Path
        Like ``02_GT``.

    Returns
    -------
    tuple of Path or None, and str
        ``"gold"``, ``"silver"``, or ``""`` with None where there are no masks.
    """
    silver = truth_folder.with_name(truth_folder.name.removesuffix("_GT") + "_ST") / "SEG"
    for folder, kind in ((truth_folder / "SEG", "gold"), (silver, "silver")):
        if folder.is_dir() and any(folder.glob("man_seg*.tif")):
            return folder, kind
    return None, ""


def seg(result: Masks, folder: Path) -> float | None:
    """Return the mean overlap of the result with the masks that match.

    Parameters
    ----------
    result : Masks
    folder : Path
        Of ``man_segTTT.tif``, of some frames.

    Returns
    -------
    float or None
        Intersection over union, 0 for cells that nothing matches; None where the masks are empty.
    """
    overlaps, n_cells = 0.0, 0
    for frame, path in label_files(folder, "man_seg*.tif").items():
        truth, _, _, _, iou = matched(read_label_image(path), result.frame(frame))
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
