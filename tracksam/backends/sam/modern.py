"""The members of the SAM family that run through transformers."""

from __future__ import annotations

from typing import ClassVar

from tracksam import weights as known_weights
from tracksam.backends.sam.backend import Sam
from tracksam.backends.sam.network import Network
from tracksam.backends.sam.running import Running
from tracksam.registry import BackendCard

_DEVICE = "cuda, mps, cpu"
_MODULES = ("torch", "transformers")
_LICENCE = "Apache-2.0 (code and weights)"


class SamHq(Sam):
    """SAM-HQ with the ViT-B image encoder; the larger ones by weights."""

    info = BackendCard(
        summary="Segment Anything in High Quality: finer outlines of thin and branched objects.",
        licence=_LICENCE,
        modules=_MODULES,
        extra="sam",
        weights="sam-hq-vit-b",
        weights_mb=379.0,
        device=_DEVICE,
    )
    usual_weights: ClassVar[str] = "sam-hq-vit-b"

    def load(self, local: known_weights.Local, running: Running) -> Network:
        """Return the network that a checkpoint of SAM-HQ, or a folder of transformers, holds.

        Parameters
        ----------
        local : Local
            Checked.
        running : Running
            Device and precision.

        Raises
        ------
        WeightsError
            Something is missing, damaged, or of another architecture.
        """
        from tracksam.backends.sam.quality import QualityNetwork, load_hq

        return QualityNetwork(running.placed(load_hq(local.path)), running, local.sha256)


class SecondSam(Sam):
    """SAM 2.1 of any size, or EdgeTAM: the checkpoint tells which."""

    def load(self, local: known_weights.Local, running: Running) -> Network:
        """Return the network that an official checkpoint, or a folder of transformers, holds.

        Parameters
        ----------
        local : Local
            Of a video model; its memory is not used.
        running : Running
            Device and precision.

        Raises
        ------
        WeightsError
            Something is missing, damaged, or of another architecture.
        """
        from tracksam.backends.memory.networks import load_network
        from tracksam.backends.sam.second import SecondNetwork

        return SecondNetwork(running.placed(load_network(local.path)), running, local.sha256)


def _card(summary: str, name: str, megabytes: float, more: tuple[str, ...] = ()) -> BackendCard:
    return BackendCard(
        summary=summary,
        licence=_LICENCE,
        modules=_MODULES + more,
        extra="sam",
        weights=name,
        weights_mb=megabytes,
        device=_DEVICE,
    )


class Sam21Tiny(SecondSam):
    """SAM 2.1 with the tiny Hiera image encoder."""

    info = _card("SAM 2.1 on single images, the smallest of four.", "sam2.1-tiny", 156.0)
    usual_weights: ClassVar[str] = "sam2.1-tiny"


class Sam21Small(SecondSam):
    """SAM 2.1 with the small Hiera image encoder."""

    info = _card("SAM 2.1 on single images, the second of four.", "sam2.1-small", 184.0)
    usual_weights: ClassVar[str] = "sam2.1-small"


class Sam21BasePlus(SecondSam):
    """SAM 2.1 with the base-plus Hiera image encoder."""

    info = _card("SAM 2.1 on single images, the third of four.", "sam2.1-base-plus", 323.0)
    usual_weights: ClassVar[str] = "sam2.1-base-plus"


class Sam21Large(SecondSam):
    """SAM 2.1 with the large Hiera image encoder."""

    info = _card("SAM 2.1 on single images, the largest of four.", "sam2.1-large", 898.0)
    usual_weights: ClassVar[str] = "sam2.1-large"


class EdgeTam(SecondSam):
    """EdgeTAM's image part."""

    info = _card(
        "EdgeTAM on single images: quick on processors without GPU.", "edgetam", 56.1, ("timm",)
    )
    usual_weights: ClassVar[str] = "edgetam"
