"""SAM 2.1 and EdgeTAM as networks for single images, through transformers.

Ravi et al., "SAM 2: Segment Anything in Images and Videos" (2024); Zhou et al., "EdgeTAM" (2025).
The image is squeezed into the network's square, and finer features go to the mask decoder too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.eight_bit import IMAGENET
from tracksam.backends.sam.asking import AskedNetwork
from tracksam.backends.sam.network import Arrays, mask_logits

_MEAN, _DEVIATION = (np.array(values, np.float32) for values in IMAGENET)


class SecondNetwork(AskedNetwork):
    """A `Sam2VideoModel` or `EdgeTamVideoModel` of which the memory is not used."""

    @property
    def side_px(self) -> int:
        """Side of the square that it sees."""
        return int(self.model.prompt_encoder.input_image_size)

    @property
    def stride_px(self) -> int:
        """Pixels of the square between places of the embedding."""
        return self.side_px // int(self.model.backbone_feature_sizes[-1][0])

    def encode(self, image_yxc: NDArray[np.uint8]) -> Arrays:
        """Return the embedding of an 8-bit colour image, then the finer features, finest first."""
        from PIL import Image

        square = (self.side_px, self.side_px)
        picture = Image.fromarray(image_yxc).resize(square, Image.Resampling.BILINEAR)
        values = (np.asarray(picture, np.float32) / 255 - _MEAN) / _DEVIATION
        with self.running.inference():
            ready = self.running.placed_array(values.transpose(2, 0, 1))[None]
            features = self.model.get_image_features(ready, return_dict=True).fpn_hidden_states
            features[-1] = features[-1] + self.model.no_memory_embedding
            maps = [
                self.running.to_numpy(one.permute(1, 2, 0).reshape(-1, *size))
                for one, size in zip(features, self.model.backbone_feature_sizes, strict=True)
            ]
        return maps[-1], *maps[:-1]

    def scale_yx(self, shape_yx: tuple[int, int]) -> NDArray[np.float64]:
        """Return the factors from pixels of an image to those of the square: it is squeezed."""
        return np.asarray(self.side_px / np.array(shape_yx, np.float64))

    def mask_prompt(self, mask_yx: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return a mask of the image as the prompt that the network takes, as logits."""
        prompt_px = int(self.model.prompt_encoder.mask_input_size[0])
        return mask_logits(mask_yx, (prompt_px, prompt_px))

    def seen(self, maps: list[Any]) -> dict[str, Any]:
        """Return the embedding as arguments of the mask decoder."""
        return {"image_embeddings": maps[0], "high_resolution_features": maps[1:]}

    def enlarge(
        self, logits_kyx: NDArray[np.float32], shape_yx: tuple[int, int]
    ) -> NDArray[np.float32]:
        """Return logits of `decode` at the size of the image.

        Parameters
        ----------
        logits_kyx, shape_yx
            As for `network.Network.enlarge`.
        """
        from torch.nn.functional import interpolate

        with self.running.inference():
            small = self.running.placed_array(logits_kyx)[:, None]
            large = interpolate(small, shape_yx, mode="bilinear", align_corners=False)
            found: NDArray[np.float32] = large[:, 0].float().cpu().numpy()
        return found
