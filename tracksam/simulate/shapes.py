"""Label images of cells: how many, where, how close, and which pixels are whose."""

from __future__ import annotations

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError
from tracksam.simulate.outlines import KINDS, Polygon, outline

Labels = NDArray[np.int32]
LAYOUTS = (*KINDS, "yeast", "epithelium")


@attrs.define
class Canvas:
    """A label image that is being drawn.

    Parameters
    ----------
    shape_yx : tuple of int
        Height and width in pixels.
    """

    shape_yx: tuple[int, int]
    labels_yx: Labels = attrs.field(init=False)
    level_yx: NDArray[np.float32] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.labels_yx = np.zeros(self.shape_yx, np.int32)
        self.level_yx = np.full(self.shape_yx, np.inf, np.float32)

    def paint(
        self,
        label: int,
        polygon: Polygon,
        yx: NDArray[np.float64],
        min_free: float = 0.0,
        firmness: float = 1.0,
    ) -> bool:
        """Return whether a cell was drawn.

        Where cells overlap, a pixel belongs to the one whose centre is nearer in units of its
        radius, so that neighbours share a smooth border.

        Parameters
        ----------
        label : int
            Pixel value.
        polygon : ndarray, shape (V, 2)
            Outline relative to the centre.
        yx : ndarray, shape (2,)
            Centre; may lie outside the image.
        min_free : float
            Smallest share of the outline's area that must be free; 0: neighbours are pushed
            back, above 0: they keep their pixels.
        firmness : float
            How much farther than its neighbours' the cell's claim reaches, when pushing.
        """
        found = _crop(polygon + yx, self.shape_yx)
        if found is None:
            return False
        crop, inside = found
        here = self.labels_yx[crop]
        if min_free > 0:
            taken = inside & (here == 0)
            if np.count_nonzero(taken) < min_free * np.count_nonzero(inside):
                return False
            here[taken] = label
            return True
        level = _level(crop, polygon, yx) / np.float32(firmness)
        won = inside & (level < self.level_yx[crop])
        here[won] = label
        self.level_yx[crop][won] = level[won]
        return bool(won.any())


def _crop(
    vertices: Polygon, shape_yx: tuple[int, int]
) -> tuple[tuple[slice, slice], NDArray[np.bool_]] | None:
    """Return where in the image an outline lies, and which pixels there are inside it."""
    import cv2

    low = np.maximum(np.floor(vertices.min(0)).astype(int), 0)
    high = np.minimum(np.ceil(vertices.max(0)).astype(int) + 1, shape_yx)
    if (high <= low).any():
        return None
    inside = np.zeros(high - low, np.uint8)
    points = np.rint((vertices - low)[:, ::-1] * 16).astype(np.int32)
    cv2.fillPoly(inside, [points], 1, cv2.LINE_8, 4)
    if not inside.any():
        return None
    return (slice(low[0], high[0]), slice(low[1], high[1])), inside.astype(bool)


def _level(
    crop: tuple[slice, slice], polygon: Polygon, yx: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return each pixel's distance from a centre in the metric of the outline's moments."""
    y, x = (polygon - polygon.sum(0) / len(polygon)).T
    yy, xx, xy = (float(np.dot(a, b)) / len(y) for a, b in ((y, y), (x, x), (y, x)))
    yy, xx = yy + 0.1, xx + 0.1
    scale = 0.5 / (yy * xx - xy * xy)
    dy = (np.arange(crop[0].start, crop[0].stop) - yx[0])[:, None]
    dx = (np.arange(crop[1].start, crop[1].stop) - yx[1])[None, :]
    squared = scale * (xx * dy**2 - 2 * xy * dy * dx + yy * dx**2)
    return np.asarray(squared, np.float32)


def in_one_piece(labels_yx: Labels, min_area_px: int = 12) -> Labels:
    """Return the label image with each label's largest piece only.

    Parameters
    ----------
    labels_yx : ndarray of int, shape (Y, X)
    min_area_px : int
        Labels that are left with fewer pixels vanish.

    Returns
    -------
    ndarray of int32, shape (Y, X)
        The labels keep their values.
    """
    from skimage.measure import label

    pieces = np.asarray(label(labels_yx, connectivity=1))
    area = np.bincount(pieces.ravel())
    first = np.zeros(len(area), np.int64)
    first[pieces.ravel()] = labels_yx.ravel()
    largest = np.zeros(int(labels_yx.max(initial=0)) + 1, np.int64)
    order = np.argsort(area[1:], kind="stable") + 1
    largest[first[order]] = order
    keep = np.zeros(len(area), np.int32)
    winners = largest[1:][(largest[1:] > 0)]
    winners = winners[area[winners] >= min_area_px]
    keep[winners] = first[winners]
    return np.asarray(keep[pieces], np.int32)


def numbered(labels_yx: Labels) -> Labels:
    """Return the label image with labels 1 to K without holes, in the same order.

    Parameters
    ----------
    labels_yx : ndarray of int, shape (Y, X)

    Returns
    -------
    ndarray of int32, shape (Y, X)
    """
    present = np.bincount(labels_yx.ravel()) > 0
    present[0] = False
    new = np.where(present, np.cumsum(present), 0).astype(np.int32)
    return np.asarray(new[labels_yx])


@attrs.frozen
class Layout:
    """What kind of cells a label image shows, and how densely.

    Parameters
    ----------
    kind : str
        One of `LAYOUTS`.
    radius_px : float
        Radius of a disk of the mean cell's area; cells vary by about a fifth.
    density : float
        Summed area of the cells over the area of the image, before overlaps are resolved:
        0.05 sparse, 0.5 crowded, above 1 confluent.
    clustered : bool
        Whether cells sit in colonies.
    pushing : bool
        Whether cells that meet share a smooth border instead of one keeping its outline.
    round_share : float
        Share of the cells that are rounded up, as before division.
    """

    kind: str
    radius_px: float
    density: float
    clustered: bool = False
    pushing: bool = False
    round_share: float = 0.0

    def __attrs_post_init__(self) -> None:
        if self.kind not in LAYOUTS:
            raise InvalidInputError(
                f"the kind of cells must be one of {', '.join(LAYOUTS)}; got {self.kind!r}."
            )


def draw_labels(layout: Layout, shape_yx: tuple[int, int], rng: np.random.Generator) -> Labels:
    """Return a label image of cells at random places.

    Parameters
    ----------
    layout : Layout
    shape_yx : tuple of int
    rng : Generator

    Returns
    -------
    ndarray of int32, shape (Y, X)
        0 is background, cells are 1 to K (K may be 0); each is one connected piece.
    """
    if layout.kind == "epithelium":
        labels_yx = _epithelium(layout, shape_yx, rng)
    elif layout.kind == "yeast":
        labels_yx = _yeast(layout, shape_yx, rng)
    else:
        labels_yx = _scattered(layout, shape_yx, rng)
    return numbered(in_one_piece(labels_yx))


def _count(layout: Layout, shape_yx: tuple[int, int]) -> int:
    expected = layout.density * shape_yx[0] * shape_yx[1] / (math.pi * layout.radius_px**2)
    return int(np.clip(round(expected), 1, 600))


def _centres(
    layout: Layout, n: int, shape_yx: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.float64]:
    r = layout.radius_px
    size = np.array(shape_yx, float)
    if not layout.clustered:
        return _spread(rng.uniform(-0.6 * r, size + 0.6 * r, (3 * n, 2)), n, 1.5 * r, rng)
    colonies = rng.uniform(0, size, (max(1, n // int(rng.integers(4, 14))), 2))
    spread = r * rng.uniform(1.2, 3.0) * math.sqrt(max(1, n / len(colonies)) / 2)
    around = colonies[rng.integers(len(colonies), size=6 * n)]
    candidates = around + rng.normal(0, spread, (6 * n, 2))
    seen = ((candidates > -0.5 * r) & (candidates < size + 0.5 * r)).all(1)
    return _spread(candidates[seen], n, 1.4 * r, rng)


def _spread(
    candidates: NDArray[np.float64], n: int, apart: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Pick n candidates, those far from earlier ones first."""
    kept: list[NDArray[np.float64]] = []
    spare: list[NDArray[np.float64]] = []
    chosen = np.full((n, 2), 1e9)
    for yx in candidates:
        if len(kept) == n:
            break
        near = ((chosen[: len(kept)] - yx) ** 2).sum(1).min(initial=np.inf)
        if near < (apart * rng.uniform(0.75, 1.1)) ** 2:
            spare.append(yx)
            continue
        chosen[len(kept)] = yx
        kept.append(yx)
    return np.array((kept + spare)[:n])


def _scattered(layout: Layout, shape_yx: tuple[int, int], rng: np.random.Generator) -> Labels:
    canvas = Canvas(shape_yx)
    spread = rng.uniform(0.05, 0.3)
    for i, yx in enumerate(_centres(layout, _count(layout, shape_yx), shape_yx, rng)):
        is_round = rng.random() < layout.round_share
        radius = layout.radius_px * np.exp(rng.normal(0, spread))
        if is_round:
            polygon = outline("round", 0.6 * radius, rng)
        else:
            polygon = outline(layout.kind, radius, rng)
        pushing = layout.pushing and not is_round
        canvas.paint(i + 1, polygon, yx, 0.0 if pushing else 0.75)
    return canvas.labels_yx


def _yeast(layout: Layout, shape_yx: tuple[int, int], rng: np.random.Generator) -> Labels:
    """Draw mothers, most with a bud that touches them."""
    canvas = Canvas(shape_yx)
    label = 0
    for yx in _centres(layout, _count(layout, shape_yx), shape_yx, rng):
        radius = layout.radius_px * np.exp(rng.normal(0, 0.12))
        label += 1
        drawn = canvas.paint(label, outline("round", radius, rng), yx, 0.85)
        if drawn and rng.random() < 0.6:
            bud = radius * rng.uniform(0.3, 0.9)
            angle = rng.uniform(0, 2 * np.pi)
            away = (0.95 * radius + 0.9 * bud) * np.array([np.cos(angle), np.sin(angle)])
            label += 1
            canvas.paint(label, outline("round", bud, rng), yx + away, 0.6)
    return canvas.labels_yx


def _epithelium(layout: Layout, shape_yx: tuple[int, int], rng: np.random.Generator) -> Labels:
    """Draw a sheet: the Voronoi cells of jittered points, with waves, and holes when sparse."""
    import cv2

    r = layout.radius_px
    pad = int(2 * r) + 4
    big = (shape_yx[0] + 2 * pad, shape_yx[1] + 2 * pad)
    n = max(4, int(big[0] * big[1] / (math.pi * r * r)))
    candidates = rng.uniform(0, np.array(big) - 1, (6 * n, 2))
    points = np.rint(_spread(candidates, n, 1.6 * r, rng)).astype(int)
    seeds = np.ones(big, np.uint8)
    seeds[points[:, 0], points[:, 1]] = 0
    _, nearest = cv2.distanceTransformWithLabels(
        seeds, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    waves = _wave_map(big, r, rng)
    warped = cv2.remap(nearest.astype(np.float32), *waves, cv2.INTER_NEAREST)
    labels_yx = warped[pad:-pad, pad:-pad].astype(np.int32)
    holes = rng.random(labels_yx.max() + 1) > min(1.0, layout.density)
    labels_yx[holes[labels_yx]] = 0
    return labels_yx


def _wave_map(
    shape_yx: tuple[int, int], radius_px: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    import cv2

    size = radius_px * rng.uniform(0.0, 0.15)
    rows, columns = np.mgrid[: shape_yx[0], : shape_yx[1]].astype(np.float32)
    coarse = (max(2, int(shape_yx[1] / radius_px * 2)), max(2, int(shape_yx[0] / radius_px * 2)))
    waves = rng.normal(0, size, (2, coarse[1], coarse[0])).astype(np.float32)
    dy, dx = (cv2.resize(w, shape_yx[::-1], interpolation=cv2.INTER_CUBIC) for w in waves)
    return columns + dx, rows + dy
