"""Every registered back end, and every oracle, keeps its contract."""

import pytest

from tracksam import registry
from tracksam.testing import (
    DetectorContract,
    EmbedderContract,
    FinderContract,
    MaskPropagatorContract,
    PointTrackerContract,
    SegmenterContract,
)
from tracksam.testing.oracles import (
    BrightFinder,
    DiscOracle,
    DriftOracle,
    MomentsEmbedder,
    StepOracle,
)

CONTRACTS = {
    "tracksam.segmenters": SegmenterContract,
    "tracksam.detectors": DetectorContract,
    "tracksam.point_trackers": PointTrackerContract,
    "tracksam.propagators": MaskPropagatorContract,
    "tracksam.finders": FinderContract,
    "tracksam.embedders": EmbedderContract,
}


def test_every_socket_has_a_contract() -> None:
    assert set(CONTRACTS) == set(registry.GROUPS)


def contract_of(group: str, name: str) -> type:
    """Make the test class of one registered back end."""
    [info] = [info for info in registry.describe(group) if info.name == name]

    def make(self: object) -> object:
        return registry.create(group, name)

    socket = group.removeprefix("tracksam.").title().replace("_", "")
    made = type(f"Test{name.title()}In{socket}", (CONTRACTS[group],), {"make": make})
    reason = info.problem or f"the weights {info.card and info.card.weights!r} are not there"
    return pytest.mark.skipif(not info.is_usable, reason=reason)(made)


for _group in registry.GROUPS:
    for _name in registry.names(_group):
        _made = contract_of(_group, _name)
        globals()[_made.__name__] = _made


class TestDiscOracleAsSegmenter(SegmenterContract):
    def make(self) -> DiscOracle:
        return DiscOracle()


class TestDiscOracleAsDetector(DetectorContract):
    def make(self) -> DiscOracle:
        return DiscOracle()


class TestDriftOracle(PointTrackerContract):
    def make(self) -> DriftOracle:
        return DriftOracle()


class TestStepOracle(MaskPropagatorContract):
    def make(self) -> StepOracle:
        return StepOracle()


class TestBrightFinder(FinderContract):
    def make(self) -> BrightFinder:
        return BrightFinder()


class TestMomentsEmbedder(EmbedderContract):
    def make(self) -> MomentsEmbedder:
        return MomentsEmbedder()
