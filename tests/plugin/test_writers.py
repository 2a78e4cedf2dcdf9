"""File > Save: what napari hands over becomes a run folder, a CTC folder, a project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_tracksam import projects, readers, samples, writers
from tracksam import Project
from tracksam.errors import InvalidInputError
from tracksam.io.convert import read_tracked

Layers = list[tuple[Any, dict[str, Any], str]]


@pytest.fixture
def layers() -> Layers:
    """Track 1 drifts and divides into 2 and 3; frames of 9 rows and 12 columns."""
    labels_tyx = np.zeros((3, 9, 12), np.int32)
    labels_tyx[0, 2:5, 3:6] = 1
    labels_tyx[1, 3:6, 5:8] = 1
    labels_tyx[2, 1:3, 4:6] = 2
    labels_tyx[2, 6:8, 8:10] = 3
    rows = np.array([[1, 0, 3, 4], [1, 1, 4, 6], [2, 2, 1.5, 4.5], [3, 2, 6.5, 8.5]])
    image = np.random.default_rng(1).integers(0, 99, labels_tyx.shape).astype(np.uint8)
    units = ("pixel", "micrometer", "micrometer")
    return [
        (image, {"name": "DNA", "scale": (1, 0.5, 0.5), "units": units}, "image"),
        (labels_tyx, {"name": "masks"}, "labels"),
        (rows, {"name": "tracks", "graph": {2: [1], 3: [1]}}, "tracks"),
    ]


def test_a_ctc_folder(layers: Layers, tmp_path: Path) -> None:
    assert writers.write_ctc(str(tmp_path / "out"), layers[1:]) == [str(tmp_path / "out")]
    text = (tmp_path / "out" / "res_track.txt").read_text()
    assert text == "1 0 1 0\n2 2 2 1\n3 2 2 1\n"


def test_a_run_folder_can_be_opened_again(layers: Layers, tmp_path: Path) -> None:
    writers.write_run(str(tmp_path / "out"), layers)
    tracked = read_tracked(tmp_path / "out")
    assert dict(tracked.lineage.parents) == {2: 1, 3: 1}
    assert tracked.calibration.pixel_size_um == 0.5
    reader = readers.get_reader(str(tmp_path / "out"))
    assert reader is not None
    assert [kind for _, _, kind in reader(str(tmp_path / "out"))] == ["labels", "tracks"]


def test_a_project_can_be_opened_again(layers: Layers, tmp_path: Path) -> None:
    (path,) = writers.write_project(str(tmp_path / "out"), layers)
    assert path == str(tmp_path / "out.tracksam")
    with Project.open(path) as project:
        assert [step.name for step in project.history] == ["Save layers as a project"]
        assert project.stack.channels == ("DNA",)
        assert project.calibration == (0.5, None)
    reader = projects.get_reader(path)
    assert reader is not None
    (image, look, _), (labels, _, _), (tracks, _, _) = reader(path)
    np.testing.assert_array_equal(image.compute(), layers[0][0])
    np.testing.assert_array_equal(labels.compute(), layers[1][0])
    np.testing.assert_allclose(tracks, layers[2][0])
    assert look["scale"] == (1, 0.5, 0.5)
    Project.open(path).close()


def test_masks_alone_are_tracks_without_mothers(layers: Layers) -> None:
    masks, lineage = writers.result_of(layers[1:2])
    assert masks.n_frames == 3
    assert lineage.track_ids.tolist() == [1, 2, 3]
    assert not lineage.parents


def test_layers_that_do_not_fit_are_refused(layers: Layers) -> None:
    image, labels, (rows, _, kind) = layers
    with pytest.raises(InvalidInputError, match="in frame 2 they have different ids"):
        writers.result_of([labels, (rows[:3], {}, kind)])
    with pytest.raises(InvalidInputError, match="select one Labels layer of three axes"):
        writers.result_of([image])
    with pytest.raises(InvalidInputError, match="track 2 has several mothers"):
        writers.result_of([labels, (rows, {"graph": {2: [1, 3]}}, kind)])
    with pytest.raises(InvalidInputError, match=r"time, row, column\); got \[\(3, 9\)\]"):
        writers.movie_of([(np.zeros((3, 9)), {"name": "x"}, "image")])


def test_a_dropped_project_opens_in_the_session(
    layers: Layers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    napari = pytest.importorskip("napari")
    from napari.components import ViewerModel

    from napari_tracksam.session import session_of

    (path,) = writers.write_project(str(tmp_path / "out"), layers)
    viewer = ViewerModel()
    monkeypatch.setattr(napari, "current_viewer", lambda: viewer)
    assert projects.read_project(path) == [(None,)]
    session = session_of(viewer)
    assert session.project.curation.lineage.n_tracks == 3
    assert viewer.layers[0].name == "DNA"
    session.editing.delete([3])
    session.close()


def test_other_folders_are_no_projects(tmp_path: Path) -> None:
    assert projects.get_reader(str(tmp_path)) is None
    assert projects.get_reader(str(tmp_path / "gone.tracksam")) is None
    assert projects.get_reader([str(tmp_path)]) is None


@pytest.mark.parametrize("sample", [samples.dic, samples.simulated_phase])
def test_simulated_samples_come_with_their_truth(sample: Any) -> None:
    (image, look, _), (labels, _, kind), (tracks, _, _) = sample()
    assert kind == "labels"
    assert image.shape == labels.shape
    assert look["scale"][1:] == (0.65, 0.65)
    first = np.unique(labels[0].compute())
    assert set(first[first > 0]) == set(tracks[tracks[:, 1] == 0, 0])
