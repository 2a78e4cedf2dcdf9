"""CLIPSeg (Lüddecke and Ecker 2022): a heat map for each phrase, cut into regions and points."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.eight_bit import IMAGENET, Normal
from tracksam.backends.text.hub import HubBackend, card, is_blank, picture
from tracksam.found import Found
from tracksam.prompts import Prompts
from tracksam.regions import Regions
from tracksam.registry import BackendCard
from tracksam.words import Words

_LEAST_PX = 9


class ClipSeg(HubBackend):
    """Regions and points for phrases, by CLIPSeg."""

    info: ClassVar[BackendCard] = card(
        "Heat maps for words, cut into regions and points (CLIPSeg).",
        "Apache-2.0",
        "clipseg-rd64",
    )
    network_class: ClassVar[str] = "CLIPSegForImageSegmentation"
    normal: ClassVar[Normal] = IMAGENET

    def heat(self, image_yxc: NDArray[Any], query: Words) -> NDArray[np.float32]:
        """Return how well each phrase fits each pixel.

        Parameters
        ----------
        image_yxc : ndarray, shape (Y, X, C)
            Any dtype.
        query : Words
            P phrases, wanted and unwanted.

        Returns
        -------
        ndarray of float32, shape (P, Y, X)
            0 to 1.
        """
        import cv2
        import torch

        side = int(self.model.network.config.vision_config.image_size)
        pixels = self.model.pixels(picture(image_yxc, (side, side)))
        with torch.inference_mode():
            answer = self.model.network(
                pixel_values=pixels.repeat(len(query.all), 1, 1, 1),
                **self.model.tokens(query.all),
            )
            maps = torch.sigmoid(answer.logits).float().cpu().numpy()
        maps = maps.reshape(len(query.all), *maps.shape[-2:])
        size = (image_yxc.shape[1], image_yxc.shape[0])
        return np.stack([cv2.resize(one, size, interpolation=cv2.INTER_LINEAR) for one in maps])

    def find(self, image_yxc: NDArray[Any], query: Words) -> Found:
        """Return regions in which a wanted phrase fits best, each with a point at its peak.

        Parameters
        ----------
        image_yxc : ndarray, shape (Y, X, C)
            Any dtype.
        query : Words
            Phrases; `min_score` is the least heat of a pixel.

        Returns
        -------
        Found
            Best first; the score is the mean heat of a region.
        """
        if is_blank(image_yxc):
            return Found()
        return parts(self.heat(image_yxc, query), query)


def parts(heat_pyx: NDArray[np.float32], query: Words) -> Found:
    """Return the connected parts of heat maps.

    Parameters
    ----------
    heat_pyx : ndarray of float, shape (P, Y, X)
        Of each phrase of `query.all`.
    query : Words
        Phrases.

    Returns
    -------
    Found
        With regions and points. Parts of fewer than 9 pixels are left out.
    """
    from scipy import ndimage

    best_yx = heat_pyx.argmax(axis=0)
    masks, scores, names, peaks = [], [], [], []
    for number, phrase in enumerate(query.wanted):
        hot_yx = (best_yx == number) & (heat_pyx[number] >= query.min_score)
        labels_yx, n_parts = ndimage.label(hot_yx)
        for part in range(1, n_parts + 1):
            mask_yx = labels_yx == part
            if mask_yx.sum() >= _LEAST_PX:
                masks.append(mask_yx)
                scores.append(float(heat_pyx[number][mask_yx].mean()))
                names.append(phrase)
                inside = np.where(mask_yx, heat_pyx[number], -1)
                peaks.append(np.unravel_index(int(inside.argmax()), mask_yx.shape))
    order = np.argsort(-np.array(scores), kind="stable")[: query.max_count]
    shape_yx = (heat_pyx.shape[1], heat_pyx.shape[2])
    regions = Regions.from_masks([masks[i] for i in order], shape_yx, np.array(scores)[order])
    ids = np.arange(1, len(order) + 1)
    points = np.array([peaks[i] for i in order], np.float64).reshape(-1, 2)
    return Found(
        regions.box_yxyx.astype(np.float64),
        regions.score,
        tuple(names[i] for i in order),
        regions,
        Prompts(ids, np.zeros_like(ids), points),
    )
