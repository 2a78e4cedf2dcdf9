"""The network that refines masks, and its ONNX file."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from tracksam.backends.nano.refine import SMALLEST_PX, VIEWS
from tracksam.training.network import Block

WIDTHS = (24, 40, 56)


class RefineNet(nn.Module):
    """Views of a mask to a better mask: a U-Net on 2 x 2 pixels as channels.

    Parameters
    ----------
    widths : tuple of int
        Channels of each level, finest first.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        inputs = [VIEWS * 4, *widths[:-1]]
        self.down = nn.ModuleList(
            Block(a, b, 2 if level else 1)
            for level, (a, b) in enumerate(zip(inputs, widths, strict=True))
        )
        pairs = list(zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.narrow = nn.ModuleList(nn.Conv2d(a, b, 1) for a, b in pairs)
        self.up = nn.ModuleList(Block(b, b) for _, b in pairs)
        self.head = nn.Conv2d(widths[0], 4, 1)

    def forward(self, views: Tensor) -> Tensor:
        """Return the logit of the mask, shape (B, 1, Y, X).

        Parameters
        ----------
        views : Tensor, shape (B, 9, Y, X)
            As `refine.Patch` has them; Y and X multiples of 8.
        """
        x = functional.pixel_unshuffle(views, 2)
        levels = []
        for block in self.down:
            x = block(x)
            levels.append(x)
        for narrow, block, skip in zip(self.narrow, self.up, levels[-2::-1], strict=True):
            x = block(functional.interpolate(narrow(x), scale_factor=2.0, mode="nearest") + skip)
        return functional.pixel_shuffle(self.head(x), 2) + 2 * views[:, 5:6]


def export(net: RefineNet, path: Path) -> None:
    """Write the network as ONNX, input `views`, output `mask`.

    Parameters
    ----------
    net : RefineNet
        Trained.
    path : Path
        Replaced.
    """
    example = torch.zeros(1, VIEWS, SMALLEST_PX, SMALLEST_PX)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            net,
            (example,),
            str(path),
            input_names=["views"],
            output_names=["mask"],
            dynamic_axes={"views": {0: "batch", 2: "y", 3: "x"}, "mask": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )
