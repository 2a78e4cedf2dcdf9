"""Component tree: every connected piece of an image above each of a row of levels.

A cell is some piece at some level (Arteta et al., 2012): a dim one at a low level, one of two
touching bright ones at a level high enough to part them.
"""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.classical.raster import Image
from tracksam.backends.classical.rule import Rule

LEVEL_RATIO = 1.13
MIN_AREA_PX = 12


@attrs.frozen(eq=False)
class Tree:
    """Pieces of one image, from low levels to high ones; parents come before children.

    Parameters
    ----------
    level : array of float, shape (N,)
        The piece is connected at or above this value.
    parent : array of int, shape (N,)
        The piece of the level below that holds it; -1 at the lowest level.
    area_px : array of float, shape (N,)
        With holes filled.
    solidity : array of float, shape (N,)
        Area over the area of the convex hull.
    contours : tuple of array of int, shape (M, 1, 2)
        Outlines in (x, y), as OpenCV has them.
    on_border : array of bool, shape (N,)
        Whether the piece touches the border of the image.
    """

    level: NDArray[np.float64]
    parent: NDArray[np.intp]
    area_px: NDArray[np.float64]
    solidity: NDArray[np.float64]
    contours: tuple[NDArray[np.int32], ...]
    on_border: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.level)

    def quality(self, rule: Rule, diameter_px: float | None) -> NDArray[np.float64]:
        """Return how much each piece looks like one whole object, shape (N,), 0 to 1.

        Parameters
        ----------
        rule : Rule
            What an object looks like.
        diameter_px : float or None
            Typical diameter; None: any size is as good.
        """
        return rule.quality(self.solidity, self.area_px, self.on_border, diameter_px)

    def children(self) -> list[list[int]]:
        """Return the positions of each piece's children."""
        found: list[list[int]] = [[] for _ in range(len(self))]
        for child, parent in enumerate(self.parent.tolist()):
            if parent >= 0:
                found[parent].append(child)
        return found


def levels_of(evidence_yx: Image, lowest: float) -> NDArray[np.float64]:
    """Return levels in equal ratios from `lowest` to nearly the brightest pixel.

    Parameters
    ----------
    evidence_yx : ndarray of float32, shape (Y, X)
        Height above background.
    lowest : float
        First level, above 0.

    Returns
    -------
    ndarray of float64
        Empty where nothing reaches `lowest`.
    """
    top = float(evidence_yx.max(initial=0.0))
    if top < lowest:
        return np.zeros(0)
    count = 1 + int(np.log(top / lowest) / np.log(LEVEL_RATIO))
    return np.asarray(lowest * LEVEL_RATIO ** np.arange(count), np.float64)


def component_tree(
    evidence_yx: Image, levels: NDArray[np.float64], largest_px: float = np.inf
) -> Tree:
    """Return the connected pieces above each level.

    Parameters
    ----------
    evidence_yx : ndarray of float32, shape (Y, X)
        Height above background.
    levels : ndarray of float64
        Ascending.
    largest_px : float
        Larger pieces, and those smaller than `MIN_AREA_PX`, are left out.

    Returns
    -------
    Tree
    """
    import cv2

    rows: list[tuple[float, int, float, float, bool]] = []
    contours: list[NDArray[np.int32]] = []
    below_yx: NDArray[np.int32] | None = None
    node_of: NDArray[np.intp] = np.zeros(1, np.intp)
    for level in levels.tolist():
        above_yx = (evidence_yx >= level).view(np.uint8)
        n_pieces, pieces_yx = cv2.connectedComponents(above_yx, connectivity=8)
        found, nesting = cv2.findContours(above_yx, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        now = np.full(n_pieces, -1, np.intp)
        for i, contour in enumerate(found):
            if nesting[0][i][3] >= 0 or len(contour) < 6:  # a hole, or a speck
                continue
            area, solidity = area_and_solidity(contour)
            if area < MIN_AREA_PX:
                continue
            x, y = contour[0, 0].tolist()
            parent = -1 if below_yx is None else int(node_of[below_yx[y, x]])
            if area > largest_px:
                continue
            now[pieces_yx[y, x]] = len(rows)
            rows.append((level, parent, area, solidity, _touches(contour, evidence_yx.shape)))
            contours.append(contour)
        below_yx, node_of = pieces_yx, now
    columns = list(zip(*rows, strict=True)) if rows else [()] * 5
    return Tree(
        np.array(columns[0], np.float64),
        np.array(columns[1], np.intp),
        np.array(columns[2], np.float64),
        np.array(columns[3], np.float64),
        tuple(contours),
        np.array(columns[4], np.bool_),
    )


def area_and_solidity(contour: NDArray[np.int32]) -> tuple[float, float]:
    """Return the filled area of an outline in pixels, and its share of the convex hull.

    Parameters
    ----------
    contour : ndarray of int32, shape (M, 1, 2)
        Pixels of the outline, as OpenCV has them.

    Returns
    -------
    tuple of float
        Area (by Pick's theorem: the outline's own pixels count) and solidity.
    """
    import cv2

    area = cv2.contourArea(contour) + cv2.arcLength(contour, True) / 2 + 1
    hull = cv2.convexHull(contour)
    hull_area = cv2.contourArea(hull) + cv2.arcLength(hull, True) / 2 + 1
    return area, min(1.0, area / hull_area)


def largest_outline(mask_yx: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the outline of the largest piece of a mask.

    Parameters
    ----------
    mask_yx : ndarray of bool, shape (Y, X)
        At least one pixel.

    Returns
    -------
    ndarray of int32, shape (M, 1, 2)
        In (x, y), as OpenCV has outlines.
    """
    import cv2

    image = np.ascontiguousarray(mask_yx).view(np.uint8)
    found, _ = cv2.findContours(image, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(max(found, key=cv2.contourArea), np.int32)


def shape_quality(
    mask_yx: NDArray[np.bool_], rule: Rule, diameter_px: float, on_border: bool
) -> float:
    """Return how much a mask looks like one whole object, 0 to 1.

    Parameters
    ----------
    mask_yx : ndarray of bool, shape (Y, X)
        One piece; of several, the largest counts.
    rule : Rule
        What an object looks like.
    diameter_px : float
        Typical diameter.
    on_border : bool
        Whether it is cut by the border of the frame.

    Returns
    -------
    float
    """
    area, solidity = area_and_solidity(largest_outline(mask_yx))
    return float(rule.quality(solidity, area, on_border, diameter_px))


def _touches(contour: NDArray[np.int32], shape: tuple[int, ...]) -> bool:
    import cv2

    x, y, width, height = cv2.boundingRect(contour)
    return x == 0 or y == 0 or x + width == shape[1] or y + height == shape[0]
