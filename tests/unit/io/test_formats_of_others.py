"""What is written is read by the programs it is written for."""

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray

from tracksam.columns import Calibration
from tracksam.errors import InvalidInputError
from tracksam.io.geff import read_geff, write_geff
from tracksam.io.label_stack import read_label_stack
from tracksam.io.omezarr_labels import TRACKS, write_omezarr_labels
from tracksam.io.trackmate import read_trackmate, write_trackmate
from tracksam.io.tracks_csv import write_tracks_csv
from tracksam.io.video_masks import davis_palette, write_indexed_png, write_rle
from tracksam.lineage import Lineage
from tracksam.masks import Masks

CALIBRATED = Calibration(pixel_size_um=0.5, frame_interval_s=60.0)


@pytest.fixture
def family() -> tuple[Masks, Lineage]:
    """Mother 4, daughters 2 and 9; 7 with a gap; frames of 11 x 17."""
    labels_tyx = np.zeros((4, 11, 17), np.uint16)
    labels_tyx[0:2, 2:5, 3:7] = 4
    labels_tyx[2:4, 1:3, 3:7] = 2
    labels_tyx[2, 4:6, 3:7] = 9
    labels_tyx[0, 8:10, 10:13] = labels_tyx[3, 8:10, 11:14] = 7
    lineage = Lineage(
        track_id=[4, 4, 2, 2, 9, 7, 7],
        frame=[0, 1, 2, 3, 2, 0, 3],
        yx=[[3, 4.5]] * 2 + [[1.5, 4.5]] * 2 + [[4.5, 4.5], [8.5, 11], [8.5, 12]],
        confidence=[0.5, 1, 0.75, 1, 1, 1, 1],
        parents={2: 4, 9: 4},
        parent_confidence={2: 0.75},
    )
    return Masks.from_array(labels_tyx), lineage


def test_geff_is_valid_and_read_by_traccuracy(
    family: tuple[Masks, Lineage], tmp_path: Path
) -> None:
    geff = pytest.importorskip("geff")
    loaders = pytest.importorskip("traccuracy.loaders")
    write_geff(family[1], tmp_path / "tracks.geff", CALIBRATED)
    geff.validate_structure(str(tmp_path / "tracks.geff"))
    graph = loaders.load_geff_data(str(tmp_path / "tracks.geff"), load_all_props=True)
    spots = graph.graph.nodes
    found = {(spots[a]["track_id"], spots[b]["track_id"]) for a, b in graph.graph.edges}
    assert found == {(4, 4), (4, 2), (4, 9), (2, 2), (7, 7)}
    (mother,) = graph.get_divisions()
    assert (spots[mother]["t"], spots[mother]["y"], spots[mother]["x"]) == (1, 3, 4.5)


def test_geff_beside_label_images_is_read_with_them(
    family: tuple[Masks, Lineage], tmp_path: Path
) -> None:
    geff = pytest.importorskip("geff")
    loaders = pytest.importorskip("traccuracy.loaders")
    masks, lineage = family
    write_omezarr_labels(masks, tmp_path / "cells.zarr", CALIBRATED, lineage)
    tracks = str(tmp_path / "cells.zarr" / TRACKS)
    (labels,) = geff.GeffMetadata.read(tracks).related_objects
    assert (labels.type, labels.path, labels.node_prop) == ("labels", "../0", "track_id")
    graph = loaders.load_geff_data(
        tracks, seg_path=str(tmp_path / "cells.zarr" / "0"), seg_property="track_id"
    )
    np.testing.assert_array_equal(graph.segmentation, masks.to_array())


def test_omezarr_labels_are_read_by_ome_zarr(family: tuple[Masks, Lineage], tmp_path: Path) -> None:
    reader = pytest.importorskip("ome_zarr.reader")
    from ome_zarr.io import parse_url

    write_omezarr_labels(family[0], tmp_path / "cells.zarr", CALIBRATED)
    (node,) = reader.Reader(parse_url(tmp_path / "cells.zarr"))()
    np.testing.assert_array_equal(np.asarray(node.data[0]), family[0].to_array())
    assert [axis["name"] for axis in node.metadata["axes"]] == ["t", "y", "x"]


def test_omezarr_metadata(family: tuple[Masks, Lineage], tmp_path: Path) -> None:
    write_omezarr_labels(family[0], tmp_path / "cells.zarr", CALIBRATED)
    text = (tmp_path / "cells.zarr" / "zarr.json").read_text(encoding="utf-8")
    ome = json.loads(text)["attributes"]["ome"]
    assert ome["version"] == "0.5"
    assert "image-label" in ome
    (image,) = ome["multiscales"]
    assert [(a["name"], a["type"], a["unit"]) for a in image["axes"]] == [
        ("t", "time", "second"),
        ("y", "space", "micrometer"),
        ("x", "space", "micrometer"),
    ]
    (scale,) = image["datasets"][0]["coordinateTransformations"]
    assert scale == {"type": "scale", "scale": [60.0, 0.5, 0.5]}
    assert read_label_stack(tmp_path / "cells.zarr")[1] == CALIBRATED


@pytest.mark.filterwarnings("ignore:Missing tag:UserWarning", "ignore:No image path:UserWarning")
def test_trackmate_is_read_by_geff(family: tuple[Masks, Lineage], tmp_path: Path) -> None:
    convert = pytest.importorskip("geff.convert")
    geff = pytest.importorskip("geff")
    write_trackmate(family[1], tmp_path / "tracks.xml", CALIBRATED)
    convert.from_trackmate_xml_to_geff(tmp_path / "tracks.xml", tmp_path / "tracks.geff")
    graph, metadata = geff.read(tmp_path / "tracks.geff", backend="networkx")
    spots = graph.nodes
    found = {(spots[a]["TRACKSAM_TRACK"], spots[b]["TRACKSAM_TRACK"]) for a, b in graph.edges}
    assert found == {(4, 4), (4, 2), (4, 9), (2, 2), (7, 7)}
    assert {spot["POSITION_X"] for spot in spots.values()} == {2.25, 5.5, 6}
    assert {axis.unit for axis in metadata.axes if axis.type == "space"} == {"micrometer"}


TRACKMATES_OWN = """<?xml version="1.0" encoding="UTF-8"?>
<TrackMate version="7.10.2">
  <Log>Some words.</Log>
  <Model spatialunits="micron" timeunits="min">
    <FeatureDeclarations/>
    <AllSpots nspots="7">
      <SpotsInFrame frame="0">
        <Spot ID="11" name="ID11" QUALITY="31.5" POSITION_X="10.0" POSITION_Y="4.0"
          POSITION_Z="0.0" POSITION_T="0.0" FRAME="0" RADIUS="2.5" VISIBILITY="1"
          ROI_N_POINTS="3">0.0 1.0 1.0 0.0 -1.0 0.0</Spot>
        <Spot ID="12" POSITION_X="30.0" POSITION_Y="4.0" FRAME="0" VISIBILITY="1"/>
        <Spot ID="13" POSITION_X="40.0" POSITION_Y="8.0" FRAME="0" VISIBILITY="0"/>
      </SpotsInFrame>
      <SpotsInFrame frame="1">
        <Spot ID="21" POSITION_X="11.0" POSITION_Y="4.0" FRAME="1" VISIBILITY="1"/>
        <Spot ID="23" POSITION_X="50.0" POSITION_Y="8.0" FRAME="1" VISIBILITY="1"/>
      </SpotsInFrame>
      <SpotsInFrame frame="2">
        <Spot ID="31" POSITION_X="12.0" POSITION_Y="3.0" FRAME="2" VISIBILITY="1"/>
        <Spot ID="32" POSITION_X="12.0" POSITION_Y="6.0" FRAME="2" VISIBILITY="1"/>
        <Spot ID="33" POSITION_X="51.0" POSITION_Y="8.0" FRAME="2" VISIBILITY="1"/>
      </SpotsInFrame>
    </AllSpots>
    <AllTracks>
      <Track name="Track_0" TRACK_ID="0">
        <Edge SPOT_SOURCE_ID="21" SPOT_TARGET_ID="11" LINK_COST="0.1"/>
        <Edge SPOT_SOURCE_ID="21" SPOT_TARGET_ID="31"/>
        <Edge SPOT_SOURCE_ID="21" SPOT_TARGET_ID="32"/>
      </Track>
      <Track name="Track_1" TRACK_ID="1">
        <Edge SPOT_SOURCE_ID="23" SPOT_TARGET_ID="33"/>
      </Track>
    </AllTracks>
    <FilteredTracks><TrackID TRACK_ID="0"/></FilteredTracks>
  </Model>
  <Settings>
    <ImageData filename="a.tif" width="100" height="50" pixelwidth="0.5" pixelheight="0.5"
      timeinterval="5.0"/>
  </Settings>
  <GUIState state="ConfigureViews"/>
</TrackMate>
"""


def test_a_file_of_trackmates_own(tmp_path: Path) -> None:
    (tmp_path / "tracks.xml").write_text(TRACKMATES_OWN, encoding="utf-8")
    lineage, calibration = read_trackmate(tmp_path / "tracks.xml")
    assert calibration == Calibration(pixel_size_um=0.5, frame_interval_s=300)
    assert lineage == Lineage(
        [1, 1, 2, 3, 4],
        [0, 1, 0, 2, 2],
        [[8, 20], [8, 22], [8, 60], [6, 24], [12, 24]],
        parents={3: 1, 4: 1},
    )


def test_trackmate_lists_families_and_leaves_single_spots_alone(tmp_path: Path) -> None:
    lineage = Lineage([3, 5, 5, 8], [0, 0, 1, 2], np.ones((4, 2)), parents={8: 5})
    write_trackmate(lineage, tmp_path / "tracks.xml")
    model = ElementTree.parse(tmp_path / "tracks.xml").getroot().find("Model")
    assert model is not None
    assert (model.get("spatialunits"), model.get("timeunits")) == ("pixel", "frame")
    tracks = model.findall("AllTracks/Track")
    assert [(t.get("TRACK_ID"), t.get("NUMBER_SPOTS")) for t in tracks] == [("5", "3")]
    assert [t.get("TRACK_ID") for t in model.findall("FilteredTracks/TrackID")] == ["5"]


def test_tables_begin_as_intracktive_wants_them(
    family: tuple[Masks, Lineage], tmp_path: Path
) -> None:
    plain = Lineage(family[1].track_id, family[1].frame, family[1].yx, parents={2: 4, 9: 4})
    write_tracks_csv(plain, tmp_path / "tracks.csv")
    lines = (tmp_path / "tracks.csv").read_text(encoding="utf-8").splitlines()
    assert lines[:4] == [
        "track_id,t,y,x,parent_track_id",
        "2,2,1.5,4.5,4",
        "2,3,1.5,4.5,4",
        "4,0,3.0,4.5,-1",
    ]


def test_pictures_have_the_palette_of_davis(family: tuple[Masks, Lineage], tmp_path: Path) -> None:
    from PIL import Image

    write_indexed_png(family[0], tmp_path / "png")
    assert sorted(p.name for p in (tmp_path / "png").iterdir())[-1] == "00003.png"
    with Image.open(tmp_path / "png" / "00002.png") as image:
        assert image.mode == "P"
        indices, colours = np.asarray(image), np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(indices, family[0].frame(2))
    assert colours[1, 3].tolist() == davis_palette()[2].tolist()
    assert davis_palette()[:5].tolist() == [
        [0, 0, 0],
        [128, 0, 0],
        [0, 128, 0],
        [128, 128, 0],
        [0, 0, 128],
    ]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_run_lengths_are_read_by_pycocotools(family: tuple[Masks, Lineage], tmp_path: Path) -> None:
    coco = pytest.importorskip("pycocotools.mask")
    masks, lineage = family
    write_rle(masks, lineage, tmp_path / "masks.json", CALIBRATED)
    content = json.loads((tmp_path / "masks.json").read_text(encoding="utf-8"))
    assert [note["id"] for note in content["annotations"]] == [2, 4, 7, 9]
    assert [note["parent_id"] for note in content["annotations"]] == [4, 0, 0, 4]
    for note in content["annotations"]:
        for frame, segmentation in enumerate(note["segmentations"]):
            inside: NDArray[np.bool_] = masks.frame(frame) == note["id"]
            if segmentation is None:
                assert not inside.any()
                continue
            np.testing.assert_array_equal(coco.decode(segmentation), inside)
            assert note["areas"][frame] == coco.area(segmentation)
            assert note["bboxes"][frame] == coco.toBbox(segmentation).tolist()


def foreign_geff(path: Path, tracks: dict[str, object] | None, **props: object) -> None:
    """Write a graph as another program would: a cell that divides, with its own properties."""
    from geff import GeffMetadata
    from geff.core_io._base_write import write_arrays
    from geff_spec import Axis

    place = {"t": [0, 1, 2, 2], "y": [1.0, 2, 3, 5], "x": [4.0, 4, 4, 4], **props}
    write_arrays(
        path,
        np.array([10, 20, 30, 40], np.uint64),
        {name: {"values": np.array(v), "missing": None} for name, v in place.items()},
        np.array([[10, 20], [20, 30], [20, 40]], np.uint64),
        {},
        GeffMetadata(
            directed=True,
            axes=[Axis(name="t", type="time")] + [Axis(name=name, type="space") for name in "yx"],
            node_props_metadata={},
            edge_props_metadata={},
            track_node_props=tracks,
        ),
    )


@pytest.mark.parametrize(
    ("tracks", "ids", "expected"),
    [
        (None, [7, 7, 7, 7], [1, 1, 2, 3]),
        ({"tracklet": "track_id"}, [0, 0, 1, 2], [1, 1, 2, 3]),
        ({"tracklet": "track_id"}, [5, 5, 8, 6], [5, 5, 8, 6]),
        ({"lineage": "track_id"}, [5, 5, 5, 5], [1, 1, 2, 3]),
    ],
)
def test_geff_of_other_programs(
    tracks: dict[str, object] | None, ids: list[int], expected: list[int], tmp_path: Path
) -> None:
    pytest.importorskip("geff")
    foreign_geff(tmp_path / "a.geff", tracks, track_id=ids, confidence=[9, 9, 9, 9])
    lineage, calibration = read_geff(tmp_path / "a.geff")
    places = [[1, 4], [2, 4], [3, 4], [5, 4]]
    mother = expected[0]
    parents = {daughter: mother for daughter in expected[2:]}
    assert lineage == Lineage(expected, [0, 1, 2, 2], places, parents=parents)
    assert calibration == Calibration()


def test_geff_whose_tracks_are_no_whole_numbers(tmp_path: Path) -> None:
    pytest.importorskip("geff")
    foreign_geff(tmp_path / "a.geff", {"tracklet": "track_id"}, track_id=[1.5, 1.5, 2, 3])
    with pytest.raises(InvalidInputError, match=r"names track_id as tracks, so every node must"):
        read_geff(tmp_path / "a.geff")
