"""Ink: lines and words as values, and the one function that draws them."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]
WHITE: Colour = (245, 246, 248)
BLACK: Colour = (0, 0, 0)
_SHIFT = 4  # OpenCV takes positions in 1/16 of a pixel
_RIM_COPIES = 8
_FONT_HEIGHT = 22.0  # of a capital letter of OpenCV's simplex font at scale 1


@attrs.frozen(eq=False)
class Stroke:
    """A line through points.

    Parameters
    ----------
    yx : ndarray, shape (N, 2)
        Row and column in pixels of the picture; (0, 0) is the centre of its first pixel.
    colour : tuple of int
        Red, green, blue.
    width : float
        In pixels.
    opacity : float
        0 to 1.
    is_closed : bool
        Whether the last point is joined to the first.
    casing : float
        Width of the dark rim on both sides, so that the line is seen on light ground; 0: none.
    """

    yx: NDArray[np.float64]
    colour: Colour = WHITE
    width: float = 1
    opacity: float = 1
    is_closed: bool = False
    casing: float = 0


@attrs.frozen
class Word:
    """A short text.

    Parameters
    ----------
    text : str
        One line.
    y, x : float
        Middle of the text's height; and its middle, left or right end by `anchor`.
    colour : tuple of int
        Red, green, blue.
    height : float
        Of a capital letter, in pixels.
    anchor : {"middle", "left", "right"}
        Which point of the text lies at `x`.
    casing : float
        Width of the dark rim; 0: none.
    """

    text: str
    y: float
    x: float
    colour: Colour = WHITE
    height: float = 10
    anchor: str = "middle"
    casing: float = 0

    @property
    def box_yxyx(self) -> tuple[float, float, float, float]:
        """The rectangle that the text covers."""
        import cv2

        (width, _), _ = cv2.getTextSize(
            self.text, cv2.FONT_HERSHEY_SIMPLEX, self._scale, self._width
        )
        left = self.x - {"left": 0.0, "middle": width / 2, "right": width}[self.anchor]
        return self.y - self.height / 2, left, self.y + self.height / 2, left + width

    @property
    def _scale(self) -> float:
        return self.height / _FONT_HEIGHT

    @property
    def _width(self) -> int:
        return max(1, round(self.height / 9))


def drawn(
    picture_yxc: NDArray[np.uint8], strokes: Iterable[Stroke], words: Iterable[Word] = ()
) -> NDArray[np.uint8]:
    """Return a picture with lines and, above them, words.

    Parameters
    ----------
    picture_yxc : ndarray of uint8, shape (Y, X, 3)
        Red, green, blue; is not changed.
    strokes : iterable of Stroke
        In order, later ones above; but every casing below every line.
    words : iterable of Word
        In order.

    Returns
    -------
    ndarray of uint8, shape (Y, X, 3)
    """
    canvas = np.array(picture_yxc, np.uint8, order="C")
    strokes = list(strokes)
    for stroke in strokes:
        if stroke.casing:
            width = stroke.width + 2 * stroke.casing
            rim = attrs.evolve(stroke, colour=BLACK, width=width, opacity=0.55 * stroke.opacity)
            _line(canvas, rim)
    for stroke in strokes:
        _line(canvas, stroke)
    for word in words:
        _word(canvas, word)
    return canvas


def _line(canvas: NDArray[np.uint8], stroke: Stroke) -> None:
    """Draw on the canvas, blending only where the line lies."""
    import cv2

    width = max(1, round(stroke.width))
    if len(stroke.yx) == 0:
        return
    low = np.maximum(np.floor(stroke.yx.min(axis=0)).astype(int) - width - 1, 0)
    high = np.minimum(np.ceil(stroke.yx.max(axis=0)).astype(int) + width + 2, canvas.shape[:2])
    if (high <= low).any():
        return
    part = canvas[low[0] : high[0], low[1] : high[1]]
    layer = part.copy()
    xy = np.rint((stroke.yx - low)[:, ::-1] * 2**_SHIFT).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(layer, [xy], stroke.is_closed, stroke.colour, width, cv2.LINE_AA, _SHIFT)
    if stroke.opacity < 1:
        part[:] = cv2.addWeighted(layer, stroke.opacity, part, 1 - stroke.opacity, 0)
        return
    part[:] = layer


def _word(canvas: NDArray[np.uint8], word: Word) -> None:
    """Write on the canvas. The rim is the word itself, moved: a pen can be too thick for a font."""
    import cv2

    _, left, bottom, _ = word.box_yxyx
    angles = np.arange(_RIM_COPIES) * 2 * np.pi / _RIM_COPIES if word.casing else np.empty(0)
    around = np.stack([np.cos(angles), np.sin(angles)], axis=1) * word.casing
    places = [(dx, dy, BLACK) for dx, dy in around.tolist()] + [(0.0, 0.0, word.colour)]
    for dx, dy, colour in places:
        cv2.putText(
            canvas,
            word.text,
            (round(left + dx), round(bottom + dy)),
            cv2.FONT_HERSHEY_SIMPLEX,
            word._scale,
            colour,
            word._width,
            cv2.LINE_AA,
        )
