"""Parts: the cells of a frame measured a part of the frame at a time, as if all were at hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.columns import CELL_COLUMNS, Calibration, Feature, filled, present
from tracksam.settings import MeasureSettings
from tracksam.steps.measure import cell_values
from tracksam.steps.measuring.cells import FrameCells
from tracksam.steps.measuring.neighbours import crowding_of

Values = dict[str, NDArray[Any]]
_ROWS = ("y_px", "bbox_y0_px", "bbox_y1_px")
_COLUMNS = ("x_px", "bbox_x0_px", "bbox_x1_px")


@attrs.frozen(eq=False)
class FramePart:
    """A part of a frame, in which some cells and their neighbours are whole.

    Parameters
    ----------
    labels_yx : ndarray of int, shape (Y, X)
        0 is background.
    image_yxc : ndarray, shape (Y, X, C)
        The same part of the image.
    start_yx : tuple of int
        First row and column of the part.
    ids : ndarray of int
        The labels that are measured here; others are cut, or measured elsewhere.
    ground : tuple of float
        Of the whole frame, as `FrameCells` has it.
    """

    labels_yx: NDArray[Any]
    image_yxc: NDArray[Any]
    start_yx: tuple[int, int]
    ids: NDArray[np.int64]
    ground: tuple[float, ...]


def measure_parts(
    parts: Iterable[FramePart],
    frame_and_shape: tuple[int, tuple[int, int]],
    settings: MeasureSettings,
    calibration: Calibration,
    features: Sequence[Feature] = (),
) -> Values:
    """Return what is measured of every cell of one frame.

    Parameters
    ----------
    parts : iterable of FramePart
        Each cell is in the `ids` of one of them; one is in memory at a time.
    frame_and_shape : tuple
        Number of the frame, and its height and width.
    settings : MeasureSettings
        What is measured.
    calibration : Calibration
        Of the movie.
    features : sequence of Feature
        Measurements of others; they see a part as the frame.

    Returns
    -------
    dict of str to ndarray, shape (K,)
        As `measure_frame`, in the order of the labels.
    """
    frame, shape_yx = frame_and_shape
    found = [_placed(part, shape_yx, settings, features) for part in parts]
    if not found:
        nothing = np.zeros((1, 1), np.int64), np.zeros((1, 1, 1))
        empty = FramePart(*nothing, (0, 0), np.empty(0, np.int64), (np.nan,))
        found = [_placed(empty, shape_yx, settings, features)]
    joined = {name: np.concatenate([values[name] for values in found]) for name in found[0]}
    order = np.argsort(joined["track_id"])
    values = {name: column[order] for name, column in joined.items()}
    values |= crowding_of(np.stack([values["y_px"], values["x_px"]], axis=1))
    values["frame"] = np.full(len(order), frame)
    n_channels = sum(name.startswith("mean_c") for name in values)
    declared = [*CELL_COLUMNS, *(column for feature in features for column in feature.columns)]
    return filled(present(declared, calibration, n_channels), values, calibration)


def _placed(
    part: FramePart,
    shape_yx: tuple[int, int],
    settings: MeasureSettings,
    features: Sequence[Feature],
) -> Values:
    """What is measured of the cells of a part, in rows and columns of the frame."""
    image_yxc = part.image_yxc if settings.intensity else None
    cells = FrameCells(part.labels_yx, image_yxc, part.ground)
    own = np.isin(cells.ids, part.ids)
    values = {name: column[own] for name, column in cell_values(cells, features).items()}
    for names, start in zip((_ROWS, _COLUMNS), part.start_yx, strict=True):
        values |= {name: values[name] + start for name in names}
    values["touches_border"] = (
        (values["bbox_y0_px"] == 0)
        | (values["bbox_x0_px"] == 0)
        | (values["bbox_y1_px"] == shape_yx[0])
        | (values["bbox_x1_px"] == shape_yx[1])
    )
    return values
