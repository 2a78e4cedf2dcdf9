"""The network: a small U-Net whose finest level has half the resolution of the image.

Two by two pixels become channels on entry and are spread out again at the end (Shi et al. 2016,
arXiv:1609.05158), which makes it four times as fast as a U-Net on full resolution.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from tracksam.backends.nano.normalise import CHANNELS

OUTPUTS = ("foreground", "distance", "offset_y", "offset_x", "log_diameter")
WIDTHS = (32, 48, 64, 96, 128)
STRIDE = 2 ** len(WIDTHS)
"""Height and width of an image must be multiples of this."""


class Block(nn.Module):
    """Two 3 x 3 convolutions with a way around them."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        same = inputs == outputs and stride == 1
        self.around = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1, stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        """Return features of shape (B, outputs, Y / stride, X / stride)."""
        hidden = functional.relu(self.first_norm(self.first(x)))
        return functional.relu(self.second_norm(self.second(hidden)) + self.around(x))


class PixelUNet(nn.Module):
    """A U-Net that takes 2 x 2 pixels as channels and gives them back.

    Parameters
    ----------
    inputs, outputs : int
        Channels of the image and of the answers.
    widths : tuple of int
        Channels of each level, finest first; each level has half the resolution of the one before.
    """

    def __init__(self, inputs: int, outputs: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        before = [4 * inputs, *widths[:-1]]
        self.down = nn.ModuleList(
            Block(a, b, 2 if level else 1)
            for level, (a, b) in enumerate(zip(before, widths, strict=True))
        )
        pairs = list(zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.narrow = nn.ModuleList(nn.Conv2d(a, b, 1) for a, b in pairs)
        self.up = nn.ModuleList(Block(b, b) for _, b in pairs)
        self.head = nn.Conv2d(widths[0], 4 * outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the answers for a batch.

        Parameters
        ----------
        x : Tensor, shape (B, inputs, Y, X)
            Y and X multiples of 2 to the number of levels.

        Returns
        -------
        Tensor, shape (B, outputs, Y, X)
        """
        x = functional.pixel_unshuffle(x, 2)
        levels = []
        for block in self.down:
            x = block(x)
            levels.append(x)
        for narrow, block, skip in zip(self.narrow, self.up, levels[-2::-1], strict=True):
            x = block(functional.interpolate(narrow(x), scale_factor=2.0, mode="nearest") + skip)
        return functional.pixel_shuffle(self.head(x), 2)


class NanoNet(PixelUNet):
    """The views of an image to per-pixel answers.

    The answers are the logit of the foreground, the logit of the distance, offsets in canonical
    diameters, and log2 of the diameter over the canonical one.

    Parameters
    ----------
    widths : tuple of int
        As of `PixelUNet`.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__(CHANNELS, len(OUTPUTS), widths)


def write_onnx(net: nn.Module, example: Tensor, path: Path, answers: str) -> None:
    """Write a network as ONNX; its input is `views`, of any batch, height and width.

    Parameters
    ----------
    net : Module
        In evaluation mode, on the processor.
    example : Tensor, shape (1, C, Y, X)
        An input that it takes.
    path : Path
        Replaced.
    answers : str
        Name of the output.
    """
    with warnings.catch_warnings():
        # The newer exporter needs a package more and writes the same graph.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            net,
            (example,),
            str(path),
            input_names=["views"],
            output_names=[answers],
            dynamic_axes={"views": {0: "batch", 2: "y", 3: "x"}, answers: {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )
