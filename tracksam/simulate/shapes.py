"""Label images of cells: how many, where, how close, and which pixels are whose."""

from __future__ import annotations

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError
from tracksam.simulate.canvas import Canvas, Labels, in_one_piece, numbered
from tracksam.simulate.colonies import draw_colonies
from tracksam.simulate.material import depth
from tracksam.simulate.outlines import KINDS, outline

LAYOUTS = (*KINDS, "yeast", "epithelium", "colony")


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
    gap : float
        Width of the ground between cells that meet, in radii, on each side.
    """

    kind: str
    radius_px: float
    density: float
    clustered: bool = False
    pushing: bool = False
    round_share: float = 0.0
    gap: float = 0.0

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
    elif layout.kind == "colony":
        labels_yx = draw_colonies(layout.radius_px, layout.density, shape_yx, rng)
    else:
        labels_yx = _scattered(layout, shape_yx, rng)
    if layout.gap > 0:
        labels_yx[depth(labels_yx) < layout.gap * layout.radius_px + 0.6] = 0
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
    spread = rng.uniform(0.05, 0.3) if rng.random() < 0.85 else 0.55
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
        kind = "round" if rng.random() < 0.7 else "nucleus"
        drawn = canvas.paint(label, outline(kind, radius, rng), yx, 0.85)
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
