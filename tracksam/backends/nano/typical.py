"""How large the cells of a frame are: asked of the network itself, at several scales.

A cluster seen from far away looks like one large cell, and the texture of a cell seen from near
like many small ones. Of the scales at which the network finds cells of the size it works best
at, the finest counts: a cluster falls apart there, and texture seen from too near does not give
cells of that size.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from tracksam.backends.nano.decode import Decoding
from tracksam.backends.nano.model import Model
from tracksam.backends.nano.normalise import Image
from tracksam.backends.nano.scale import COARSE_PX, MAX_SCALE, look
from tracksam.backends.nano.seen import Seen, see

_FINE_PX = 150_000  # finer looks than the first see a part of the frame
_MIN_SIDE_PX = 72  # cells larger than a third of the frame are not looked for
_OCTAVES_DOWN = 4
_FITS = 0.7  # log2: cells this much smaller or larger than those it works best at are well seen
_FAR_OFF = 1.1  # log2: cells this much larger are smaller at no finer scale
_BEST_SHARE = 0.9  # of the working diameter, where the network's answers fit best
_ENOUGH = 0.5  # of the best look's cells
_AGREE = 0.5  # log2
_SPREAD = 0.35  # log2


@attrs.frozen
class Impression:
    """What one look says of the cells' size.

    Parameters
    ----------
    scale : float
        Network pixels a frame pixel.
    log_size : float
        log2 of the cells' diameter at that scale over the best one.
    evidence : float
        Area of the cells in frame pixels, each counted by its score, for the whole frame.
    """

    scale: float
    log_size: float
    evidence: float

    @property
    def log_diameter(self) -> float:
        """log2 of the cells' diameter in the frame over the best one."""
        return self.log_size - float(np.log2(self.scale))

    @property
    def fits(self) -> bool:
        """Whether the cells have about the size at which the network sees them well."""
        return abs(self.log_size) <= _FITS


def typical_diameter(model: Model, image_yx: Image, decoding: Decoding) -> float | None:
    """Return the typical diameter of the cells of a frame.

    Parameters
    ----------
    model : Model
        The network.
    image_yx : ndarray of float32, shape (Y, X)
        Grey values of the frame.
    decoding : Decoding
        Thresholds.

    Returns
    -------
    float or None
        In frame pixels; None where no cell is seen at any scale.
    """
    best_px = _BEST_SHARE * model.card.working_px
    found = list(_impressions(model, image_yx, decoding, best_px))
    if not found:
        return None
    fitting = [one for one in found if one.fits]
    if not fitting:
        chosen = min(found, key=lambda one: abs(one.log_size))
    else:
        enough = _ENOUGH * max(one.evidence for one in fitting)
        fitting = [one for one in fitting if one.evidence >= enough]
        chosen = max(fitting, key=lambda one: one.scale)
    return float(best_px * 2.0 ** _agreed(chosen, fitting))


def _agreed(chosen: Impression, fitting: list[Impression]) -> float:
    """Return the mean size that the chosen look and those that agree with it tell.

    The nearer the cells of a look to the best size, the more it counts.
    """
    agree = [one for one in fitting if abs(one.log_diameter - chosen.log_diameter) < _AGREE]
    agree = agree or [chosen]
    weight = np.exp(-((np.array([one.log_size for one in agree]) / _SPREAD) ** 2))
    return float(np.average([one.log_diameter for one in agree], weights=weight + 1e-6))


def _impressions(
    model: Model, image_yx: Image, decoding: Decoding, best_px: float
) -> Iterator[Impression]:
    """Yield what each look says: first a coarse one, then finer ones, then coarser ones."""
    first = min(1.0, float(np.sqrt(COARSE_PX / image_yx.size)))
    whole = see(model, image_yx, look(model, image_yx, first), decoding)
    start = _impression(model, whole, best_px, 1.0)
    yield from filter(None, [start])
    scale, last = 2 * first, start
    while scale <= MAX_SCALE and (last is None or last.log_size < _FAR_OFF):
        part_yx = _densest_part(image_yx, whole, _FINE_PX / scale**2)
        nearer = see(model, part_yx, look(model, part_yx, scale), decoding)
        last = _impression(model, nearer, best_px, image_yx.size / part_yx.size)
        yield from filter(None, [last])
        scale *= 2
    if start is not None and start.log_size < 0.5 * _FITS:
        return
    for octave in range(1, _OCTAVES_DOWN + 1):
        scale = first / 2**octave
        if scale * min(image_yx.shape) < _MIN_SIDE_PX:
            return
        farther = see(model, image_yx, look(model, image_yx, scale), decoding)
        last = _impression(model, farther, best_px, 1.0)
        yield from filter(None, [last])
        if last is not None and last.log_size < -0.5 * _FITS:
            return


def _impression(model: Model, seen: Seen, best_px: float, share: float) -> Impression | None:
    """Return what a look says; its frame is one of `share` equal parts of the whole one."""
    count = len(seen.boxes)
    if not count:
        return None
    labels = seen.labels_yx.ravel()
    area = np.bincount(labels, minlength=count + 1)[1:]
    said = np.bincount(labels, seen.answers.log_diameter.ravel(), minlength=count + 1)[1:] / area
    weight = seen.score**2 * np.sqrt(area)
    order = np.argsort(said)
    along = np.cumsum(weight[order])
    middle = float(said[order][np.searchsorted(along, 0.5 * along[-1])])
    evidence = float((seen.score * area).sum()) * share / seen.look.scale**2
    log_size = middle + float(np.log2(model.card.canonical_px / best_px))
    return Impression(seen.look.scale, log_size, evidence)


def _densest_part(image_yx: Image, whole: Seen, pixels: float) -> Image:
    """Return the part of a frame, of about that many pixels, in which most cells were seen."""
    import cv2

    share = min(1.0, float(np.sqrt(pixels / image_yx.size)))
    if share == 1.0:
        return image_yx
    plane_yx = whole.answers.foreground
    window = tuple(max(1, round(share * n)) for n in plane_yx.shape)
    density_yx = cv2.boxFilter(plane_yx, -1, window[::-1], anchor=(0, 0), borderType=0)
    valid_yx = density_yx[: plane_yx.shape[0] - window[0] + 1, : plane_yx.shape[1] - window[1] + 1]
    place = np.unravel_index(int(np.argmax(valid_yx)), valid_yx.shape)
    rows, columns = (
        slice(round(int(p) * full / small), round((int(p) + w) * full / small))
        for p, w, full, small in zip(place, window, image_yx.shape, plane_yx.shape, strict=True)
    )
    return np.ascontiguousarray(image_yx[rows, columns])
