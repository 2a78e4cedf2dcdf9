"""nano keeps the contracts of its sockets."""

from tracksam.backends.nano import Nano
from tracksam.testing import DetectorContract, SegmenterContract


class TestNanoSegments(SegmenterContract):
    def make(self) -> Nano:
        return Nano(threads=1)


class TestNanoDetects(DetectorContract):
    def make(self) -> Nano:
        return Nano(threads=1)
