"""What lamp and camera do to a perfect image: uneven light, noise, hot pixels, few bits."""

from __future__ import annotations

from typing import Self

import attrs
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]


@attrs.frozen
class Camera:
    """Lamp and camera.

    Parameters
    ----------
    gain : float
        Grey values for an intensity of 1.
    offset : float
        Grey value of darkness.
    photons : float
        Photons that an intensity of 1 brings to a pixel; their number varies with its root.
    read_noise : float
        Deviation in photons that every pixel has in the dark.
    noise_px : float
        Blur of the noise, as resampled or compressed movies have it; 0 for independent pixels.
    slope_yx : tuple of float
        How much brighter the light is at the far edge than at the near one, per axis.
    vignette : float
        Share of light that is missing in the corners.
    hot_share : float
        Share of pixels that are always bright.
    stripes : float
        Deviation in photons that whole rows have.
    bits : int
        8, 12 or 16.
    inverted : bool
        Whether bright and dark are exchanged.
    """

    gain: float = 1000.0
    offset: float = 100.0
    photons: float = 400.0
    read_noise: float = 3.0
    noise_px: float = 0.0
    slope_yx: tuple[float, float] = (0.0, 0.0)
    vignette: float = 0.0
    hot_share: float = 0.0
    stripes: float = 0.0
    bits: int = 16
    inverted: bool = False

    @classmethod
    def random(cls, rng: np.random.Generator, dark: float, bright: float) -> Self:
        """Return any camera.

        Parameters
        ----------
        rng : Generator
        dark, bright : float
            Intensities that the grey values should span; noise is scaled to their difference.
        """
        bits = int(rng.choice([8, 8, 12, 16, 16]))
        full = {8: 255.0, 12: 4095.0, 16: 20000.0}[bits] * rng.uniform(0.25, 1.0)
        lowest = full * rng.choice([0.0, 0.02, 0.2])
        floor = float(rng.choice([0.0, dark]))
        gain = (full - lowest) / (bright - floor)
        noise = (bright - dark) / float(np.exp(rng.uniform(np.log(4), np.log(150))))
        uneven = min(1.0, 1.5 * (bright - dark) / bright)
        return cls(
            gain=gain,
            offset=lowest - floor * gain,
            photons=bright / noise**2,
            read_noise=float(rng.choice([0.0, 0.3, 0.7])) * float(bright / noise),
            noise_px=float(rng.choice([0.0, 0.0, 0.6, 1.0])),
            slope_yx=(uneven * rng.normal(0, 0.15), uneven * rng.normal(0, 0.15)),
            vignette=uneven * float(rng.choice([0.0, rng.uniform(0, 0.5)])),
            hot_share=float(rng.choice([0.0, 0.0, 0.0, 0.0, 1e-4, 1e-3])),
            stripes=float(rng.choice([0.0] * 9 + [0.3])) * bright / noise,
            bits=bits,
            inverted=bool(rng.random() < 0.08),
        )


def photograph(image_yx: Image, camera: Camera, rng: np.random.Generator) -> Image:
    """Return the grey values that a camera reads from an image.

    Parameters
    ----------
    image_yx : ndarray of float32, shape (Y, X)
        Intensity, 0 or more.
    camera : Camera
    rng : Generator
        For the noise. Hot pixels lie at the same place for every image of one shape.

    Returns
    -------
    ndarray of float32, shape (Y, X)
        Whole numbers from 0 to 2**bits - 1.
    """
    signal = np.maximum(image_yx, 0) * light(image_yx.shape, camera) * np.float32(camera.photons)
    noise = _noise(image_yx.shape, camera, rng)
    noise *= np.sqrt(signal + np.float32(camera.read_noise**2))
    signal += noise
    if camera.stripes > 0:
        rows = rng.normal(0, camera.stripes, (len(signal), 1))
        signal += rows.astype(np.float32)
    grey = signal * np.float32(camera.gain / camera.photons) + np.float32(camera.offset)
    top = 2**camera.bits - 1
    if camera.hot_share > 0:
        hot, strength = _hot_pixels(image_yx.shape, camera.hot_share)
        grey.reshape(-1)[hot] += np.float32(camera.gain) * strength
    if camera.inverted:
        grey = np.float32(top) - grey
    return np.asarray(np.clip(np.rint(grey), 0, top), np.float32)


def light(shape_yx: tuple[int, ...], camera: Camera) -> Image:
    """Return how much light falls on each pixel.

    Parameters
    ----------
    shape_yx : tuple of int
    camera : Camera

    Returns
    -------
    ndarray of float32, shape (Y, X)
        1 in the middle.
    """
    y = np.linspace(-0.5, 0.5, shape_yx[0], dtype=np.float32)[:, None]
    x = np.linspace(-0.5, 0.5, shape_yx[1], dtype=np.float32)[None, :]
    slope = 1 + camera.slope_yx[0] * y + camera.slope_yx[1] * x
    corners = 1 - camera.vignette * 2 * (y**2 + x**2)
    return np.asarray(np.maximum(slope * corners, 0.05), np.float32)


def _noise(shape_yx: tuple[int, ...], camera: Camera, rng: np.random.Generator) -> Image:
    noise = rng.standard_normal(shape_yx, np.float32)
    if camera.noise_px <= 0:
        return noise
    import cv2

    smooth = cv2.GaussianBlur(noise, (0, 0), camera.noise_px)
    return np.asarray(smooth * np.float32(2 * np.sqrt(np.pi) * camera.noise_px * 0.7))


def _hot_pixels(
    shape_yx: tuple[int, ...], share: float
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    rng = np.random.default_rng(7)
    n_pixels = int(np.prod(shape_yx))
    hot = rng.integers(0, n_pixels, int(np.ceil(share * n_pixels)))
    return hot, rng.gamma(2.0, 0.5, len(hot)).astype(np.float32)
