"""Foreground: how much each pixel looks like part of an object."""

from __future__ import annotations

import attrs
import numpy as np

from tracksam.backends.classical.normalise import Normalised, mode_and_spread
from tracksam.backends.classical.raster import Image, resized, smoothed
from tracksam.backends.classical.rule import BODIES, NUCLEI, Rule

LOWEST = 4.0
"""Spreads above the background from which a pixel may belong to an object."""
WORKING_PX = 28.0
"""Larger objects are looked at in an image made smaller, until they have this diameter."""


@attrs.frozen(eq=False)
class Foreground:
    """Evidence for objects of about one size.

    Parameters
    ----------
    evidence_yx : ndarray of float32, shape (y, x)
        The frame, made smaller by `zoom`. 0 is background; an object's outline is where the
        evidence falls to `outline_at` of its inside.
    outline_at : float
        A share, 0 to 1.
    zoom : float
        Working pixels a pixel of the frame, at most 1.
    diameter_px : float
        Typical diameter in working pixels.
    rule : Rule
        What one of the objects looks like.
    """

    evidence_yx: Image
    outline_at: float
    zoom: float
    diameter_px: float
    rule: Rule


def foreground(
    normalised: Normalised, diameter_px: float, working_px: float = WORKING_PX
) -> Foreground:
    """Return the evidence for objects of about one size.

    Parameters
    ----------
    normalised : Normalised
        A frame without its background.
    diameter_px : float
        Typical diameter in pixels of the frame; sets how much is smoothed.
    working_px : float
        Diameter that objects are reduced to.

    Returns
    -------
    Foreground
        Brightness where objects stand out to one side; local contrast where they stand out to
        both.
    """
    zoom = min(1.0, working_px / diameter_px)
    working_px = diameter_px * zoom
    if normalised.polarity:
        evidence_yx = _smooth(_smaller(normalised.height_yx, zoom), 0.04 * working_px)
        return Foreground(evidence_yx, 0.475, zoom, working_px, NUCLEI)
    detail_yx = normalised.height_yx - _large_scale(normalised.height_yx, 0.5 * diameter_px)
    power_yx = _smaller(detail_yx * detail_yx, zoom)
    contrast_yx = np.sqrt(_smooth(power_yx, 0.06 * working_px))
    middle, spread = mode_and_spread(contrast_yx[::2, ::2].ravel())
    spread = max(spread, 1e-3 * float(np.ptp(contrast_yx)), 1e-9)
    return Foreground(
        ((contrast_yx - middle) / spread).astype(np.float32), 0.4, zoom, working_px, BODIES
    )


def _smaller(image_yx: Image, zoom: float) -> Image:
    return resized(image_yx, tuple(max(1, round(n * zoom)) for n in image_yx.shape))


def _large_scale(image_yx: Image, sigma: float) -> Image:
    """The image smoothed over a large distance, by way of a smaller one."""
    zoom = min(1.0, 4.0 / sigma)
    small_yx = _smaller(image_yx, zoom)
    return resized(smoothed(small_yx, sigma * zoom), image_yx.shape)


def _smooth(image_yx: Image, sigma: float) -> Image:
    return smoothed(image_yx, max(sigma, 1.0))
