"""After any fault and --resume, the outputs are those of an undisturbed batch."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pytest.importorskip("distributed")
drill = _load("drill")


@pytest.fixture(scope="module")
def movies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drill") / "movies"
    drill.make_movies(folder)
    return folder


@pytest.fixture(scope="module")
def right(movies: Path) -> dict[str, str]:
    """The outputs of an undisturbed run in one process."""
    out = movies.with_name("right")
    drill.undisturbed(movies, out)
    assert {row["state"] for row in drill.table(out / "batch.csv")} == {"complete"}
    return drill.digest(out)


def run_until_complete(drilled: object) -> None:
    """Resume until nothing is missing, and check that every fault is named."""
    drilled.mend()
    log = drilled.out.with_name("client.log")
    assert drilled.call() == 0, log.read_text()[-3000:]
    rows = {row["name"]: row for row in drill.table(drilled.out / "batch.csv")}
    assert {row["state"] for row in rows.values()} == {"complete"}
    for name, words in drilled.expected:
        assert words in rows[name]["faults"], (name, rows[name])


def disturbed(movies: Path, folder: Path, seed: int, *calls: tuple[str, ...]) -> object:
    """A batch with some faults in each call, each mended before the next one."""
    drilled = drill.Drill(movies, folder / "out", np.random.default_rng(seed))
    for faults in calls:
        drilled.call(*(getattr(drilled, fault) for fault in faults))
        drilled.note_failures()
        drilled.mend()
    run_until_complete(drilled)
    return drilled


def test_a_disturbed_batch_ends_as_an_undisturbed_one(
    movies: Path, right: dict[str, str], tmp_path: Path
) -> None:
    with drill.small_disk(tmp_path / "disk", "64m") as disk:
        calls = [("kill_worker", "kill_client"), ("hide_input", "corrupt_input")]
        if disk is not None:
            calls[1] += ("fill_disk",)
        drilled = disturbed(movies, disk or tmp_path, 7, *calls)
        assert len(drilled.expected) >= 4
        assert drill.digest(drilled.out) == right


def test_a_full_disk_is_among_the_faults(tmp_path: Path) -> None:
    with drill.small_disk(tmp_path / "disk", "1m") as disk:
        if disk is None:
            pytest.skip("only root may mount a small disk; the drill ran without a full one")
        assert (disk / "filler").write_bytes(bytes(2**19)) == 2**19
        with pytest.raises(OSError, match="No space left"):
            (disk / "more").write_bytes(bytes(2**20))


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(6))
def test_thirty_moments(movies: Path, right: dict[str, str], tmp_path: Path, seed: int) -> None:
    with drill.small_disk(tmp_path / "disk", "64m") as disk:
        faults = ["kill_worker", "hide_input", "corrupt_input"]
        np.random.default_rng(seed).shuffle(faults)
        last = ("fill_disk",) if disk is not None else ()
        calls = [("kill_worker", "kill_client"), (*faults, *last)]
        if seed % 2:
            calls.reverse()
        drilled = disturbed(movies, disk or tmp_path, seed, *calls)
        assert drill.digest(drilled.out) == right
