"""CLIP (Radford et al. 2021): proposals of a detector, ranked by words in three ways."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam import registry
from tracksam.backends.devices import AUTO
from tracksam.backends.eight_bit import colours
from tracksam.backends.text.choose import chosen
from tracksam.backends.text.hub import HubBackend, card, is_blank, picture
from tracksam.found import Found
from tracksam.prompts import Prompts
from tracksam.regions import Regions
from tracksam.registry import BackendCard
from tracksam.words import Words

_BATCH = 16
_MARGIN = 0.2  # of a proposal's size, around its crop
_CONTEXT = 3.0  # sizes of a proposal that are seen around a red circle
_NEUTRAL = "a photo of something"
_RED = (255, 0, 0)

Picture = NDArray[np.uint8]


class ClipCrops(HubBackend):
    """Every cell that a detector finds, ranked by how well words fit its crop.

    Parameters
    ----------
    weights, device
        As for `HubBackend`.
    detector : str
        Back end that proposes objects.
    """

    info: ClassVar[BackendCard] = card(
        "Detected cells ranked by words: CLIP on the crop of each.",
        "MIT",
        "clip-vit-b32",
    )
    network_class: ClassVar[str] = "CLIPModel"

    def __init__(
        self, weights: str | Path | None = None, device: str = AUTO, detector: str = "nano"
    ) -> None:
        super().__init__(weights, device)
        self.detector = detector

    @cached_property
    def proposer(self) -> Any:
        """The detector."""
        return registry.create("tracksam.detectors", self.detector)

    def find(self, image_yxc: NDArray[Any], query: Words) -> Found:
        """Return detected objects that words fit.

        Parameters
        ----------
        image_yxc : ndarray, shape (Y, X, C)
            Any dtype.
        query : Words
            Phrases; where none is unwanted, "a photo of something" competes.

        Returns
        -------
        Found
            With regions, best first. Scores are shares among the phrases.
        """
        if is_blank(image_yxc):
            return Found()
        regions = self.proposer.detect(self.proposer.prepare(image_yxc))
        if not len(regions):
            return Found()
        return ranked(regions, self.scores(image_yxc, regions, query), query)

    def scores(
        self, image_yxc: NDArray[Any], regions: Regions, query: Words
    ) -> NDArray[np.float64]:
        """Return how well each phrase fits each region.

        Parameters
        ----------
        image_yxc : ndarray, shape (Y, X, C)
            The frame.
        regions : Regions
            K regions of it.
        query : Words
            P phrases.

        Returns
        -------
        ndarray of float64, shape (K, P)
            Rows add up to 1 at most.
        """
        import torch

        phrases = query.all if query.unwanted else (*query.all, _NEUTRAL)
        side = int(self.model.network.config.vision_config.image_size)
        rgb = colours(image_yxc)
        with torch.inference_mode():
            text = _features(self.model.network.get_text_features(**self.model.tokens(phrases)))
            found = []
            for start in range(0, len(regions), _BATCH):
                part = range(start, min(start + _BATCH, len(regions)))
                seen = np.stack([self.view(rgb, regions, k, side) for k in part])
                images = self.model.network.get_image_features(pixel_values=self.model.pixels(seen))
                likeness = _features(images) @ text.T
                scale = self.model.network.logit_scale.exp()
                found.append(torch.softmax(scale * likeness, dim=1).double().cpu().numpy())
        return np.concatenate(found)[:, : len(query.all)]

    def view(self, rgb: Picture, regions: Regions, k: int, side: int) -> Picture:
        """Return what CLIP sees of one region: its crop.

        Parameters
        ----------
        rgb : ndarray of uint8, shape (Y, X, 3)
            The frame.
        regions : Regions
            Of it.
        k : int
            Which region.
        side : int
            Height and width of what is returned.
        """
        return picture(_around(rgb, regions, k, 1 + 2 * _MARGIN)[0], (side, side))


class ClipRedCircle(ClipCrops):
    """The same with a red circle drawn round each cell in its surroundings (Shtedritski 2023)."""

    info: ClassVar[BackendCard] = attrs.evolve(
        ClipCrops.info, summary="Detected cells ranked by words: CLIP on a red circle round each."
    )

    def view(self, rgb: Picture, regions: Regions, k: int, side: int) -> Picture:
        """Return what CLIP sees of one region: its surroundings, with a circle round it.

        Parameters
        ----------
        rgb, regions, k, side
            As for `ClipCrops.view`.
        """
        import cv2

        crop, start = _around(rgb, regions, k, _CONTEXT)
        box = regions.box_yxyx[k]
        middle, half = (box[:2] + box[2:]) / 2 - start, (box[2:] - box[:2]) / 2
        crop = np.ascontiguousarray(crop)
        centre = (round(float(middle[1])), round(float(middle[0])))
        axes = (round(1.3 * float(half[1])) + 1, round(1.3 * float(half[0])) + 1)
        width = max(1, round(0.04 * max(crop.shape[:2])))
        cv2.ellipse(crop, centre, axes, 0, 0, 360, _RED, width)
        return picture(crop, (side, side))


class ClipPatches(ClipCrops):
    """The same by the patches of the whole frame that matter for each phrase.

    The gradient of the likeness of image and phrase with respect to the patches, times what they
    are (Selvaraju et al. 2017, on tokens), tells which patches speak for it. For small things; each
    place bears a point at its most relevant pixel.
    """

    info: ClassVar[BackendCard] = attrs.evolve(
        ClipCrops.info, summary="Detected cells ranked by words: CLIP's relevance of patches."
    )

    def scores(
        self, image_yxc: NDArray[Any], regions: Regions, query: Words
    ) -> NDArray[np.float64]:
        """Return the mean relevance of each phrase inside each region.

        Parameters
        ----------
        image_yxc, regions, query
            As for `ClipCrops.scores`.

        Returns
        -------
        ndarray of float64, shape (K, P)
            0 to 1.
        """
        maps = self.relevance(image_yxc, query)
        means = [
            [float(one[regions.slices(k)][crop].mean()) for one in maps]
            for k, crop in enumerate(regions.crops)
        ]
        return np.array(means, np.float64).reshape(len(regions), len(query.all))

    def find(self, image_yxc: NDArray[Any], query: Words) -> Found:
        """Return detected objects that words fit, each with a point; see `ClipCrops.find`."""
        found = super().find(image_yxc, query)
        if found.regions is None or not len(found):
            return found
        maps = dict(zip(query.all, self.relevance(image_yxc, query), strict=True))
        peaks = []
        for k, crop in enumerate(found.regions.crops):
            inside = np.where(crop, maps[found.name[k]][found.regions.slices(k)], -1)
            place = np.unravel_index(int(inside.argmax()), crop.shape)
            peaks.append(np.array(place) + found.regions.box_yx[k])
        ids = np.arange(1, len(found) + 1)
        return attrs.evolve(
            found, prompts=Prompts(ids, np.zeros_like(ids), np.array(peaks, np.float64))
        )

    def relevance(self, image_yxc: NDArray[Any], query: Words) -> NDArray[np.float32]:
        """Return how much each pixel speaks for each phrase.

        Parameters
        ----------
        image_yxc : ndarray, shape (Y, X, C)
            Any dtype.
        query : Words
            P phrases.

        Returns
        -------
        ndarray of float32, shape (P, Y, X)
            0 to 1, 1 where the image speaks for the phrase most; all 0 where nothing does.
        """
        import cv2
        import torch

        network = self.model.network
        vision = network.config.vision_config
        side, n = int(vision.image_size), int(vision.image_size) // int(vision.patch_size)
        pixels = self.model.pixels(picture(image_yxc, (side, side)))
        with torch.no_grad():
            text = _features(network.get_text_features(**self.model.tokens(query.all)))
        with torch.enable_grad():
            kept: list[Any] = []
            last = network.vision_model.encoder.layers[-1]
            handle = last.register_forward_pre_hook(_keeper(kept), with_kwargs=True)
            try:
                image = _features(network.get_image_features(pixel_values=pixels))
            finally:
                handle.remove()
            maps = []
            for phrase in text:
                [slope] = torch.autograd.grad((image[0] @ phrase), kept[-1], retain_graph=True)
                speaks = (slope * kept[-1]).sum(-1)[0, 1:].relu().reshape(n, n)
                maps.append((speaks / speaks.max().clamp(min=1e-12)).detach().cpu().numpy())
        size = (image_yxc.shape[1], image_yxc.shape[0])
        large = [cv2.resize(one, size, interpolation=cv2.INTER_LINEAR) for one in maps]
        return np.asarray(np.clip(np.stack(large), 0, 1), np.float32)


def ranked(regions: Regions, score_kp: NDArray[np.float64], query: Words) -> Found:
    """Return regions that a wanted phrase fits best.

    Parameters
    ----------
    regions : Regions
        K regions.
    score_kp : ndarray, shape (K, P)
        How well each of `query.all` fits each.
    query : Words
        Phrases.

    Returns
    -------
    Found
        With regions, best first.
    """
    boxes = regions.box_yxyx.astype(np.float64)
    found = chosen(boxes, score_kp, query)
    rows = [int(np.flatnonzero((boxes == box).all(axis=1))[0]) for box in found.box_yxyx]
    return attrs.evolve(
        found, regions=attrs.evolve(regions.select(np.array(rows, np.intp)), score=found.score)
    )


def _features(answer: Any) -> Any:
    """Return the features of an answer, of length 1; older versions answer with the tensor."""
    tensor = getattr(answer, "pooler_output", answer)
    return tensor / tensor.norm(dim=-1, keepdim=True)


def _keeper(kept: list[Any]) -> Any:
    """Return a hook that keeps what enters a layer, as a leaf whose gradient can be asked for."""

    def keep(_layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        name = "hidden_states"
        tokens = (args[0] if args else kwargs[name]).detach().requires_grad_()
        kept.append(tokens)
        return ((tokens, *args[1:]), kwargs) if args else (args, {**kwargs, name: tokens})

    return keep


def _around(
    rgb: Picture, regions: Regions, k: int, sizes: float
) -> tuple[Picture, NDArray[np.int64]]:
    """Return a square around a region, that many sizes of it large, and its first row, column."""
    box = regions.box_yxyx[k]
    half = max(2.0, sizes * float((box[2:] - box[:2]).max()) / 2)
    middle = (box[:2] + box[2:]) / 2
    first = np.maximum(np.floor(middle - half).astype(np.int64), 0)
    last = np.minimum(np.ceil(middle + half).astype(np.int64), rgb.shape[:2])
    return rgb[first[0] : last[0], first[1] : last[1]], first
