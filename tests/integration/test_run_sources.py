"""A run knows where its movie lay: pictures of it need no --image."""

from pathlib import Path

import attrs
import numpy as np
import pytest

import tracksam
from tracksam import Settings
from tracksam.cli import main
from tracksam.errors import InvalidInputError
from tracksam.io.run import RunFolder
from tracksam.io.run_sources import kept_candidates, movie_of
from tracksam.record import RunRecord
from tracksam.simulate import situation


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of a movie in a file that does not name its axes."""
    stack = situation("still").stack
    np.save(tmp_path / "movie.npy", stack.clip(range(3))[..., 0])
    movie = tracksam.read_movie(tmp_path / "movie.npy", axes="TYX")
    tracksam.track(movie, out=tmp_path / "run")
    return tmp_path / "run"


def test_the_movie_is_found_again(run: Path) -> None:
    found = movie_of(run)
    assert found is not None
    assert found == tracksam.read_movie(run.parent / "movie.npy", axes="TYX")


def test_a_movie_that_is_gone_or_was_never_in_a_file(run: Path) -> None:
    (run.parent / "movie.npy").unlink()
    assert movie_of(run) is None
    assert movie_of(run.parent) is None
    tracksam.track(situation("still").stack.until(2), out=run.parent / "other")
    assert movie_of(run.parent / "other") is None


def test_another_movie_in_its_place_is_refused(run: Path) -> None:
    path = run.parent / "movie.npy"
    np.save(path, np.load(path)[::-1])
    with pytest.raises(InvalidInputError, match=r"movie.npy is not the movie that .*run was made"):
        movie_of(run)


def test_where_a_movie_lies_is_no_part_of_what_a_result_depends_on(run: Path) -> None:
    record = RunFolder.open(run).record
    path = run.parent / "movie.npy"
    path.rename(run.parent / "moved.npy")
    moved = tracksam.read_movie(run.parent / "moved.npy", axes="TYX")
    again = RunRecord.of(attrs.evolve(moved, name="movie"), Settings(), weights=record.weights)
    assert again.input.path != record.input.path
    assert again.difference(record) == ""


def test_candidates_stay_only_where_the_settings_say_so(run: Path) -> None:
    assert len(kept_candidates(run)) == 0
    assert kept_candidates(run.parent) == {}
    settings = Settings(keep_candidates=True)
    stack = situation("still").stack.until(2)
    tracksam.track(stack, settings=settings, out=run.parent / "kept")
    assert sorted(kept_candidates(run.parent / "kept")) == [0, 1]


def test_report_and_film_need_no_movie_named(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(run.parent)
    for words in (["report", "run"], ["film", "run", "--out", "film.gif"]):
        monkeypatch.setattr("sys.argv", ["tracksam", *words])
        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code
    assert (run.parent / "report.html").is_file()
    assert (run.parent / "film.gif").is_file()
    (run.parent / "movie.npy").unlink()
    monkeypatch.setattr("sys.argv", ["tracksam", "film", "run", "--out", "again.gif"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    assert (
        "run does not say where its movie lies, or it is there no more; name it with --image"
        in (capsys.readouterr().err)
    )
