"""Words: what the widgets say about the state of the work."""

from __future__ import annotations

from napari_tracksam.shown.choices import TOOLS
from napari_tracksam.shown.state import State
from tracksam import Stack
from tracksam.doubts import Doubt


def duration(seconds: float) -> str:
    """Return a duration as people say it: ``"8 s"``, ``"3 min"``, ``"1 h 20 min"``."""
    if seconds < 60:
        return f"{max(seconds, 0):.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def progress(stage: str, done: int, total: int, seconds_left: float | None) -> str:
    """Return how far a run is: ``"Tracking: 12 of 48 frames, 20 s left"``."""
    text = stage[:1].upper() + stage[1:]
    if total:
        text += f": {done} of {total} frames"
    if seconds_left is not None:
        text += f", {duration(seconds_left)} left"
    return text


def movie(stack: Stack | None) -> str:
    """Return a movie's name and size in words."""
    if stack is None:
        return "No movie is open."
    height, width = stack.shape_yx
    channels = "" if stack.n_channels == 1 else f", {stack.n_channels} channels"
    frames = "1 frame" if stack.n_frames == 1 else f"{stack.n_frames} frames"
    return f"{stack.name}: {frames} of {height} × {width} pixels{channels}"


def calibration(stack: Stack | None) -> str:
    """Return what a pixel and a frame are, in words."""
    if stack is None:
        return ""
    pixel, interval = stack.pixel_size_um, stack.frame_interval_s
    space = "pixel size not known" if pixel is None else f"{pixel:g} µm a pixel"
    time = "interval not known" if interval is None else f"{duration(interval)} a frame"
    return f"{space}, {time}"


def selection(track_ids: tuple[int, ...]) -> str:
    """Return which tracks are selected, in words."""
    if not track_ids:
        return "Nothing is selected: click a cell."
    if len(track_ids) == 1:
        return f"Track {track_ids[0]} is selected."
    shown = ", ".join(str(i) for i in track_ids[:6])
    return f"Tracks {shown}{', ...' if len(track_ids) > 6 else ''} are selected."


def marking(state: State) -> str:
    """Return what to do while cells are marked; empty while none are."""
    if not state.is_marking:
        return ""
    if not state.is_ready:
        return "Looking at this frame; outlines appear in a moment."
    if not state.n_pending or state.tool == "brush":
        return TOOLS[state.tool][1]
    if not state.has_outline:
        return "Nothing is found there: mark more of the cell, use Box or Brush, or press Reject."
    return "Accept the outline, or mark more of the cell."


def examples(n_wanted: int, n_unwanted: int) -> str:
    """Return how many cells were shown as examples, in words."""
    if not n_wanted and not n_unwanted:
        return "Select a few cells that you want, and press Like these."
    return f"{n_wanted} wanted, {n_unwanted} unwanted."


def found(n_found: int, n_ranked: int | None, is_running: bool) -> str:
    """Return how many cells of a frame are likely enough, in words."""
    if is_running:
        return "Looking at this frame ..."
    return "" if n_ranked is None else f"{n_found} of {n_ranked} cells are likely enough."


def doubts(n: int, current: int | None, what: str = "") -> str:
    """Return how many doubtful places there are, and which one is looked at."""
    if not n:
        return "No doubtful place."
    if current is None:
        return f"{n} doubtful {'place' if n == 1 else 'places'}."
    return f"Doubtful place {current + 1} of {n}{': ' * bool(what)}{what}."


def doubt(place: Doubt) -> str:
    """Return a line of the list of doubtful places."""
    return f"{place.confidence:.0%}   frame {place.frame}: {place.what}"
