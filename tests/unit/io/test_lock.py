"""One process at a time writes a folder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tracksam.errors import WriteError
from tracksam.io.lock import locked

HOLD = """
import sys, time
from pathlib import Path
from tracksam.io.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_writer_is_refused_and_told_who_writes(tmp_path: Path) -> None:
    with locked(tmp_path / "run"):
        with (
            pytest.raises(WriteError, match=f"is being written by process {os.getpid()} on "),
            locked(tmp_path / "run"),
        ):
            pass
        with locked(tmp_path / "other"):
            pass


def test_a_lock_leaves_nothing_behind_and_can_be_taken_again(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path / "run"):
            assert [path.name for path in tmp_path.iterdir()] == [".run.lock"]
        assert list(tmp_path.iterdir()) == []


def test_an_error_inside_releases_it(tmp_path: Path) -> None:
    with pytest.raises(KeyError), locked(tmp_path / "run"):
        raise KeyError
    with locked(tmp_path / "run"):
        pass


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "run")], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(WriteError, match=f"process {holder.pid} on"), locked(tmp_path / "run"):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    with locked(tmp_path / "run", wait_s=5):
        pass
    assert list(tmp_path.iterdir()) == []
