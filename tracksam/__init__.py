"""tracksam: follow cells through microscope time-lapses, and objects through video.

Public names load on first use, so that importing the package is quick.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Boxes": "tracksam.prompts",
    "Examples": "tracksam.examples",
    "Words": "tracksam.words",
    "collect_examples": "tracksam.pipeline.finding.collect",
    "read_examples": "tracksam.io.examples",
    "write_examples": "tracksam.io.examples",
    "Curation": "tracksam.change",
    "Lineage": "tracksam.lineage",
    "Masks": "tracksam.masks",
    "Order": "tracksam.pipeline",
    "PointTracks": "tracksam.points",
    "Preview": "tracksam.pipeline",
    "Project": "tracksam.pipeline",
    "Prompts": "tracksam.prompts",
    "Regions": "tracksam.regions",
    "Result": "tracksam.pipeline",
    "Settings": "tracksam.settings",
    "Stack": "tracksam.stack",
    "Tables": "tracksam.tables",
    "TracksamError": "tracksam.errors",
    "edit": "tracksam.pipeline",
    "batch": "tracksam.batching",
    "link_labels": "tracksam.pipeline",
    "read_movie": "tracksam.io.images",
    "retrack": "tracksam.pipeline",
    "track": "tracksam.pipeline",
    "track_points": "tracksam.pipeline.points",
}

__all__ = ["__version__", *sorted(_HOMES)]  # noqa: PLE0604 - the names are the keys above


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tracksam' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
