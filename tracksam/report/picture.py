"""The overview: a few frames with outlines, ids and tails, and the lineage tree, in one picture."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.frames import Thinned
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.report.clock import clock
from tracksam.report.frame import FrameLook, frame_picture
from tracksam.report.ink import Colour, Stroke, Word, drawn
from tracksam.report.tree import TreePlace, branches, tree_strokes, tree_words
from tracksam.stack import Stack

_GROUND: Colour = (17, 19, 24)
_QUIET: Colour = (150, 156, 168)
_FAINT: Colour = (48, 53, 63)
_NARROWEST = 0.4  # of the longer side of a panel; room for the tree
_MOST_PX = 1240  # a side twice as long is thinned before it is drawn
_OVERSAMPLING = 2  # everything is drawn larger and made smaller, for smooth lines and letters


@attrs.frozen
class _Sheet:
    """Sizes of the picture, in oversampled pixels. Narrow frames leave part of a panel empty."""

    panel_yx: tuple[int, int]
    scale: float
    margin: int
    header: int

    @property
    def text(self) -> float:
        return 10.0 * _OVERSAMPLING

    def corner(self, place: int) -> tuple[int, int]:
        """Row and column where the panel at a place (two a row) begins, below its header."""
        down, right = divmod(place, 2)
        height, width = self.panel_yx
        y = self.margin + self.header + down * (height + self.header + self.margin)
        return y, self.margin + right * (width + self.margin)

    def shape(self, n_panels: int) -> tuple[int, int]:
        """Height and width of the whole picture."""
        height, width = self.panel_yx
        last_row = (n_panels - 1) // 2
        return (
            self.corner(2 * last_row)[0] + height + self.margin,
            self.corner(1)[1] + width + self.margin,
        )


def overview(
    stack: Stack, masks: Masks, lineage: Lineage, panel_px: int = 620
) -> NDArray[np.uint8]:
    """Return the picture that says at a glance what a run found.

    Parameters
    ----------
    stack : Stack
        The movie; its first, middle and last frame are read.
    masks : Masks
        As many frames as the movie; ids are those of the lineage.
    lineage : Lineage
        Tails and tree. May be empty.
    panel_px : int
        Longer side of each frame in the picture.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        Red, green, blue. Two frames a row; the tree of the largest families comes last.
    """
    import cv2

    sheet = _sheet(stack, panel_px)
    frames = sorted({0, stack.n_frames // 2, stack.n_frames - 1})
    height, width = sheet.shape(len(frames) + 1)
    page = np.full((height, width, 3), _GROUND, np.uint8)
    for place, frame in enumerate(frames):
        y, x = sheet.corner(place)
        part = _panel(stack, masks, lineage, frame, sheet)
        page[y : y + part.shape[0], x : x + part.shape[1]] = part
    strokes, words = _tree(lineage, stack, sheet, len(frames))
    titles = _titles(stack, lineage, frames, sheet)
    page = drawn(page, strokes, [*words, *titles])
    size = (width // _OVERSAMPLING, height // _OVERSAMPLING)
    return np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8)


def thinned(stack: Stack, masks: Masks, lineage: Lineage) -> tuple[Stack, Masks, Lineage]:
    """Return a movie and its tracks with fewer pixels, where a picture shows no more of them.

    Parameters
    ----------
    stack, masks, lineage
        As for `overview`.

    Returns
    -------
    stack, masks, lineage
        The same ones for frames that are not large.
    """
    step = max(stack.shape_yx) // _MOST_PX
    if step < 2:
        return stack, masks, lineage
    size = stack.pixel_size_um
    return (
        attrs.evolve(
            stack,
            source=Thinned(stack.source, step, _MOST_PX),
            pixel_size_um=None if size is None else size * step,
        ),
        Masks(Thinned(masks.source, step, _MOST_PX)),
        attrs.evolve(lineage, yx=lineage.yx / step),
    )


def _sheet(stack: Stack, panel_px: int) -> _Sheet:
    scale = panel_px * _OVERSAMPLING / max(stack.shape_yx)
    height, width = (
        max(round(n * scale), round(panel_px * _OVERSAMPLING * _NARROWEST)) for n in stack.shape_yx
    )
    return _Sheet((height, width), scale, margin=8 * _OVERSAMPLING, header=24 * _OVERSAMPLING)


def _panel(
    stack: Stack, masks: Masks, lineage: Lineage, frame: int, sheet: _Sheet
) -> NDArray[np.uint8]:
    labels_yx = masks.frame(frame)
    _, areas = np.unique(labels_yx[labels_yx != 0], return_counts=True)
    diameter = np.sqrt(np.median(areas)) * sheet.scale if len(areas) else 0.0
    line_px = float(np.clip(diameter / 18, 0.9 * _OVERSAMPLING, 1.8 * _OVERSAMPLING))
    look = FrameLook(sheet.scale, line_px, text_px=7.5 * _OVERSAMPLING)
    picture = frame_picture(stack.frame(frame), labels_yx, lineage, frame, look)
    strokes, words = _scale_bar(stack, sheet)
    return drawn(picture, strokes, words)


def _scale_bar(stack: Stack, sheet: _Sheet) -> tuple[list[Stroke], list[Word]]:
    """A bar of a round length, at most a quarter of the width; nothing if not calibrated."""
    if stack.pixel_size_um is None:
        return [], []
    longest = stack.pixel_size_um * stack.shape_yx[1] / 4
    step = 10 ** np.floor(np.log10(longest))
    length_um = float(max(m * step for m in (1, 2, 5) if m * step <= longest))
    height, width = (round(n * sheet.scale) for n in stack.shape_yx)
    y, right = height - sheet.margin, width - sheet.margin
    left = right - length_um / stack.pixel_size_um * sheet.scale
    bar = Stroke(np.array([[y, left], [y, right]]), width=3 * _OVERSAMPLING, casing=_OVERSAMPLING)
    text = Word(
        f"{length_um:g} um",
        y - sheet.text * 1.2,
        (left + right) / 2,
        height=0.9 * sheet.text,
        casing=1.5 * _OVERSAMPLING,
    )
    return [bar], [text]


def _titles(stack: Stack, lineage: Lineage, frames: list[int], sheet: _Sheet) -> Iterator[Word]:
    for place, frame in enumerate(frames):
        y, x = sheet.corner(place)
        middle = y - sheet.header / 2
        text = f"frame {frame}"
        if stack.frame_interval_s is not None:
            per_frame, unit = clock(stack)
            text += f"   {frame * per_frame:.3g} {unit}"
        yield Word(text, middle, x, height=sheet.text, anchor="left")
        count = int((lineage.frame == frame).sum())
        right = x + sheet.panel_yx[1]
        yield Word(f"{count} cells", middle, right, _QUIET, 0.9 * sheet.text, "right")


def _tree(
    lineage: Lineage, stack: Stack, sheet: _Sheet, panel: int
) -> tuple[list[Stroke], list[Word]]:
    y, x = sheet.corner(panel)
    height, width = sheet.panel_yx
    tree = branches(lineage, max_rows=int(height / (5 * _OVERSAMPLING)) - 4)
    n_rows = len({b.track_id for b in tree} - {b.parent_id for b in tree})
    row_px = min((height - 4 * sheet.text) / max(n_rows, 1), 24.0 * _OVERSAMPLING)
    place = TreePlace(
        top=y + sheet.text + row_px / 2,
        left=float(x),
        row_px=row_px,
        frame_px=(width - 4 * sheet.text) / max(stack.n_frames, 1),
        line_px=min(2.4 * _OVERSAMPLING, row_px * 0.45),
        text_px=min(8.0 * _OVERSAMPLING, row_px * 0.8),
    )
    bottom = y + height - 2 * sheet.text
    strokes, words = _time_axis(stack, place, bottom)
    has_ids = place.text_px >= 6 * _OVERSAMPLING
    words += list(tree_words(tree, place)) if has_ids else []
    shown = len({b.track_id for b in tree if not b.parent_id})
    total = lineage.n_tracks - len(lineage.parents)
    middle = y - sheet.header / 2
    words.append(Word("lineage", middle, x, height=sheet.text, anchor="left"))
    text = f"{shown} families" if shown == total else f"{shown} of {total} families"
    words.append(Word(text, middle, x + width, _QUIET, 0.9 * sheet.text, "right"))
    return [*strokes, *tree_strokes(tree, place)], words


def _time_axis(stack: Stack, place: TreePlace, bottom: float) -> tuple[list[Stroke], list[Word]]:
    """Faint lines at round frames, or round minutes if the interval is known."""
    per_frame, unit = clock(stack)
    end = (stack.n_frames - 1) * per_frame
    step = 10 ** np.floor(np.log10(max(end, 1e-9)))
    tick = next((m * step for m in (0.2, 0.5, 1) if end / (m * step) <= 8), step)
    strokes, words = [], []
    for value in np.arange(0, end + tick / 1e6, tick).tolist() if end else [0.0]:
        x = place.left + value / per_frame * place.frame_px
        strokes.append(Stroke(np.array([[place.top - place.row_px / 2, x], [bottom, x]]), _FAINT))
        text = f"{unit} {value:g}" if value == 0 else f"{value:g}"
        anchor = "left" if value == 0 else "middle"
        words.append(
            Word(text, bottom + 9.0 * _OVERSAMPLING, x, _QUIET, 8.0 * _OVERSAMPLING, anchor)
        )
    return strokes, words
