"""TrackMate XML: the file of Fiji's tracking program, to open tracks there and to read its own.

Positions are in the file's units of length (micrometres if the movie is calibrated). See
https://imagej.net/plugins/trackmate .
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from tracksam.columns import Calibration
from tracksam.errors import InvalidInputError, ReadError
from tracksam.io.atomic import whole_file
from tracksam.io.entities import refuse_entities
from tracksam.io.links import lineage_of_links, links_of
from tracksam.lineage import Lineage

_VERSION = "7.12.1"
_HIGHEST = 2**32 - 1  # what the pixels of a label image can hold
_TRACK, _FILLED, _BIRTH = "TRACKSAM_TRACK", "TRACKSAM_FILLED", "TRACKSAM_CONFIDENCE"
_OF_MASK = "TRACKSAM_MASK_CONFIDENCE"
_LENGTHS_UM = {"nm": 1e-3, "nanometer": 1e-3, "um": 1.0, "µm": 1.0, "micron": 1.0} | {
    "micrometer": 1.0,
    "microns": 1.0,
    "mm": 1e3,
}
_TIMES_S = {"ms": 1e-3, "msec": 1e-3, "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0} | {
    "min": 60.0,
    "minute": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
}
_SPOT_FEATURES = (
    ("QUALITY", "Quality", "QUALITY", False),
    ("POSITION_X", "X", "POSITION", False),
    ("POSITION_Y", "Y", "POSITION", False),
    ("POSITION_Z", "Z", "POSITION", False),
    ("POSITION_T", "T", "TIME", False),
    ("FRAME", "Frame", "NONE", True),
    ("RADIUS", "Radius", "LENGTH", False),
    ("VISIBILITY", "Visibility", "NONE", True),
    (_TRACK, "tracksam track", "NONE", True),
    (_FILLED, "Filled in across a gap", "NONE", True),
    (_OF_MASK, "Confidence in the mask", "QUALITY", False),
)
_EDGE_FEATURES = (
    ("SPOT_SOURCE_ID", "Source spot ID", "NONE", True),
    ("SPOT_TARGET_ID", "Target spot ID", "NONE", True),
    (_BIRTH, "Confidence in the mother", "QUALITY", False),
)
_TRACK_FEATURES = (
    ("TRACK_INDEX", "Track index", "NONE", True),
    ("TRACK_ID", "Track ID", "NONE", True),
    ("NUMBER_SPOTS", "Number of spots in track", "NONE", True),
)


def write_trackmate(
    lineage: Lineage,
    path: str | Path,
    calibration: Calibration | None = None,
    radius_px: float = 5.0,
) -> None:
    """Write a lineage as a TrackMate file: a spot a row, a track a family.

    Parameters
    ----------
    lineage : Lineage
        Confidences become the spots' quality; track ids, which rows were filled in, and the
        confidences of the masks of the others, features that TrackMate shows.
    path : path-like
        An existing file is replaced.
    calibration : Calibration, optional
        Default: not calibrated; the units are then pixel and frame.
    radius_px : float
        With which the spots are drawn.

    Raises
    ------
    WriteError
        The file can not be written.
    """
    calibration = calibration or Calibration()
    root = ElementTree.Element("TrackMate", version=_VERSION)
    model = ElementTree.SubElement(
        root,
        "Model",
        spatialunits="pixel" if calibration.pixel_size_um is None else "micrometer",
        timeunits="frame" if calibration.frame_interval_s is None else "second",
    )
    declarations = ElementTree.SubElement(model, "FeatureDeclarations")
    for name, features in (
        ("SpotFeatures", _SPOT_FEATURES),
        ("EdgeFeatures", _EDGE_FEATURES),
        ("TrackFeatures", _TRACK_FEATURES),
    ):
        _declare(ElementTree.SubElement(declarations, name), features)
    _add_spots(model, lineage, calibration, radius_px)
    _add_tracks(model, lineage)
    _add_settings(root, lineage, calibration)
    ElementTree.SubElement(root, "GUIState", state="ConfigureViews")
    ElementTree.indent(root)
    with whole_file(Path(path)) as temporary:
        ElementTree.ElementTree(root).write(temporary, encoding="UTF-8", xml_declaration=True)


def _declare(parent: ElementTree.Element, features: Iterable[tuple[str, str, str, bool]]) -> None:
    for feature, name, dimension, is_whole in features:
        ElementTree.SubElement(
            parent,
            "Feature",
            feature=feature,
            name=name,
            shortname=name,
            dimension=dimension,
            isint=str(is_whole).lower(),
        )


def _add_spots(
    model: ElementTree.Element, lineage: Lineage, calibration: Calibration, radius_px: float
) -> None:
    pixel = calibration.pixel_size_um or 1.0
    interval = calibration.frame_interval_s or 1.0
    spots = ElementTree.SubElement(model, "AllSpots", nspots=str(len(lineage)))
    for frame in np.unique(lineage.frame).tolist():
        here = ElementTree.SubElement(spots, "SpotsInFrame", frame=str(frame))
        for row in np.flatnonzero(lineage.frame == frame).tolist():
            y, x = (lineage.yx[row] * pixel).tolist()
            values = {
                "ID": row,
                "name": f"{lineage.track_id[row]}",
                "QUALITY": float(lineage.confidence[row]),
                "POSITION_X": x,
                "POSITION_Y": y,
                "POSITION_Z": 0.0,
                "POSITION_T": frame * interval,
                "FRAME": frame,
                "RADIUS": radius_px * pixel,
                "VISIBILITY": 1,
                _TRACK: int(lineage.track_id[row]),
                _FILLED: int(lineage.is_interpolated[row]),
            }
            if not lineage.is_interpolated[row]:
                values[_OF_MASK] = float(lineage.mask_confidence[row])
            ElementTree.SubElement(here, "Spot", {k: str(v) for k, v in values.items()})


def _add_tracks(model: ElementTree.Element, lineage: Lineage) -> None:
    """Add a track for each family with a link; TrackMate knows no tracks of one spot."""
    links = links_of(lineage)
    root = _roots(lineage)
    family = np.array([root[i] for i in lineage.track_id[links[:, 0]].tolist()], np.int64)
    tracks = ElementTree.SubElement(model, "AllTracks")
    filtered = ElementTree.SubElement(model, "FilteredTracks")
    for index, first in enumerate(np.unique(family).tolist()):
        members = links[family == first]
        track = ElementTree.SubElement(
            tracks,
            "Track",
            name=f"Track_{first}",
            TRACK_ID=str(first),
            TRACK_INDEX=str(index),
            NUMBER_SPOTS=str(len(np.unique(members))),
        )
        for a, b in members.tolist():
            edge = {"SPOT_SOURCE_ID": str(a), "SPOT_TARGET_ID": str(b)}
            child = int(lineage.track_id[b])
            if lineage.track_id[a] != child and child in lineage.parent_confidence:
                edge[_BIRTH] = str(lineage.parent_confidence[child])
            ElementTree.SubElement(track, "Edge", edge)
        ElementTree.SubElement(filtered, "TrackID", TRACK_ID=str(first))


def _roots(lineage: Lineage) -> dict[int, int]:
    generation = lineage.generation()
    root: dict[int, int] = {}
    for track_id in sorted(generation, key=generation.__getitem__):
        mother = lineage.parents.get(track_id)
        root[track_id] = track_id if mother is None else root[mother]
    return root


def _add_settings(root: ElementTree.Element, lineage: Lineage, calibration: Calibration) -> None:
    pixel = str(calibration.pixel_size_um or 1.0)
    settings = ElementTree.SubElement(root, "Settings")
    ElementTree.SubElement(
        settings,
        "ImageData",
        filename="",
        folder="",
        width="0",
        height="0",
        nslices="1",
        nframes=str(int(lineage.frame.max(initial=0)) + 1),
        pixelwidth=pixel,
        pixelheight=pixel,
        voxeldepth="1.0",
        timeinterval=str(calibration.frame_interval_s or 1.0),
    )


def read_trackmate(path: str | Path) -> tuple[Lineage, Calibration]:
    """Read the tracks of a TrackMate file.

    Parameters
    ----------
    path : path-like
        Spots of the tracks that TrackMate's filters kept are read, and visible spots without a
        track: those become tracks of one frame.

    Returns
    -------
    lineage : Lineage
        In pixels of the movie. A track ends where it divides; but the tracks of a file that
        tracksam wrote are its own.
    calibration : Calibration

    Raises
    ------
    ReadError
        There is no such file, or it is damaged.
    InvalidInputError
        It is no TrackMate file, spots have a depth, lack a number, or tracks merge.
    """
    path = Path(path)
    root = _parsed(path)
    model = root.find("Model")
    if root.tag != "TrackMate" or model is None:
        raise InvalidInputError(f"{path} is no TrackMate file: it has no model; got <{root.tag}>.")
    image = root.find("Settings/ImageData")
    size = dict(image.attrib) if image is not None else {}
    filters = model.find("FilteredTracks")
    kept = None if filters is None else {t.get("TRACK_ID") for t in filters.findall("TrackID")}
    edges, dropped = [], set()
    for track in model.findall("AllTracks/Track"):
        if kept is None or track.get("TRACK_ID") in kept:
            edges += track.findall("Edge")
        else:
            dropped |= {spot for edge in track.findall("Edge") for spot in _ends(edge, path)}
    spots = [
        spot
        for spot in model.findall("AllSpots/SpotsInFrame/Spot")
        if _whole(spot, "ID", path) not in dropped and spot.get("VISIBILITY") != "0"
    ]
    pixel = _positive(size, "pixelwidth", model.get("spatialunits", "pixel") == "pixel", path)
    calibration = Calibration(
        _converted(pixel, model.get("spatialunits", ""), _LENGTHS_UM),
        _converted(_size(size.get("timeinterval", 0)), model.get("timeunits", ""), _TIMES_S),
    )
    return _lineage(spots, edges, pixel, path), calibration


def _parsed(path: Path) -> ElementTree.Element:
    try:
        content = path.read_bytes()
        refuse_entities(content, str(path))
        return ElementTree.fromstring(content)
    except FileNotFoundError as error:
        raise ReadError(f"there is no file {path}; is the name right?") from error
    except InvalidInputError:
        raise
    except (OSError, ElementTree.ParseError, LookupError, ValueError) as error:
        raise ReadError(f"{path} can not be read as XML: {error}.") from error


def _positive(size: Mapping[str, str], name: str, is_pixel: bool, path: Path) -> float:
    """Width of a pixel in the file's unit."""
    value = _size(size.get(name, 1 if is_pixel else 0))
    if not value > 0:
        raise InvalidInputError(
            f"{path} must say how wide a pixel is (ImageData {name}), got {size.get(name)!r}; save "
            "it with the image open in TrackMate."
        )
    return value


def _size(text: str | float) -> float:
    """A positive number; 0 for everything else."""
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if np.isfinite(value) and value > 0 else 0.0


def _converted(size: float, unit: str, factors: Mapping[str, float]) -> float | None:
    factor = factors.get(unit.strip().lower())
    return size * factor if factor is not None and size > 0 else None


def _lineage(
    spots: list[ElementTree.Element],
    edges: list[ElementTree.Element],
    pixel: float,
    path: Path,
) -> Lineage:
    """Turn spots and edges into tracks, in pixels."""
    if any(_number(spot, "POSITION_Z", path) for spot in spots if "POSITION_Z" in spot.attrib):
        raise InvalidInputError(f"{path} has spots at different depths; project them before.")
    place = {_whole(spot, "ID", path): row for row, spot in enumerate(spots)}
    if len(place) < len(spots):
        raise InvalidInputError(f"{path} gives two spots the same ID.")
    links = np.array([_link(edge, place, path) for edge in edges], np.int64).reshape(-1, 2)
    own = bool(spots) and all(_TRACK in spot.attrib for spot in spots)
    yx = [[_number(spot, f"POSITION_{axis}", path) / pixel for axis in "YX"] for spot in spots]
    return lineage_of_links(
        [_whole(spot, "FRAME", path) for spot in spots],
        np.array(yx, np.float64).reshape(-1, 2),
        links,
        [_whole(spot, _TRACK, path) for spot in spots] if own else None,
        [float(edge.get(_BIRTH, "nan")) for edge in edges],
        confidence=[_number(spot, "QUALITY", path) for spot in spots] if own else None,
        is_interpolated=[spot.get(_FILLED) == "1" for spot in spots],
        mask_confidence=[
            _number(spot, _OF_MASK, path) if _OF_MASK in spot.attrib else 1.0 for spot in spots
        ],
    )


def _ends(edge: ElementTree.Element, path: Path) -> tuple[int, int]:
    return _whole(edge, "SPOT_SOURCE_ID", path), _whole(edge, "SPOT_TARGET_ID", path)


def _link(edge: ElementTree.Element, place: Mapping[int, int], path: Path) -> tuple[int, int]:
    source, target = _ends(edge, path)
    for spot in (source, target):
        if spot not in place:
            raise InvalidInputError(f"{path} has an edge to spot {spot}, which is not there.")
    return place[source], place[target]


def _number(element: ElementTree.Element, name: str, path: Path) -> float:
    text = element.get(name)
    try:
        value = float(text or "")
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise InvalidInputError(
            f"every {element.tag} of {path} must have a number as {name}, got {text!r}."
        )
    return value


def _whole(element: ElementTree.Element, name: str, path: Path) -> int:
    value = _number(element, name, path)
    if value != int(value) or abs(value) > _HIGHEST:
        raise InvalidInputError(
            f"every {element.tag} of {path} must have a whole number as {name}, got "
            f"{value!r}; at most {_HIGHEST}."
        )
    return int(value)
