"""Textures that move with a cell: periodic noise, sampled in the cell's own coordinates."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from tracksam.simulate.material import Material

Image = NDArray[np.float32]
BANK_SIZE = 512
CHANNELS = ("fine", "medium", "coarse", "strands", "vesicles", "granules", "clumps", "nucleoli")
_CELL_RADIUS = 30.0  # of the cell, in texels of the bank, whose texture the bank shows


@functools.cache
def bank() -> NDArray[np.float32]:
    """Return the textures, periodic in both axes and always the same.

    Returns
    -------
    ndarray of float32, shape (512, 512, 8), read-only
        One channel for each of `CHANNELS`. The noises have mean 0 and deviation 1; vesicles,
        granules and nucleoli are sparse spots of height about 1 on 0.
    """
    rng = np.random.default_rng(20)
    medium = _noise(rng, 2.6)
    layers = [
        _noise(rng, 1.1) - 0.4 * _noise(rng, 2.5),
        medium,
        _noise(rng, 8.0),
        _standard(-np.abs(_noise(rng, 2.2)) + 0.3 * _noise(rng, 1.0)),
        _spots(rng, 900, 1.6, ring=True),
        _spots(rng, 1600, 1.0, ring=False),
        _standard(np.tanh(1.6 * _noise(rng, 3.0) + 0.6 * _noise(rng, 1.3))),
        _spots(rng, 260, 3.6, ring=False),
    ]
    stacked = np.stack(layers, -1).astype(np.float32)
    stacked.setflags(write=False)
    return stacked


def _standard(image_yx: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((image_yx - image_yx.mean()) / image_yx.std())


def _filtered(image_yx: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    frequency = np.fft.fftfreq(BANK_SIZE)
    squared = frequency[:, None] ** 2 + frequency[None, :] ** 2
    gauss = np.exp(-2 * (np.pi * sigma) ** 2 * squared)
    return np.asarray(np.fft.ifft2(np.fft.fft2(image_yx) * gauss).real)


def _noise(rng: np.random.Generator, sigma: float) -> NDArray[np.float64]:
    return _standard(_filtered(rng.normal(size=(BANK_SIZE, BANK_SIZE)), sigma))


def _spots(rng: np.random.Generator, n: int, sigma: float, *, ring: bool) -> NDArray[np.float64]:
    """Scatter spots of three sizes; rings have a centre of the other sign."""
    total = np.zeros((BANK_SIZE, BANK_SIZE))
    for size in (0.7 * sigma, sigma, 1.5 * sigma):
        where = rng.integers(0, BANK_SIZE, (n // 3, 2))
        impulses = np.zeros_like(total)
        impulses[where[:, 0], where[:, 1]] = rng.uniform(0.4, 1.2, n // 3) * 2 * np.pi * size**2
        total += _filtered(impulses, size)
        if ring:
            total -= _filtered(impulses, 1.8 * size) * 1.2
    return total


def sample(material: Material, grain: float) -> dict[str, Image]:
    """Return the textures as they lie on the cells of an image.

    Parameters
    ----------
    material : Material
        Each pixel's cell and place in it.
    grain : float
        Size of the structures; 1 for about a thirtieth of a cell.

    Returns
    -------
    dict of str to ndarray, shape (Y, X)
        A texture for each of `CHANNELS`; 0 outside cells.
    """
    import cv2

    cells = material.cells
    radius = np.sqrt(cells.reference_axes.prod(1))
    zoom = (_CELL_RADIUS / radius) ** 0.8 / grain
    scale = cells.reference_axes * np.minimum(zoom, 1.6)[:, None]
    place = cells.texture_yx
    rows = material.spread(scale[:, 0]) * material.u_yx + material.spread(place[:, 0])
    columns = material.spread(scale[:, 1]) * material.v_yx + material.spread(place[:, 1])
    size = np.float32(BANK_SIZE)
    rows, columns = np.mod(rows, size), np.mod(columns, size)
    padded = _padded_bank()
    inside_yx = material.inside_yx
    result: dict[str, Image] = {}
    for first in (0, 4):
        layer = cv2.remap(padded[first // 4], columns, rows, cv2.INTER_LINEAR)
        for i, name in enumerate(CHANNELS[first : first + 4]):
            result[name] = np.asarray(layer[..., i] * inside_yx, np.float32)
    return result


@functools.cache
def _padded_bank() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the bank as two images of four channels, with the first row and column repeated."""
    wrapped = np.pad(bank(), ((0, 1), (0, 1), (0, 0)), mode="wrap")
    return np.ascontiguousarray(wrapped[..., :4]), np.ascontiguousarray(wrapped[..., 4:])
