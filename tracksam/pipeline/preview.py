"""Preview: what would be drawn where a person points, at once."""

from __future__ import annotations

from typing import Any

import attrs

from tracksam.errors import InvalidInputError
from tracksam.pipeline.models import load_models
from tracksam.prompts import Marks
from tracksam.regions import Regions
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.seed import best_of_each
from tracksam.steps.work import Models


@attrs.frozen
class PreparedFrame:
    """A frame as the models need it; made once, then every drawing is quick.

    Parameters
    ----------
    frame : int
        Which frame.
    shape_yx : tuple of int
        Its height and width.
    segmenter : Any
        What the segmenter prepared.
    """

    frame: int
    shape_yx: tuple[int, int]
    segmenter: Any = attrs.field(repr=False)


class Preview:
    """Draws what a person marks in single frames of a movie.

    Parameters
    ----------
    stack : Stack
        The movie.
    settings : Settings, optional
        Which models are used, and the channel. Default: ``Settings()``.

    Examples
    --------
    >>> from tracksam.prompts import Prompts
    >>> from tracksam.simulate import situation
    >>> movie = situation("still")
    >>> y, x = movie.lineage.yx[0]
    >>> preview = Preview(movie.stack)
    >>> prepared = preview.prepare(0)
    >>> len(preview.draw(prepared, Marks(Prompts([1], [0], [[y, x]]))))
    1
    """

    def __init__(self, stack: Stack, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        channel = self._settings.read.channel
        self._stack = stack if channel is None else stack.only_channel(channel)
        self._models: Models | None = None

    def prepare(self, frame: int) -> PreparedFrame:
        """Return what is needed to draw in a frame; takes up to seconds.

        Parameters
        ----------
        frame : int
            Which frame.

        Returns
        -------
        PreparedFrame

        Raises
        ------
        BackendError
            A model can not be used.
        """
        prepared = self._loaded().segmenter.prepare(self._stack.frame(frame))
        return PreparedFrame(frame, self._stack.shape_yx, prepared)

    def draw(self, prepared: PreparedFrame, marks: Marks) -> Regions:
        """Return the best mask of each marked object.

        Parameters
        ----------
        prepared : PreparedFrame
            Made by `prepare`.
        marks : Marks
            Those of the frame are looked at. A painted mask is taken as it is.

        Returns
        -------
        Regions
            Under the marks' object ids; objects of which nothing is found are absent.
        """
        prompts, boxes = marks.prompts.at(prepared.frame), marks.boxes.at(prepared.frame)
        painted = marks.masks.get(prepared.frame)
        wanted = {*prompts.object_id[prompts.is_positive].tolist(), *boxes.object_id.tolist()}
        if not wanted:
            return Regions(prepared.shape_yx) if painted is None else painted
        found = self._loaded().segmenter.segment(prepared.segmenter, prompts, boxes, painted)
        drawn = best_of_each(found)
        if painted is None:
            return drawn
        kept = [i for i, k in enumerate(painted.object_id.tolist()) if k not in wanted]
        return drawn.joined(painted.select(kept))

    def find(self, prepared: PreparedFrame) -> Regions:
        """Return every object of a frame, with scores; object ids are 0.

        Parameters
        ----------
        prepared : PreparedFrame
            Made by `prepare`.

        Returns
        -------
        Regions
            Without alternatives: of those that overlap by half of the smaller one, the best.

        Raises
        ------
        InvalidInputError
            The settings name no detector.
        """
        models = self._loaded()
        if models.detector is None:
            raise InvalidInputError("no detector is chosen; choose one to find all cells.")
        shared = id(models.detector) == id(models.segmenter)
        image_yxc = self._stack.frame(prepared.frame)
        given = prepared.segmenter if shared else models.detector.prepare(image_yxc)
        found = models.detector.detect(given)
        return without_alternatives(found.select(found.score >= FOUND_SCORE))

    def _loaded(self) -> Models:
        if self._models is None:
            self._models = load_models(self._settings, self._stack)
        return self._models


FOUND_SCORE = 0.5
"""Detections that are more likely wrong than right are not offered to a person."""


def without_alternatives(regions: Regions) -> Regions:
    """Return the best of regions that overlap each other by half of the smaller one.

    Parameters
    ----------
    regions : Regions
        Of one frame.

    Returns
    -------
    Regions
        The best first.
    """
    kept: list[int] = []
    area = regions.area_px
    for k in (-regions.score).argsort(kind="stable").tolist():
        rivals = (regions.intersection_px(k, regions, i) / min(area[k], area[i]) for i in kept)
        if all(share < 0.5 for share in rivals):
            kept.append(k)
    return regions.select(kept)
