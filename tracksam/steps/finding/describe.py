"""Describe: size, shape, intensity and texture of every region of a frame, as an embedding.

Every number has about the same spread on cells of any size and brightness: lengths are logarithms,
grey values are relative to the frame's own range, as the shipped network sees them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.embeddings import Embeddings
from tracksam.regions import Regions
from tracksam.steps.finding.grain import SIGMAS_PX, grains
from tracksam.steps.finding.mosaic import Mosaic
from tracksam.steps.measuring.cells import FrameCells
from tracksam.steps.measuring.hull import convexity
from tracksam.steps.measuring.intensity import intensities
from tracksam.steps.measuring.shape import moments, outline
from tracksam.steps.measuring.texture import textures

_RING_PX = 3
_BRIGHT = 99.7  # percentile that stands for the frame's brightest
_RINGS = ("ring_1", "ring_2", "ring_3", "ring_4")
_TEXTURES = ("contrast", "homogeneity", "energy", "correlation", "entropy")

Columns = dict[str, NDArray[np.float64]]


def describe(
    image_yxc: NDArray[Any], regions: Regions, pixel_size_um: float | None = None
) -> Embeddings:
    """Return what each region is like without a network.

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        The frame, any real dtype.
    regions : Regions
        K regions of it; they may overlap, each is measured whole.
    pixel_size_um : float, optional
        Then sizes are those of the world, so that movies of different magnification compare.

    Returns
    -------
    Embeddings
        Groups size, shape, intensity and texture. What can not be measured (the axes of one
        pixel, the texture of a line) is 0. The same columns for the same number of channels.
    """
    mosaic = Mosaic.of(image_yxc, regions)
    cells = FrameCells(mosaic.labels_yx, mosaic.image_yxc)
    outlined = {**moments(cells), **outline(cells), **convexity(cells)}
    columns = {**_size(outlined, pixel_size_um or 1.0), **_shape(outlined)}
    grey: Columns = {**intensities(cells), **textures(cells)}  # type: ignore[dict-item]
    for channel in range(image_yxc.shape[2]):
        ground, span = _range(image_yxc[..., channel], regions)
        around = _around(mosaic, cells, channel)
        columns |= _intensity(grey, around, (ground, span), channel)
        above = np.abs(grey[f"mean_c{channel}"] - ground) + 0.05 * span
        columns |= _texture(grey, above, channel)
        columns |= dict(zip(_names(channel), grains(cells, channel, above).T, strict=True))
    values = np.stack(list(columns.values()), axis=1)
    return Embeddings(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0), tuple(columns))


def _size(found: Any, unit: float) -> Columns:
    tiny = 0.5 * unit
    names = ("equivalent_diameter", "major_axis", "minor_axis")
    return {f"size.{n}": np.log2(np.maximum(found[f"{n}_px"] * unit, tiny)) for n in names}


def _shape(found: Any) -> Columns:
    minor = np.maximum(found["minor_axis_px"], 1)
    return {
        "shape.elongation": np.log2(np.maximum(found["major_axis_px"], 1) / minor),
        "shape.solidity": found["solidity"],
        "shape.roundness": np.minimum(found["form_factor"], 1.5),
        "shape.extent": found["extent"],
    }


def _range(plane_yx: NDArray[Any], regions: Regions) -> tuple[float, float]:
    """Return the frame's ground and the way from there to its brightest; never 0."""
    outside_yx = regions.to_labels() == 0
    plane_yx = plane_yx.astype(np.float64)
    rest = plane_yx[outside_yx] if outside_yx.any() else plane_yx.ravel()
    ground, bright = float(np.median(rest)), float(np.percentile(plane_yx, _BRIGHT))
    dark = float(np.percentile(plane_yx, 100 - _BRIGHT))
    return ground, max(bright - ground, ground - dark, 1e-6 * max(abs(ground), 1e-6))


def _around(mosaic: Mosaic, cells: FrameCells, channel: int) -> NDArray[np.float64]:
    """Return the mean just outside each region where no other lies; NaN where there is none."""
    from skimage.segmentation import expand_labels

    wide_yx: Any = expand_labels(mosaic.labels_yx, _RING_PX)
    ring_yx = np.where((mosaic.labels_yx == 0) & ~mosaic.others_yx, wide_yx, 0)
    values = mosaic.image_yxc[..., channel].astype(np.float64)
    n = np.bincount(ring_yx.ravel(), minlength=len(cells) + 1)[1:]
    total = np.bincount(ring_yx.ravel(), values.ravel(), minlength=len(cells) + 1)[1:]
    mean: NDArray[np.float64] = np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)
    return mean


def _intensity(
    grey: Columns, around: NDArray[np.float64], scale: tuple[float, float], channel: int
) -> Columns:
    ground, span = scale
    mean = grey[f"mean_c{channel}"]
    local = np.where(np.isnan(around), ground, around)
    return {
        f"intensity.mean_c{channel}": _compressed((mean - ground) / span),
        f"intensity.contrast_c{channel}": _compressed((mean - local) / span),
        f"intensity.max_c{channel}": _compressed((grey[f"max_c{channel}"] - ground) / span),
    }


def _names(channel: int) -> list[str]:
    scales = range(1, len(SIGMAS_PX))
    return [f"texture.{what}_{i}_c{channel}" for what in ("grain", "spots") for i in scales]


def _texture(grey: Columns, above: NDArray[np.float64], channel: int) -> Columns:
    columns = {f"texture.variation_c{channel}": grey[f"sd_c{channel}"] / above}
    for name in _TEXTURES:
        columns[f"texture.{name}_c{channel}"] = grey[f"texture_{name}_c{channel}"]
    for name in _RINGS:
        ratio = grey[f"{name}_c{channel}"] * grey[f"mean_c{channel}"]
        columns[f"texture.{name}_c{channel}"] = (ratio - grey[f"mean_c{channel}"]) / above
    return columns


def _compressed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values with large ones brought nearer: a bright cell may be ten times the others."""
    return np.asarray(np.arcsinh(4 * values))
