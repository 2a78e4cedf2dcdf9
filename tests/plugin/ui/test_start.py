"""How the plugin starts, and what the empty dock says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from tracksam.settings import LinkSettings

pytestmark = pytest.mark.qt


def test_make_napari_opens_a_sample_that_is_ready(
    application: Any, raised: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    import napari

    from napari_tracksam import __main__ as start
    from napari_tracksam.session import session_of

    monkeypatch.setattr(sys, "argv", ["napari_tracksam"])
    shown = []
    monkeypatch.setattr(napari, "run", lambda: shown.append(napari.current_viewer()))
    start.main()
    (viewer,) = shown
    session = session_of(viewer)
    assert session.movie is not None
    assert session.movie.name == "nuclei"
    assert session.calibration == (0.65, 600.0)
    assert [layer.scale.tolist() for layer in viewer.layers] == [[1, 0.65, 0.65]] * 4
    assert any("Track cells" in name for name in viewer.window.dock_widgets)
    session.close()
    viewer.close()


@pytest.mark.parametrize("kind", ["movie", "project", "planes"])
def test_the_program_opens_a_file(
    application: Any, raised: Any, tmp_path: Path, discs: Any, kind: str
) -> None:
    import tifffile

    from napari_tracksam.__main__ import open_viewer
    from napari_tracksam.session import session_of
    from tracksam import Project, Stack

    path = tmp_path / "cells.tif"
    tifffile.imwrite(
        path,
        discs.images_tyx,
        imagej=True,
        resolution=(2, 2),
        metadata={"axes": "TYX", "unit": "um", "finterval": 60},
    )
    if kind == "project":
        stack = Stack.from_array(discs.images_tyx, "TYX", name="cells", pixel_size_um=0.5)
        path = tmp_path / "cells.tracksam"
        with Project.create(path, stack) as project:
            project.fill(discs.masks, discs.lineage)
            project.keep_movie(stack)
    if kind == "planes":
        planes = np.zeros((3, 2, 20, 30), np.uint8)
        tifffile.imwrite(path, planes, imagej=True, metadata={"axes": "TZYX"})
    viewer = open_viewer(str(path))
    session = session_of(viewer)
    if kind == "planes":
        assert session.movie is None, "napari shows what tracksam can not track"
        assert [layer.name for layer in viewer.layers] == ["cells"]
    else:
        assert session.calibration[0] == 0.5
        assert np.array_equal(viewer.layers[0].data[1], discs.images_tyx[1])
        assert session.frame == 0
        assert len(session.project.history) == (kind == "project")
    session.close()
    viewer.close()


def test_a_folder_without_a_movie_is_told(application: Any, raised: Any, tmp_path: Path) -> None:
    from napari.utils.notifications import notification_manager

    from napari_tracksam.__main__ import open_viewer

    (tmp_path / "inner").mkdir()
    viewer = open_viewer(str(tmp_path))
    first, second = (record.message for record in notification_manager.records[-2:])
    assert first == f"{tmp_path} holds no frames; it holds the folders inner: name one."
    assert second.startswith(f"napari can not open {tmp_path} either: ")
    assert not viewer.layers
    viewer.close()


def test_the_empty_dock_says_what_to_do_first(hands: Any) -> None:
    _, dock = hands.viewer.window.add_plugin_dock_widget("tracksam", "Track cells")
    hands.settle()
    assert dock.first_steps.isVisible()
    assert not dock.shortcuts.isVisible()
    hands.key("Question", hands.shift)
    assert dock.shortcuts.isVisible()
    assert "Next doubtful place" in dock.keys.text()
    hands.key("Question", hands.shift)
    assert not dock.shortcuts.isVisible()
    hands.press_on(dock.first_steps.samples["nuclei"])
    assert [layer.name for layer in hands.viewer.layers] == ["nuclei"]
    assert dock.sections[0].layers.currentText() == "nuclei"
    hands.press_on(dock.sections[0].begin)
    assert not dock.first_steps.isVisible()
    assert dock.panels.isVisible()
    dock.session.close()


def test_a_refused_act_is_a_notification_that_says_why(hands: Any) -> None:
    from napari.utils.notifications import notification_manager

    _, dock = hands.viewer.window.add_plugin_dock_widget("tracksam", "Track cells")
    dock.session.attempt(dock.session.tracking.start)
    assert notification_manager.records[-1].message == (
        "no movie is open; open an image layer or a project first."
    )
    dock.session.close()


def test_two_layers_are_two_channels_and_a_result_is_put_in(
    hands: Any, discs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qtpy.QtWidgets import QFileDialog

    from tracksam.io.ctc import write_ctc

    write_ctc(discs.masks, discs.lineage, tmp_path / "result")
    _, dock = hands.viewer.window.add_plugin_dock_widget("tracksam", "Track cells")
    opening = dock.sections[0]
    hands.viewer.add_image(discs.images_tyx, name="DNA")
    hands.viewer.add_image(np.zeros((4, 5, 6)), name="other shape")
    hands.settle()
    assert not opening.channels.isVisible()
    hands.viewer.add_image(255 - discs.images_tyx, name="actin")
    hands.settle()
    hands.press_on(opening.channels)
    hands.press_on(opening.begin)
    assert dock.session.movie.channels == ("DNA", "actin")
    assert dock.session.project.settings.read.channel == 0
    hands.press_on(opening.head)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "result"))
    hands.press_on(opening.open_folder)
    assert dock.session.editing.history[-1].name == "Open result"
    assert dock.session.project.curation.lineage == discs.lineage
    dock.session.close()


def test_a_pixel_size_is_typed_over_what_is_not_known(hands: Any, discs: Any) -> None:
    hands.viewer.add_image(discs.images_tyx, name="discs")
    _, dock = hands.viewer.window.add_plugin_dock_widget("tracksam", "Track cells")
    told: list[str] = []
    dock.session.events.notice.connect(lambda notice: told.append(notice.text))
    opening = dock.sections[0]
    hands.press_on(opening.begin)
    hands.press_on(opening.head)
    assert opening.pixel_size.text() == "not known"
    hands.press_on(opening.pixel_size.lineEdit())
    hands.type_into(opening.pixel_size, "0.5")
    assert dock.session.calibration == (0.5, None)
    assert told == []
    dock.session.close()


def test_what_carries_cells_is_chosen_with_the_keyboard(hands: Any, discs: Any) -> None:
    hands.viewer.add_image(discs.images_tyx, name="discs")
    _, dock = hands.viewer.window.add_plugin_dock_widget("tracksam", "Track cells")
    hands.press_on(dock.sections[0].begin)
    (track,) = [section for section in dock.sections if section.objectName() == "Track"]
    assert track.propagate.currentText() == "points"
    hands.key_on(track.propagate, "Down")
    assert dock.session.project.settings.follow.propagate == "memory"
    hands.key_on(track.propagate, "Down")
    assert dock.session.tracking.plan.propagate == "points+memory"
    assert track.models["propagator"].currentText() == "warp"
    dock.session.close()


def test_every_setting_of_linking_has_a_field(hands: Any, discs: Any) -> None:
    hands.viewer.add_image(discs.images_tyx, name="discs")
    _, dock = hands.viewer.window.add_plugin_dock_widget("tracksam", "Track cells")
    hands.press_on(dock.sections[0].begin)
    (track,) = [section for section in dock.sections if section.objectName() == "Track"]
    hands.press_on(track.linking.head)
    fields = track.linking.fields
    assert list(fields) == [field.name for field in attrs.fields(LinkSettings)]
    assert fields["divisions"].isChecked()
    assert "Whether an object can divide" in fields["divisions"].toolTip()
    hands.key_on(fields["divisions"], "Space")
    hands.key_on(fields["borders"], "Down")
    hands.key_on(fields["max_gap"], "Up")
    link = dock.session.project.settings.link
    assert link == LinkSettings(divisions=False, borders="closed", max_gap=3)
    dock.session.tracking.set_linking(min_track_frames=3)
    track.show_plan()
    assert fields["min_track_frames"].text() == "3 frames"
    dock.session.close()
