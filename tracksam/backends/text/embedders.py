"""Embedders on large models: CLIP's and DINOv2's features of each region's crop."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.eight_bit import IMAGENET, Normal, colours
from tracksam.backends.text.hub import CLIP, HubBackend, card, picture
from tracksam.regions import Regions
from tracksam.registry import BackendCard

_BATCH = 32
_MARGIN = 0.15
_GROUND = 128  # what is outside the region is grey: neighbours must not count


class Dinov2Embedder(HubBackend):
    """DINOv2's features (Oquab et al. 2023) of each region, cut out on grey ground."""

    info: ClassVar[BackendCard] = card(
        "Features of cells by DINOv2.",
        "Apache-2.0",
        "dinov2-small",
    )
    network_class: ClassVar[str] = "Dinov2Model"
    normal: ClassVar[Normal] = IMAGENET
    speaks: ClassVar[bool] = False
    usual_side_px: ClassVar[int] = 224

    @property
    def embedding_id(self) -> str:
        """Name and version of the weights."""
        return f"{self.model.name}-{self.model.sha256[:8]}"

    def prepare(self, image_yxc: NDArray[Any]) -> NDArray[np.uint8]:
        """Return the frame in three colours of 8 bits."""
        return np.array(colours(image_yxc))

    def embed(self, prepared: NDArray[np.uint8], regions: Regions) -> NDArray[np.float32]:
        """Return the features of each region.

        Parameters
        ----------
        prepared : ndarray of uint8, shape (Y, X, 3)
            Of `prepare`.
        regions : Regions
            K regions.

        Returns
        -------
        ndarray of float32, shape (K, D)
        """
        import torch

        if not len(regions):
            return np.zeros((0, self._width()), np.float32)
        found = []
        with torch.inference_mode():
            for start in range(0, len(regions), _BATCH):
                part = range(start, min(start + _BATCH, len(regions)))
                seen = np.stack([self._cut_out(prepared, regions, k) for k in part])
                found.append(self._features(self.model.pixels(seen)).float().cpu().numpy())
        return np.asarray(np.concatenate(found), np.float32)

    def _features(self, pixels: Any) -> Any:
        return self.model.network(pixel_values=pixels).pooler_output

    def _width(self) -> int:
        return int(self.model.network.config.hidden_size)

    def _side(self) -> int:
        patch = int(self.model.network.config.patch_size)
        whole = min(self.usual_side_px, int(self.model.network.config.image_size))
        return whole - whole % patch

    def _cut_out(self, rgb: NDArray[np.uint8], regions: Regions, k: int) -> NDArray[np.uint8]:
        crop = regions.crops[k]
        side = int(np.ceil(max(crop.shape) * (1 + 2 * _MARGIN))) + 1
        square = np.full((side, side, 3), _GROUND, np.uint8)
        y, x = (side - crop.shape[0]) // 2, (side - crop.shape[1]) // 2
        inner = square[y : y + crop.shape[0], x : x + crop.shape[1]]
        inner[crop] = rgb[regions.slices(k)][crop]
        return picture(square, (self._side(), self._side()))


class ClipEmbedder(Dinov2Embedder):
    """CLIP's image features of each region, cut out on grey ground."""

    info: ClassVar[BackendCard] = attrs.evolve(
        Dinov2Embedder.info,
        summary="Features of cells by CLIP.",
        licence="MIT",
        weights="clip-vit-b32",
    )
    network_class: ClassVar[str] = "CLIPModel"
    normal: ClassVar[Normal] = CLIP

    def _features(self, pixels: Any) -> Any:
        answer = self.model.network.get_image_features(pixel_values=pixels)
        return getattr(answer, "pooler_output", answer)

    def _width(self) -> int:
        return int(self.model.network.config.projection_dim)

    def _side(self) -> int:
        return int(self.model.network.config.vision_config.image_size)
