"""How light makes an image of thickness: phase contrast, DIC, defocus, and blur."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]


def blurred(image_yx: Image, sigma: float) -> Image:
    """Return the image convolved with a Gaussian.

    Parameters
    ----------
    image_yx : ndarray of float32, shape (Y, X)
    sigma : float
        In pixels; wide blurs are made at lower resolution.

    Returns
    -------
    ndarray of float32, shape (Y, X)
    """
    import cv2

    if sigma < 0.3:
        return image_yx
    if sigma <= 6:
        return np.asarray(cv2.GaussianBlur(image_yx, (0, 0), sigma, borderType=cv2.BORDER_REFLECT))
    step = int(sigma // 3)
    height, width = image_yx.shape
    small = (max(1, width // step), max(1, height // step))
    coarse = cv2.resize(image_yx, small, interpolation=cv2.INTER_AREA)
    smooth = cv2.GaussianBlur(coarse, (0, 0), sigma / step, borderType=cv2.BORDER_REFLECT)
    return np.asarray(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_CUBIC))


def phase_contrast(phase_yx: Image, halo_px: float, ring: float) -> Image:
    """Return the image of a phase object in positive phase contrast.

    The phase ring delays and dims the undiffracted light; because it also catches the light that
    is diffracted least, wide structures fade (shade-off) and get a halo (Zernike 1942).

    Parameters
    ----------
    phase_yx : ndarray of float32, shape (Y, X)
        Phase delay in radians.
    halo_px : float
        Width of the halo in pixels.
    ring : float
        Amplitude that the ring lets pass, 0 to 1; below about 0.5 contrast is strong and thick
        cells turn bright.

    Returns
    -------
    ndarray of float32, shape (Y, X)
        Intensity; 1 is the background.
    """
    cos, sin = np.cos(phase_yx), np.sin(phase_yx)
    low_cos = 0.6 * blurred(cos, halo_px) + 0.4 * blurred(cos, 0.4 * halo_px)
    low_sin = 0.6 * blurred(sin, halo_px) + 0.4 * blurred(sin, 0.4 * halo_px)
    real = cos - low_cos + ring * low_sin
    imaginary = sin - low_sin - ring * low_cos
    return np.asarray((real**2 + imaginary**2) / ring**2, np.float32)


def interference_contrast(
    phase_yx: Image, shear_yx: tuple[float, float], bias: float, gain: float
) -> Image:
    """Return the image of a phase object in differential interference contrast.

    Parameters
    ----------
    phase_yx : ndarray of float32, shape (Y, X)
        Phase delay in radians.
    shear_yx : tuple of float
        Half the distance in pixels between the two beams.
    bias : float
        Phase in radians between them; pi/2 for equal light and shade.
    gain : float
        Factor on the phase difference.

    Returns
    -------
    ndarray of float32, shape (Y, X)
        Intensity; 1 is the background.
    """
    import cv2

    height, width = phase_yx.shape

    def moved(dy: float, dx: float) -> Image:
        matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        return np.asarray(
            cv2.warpAffine(
                phase_yx,
                matrix,
                (width, height),
                flags=cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
        )

    dy, dx = shear_yx
    difference = gain * (moved(dy, dx) - moved(-dy, -dx))
    return np.asarray((1 - np.cos(difference + bias)) / (1 - np.cos(bias)), np.float32)


def defocused(phase_yx: Image, absorption_yx: Image, defocus: float, coherence: float) -> Image:
    """Return the bright-field image of a thin object out of focus, by Fresnel propagation.

    Parameters
    ----------
    phase_yx, absorption_yx : ndarray of float32, shape (Y, X)
        Phase delay in radians, and optical density (base e).
    defocus : float
        Wavelength times distance from focus, in square pixels; the sign is the side. Fringes are
        about its root wide.
    coherence : float
        0 to 1: how many fringes are seen.

    Returns
    -------
    ndarray of float32, shape (Y, X)
        Intensity; 1 is the background.
    """
    from scipy import fft

    pad = int(min(2.5 * np.sqrt(abs(defocus)) + 4, *phase_yx.shape))
    field = np.pad(np.exp(1j * phase_yx - 0.5 * absorption_yx).astype(np.complex64), pad, "reflect")
    shape = tuple(fft.next_fast_len(n) for n in field.shape)
    fy = np.fft.fftfreq(shape[0]).astype(np.float32)[:, None]
    fx = np.fft.fftfreq(shape[1]).astype(np.float32)[None, :]
    squared = fy**2 + fx**2
    damping = np.exp(-(((1.05 - coherence) * abs(defocus) * squared * 3) ** 2))
    transfer = np.exp(-1j * np.pi * defocus * squared) * damping
    filled = np.pad(
        field, [(0, n - m) for n, m in zip(shape, field.shape, strict=True)], mode="edge"
    )
    image = np.abs(fft.ifft2(fft.fft2(filled) * transfer.astype(np.complex64))) ** 2
    return np.asarray(
        image[pad : pad + phase_yx.shape[0], pad : pad + phase_yx.shape[1]], np.float32
    )
