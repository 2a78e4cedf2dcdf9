"""Finders that understand words, and embedders, on models of the transformers library."""

from tracksam.backends.text.clip import ClipCrops, ClipPatches, ClipRedCircle
from tracksam.backends.text.clipseg import ClipSeg
from tracksam.backends.text.dino import GroundingDino
from tracksam.backends.text.embedders import ClipEmbedder, Dinov2Embedder
from tracksam.backends.text.owl import Owlv2, OwlViT

__all__ = [
    "ClipCrops",
    "ClipEmbedder",
    "ClipPatches",
    "ClipRedCircle",
    "ClipSeg",
    "Dinov2Embedder",
    "GroundingDino",
    "OwlViT",
    "Owlv2",
]
