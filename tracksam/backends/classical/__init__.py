"""Classical: segmentation without learning, for microscopy."""

from __future__ import annotations

from typing import Any, ClassVar

from numpy.typing import NDArray

from tracksam.backends.classical.prompting import draw
from tracksam.backends.classical.scene import Scene, look
from tracksam.errors import InvalidInputError
from tracksam.prompts import Boxes, Prompts
from tracksam.regions import Regions
from tracksam.registry import BackendCard


class Classical:
    """Segmenter and detector that needs no weights.

    The frame is freed of its background; where objects stand out to one side their brightness
    counts, else their local contrast. The pieces of that image at all levels form a tree, from
    which those are taken that look like one whole object each; touching ones are cut at their
    necks. Points and boxes choose, join and cut what was found, or grow what was not.

    Parameters
    ----------
    diameter_px : float, optional
        Typical diameter of an object; estimated from each frame when not given.
    channel : int, optional
        The channel that shows the objects; the mean of all when not given.
    """

    info: ClassVar[BackendCard] = BackendCard(
        summary="Brightness or local contrast, component tree, watershed; microscopy, no weights.",
        licence="BSD-3-Clause",
        modules=("cv2", "scipy", "skimage"),
    )

    def __init__(self, diameter_px: float | None = None, channel: int | None = None) -> None:
        if diameter_px is not None and not diameter_px >= 2:
            raise InvalidInputError(f"diameter_px must be at least 2, got {diameter_px}.")
        self.diameter_px = diameter_px
        self.channel = channel

    def prepare(self, image_yxc: NDArray[Any]) -> Scene:
        """Return what is needed of one frame; computed once."""
        return look(image_yxc, self.diameter_px, self.channel)

    def detect(self, prepared: Scene) -> Regions:
        """Return every object with a score; object ids are 0."""
        return Regions.from_labels(prepared.labels_yx, prepared.score_k)

    def segment(
        self, prepared: Scene, prompts: Prompts, boxes: Boxes, previous: Regions | None = None
    ) -> Regions:
        """Return regions for every object id in `prompts` and `boxes`."""
        return draw(prepared, prompts, boxes, previous)
