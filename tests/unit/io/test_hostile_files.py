"""Files that would take all memory, or lead out of their folder."""

import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import zarr

from tracksam.errors import InvalidInputError, ReadError, TracksamError
from tracksam.io.convert import read_tracked
from tracksam.io.images import read_movie
from tracksam.io.tiff_metadata import ome_calibration

HUGE = 1_000_000
"""A side; squared it is the 10**12 pixels of a damaged header."""

LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "lollollol">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<TrackMate version="7"><Model>&c;</Model></TrackMate>
"""


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def huge_png(path: Path) -> None:
    header = struct.pack(">IIBBBBB", HUGE, HUGE, 8, 0, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)


def huge_tiff(path: Path) -> None:
    tags = [(256, 4, HUGE), (257, 4, HUGE), (258, 3, 8), (259, 3, 5), (262, 3, 1), (273, 4, 8)]
    tags += [(277, 3, 1), (278, 4, HUGE), (279, 4, 4)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    directory = struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0)
    path.write_bytes(b"II*\0" + struct.pack("<I", 12) + b"data" + directory)


def huge_npy(path: Path) -> None:
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': (1, {HUGE}, {HUGE}), }}".encode()
    header = header.ljust(118) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(64))


def huge_zarr(path: Path) -> None:
    group = zarr.create_group(store=str(path))
    group.create_array("0", shape=(1, HUGE, HUGE), chunks=(1, 256, 256), dtype="u1")
    axes = [{"name": name} for name in "tyx"]
    multiscales = [{"axes": axes, "datasets": [{"path": "0"}]}]
    group.attrs["ome"] = {"version": "0.5", "multiscales": multiscales}


@pytest.mark.parametrize(
    ("name", "make"),
    [("a.png", huge_png), ("a.tif", huge_tiff), ("a.npy", huge_npy), ("a.zarr", huge_zarr)],
)
def test_a_header_that_claims_a_million_million_pixels_is_refused(
    tmp_path: Path, name: str, make: object
) -> None:
    make(tmp_path / name)
    with pytest.raises(ReadError, match=r"claims|truncated|no whole"):
        read_movie(tmp_path / name, axes="TYX" if name == "a.npy" else None).frame(0)


def test_run_lengths_of_a_million_million_pixels_are_refused(tmp_path: Path) -> None:
    video = {"length": 1, "height": HUGE, "width": HUGE}
    (tmp_path / "a.json").write_text(json.dumps({"videos": [video], "annotations": []}))
    with pytest.raises(InvalidInputError, match="claims 1 frames of 1000000 x 1000000 pixels"):
        read_tracked(tmp_path / "a.json")


def test_entities_are_not_expanded_in_trackmate_files(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(LAUGHS)
    with pytest.raises(InvalidInputError, match="declares the XML entity 'a'"):
        read_tracked(tmp_path / "a.xml")


def test_entities_are_not_expanded_in_ome_xml(tmp_path: Path) -> None:
    import tifffile

    xml = LAUGHS.replace("TrackMate", "OME")
    tifffile.imwrite(tmp_path / "a.ome.tif", np.zeros((2, 5, 7), np.uint8), description=xml)
    with pytest.raises(InvalidInputError, match="declares the XML entity 'a'"):
        read_movie(tmp_path / "a.ome.tif")
    with pytest.raises(InvalidInputError, match="declares the XML entity 'a'"):
        ome_calibration(xml)


def test_an_external_entity_reads_no_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "a.xml").write_text(
        f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]><TrackMate>&x;</TrackMate>'
    )
    with pytest.raises(InvalidInputError, match="declares the XML entity 'x'"):
        read_tracked(tmp_path / "a.xml")


@pytest.mark.parametrize("outside", ["../other", "/etc", "0/../../other"])
def test_a_dataset_outside_its_image_is_refused(tmp_path: Path, outside: str) -> None:
    for name in ("image.zarr", "other"):
        group = zarr.create_group(store=str(tmp_path / name))
        group.create_array("0", shape=(1, 5, 7), dtype="u1")
    axes = [{"name": name} for name in "tyx"]
    group = zarr.open_group(tmp_path / "image.zarr")
    datasets = [{"path": outside}]
    group.attrs["ome"] = {"version": "0.5", "multiscales": [{"axes": axes, "datasets": datasets}]}
    with pytest.raises(ReadError, match="names a dataset outside itself"):
        read_movie(tmp_path / "image.zarr")


def test_deep_nesting_ends_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[" * 100_000)
    with pytest.raises(TracksamError, match="can not be read as JSON"):
        read_tracked(tmp_path / "a.json")
