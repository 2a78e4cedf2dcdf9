"""Back ends are found by name, and a missing one says what to do."""

from importlib.metadata import EntryPoint

import pytest

from tracksam import registry
from tracksam.backends.classical import Classical
from tracksam.backends.flow import Flow
from tracksam.errors import BackendError
from tracksam.registry import BackendCard


class NeedsTorchOfMars:
    info = BackendCard(
        summary="Needs what nobody has.",
        licence="MIT",
        modules=("torch_of_mars",),
        extra="sam",
        weights="mars.onnx",
    )

    @staticmethod
    def find_weights() -> None:
        return None


class SaysNothing:
    def __init__(self, colour: str = "red") -> None:
        self.colour = colour


@pytest.fixture
def strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register three back ends of a third party, one of which has no module."""
    import sys

    monkeypatch.setitem(sys.modules, "strangers", sys.modules[__name__])
    value = "strangers:{}"
    entries = [
        EntryPoint("mars", value.format("NeedsTorchOfMars"), "tracksam.finders"),
        EntryPoint("quiet", value.format("SaysNothing"), "tracksam.finders"),
        EntryPoint("gone", "no_such_module_at_all:Thing", "tracksam.finders"),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: entries)


def test_shipped_back_ends_are_registered() -> None:
    assert {"classical", "grabcut"} <= set(registry.names("tracksam.segmenters"))
    assert "classical" in registry.names("tracksam.detectors")
    assert "flow" in registry.names("tracksam.point_trackers")


def test_create_hands_over_the_options_that_are_taken() -> None:
    classical = registry.create("tracksam.segmenters", "classical", diameter_px=12.0)
    assert isinstance(classical, Classical)
    assert classical.diameter_px == 12.0
    flow = registry.create("tracksam.point_trackers", "flow", diameter_px=12.0)
    assert isinstance(flow, Flow)


def test_an_unknown_name_names_the_nearest() -> None:
    with pytest.raises(BackendError, match="did you mean 'classical'") as caught:
        registry.create("tracksam.detectors", "clasical")
    assert "'clasical' in tracksam.detectors" in str(caught.value)


def test_a_name_that_is_near_to_none_lists_all(strangers: None) -> None:
    with pytest.raises(BackendError, match="known are gone, mars, quiet"):
        registry.create("tracksam.finders", "zzz")


def test_an_unknown_group_lists_the_groups() -> None:
    with pytest.raises(BackendError, match=r"no socket 'tracksam\.segmentors'; known are"):
        registry.names("tracksam.segmentors")


def test_a_missing_library_names_the_extra(strangers: None) -> None:
    with pytest.raises(BackendError) as caught:
        registry.create("tracksam.finders", "mars")
    assert str(caught.value) == (
        "back end 'mars' can not be used: torch_of_mars is not installed. "
        'Run: pip install "tracksam[sam]".'
    )


def test_a_missing_module_is_said(strangers: None) -> None:
    with pytest.raises(BackendError, match=r"back end 'gone' .* can not be imported: No module"):
        registry.create("tracksam.finders", "gone")


def test_describe_lists_what_can_not_be_used_too(strangers: None) -> None:
    gone, mars, quiet = registry.describe("tracksam.finders")
    assert (gone.name, gone.card, gone.is_usable) == ("gone", None, False)
    assert "No module named 'no_such_module_at_all'" in gone.problem
    assert mars.card == NeedsTorchOfMars.info
    assert "torch_of_mars is not installed" in mars.problem
    assert mars.weights_there is False
    assert (quiet.card, quiet.problem, quiet.weights_there) == (None, "", None)
    assert quiet.is_usable


def test_options_that_a_back_end_does_not_know_are_left_out(strangers: None) -> None:
    made = registry.create("tracksam.finders", "quiet", colour="blue", diameter_px=3)
    assert made.colour == "blue"
