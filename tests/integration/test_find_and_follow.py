"""What words or one mask find in a frame is followed: `track` and `batch`, with bad input."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from typer.testing import CliRunner

import tracksam
from tracksam import Order, edit, registry
from tracksam.batching import Cluster
from tracksam.batching.entry import Entry
from tracksam.batching.ledger import planned_entries
from tracksam.cli import app
from tracksam.errors import BackendError, InvalidInputError, ReadError, WeightsError
from tracksam.found import Found
from tracksam.io.run import RunFolder
from tracksam.pipeline.finding import query as queries
from tracksam.pipeline.finding.query import NOTHING_FOUND, Query, seeds_of
from tracksam.prompts import Prompts
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.words import Words

DISC = np.hypot(*np.mgrid[-9:10, -9:10]) < 8.5
BRIGHT, DIM = ((30, 40), (34, 100), (70, 150)), ((90, 60), (24, 160))
CLASSICAL = ("--segmenter", "classical", "--detector", "classical")


def frames(shift: int = 0) -> np.ndarray:
    """Three frames of three bright discs and two dim ones, which drift."""
    images_tyx = np.full((3, 120, 190), 20, np.uint8)
    for t in range(3):
        for places, level in ((BRIGHT, 220), (DIM, 90)):
            for y, x in places:
                part = images_tyx[t, y - 9 + t : y + 10 + t, x - 9 + shift : x + 10 + shift]
                part[DISC] = level
    return images_tyx


class Discs:
    """A finder of bright and of dim discs, whose words are their own."""

    def __init__(self, device: str = "auto") -> None:
        self.device = device

    def find(self, image_yxc: np.ndarray, query: Words) -> Found:
        boxes, names, scores = [], [], []
        for y in range(9, image_yxc.shape[0] - 9):
            for x in range(9, image_yxc.shape[1] - 9):
                for name, level in (("a bright disc", 220), ("a dim disc", 90)):
                    inside = image_yxc[y - 9 : y + 10, x - 9 : x + 10, 0][DISC]
                    if name in query.wanted and (inside == level).all():
                        boxes.append((y - 9, x - 9, y + 10, x + 10))
                        names.append(name)
                        scores.append(0.9 if level == 220 else 0.4)
        return Found(np.array(boxes).reshape(-1, 4), scores, names)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for i in range(2):
        tifffile.imwrite(
            f"m{i}.tif", frames(4 * i), photometric="minisblack", metadata={"axes": "TYX"}
        )
    tifffile.imwrite(
        "blank.tif",
        np.full((3, 120, 190), 20, np.uint8),
        photometric="minisblack",
        metadata={"axes": "TYX"},
    )
    mask_yx = np.zeros((120, 190), np.uint8)
    (y, x) = BRIGHT[0]
    mask_yx[y - 9 : y + 10, x - 9 : x + 10][DISC] = 1
    tifffile.imwrite("mask.tif", mask_yx)
    return tmp_path


@pytest.fixture
def words_are_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    create = registry.create

    def created(group: str, name: str, **options: object) -> object:
        return Discs() if name == "discs" else create(group, name, **options)

    monkeypatch.setattr(registry, "create", created)
    queries._by_words.cache_clear()


def said(*words: str) -> str:
    result = CliRunner().invoke(app, [*words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.usefixtures("words_are_understood")
def test_words_are_followed_and_the_winning_phrase_is_a_column(folder: Path) -> None:
    phrases = ("--words", "a bright disc", "--words", "a dim disc", "--finder", "discs")
    output = said("track", "m0.tif", "--out", "run", *phrases, *CLASSICAL)
    assert "5 found in frame 0" in output
    tracks = pd.read_csv("run/tracks.csv")
    assert sorted(tracks["kind"]) == ["a bright disc"] * 3 + ["a dim disc"] * 2
    assert (tracks["n_frames"] == 3).all()
    output = said(
        "track", "m0.tif", "--out", "some", *phrases, "--min-word-score", "0.5", *CLASSICAL
    )
    assert "3 found in frame 0" in output
    assert set(pd.read_csv("some/cells.csv")["kind"]) == {"a bright disc"}


@pytest.mark.usefixtures("words_are_understood")
def test_a_repeated_run_calls_its_tracks_what_the_first_one_found(folder: Path) -> None:
    phrases = ("--words", "a bright disc", "--words", "a dim disc", "--finder", "discs")
    for movie, run in (("m0.tif", "run"), ("blank.tif", "nothing")):
        said("track", movie, "--out", run, *phrases, *CLASSICAL)
        said("track", "--like", f"{run}/run.json", "--out", f"{run}2")
        for table in ("tracks.csv", "cells.csv", "kinds.csv"):
            assert Path(f"{run}2", table).read_text() == Path(run, table).read_text()
    again = pd.read_csv("run2/tracks.csv")
    assert sorted(again["kind"]) == ["a bright disc"] * 3 + ["a dim disc"] * 2
    assert RunFolder.open("nothing2").marks.is_sought
    assert NOTHING_FOUND in RunFolder.open("nothing2").record.messages
    said("track", "m1.tif", "--out", "run", "--overwrite", *CLASSICAL)
    assert not Path("run/kinds.csv").exists()


@pytest.mark.usefixtures("words_are_understood")
def test_what_words_did_not_describe_stays_away_when_tracked_again(folder: Path) -> None:
    words = ("--words", "a bright disc", "--finder", "discs")
    said("track", "m0.tif", "--out", "run", *words, *CLASSICAL)
    stack = tracksam.read_movie("m0.tif")
    with tracksam.Project.create("words.tracksam", stack, movie_path="m0.tif") as project:
        project.open_run("run")
        assert project.curation.marks == RunFolder.open("run").marks
        project.do(edit.delete_after(project.curation, 2, 0))
        for order in (Order(frames=range(0, 3), hold_first=True), Order()):
            project.retrack(order)
            assert project.curation.lineage.track_ids.tolist() == [1, 2, 3]
            assert len(project.curation.lineage) == 9


@pytest.mark.usefixtures("words_are_understood")
def test_found_places_keep_their_names_as_marks_of_a_run_and_of_a_batch(folder: Path) -> None:
    query = ("--words", "a dim disc", "--finder", "discs", "--every", "3")
    said("find", "m0.tif", "--out", "places.csv", *query)
    marks = ("--prompts", "places.csv", "--follow")
    said("track", "m0.tif", "--out", "run", *marks, *CLASSICAL)
    Path("marks").mkdir()
    Path("places.csv").rename("marks/m0.csv")
    marks = ("--prompts", "marks", "--follow")
    said("batch", "m0.tif", "--out", "out", *marks, *CLASSICAL, "--workers", "1")
    for table in ("run/tracks.csv", "out/tracks.csv"):
        assert pd.read_csv(table)["kind"].tolist() == ["a dim disc"] * 2, table


@pytest.mark.usefixtures("words_are_understood")
def test_a_batch_looks_in_every_movie_and_goes_on_with_the_same_query(folder: Path) -> None:
    query = ("--words", "a dim disc", "--finder", "discs", "--look-at", "1")
    movies = ("m0.tif", "m1.tif", "blank.tif")
    said("batch", *movies, "--out", "out", *query, *CLASSICAL, "--workers", "1")
    table = pd.read_csv("out/batch.csv").set_index("name")
    assert table["state"].tolist() == ["complete"] * 3
    assert table["tracks"].tolist() == [2, 2, 0]
    assert set(pd.read_csv("out/tracks.csv")["kind"]) == {"a dim disc"}
    assert NOTHING_FOUND in RunFolder.open("out/runs/blank").record.messages
    assert planned_entries(Path("out"))[0].query == Query(["a dim disc"], finder="discs", frame=1)
    said("batch", "--resume", "--out", "out", "--workers", "1")
    with pytest.raises(InvalidInputError, match="differs from this one in query of m0"):
        said("batch", "m0.tif", "--resume", "--out", "out", "--words", "another", *CLASSICAL)


@pytest.mark.usefixtures("words_are_understood")
def test_nothing_found_is_an_empty_result_and_a_hint(folder: Path) -> None:
    words = ("--words", "a dim disc", "--finder", "discs")
    output = said("track", "blank.tif", "--out", "run", *words, *CLASSICAL)
    assert "0 found in frame 0" in output
    assert "try a lower find.min_word_score" in output
    assert len(pd.read_csv("run/tracks.csv")) == 0
    assert json.loads(Path("run/run.json").read_text())["state"] == "complete"
    output = said("find", "blank.tif", "--out", "found.csv", *words)
    assert "0 found in 3 images" in output
    assert "try a lower --min-word-score, or another phrase" in output


def test_one_mask_finds_its_like_and_they_are_followed(folder: Path) -> None:
    reference = ("--reference", "m0.tif", "--mask", "mask.tif", "--min-likeness", "0.9")
    output = said("track", "m1.tif", "--out", "run", *reference)
    n_found = int(output.split(" found in frame 0")[0].rsplit(None, 1)[-1])
    assert n_found >= 3
    tracks = pd.read_csv("run/tracks.csv")
    assert set(tracks["kind"]) == {"like m0"}
    cells = pd.read_csv("run/cells.csv").query("frame == 0")
    for y, x in BRIGHT:
        assert np.hypot(cells["y_px"] - y, cells["x_px"] - x - 4).min() < 2
    output = said("find", "m1.tif", "--out", "found.csv", "--every", "3", *reference)
    assert f"{n_found} found in 1 images" in output
    assert set(pd.read_csv("found.csv")["found_as"]) == {"like m0"}


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (("--words", " "), InvalidInputError, "a phrase needs a letter or a number, got ''"),
        (("--words", "?!"), InvalidInputError, r"a phrase needs a letter or a number, got '\?!'"),
        (("--not", "debris"), InvalidInputError, "either words or a reference"),
        (("--reference", "m0.tif"), InvalidInputError, "needs its image and its mask"),
        (("--mask", "mask.tif"), InvalidInputError, "either words or a reference"),
        (
            ("--words", "cell", "--reference", "m0.tif", "--mask", "mask.tif"),
            InvalidInputError,
            "either words or a reference",
        ),
        (
            ("--words", "cell", "--prompts", "p.csv"),
            InvalidInputError,
            "or else --prompts and --examples, not both",
        ),
        (("--reference", "m0.tif", "--mask", "empty.tif"), InvalidInputError, "mask is empty"),
        (
            ("--reference", "m0.tif", "--mask", "outside.tif"),
            InvalidInputError,
            r"must fit its image of shape \(120, 190, 1\)",
        ),
        (
            ("--reference", "m0.tif", "--mask", "two.tif"),
            InvalidInputError,
            r"two\.tif holds 2 objects; a reference is one object",
        ),
        (("--reference", "no.tif", "--mask", "mask.tif"), ReadError, r"no\.tif"),
        (
            ("--reference", "rgb.tif", "--mask", "mask.tif"),
            InvalidInputError,
            "the reference has 3 channels, this image 1",
        ),
        (("--words", "cell", "--finder", "nobody"), BackendError, "nobody"),
        (("--words", "cell", "--look-at", "3"), InvalidInputError, "frame 3 is not in the movie"),
    ],
)
def test_bad_input_is_refused_in_a_sentence_and_leaves_no_folder(
    folder: Path,
    words: tuple[str, ...],
    error: type[Exception],
    message: str,
    words_are_understood: None,
) -> None:
    two_yx = np.zeros((120, 190), np.uint8)
    tifffile.imwrite("empty.tif", two_yx)
    tifffile.imwrite("outside.tif", np.ones((121, 190), np.uint8))
    two_yx[5:9, 5:9], two_yx[50:60, 50:60] = 1, 2
    tifffile.imwrite("two.tif", two_yx)
    tifffile.imwrite("rgb.tif", np.zeros((120, 190, 3), np.uint8), photometric="rgb")
    if "--look-at" in words:
        words = (*words, "--finder", "discs")
    with pytest.raises(error, match=message):
        said("track", "m0.tif", "--out", "run", *words)
    assert not Path("run").exists()


def test_a_missing_model_names_the_command_that_gets_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKSAM_WEIGHTS", str(folder))
    with pytest.raises(
        (BackendError, WeightsError), match=r"weights get owlv2-base|tracksam\[text\]"
    ):
        said("track", "m0.tif", "--out", "run", "--words", "a cell")


def test_places_become_masks_points_or_boxes() -> None:
    box = np.array([[1.0, 2, 5, 7], [10, 10, 14, 19]])
    marks = seeds_of(Found(box, [0.9, 0.8], ["a", "b"]), frame=4)
    assert marks.boxes.frame.tolist() == [4, 4]
    assert marks.kinds == {1: "a", 2: "b"}
    points = Prompts([1, 2], [0, 0], [[3, 4], [12, 13]], [True, True])
    marks = seeds_of(Found(box, [0.9, 0.8], ["a", "b"], None, points), frame=4)
    assert marks.prompts.frame.tolist() == [4, 4]
    assert len(marks.boxes) == 0
    assert seeds_of(Found(), frame=0).is_sought


def test_from_python_a_batch_takes_entries_with_a_query(folder: Path) -> None:
    query = Query(reference="m0.tif", mask="mask.tif")
    settings = Settings().changed({"mode": "follow", "find": {"min_likeness": 0.9}})
    entries = [Entry("one", "m1.tif", query=query)]
    result = tracksam.batch(entries, "out", settings=settings, cluster=Cluster(workers=1))
    assert result.failed == ()
    assert result.outcomes[0].tracks >= 3


def test_follow_without_marks_is_still_refused() -> None:
    stack = Stack.from_array(frames(), "TYX")
    with pytest.raises(InvalidInputError, match="mark at least one"):
        tracksam.track(stack, settings=Settings().changed({"mode": "follow"}))
