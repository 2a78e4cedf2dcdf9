"""Grounding DINO (Liu et al. 2023): boxes for phrases."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.devices import AUTO
from tracksam.backends.eight_bit import IMAGENET, Normal
from tracksam.backends.text.choose import chosen, frame_boxes
from tracksam.backends.text.hub import HubBackend, card, is_blank, picture
from tracksam.errors import InvalidInputError
from tracksam.found import Found
from tracksam.registry import BackendCard
from tracksam.words import Words

_SHORTER_PX, _LONGER_PX = 800, 1333  # sides of what the network sees


class GroundingDino(HubBackend):
    """Boxes for phrases, by Grounding DINO.

    Parameters
    ----------
    weights, device
        As for `HubBackend`.
    sides_px : tuple of int
        Shorter and longest side at which the network sees a frame.
    """

    info: ClassVar[BackendCard] = card(
        "Boxes for words (Grounding DINO).",
        "Apache-2.0",
        "grounding-dino-tiny",
    )
    network_class: ClassVar[str] = "GroundingDinoForObjectDetection"
    normal: ClassVar[Normal] = IMAGENET

    def __init__(
        self,
        weights: str | Path | None = None,
        device: str = AUTO,
        sides_px: tuple[int, int] = (_SHORTER_PX, _LONGER_PX),
    ) -> None:
        super().__init__(weights, device)
        self.sides_px = sides_px

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
            Best first. A phrase's score is that of its best word.

        Raises
        ------
        InvalidInputError
            The phrases are more words than the model takes.
        """
        import torch

        if is_blank(image_yxc):
            return Found()
        shape_yx = (image_yxc.shape[0], image_yxc.shape[1])
        pixels = self.model.pixels(picture(image_yxc, self._size(shape_yx)))
        words, of_phrase = self._tokens(query.all)
        with torch.inference_mode():
            answer = self.model.network(
                pixel_values=pixels,
                pixel_mask=torch.ones(pixels.shape[0], *pixels.shape[2:], dtype=torch.long).to(
                    pixels.device
                ),
                **words,
            )
            score = torch.sigmoid(answer.logits[0]).double().cpu().numpy()
        boxes = frame_boxes(answer.pred_boxes[0].double().cpu().numpy(), shape_yx, shape_yx)
        of_each = [score[:, tokens].max(axis=1, initial=0.0) for tokens in of_phrase]
        return chosen(boxes, np.stack(of_each, axis=1), query)

    def _size(self, shape_yx: tuple[int, int]) -> tuple[int, int]:
        shorter, longest = self.sides_px
        scale = min(shorter / min(shape_yx), longest / max(shape_yx))
        return max(1, round(shape_yx[0] * scale)), max(1, round(shape_yx[1] * scale))

    def _tokens(self, phrases: tuple[str, ...]) -> tuple[dict[str, Any], list[list[int]]]:
        """Return "first phrase. second phrase." as tensors, and the tokens of each phrase."""
        spans, text = [], ""
        for phrase in phrases:
            start = len(text)
            text += phrase.lower().rstrip(".") + ". "
            spans.append((start, len(text) - 2))
        given = self.model.tokenizer(text.strip(), return_tensors="pt", return_offsets_mapping=True)
        most = int(self.model.network.config.max_text_len)
        if given["input_ids"].shape[1] > most:
            raise InvalidInputError(
                f"the phrases are {given['input_ids'].shape[1]} pieces of words, but this model "
                f"takes {most}; give fewer or shorter ones."
            )
        places = given["offset_mapping"][0].tolist()
        of_phrase = [
            [i for i, (a, b) in enumerate(places) if b > a and start <= a and b <= end]
            for start, end in spans
        ]
        names = ("input_ids", "attention_mask", "token_type_ids")
        tensors = {n: given[n].to(self.model.device) for n in names if n in given}
        return tensors, of_phrase
