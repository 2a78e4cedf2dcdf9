"""Every registered back end, and every oracle, keeps its contract."""

import numpy as np
import pytest

from tracksam import registry
from tracksam.examples import Examples
from tracksam.pipeline.finding.collect import collect_masks
from tracksam.reference import Reference
from tracksam.stack import Stack
from tracksam.testing import (
    DetectorContract,
    EmbedderContract,
    FinderContract,
    MaskPropagatorContract,
    PointTrackerContract,
    SegmenterContract,
)
from tracksam.testing.embedder import regions_of
from tracksam.testing.oracles import (
    BrightFinder,
    DiscOracle,
    DriftOracle,
    MomentsEmbedder,
    StepOracle,
)
from tracksam.testing.scenes import DISCS, SHAPE_YX, Disc, image_of

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


def shown_discs(_: object) -> Examples:
    """Discs that are wanted, and patches of the ground that are not."""
    ground = [Disc(8, 8, 5), Disc(64, 60, 5), Disc(30, 100, 4)]
    regions = regions_of((*DISCS, *ground))
    wanted = np.arange(len(regions)) < len(DISCS)
    stack = Stack.from_array(image_of(DISCS)[None], axes="TYXC")
    return collect_masks(stack, {0: (regions, wanted)}, name="bright disc")


def shown_mask(_: object) -> Reference:
    return Reference(image_of(DISCS), DISCS[0].mask(SHAPE_YX))


QUERIES = {"example": shown_discs, "persam": shown_mask}
"""What finders are asked that do not understand words."""


def contract_of(group: str, name: str) -> type:
    """Make the test class of one registered back end."""
    [info] = [info for info in registry.describe(group) if info.name == name]

    def make(self: object) -> object:
        return registry.create(group, name)

    socket = group.removeprefix("tracksam.").title().replace("_", "")
    body = {"make": make, **({"query": property(QUERIES[name])} if name in QUERIES else {})}
    made = type(f"Test{name.title()}In{socket}", (CONTRACTS[group],), body)
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
