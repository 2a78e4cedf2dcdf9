"""Cells as values, and the map from every pixel to its place inside its cell."""

from __future__ import annotations

from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam._arrays import array_field, same_length
from tracksam.simulate.canvas import Labels

Image = NDArray[np.float32]


@attrs.frozen
class Cells:
    """N cells of one image: where each is, and how it looks.

    A cell's own coordinates (u, v) run along its axes and are 1 at the ends of its ellipse; what
    is drawn in them moves, turns and grows with the cell.

    Parameters
    ----------
    label : array of int, shape (N,)
        Pixel value in the label image.
    yx : array of float, shape (N, 2)
        Centre in pixels.
    angle : array of float, shape (N,)
        Of the u axis, in radians from the row axis towards the column axis.
    axes : array of float, shape (N, 2)
        Half lengths of the ellipse along u and v in pixels.
    reference_axes : array of float, shape (N, 2)
        Half lengths at which the cell's texture has its natural size.
    nucleus : array of float, shape (N, 3)
        Centre u, v and radius of the nucleus in the cell's coordinates.
    brightness : array of float, shape (N,)
        Around 1.
    rounding : array of float, shape (N,)
        0 for a spread cell, 1 for a ball (in mitosis, or dead).
    condensation : array of float, shape (N,)
        0 for a nucleus in interphase, 1 for condensed chromatin.
    texture_yx : array of float, shape (N, 2)
        Where in the texture bank the cell's texture is taken.
    """

    label: NDArray[np.int64] = array_field(np.int64, None)
    yx: NDArray[np.float64] = array_field(np.float64, None, 2)
    angle: NDArray[np.float64] = array_field(np.float64, None)
    axes: NDArray[np.float64] = array_field(np.float64, None, 2)
    reference_axes: NDArray[np.float64] = array_field(np.float64, None, 2)
    nucleus: NDArray[np.float64] = array_field(np.float64, None, 3)
    brightness: NDArray[np.float64] = array_field(np.float64, None)
    rounding: NDArray[np.float64] = array_field(np.float64, None)
    condensation: NDArray[np.float64] = array_field(np.float64, None)
    texture_yx: NDArray[np.float64] = array_field(np.float64, None, 2)

    def __attrs_post_init__(self) -> None:
        same_length(**{a.name: getattr(self, a.name) for a in attrs.fields(type(self))})

    def __len__(self) -> int:
        return len(self.label)

    @classmethod
    def of_labels(cls, labels_yx: Labels, rng: np.random.Generator) -> Self:
        """Return cells with the places and sizes of a label image's, and random looks.

        Parameters
        ----------
        labels_yx : ndarray of int, shape (Y, X)
        rng : Generator
        """
        label, area, yx, angle, axes = _moments(labels_yx)
        n = len(label)
        depth_yx = depth(labels_yx)
        deepest, inradius = _deepest(labels_yx, depth_yx, label)
        shift = _turned(deepest - yx, -angle) / axes
        size = np.minimum(rng.uniform(0.4, 0.6, n), 0.8 * inradius / axes.min(1).clip(1))
        is_round = inradius**2 * np.pi > 0.72 * area
        rounding = np.where(is_round & (rng.random(n) < 0.6), rng.uniform(0.5, 1.0, n), 0.0)
        spread = rng.choice([0.1, 0.35, 0.8])
        return cls(
            label=label,
            yx=yx,
            angle=angle,
            axes=axes,
            reference_axes=axes,
            nucleus=np.column_stack([shift + rng.normal(0, 0.04, (n, 2)), size]),
            brightness=np.exp(rng.normal(0, spread, n)),
            rounding=rounding,
            condensation=np.where(rng.random(n) < 0.05, rng.uniform(0.5, 1, n), 0.0),
            texture_yx=rng.uniform(0, 512, (n, 2)),
        )


def _turned(vectors: NDArray[np.float64], angle: NDArray[np.float64]) -> NDArray[np.float64]:
    cos, sin = np.cos(angle), np.sin(angle)
    y, x = vectors.T
    return np.stack([cos * y - sin * x, sin * y + cos * x], 1)


def _moments(labels_yx: Labels) -> tuple[NDArray[Any], ...]:
    """Return label, area, centroid, angle and half axes of each label's ellipse."""
    y, x = np.nonzero(labels_yx)
    values = labels_yx[y, x]
    n = int(labels_yx.max(initial=0)) + 1
    count = np.bincount(values, minlength=n)
    label = np.flatnonzero(count)
    area = count[label].astype(float)
    cy = np.bincount(values, y, n)[label] / area
    cx = np.bincount(values, x, n)[label] / area
    place = np.zeros((2, n))
    place[:, label] = cy, cx
    dy, dx = y - place[0][values], x - place[1][values]
    yy = np.bincount(values, dy * dy, n)[label] / area + 1 / 12
    xx = np.bincount(values, dx * dx, n)[label] / area + 1 / 12
    yx = np.bincount(values, dy * dx, n)[label] / area
    angle = 0.5 * np.arctan2(2 * yx, yy - xx)
    mean, spread = (yy + xx) / 2, np.hypot((yy - xx) / 2, yx)
    axes = 2 * np.sqrt(np.stack([mean + spread, np.maximum(mean - spread, 1 / 12)], 1))
    return label, area, np.stack([cy, cx], 1), angle, axes


def depth(labels_yx: Labels) -> Image:
    """Return how deep each pixel lies inside its cell.

    Parameters
    ----------
    labels_yx : ndarray of int, shape (Y, X)

    Returns
    -------
    ndarray of float32, shape (Y, X)
        Distance in pixels to the nearest pixel of another label; 0 in the background. The edge
        of the image is no border: a cell goes on beyond it.
    """
    import cv2

    inner = (labels_yx > 0).astype(np.uint8)
    down = labels_yx[1:] != labels_yx[:-1]
    right = labels_yx[:, 1:] != labels_yx[:, :-1]
    inner[1:][down] = 0
    inner[:-1][down & (labels_yx[:-1] > 0) & (labels_yx[1:] > 0)] = 0
    inner[:, 1:][right] = 0
    inner[:, :-1][right & (labels_yx[:, :-1] > 0) & (labels_yx[:, 1:] > 0)] = 0
    distance = cv2.distanceTransform(inner, cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray((distance + np.float32(0.5)) * (labels_yx > 0), np.float32)


def _deepest(
    labels_yx: Labels, depth_yx: Image, label: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each label's deepest pixel and its depth."""
    largest = np.zeros(int(labels_yx.max(initial=0)) + 1, np.float32)
    np.maximum.at(largest, labels_yx.ravel(), depth_yx.ravel())
    y, x = np.nonzero((depth_yx >= largest[labels_yx]) & (labels_yx > 0))
    where = np.zeros((len(largest), 2))
    where[labels_yx[y, x]] = np.stack([y, x], 1)
    return where[label], largest[label].astype(np.float64)


@attrs.frozen(eq=False)
class Material:
    """Which cell each pixel belongs to, and where in the cell it lies.

    Parameters
    ----------
    cells : Cells
        N cells.
    index_yx : array of int, shape (Y, X)
        1 + the row of the pixel's cell in `cells`; 0 outside cells.
    u_yx, v_yx : array of float32, shape (Y, X)
        The pixel in its cell's coordinates; 0 outside cells.
    depth_yx : array of float32, shape (Y, X)
        Distance in pixels to the cell's border.
    share_yx : array of float32, shape (Y, X)
        Depth over the cell's largest: 0 at its border, 1 at its deepest.
    """

    cells: Cells
    index_yx: Labels
    u_yx: Image
    v_yx: Image
    depth_yx: Image
    share_yx: Image

    @classmethod
    def of(cls, labels_yx: Labels, cells: Cells) -> Self:
        """Return the map of a label image whose labels are those of `cells`.

        Parameters
        ----------
        labels_yx : ndarray of int, shape (Y, X)
        cells : Cells
            May hold cells that are not in the image.
        """
        top = max(int(labels_yx.max(initial=0)), int(cells.label.max(initial=0))) + 1
        row = np.zeros(top, np.int32)
        row[cells.label] = np.arange(1, len(cells) + 1)
        index_yx = row[labels_yx]
        dy = np.arange(labels_yx.shape[0], dtype=np.float32)[:, None]
        dx = np.arange(labels_yx.shape[1], dtype=np.float32)[None, :]
        dy = dy - _looked_up(cells.yx[:, 0], index_yx)
        dx = dx - _looked_up(cells.yx[:, 1], index_yx)
        along, across = np.cos(cells.angle), np.sin(cells.angle)
        inside = index_yx > 0
        cos, sin = (_looked_up(a, index_yx) for a in (along, across))
        first, second = (_looked_up(1 / a, index_yx) for a in cells.axes.T)
        depth_yx = depth(labels_yx)
        largest = np.full(len(cells) + 1, 1e-6, np.float32)
        np.maximum.at(largest, index_yx.ravel(), depth_yx.ravel())
        return cls(
            cells=cells,
            index_yx=index_yx,
            u_yx=(cos * dy + sin * dx) * first * inside,
            v_yx=(cos * dx - sin * dy) * second * inside,
            depth_yx=depth_yx,
            share_yx=depth_yx / largest[index_yx],
        )

    @property
    def inside_yx(self) -> Image:
        """1 inside cells, 0 outside."""
        return (self.index_yx > 0).astype(np.float32)

    def spread(self, values: NDArray[np.float64]) -> Image:
        """Return each pixel's cell's value of `values`, shape (N,); 0 outside cells."""
        return _looked_up(values, self.index_yx)

    def nuclei(self, softness: float = 0.08) -> Image:
        """Return 1 inside nuclei, 0 outside, with an edge that is `softness` of a cell wide."""
        u, v, radius = (self.spread(column) for column in self.cells.nucleus.T)
        u, v = self.u_yx - u, self.v_yx - v
        squared = u**2 + v**2 + np.float32(1e-6)
        # cos(2 t + phase) of the direction t from the nucleus's centre: no nucleus is an ellipse
        phase = self.cells.texture_yx[:, 0]
        bent = self.spread(np.cos(phase)) * (u**2 - v**2) - self.spread(np.sin(phase)) * 2 * u * v
        distance = np.sqrt(squared) * (1 + np.float32(0.1) * bent / squared)
        edge = np.clip((radius - distance) / np.float32(softness) + 0.5, 0, 1)
        return np.asarray(edge * self.inside_yx, np.float32)

    def near_nucleus(self, width: float = 1.5) -> Image:
        """Return a hump of height 1 over each nucleus, `width` nucleus radii wide."""
        u, v, radius = (self.spread(column) for column in self.cells.nucleus.T)
        squared = (self.u_yx - u) ** 2 + (self.v_yx - v) ** 2
        hump = np.exp(-squared / (2 * (width * radius) ** 2 + np.float32(1e-6)))
        return np.asarray(hump * self.inside_yx, np.float32)


def _looked_up(values: NDArray[np.float64], index_yx: Labels) -> Image:
    table = np.concatenate([[0.0], values]).astype(np.float32)
    return table.take(index_yx)
