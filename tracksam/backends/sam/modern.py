"""The members of the SAM family that run through transformers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tracksam import weights as known_weights
from tracksam.backends.sam.backend import Sam, card
from tracksam.backends.sam.network import Network
from tracksam.backends.sam.running import Running


class TransformersSam(Sam):
    """A network of transformers; what is derived from it says which, and how it is read."""

    def load(self, local: known_weights.Local, running: Running) -> Network:
        """Return the network that an official checkpoint, or a folder of transformers, holds.

        Parameters
        ----------
        local, running
            As for `Sam.load`.

        Raises
        ------
        WeightsError
            Something is missing, damaged, or of another architecture.
        """
        network, read = self._kind()
        return network(running.placed(read(local.path)), running, local.sha256)

    def _kind(self) -> tuple[Callable[..., Network], Callable[[Path], Any]]:
        """The network's adapter, and what reads its model."""
        raise NotImplementedError("a network of transformers says how its model is read")


class SamHq(TransformersSam):
    """SAM-HQ with the ViT-B image encoder; the larger ones by weights."""

    info = card(
        "Segment Anything in High Quality: finer outlines of thin and branched objects.",
        "sam-hq-vit-b",
        "transformers",
    )

    def _kind(self) -> tuple[Callable[..., Network], Callable[[Path], Any]]:
        from tracksam.backends.sam.quality import QualityNetwork, load_hq

        return QualityNetwork, load_hq


class SecondSam(TransformersSam):
    """SAM 2.1 of any size, or EdgeTAM: the checkpoint tells which."""

    def _kind(self) -> tuple[Callable[..., Network], Callable[[Path], Any]]:
        from tracksam.backends.memory.networks import load_network
        from tracksam.backends.sam.second import SecondNetwork

        return SecondNetwork, load_network


class Sam21Tiny(SecondSam):
    """SAM 2.1 with the tiny Hiera image encoder."""

    info = card("SAM 2.1 on single images, the smallest of four.", "sam2.1-tiny", "transformers")


class Sam21Small(SecondSam):
    """SAM 2.1 with the small Hiera image encoder."""

    info = card("SAM 2.1 on single images, the second of four.", "sam2.1-small", "transformers")


class Sam21BasePlus(SecondSam):
    """SAM 2.1 with the base-plus Hiera image encoder."""

    info = card("SAM 2.1 on single images, the third of four.", "sam2.1-base-plus", "transformers")


class Sam21Large(SecondSam):
    """SAM 2.1 with the large Hiera image encoder."""

    info = card("SAM 2.1 on single images, the largest of four.", "sam2.1-large", "transformers")


class EdgeTam(SecondSam):
    """EdgeTAM's image part."""

    info = card(
        "EdgeTAM on single images: quick on processors without GPU.",
        "edgetam",
        "transformers",
        "timm",
    )
