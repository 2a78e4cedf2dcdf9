"""The back ends that the settings name, made ready."""

from __future__ import annotations

from collections.abc import Mapping

from tracksam import registry
from tracksam.errors import BackendError
from tracksam.settings import Settings
from tracksam.steps.work import Models

NO_DETECTOR = "none"


def load_models(settings: Settings) -> Models:
    """Return the back ends that the settings name.

    Parameters
    ----------
    settings : Settings
        The sections `segment` and `follow` name them.

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
        "device": settings.device,
        "cache_gb": wanted.cache_gb,
    }
    own = {"weights": wanted.weights} if wanted.weights else {}
    segmenter = registry.create("tracksam.segmenters", wanted.segmenter, **options, **own)
    if own and not hasattr(segmenter, "find_weights"):
        raise BackendError(
            f"segment.weights is {wanted.weights!r}, but the segmenter {wanted.segmenter!r} takes "
            "no weights; choose another segmenter, or leave segment.weights out."
        )
    tracker = registry.create(
        "tracksam.point_trackers", settings.follow.point_tracker, device=settings.device
    )
    if wanted.detector == NO_DETECTOR:
        return Models(segmenter, tracker)
    if wanted.detector == wanted.segmenter:
        return Models(segmenter, tracker, segmenter)
    detector = registry.create("tracksam.detectors", wanted.detector, **options)
    return Models(segmenter, tracker, detector)


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
    for model in (models.segmenter, models.detector, models.tracker):
        used.update(getattr(model, "weights_used", {}))
    return used
