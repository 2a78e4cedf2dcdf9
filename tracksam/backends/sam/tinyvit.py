"""The image encoder of MobileSAM: a TinyViT, in the key names of the published checkpoint.

Written from Wu et al., "TinyViT: Fast Pretraining Distillation for Small Vision Transformers"
(2022) and Zhang et al., "Faster Segment Anything" (2023): two strided convolutions, a stage of
inverted bottlenecks, three stages of windowed attention with a local convolution, and
segment-anything's neck. The last stage keeps its resolution, so that a place of the embedding is
16 pixels wide, as in segment-anything.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import attrs
import torch
from torch import Tensor, nn

_EXPANSION = 4
_STRIDES = (2, 2, 1)
_CLASSES = 1000
"""Of the classifier that the checkpoint still carries; it is not used."""


@attrs.frozen
class TinySizes:
    """Sizes of a TinyViT.

    Parameters
    ----------
    dims, depths, heads, windows : tuple of int
        Of its four stages; of the first, which has no attention, heads and windows do not count.
    neck_dim : int
        Channels of the embedding.
    """

    dims: tuple[int, ...] = (64, 128, 160, 320)
    depths: tuple[int, ...] = (2, 2, 6, 2)
    heads: tuple[int, ...] = (2, 4, 5, 10)
    windows: tuple[int, ...] = (7, 7, 14, 7)
    neck_dim: int = 256


def sizes_of(state: Mapping[str, Any]) -> TinySizes:
    """Return the sizes of the encoder that a state belongs to.

    Parameters
    ----------
    state : mapping of str to Tensor
        In the published names.

    Returns
    -------
    TinySizes

    Raises
    ------
    KeyError
        A tensor that tells a size is missing.
    """
    prefix = "image_encoder.layers."
    numbers = [key.removeprefix(prefix).split(".") for key in state if key.startswith(prefix)]
    depths = tuple(
        1 + max((int(n[2]) for n in numbers if n[0] == str(i) and n[1] == "blocks"), default=0)
        for i in range(4)
    )
    biases = [state[f"{prefix}{i}.blocks.0.attn.attention_biases"].shape for i in (1, 2, 3)]
    return TinySizes(
        dims=(
            state["image_encoder.patch_embed.seq.2.c.weight"].shape[0],
            *(state[f"{prefix}{i}.blocks.0.attn.norm.weight"].shape[0] for i in (1, 2, 3)),
        ),
        depths=depths,
        heads=(TinySizes().heads[0], *(shape[0] for shape in biases)),
        windows=(TinySizes().windows[0], *(math.isqrt(shape[1]) for shape in biases)),
        neck_dim=state["image_encoder.neck.0.weight"].shape[0],
    )


class ConvNorm(nn.Module):
    """A convolution without bias, and batch normalisation."""

    def __init__(
        self, inputs: int, outputs: int, side: int = 1, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        self.c = nn.Conv2d(inputs, outputs, side, stride, side // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, image: Tensor) -> Tensor:
        """Return the filtered image."""
        result: Tensor = self.bn(self.c(image))
        return result


class Bottleneck(nn.Module):
    """Widen, filter each channel, narrow; with a way around it where the shape stays."""

    def __init__(self, inputs: int, inner: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = ConvNorm(inputs, inner)
        self.conv2 = ConvNorm(inner, inner, 3, stride, inner)
        self.conv3 = ConvNorm(inner, outputs)
        self.act = nn.GELU()

    def forward(self, image: Tensor) -> Tensor:
        """Return the image after the three convolutions."""
        result: Tensor = self.conv3(self.act(self.conv2(self.act(self.conv1(image)))))
        return result


class Residual(Bottleneck):
    """A bottleneck that adds to what comes in."""

    def forward(self, image: Tensor) -> Tensor:
        """Return the image and what the bottleneck makes of it."""
        result: Tensor = self.act(image + super().forward(image))
        return result


class WindowAttention(nn.Module):
    """Attention among the pixels of a window, with a learned bias for each distance."""

    def __init__(self, dim: int, heads: int, window: int) -> None:
        super().__init__()
        self.heads, self.window = heads, window
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.attention_biases = nn.Parameter(torch.zeros(heads, window**2))
        place = torch.arange(window**2)
        rows, columns = place // window, place % window
        apart = (rows[:, None] - rows).abs() * window + (columns[:, None] - columns).abs()
        self.register_buffer("apart", apart, persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return pixels, shape (windows, window ** 2, dim), after attention."""
        count, length, dim = pixels.shape
        mixed = self.qkv(self.norm(pixels)).view(count, length, self.heads, -1).transpose(1, 2)
        query, key, value = mixed.chunk(3, dim=-1)
        bias = self.attention_biases[:, self.apart]
        found = nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=bias.to(query.dtype)
        )
        result: Tensor = self.proj(found.transpose(1, 2).reshape(count, length, dim))
        return result


class Mlp(nn.Module):
    """Two layers, after normalisation."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc1 = nn.Linear(dim, _EXPANSION * dim)
        self.fc2 = nn.Linear(_EXPANSION * dim, dim)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return pixels after both layers."""
        result: Tensor = self.fc2(nn.functional.gelu(self.fc1(self.norm(pixels))))
        return result


class AttentionBlock(nn.Module):
    """Windowed attention, a local convolution, two layers."""

    def __init__(self, dim: int, heads: int, window: int) -> None:
        super().__init__()
        self.attn = WindowAttention(dim, heads, window)
        self.local_conv = ConvNorm(dim, dim, 3, 1, dim)
        self.mlp = Mlp(dim)

    def forward(self, image: Tensor) -> Tensor:
        """Return an image, shape (N, dim, Y, X), of the same shape."""
        seen = image + self._windowed(image.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        local = self.local_conv(seen)
        added = self.mlp(local.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        result: Tensor = local + added
        return result

    def _windowed(self, pixels: Tensor) -> Tensor:
        """Attention in windows of an image, shape (N, Y, X, dim), padded to whole windows."""
        side = self.attn.window
        count, rows, columns, dim = pixels.shape
        missing = (-rows % side, -columns % side)
        padded = nn.functional.pad(pixels, (0, 0, 0, missing[1], 0, missing[0]))
        high, wide = padded.shape[1] // side, padded.shape[2] // side
        cut = padded.view(count, high, side, wide, side, dim).transpose(2, 3)
        seen = self.attn(cut.reshape(-1, side * side, dim))
        joined = seen.view(count, high, wide, side, side, dim).transpose(2, 3)
        whole: Tensor = joined.reshape(count, high * side, wide * side, dim)
        return whole[:, :rows, :columns]


class Stage(nn.Module):
    """Blocks, and what leads to the next stage."""

    def __init__(self, blocks: list[nn.Module], downsample: nn.Module | None) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.downsample = downsample

    def forward(self, image: Tensor) -> Tensor:
        """Return the image for the next stage."""
        for block in self.blocks:
            image = block(image)
        return image if self.downsample is None else self.downsample(image)


class PatchEmbedding(nn.Module):
    """Two strided convolutions: a quarter of the resolution."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.seq = nn.Sequential(
            ConvNorm(3, dim // 2, 3, 2), nn.GELU(), ConvNorm(dim // 2, dim, 3, 2)
        )

    def forward(self, image: Tensor) -> Tensor:
        """Return features of an image, shape (N, 3, Y, X)."""
        result: Tensor = self.seq(image)
        return result


class TinyViT(nn.Module):
    """The image encoder.

    Parameters
    ----------
    sizes : TinySizes
        Of its stages.
    image_px : int
        Side of the square that it sees.
    """

    def __init__(self, sizes: TinySizes, image_px: int = 1024) -> None:
        super().__init__()
        from segment_anything.modeling.common import LayerNorm2d

        self.img_size = image_px
        dims = sizes.dims
        self.patch_embed = PatchEmbedding(dims[0])
        self.layers = nn.ModuleList()
        for i, (dim, depth) in enumerate(zip(dims, sizes.depths, strict=True)):
            blocks = [_block(sizes, i) for _ in range(depth)]
            last = i == len(dims) - 1
            down = None if last else Bottleneck(dim, dims[i + 1], dims[i + 1], _STRIDES[i])
            self.layers.append(Stage(blocks, down))
        self.norm_head = nn.LayerNorm(dims[-1])
        self.head = nn.Linear(dims[-1], _CLASSES)
        self.neck = nn.Sequential(
            nn.Conv2d(dims[-1], sizes.neck_dim, 1, bias=False),
            LayerNorm2d(sizes.neck_dim),
            nn.Conv2d(sizes.neck_dim, sizes.neck_dim, 3, padding=1, bias=False),
            LayerNorm2d(sizes.neck_dim),
        )

    def forward(self, image: Tensor) -> Tensor:
        """Return the embedding of images, shape (N, 3, side, side)."""
        features = self.patch_embed(image)
        for layer in self.layers:
            features = layer(features)
        result: Tensor = self.neck(features)
        return result


def _block(sizes: TinySizes, stage: int) -> nn.Module:
    dim = sizes.dims[stage]
    if stage == 0:
        return Residual(dim, _EXPANSION * dim, dim)
    return AttentionBlock(dim, sizes.heads[stage], sizes.windows[stage])
