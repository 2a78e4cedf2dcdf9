"""A network that is right about bright objects; the sizes of a tiny one of segment-anything."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tracksam.backends.sam import SamVitB
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

    info = SamVitB.info
    side_px = 128

    def load(self, local: Any, running: Running) -> BrightNetwork:
        return BrightNetwork(self.side_px)


class WideBrightSam(BrightSam):
    """The same with a network that sees large frames whole."""

    side_px = 304


SIDE = 128
PARTS = {
    "image_size": SIDE,
    "prompt_encoder_config": {
        "hidden_size": 128,
        "image_size": SIDE,
        "patch_size": 16,
        "mask_input_channels": 4,
    },
    "mask_decoder_config": {
        "hidden_size": 128,
        "mlp_dim": 32,
        "num_attention_heads": 2,
        "iou_head_hidden_dim": 32,
    },
    "memory_attention_hidden_size": 128,
    "memory_attention_num_layers": 1,
    "memory_attention_feed_forward_hidden_size": 32,
    "memory_attention_rope_feat_sizes": [8, 8],
    "memory_encoder_hidden_size": 128,
    "mask_downsampler_embed_dim": 128,
    "memory_fuser_embed_dim": 128,
    "memory_fuser_intermediate_dim": 32,
}
FEATURES = [[32, 32], [16, 16], [8, 8]]
TINY_SAM2 = {
    **PARTS,
    "vision_config": {
        "backbone_config": {
            "hidden_size": 8,
            "image_size": [SIDE, SIDE],
            "blocks_per_stage": [1, 1, 2, 1],
            "embed_dim_per_stage": [8, 16, 32, 64],
            "num_attention_heads_per_stage": [1, 1, 2, 2],
            "window_size_per_stage": [8, 4, 4, 4],
            "global_attention_blocks": [3],
            "window_positional_embedding_background_size": [4, 4],
        },
        "backbone_channel_list": [64, 32, 16, 8],
        "backbone_feature_sizes": FEATURES,
        "fpn_hidden_size": 128,
    },
}
EDGETAM = {
    **PARTS,
    "perceiver_resampler_num_latents": 16,
    "perceiver_resampler_num_latents_2d": 16,
    "memory_attention_rope_k_sizes": [4, 4],
    "vision_config": {
        "backbone_config": {
            "model_type": "timm_wrapper",
            "architecture": "repvit_m0_9",
            "do_pooling": False,
            "model_args": {"in_chans": 3, "features_only": True, "out_indices": [0, 1, 2, 3]},
        },
        "backbone_feature_sizes": FEATURES,
        "fpn_hidden_size": 128,
    },
}


def random_sam2() -> Any:
    """Return a small video model of SAM 2.1 with random weights."""
    import torch

    from tracksam.backends.memory.networks import sam2

    torch.manual_seed(4)
    model = sam2(TINY_SAM2).eval()
    torch.nn.init.normal_(model.no_memory_embedding)
    return model


def random_edgetam() -> Any:
    """Return a small video model of EdgeTAM with random weights."""
    import torch

    from tracksam.backends.memory.networks import edgetam

    torch.manual_seed(4)
    return edgetam(EDGETAM).eval()


def random_hq() -> Any:
    """Return a small SAM-HQ with random weights."""
    import torch

    from tracksam.backends.sam.quality import build_hq

    torch.manual_seed(0)  # one whose masks are not all cut away by a negative point
    return build_hq(TINY)


def random_official() -> Any:
    """Return a small network of segment-anything with random weights."""
    import torch

    from tracksam.backends.sam.layout import build

    torch.manual_seed(4)
    return build(TINY)


def random_mobile() -> Any:
    """Return a small MobileSAM with random weights."""
    import torch
    from segment_anything.modeling import Sam as Network

    from tracksam.backends.sam.layout import build_heads
    from tracksam.backends.sam.tinyvit import TinySizes, TinyViT

    torch.manual_seed(4)
    sizes = TinySizes((16, 32, 40, 64), (1, 1, 2, 1), (2, 2, 5, 4), (7, 7, 4, 7), TINY.prompt_dim)
    return Network(TinyViT(sizes, TINY.image_px), *build_heads(TINY)).eval()
