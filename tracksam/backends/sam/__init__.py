"""The SAM family: segmenters and detectors that take points, boxes and masks (extra [sam])."""

from __future__ import annotations

from tracksam.backends.sam.models import MobileSam, SamVitB, SamVitH, SamVitL
from tracksam.backends.sam.modern import (
    EdgeTam,
    Sam21BasePlus,
    Sam21Large,
    Sam21Small,
    Sam21Tiny,
    SamHq,
)

__all__ = [
    "EdgeTam",
    "MobileSam",
    "Sam21BasePlus",
    "Sam21Large",
    "Sam21Small",
    "Sam21Tiny",
    "SamHq",
    "SamVitB",
    "SamVitH",
    "SamVitL",
]
