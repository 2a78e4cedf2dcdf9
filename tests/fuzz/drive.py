"""Run fuzz cases in a process of their own: a crash, a hang or a flood of memory ends only it.

    python tests/fuzz/drive.py FOLDER READER:FIRST:COUNT ...

Case N of a reader is decided by N alone. A line of JSON for each case that ended in anything but
a value or a `TracksamError`. The case that runs is named in FOLDER/running.
"""

import contextlib
import faulthandler
import json
import os
import resource
import shutil
import sys
import tempfile
import traceback
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from damage import damaged_copy
from samples import SAMPLES

from tracksam.batching.ledger import planned_entries
from tracksam.batching.manifest import read_manifest
from tracksam.errors import TracksamError
from tracksam.io.candidates import read_candidates
from tracksam.io.convert import read_tracked
from tracksam.io.images import read_movie
from tracksam.io.tables import read_prompts
from tracksam.record import RunRecord
from tracksam.settings import Settings

SECONDS_A_CASE = 60
MORE_BYTES = 1_500_000_000
"""Address space that a case may take beyond what the libraries have."""


def movie(path: Path) -> None:
    stack = read_movie(path, axes="TYX" if path.suffix == ".npy" else None)
    for frame in {0, stack.n_frames - 1}:
        stack.frame(frame)


def tracked(path: Path) -> None:
    found = read_tracked(path)
    if found.masks is not None:
        found.masks.frame(found.masks.n_frames - 1)


def text(parse: Callable[[str], object]) -> Callable[[Path], None]:
    def read(path: Path) -> None:
        with contextlib.suppress(UnicodeDecodeError):  # refused where the file is opened
            parse(path.read_text(encoding="utf-8"))

    return read


def batch_plan(path: Path) -> object:
    return planned_entries(path.parent)


READERS: dict[str, Callable[[Path], object]] = {
    "ctc": tracked,
    "indexed_png": tracked,
    "geff": tracked,
    "trackmate": tracked,
    "tracks_csv": tracked,
    "rle_json": tracked,
    "prompts_csv": read_prompts,
    "settings_toml": text(Settings.from_toml),
    "record_json": text(RunRecord.from_json),
    "candidates": read_candidates,
    "batch_plan": batch_plan,
    "manifest": read_manifest,
}


def outcome(reader: str, intact: Path, folder: Path, case: int) -> str:
    """Run one case; return the traceback of an error that should not come out, else nothing."""
    rng = np.random.default_rng([zlib.crc32(reader.encode()), case])
    path = damaged_copy(intact, folder, rng)
    try:
        READERS.get(reader, movie)(path)
    except TracksamError:
        return ""
    except Exception:  # noqa: BLE001 - this is what is looked for
        return traceback.format_exc()
    finally:
        shutil.rmtree(path, ignore_errors=True)
        path.unlink(missing_ok=True)
    return ""


def limit_memory() -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + MORE_BYTES, resource.RLIM_INFINITY))


def run_reader(root: Path, reader: str, cases: list[int]) -> None:
    base = Path(tempfile.mkdtemp(dir=root))
    (base / "intact").mkdir()
    (base / "case").mkdir()
    (root / "running").write_text(f"{reader}, intact")
    intact = SAMPLES[reader](base / "intact")
    READERS.get(reader, movie)(intact)
    limit_memory()
    for case in cases:
        (root / "running").write_text(f"{reader} {case}")
        faulthandler.dump_traceback_later(SECONDS_A_CASE, exit=True)
        trouble = outcome(reader, intact, base / "case", case)
        faulthandler.cancel_dump_traceback_later()
        if trouble:
            sys.stdout.write(json.dumps({"reader": reader, "case": case, "error": trouble}) + "\n")
            sys.stdout.flush()
    shutil.rmtree(base, ignore_errors=True)


def main(root: Path, orders: list[str]) -> None:
    """Each order is READER:FIRST:COUNT."""
    warnings.simplefilter("ignore")
    for order in orders:
        reader, first, count = order.split(":")
        run_reader(root, reader, list(range(int(first), int(first) + int(count))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
