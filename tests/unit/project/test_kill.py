"""Killed at any moment, a project opens again with every step that was told to be done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tracksam.change import Curation
from tracksam.errors import ReadError
from tracksam.pipeline import Project
from tracksam.stack import Stack

CHILD = """
import sys
from tracksam.pipeline import Project
from tracksam.steps import edit
import numpy as np

project = Project.open(sys.argv[1])
print("ready", flush=True)
i = 0
while True:
    i += 1
    mask_yx = np.zeros(project.curation.masks.shape_yx, bool)
    mask_yx[i % 12 : i % 12 + 2, (7 * i) % 17 : (7 * i) % 17 + 2] = True
    if i % 5 == 3:
        project.undo()
    elif i % 5 == 4:
        project.redo()
    elif i % 7 == 0:
        project.save()
    else:
        try:
            project.do(edit.repaint(project.curation, 4, i % 5, mask_yx))
        except ValueError:
            continue
    print(len(project._folder.journal.entries), flush=True)
"""


def killed_after(path: Path, seconds: float) -> list[int]:
    """Let a child work for a while, kill it; return the lines of the journal that it told of."""
    command = [sys.executable, "-c", CHILD, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(seconds)
        os.kill(child.pid, signal.SIGKILL)
        return [int(line) for line in child.stdout.read().split("\n")[:-1]]


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_nothing_is_lost_by_kill_9(tmp_path: Path, stack: Stack, curation: Curation) -> None:
    path = tmp_path / "five.tracksam"
    with Project.create(path, stack) as project:
        project.fill(curation.masks, curation.lineage)
    rng = np.random.default_rng(5)
    n_told = 1
    for _ in range(6):
        n_told = max([n_told, *killed_after(path, rng.uniform(0.0, 0.25))])
        project = Project.open(path)
        entries = project._folder.journal.entries
        assert n_told <= len(entries) <= n_told + 1
        assert_undone_to_the_beginning(project, curation)
        n_told = len(project._folder.journal.entries)
        project.close()
    assert n_told > 20


def assert_undone_to_the_beginning(project: Project, curation: Curation) -> None:
    """Masks fit the lineage, and all steps can be taken back, and done again."""
    now = project.curation
    for frame in range(now.masks.n_frames):
        rows = now.lineage.track_id[now.lineage.frame == frame]
        found = np.unique(now.masks.frame(frame))
        assert sorted(rows.tolist()) == found[found > 0].tolist()
    steps = [step for step in project.history if step.is_done]
    labels_tyx = now.masks.to_array()
    for _ in steps[1:]:
        project.undo()
    assert project.curation.lineage == curation.lineage
    assert np.array_equal(project.curation.masks.to_array(), curation.masks.to_array())
    for _ in steps[1:]:
        project.redo()
    assert project.curation.lineage == now.lineage
    assert np.array_equal(project.curation.masks.to_array(), labels_tyx)


def test_a_child_that_holds_the_project_keeps_others_out(tmp_path: Path, stack: Stack) -> None:
    path = tmp_path / "five.tracksam"
    Project.create(path, stack).close()
    code = (
        "from tracksam.pipeline import Project\n"
        f"project = Project.open({str(path)!r})\n"
        "print('ready', flush=True)\n"
        "input()"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        with pytest.raises(ReadError, match="is open in another viewer or program"):
            Project.open(path)
        child.kill()
    project = Project.open(path)
    assert project.curation.masks.n_frames == 5
    project.close()
