"""GEFF: tracks as a graph in Zarr, the exchange format of the live-image-tracking-tools group.

Positions are stored in pixels and frames; the calibration is the axes' scale. See
https://live-image-tracking-tools.github.io/geff. Needs the extra ``geff``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.columns import Calibration
from tracksam.errors import InvalidInputError, ReadError
from tracksam.io.links import lineage_of_links, links_of
from tracksam.io.whole_folder import whole_folder
from tracksam.lineage import Lineage

TRACK_ID = "track_id"
# What geff and zarr say of a damaged graph.
_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SystemError,
    TypeError,
    ValueError,
)

_CONFIDENCE, _INTERPOLATED, _OF_MASK = "confidence", "is_interpolated", "mask_confidence"
_OWN = "tracksam"  # in the metadata of files whose properties mean what ours mean
_LENGTHS_UM = {"nanometer": 1e-3, "micrometer": 1.0, "millimeter": 1e3, "meter": 1e6}
_TIMES_S = {"millisecond": 1e-3, "second": 1.0, "minute": 60.0, "hour": 3600.0}


def write_geff(lineage: Lineage, path: str | Path, calibration: Calibration | None = None) -> None:
    """Write a lineage as a GEFF of its own.

    Parameters
    ----------
    lineage : Lineage
        A node a row, with properties ``t``, ``y``, ``x``, ``track_id``, ``confidence``,
        ``is_interpolated`` and ``mask_confidence`` (NaN where the mask was filled in); a link has
        the confidence of the row or the birth that it leads to.
    path : path-like
        Folder, usually with the ending ``.geff``. Must not exist, or be empty.
    calibration : Calibration, optional
        Default: not calibrated.

    Raises
    ------
    WriteError
        The folder holds files, or can not be written.
    InvalidInputError
        The package ``geff`` is not installed.
    """
    with whole_folder(Path(path)) as building:
        write_geff_group(lineage, building, calibration or Calibration())


def write_geff_group(
    lineage: Lineage, folder: Path, calibration: Calibration, labels_path: str | None = None
) -> None:
    """Write a lineage into a folder that is being made.

    Parameters
    ----------
    lineage : Lineage
        See `write_geff`.
    folder : Path
        Becomes a Zarr group; nothing is there yet.
    calibration : Calibration
        Scale of the axes.
    labels_path : str, optional
        Where the label images lie, seen from `folder`; their pixel values are the track ids.

    Raises
    ------
    InvalidInputError
        The package ``geff`` is not installed.
    """
    require_geff()
    from geff.core_io._base_write import write_arrays

    links = links_of(lineage)
    node = np.arange(len(lineage), dtype=np.uint64)
    nodes = {
        "t": lineage.frame,
        "y": lineage.yx[:, 0],
        "x": lineage.yx[:, 1],
        TRACK_ID: lineage.track_id,
        _CONFIDENCE: lineage.confidence,
        _INTERPOLATED: lineage.is_interpolated,
        _OF_MASK: lineage.mask_confidence,
    }
    write_arrays(
        folder,
        node,
        {name: {"values": np.array(values), "missing": None} for name, values in nodes.items()},
        node[links],
        {_CONFIDENCE: {"values": _link_confidence(lineage, links), "missing": None}},
        _metadata(calibration, labels_path),
        zarr_format=3,
    )


def require_geff() -> None:
    """Check that the package ``geff`` is there.

    Raises
    ------
    InvalidInputError
        It is not; the message says how to get it.
    """
    try:
        import geff  # noqa: F401
    except ImportError as error:
        raise InvalidInputError(
            "GEFF needs the package geff; install it with: pip install 'tracksam[geff]'."
        ) from error


def _metadata(calibration: Calibration, labels_path: str | None) -> Any:
    from geff_spec import (
        Axis,
        DisplayHint,
        GeffMetadata,
        RelatedObject,
    )

    pixel, interval = calibration.pixel_size_um, calibration.frame_interval_s
    space = {} if pixel is None else {"scale": pixel, "scaled_unit": "micrometer"}
    time = {} if interval is None else {"scale": interval, "scaled_unit": "second"}
    labels = RelatedObject(type="labels", path=labels_path or "", node_prop=TRACK_ID)
    return GeffMetadata(
        directed=True,
        axes=[
            Axis(name="t", type="time", unit="frame", **time),
            Axis(name="y", type="space", unit="pixel", **space),
            Axis(name="x", type="space", unit="pixel", **space),
        ],
        node_props_metadata={},
        edge_props_metadata={},
        related_objects=None if labels_path is None else [labels],
        extra={_OWN: True},
        display_hints=DisplayHint(display_horizontal="x", display_vertical="y", display_time="t"),
    )


def _link_confidence(lineage: Lineage, links: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of the row that a link leads to; of the mother where it leads to a first row."""
    confidence = lineage.confidence[links[:, 1]].copy()
    across = np.flatnonzero(lineage.track_id[links[:, 0]] != lineage.track_id[links[:, 1]])
    for link in across.tolist():
        child = int(lineage.track_id[links[link, 1]])
        confidence[link] = lineage.parent_confidence.get(child, np.nan)
    return confidence


def read_geff(
    path: str | Path, calibration: Calibration | None = None
) -> tuple[Lineage, Calibration]:
    """Read a GEFF.

    Parameters
    ----------
    path : path-like
        A GEFF, or a Zarr group in which there is one named ``tracks``.
    calibration : Calibration, optional
        For graphs whose positions are in micrometres or whose times are in seconds: what turns
        them into pixels and frames. Default: what the axes' scale says.

    Returns
    -------
    lineage : Lineage
        Tracks by the node property ``track_id`` if tracksam wrote the file; else by the property
        that the file names as tracklets; else by the links alone.
    calibration : Calibration

    Raises
    ------
    ReadError
        Nothing is there, or it is damaged.
    InvalidInputError
        Axes are not t, y and x, positions can not be turned into pixels, or the graph is no
        lineage.
    """
    require_geff()
    from geff import GeffReader

    path = Path(path)
    folder = path / "tracks" if (path / "tracks").is_dir() else path
    if not folder.is_dir():
        raise ReadError(f"there is no GEFF {path}; is the name right?")
    try:
        reader = GeffReader(str(folder))
        reader.read_node_props()
        reader.read_edge_props()
        graph = reader.build()
    except _DAMAGE as error:
        raise ReadError(f"{path} is no readable GEFF: {error}.") from error
    return _lineage(graph, path, calibration)


def _lineage(
    graph: Any, path: Path, calibration: Calibration | None
) -> tuple[Lineage, Calibration]:
    props = {name: prop["values"] for name, prop in graph["node_props"].items()}
    metadata = graph["metadata"]
    is_own = bool(metadata.extra.get(_OWN))
    tracklets = TRACK_ID if is_own else (metadata.track_node_props or {}).get("tracklet")
    axes = {axis.name: axis for axis in metadata.axes or []}
    if set(axes) != {"t", "y", "x"}:
        raise InvalidInputError(
            f"{path} must have the axes t, y and x, got {', '.join(axes) or 'none'}; pick a plane "
            "or project it before."
        )
    found, factors = _scales(axes, calibration or Calibration(), path)
    frame, y, x = (np.asarray(props[name], np.float64) * factors[name] for name in "tyx")
    if not np.allclose(frame, np.rint(frame), atol=1e-3):
        raise InvalidInputError(f"times of {path} are no whole numbers of frames.")
    node = np.asarray(graph["node_ids"])
    order = np.argsort(node)
    edges = np.asarray(graph["edge_ids"]).reshape(-1, 2)
    if not np.isin(edges, node).all():
        raise InvalidInputError(f"{path} has an edge to a node that is not there.")
    sure = graph["edge_props"].get(_CONFIDENCE) if is_own else None
    lineage = lineage_of_links(
        np.rint(frame),
        np.stack([y, x], axis=1),
        order[np.searchsorted(node, edges, sorter=order)] if len(edges) else edges,
        None if tracklets is None else _complete(graph["node_props"][tracklets], tracklets, path),
        None if sure is None else sure["values"],
        confidence=props.get(_CONFIDENCE) if is_own else None,
        is_interpolated=props.get(_INTERPOLATED) if is_own else None,
        mask_confidence=props.get(_OF_MASK) if is_own else None,
    )
    return lineage, found


def _complete(prop: Any, name: str, path: Path) -> NDArray[np.int64]:
    """The values of a property that every node must have: whole numbers of 1 or more."""
    values = np.asarray(prop["values"])
    missing = prop["missing"]
    if values.dtype.kind not in "iu" or (missing is not None and np.any(missing)):
        raise InvalidInputError(
            f"{path} names {name} as tracks, so every node must have a whole number there; got "
            f"{values.dtype}{', and none at some nodes' if missing is not None else ''}."
        )
    # Other programs count tracks from 0, which is background here.
    lowest = int(values.min(initial=1))
    return values.astype(np.int64) + (1 - lowest if lowest < 1 else 0)


def _scales(
    axes: dict[str, Any], given: Calibration, path: Path
) -> tuple[Calibration, dict[str, float]]:
    """The calibration, and what turns each axis into pixels or frames."""
    pixel = _scale(axes["y"], _LENGTHS_UM, given.pixel_size_um)
    interval = _scale(axes["t"], _TIMES_S, given.frame_interval_s)
    factors = {}
    for name, size, units, what in (
        ("y", pixel, _LENGTHS_UM, "pixel size"),
        ("x", pixel, _LENGTHS_UM, "pixel size"),
        ("t", interval, _TIMES_S, "frame interval"),
    ):
        unit = axes[name].unit
        if unit in units and size is None:
            raise InvalidInputError(
                f"axis {name} of {path} is in {unit}; give the {what} to turn it into pixels and "
                "frames."
            )
        factors[name] = units[unit] / size if unit in units and size is not None else 1.0
    return Calibration(pixel, interval), factors


def _scale(axis: Any, units: dict[str, float], given: float | None) -> float | None:
    """Size of a pixel or frame, as given or as the axis has it."""
    if given is not None or axis.scale is None or axis.scaled_unit not in units:
        return given
    return float(axis.scale) * units[axis.scaled_unit]
