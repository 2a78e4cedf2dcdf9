"""What napari is given, without napari."""

import numpy as np

import tracksam
from napari_tracksam.layers import image_layers, labels_layer, tracks_layer


def test_masks_become_labels_that_are_read_frame_by_frame() -> None:
    labels_tyx = np.arange(2 * 3 * 4, dtype=np.uint16).reshape(2, 3, 4)
    data, metadata, kind = labels_layer(tracksam.Masks.from_array(labels_tyx), "run")
    assert (kind, metadata) == ("labels", {"name": "run masks"})
    assert data.dtype == np.uint16
    assert data.chunks == ((1, 1), (3,), (4,))
    np.testing.assert_array_equal(data.compute(), labels_tyx)


def test_a_lineage_becomes_tracks_with_mothers() -> None:
    lineage = tracksam.Lineage(
        track_id=[1, 1, 2, 3],
        frame=[0, 1, 2, 2],
        yx=[[5, 7], [6, 8], [4, 6], [8, 10]],
        confidence=[1, 0.9, 0.8, 0.7],
        parents={2: 1, 3: 1},
    )
    data, metadata, kind = tracks_layer(lineage, "run")
    assert kind == "tracks"
    np.testing.assert_array_equal(data, [[1, 0, 5, 7], [1, 1, 6, 8], [2, 2, 4, 6], [3, 2, 8, 10]])
    assert metadata["graph"] == {2: [1], 3: [1]}
    assert metadata["features"]["confidence"].tolist() == [1, 0.9, 0.8, 0.7]
    assert metadata["features"]["generation"].tolist() == [0, 0, 1, 1]


def test_an_empty_lineage_has_no_rows() -> None:
    data, metadata, _ = tracks_layer(tracksam.Lineage(), "run")
    assert data.shape == (0, 4)
    assert metadata["graph"] == {}


def test_each_channel_is_a_layer_of_its_own() -> None:
    array = np.arange(2 * 3 * 4 * 5, dtype=np.uint16).reshape(2, 3, 4, 5)
    stack = tracksam.Stack.from_array(array, "TCYX", channels=("DNA", "actin", "ER"), name="m")
    layers = image_layers(stack)
    assert [metadata["name"] for _, metadata, _ in layers] == ["m DNA", "m actin", "m ER"]
    assert [kind for _, _, kind in layers] == ["image"] * 3
    np.testing.assert_array_equal(layers[1][0].compute(), array[:, 1])


def test_a_single_channel_bears_the_name_of_the_movie() -> None:
    stack = tracksam.Stack.from_array(np.zeros((2, 4, 5)), "TYX", name="m")
    assert [metadata["name"] for _, metadata, _ in image_layers(stack)] == ["m"]
