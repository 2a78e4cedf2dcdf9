"""The network that refines masks, and its ONNX file."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from tracksam.backends.nano.refine import SMALLEST_PX, VIEWS
from tracksam.training.network import PixelUNet, write_onnx

WIDTHS = (24, 40, 56)


class RefineNet(PixelUNet):
    """Views of a mask to a better mask.

    Parameters
    ----------
    widths : tuple of int
        As of `PixelUNet`.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__(VIEWS, 1, widths)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logit of the mask, shape (B, 1, Y, X).

        Parameters
        ----------
        x : Tensor, shape (B, 9, Y, X)
            As `refine.Patch` has them; Y and X multiples of 8.
        """
        return super().forward(x) + 2 * x[:, 5:6]


def export(net: RefineNet, path: Path) -> None:
    """Write the network as ONNX, input `views`, output `mask`.

    Parameters
    ----------
    net : RefineNet
        Trained.
    path : Path
        Replaced.
    """
    write_onnx(net, torch.zeros(1, VIEWS, SMALLEST_PX, SMALLEST_PX), path, "mask")
