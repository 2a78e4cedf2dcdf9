"""The back ends that the settings name, made ready."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam import registry
from tracksam.errors import BackendError
from tracksam.grid import Grid
from tracksam.protocols import ForMovie, MaskPropagator, PointTracker
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.crops import Cropped, within_limits
from tracksam.steps.work import POINTS, Models

NO_DETECTOR = "none"

FRAMES_SHOWN = 5
"""So many frames, spread over the movie, are shown to a back end that adapts to movies."""

TILES_SHOWN = 15
"""Where frames are large, so many tiles of them."""


def load_models(settings: Settings, stack: Stack | None = None) -> Models:
    """Return the back ends that the settings name.

    Parameters
    ----------
    settings : Settings
        The sections `segment` and `follow` name them.
    stack : Stack, optional
        The movie as the back ends see it. Segmenter and detector are shown a few of its frames
        where they can make use of that (see `protocols.ForMovie`).

    Returns
    -------
    Models
        Segmenter and detector are one object if their names are one.

    Raises
    ------
    BackendError
        A name is unknown, its library is not installed, or it takes no weights.
    """
    wanted = settings.segment
    options = {
        "diameter_px": wanted.diameter_px,
        "cache_gb": wanted.cache_gb,
        **computing(settings),
    }
    segmenter = _made("tracksam.segmenters", wanted.segmenter, options, wanted.weights)
    segmenter = _shown(segmenter, stack, wanted.tile_px)
    tracker, propagator = load_tracker(settings), _propagator(settings)
    if wanted.detector == NO_DETECTOR:
        return Models(segmenter, tracker, None, propagator)
    if wanted.detector == wanted.segmenter:
        return Models(segmenter, tracker, segmenter, propagator)
    detector = registry.create("tracksam.detectors", wanted.detector, **options)
    return Models(segmenter, tracker, _shown(detector, stack, wanted.tile_px), propagator)


def computing(settings: Settings) -> dict[str, Any]:
    """Return the options that say where and how precisely a back end computes, if it has them."""
    return {"device": settings.device, "precision": settings.precision}


def _shown(model: Any, stack: Stack | None, tile_px: int) -> Any:
    """Return a segmenter or detector after it has seen some frames of the movie."""
    if stack is None or not isinstance(model, ForMovie):
        return model
    return model.for_movie(_views(stack, tile_px))


def _views(stack: Stack, tile_px: int) -> Iterator[NDArray[Any]]:
    """Some frames, spread over the movie; of large frames some tiles, spread over them."""
    frames = np.unique(np.linspace(0, stack.n_frames - 1, FRAMES_SHOWN).round().astype(int))
    grid = Grid.of(stack.shape_yx, tile_px)
    if grid is None:
        yield from (stack.frame(frame) for frame in frames.tolist())
        return
    tiles = list(grid.tiles())
    places = np.linspace(0, len(tiles) - 1, TILES_SHOWN).round().astype(int)
    for i, place in enumerate(np.unique(places).tolist()):
        yield stack.windowed(tiles[place].core).frame(int(frames[i % len(frames)]))


def load_tracker(settings: Settings) -> PointTracker:
    """Return the point tracker that the settings name, for frames of any size.

    Parameters
    ----------
    settings : Settings
        The section `follow` names it.

    Returns
    -------
    PointTracker

    Raises
    ------
    BackendError
        The name is unknown, or something that it needs is not installed.
    """
    follow, options = settings.follow, computing(settings)
    made = _made("tracksam.point_trackers", follow.point_tracker, options, follow.tracker_weights)
    return within_limits(made, follow.shrink)


def _propagator(settings: Settings) -> MaskPropagator | None:
    follow, options = settings.follow, computing(settings)
    if follow.propagate == POINTS:
        return None
    made: MaskPropagator = _made(
        "tracksam.propagators", follow.propagator, options, follow.propagator_weights
    )
    return made


def _made(group: str, name: str, options: Mapping[str, Any], weights: str | None) -> Any:
    """A back end with weights of one's own, if some are named."""
    own = {"weights": weights} if weights else {}
    made = registry.create(group, name, **options, **own)
    if own and not hasattr(made, "find_weights"):
        kind = group.removeprefix("tracksam.").removesuffix("s").replace("_", " ")
        raise BackendError(
            f"the {kind} {name!r} takes no weights, but {weights!r} is set for it; choose "
            f"another {kind}, or leave the weights out."
        )
    return made


def weights_used(models: Models) -> Mapping[str, str]:
    """Return which weights the back ends of a run have loaded.

    Parameters
    ----------
    models : Models
        A back end that has loaded some says so in its attribute `weights_used`.

    Returns
    -------
    mapping of str to str
        Names, and the SHA-256 of each.
    """
    used: dict[str, str] = {}
    for model in _each(models):
        used.update(getattr(model, "weights_used", {}))
    return used


def told(models: Models) -> tuple[str, ...]:
    """Return what large models say of themselves: their weights, device and precision.

    Parameters
    ----------
    models : Models
        A back end with something to say has an attribute `message`.

    Returns
    -------
    tuple of str
        For the record of a run; each line once.
    """
    lines = [getattr(model, "message", "") for model in _each(models)]
    return tuple(dict.fromkeys(line for line in lines if line))


def _each(models: Models) -> tuple[Any, ...]:
    """Every back end of a run, a point tracker without what cuts frames for it."""
    tracker = models.tracker
    loaded = tracker.tracker if isinstance(tracker, Cropped) else tracker
    return models.segmenter, models.detector, loaded, models.propagator
