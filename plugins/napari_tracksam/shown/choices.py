"""Choices: what can be chosen for a run, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from napari_tracksam.tracking import ModelChoice

DIRECTIONS: dict[str, tuple[str, str]] = {
    "both": ("both ways", "From the marks to the first and to the last frame."),
    "forward": ("forward", "From the marks to the last frame."),
    "backward": ("backward", "From the marks to the first frame."),
}
PROPAGATE: dict[str, tuple[str, str]] = {
    "points": ("points", "Points in each cell are followed, and prompt its outline again."),
    "memory": ("memory", "A model carries the masks in its memory."),
    "points+memory": ("points and memory", "The memory, and points where it is not sure."),
}
LINKING: dict[str, str] = {
    "divisions": "Cells divide",
    "budding": "Cells bud",
    "borders": "Borders",
    "max_distance": "Farthest step",
    "max_gap": "Longest gap",
    "fill_gaps": "Fill gaps",
    "min_track_frames": "Shortest track",
}
TOOLS: dict[str, tuple[str, str]] = {
    "point": ("Point", "Click: belongs to the cell. Alt-click: does not."),
    "box": ("Box", "Drag a box around the cell."),
    "brush": ("Brush", "Paint the cell."),
}
SHOW: dict[str, tuple[str, str]] = {
    "all": ("All", "Show all cells."),
    "lineage": ("Family", "Show the selected cell with its ancestors and descendants."),
    "selected": ("Selected", "Show the selected cells alone."),
}


@attrs.frozen
class Socket:
    """A place where a model plugs in."""

    group: str
    title: str
    hint: str


SOCKETS: dict[str, Socket] = {
    "segmenter": Socket("segmenters", "Outlines by", "The model that draws the masks."),
    "detector": Socket("detectors", "Cells by", "The model that finds the cells of a frame."),
    "point_tracker": Socket(
        "point_trackers", "Motion by", "The model that follows points from frame to frame."
    ),
    "propagator": Socket("propagators", "Memory by", "The model that carries whole masks."),
}


WITHOUT_WORDS = ("example", "persam")
"""Finders that take cells instead of words."""


def finders(choices: tuple[ModelChoice, ...]) -> tuple[ModelChoice, ...]:
    """Return the models that understand words."""
    return tuple(choice for choice in choices if choice.name not in WITHOUT_WORDS)


def model_title(choice: ModelChoice) -> str:
    """Return how a model is listed: with what is missing, where something is."""
    return choice.name if choice.is_usable else f"{choice.name} (not there)"


def model_hint(choice: ModelChoice) -> str:
    """Return what a model is, its licence, and how to get what is missing."""
    licence = f"Licence: {choice.licence}." if choice.licence else ""
    return "\n".join(filter(None, (choice.summary, licence, choice.problem)))
