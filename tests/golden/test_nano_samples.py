"""The shipped weights find what they found when they were made, on the sample movies."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from tracksam.backends.nano import Nano
from tracksam.training.figures import seg

GOLDEN = json.loads(Path(__file__).with_name("nano_samples.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def nano() -> Nano:
    return Nano(threads=1)


@pytest.mark.parametrize("case", GOLDEN, ids=[f"{c['movie']}-{c['frame']}" for c in GOLDEN])
def test_a_sample_frame_is_segmented_as_before(nano, sample_data, case):
    image_yx = tifffile.imread(sample_data / f"{case['movie']}.tif")[case["frame"]]
    truth = sample_data / f"{case['movie']}_GT" / "TRA" / f"man_track{case['frame']:03d}.tif"
    regions = nano.detect(nano.prepare(image_yx[:, :, None]))
    assert len(regions) == pytest.approx(case["cells"], abs=1)
    assert regions.area_px.sum() == pytest.approx(case["area_px"], rel=0.03)
    found = float(np.mean(seg(tifffile.imread(truth), regions.to_labels())))
    assert found == pytest.approx(case["seg"], abs=0.02)
