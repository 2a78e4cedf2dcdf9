"""Scenes of simulated cells, and prompts for them as a person or a point tracker gives them."""

from __future__ import annotations

from typing import Any

import attrs
import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tracksam.backends.sam.rgb import to_rgb

_STILL_PX = 176
_STYLES = ("nuclei", "cytoplasm", "nuclei", "discs", "discs")
_DIAMETERS_PX = (14.0, 34.0)
_EMPTY_SHARE = 0.06
_LARGEST_SHARE = 0.5
_TOUCHING_SHARE = 0.5
_KINDS = {"point": 0.35, "points": 0.3, "box": 0.15, "box and points": 0.2}
MASK_LOGIT = 6.0
"""Logit of a pixel that a mask prompt holds; of others its negative."""


@attrs.frozen(eq=False)
class Scene:
    """One image as the network sees it.

    Parameters
    ----------
    image_yxc : ndarray of uint8, shape (side, side, 3)
        Zeros below and to the right of a frame that is not square.
    labels_yx : ndarray of int32, shape (side, side)
        Its cells.
    seen_yx : tuple of int
        Rows and columns that are no padding.
    """

    image_yxc: NDArray[np.uint8]
    labels_yx: NDArray[np.int32]
    seen_yx: tuple[int, int]


@attrs.frozen(eq=False)
class Asks:
    """N prompts of one kind, and the true masks.

    Parameters
    ----------
    xy : ndarray, shape (N, P, 2)
        Points; P may be 0.
    is_positive : ndarray of bool, shape (N, P)
        Which of them lie in the object.
    box_xyxy : ndarray, shape (N, 4), or None
        Boxes.
    previous_nyx : ndarray of float32, shape (N, 1, side / 2, side / 2), or None
        Mask prompts.
    truth_nyx : ndarray of bool, shape (N, side, side)
        What is meant.
    """

    xy: NDArray[np.float32]
    is_positive: NDArray[np.bool_]
    box_xyxy: NDArray[np.float32] | None
    previous_nyx: NDArray[np.float32] | None
    truth_nyx: NDArray[np.bool_]

    def points(self) -> tuple[Tensor, Tensor] | None:
        """Return the points as the prompt encoder takes them."""
        if not self.xy.shape[1]:
            return None
        return torch.from_numpy(self.xy), torch.from_numpy(self.is_positive.astype(np.float32))

    def boxes(self) -> Tensor | None:
        """Return the boxes as the prompt encoder takes them."""
        return None if self.box_xyxy is None else torch.from_numpy(self.box_xyxy)

    def masks(self) -> Tensor | None:
        """Return the mask prompts as the prompt encoder takes them."""
        return None if self.previous_nyx is None else torch.from_numpy(self.previous_nyx)


def scene_pool(
    count: int, rng: np.random.Generator
) -> list[tuple[NDArray[Any], NDArray[np.int32]]]:
    """Return simulated stills: images and labels.

    Parameters
    ----------
    count : int
        How many.
    rng : Generator
        Draws all.
    """
    return [_still(_STYLES[i % len(_STYLES)], rng) for i in range(count)]


def _still(style: str, rng: np.random.Generator) -> tuple[NDArray[Any], NDArray[np.int32]]:
    from tracksam.simulate.stills import still

    diameter = float(np.exp(rng.uniform(*np.log(_DIAMETERS_PX))))
    if style == "discs":
        return _discs(diameter, rng)
    image_yx, labels_yx = still(rng, (_STILL_PX, _STILL_PX), style, diameter)
    return image_yx, np.asarray(labels_yx, np.int32)


def _discs(diameter: float, rng: np.random.Generator) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """Bright discs on dark ground, some of which touch."""
    labels_yx = np.zeros((_STILL_PX, _STILL_PX), np.int32)
    rows, columns = np.mgrid[:_STILL_PX, :_STILL_PX]
    image_yx = np.full(labels_yx.shape, 0.15, np.float32)
    y = x = radius = before = 0.0
    for number in range(1, int(rng.integers(3, 40))):
        before, radius = radius, diameter / 2 * rng.uniform(0.7, 1.3)
        if before and rng.random() < _TOUCHING_SHARE:
            angle = rng.uniform(0, 2 * np.pi)
            y, x = y + (before + radius) * np.sin(angle), x + (before + radius) * np.cos(angle)
        else:
            y, x = rng.uniform(0, _STILL_PX, 2)
        distance_yx = np.hypot(rows - y, columns - x) - radius
        taken_yx = (distance_yx < 0) & (labels_yx > 0)
        if taken_yx.sum() > 0.12 * np.pi * radius**2:
            continue
        labels_yx[(distance_yx <= 0) & (labels_yx == 0)] = number
        bright = rng.uniform(0.7, 1.0)
        edge_yx = 1 / (1 + np.exp(np.clip(rng.uniform(1, 3) * (distance_yx - 0.5), -50, 50)))
        image_yx = np.maximum(image_yx, 0.15 + bright * edge_yx * 0.8)
    noise_yx = rng.standard_normal(labels_yx.shape) * rng.uniform(0.005, 0.06)
    return (image_yx + noise_yx).astype(np.float32), labels_yx


def random_scene(
    pool: list[tuple[NDArray[Any], NDArray[np.int32]]], side_px: int, rng: np.random.Generator
) -> Scene:
    """Return a random part of a random still: turned, mirrored, scaled, padded.

    Parameters
    ----------
    pool : list
        Of `scene_pool`.
    side_px : int
        Side of the square that the network sees.
    rng : Generator
        Draws all.
    """
    image_yx, labels_yx = pool[int(rng.integers(len(pool)))]
    short = round(side_px * float(rng.choice([1.0, rng.uniform(0.6, 1)])))
    seen = (side_px, short) if rng.random() < 0.5 else (short, side_px)
    zoom = rng.uniform(0.75, 1.4)
    part = [min(_STILL_PX, max(8, round(n / zoom))) for n in seen]
    y, x = (int(rng.integers(_STILL_PX - n + 1)) for n in part)
    window = (slice(y, y + part[0]), slice(x, x + part[1]))
    image_yxc = to_rgb(image_yx[window][:, :, None])
    image_yxc = np.asarray(cv2.resize(image_yxc, seen[::-1], interpolation=cv2.INTER_LINEAR))
    cells_yx = cv2.resize(
        labels_yx[window].astype(np.float32), seen[::-1], interpolation=cv2.INTER_NEAREST
    )
    image_yxc, cells_yx = _turned(image_yxc, np.asarray(cells_yx), rng)
    missing = [(0, side_px - n) for n in cells_yx.shape]
    # The padding is zero after normalisation, which is the mean colour here.
    mean = np.array([124, 116, 104], np.uint8)
    padded_yxc = np.broadcast_to(mean, (side_px, side_px, 3)).copy()
    padded_yxc[: cells_yx.shape[0], : cells_yx.shape[1]] = image_yxc
    labels_px = np.pad(cells_yx, missing).astype(np.int32)
    return Scene(padded_yxc, labels_px, (cells_yx.shape[0], cells_yx.shape[1]))


def _turned(
    image_yxc: NDArray[np.uint8], labels_yx: NDArray[Any], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[Any]]:
    if rng.random() < 0.5:
        image_yxc, labels_yx = image_yxc.transpose(1, 0, 2), labels_yx.T
    for axis in (0, 1):
        if rng.random() < 0.5:
            image_yxc, labels_yx = np.flip(image_yxc, axis), np.flip(labels_yx, axis)
    return image_yxc, labels_yx


def random_asks(scene: Scene, count: int, rng: np.random.Generator) -> Asks:
    """Return prompts of one random kind for random cells of a scene.

    Parameters
    ----------
    scene : Scene
        Where no cell is, and now and then elsewhere, a point on the ground is asked for, which
        means nothing.
    count : int
        How many.
    rng : Generator
        Draws all.
    """
    found, area = np.unique(scene.labels_yx, return_counts=True)
    found = found[(found > 0) & (area < _LARGEST_SHARE * scene.labels_yx.size)]
    kind = str(rng.choice(list(_KINDS), p=list(_KINDS.values()))) if len(found) else "point"
    n_positive = {"point": 1, "points": int(rng.integers(2, 9)), "box": 0}.get(
        kind, int(rng.integers(1, 9))
    )
    n_negative = 0 if kind in ("point", "box") else int(rng.integers(0, 6))
    with_previous = kind not in ("point", "box") and rng.random() < 0.5
    truth, xy, boxes, previous = [], [], [], []
    for _ in range(count):
        is_ground = kind == "point" and (not len(found) or rng.random() < _EMPTY_SHARE)
        mask_yx = _ground(scene) if is_ground or not len(found) else _cell(scene, found, rng)
        inside = _some(mask_yx, n_positive, rng)
        outside = _some(_around(mask_yx, scene), n_negative, rng)
        xy.append(np.concatenate([inside, outside])[:, ::-1])
        boxes.append(_loose_box(mask_yx, rng))
        previous.append(_previous(mask_yx, rng))
        truth.append(np.zeros_like(mask_yx) if is_ground or not len(found) else mask_yx)
    flags = np.zeros((count, n_positive + n_negative), bool)
    flags[:, :n_positive] = True
    return Asks(
        np.array(xy, np.float32).reshape(count, n_positive + n_negative, 2),
        flags,
        np.array(boxes, np.float32) if "box" in kind else None,
        np.array(previous, np.float32)[:, None] if with_previous else None,
        np.array(truth),
    )


def _cell(scene: Scene, found: NDArray[Any], rng: np.random.Generator) -> NDArray[np.bool_]:
    return np.asarray(scene.labels_yx == rng.choice(found))


def _ground(scene: Scene) -> NDArray[np.bool_]:
    """All ground that is no padding and not beside a cell."""
    seen_yx = np.zeros(scene.labels_yx.shape, bool)
    seen_yx[: scene.seen_yx[0], : scene.seen_yx[1]] = True
    near_yx = cv2.dilate((scene.labels_yx > 0).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    ground_yx = seen_yx & ~near_yx
    return np.asarray(ground_yx if ground_yx.any() else seen_yx)


def _around(mask_yx: NDArray[np.bool_], scene: Scene) -> NDArray[np.bool_]:
    """Other cells nearby, else the ground nearby."""
    reach = np.ones((25, 25), np.uint8)
    near_yx = (cv2.dilate(mask_yx.astype(np.uint8), reach) > 0) & ~mask_yx
    others_yx = near_yx & (scene.labels_yx > 0)
    chosen_yx = others_yx if others_yx.sum() > 9 else near_yx
    return np.asarray(chosen_yx if chosen_yx.any() else ~mask_yx)


def _some(mask_yx: NDArray[np.bool_], count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    pixels = np.argwhere(mask_yx)
    chosen = pixels[rng.integers(len(pixels), size=count)]
    return np.asarray(chosen, np.float32).reshape(-1, 2)


def _loose_box(mask_yx: NDArray[np.bool_], rng: np.random.Generator) -> tuple[float, ...]:
    rows, columns = np.flatnonzero(mask_yx.any(1)), np.flatnonzero(mask_yx.any(0))
    box = np.array([columns[0], rows[0], columns[-1], rows[-1]], float)
    sides = np.tile(box[2:] - box[:2] + 1, 2)
    box += rng.normal(0, 0.05, 4) * sides + np.array([-1, -1, 1, 1]) * rng.uniform(0, 0.15) * sides
    return tuple(np.clip(box, 0, len(mask_yx) - 1).tolist())


def _previous(mask_yx: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.float32]:
    """The mask as it was: a little elsewhere, a little larger or smaller."""
    shift = np.rint(rng.normal(0, 1.5, 2)).astype(int)
    moved = np.roll(mask_yx, tuple(shift.tolist()), (0, 1)).astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    change = int(rng.integers(-1, 2))
    if change:
        moved = np.asarray((cv2.dilate if change > 0 else cv2.erode)(moved, kernel))
    half = cv2.resize(
        moved.astype(np.float32), (len(moved) // 2, len(moved) // 2), interpolation=cv2.INTER_AREA
    )
    return np.asarray((2 * half - 1) * MASK_LOGIT, np.float32)
