"""The back ends that the settings name, made ready."""

from __future__ import annotations

from tracksam import registry
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
        A name is unknown, or its library is not installed.
    """
    wanted = settings.segment
    options = {"diameter_px": wanted.diameter_px}
    segmenter = registry.create("tracksam.segmenters", wanted.segmenter, **options)
    tracker = registry.create("tracksam.point_trackers", settings.follow.point_tracker)
    if wanted.detector == NO_DETECTOR:
        return Models(segmenter, tracker)
    if wanted.detector == wanted.segmenter:
        return Models(segmenter, tracker, segmenter)
    detector = registry.create("tracksam.detectors", wanted.detector, **options)
    return Models(segmenter, tracker, detector)
