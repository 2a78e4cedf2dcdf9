"""Everything: all cells of a frame with their embeddings, from which any are chosen at once.

The network runs once; what is asked afterwards costs milliseconds.
"""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from tracksam.embeddings import Embeddings
from tracksam.errors import InvalidInputError
from tracksam.regions import Regions
from tracksam.steps.finding.judge import Judge


@attrs.frozen
class Everything:
    """All cells of one frame.

    Parameters
    ----------
    regions : Regions
        K cells.
    embeddings : Embeddings
        One row each.

    Raises
    ------
    InvalidInputError
        The lengths differ.
    """

    regions: Regions
    embeddings: Embeddings

    def __attrs_post_init__(self) -> None:
        if len(self.regions) != len(self.embeddings):
            raise InvalidInputError(
                f"{len(self.regions)} regions need as many embeddings, got {len(self.embeddings)}."
            )

    def __len__(self) -> int:
        return len(self.regions)

    def at_points(self, yx: ArrayLike, is_positive: ArrayLike | None = None) -> NDArray[np.intp]:
        """Return which cells points lie in.

        Parameters
        ----------
        yx : array_like, shape (N, 2)
            Positions in pixels.
        is_positive : array_like of bool, shape (N,), optional
            A cell with a negative point is not chosen. Default: all positive.

        Returns
        -------
        ndarray of int
            Ascending. Of cells that overlap, the smallest one at a point.
        """
        points = np.asarray(yx, np.float64).reshape(-1, 2)
        positive = np.ones(len(points), bool) if is_positive is None else np.asarray(is_positive)
        under = [self._under(point) for point in points]
        wanted = {k for k, yes in zip(under, positive, strict=True) if yes and k is not None}
        denied = {k for k, yes in zip(under, positive, strict=True) if not yes}
        return np.array(sorted(wanted - denied), np.intp)

    def in_box(self, box_yxyx: ArrayLike) -> NDArray[np.intp]:
        """Return which cells have their centroid in a box.

        Parameters
        ----------
        box_yxyx : array_like, shape (4,)
            First row and column, end row and column; the ends lie outside.

        Returns
        -------
        ndarray of int
            Ascending.
        """
        y0, x0, y1, x1 = np.asarray(box_yxyx, np.float64)
        y, x = self.regions.centroid_yx.T
        return np.flatnonzero((y >= y0 - 0.5) & (y < y1 - 0.5) & (x >= x0 - 0.5) & (x < x1 - 0.5))

    def like(
        self, judge: Judge, threshold: float, max_count: int | None = None
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return which cells are of the kind that examples show.

        Parameters
        ----------
        judge : Judge
            Of the examples.
        threshold : float
            Least probability.
        max_count : int, optional
            At most so many.

        Returns
        -------
        ndarray of int, ndarray of float64
            The chosen cells, likeliest first, and the probability of every one of the K cells.
        """
        probability = judge.probability(self.embeddings)
        return chosen_of(probability, threshold, max_count), probability

    def _under(self, point: NDArray[np.float64]) -> int | None:
        hits = [k for k in self._near(point) if self.regions.contains(int(k), point)[0]]
        area = [self.regions.crops[k].sum() for k in hits]
        return int(hits[int(np.argmin(area))]) if hits else None

    def _near(self, point: NDArray[np.float64]) -> NDArray[np.intp]:
        box = self.regions.box_yxyx
        return np.flatnonzero(
            ((box[:, :2] <= point + 0.5) & (box[:, 2:] > point - 0.5)).all(axis=1)
        )


def chosen_of(
    probability: NDArray[np.float64], threshold: float, max_count: int | None = None
) -> NDArray[np.intp]:
    """Return what is likely enough, likeliest first.

    Parameters
    ----------
    probability : ndarray of float, shape (K,)
        Of each.
    threshold : float
        Least probability.
    max_count : int, optional
        At most so many.

    Returns
    -------
    ndarray of int
        Positions.
    """
    order = np.argsort(-probability, kind="stable")
    return order[probability[order] >= threshold][:max_count]
