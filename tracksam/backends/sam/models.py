"""The members of the SAM family that are in segment-anything's layout."""

from __future__ import annotations

from typing import ClassVar

from tracksam import weights as known_weights
from tracksam.backends.checkpoint import load_exactly, read_state
from tracksam.backends.sam.backend import Sam, card
from tracksam.backends.sam.layout import (
    Geometry,
    build,
    build_heads,
    geometry_of,
    head_sizes,
    without_prefix,
)
from tracksam.backends.sam.network import Network
from tracksam.backends.sam.official import OfficialNetwork
from tracksam.backends.sam.running import Running
from tracksam.errors import WeightsError

_MODULES = ("torchvision", "segment_anything")


class OfficialSam(Sam):
    """A network of segment-anything of any size: the checkpoint's shapes tell which."""

    def load(self, local: known_weights.Local, running: Running) -> Network:
        """Return the network that a checkpoint in segment-anything's layout holds.

        Parameters
        ----------
        local : Local
            The original, MedSAM's, micro-sam's (also a training checkpoint), or your own.
        running : Running
            Device and precision.

        Raises
        ------
        WeightsError
            A tensor is missing, unknown or of another shape; or the file is damaged.
        """
        state = without_prefix(read_state(local.path))
        model = build(geometry_of(state, str(local.path)))
        load_exactly(model, state, str(local.path))
        return OfficialNetwork(running.placed(model.eval()), running, local.sha256)


class SamVitB(OfficialSam):
    """Segment Anything with the ViT-B image encoder."""

    info = card(
        "Segment Anything, the smallest of three; MedSAM and micro-sam by weights.",
        "sam-vit-b",
        *_MODULES,
    )


class SamVitL(OfficialSam):
    """Segment Anything with the ViT-L image encoder."""

    info = card(
        "Segment Anything, the middle of three; micro-sam's vit_l by weights.",
        "sam-vit-l",
        *_MODULES,
    )


class SamVitH(OfficialSam):
    """Segment Anything with the ViT-H image encoder."""

    info = card("Segment Anything, the largest of three.", "sam-vit-h", *_MODULES)


class MobileSam(Sam):
    """MobileSAM: segment-anything's heads on a TinyViT; also micro-sam's vit_t by weights."""

    info = card(
        "Segment Anything with a small image encoder: the one for processors without GPU.",
        "mobile-sam",
        *_MODULES,
    )
    image_px: ClassVar[int] = 1024

    def load(self, local: known_weights.Local, running: Running) -> Network:
        """Return the network that a checkpoint in MobileSAM's layout holds.

        Parameters
        ----------
        local : Local
            The original, or a fine-tuned one.
        running : Running
            Device and precision.

        Raises
        ------
        WeightsError
            A tensor is missing, unknown or of another shape; or the file is damaged.
        """
        from segment_anything.modeling import Sam as Network

        from tracksam.backends.sam.tinyvit import TinyViT, sizes_of

        state = without_prefix(read_state(local.path))
        try:
            sizes, heads = sizes_of(state), head_sizes(state)
        except KeyError as error:
            raise WeightsError(
                f"{local.path} is not in MobileSAM's layout: {error} is missing. For a plain SAM "
                "take the segmenter sam-vit-b, sam-vit-l or sam-vit-h."
            ) from error
        model = Network(
            TinyViT(sizes, self.image_px),
            *build_heads(Geometry(image_px=self.image_px, **heads)),
        )
        load_exactly(model, state, str(local.path))
        return OfficialNetwork(running.placed(model.eval()), running, local.sha256)
