"""What TIFF files tell about scale and channels: OME-XML, ImageJ's text, resolution tags."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from tracksam.io.calibration import Calibration, length_um, time_s
from tracksam.io.entities import refuse_entities

if TYPE_CHECKING:
    import tifffile

MAX_TRUSTED_PIXEL_UM = 10.0
"""Resolution tags that give larger pixels tell of a screen or a printer (72 dpi is 353 um)."""

_RESOLUTION_UNITS = {2: "inch", 3: "cm"}


def calibration_of(tif: tifffile.TiffFile) -> Calibration:
    """Return what an open TIFF file says about its scale.

    Parameters
    ----------
    tif : tifffile.TiffFile
        Open.

    Returns
    -------
    Calibration
        Of OME-XML where it is, else of ImageJ's text, else of the resolution tags, which are
        trusted only where they give a pixel of at most 10 um.
    """
    if tif.is_ome and tif.ome_metadata:
        return ome_calibration(tif.ome_metadata)
    resolution = _pixels_per_unit(tif)
    if tif.is_imagej and tif.imagej_metadata is not None:
        return _imagej_calibration(tif.imagej_metadata, resolution)
    unit = tif.pages.first.tags.valueof(296)
    size = _size_yx(resolution, _RESOLUTION_UNITS.get(int(unit)) if unit is not None else None)
    trusted = size is not None and max(size) <= MAX_TRUSTED_PIXEL_UM
    return Calibration(size if trusted else None)


def ome_calibration(xml: str) -> Calibration:
    """Return what the first image of an OME-XML text says about its scale.

    Parameters
    ----------
    xml : str
        The text. One that is not XML says nothing.

    Raises
    ------
    InvalidInputError
        It declares entities.

    Returns
    -------
    Calibration
        The frame interval is `TimeIncrement`, or the even spacing of the planes' `DeltaT`.
    """
    refuse_entities(xml, "OME-XML")
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        return Calibration()
    pixels = root.find(".//{*}Pixels")
    if pixels is None:
        return Calibration()
    y = length_um(_float(pixels.get("PhysicalSizeY")), pixels.get("PhysicalSizeYUnit", "µm"))
    x = length_um(_float(pixels.get("PhysicalSizeX")), pixels.get("PhysicalSizeXUnit", "µm"))
    interval = time_s(_float(pixels.get("TimeIncrement")), pixels.get("TimeIncrementUnit", "s"))
    names = tuple(channel.get("Name", "") for channel in pixels.findall("{*}Channel"))
    return Calibration(
        None if y is None or x is None else (y, x),
        _plane_spacing_s(pixels) if interval is None else interval,
        names if all(names) else (),
    )


def _plane_spacing_s(pixels: ElementTree.Element) -> float | None:
    times: dict[int, float] = {}
    for plane in pixels.findall("{*}Plane"):
        value, frame = _float(plane.get("DeltaT")), plane.get("TheT")
        if value is None or frame is None:
            return None
        times.setdefault(int(frame), value)
    if len(times) < 2 or sorted(times) != list(range(len(times))):
        return None
    spacing = (times[len(times) - 1] - times[0]) / (len(times) - 1)
    even = all(abs(times[t] - times[0] - t * spacing) <= 0.5 * abs(spacing) for t in times)
    unit = pixels.find("{*}Plane")
    return time_s(spacing, "s" if unit is None else unit.get("DeltaTUnit", "s")) if even else None


def _imagej_calibration(
    text: Mapping[str, Any], resolution: tuple[float, float] | None
) -> Calibration:
    unit = text.get("unit")
    interval = time_s(_float(text.get("finterval")), str(text.get("tunit", "s")))
    return Calibration(_size_yx(resolution, None if unit is None else str(unit)), interval)


def _pixels_per_unit(tif: tifffile.TiffFile) -> tuple[float, float] | None:
    tags = tif.pages.first.tags
    ratios = (tags.valueof(283), tags.valueof(282))
    if any(not isinstance(r, tuple) or len(r) != 2 or 0 in r for r in ratios):
        return None
    (y, y_unit), (x, x_unit) = ratios
    return y / y_unit, x / x_unit


def _size_yx(
    resolution: tuple[float, float] | None, unit: str | None
) -> tuple[float, float] | None:
    if resolution is None:
        return None
    y, x = length_um(1 / resolution[0], unit), length_um(1 / resolution[1], unit)
    return None if y is None or x is None else (y, x)


def _float(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
