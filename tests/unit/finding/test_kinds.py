"""Which kind tracks are of."""

from pathlib import Path

import numpy as np

from tracksam.found import Found
from tracksam.io.found import FoundTable, read_kinds
from tracksam.io.tables import read_prompts
from tracksam.pipeline import track
from tracksam.pipeline.finding.kinds import TrackKinds
from tracksam.prompts import Boxes, Marks, Prompts
from tracksam.regions import Regions
from tracksam.settings import Settings
from tracksam.simulate import situation


def test_daughters_are_of_their_mother_s_kind() -> None:
    kinds = TrackKinds.inherited({1: "cell", 7: "dirt"}, {2: 1, 3: 2, 7: 1}, [1, 2, 3, 7, 9])
    assert kinds.kind == {1: "cell", 2: "cell", 3: "cell", 7: "dirt", 9: ""}
    assert kinds.wanted == (1, 2, 3, 7)
    columns = kinds.columns([3, 9, 12])
    assert columns["kind"].tolist() == ["cell", "", ""]
    assert np.isnan(columns["kind_probability"]).all()


def test_the_phrase_by_which_a_cell_was_found_is_in_its_tables(tmp_path: Path) -> None:
    movie = situation("dividing")
    regions = Regions.from_labels(movie.masks.frame(0))
    found = Found(
        regions.box_yxyx.astype(float), None, [f"phrase {k}" for k in range(len(regions))]
    )
    with FoundTable.open(tmp_path / "found.csv") as (table, done):
        assert done == set()
        table.add("m", 0, found)
    points, boxes = read_prompts(tmp_path / "found.csv")
    kinds = read_kinds(tmp_path / "found.csv")
    assert kinds == {k + 1: f"phrase {k}" for k in range(len(regions))}
    marks = Marks(points, boxes, kinds=kinds)
    tables = track(movie.stack, marks, settings=Settings(mode="follow")).tables
    by_track = dict(zip(tables.tracks["track_id"], tables.tracks["kind"], strict=True))
    daughters = tables.tracks[tables.tracks["parent_id"] > 0]
    assert len(daughters) > 0
    for row in daughters.itertuples():
        assert by_track[row.track_id] == by_track[row.parent_id] != ""
    assert set(tables.cells["kind"]) == set(by_track.values())


def test_marks_of_another_program_have_no_kinds(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("object_id,frame,kind,y,x\n1,0,positive,3,4\n")
    assert read_kinds(tmp_path / "a.csv") == {}


def test_places_are_made_of_whatever_a_finder_gives() -> None:
    points = Prompts([4, 4, 9, 9], [0] * 4, [[1, 2], [5, 8], [20, 30], [0, 0]], [1, 1, 1, 0])
    found = Found.of(points, "cell")
    assert found.box_yxyx.tolist() == [[0.5, 1.5, 5.5, 8.5], [19.5, 29.5, 20.5, 30.5]]
    assert found.prompts.object_id.tolist() == [1, 1, 2, 2]
    second = found.select([1])
    assert second.name == ("cell",)
    assert second.prompts.object_id.tolist() == [1, 1]
    boxes = Boxes([3], [0], [[1, 2, 5, 9]])
    assert Found.of(boxes).boxes(frame=2, first_id=5) == Boxes([5], [2], [[1, 2, 5, 9]])
    assert len(Found.of(Regions((4, 5)))) == 0
