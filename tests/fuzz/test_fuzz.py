"""Damaged files of every form: a sentence comes out, and nothing else happens.

No crash, no hang, no flood of memory: each reader runs in a process of its own, whose memory and
time are limited. A case that once failed is kept below, under its number.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
GROUPS = {
    "tiff": ("ome_tiff", "imagej_tiff", "plain_tiff", "tiled_big_tiff"),
    "pictures": ("video", "video_mp4", "npy", "png_folder", "jpeg_folder", "indexed_png", "ctc"),
    "zarr": ("zarr_image", "zarr_image_2"),
    "text": (
        *("trackmate", "tracks_csv", "prompts_csv", "settings_toml", "record_json", "rle_json"),
        *("candidates", "batch_plan", "manifest"),
    ),
    "graph": ("geff",),
}
N_CASES = 50
FEWER = {"zarr_image": 30, "zarr_image_2": 30, "geff": 12}
"""In the default run: these take longer."""
N_NIGHTLY = 5000
FEWER_NIGHTLY = {"geff": 1000, "zarr_image": 2500}
KEPT = {
    "ome_tiff": (38, 1686),
    "plain_tiff": (702,),
    "candidates": (30,),
    "ctc": (4, 33, 37, 42),
    "npy": (0, 11),
    "png_folder": (12067, 12287),
    "tracks_csv": (8,),
    "trackmate": (540, 1070),
    "indexed_png": (998,),
    "zarr_image": (1292,),
    "zarr_image_2": (159, 638, 1243),
    "geff": (39, 737),
    "record_json": (27,),
    "rle_json": (315, 356, 559, 11087),
    "settings_toml": (12738,),
    "manifest": (11175,),
}
"""Cases that made a reader crash, hang, or raise what is no `TracksamError`."""


def trouble(folder: Path, orders: list[str]) -> list[str]:
    """What went wrong in some cases; empty if nothing did."""
    ended = subprocess.run(
        [sys.executable, str(FOLDER / "drive.py"), str(folder), *orders],
        capture_output=True,
        text=True,
        errors="replace",  # libraries repeat the damaged bytes
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    told = [f"{case['reader']} {case['case']}: {case['error'][-1500:]}" for case in found]
    if ended.returncode != 0:
        running = (folder / "running").read_text()
        told.append(f"{running} ended the process: {ended.stderr[-1500:]}")
    return told


def test_every_form_is_among_them() -> None:
    listed = subprocess.run(
        [sys.executable, "-c", "from samples import SAMPLES; print(*sorted(SAMPLES))"],
        capture_output=True,
        text=True,
        check=True,
        cwd=FOLDER,
    )
    assert listed.stdout.split() == sorted(reader for group in GROUPS.values() for reader in group)


@pytest.mark.parametrize("group", GROUPS)
def test_a_damaged_file_is_refused_in_a_sentence(group: str, tmp_path: Path) -> None:
    if group == "graph":
        pytest.importorskip("geff")
    orders = [f"{reader}:0:{FEWER.get(reader, N_CASES)}" for reader in GROUPS[group]]
    orders += [f"{reader}:{case}:1" for reader in GROUPS[group] for case in KEPT.get(reader, ())]
    assert trouble(tmp_path, orders) == []


@pytest.mark.nightly
@pytest.mark.parametrize("reader", [reader for group in GROUPS.values() for reader in group])
def test_many_damaged_files(reader: str, tmp_path: Path) -> None:
    if reader == "geff":
        pytest.importorskip("geff")
    assert trouble(tmp_path, [f"{reader}:10000:{FEWER_NIGHTLY.get(reader, N_NIGHTLY)}"]) == []
