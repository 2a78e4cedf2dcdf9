"""Border: which regions are cut by the frame's border, and so look unlike themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracksam.regions import Regions


def is_cut(regions: Regions) -> NDArray[np.bool_]:
    """Return which regions reach the border of the frame.

    Parameters
    ----------
    regions : Regions
        K regions.

    Returns
    -------
    ndarray of bool, shape (K,)
    """
    box = regions.box_yxyx
    return np.asarray(((box[:, :2] == 0) | (box[:, 2:] == np.array(regions.shape_yx))).any(axis=1))
