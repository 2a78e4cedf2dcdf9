"""Pixel size, frame interval and channel names, as files tell them, in micrometres and seconds."""

from __future__ import annotations

import math

import attrs

from tracksam.errors import InvalidInputError
from tracksam.settings import ReadSettings

MAX_ANISOTROPY = 0.01
"""Pixels whose sides differ by more are not square."""

_UM_PER_UNIT = {
    "pm": 1e-6,
    "picometer": 1e-6,
    "å": 1e-4,
    "angstrom": 1e-4,
    "nm": 1e-3,
    "nanometer": 1e-3,
    "µm": 1.0,
    "um": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "mm": 1e3,
    "millimeter": 1e3,
    "cm": 1e4,
    "centimeter": 1e4,
    "m": 1e6,
    "meter": 1e6,
    "in": 25400.0,
    "inch": 25400.0,
}
_S_PER_UNIT = {
    "ns": 1e-9,
    "nanosecond": 1e-9,
    "µs": 1e-6,
    "us": 1e-6,
    "microsecond": 1e-6,
    "ms": 1e-3,
    "msec": 1e-3,
    "millisecond": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "seconds": 1.0,
    "min": 60.0,
    "minute": 60.0,
    "h": 3600.0,
    "hr": 3600.0,
    "hour": 3600.0,
    "d": 86400.0,
    "day": 86400.0,
}


@attrs.frozen
class Calibration:
    """What a file says about its scale.

    Parameters
    ----------
    pixel_size_yx_um : tuple of float, optional
        Height and width of a pixel. None: the file does not say, or not in a unit of length.
    frame_interval_s : float, optional
        None: the file does not say.
    channels : tuple of str
        Names of the channels; empty: the file does not say.
    """

    pixel_size_yx_um: tuple[float, float] | None = None
    frame_interval_s: float | None = None
    channels: tuple[str, ...] = ()


def length_um(value: float | None, unit: str | None) -> float | None:
    """Return a length in micrometres.

    Parameters
    ----------
    value : float or None
        As the file has it.
    unit : str or None
        A unit of length, short or spelled out.

    Returns
    -------
    float or None
        None where the value is missing or not positive, or the unit is none of length (as
        ``"pixel"``).
    """
    return _converted(value, unit, _UM_PER_UNIT)


def time_s(value: float | None, unit: str | None) -> float | None:
    """Return a time in seconds.

    Parameters
    ----------
    value : float or None
        As the file has it.
    unit : str or None
        A unit of time, short or spelled out.

    Returns
    -------
    float or None
        None where the value is missing or not positive, or the unit is not known.
    """
    return _converted(value, unit, _S_PER_UNIT)


def _converted(value: float | None, unit: str | None, factors: dict[str, float]) -> float | None:
    if value is None or unit is None or not math.isfinite(value) or value <= 0:
        return None
    # The micro sign and the Greek letter look alike; ImageJ writes the former as an escape.
    word = unit.strip().replace("\\u00B5", "µ").replace("\u03bc", "µ").lower()
    word = word.replace("metre", "meter")
    factor = factors.get(word, factors.get(word.removesuffix("s")))
    return None if factor is None else value * factor


def pixel_size_um(calibration: Calibration, settings: ReadSettings, name: str) -> float | None:
    """Return the side of a pixel: the user's, else the file's.

    Parameters
    ----------
    calibration : Calibration
        What the file says.
    settings : ReadSettings
        `pixel_size_um` wins where it is given.
    name : str
        What to call the movie.

    Returns
    -------
    float or None
        Micrometres.

    Raises
    ------
    InvalidInputError
        The file's pixels are not square, and the user gave no size.
    """
    if settings.pixel_size_um is not None:
        return settings.pixel_size_um
    if calibration.pixel_size_yx_um is None:
        return None
    y, x = calibration.pixel_size_yx_um
    if abs(y / x - 1) > MAX_ANISOTROPY:
        raise InvalidInputError(
            f"{name} has pixels {y:.6g} um high and {x:.6g} um wide; square ones are needed. "
            "Resample the movie, or set read.pixel_size_um if the file is wrong."
        )
    return x


def frame_interval_s(calibration: Calibration, settings: ReadSettings) -> float | None:
    """Return the time from frame to frame: the user's, else the file's.

    Parameters
    ----------
    calibration : Calibration
        What the file says.
    settings : ReadSettings
        `frame_interval_s` wins where it is given.

    Returns
    -------
    float or None
        Seconds.
    """
    if settings.frame_interval_s is not None:
        return settings.frame_interval_s
    return calibration.frame_interval_s
