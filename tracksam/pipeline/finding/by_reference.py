"""ByReference: a finder whose query is one mask, on any segmenter that gives image features."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
from numpy.typing import NDArray

from tracksam import registry
from tracksam.errors import BackendError, InvalidInputError
from tracksam.reference import Reference
from tracksam.regions import Regions
from tracksam.registry import BackendCard
from tracksam.steps.finding.persam import FeatureSegmenter, Target, find_like


@attrs.frozen
class ByReference:
    """Finds what is like one reference mask (PerSAM); nothing is trained.

    Parameters
    ----------
    segmenter : str
        Back end that gives image features: nano, or one of the SAM family.
    device : str
        Where it runs.
    weights : str, optional
        Of the segmenter, if not its usual ones.
    min_likeness : float
        Least likeness to the reference, 0 to 1.
    max_count : int, optional
        At most so many objects.
    fits_scale : bool
        Whether two parameters are fitted to the reference (PerSAM-F).
    precision : str
        As `Settings.precision`; nano has none.
    """

    info: ClassVar[BackendCard] = BackendCard(
        summary="What is like one reference mask, by image features (PerSAM).",
        licence="BSD-3-Clause",
    )

    segmenter: str = "nano"
    device: str = "auto"
    weights: str | None = None
    min_likeness: float = 0.6
    max_count: int | None = None
    fits_scale: bool = False
    precision: str = "auto"

    def find(self, image_yxc: NDArray[Any], query: Reference) -> Regions:
        """Return the objects of an image that are like a reference.

        Parameters
        ----------
        image_yxc : ndarray, shape (Y, X, C)
            Where to look.
        query : Reference
            An image and a mask in it, of the same number of channels.

        Returns
        -------
        Regions
            The score is the likeness.

        Raises
        ------
        InvalidInputError
            The query is no reference, or has other channels.
        BackendError
            The segmenter gives no image features.
        """
        if not isinstance(query, Reference):
            raise InvalidInputError(
                f"the finder 'persam' needs a tracksam.reference.Reference, got "
                f"{type(query).__name__}."
            )
        if query.image_yxc.shape[2] != image_yxc.shape[2]:
            raise InvalidInputError(
                f"the reference has {query.image_yxc.shape[2]} channels, this image "
                f"{image_yxc.shape[2]}; use images with the same channels."
            )
        own = {"weights": self.weights} if self.weights else {}
        options = {"device": self.device, "precision": self.precision, **own}
        made: FeatureSegmenter = registry.create("tracksam.segmenters", self.segmenter, **options)
        if not hasattr(made, "image_embedding"):
            raise BackendError(
                f"the segmenter {self.segmenter!r} gives no image features; choose nano or one of "
                "the SAM family."
            )
        target = Target.of(made, query, fits_scale=self.fits_scale)
        return find_like(made, image_yxc, target, self.min_likeness, self.max_count)
