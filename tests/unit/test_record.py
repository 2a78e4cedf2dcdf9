"""RunRecord: what made a result, as JSON, and where two runs differ."""

import json

import attrs
import numpy as np
import pytest

from tracksam import Prompts, Regions, Settings, Stack
from tracksam.errors import InvalidInputError
from tracksam.prompts import Marks
from tracksam.record import RunRecord, versions


def stack(**calibration: object) -> Stack:
    array = np.arange(2 * 5 * 7, dtype=np.uint16).reshape(2, 5, 7)
    return Stack.from_array(array, "TYX", **calibration)


def record(settings: Settings | None = None, **changes: object) -> RunRecord:
    made = RunRecord.of(stack(pixel_size_um=0.5), settings or Settings(), started="2024-05-06")
    return attrs.evolve(made, **changes)


def test_what_is_written_is_read_back() -> None:
    made = record(
        weights={"nano": "ab" * 32},
        messages=("m",),
        seconds={"link": 1.25},
        state="interrupted",
    )
    assert RunRecord.from_json(made.to_json()) == made
    assert made.input.shape_tyxc == (2, 5, 7, 1)
    assert made.input.pixel_size_um == 0.5
    assert Settings.from_mapping(made.settings) == Settings()


def test_all_that_changes_by_the_clock_stands_in_one_place() -> None:
    first = json.loads(record(seconds={"link": 1.0}).to_json())
    second = json.loads(record(seconds={"link": 2.0}, started="2025-01-01").to_json())
    assert first.pop("times") == {"started": "2024-05-06", "seconds": {"link": 1.0}}
    second.pop("times")
    assert first == second
    assert next(iter(first)) == "tracksam_run"


def test_versions_name_what_computed() -> None:
    found = versions()
    assert found["numpy"] == np.__version__
    assert {"tracksam", "python", "platform", "scipy", "onnxruntime"} <= set(found)


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        (record(), ""),
        (record(seconds={"a": 1.0}, state="complete"), ""),
        (record(Settings(seed=3)), "settings.seed: 0 and 3"),
        (
            record(Settings.from_mapping({"segment": {"diameter_px": 9.0}})),
            "settings.segment.diameter_px: None and 9.0",
        ),
        (record(weights={"nano": "00"}), "weights.nano: None and 00"),
        (RunRecord.of(stack(), Settings()), "input.pixel_size_um: 0.5 and None"),
    ],
)
def test_the_first_difference_is_named(other: RunRecord, difference: str) -> None:
    assert record().difference(other) == difference


def test_the_first_frame_and_the_marks_are_fingerprints() -> None:
    brighter = Stack.from_array(np.ones((2, 5, 7), np.uint16), "TYX", pixel_size_um=0.5)
    assert "first_frame_sha256" in record().difference(RunRecord.of(brighter, Settings()))
    painted = Regions((5, 7), [np.ones((1, 2), bool)], [[1, 1]], object_id=[4])
    marked = [
        Marks(Prompts([1], [0], [[2, 3]])),
        Marks(Prompts([1], [0], [[2, 4]])),
        Marks(Prompts([1], [0], [[2, 3]], [False])),
        Marks(masks={0: painted}),
        Marks(masks={1: painted}),
        Marks(),
    ]
    prints = {RunRecord.of(stack(), Settings(), m).input.marks_sha256 for m in marked}
    assert len(prints) == len(marked)
    assert "" in prints


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"tracksam_run": 1}', '{"tracksam_run": 1, "times": {}}']
)
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"this is no run\.json of tracksam"):
        RunRecord.from_json(text)
