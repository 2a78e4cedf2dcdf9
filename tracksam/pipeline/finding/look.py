"""Look: every cell of a frame, detected and described, with the back ends of the settings."""

from __future__ import annotations

from typing import Any, Self

import attrs
from numpy.typing import NDArray

from tracksam import registry
from tracksam.embeddings import Embeddings
from tracksam.errors import BackendError
from tracksam.examples import unit_of
from tracksam.pipeline.models import NO_DETECTOR, computing
from tracksam.protocols import Detector, Embedder, Segmenter
from tracksam.regions import Regions
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.finding.embed import embed
from tracksam.steps.finding.everything import Everything
from tracksam.steps.finding.likeliest import without_alternatives


@attrs.frozen
class Frame:
    """One frame as it is looked at.

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        All channels: these are described.
    seen_yxc : ndarray, shape (Y, X, C')
        What the back ends see: the tracked channel, or all.
    pixel_size_um : float or None
        Where known, sizes are in micrometres.
    """

    image_yxc: NDArray[Any]
    seen_yxc: NDArray[Any]
    pixel_size_um: float | None = None

    @classmethod
    def of(cls, stack: Stack, frame: int, settings: Settings, in_um: bool | None = None) -> Self:
        """Return a frame of a movie.

        Parameters
        ----------
        stack : Stack
            The movie.
        frame : int
            Which.
        settings : Settings
            `read.channel` says what the back ends see.
        in_um : bool, optional
            Whether sizes are in micrometres, as the examples have them. Default: if they can be.

        Returns
        -------
        Frame
        """
        unit = stack.pixel_size_um if in_um is None else unit_of(stack.pixel_size_um, in_um)
        image_yxc, channel = stack.frame(frame), settings.read.channel
        seen_yxc = image_yxc if channel is None else image_yxc[..., channel : channel + 1]
        return cls(image_yxc, seen_yxc, unit)


@attrs.frozen
class Eye:
    """The back ends that detect and describe cells.

    Parameters
    ----------
    detector : Detector
        Finds every object.
    embedder : Embedder
        Describes it; may be the detector itself, then a frame is prepared once for both.
    segmenter : Segmenter
        Draws what is pointed at where nothing was detected; may be the same again.
    min_score : float
        Detections with a lower score are left out.
    """

    detector: Detector
    embedder: Embedder
    segmenter: Segmenter
    min_score: float

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the back ends that the settings name.

        Raises
        ------
        BackendError
            One is unknown or not installed, or no detector is named.
        """
        wanted = settings.segment
        if wanted.detector == NO_DETECTOR:
            raise BackendError(
                "to find what is like examples, every cell must be detected first; choose a "
                "segment.detector, such as 'nano'."
            )
        options = {"diameter_px": wanted.diameter_px, **computing(settings)}
        detector = registry.create("tracksam.detectors", wanted.detector, **options)
        made = {wanted.detector: detector}
        others = []
        for group, name in (
            ("tracksam.embedders", settings.find.embedder),
            ("tracksam.segmenters", wanted.segmenter),
        ):
            if name not in made or name not in registry.names(group):
                made[name] = registry.create(group, name, **options)
            others.append(made[name])
        return cls(detector, others[0], others[1], wanted.min_score)

    def everything(self, frame: Frame) -> Everything:
        """Return every cell of a frame with its embedding.

        Parameters
        ----------
        frame : Frame
            What is looked at.

        Returns
        -------
        Everything
            Where detections are alternatives of each other, the likeliest.
        """
        prepared = self.detector.prepare(frame.seen_yxc)
        found = self.detector.detect(prepared)
        found = without_alternatives(found.select(found.score >= self.min_score))
        return Everything(found, self._embedded(frame, found, prepared))

    def embedded(self, frame: Frame, regions: Regions) -> Embeddings:
        """Return the embeddings of given regions of a frame.

        Parameters
        ----------
        frame : Frame
            What is looked at.
        regions : Regions
            K regions of it.

        Returns
        -------
        Embeddings
        """
        return self._embedded(frame, regions, None)

    def _embedded(self, frame: Frame, regions: Regions, detected: Any) -> Embeddings:
        shared = detected is not None and id(self.embedder) == id(self.detector)
        prepared = detected if shared else self.embedder.prepare(frame.seen_yxc)
        return embed(self.embedder, prepared, frame.image_yxc, regions, frame.pixel_size_um)
