"""Masks of another program, linked: in Python and from the command line."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

import tracksam
from tracksam import Masks, Settings, Stack
from tracksam.cli import main
from tracksam.errors import CancelledError, InvalidInputError
from tracksam.progress import Progress
from tracksam.simulate import SimulatedMovie, backward, situation
from tracksam.testing.story import Story, differences


def shuffled(masks: Masks, seed: int = 3) -> Masks:
    """The same masks, but a label's value in one frame says nothing about the next."""
    rng = np.random.default_rng(seed)
    frames = []
    for labels_yx in masks:
        values = np.unique(labels_yx[labels_yx > 0])
        table = np.zeros(int(values.max(initial=0)) + 1, np.int64)
        table[values] = rng.permutation(len(values)) + 1
        frames.append(table[labels_yx])
    return Masks.from_array(np.stack(frames))


def told(made: SimulatedMovie, result: tracksam.Result) -> list[str]:
    return differences(Story(result.masks, result.lineage), Story(made.masks, made.lineage))


@pytest.mark.parametrize("name", ["drifting", "crossing", "dividing", "entering", "touching"])
def test_tracks_are_found_again_with_the_movie(name: str) -> None:
    made = situation(name)
    assert told(made, tracksam.link_labels(shuffled(made.masks), made.stack)) == []


@pytest.mark.parametrize("name", ["crossing", "touching", "occluded", "leaving"])
def test_tracks_are_found_again_in_a_movie_played_backward(name: str) -> None:
    made = backward(situation(name))
    assert told(made, tracksam.link_labels(shuffled(made.masks), made.stack)) == []


@pytest.mark.parametrize("name", ["drifting", "dividing", "touching"])
def test_tracks_are_found_again_without_the_movie(name: str) -> None:
    made = situation(name)
    result = tracksam.link_labels(shuffled(made.masks))
    assert told(made, result) == []
    assert not [c for c in result.tables.cells.columns if c.startswith("mean_c")]
    assert result.record.messages == (
        "masks were linked without their movie: no points, no intensities.",
    )


def test_the_masks_come_out_as_they_went_in() -> None:
    made = situation("dividing")
    result = tracksam.link_labels(shuffled(made.masks), made.stack)
    for given_yx, linked_yx in zip(made.masks, result.masks, strict=True):
        np.testing.assert_array_equal(given_yx > 0, linked_yx > 0)


def test_masks_of_another_movie_are_refused() -> None:
    made = situation("still")
    short = Masks.from_array(made.masks.to_array()[:-1])
    with pytest.raises(InvalidInputError, match=r"the masks have 11 frames .* the movie 12 of"):
        tracksam.link_labels(short, made.stack)


def test_an_interrupted_run_goes_on_and_other_masks_do_not(tmp_path: Path) -> None:
    made = situation("dividing")
    whole = tracksam.link_labels(made.masks, made.stack, out=tmp_path / "whole")

    def stop_at_5(progress: Progress) -> bool:
        return progress.stage == "tracking" and progress.done == 5

    with pytest.raises(CancelledError, match="stopped after 5 of 12 frames"):
        tracksam.link_labels(made.masks, made.stack, out=tmp_path / "cut", progress=stop_at_5)
    other = Masks.from_array(np.flip(made.masks.to_array(), axis=1))
    with pytest.raises(InvalidInputError, match=r"differs .* in weights\.given masks, first frame"):
        tracksam.link_labels(other, made.stack, out=tmp_path / "cut", on_exists="resume")
    again = tracksam.link_labels(made.masks, made.stack, out=tmp_path / "cut", on_exists="resume")
    assert again.lineage == whole.lineage
    assert again.masks == whole.masks


def test_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = situation("dividing")
    labels, movie, out = tmp_path / "labels.tif", tmp_path / "movie.tif", tmp_path / "run"
    tifffile.imwrite(labels, shuffled(made.masks).to_array().astype(np.uint16))
    write_movie(movie, made.stack)
    words = ["link", labels, "--axes", "TYX", "--image", movie, "--out", out, "--max-gap", "1"]
    monkeypatch.setattr("sys.argv", ["tracksam", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    n_divisions = len(set(made.lineage.parents.values()))
    assert n_divisions == 2
    assert capsys.readouterr().out.startswith(
        f"12 frames, {made.lineage.n_tracks} tracks, 2 divisions\n"
    )
    assert Settings.from_toml((out / "settings.toml").read_text()).link.max_gap == 1
    cells = (out / "cells.csv").read_text().splitlines()[0].split(",")
    assert {"area_um2", "mean_c0"} <= set(cells)


def write_movie(path: Path, stack: Stack) -> None:
    image_tyx = np.stack([stack.frame(t)[..., 0] for t in range(stack.n_frames)])
    metadata = {"axes": "TYX", "unit": "um", "finterval": 60}
    options = {"imagej": True, "resolution": (2, 2), "metadata": metadata}
    tifffile.imwrite(path, image_tyx.astype(np.uint16), **options)
