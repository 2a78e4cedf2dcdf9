"""Bad input at the command line: one clear line, exit code 1, nothing half-written."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from tracksam.cli import main

Run = Callable[..., str]


@pytest.fixture
def refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Run:
    """Run a command that must fail with one line, and leave no run folder behind."""

    def run(*words: object) -> str:
        monkeypatch.setattr(sys, "argv", ["tracksam", *map(str, words)])
        with pytest.raises(SystemExit) as stopped:
            main()
        assert stopped.value.code == 1
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("tracksam: ")
        assert printed.err.count("\n") == 1
        return printed.err

    return run


def movie(folder: Path, array: np.ndarray | None = None, name: str = "movie.tif") -> Path:
    array = np.zeros((4, 30, 40), np.uint8) if array is None else array
    tifffile.imwrite(folder / name, array, photometric="minisblack", metadata={"axes": "TYX"})
    return folder / name


def csv(folder: Path, *rows: str) -> Path:
    path = folder / "prompts.csv"
    path.write_text("\n".join(["object_id,frame,kind,y,x,y1,x1", *rows]) + "\n")
    return path


def test_a_missing_movie(refused: Run, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert "nothing.tif" in refused("track", tmp_path / "nothing.tif", "--out", out)
    assert not out.exists()


def test_an_unknown_format(refused: Run, tmp_path: Path) -> None:
    file = tmp_path / "movie.xyz"
    file.write_text("hello")
    message = refused("track", file, "--out", tmp_path / "run")
    assert "movie.xyz" in message
    assert "TIFF" in message


def test_a_truncated_tiff_is_refused_before_the_run(refused: Run, tmp_path: Path) -> None:
    path = movie(tmp_path, np.random.default_rng(0).integers(0, 255, (9, 64, 80), np.uint8))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert "truncated" in refused("track", path, "--out", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_wrong_axes(refused: Run, tmp_path: Path) -> None:
    np.save(tmp_path / "m.npy", np.zeros((3, 4, 5, 6)))
    message = refused("track", tmp_path / "m.npy", "--axes", "TYX", "--out", tmp_path / "run")
    assert "axes" in message
    assert "(3, 4, 5, 6)" in message


def test_a_z_stack_without_a_choice(refused: Run, tmp_path: Path) -> None:
    path = tmp_path / "z.tif"
    tifffile.imwrite(
        path, np.zeros((3, 4, 30, 40), np.uint8), imagej=True, metadata={"axes": "TZYX"}
    )
    message = refused("track", path, "--out", tmp_path / "run")
    assert "z" in message
    assert "max" in message


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_pixels_that_are_no_numbers(refused: Run, tmp_path: Path, bad: float) -> None:
    array = np.zeros((3, 30, 40), np.float32)
    array[0, 5, 6] = bad
    message = refused("track", movie(tmp_path, array), "--out", tmp_path / "run")
    assert "frame 0" in message
    assert "NaN or infinite" in message


def test_frames_of_different_size(refused: Run, tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    tifffile.imwrite(folder / "t000.tif", np.zeros((30, 40), np.uint8))
    tifffile.imwrite(folder / "t001.tif", np.zeros((30, 41), np.uint8))
    message = refused("track", folder, "--out", tmp_path / "run")
    assert "t001.tif" in message
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("7,0,positive,50,3,,", ["object 7", "frame 0"]),
        ("7,9,positive,5,3,,", ["frame 9", "0 to 3"]),
        ("7,0,box,5,3,2,9", ["y < y1", "line 2"]),
        ("x,0,positive,5,3,,", ["object_id"]),
        ("7,0,maybe,5,3,,", ["maybe"]),
    ],
)
def test_prompts_that_do_not_fit(refused: Run, tmp_path: Path, row: str, words: list[str]) -> None:
    prompts = csv(tmp_path, row)
    out = tmp_path / "run"
    message = refused("track", movie(tmp_path), "--prompts", prompts, "--follow", "--out", out)
    for word in words:
        assert word in message
    assert not out.exists()


def test_two_objects_at_one_pixel(refused: Run, tmp_path: Path) -> None:
    prompts = csv(tmp_path, "7,0,positive,5,3,,", "8,0,positive,5,3,,")
    message = refused("track", movie(tmp_path), "--prompts", prompts, "--out", tmp_path / "run")
    assert "7" in message
    assert "8" in message


def test_following_nothing(refused: Run, tmp_path: Path) -> None:
    message = refused("track", movie(tmp_path), "--follow", "--out", tmp_path / "run")
    assert "mark at least one" in message


def test_an_unknown_back_end(refused: Run, tmp_path: Path) -> None:
    words = ["--segmenter", "clasical", "--out", tmp_path / "run"]
    message = refused("track", movie(tmp_path), *words)
    assert "classical" in message
    assert not (tmp_path / "run").exists()


def test_an_unknown_setting(refused: Run, tmp_path: Path) -> None:
    settings = tmp_path / "s.toml"
    settings.write_text("[link]\nmaxgap = 1\n")
    message = refused("track", movie(tmp_path), "--settings", settings, "--out", tmp_path / "run")
    assert "did you mean link.max_gap?" in message


def test_a_value_out_of_range(refused: Run, tmp_path: Path) -> None:
    message = refused("track", movie(tmp_path), "--min-score", 3, "--out", tmp_path / "run")
    assert "segment.min_score must be at most 1" in message


def test_a_folder_that_is_no_run_is_never_touched(refused: Run, tmp_path: Path) -> None:
    out = tmp_path / "precious"
    out.mkdir()
    (out / "thesis.txt").write_text("x")
    for word in ("--overwrite", "--resume"):
        message = refused("track", movie(tmp_path), "--out", out, word)
        assert "nothing in it is touched" in message
    assert (out / "thesis.txt").read_text() == "x"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(refused: Run, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    assert "locked" in refused("track", movie(tmp_path), "--out", locked / "run")


def test_resume_and_overwrite_exclude_each_other(refused: Run, tmp_path: Path) -> None:
    words = ["--out", tmp_path / "run", "--resume", "--overwrite"]
    assert "not both" in refused("track", movie(tmp_path), *words)


def test_a_channel_that_is_not_there(refused: Run, tmp_path: Path) -> None:
    message = refused("track", movie(tmp_path), "--channel", 2, "--out", tmp_path / "run")
    assert "1 channel(s)" in message
    assert "got read.channel = 2" in message
