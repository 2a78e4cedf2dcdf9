"""Refine: a second, small network that redraws one mask, knowing image, answers and clicks.

The decoder and the corrections know what the first network said, not the image. Given a mask that
is about right and the points that led to it, this network draws the outline anew, as in
interactive segmentation (Sofiiuk et al. 2022, arXiv:2102.06583).
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano.correct import kept_points
from tracksam.backends.nano.propose import Proposal
from tracksam.backends.nano.request import Window
from tracksam.backends.nano.runtime import Session
from tracksam.backends.nano.seen import Seen

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]

VIEWS = 9
STEP_PX = 16
SMALLEST_PX = 80
_LARGEST_PX = 192
_MARGIN_PX = 10
_SPOT_PX = 2.0  # width of a point's Gaussian
_FLAT = 1e-6


@attrs.frozen(eq=False)
class Patch:
    """What the network sees of one mask.

    Parameters
    ----------
    first_yx : tuple of int
        First row and column, counted from the window's corner; may be negative.
    views : ndarray of float32, shape (9, Y, X)
        Image; foreground and distance; offset from where each pixel's vote fell to the mask's
        centre, in diameters; the mask; other instances; positive and negative points.
    """

    first_yx: tuple[int, int]
    views: Image

    def cut(self, plane_yx: NDArray[Any], start_yx: tuple[int, int] = (0, 0)) -> NDArray[Any]:
        """Return the patch's part of another plane; zeros where the plane ends.

        Parameters
        ----------
        plane_yx : ndarray, shape (Y, X)
            For instance true labels.
        start_yx : tuple of int
            Where the window's corner lies in it.
        """
        first = (self.first_yx[0] + start_yx[0], self.first_yx[1] + start_yx[1])
        return _cut(plane_yx, first, (self.views.shape[1], self.views.shape[2]))


def patch_of(seen: Seen, window: Window, mask: Mask, diameter_px: float) -> Patch | None:
    """Return what the network is to see of a mask.

    Parameters
    ----------
    seen : Seen
        The frame.
    window : Window
        The neighbourhood, with the points.
    mask : ndarray of bool, shape of the window
        At least one pixel.
    diameter_px : float
        Canonical diameter, which scales the offsets.

    Returns
    -------
    Patch or None
        With sides that are multiples of 16; None for a mask that is too large.
    """
    spots = np.concatenate([np.argwhere(mask), window.points])
    low, high = spots.min(axis=0) - _MARGIN_PX, spots.max(axis=0) + _MARGIN_PX + 1
    size = np.maximum(-(-(high - low) // STEP_PX) * STEP_PX, SMALLEST_PX)
    if size.max() > _LARGEST_PX:
        return None
    first = (low + high - size) // 2
    here = (int(first[0]), int(first[1]))
    shape = (int(size[0]), int(size[1]))
    there = (here[0] + window.start_yx[0], here[1] + window.start_yx[1])
    answers = seen.answers
    image_yx = _cut(seen.look.image_yx, there, shape, mode="edge")
    spread = max(float(image_yx.std()), _FLAT)
    centre = np.argwhere(mask).mean(axis=0) - first
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    sees = _cut(answers.foreground, there, shape)
    inner = _cut(mask, here, shape)
    others = (_cut(seen.labels_yx, there, shape) > 0) & ~inner
    views = [
        np.clip((image_yx - image_yx.mean()) / spread, -4, 4),
        2 * sees - 1,
        _cut(answers.distance, there, shape),
        _votes(_cut(answers.offset_yx[0], there, shape) + rows - centre[0], sees, diameter_px),
        _votes(_cut(answers.offset_yx[1], there, shape) + columns - centre[1], sees, diameter_px),
        2.0 * inner - 1,
        others,
        _points(shape, window.points[window.is_positive] - first),
        _points(shape, window.points[~window.is_positive] - first),
    ]
    return Patch(here, np.stack(views).astype(np.float32))


def redrawn(
    session: Session, seen: Seen, window: Window, found: list[Proposal], diameter_px: float
) -> list[Proposal]:
    """Return proposals, the first of them with its outline drawn anew.

    Parameters
    ----------
    session : Session
        The network.
    seen : Seen
        The frame.
    window : Window
        The neighbourhood, with the points.
    found : list of Proposal
        Best first; may be empty.
    diameter_px : float
        Canonical diameter.

    Returns
    -------
    list of Proposal
        The same where a mask is too large for the network. No negative point lies in the first.
    """
    patch = patch_of(seen, window, found[0].mask, diameter_px) if found else None
    if patch is None:
        return found
    mask = kept_points(window, refined(session, patch, window, found[0].mask))
    return [attrs.evolve(found[0], mask=mask), *found[1:]] if mask.any() else found


def refined(session: Session, patch: Patch, window: Window, mask: Mask) -> Mask:
    """Return the mask as the network redraws it.

    Parameters
    ----------
    session : Session
        The network.
    patch : Patch
        Of the mask.
    window : Window
        The neighbourhood.
    mask : ndarray of bool, shape of the window
        What it was; returned itself where the network sees nothing at the positive points.

    Returns
    -------
    ndarray of bool, shape of the window
        In one piece, or one for each positive point.
    """
    (logit,) = session.run(["mask"], {"views": patch.views[None]})
    whole = np.zeros(mask.shape, bool)
    rows, columns = (
        (max(0, first), min(n, first + size))
        for first, n, size in zip(patch.first_yx, mask.shape, logit.shape[2:], strict=True)
    )
    y0, x0 = patch.first_yx
    part = logit[0, 0, rows[0] - y0 : rows[1] - y0, columns[0] - x0 : columns[1] - x0]
    whole[rows[0] : rows[1], columns[0] : columns[1]] = part > 0
    kept = _pieces_at(whole, window)
    return kept if kept.any() else mask


def _pieces_at(mask: Mask, window: Window) -> Mask:
    """Return the pieces under positive points; without points the largest."""
    import cv2

    count, pieces, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=4
    )
    if count <= 1:
        return mask
    chosen = {int(pieces[point]) for point in window.positive} - {0}
    if not window.positive:
        chosen = {1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))}
    return np.isin(pieces, sorted(chosen))


def _votes(away: NDArray[Any], sees: Image, diameter_px: float) -> NDArray[Any]:
    return np.clip(away / diameter_px, -1.5, 1.5) * sees


def _points(shape: tuple[int, int], yx: NDArray[np.int64]) -> Image:
    plane = np.zeros(shape, np.float32)
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    for y, x in yx.tolist():
        away = (rows - y) ** 2 + (columns - x) ** 2
        np.maximum(plane, np.exp(-away / (2 * _SPOT_PX**2)), out=plane, casting="same_kind")
    return plane


def _cut(
    plane_yx: NDArray[Any], first: tuple[int, int], shape: tuple[int, int], mode: Any = "constant"
) -> NDArray[Any]:
    """Return a part of a plane, padded where it reaches beyond."""
    pads, slices = [], []
    for start, size, n in zip(first, shape, plane_yx.shape, strict=True):
        begin, end = min(max(start, 0), n - 1), max(min(start + size, n), 1)
        slices.append(slice(begin, end))
        pads.append((begin - start, start + size - end))
    return np.pad(plane_yx[tuple(slices)], pads, mode=mode)
