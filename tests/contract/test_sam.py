"""The SAM adapter keeps the contracts, on a small network trained on simulated cells."""

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("segment_anything", reason="segment-anything is not installed")

from tracksam.backends.sam import SamVitB
from tracksam.testing import DetectorContract, SegmenterContract

SMALL = Path(__file__).resolve().parents[1] / "data" / "small_sam.pth"


class TestSmallSam(SegmenterContract):
    same_overlap = 0.8

    def make(self) -> SamVitB:
        return SamVitB(weights=SMALL)


class TestSmallSamDetector(DetectorContract):
    def make(self) -> SamVitB:
        return SamVitB(weights=SMALL, grid_points=12)
