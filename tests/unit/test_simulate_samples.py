"""The sample movies: small, whole, and made again by one command."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import tifffile

from tracksam.errors import InvalidInputError
from tracksam.simulate.samples import SAMPLES, clicks, sample


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".tif", ".txt", ".csv")
    }


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_show_divisions_entering_and_five_clicks(name: str) -> None:
    made = sample(name)
    assert made.stack.shape_yx == (192, 256)
    assert len(made.lineage.parents) >= 6
    first = [made.lineage.frame[made.lineage.rows(i)][0] for i in made.lineage.track_ids]
    entered = [
        i
        for i, begin in zip(made.lineage.track_ids.tolist(), first, strict=True)
        if begin > 0 and i not in made.lineage.parents
    ]
    assert entered
    prompts = clicks(made)
    assert len(prompts) == 5
    y, x = prompts.yx.astype(int).T
    np.testing.assert_array_equal(made.masks.frame(0)[y, x], prompts.object_id)


def test_clicks_on_nothing_are_none() -> None:
    from tracksam.simulate.situations import situation

    assert len(clicks(situation("empty"))) == 0
    assert len(clicks(situation("fast"))) == 2


def test_an_unknown_sample_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="one of nuclei, phase; got 'worms'"):
        sample("worms")


def test_sample_data_is_small(sample_data: Path) -> None:
    files = contents(sample_data)
    assert sum(map(len, files.values())) < 2_000_000
    assert {"nuclei.tif", "phase.tif", "prompts.csv", "phase_prompts.csv"} < set(files)


@pytest.mark.slow
def test_sample_data_is_made_again_by_one_command(sample_data: Path, tmp_path: Path) -> None:
    make = runpy.run_path(str(sample_data / "make.py"))["main"]
    make(tmp_path / "one")
    make(tmp_path / "two")
    one = contents(tmp_path / "one")
    assert one == contents(tmp_path / "two")
    kept = contents(sample_data)
    assert set(one) == set(kept)
    # Another processor may round a pixel differently; the truth is the same.
    assert {k: v for k, v in one.items() if ".tif" not in k} == {
        k: v for k, v in kept.items() if ".tif" not in k
    }
    for name in SAMPLES:
        made, committed = (
            tifffile.imread(folder / f"{name}.tif").astype(int)
            for folder in (tmp_path / "one", sample_data)
        )
        assert np.abs(made - committed).mean() < 0.5
