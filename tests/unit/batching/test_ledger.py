"""The folder of a batch: what was ordered, and what became of it."""

from pathlib import Path

import attrs
import pytest

from tracksam.batching.entry import Entry
from tracksam.batching.fingerprint import Fingerprint
from tracksam.batching.ledger import Ledger, Plan, planned_entries, planned_settings
from tracksam.batching.outcome import Outcome, given_up, table_text
from tracksam.errors import InvalidInputError, ReadError, WriteError
from tracksam.settings import Settings

PLAN = Plan((Entry("a", "a.tif"), Entry("b", "b.tif", axes="TYX")), Settings(seed=3))


def test_a_plan_is_read_back(tmp_path: Path) -> None:
    Ledger(tmp_path / "out").begin(PLAN, resume=False)
    assert tuple(planned_entries(tmp_path / "out")) == PLAN.entries
    assert planned_settings(tmp_path / "out") == PLAN.settings


def test_a_used_folder_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(WriteError, match="is not empty; choose another folder"):
        Ledger(tmp_path).begin(PLAN, resume=False)
    with pytest.raises(WriteError, match="there is no batch in"):
        Ledger(tmp_path).begin(PLAN, resume=True)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_batch_is_gone_on_with_only_if_one_says_so(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "out")
    ledger.begin(PLAN, resume=False)
    with pytest.raises(WriteError, match="--resume goes on with it"):
        ledger.begin(PLAN, resume=False)
    assert ledger.begin(PLAN, resume=True) == PLAN


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": "9.9"}, "was begun with tracksam .*, this is 9.9"),
        ({"settings": Settings(seed=4)}, r"differs from this one in settings\.seed: 3 then, 4 now"),
        (
            {"entries": (Entry("a", "a.tif", axes="YXT"),)},
            "differs from this one in axes of a: None then, 'YXT' now",
        ),
        (
            {"entries": (Entry("b", "b.tif", None, "TYX", {"seed": 1}),)},
            "differs from this one in values of b",
        ),
    ],
)
def test_what_changed_is_named(tmp_path: Path, change: dict[str, object], message: str) -> None:
    ledger = Ledger(tmp_path / "out")
    ledger.begin(PLAN, resume=False)
    with pytest.raises(InvalidInputError, match=message):
        ledger.begin(attrs.evolve(PLAN, **change), resume=True)


def test_other_marks_are_named(tmp_path: Path) -> None:
    marks = tmp_path / "a.csv"
    marks.write_text("x")
    plan = Plan((Entry("a", "a.tif", str(marks)),), Settings())
    ledger = Ledger(tmp_path / "out")
    ledger.begin(plan, resume=False)
    assert ledger.begin(plan, resume=True) == plan
    marks.write_text("y")
    with pytest.raises(InvalidInputError, match="differs from this one in prompts of a"):
        ledger.begin(plan, resume=True)


def test_movies_may_be_added_and_moved_and_none_is_forgotten(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "out")
    ledger.begin(PLAN, resume=False)
    moved = Plan((Entry("c", "c.tif"), Entry("a", "elsewhere/a.tif")), PLAN.settings)
    names = [(e.name, e.movie) for e in ledger.begin(moved, resume=True).entries]
    assert names == [("a", "elsewhere/a.tif"), ("b", "b.tif"), ("c", "c.tif")]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"tracksam_batch": "x"}', "[" * 3000])
def test_a_damaged_plan_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "batch.json").write_text(text)
    with pytest.raises(ReadError, match=r"batch\.json can not be read"):
        planned_entries(tmp_path)


def test_a_plan_that_would_leave_the_folder_is_refused(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "out")
    ledger.begin(PLAN, resume=False)
    file = tmp_path / "out" / "batch.json"
    file.write_text(file.read_text().replace('"name": "a"', '"name": "../../a"'))
    with pytest.raises(ReadError, match="can not name a movie's results"):
        ledger.begin(PLAN, resume=True)


def test_an_outcome_is_read_back(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "out")
    ledger.begin(PLAN, resume=False)
    entry = PLAN.entries[0]
    assert ledger.outcome(entry) == Outcome("a", "a.tif")
    outcome = Outcome(
        "a", "a.tif", "failed", 1.5, 4, 3, 2, 0.25, 2, ("one", "two"), "why", "call", 1, "0.1",
        Fingerprint(5, 6, 7, "ab"), "trace",
    )  # fmt: skip
    ledger.write_outcome(outcome)
    assert ledger.outcome(entry) == outcome
    ledger.outcome_file("a").write_text("{")
    assert ledger.outcome(entry) == Outcome("a", "a.tif")


def test_the_table_has_one_line_a_movie() -> None:
    outcomes = [
        Outcome("a", "x/a.tif", "complete", 1.26, 4, 3, 2, 0.25, 2, ("killed", "anew")),
        Outcome("b", 'b"\n,.tif', "failed", error="first\nsecond"),
    ]
    assert table_text(outcomes) == (
        "name,movie,state,seconds,frames,cells,tracks,doubtful_share,attempts,faults,error\n"
        "a,x/a.tif,complete,1.3,4,3,2,0.2500,2,killed; anew,\n"
        'b,"b"" ,.tif",failed,0.0,0,0,0,,0,,first second\n'
    )


def test_a_full_disk_still_holds_what_became_of_a_movie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(tmp_path / "out")
    ledger.begin(PLAN, resume=False)
    ledger.write_table([])
    ballast = tmp_path / "out" / ".ballast"
    assert ballast.stat().st_size == 2**18
    sizes = {path.stat().st_size for path in (tmp_path / "out" / "outcomes").iterdir()}
    assert sizes == {2**12}

    def full(_path: Path, *_words: object, **_options: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    outcome = Outcome("a", "a.tif", "failed", error="full")
    ledger.write_outcome(outcome)
    assert ballast.exists()
    ledger.write_table([outcome])
    assert not ballast.exists()
    assert ledger.outcome(PLAN.entries[0]).error == "full"
    assert (tmp_path / "out" / "batch.csv").read_text().endswith("full\n")


def test_a_movie_that_is_given_up_tells_of_its_killed_attempt() -> None:
    running = Outcome("a", "a.tif", "running", attempts=2, faults=("attempt 1: x",))
    ended = given_up(running, "KilledWorker:\n gone")
    assert (ended.state, ended.error) == ("failed", "KilledWorker: gone")
    assert ended.faults == ("attempt 1: x", "attempt 2: its process was killed")
    assert given_up(Outcome("a", "a.tif"), "x").faults == ()
