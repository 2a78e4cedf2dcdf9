"""A network that is right about bright objects; the sizes of a tiny one of segment-anything."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tracksam.backends.sam.backend import Sam
from tracksam.backends.sam.layout import Geometry
from tracksam.backends.sam.network import Ask, fitted, fitted_xy
from tracksam.backends.sam.official import enlarged
from tracksam.backends.sam.running import Running

TINY = Geometry(
    image_px=256,
    embed_dim=32,
    depth=2,
    heads=2,
    global_blocks=(1,),
    prompt_dim=32,
    decoder_mlp=64,
    mask_channels=8,
    iou_hidden=32,
)


class BrightNetwork:
    """Sees the connected bright pieces of what it is shown; answers with the one that is meant."""

    stride_px, identity = 8, "bright"

    def __init__(self, side_px: int) -> None:
        self.side_px = side_px
        self.encoded: list[tuple[int, ...]] = []
        self.asked: list[int] = []

    def encode(self, image_yxc: np.ndarray) -> tuple[np.ndarray, ...]:
        from scipy import ndimage

        self.encoded.append(image_yxc.shape)
        small_yxc = fitted(np.ascontiguousarray(image_yxc), self.side_px)
        labels_yx = np.zeros((self.side_px, self.side_px), np.float32)
        found_yx, _ = ndimage.label(small_yxc[:, :, 0] > 127)
        labels_yx[: found_yx.shape[0], : found_yx.shape[1]] = found_yx
        n = self.side_px // 8
        blocks = labels_yx.reshape(n, 8, n, 8).mean(axis=(1, 3))
        return blocks[None], labels_yx

    def decode(
        self, embedding: tuple[np.ndarray, ...], shape_yx: tuple[int, int], asks: Sequence[Ask]
    ) -> tuple[np.ndarray, np.ndarray]:
        self.asked.append(len(asks))
        masks = [self._mask(embedding[1], shape_yx, ask) for ask in asks]
        logits = np.where(np.array(masks), 5.0, -5.0).astype(np.float32)
        each = np.repeat(logits[:, None], 4, axis=1)
        return each, np.tile(np.array([0.95, 0.9, 0.8, 0.7], np.float32), (len(asks), 1))

    def _mask(self, labels_yx: np.ndarray, shape_yx: tuple[int, int], ask: Ask) -> np.ndarray:
        def meant(yx: np.ndarray) -> set[int]:
            pixels = np.rint(fitted_xy(yx, shape_yx, self.side_px)[:, ::-1]).astype(int)
            pixels = np.clip(pixels, 0, self.side_px - 1)
            return set(labels_yx[pixels[:, 0], pixels[:, 1]].tolist()) - {0.0}

        if ask.is_positive.any():
            wanted = meant(ask.yx[ask.is_positive])
        else:
            assert ask.box_yxyx is not None
            rows, columns = np.mgrid[
                ask.box_yxyx[0] : ask.box_yxyx[2] - 1, ask.box_yxyx[1] : ask.box_yxyx[3] - 1
            ]
            wanted = meant(np.stack([rows.ravel(), columns.ravel()], axis=1))
        return np.isin(labels_yx, list(wanted))

    def enlarge(self, logits_kyx: np.ndarray, shape_yx: tuple[int, int]) -> np.ndarray:
        return enlarged(Running(), logits_kyx, shape_yx, self.side_px)


class BrightSam(Sam):
    """The adapter on the network that is right."""

    usual_weights = "sam-vit-b"
    side_px = 128

    def load(self, local: Any, running: Running) -> BrightNetwork:
        return BrightNetwork(self.side_px)


class WideBrightSam(BrightSam):
    """The same with a network that sees large frames whole."""

    side_px = 304
