"""Clicks played on stills with truth: masks as they come, and what they should have been."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano.backend import Nano
from tracksam.backends.nano.normalise import without_hot_pixels
from tracksam.backends.nano.propose import proposals
from tracksam.backends.nano.refine import SMALLEST_PX, patch_of, redrawn
from tracksam.backends.nano.request import window_of
from tracksam.backends.nano.scale import look
from tracksam.backends.nano.seen import Seen, see
from tracksam.backends.request import Request
from tracksam.training.augment import relit
from tracksam.training.crops import resized_labels
from tracksam.training.figures import largest_error, random_inside
from tracksam.training.stills import Source, Still

_CLICKS = 4
_CELLS = 14  # of a still
_SCALE_SPREAD = 0.3  # log2, of the cells' size about the working one
_LARGEST_LOOK_PX = 800_000


@attrs.frozen(eq=False)
class Played:
    """One mask after some clicks, and what it should have been.

    Parameters
    ----------
    views : ndarray of float16, shape (9, 80, 80)
        As `refine.Patch` has them.
    truth : ndarray of bool, shape (80, 80)
        The cell.
    """

    views: NDArray[np.float16]
    truth: NDArray[np.bool_]


def played(nano: Nano, still: Still, cells: int, rng: np.random.Generator) -> Iterator[Played]:
    """Yield what a person who clicks would see on some cells of a still, after each click.

    Parameters
    ----------
    nano : Nano
        Answers to the clicks; what it redraws, if it has a network for that, is where errors are
        looked for.
    still : Still
        With truth.
    cells : int
        How many of its cells at most.
    rng : Generator
        Draws size, light, cells and first clicks.
    """
    diameter = still.diameter_px()
    if len(diameter) < 2:
        return
    wanted = nano.model.card.working_px * 2 ** rng.normal(0, _SCALE_SPREAD)
    scale = min(wanted / float(np.median(diameter[1:])), 3.0)
    if still.image_yx.size * scale**2 > _LARGEST_LOOK_PX:
        return
    seen, labels_yx = _at_scale(nano, still, scale, rng)
    found = np.unique(labels_yx[labels_yx > 0])
    for label in rng.permutation(found)[:cells]:
        yield from _played_on(nano, seen, labels_yx == label, rng)


def _at_scale(
    nano: Nano, still: Still, scale: float, rng: np.random.Generator
) -> tuple[Seen, NDArray[np.int32]]:
    """Return a still as nano sees it under some light, as if it had been taken at that scale."""
    low, high = np.percentile(still.image_yx, [0.1, 99.9])
    image_yx = relit((still.image_yx - low) / np.float32(max(high - low, 1e-6)), rng)
    at_scale = look(nano.model, without_hot_pixels(image_yx), scale)
    shape = (at_scale.image_yx.shape[0], at_scale.image_yx.shape[1])
    seen = see(nano.model, at_scale.image_yx, at_scale, nano.decoding)
    return seen, resized_labels(still.labels_yx, shape)


def _played_on(
    nano: Nano, seen: Seen, truth: NDArray[np.bool_], rng: np.random.Generator
) -> Iterator[Played]:
    canonical = nano.model.card.canonical_px
    points, positive = [random_inside(truth, rng)], [True]
    for _ in range(_CLICKS):
        request = Request(1, np.array(points, np.float64), np.array(positive))
        window = window_of(seen, request, 1.2 * canonical)
        found = proposals(window, seen.score, 0.5 * canonical)
        if not found:
            return
        mask = found[0].mask
        patch = patch_of(seen, window, mask, canonical)
        if patch is None or patch.views.shape[1:] != (SMALLEST_PX, SMALLEST_PX):
            return
        cell = patch.cut(truth, window.start_yx)
        yield Played(patch.views.astype(np.float16), cell)
        if nano.model.refiner is not None:
            mask = redrawn(nano.model.refiner, seen, window, found, canonical)[0].mask
        whole = np.zeros_like(truth)
        y, x = window.start_yx
        whole[y : y + mask.shape[0], x : x + mask.shape[1]] = mask
        point, is_inside = largest_error(truth, whole)
        points.append(point)
        positive.append(is_inside)


def play(nano: Nano, source: Source, stills: int, rng: np.random.Generator) -> list[Played]:
    """Return what is seen on some stills of a source.

    Parameters
    ----------
    nano : Nano
        Answers to the clicks.
    source : callable
        Draws a still.
    stills : int
        How many.
    rng : Generator
        Draws all.
    """
    return [one for _ in range(stills) for one in played(nano, source(rng), _CELLS, rng)]
