"""The fault drill: a batch of small movies is disturbed at random moments, and resumed."""

import csv
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from tracksam.io.tiff import write_movie
from tracksam.simulate import MovieSettings, movie

N_MOVIES = 20
N_WORKERS = 2
PATIENCE_S = 900.0
CLOCK_COLUMNS = ("seconds", "attempts", "faults")
"""Of ``batch.csv``: they tell what happened, not what came out."""


def make_movies(folder: Path) -> None:
    """Write the movies of the drill."""
    folder.mkdir()
    for i in range(N_MOVIES):
        settings = MovieSettings(
            n_frames=4 + i % 3, height_px=40, width_px=48, n_cells=2, division_rate=0.0, seed=i
        )
        write_movie(movie(settings).stack, folder / f"m{i:02d}.ome.tif")


def command(movies: Path, out: Path, *words: str) -> list[str]:
    """The command line of a batch."""
    back_ends = ["--segmenter", "classical", "--detector", "classical"]
    return [
        *(sys.executable, "-m", "tracksam", "batch", str(movies / "*.ome.tif")),
        *("--out", str(out), *back_ends, *words),
    ]


def undisturbed(movies: Path, out: Path) -> None:
    """Run the batch in one process, without faults."""
    subprocess.run(command(movies, out, "--workers", "1"), check=True, capture_output=True)


def digest(out: Path) -> dict[str, str]:
    """Every output and its hash; what clocks say is left out."""
    found = {}
    for path in sorted(out.rglob("*")):
        inside = path.relative_to(out)
        if path.is_dir() or path.name.endswith(".lock") or inside.parts[0] == "outcomes":
            continue
        content = path.read_bytes()
        if path.name == "run.json":
            record = json.loads(content)
            record.pop("times")
            content = json.dumps(record).encode()
        elif path.name == "batch.csv":
            content = repr(_without_clock(path)).encode()
        elif inside.parts[0] in ("report.html", ".ballast", "batch.json"):
            continue
        found[inside.as_posix()] = hashlib.sha256(content).hexdigest()
    return found


def _without_clock(path: Path) -> list[dict[str, str]]:
    rows = table(path)
    return [{k: v for k, v in row.items() if k not in CLOCK_COLUMNS} for row in rows]


def table(path: Path) -> list[dict[str, str]]:
    """The rows of ``batch.csv``."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Drill:
    """One batch that is disturbed.

    Parameters
    ----------
    movies, out : Path
        Its inputs and its folder.
    rng : Generator
        Says when and what.
    """

    def __init__(self, movies: Path, out: Path, rng: np.random.Generator) -> None:
        self.movies = movies
        self.out = out
        self.rng = rng
        self.expected: list[tuple[str, str]] = []
        """A movie, and what its row must say in the end."""

    def call(self, *faults: Callable[[subprocess.Popen[bytes]], None]) -> int:
        """Run or resume the batch; each fault comes at a random moment."""
        words = ["--workers", str(N_WORKERS)]
        if (self.out / "batch.json").is_file():
            words.append("--resume")
        log = self.out.with_name("client.log")
        with log.open("ab") as file:
            client = subprocess.Popen(
                command(self.movies, self.out, *words), stdout=file, stderr=file
            )
            try:
                for fault in faults:
                    self._wait_for_a_moment(client)
                    fault(client)
                return client.wait(PATIENCE_S)
            finally:
                with suppress(ProcessLookupError):
                    client.kill()
                client.wait()

    def _wait_for_a_moment(self, client: subprocess.Popen[bytes]) -> None:
        """Until some movie is being tracked, and a little longer."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.holders() and client.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(float(self.rng.uniform(0, 0.4)))

    def holders(self) -> dict[str, int]:
        """The movies that are being tracked, and the process of each."""
        found = {}
        for file in (self.out / "outcomes").glob(".*.json.lock"):
            with suppress(OSError):
                said = re.match(r"process (\d+) on ", file.read_text())
                outcome = self.out / "outcomes" / file.name[1:].removesuffix(".lock")
                is_alive = said is not None and Path(f"/proc/{said[1]}").exists()
                if is_alive and json.loads(outcome.read_text())["state"] == "running":
                    found[outcome.stem] = int(said[1])
        return found

    def kill_worker(self, client: subprocess.Popen[bytes]) -> None:
        """Kill -9 a process that tracks a movie."""
        holders = self.holders()
        for name, pid in sorted(holders.items()):
            if pid == client.pid:
                continue
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                if self.holders().get(name) == pid:  # it did not end in the meantime
                    self.expected.append((name, "its process was killed"))
                os.kill(pid, signal.SIGKILL)
                return

    def kill_client(self, client: subprocess.Popen[bytes]) -> None:
        """Kill -9 the client; its workers end by themselves."""
        pids = set(self.holders().values())
        client.kill()
        client.wait()
        deadline = time.monotonic() + PATIENCE_S
        while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < deadline:
            time.sleep(0.05)
        for outcome in (self.out / "outcomes").glob("*.json"):
            if json.loads(outcome.read_text())["state"] == "running":
                self.expected.append((outcome.stem, "its process was killed"))

    def hide_input(self, _client: object) -> None:
        """Make a movie that was not begun unreadable."""
        victim = self._waiting_movie()
        if victim is not None:
            victim.rename(victim.with_suffix(".away"))
            victim.mkdir()  # also a user who may read everything can not read this
            self.expected.append((_name(victim), "holds no frames"))

    def corrupt_input(self, _client: object) -> None:
        """Cut off a movie that was not begun."""
        victim = self._waiting_movie()
        if victim is not None:
            content = victim.read_bytes()
            victim.with_suffix(".good").write_bytes(content)
            victim.write_bytes(content[: len(content) // 2])
            self.expected.append((_name(victim), "truncated"))

    def _waiting_movie(self) -> Path | None:
        """The last movie in the row that nobody began or spoilt; its turn comes last."""
        begun = self._begun() | {name for name, _ in self.expected}
        names = sorted(self.movies.glob("*.ome.tif"))
        waiting = [path for path in names if path.is_file() and _name(path) not in begun]
        return waiting[-1] if waiting else None

    def _begun(self) -> set[str]:
        """The movies that were begun, in this call or before."""
        files = (self.out / "outcomes").glob("*.json")
        return {f.stem for f in files if json.loads(f.read_text())["state"] != "waiting"}

    def fill_disk(self, _client: object) -> None:
        """Fill the disk on which the batch lies."""
        with suppress(OSError), (self.out.parent / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    def note_failures(self) -> None:
        """Expect of what failed on a full disk that its row says so; of what was not tried, not."""
        begun = self._begun()
        self.expected = [(name, words) for name, words in self.expected if name in begun]
        if (self.out.parent / "filler").exists():
            for row in table(self.out / "batch.csv"):
                if row["state"] == "failed" and "free" in row["error"]:
                    self.expected.append((row["name"], "the disk"))

    def mend(self) -> None:
        """Put everything back as it was."""
        (self.out.parent / "filler").unlink(missing_ok=True)
        for away in self.movies.glob("*.away"):
            hidden = away.with_suffix(".tif")
            hidden.rmdir()
            away.rename(hidden)
        for good in self.movies.glob("*.good"):
            good.replace(good.with_suffix(".tif"))


def _name(path: Path) -> str:
    return path.name.removesuffix(".ome.tif")


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path | None]:
    """Give a folder on a small disk of its own; None where none may be mounted."""
    folder.mkdir()
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if mount is None or subprocess.run([mount, *options], check=False).returncode != 0:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)
