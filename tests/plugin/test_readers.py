"""Run folders in napari, without napari."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from npe2 import PluginManifest

from napari_tracksam.readers import get_reader, read_run
from tracksam.errors import ReadError


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Track 1 drifts and divides into 2 and 3; frames of 9 rows and 12 columns."""
    labels_tyx = np.zeros((3, 9, 12), np.uint16)
    labels_tyx[0, 2:5, 3:6] = 1
    labels_tyx[1, 3:6, 5:8] = 1
    labels_tyx[2, 1:3, 4:6] = 2
    labels_tyx[2, 6:8, 8:10] = 3
    masks = tmp_path / "RUN" / "masks"
    masks.mkdir(parents=True)
    for frame, labels_yx in enumerate(labels_tyx):
        tifffile.imwrite(masks / f"mask{frame:03}.tif", labels_yx)
    (masks / "res_track.txt").write_text("1 0 1 0\n2 2 2 1\n3 2 2 1\n")
    return tmp_path / "RUN"


@pytest.mark.parametrize("inside", [".", "masks", "masks/res_track.txt"])
def test_a_run_folder_is_a_labels_and_a_tracks_layer(run: Path, inside: str) -> None:
    path = str(run / inside)
    reader = get_reader(path)
    assert reader is not None
    (labels, labels_metadata, _), (tracks, tracks_metadata, _) = reader(path)
    assert labels.shape == (3, 9, 12)
    assert labels_metadata["name"] == "RUN masks"
    assert labels[2].compute()[7, 9] == 3
    np.testing.assert_allclose(
        tracks, [[1, 0, 3, 4], [1, 1, 4, 6], [2, 2, 1.5, 4.5], [3, 2, 6.5, 8.5]]
    )
    assert tracks_metadata["graph"] == {2: [1], 3: [1]}


@pytest.mark.parametrize("inside", [".", "TRA", "TRA/man_track.txt"])
def test_truth_of_the_challenge_is_read(run: Path, inside: str) -> None:
    truth = run.with_name("01_GT")
    truth.mkdir()
    (run / "masks").rename(truth / "TRA")
    for path in sorted((truth / "TRA").iterdir()):
        path.rename(path.with_name(path.name.replace("mask", "man_track").replace("res", "man")))
    (labels, look, _), (tracks, _, _) = read_run(str(truth / inside))
    assert look["name"] == "01_GT masks"
    assert labels[2].compute()[7, 9] == 3
    assert len(tracks) == 4


def test_other_paths_are_not_ours(tmp_path: Path) -> None:
    assert get_reader(str(tmp_path)) is None
    assert get_reader([str(tmp_path)]) is None
    with pytest.raises(ReadError, match="is no run folder"):
        read_run(str(tmp_path))


def test_an_empty_run_has_no_tracks_layer(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "mask000.tif", np.zeros((9, 12), np.uint16))
    (tmp_path / "res_track.txt").write_text("")
    assert [kind for _, _, kind in read_run(str(tmp_path))] == ["labels"]


def test_napari_finds_the_plugin() -> None:
    manifest = PluginManifest.from_distribution("tracksam")
    assert manifest.name == "tracksam"
    manifest.validate_imports()
