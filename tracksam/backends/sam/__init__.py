"""The SAM family: segmenters and detectors that take points, boxes and masks (extra [sam])."""

from __future__ import annotations

from tracksam.backends.sam.models import SamVitB, SamVitH, SamVitL

__all__ = ["SamVitB", "SamVitH", "SamVitL"]
