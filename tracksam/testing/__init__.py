"""Proofs for authors of back ends: contract tests, oracles, scenes, Hypothesis strategies.

``pip install "tracksam[test]"`` brings what they need. Subclass a contract in a test module::

    from tracksam.testing import SegmenterContract

    class TestMine(SegmenterContract):
        def make(self):
            return MySegmenter()
"""

from tracksam.testing.detector import DetectorContract
from tracksam.testing.embedder import EmbedderContract
from tracksam.testing.finder import FinderContract
from tracksam.testing.point_tracker import PointTrackerContract
from tracksam.testing.propagator import MaskPropagatorContract
from tracksam.testing.segmenter import SegmenterContract

__all__ = [
    "DetectorContract",
    "EmbedderContract",
    "FinderContract",
    "MaskPropagatorContract",
    "PointTrackerContract",
    "SegmenterContract",
]
