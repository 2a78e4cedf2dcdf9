"""OWL-ViT and OWLv2 (Minderer et al. 2022, 2023): boxes for phrases, or for a picture of one."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.eight_bit import colours
from tracksam.backends.text.choose import chosen, frame_boxes
from tracksam.backends.text.hub import HubBackend, card, is_blank, picture
from tracksam.errors import InvalidInputError
from tracksam.found import Found
from tracksam.registry import BackendCard
from tracksam.words import Words


class OwlViT(HubBackend):
    """Boxes for phrases, by OWL-ViT."""

    info: ClassVar[BackendCard] = card(
        "Boxes for words, or for a crop of an image (OWL-ViT).",
        "Apache-2.0",
        "owlvit-base",
    )
    network_class: ClassVar[str] = "OwlViTForObjectDetection"
    is_padded: ClassVar[bool] = False

    def find(self, image_yxc: NDArray[Any], query: Words) -> Found:
        """Return boxes for phrases.

        Parameters
        ----------
        image_yxc : ndarray, shape (Y, X, C)
            Any dtype.
        query : Words
            Phrases.

        Returns
        -------
        Found
            Best first.
        """
        import torch

        if not isinstance(query, Words):
            raise InvalidInputError(
                f"this finder needs tracksam.words.Words, got {type(query).__name__}; for a crop "
                "of an image call `find_crop`."
            )
        if is_blank(image_yxc):
            return Found()
        seen, size_yx = self._seen(image_yxc)
        with torch.inference_mode():
            answer = self.model.network(
                pixel_values=self.model.pixels(seen), **self.model.tokens(query.all)
            )
            score = torch.sigmoid(answer.logits[0]).double().cpu().numpy()
        boxes = answer.pred_boxes[0].double().cpu().numpy()
        shape_yx = (image_yxc.shape[0], image_yxc.shape[1])
        return chosen(frame_boxes(boxes, size_yx, shape_yx), score, query)

    def find_crop(self, image_yxc: NDArray[Any], crop_yxc: NDArray[Any], words: Words) -> Found:
        """Return boxes of what looks like a crop of an image.

        Parameters
        ----------
        image_yxc : ndarray, shape (Y, X, C)
            Where to look.
        crop_yxc : ndarray, shape (Y', X', C)
            What to look for: one object that fills the crop.
        words : Words
            Its single phrase is the name; least score and maximal count.

        Returns
        -------
        Found
            Best first. The score is relative to the crop's own box in itself.
        """
        import torch

        if is_blank(image_yxc) or is_blank(crop_yxc):
            return Found()
        seen, size_yx = self._seen(image_yxc)
        shown, _ = self._seen(crop_yxc)
        with torch.inference_mode():
            answer = self.model.network.image_guided_detection(
                pixel_values=self.model.pixels(seen), query_pixel_values=self.model.pixels(shown)
            )
            score = torch.sigmoid(answer.logits[0]).double().cpu().numpy()
        boxes = answer.target_pred_boxes[0].double().cpu().numpy()
        score = score / max(float(score.max(initial=0)), 1e-9)
        shape_yx = (image_yxc.shape[0], image_yxc.shape[1])
        return chosen(frame_boxes(boxes, size_yx, shape_yx), score[:, :1], words)

    def _seen(self, image_yxc: NDArray[Any]) -> tuple[NDArray[np.uint8], tuple[float, float]]:
        """Return what the network sees, and how large that is in pixels of the frame."""
        side = int(self.model.network.config.vision_config.image_size)
        height, width = image_yxc.shape[:2]
        if not self.is_padded:
            return picture(image_yxc, (side, side)), (height, width)
        longer = max(height, width)
        square = np.zeros((longer, longer, 3), np.uint8)
        square[:height, :width] = colours(image_yxc)
        return picture(square, (side, side)), (longer, longer)


class Owlv2(OwlViT):
    """Boxes for phrases, by OWLv2: the frame is padded to a square below and at the right."""

    info: ClassVar[BackendCard] = card(
        "Boxes for words, or for a crop of an image (OWLv2).",
        "Apache-2.0",
        "owlv2-base",
    )
    network_class: ClassVar[str] = "Owlv2ForObjectDetection"
    is_padded: ClassVar[bool] = True
