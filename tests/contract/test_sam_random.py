"""Every member of the SAM family keeps what of the contract does not need a trained network.

The networks are those of the real packages, small and with random weights: what they draw is
nonsense, but it lies in the frame, on the points, off the negative points; it is the same each
time, and remembers nothing.
"""

import functools
import importlib.util
from pathlib import Path
from typing import Any, ClassVar

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("segment_anything", reason="segment-anything is not installed")
pytest.importorskip("transformers", reason="transformers is not installed")
pytest.importorskip("timm", reason="timm is not installed")

from tracksam.backends.sam import SamVitB
from tracksam.backends.sam.backend import Sam
from tracksam.backends.sam.official import OfficialNetwork
from tracksam.backends.sam.quality import QualityNetwork
from tracksam.backends.sam.running import Running
from tracksam.backends.sam.second import SecondNetwork
from tracksam.testing import SegmenterContract

NEED_A_TRAINED_NETWORK = (
    "test_a_moved_object_moves_its_mask",
    "test_a_box_bounds",
    "test_an_expected_mask_is_a_hint",
    "test_a_transposed_image_gives_the_transposed_mask",
)
A_PIXEL = 1e-6
"""Overlap of a mask that is there: on its point, whatever its shape."""
EASED = {"least_overlap": A_PIXEL, **dict.fromkeys(NEED_A_TRAINED_NETWORK)}
"""What is asked of networks that know nothing."""


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


networks = _load(Path(__file__).resolve().parents[1] / "unit" / "sam" / "networks.py")
saboteurs = _load(Path(__file__).with_name("test_saboteurs.py"))
FAMILY = {
    "segment-anything": (OfficialNetwork, networks.random_official),
    "MobileSAM": (OfficialNetwork, networks.random_mobile),
    "SAM-HQ": (QualityNetwork, networks.random_hq),
    "SAM 2.1": (SecondNetwork, networks.random_sam2),
    "EdgeTAM": (SecondNetwork, networks.random_edgetam),
}


@functools.cache
def network(name: str) -> Any:
    kind, random = FAMILY[name]
    return kind(random(), Running(), name)


class RandomSam(Sam):
    info = SamVitB.info
    name: ClassVar[str]

    def load(self, local: Any, running: Running) -> Any:
        return network(self.name)


def contract_of(name: str) -> type:
    adapter = type("Random", (RandomSam,), {"name": name})

    def make(self: object) -> Any:
        return adapter(weights=__file__)

    return type(f"Test{name.replace(' ', '')}", (SegmenterContract,), {"make": make, **EASED})


for _name in FAMILY:
    _made = contract_of(_name)
    globals()[_made.__name__] = _made


def test_what_is_left_out_are_checks_of_the_contract() -> None:
    assert all(hasattr(SegmenterContract, name) for name in NEED_A_TRAINED_NETWORK)


SABOTAGE = [
    row
    for row in saboteurs.ALL
    if row.contract is SegmenterContract and row.check not in NEED_A_TRAINED_NETWORK
]


@pytest.mark.parametrize("sabotage", SABOTAGE, ids=str)
def test_what_is_asked_of_them_is_asked_in_earnest(sabotage: Any) -> None:
    """The saboteur of every check that is left fails it under these terms too."""
    eased = type("Eased", (SegmenterContract,), {**EASED, "make": lambda self: sabotage.saboteur()})
    with pytest.raises(AssertionError):
        getattr(eased(), sabotage.check)()
