"""Failure pictures: each failure before and after, truth in white, the result in colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.evaluate.failures import Failure
from tracksam.masks import Masks
from tracksam.report.film import fitted
from tracksam.report.frame import FrameLook, grounded, id_words, outline_strokes
from tracksam.report.ink import WHITE, Word, drawn
from tracksam.stack import Stack

SIDE_PX, GAP_PX, TEXT_PX = 220, 6, 9
COLUMNS = 2
# A picture shows about so many cell diameters.
DIAMETERS = 5.0


@attrs.frozen
class Scene:
    """A movie, its truth and a result.

    Parameters
    ----------
    stack : Stack
    truth, result : Masks
        Of the same frames.
    """

    stack: Stack
    truth: Masks
    result: Masks


def failure_sheets(
    failures: Sequence[Failure], scene: Scene, most: int = 12
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yield a sheet of pictures for each kind of failure, those never proposed apart.

    Parameters
    ----------
    failures : sequence of Failure
        In any order.
    scene : Scene
        What they are failures of.
    most : int
        Pictures on a sheet; where there are more failures, they are spread over the movie.

    Yields
    ------
    str
        The kind, such as "missed link, never proposed".
    ndarray of uint8, shape (Y, X, 3)
        Red, green, blue: the frame before and the frame of the failure, side by side.
    """
    # Truth may be markers, smaller than cells.
    side = max(_window_px(scene.truth), _window_px(scene.result))
    kinds = {(failure.what, failure.proposed) for failure in failures}
    for kind in sorted(kinds):
        these = [f for f in failures if (f.what, f.proposed) == kind and np.isfinite(f.y_px)]
        spread = np.linspace(0, len(these) - 1, min(most, len(these))).round().astype(int)
        tiles = [_tile(these[i], scene, side) for i in spread.tolist()]
        if tiles:
            yield ", ".join(word for word in kind if word), _sheet(tiles)


def _window_px(masks: Masks) -> int:
    """Half the side of what a picture shows, in pixels of the movie."""
    for labels_yx in masks:
        areas = np.unique(labels_yx[labels_yx > 0], return_counts=True)[1]
        if len(areas):
            return int(max(8, DIAMETERS / 2 * np.sqrt(np.median(areas))))
    return 0


def _tile(failure: Failure, scene: Scene, half: int) -> NDArray[np.uint8]:
    before = max(failure.frame - 1, 0)
    parts = [_part(failure, scene, frame, half) for frame in (before, failure.frame)]
    gap = np.zeros((SIDE_PX, GAP_PX, 3), np.uint8)
    picture = np.concatenate([parts[0], gap, parts[1]], axis=1)
    caption = np.zeros((3 * TEXT_PX, picture.shape[1], 3), np.uint8)
    word = Word(failure.cause, caption.shape[0] / 2, 2, height=TEXT_PX, anchor="left")
    return np.concatenate([picture, drawn(caption, [], [word])])


def _part(failure: Failure, scene: Scene, frame: int, half: int) -> NDArray[np.uint8]:
    truth_yx = scene.truth.frame(frame)
    box = tuple(
        slice(start, start + 2 * half)
        for start in (
            int(np.clip(round(p) - half, 0, max(n - 2 * half, 0)))
            for p, n in zip((failure.y_px, failure.x_px), truth_yx.shape, strict=True)
        )
    )
    look = FrameLook(SIDE_PX / (2 * half), line_px=2, text_px=SIDE_PX / 22)
    ground_yxc = grounded(scene.stack.frame(frame)[box], look.scale)
    labels_yx = scene.result.frame(frame)[box]
    thin = attrs.evolve(look, line_px=1.0)
    true = [attrs.evolve(s, colour=WHITE) for s in outline_strokes(truth_yx[box], thin)]
    strokes = [*outline_strokes(labels_yx, look), *true]
    title = Word(f"frame {frame}", 10, 4, height=TEXT_PX, anchor="left", casing=1.5)
    words = [*id_words(labels_yx, look), title]
    return drawn(fitted(ground_yxc, (SIDE_PX, SIDE_PX)), strokes, words)


def _sheet(tiles: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Tiles in rows, with a rim."""
    height, width = (n + GAP_PX for n in tiles[0].shape[:2])
    n_rows = -(-len(tiles) // COLUMNS)
    sheet: NDArray[np.uint8] = np.full((n_rows * height, COLUMNS * width, 3), 40, np.uint8)
    for k, tile in enumerate(tiles):
        y, x = k // COLUMNS * height, k % COLUMNS * width
        sheet[y : y + tile.shape[0], x : x + tile.shape[1]] = tile
    return sheet
