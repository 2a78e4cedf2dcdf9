"""A project on disk: everything is there again, with what can be undone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile

from tracksam.change import Curation
from tracksam.errors import InvalidInputError, ReadError, WriteError
from tracksam.io.project import ProjectFolder
from tracksam.pipeline import Project
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps import edit


@pytest.fixture
def project(tmp_path: Path, stack: Stack, curation: Curation):
    made = Project.create(tmp_path / "five.tracksam", stack)
    made.fill(curation.masks, curation.lineage)
    yield made
    made._folder.close()


def reopened(project: Project) -> Project:
    """Like after a crash: nothing was saved, the lock is gone."""
    project._folder.close()
    return Project.open(project.path)


def test_steps_are_there_after_a_crash(project: Project, curation: Curation) -> None:
    project.do(edit.break_track(project.curation, 1, 2))
    project.do(edit.delete(project.curation, [4]))
    project.undo()
    expected = project.curation
    again = reopened(project)
    assert again.curation == expected
    assert again.curation.masks.frame(2)[3, 5] == 5
    assert [(step.name, step.is_done) for step in again.history] == [
        ("Open result", True),
        ("Break track 1 in frame 2", True),
        ("Delete track 4", False),
    ]
    assert again.redo() == "Delete track 4"
    assert 4 not in again.curation.lineage.track_ids
    assert [again.undo(), again.undo()] == ["Delete track 4", "Break track 1 in frame 2"]
    assert again.curation.lineage == curation.lineage
    assert np.array_equal(again.curation.masks.to_array(), curation.masks.to_array())
    assert again.undo() == "Open result"
    assert again.undo() == ""
    assert not again.curation.masks.to_array().any()
    again.close()


def test_saving_changes_nothing_but_what_opening_has_to_do(project: Project) -> None:
    project.do(edit.break_track(project.curation, 1, 2))
    assert project.n_unsaved > 0
    project.save()
    assert project.n_unsaved == 0
    project.do(edit.confirm(project.curation, [4]))
    project.do(edit.delete_after(project.curation, 4, 1))
    expected = project.curation
    again = reopened(project)
    assert again.curation == expected
    assert again.n_unsaved == 1
    files = sorted(path.name for path in (again.path / "labels").iterdir())
    assert files[0] == "labels000000-step000002.tif"
    assert len(files) == 5
    again.close()


def test_an_earlier_state_stays_what_it_was(project: Project, curation: Curation) -> None:
    before = project.curation
    project.do(edit.break_track(before, 1, 1))
    broken = project.curation
    project.save()
    project.do(edit.delete(project.curation, [4, 5]))
    assert not (project.curation.masks.to_array() == 4).any()
    assert np.array_equal(before.masks.to_array(), curation.masks.to_array())
    assert broken.masks.frame(1)[3, 4] == 5


def test_a_new_step_forgets_what_was_undone(project: Project) -> None:
    project.do(edit.delete(project.curation, [4]))
    project.undo()
    project.do(edit.confirm(project.curation, [2]))
    assert project.redo() == ""
    again = reopened(project)
    assert again.redo() == ""
    assert [step.name for step in again.history] == ["Open result", "Confirm track 2"]
    again.close()


@pytest.mark.parametrize("n_bytes", [1, 40])
def test_a_torn_last_line_never_counted(project: Project, n_bytes: int) -> None:
    expected = project.curation
    journal = project.path / "journal.jsonl"
    whole = journal.read_bytes()
    project.do(edit.delete(project.curation, [4]))
    line = journal.read_bytes()[len(whole) :]
    journal.write_bytes(whole + line[:-n_bytes])
    again = reopened(project)
    assert again.curation == expected
    assert journal.read_bytes() == whole
    again.do(edit.confirm(again.curation, [4]))
    assert reopened(again).curation.confirmed == {4}


def test_a_damaged_line_is_named(project: Project) -> None:
    project.do(edit.confirm(project.curation, [4]))
    journal = project.path / "journal.jsonl"
    journal.write_bytes(b"{]\n" + journal.read_bytes())
    with pytest.raises(ReadError, match=r"line 1 of .*journal.jsonl is damaged"):
        reopened(project)
    # The lock is let go: after mending, the project opens.
    journal.write_bytes(journal.read_bytes()[3:])
    assert reopened(project).curation.confirmed == {4}


def test_a_large_step_has_a_file_of_its_own(tmp_path: Path) -> None:
    labels_tyx = np.random.default_rng(1).integers(1, 30_000, (2, 90, 150)).astype(np.int32)
    labels_tyx[1] = 0
    stack = Stack.from_array(np.zeros((2, 90, 150), np.uint8), "TYX")
    from tracksam.io.rows import lineage_of_masks
    from tracksam.masks import Masks

    masks = Masks.from_array(labels_tyx)
    with Project.create(tmp_path / "a.tracksam", stack) as project:
        project.fill(masks, lineage_of_masks(masks))
    assert (tmp_path / "a.tracksam/journal.jsonl").stat().st_size < 200
    large = tmp_path / "a.tracksam/steps/step000001.json.gz"
    assert large.is_file()
    with Project.open(tmp_path / "a.tracksam") as project:
        assert project.curation.masks == masks
        assert project.undo() == "Open result"
    large.write_bytes(large.read_bytes()[:100])
    with Project.open(tmp_path / "a.tracksam") as project:
        with pytest.raises(ReadError, match=r"step000001.json.gz is gone or damaged"):
            project.redo()
        assert len(project.curation.lineage) == 0


def test_only_one_program_has_a_project_open(project: Project) -> None:
    with pytest.raises(ReadError, match="is open in another viewer or program; close it there"):
        Project.open(project.path)
    project.close()
    Project.open(project.path).close()


def test_a_step_that_can_not_be_written_does_not_count(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    before, size = project.curation, (project.path / "journal.jsonl").stat().st_size

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match="the disk is full"):
        project.do(edit.delete(project.curation, [4]))
    assert project.curation is before
    assert (project.path / "journal.jsonl").stat().st_size == size
    monkeypatch.undo()
    project.do(edit.delete(project.curation, [4]))
    assert reopened(project).curation.lineage.n_tracks == 3


def test_settings_and_calibration_are_kept(project: Project) -> None:
    project.settings = Settings().changed({"mode": "follow", "link": {"max_gap": 4}})
    project.calibrate(0.25, 90)
    again = reopened(project)
    assert again.settings.link.max_gap == 4
    assert again.calibration == (0.25, 90)
    assert again.name == "five"
    (again.path / "settings.toml").write_text("mode = 3")
    with pytest.raises(ReadError, match=r"settings.toml can not be used: mode must be str"):
        _ = again.settings


def test_a_movie_with_a_file_is_referred_to(tmp_path: Path, stack: Stack) -> None:
    movie = tmp_path / "movie.tif"
    image_tyx = np.stack([frame[..., 0] for frame in stack])
    tifffile.imwrite(movie, image_tyx, imagej=True, metadata={"axes": "TYX"})
    with Project.create(tmp_path / "a.tracksam", stack, movie_path=movie) as project:
        assert project.stack == stack
        tifffile.imwrite(movie, image_tyx[:3], imagej=True, metadata={"axes": "TYX"})
        with pytest.raises(ReadError, match=r"movie.tif has frames, .* \(3, 14, 20, 1\), but"):
            _ = project.stack
        movie.unlink()
        with pytest.raises(ReadError, match="there is no file or folder"):
            _ = project.stack


def test_a_movie_without_a_file_is_copied(project: Project, stack: Stack) -> None:
    with pytest.raises(ReadError, match="'five' has no file, and was not copied in time"):
        _ = project.stack
    project.keep_movie(stack)
    assert reopened(project).stack == stack


def test_a_copy_has_the_history_too(project: Project, tmp_path: Path) -> None:
    project.do(edit.confirm(project.curation, [4]))
    copy = project.save_as(tmp_path / "copy.tracksam")
    assert copy.undo() == "Confirm track 4"
    assert reopened(project).curation.confirmed == {4}
    with pytest.raises(WriteError, match="exists already"):
        copy.save_as(tmp_path / "five.tracksam")
    with pytest.raises(InvalidInputError, match=r"ends in .tracksam, got 'x'"):
        copy.save_as(tmp_path / "x")
    copy.close()


def test_what_is_no_project_is_refused(project: Project, tmp_path: Path, stack: Stack) -> None:
    with pytest.raises(ReadError, match=r"is no project of tracksam: it has no project.json"):
        Project.open(tmp_path)
    with pytest.raises(WriteError, match="exists already; open it, or choose another name"):
        Project.create(project.path, stack)
    project.save()
    state = project.path / "state.json"
    values = json.loads(state.read_text())
    state.write_text(json.dumps({**values, "step": 99}))
    with pytest.raises(ReadError, match="is of step 99, but the journal ends after step 1"):
        reopened(project)
    state.write_text("{")
    with pytest.raises(ReadError, match=r"state.json is damaged"):
        reopened(project)
    info = project.path / "project.json"
    info.write_text(info.read_text().replace('"tracksam_project": 1', '"tracksam_project": 2'))
    with pytest.raises(ReadError, match="this tracksam knows forms up to 1; install a newer"):
        reopened(project)


def test_masks_of_another_size_are_refused(project: Project, curation: Curation) -> None:
    from tracksam.masks import Masks

    with pytest.raises(InvalidInputError, match=r"\(4, 14, 20\), but the movie has \(5, 14, 20\)"):
        project.fill(Masks.from_array(curation.masks.to_array()[:4]), curation.lineage)


def test_a_lost_label_image_is_named(project: Project) -> None:
    project.save()
    folder = ProjectFolder(project.path, project._folder.info, project._folder._lock)
    shutil.rmtree(project.path / "labels")
    with pytest.raises(ReadError, match=r"labels000001-step000001.tif is gone or damaged"):
        folder.labels.read(1)
