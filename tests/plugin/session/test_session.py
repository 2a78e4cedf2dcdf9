"""Opening, calibration, exports, keys and the mouse."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import dask.array
import numpy as np
import pytest
import tifffile
import zarr
from napari.components import ViewerModel
from napari.layers import Image
from napari.layers._source import layer_source

from napari_tracksam.bindings import SHORTCUTS, bind, on_move, on_press
from napari_tracksam.movies import stack_of
from napari_tracksam.place import camera
from napari_tracksam.session import Session, session_of
from napari_tracksam.shown.acts import ALL
from napari_tracksam.worker import Job, Workers
from tracksam import track
from tracksam.errors import InvalidInputError, WriteError
from tracksam.prompts import Prompts
from tracksam.settings import Settings
from tracksam.simulate.movie import SimulatedMovie

IMAGE = np.random.default_rng(2).integers(0, 99, (3, 5, 7)).astype(np.uint8)


def lazy_zarr(tmp_path: Path) -> zarr.Array:
    array = zarr.create_array(tmp_path / "a.zarr", shape=IMAGE.shape, dtype=IMAGE.dtype)
    array[:] = IMAGE
    return array


@pytest.mark.parametrize("kind", ["numpy", "dask", "zarr"])
def test_movies_of_any_array(kind: str, tmp_path: Path) -> None:
    data = {
        "numpy": lambda: IMAGE,
        "dask": lambda: dask.array.from_array(IMAGE, chunks=(1, 5, 7)),
        "zarr": lambda: lazy_zarr(tmp_path),
    }[kind]()
    stack = stack_of((Image(data, name="x", multiscale=False),))
    assert stack.shape_tyxc == (3, 5, 7, 1)
    assert np.array_equal(stack.frame(2)[..., 0], IMAGE[2])
    assert stack.name == "x"


def test_nothing_is_read_before_it_is_needed() -> None:
    read = []

    def block(block_id: tuple[int, ...]) -> np.ndarray:
        read.append(block_id[0])
        return np.full((1, 5, 7), block_id[0])

    lazy = dask.array.map_blocks(block, chunks=((1,) * 9, (5,), (7,)), dtype=int)
    layer = Image(lazy, name="x", contrast_limits=(0, 9))
    read.clear()
    stack = stack_of((layer,))
    assert read == []
    assert stack.frame(4)[0, 0, 0] == 4
    assert read == [4]


def test_layers_are_channels() -> None:
    stack = stack_of((Image(IMAGE, name="DNA"), Image(IMAGE[::-1], name="actin")))
    assert stack.channels == ("DNA", "actin")
    assert np.array_equal(stack.frame(0), np.stack([IMAGE[0], IMAGE[2]], axis=-1))
    colours = np.zeros((2, 5, 7, 3), np.uint8)
    assert stack_of((Image(colours, rgb=True),)).n_channels == 3


def test_other_axes_are_refused() -> None:
    with pytest.raises(
        InvalidInputError, match=r"has 4 axes of shape .*: time, row, column. Split"
    ):
        stack_of((Image(np.zeros((2, 3, 5, 7))),))
    with pytest.raises(InvalidInputError, match=r"the first axis of layer .* is 'z', not time"):
        stack_of((Image(IMAGE, axis_labels=("z", "y", "x")),))
    with pytest.raises(InvalidInputError, match="the channels must have one shape"):
        stack_of((Image(IMAGE), Image(IMAGE[:2])))


def test_pixel_sizes_come_from_the_layer() -> None:
    calibrated = Image(IMAGE, scale=(1, 0.4, 0.4), units=("pixel", "um", "um"))
    assert stack_of((calibrated,)).pixel_size_um == pytest.approx(0.4)
    nanometres = Image(IMAGE, scale=(1, 650, 650), units=("pixel", "nm", "nm"))
    assert stack_of((nanometres,)).pixel_size_um == pytest.approx(0.65)
    assert stack_of((Image(IMAGE, scale=(1, 2, 2)),)).pixel_size_um is None


def test_calibration_is_given_to_every_layer(filled: Session) -> None:
    opened = []
    filled.events.opened.connect(lambda: opened.append(filled.calibration))
    filled.set_calibration(0.65, 300)
    filled.wait()
    assert opened == [(0.65, 300)]
    assert len(filled.viewer.layers) == 4
    for layer in filled.viewer.layers:
        assert tuple(layer.scale) == (1, 0.65, 0.65)
        assert [str(unit) for unit in layer.units] == ["pixel", "micrometer", "micrometer"]
    assert "area_um2" in filled.looking.table
    assert "speed_um_per_min" in " ".join(filled.looking.table.columns)
    with pytest.raises(InvalidInputError, match="pixel_size_um must be a positive number, got -1"):
        filled.set_calibration(-1, None)
    assert filled.calibration == (0.65, 300)
    filled.set_calibration(None, None)
    assert tuple(filled.layers.labels.scale) == (1, 1, 1)


def test_a_movie_from_a_file_is_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "movie.tif"
    tifffile.imwrite(path, IMAGE, imagej=True, metadata={"axes": "TYX"})
    viewer = ViewerModel()
    with layer_source(path=str(path)):
        viewer.add_layer(Image(IMAGE, name="movie"))
    session = session_of(viewer)
    session.open_layer(viewer.layers[0], tmp_path / "a.tracksam")
    session.editing.make_new(np.ones((5, 7), bool))
    session.wait()
    session.close()
    assert not (tmp_path / "a.tracksam" / "movie.npy").exists()
    path.unlink()
    again = session_of(viewer)
    news = []
    again.events.notice.connect(news.append)
    again.open_project(tmp_path / "a.tracksam")
    assert again.movie is None
    assert "there is no file or folder" in news[0].text
    again.open_layer(viewer.layers[0], tmp_path / "a.tracksam")
    assert again.movie.n_frames == 3
    assert again.project.curation.lineage.n_tracks == 1
    with pytest.raises(InvalidInputError, match=r"is a project of 3 frames of \(5, 7\); the movie"):
        again.open_layer(Image(IMAGE[:2]), tmp_path / "a.tracksam")
    again.close()


def test_a_project_is_saved_under_another_name(filled: Session, tmp_path: Path) -> None:
    filled.editing.confirm([1])
    filled.save_as(tmp_path / "copy.tracksam")
    assert filled.project.path.name == "copy.tracksam"
    assert filled.editing.undo() == "Confirm track 1"
    assert (filled.layers.labels.data[0] > 0).any()


@pytest.mark.parametrize("key", ["tables", "run", "tree_svg", "ctc", "csv", "geff", "rle"])
def test_exports(filled: Session, tmp_path: Path, key: str, dividing: SimulatedMovie) -> None:
    from tracksam.io.convert import read_tracked

    news = []
    filled.events.notice.connect(news.append)
    filled.exporting.export(key, tmp_path / f"out-{key}")
    filled.wait()
    (path,) = tmp_path.glob(f"out-{key}*")
    assert news[-1].text.startswith(f"Written: {path}.")
    if key in ("run", "ctc", "csv", "geff", "rle"):
        assert read_tracked(path).lineage.n_tracks == dividing.lineage.n_tracks
    if key == "tables":
        assert sorted(p.name for p in path.iterdir()) == [
            "cells.csv",
            "families.csv",
            "frames.csv",
            "lags.csv",
            "movie.csv",
            "tracks.csv",
        ]
    if key == "tree_svg":
        assert path.read_text().startswith("<svg")
    with pytest.raises(WriteError, match="exists; choose another name"):
        filled.exporting.export(key, path)


def test_exports_that_can_not_be(session: Session, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="there is no export 'doc'; known are tables"):
        session.exporting.export("doc", tmp_path / "x")
    with pytest.raises(InvalidInputError, match="nothing is tracked yet"):
        session.exporting.export("csv", tmp_path / "x")


def test_an_export_is_of_the_moment_in_which_it_was_asked_for(
    filled: Session, tmp_path: Path, dividing: SimulatedMovie
) -> None:
    from tracksam.io.convert import read_tracked

    filled.exporting.export("ctc", tmp_path / "out")
    filled.editing.delete([1, 2])
    filled.wait()
    tracked = read_tracked(tmp_path / "out")
    assert tracked.lineage.n_tracks == dividing.lineage.n_tracks
    assert (tracked.masks.frame(0) == 2).sum() == (dividing.masks.frame(0) == 2).sum()


def test_the_page_of_keys_is_the_table() -> None:
    page = Path(__file__).parents[3] / "docs" / "pages" / "reference" / "keys.md"
    rows = [f"| `{s.key.replace('Control', 'Ctrl')}` | {s.title} |" for s in SHORTCUTS]
    written = [line for line in page.read_text().splitlines() if line.startswith("| `")]
    assert written == rows


def test_every_button_that_has_a_key_does_the_same() -> None:
    acts = {act.key for act in ALL}
    actions = [shortcut.action for shortcut in SHORTCUTS]
    assert len(set(actions)) == len(actions)
    assert len({shortcut.key for shortcut in SHORTCUTS}) == len(SHORTCUTS)
    assert acts - set(actions) == set()
    assert set(actions) - acts == {"mark", "tool", "show"}


def press(session: Session, key: str) -> None:
    from app_model.types import KeyBinding

    (bound,) = [v for k, v in session.viewer.keymap.items() if k == KeyBinding.from_str(key)]
    bound(session.viewer)


def test_keys(filled: Session) -> None:
    bind(filled)
    filled.go_to(4)
    filled.looking.select([2])
    press(filled, "B")
    press(filled, "Ctrl+Z")
    press(filled, "Ctrl+Shift+Z")
    assert [step.name for step in filled.editing.history][1:] == ["Break track 2 in frame 4"]
    news = []
    filled.events.notice.connect(news.append)
    press(filled, "J")
    assert news[0].text.startswith("select two cells to join")


def click(session: Session, *places: tuple[float, float], modifiers: tuple[str, ...] = ()) -> None:
    """Press at the first place, move over the others, and let go at the last."""
    event = SimpleNamespace(type="mouse_press", button=1, modifiers=modifiers)
    event.position = (session.frame, *places[0])
    steps = on_press(session, session.viewer, event)
    next(steps, None)
    for place in places[1:]:
        event.type, event.position = "mouse_move", (session.frame, *place)
        next(steps, None)
    event.type, event.position = "mouse_release", (session.frame, *places[-1])
    next(steps, None)


def test_the_mouse_selects_marks_and_draws_boxes(filled: Session, dividing: SimulatedMovie) -> None:
    filled.go_to(0)
    y, x = dividing.lineage.yx[dividing.lineage.rows(2)][0].tolist()
    click(filled, (y, x))
    assert filled.looking.selected == (2,)
    click(filled, (y, x), (y + 9, x))
    assert filled.looking.selected == (2,)
    filled.looking.select([])
    filled.marking.set_active(True)
    filled.wait()
    click(filled, (y, x))
    click(filled, (y, x + 30), modifiers=("Alt",))
    assert filled.marking.pending.prompts.is_positive.tolist() == [True, False]
    filled.marking.set_tool("box")
    click(filled, (y + 8, x + 9), (y, x), (y - 8, x - 900))
    assert filled.marking.pending.boxes.box_yxyx.tolist() == [[y - 8, 0, y + 8, x + 9]]
    assert camera(filled.viewer).mouse_pan
    filled.wait()
    filled.marking.reject()
    filled.marking.set_tool("point")
    on_move(filled, filled.viewer, SimpleNamespace(position=(0, y, x)))
    filled.wait()
    assert filled.marking.preview is not None


def test_the_mouse_counts_in_pixels_whatever_the_scale(filled: Session) -> None:
    filled.set_calibration(0.5, None)
    assert filled.position((0, 10.0, 20.0)) == (20, 40)
    assert filled.position((0, -10.0, 20.0)) is None
    assert filled.position((0, -10.0, 200.0), clip=True) == (0, 127)


def test_an_unexpected_error_in_the_background_is_raised_on_the_main_thread() -> None:
    workers = Workers()
    woken = []
    workers.wake = lambda: woken.append(True)
    workers.lane("a").add(Job(lambda: 1 / 0, print, print))
    while workers.lane("a").is_busy:
        pass
    with pytest.raises(ZeroDivisionError):
        workers.poll()
    assert woken == [True]
    workers.close()


def test_of_requests_that_wait_only_the_latest_is_answered() -> None:
    import threading

    workers, go, done = Workers(), threading.Event(), []
    lane = workers.lane("a")
    lane.add(Job(go.wait, done.append, print))
    while not lane._is_working:
        pass
    for i in range(5):
        lane.add(Job(lambda i=i: i, done.append, print), only_latest=True)
    go.set()
    while workers.is_busy:
        workers.poll()
    assert done == [True, 4]
    workers.close()


def test_a_result_that_is_there_is_one_step(
    session: Session, tmp_path: Path, dividing: SimulatedMovie
) -> None:
    from tracksam.io.ctc import write_ctc

    write_ctc(dividing.masks, dividing.lineage, tmp_path / "earlier")
    session.open_result(tmp_path / "earlier")
    assert [step.name for step in session.editing.history] == ["Open earlier"]
    assert session.project.curation.lineage.n_tracks == dividing.lineage.n_tracks
    assert (session.layers.labels.data[3] == dividing.masks.frame(3)).all()
    session.editing.undo()
    assert not session.layers.labels.data[3].any()


def test_a_run_brings_what_it_was_asked_for(
    session: Session, tmp_path: Path, dividing: SimulatedMovie
) -> None:
    marks = Prompts([7], [0], dividing.lineage.yx[:1])
    settings = Settings().changed({"mode": "follow", "follow": {"propagate": "memory"}})
    track(dividing.stack, marks, settings=settings, out=tmp_path / "run")
    session.open_result(tmp_path / "run")
    assert session.project.curation.marks.prompts == marks
    plan = session.tracking.plan
    assert (plan.mode, plan.propagate) == ("follow", "memory")
    family = session.project.curation.lineage.descendants(7)
    session.tracking.start_from_here()
    session.wait()
    assert session.project.curation.lineage.descendants(7) == family
    assert set(session.project.curation.lineage.track_ids.tolist()) == family


def test_a_second_movie_takes_the_place_of_the_first(session: Session, tmp_path: Path) -> None:
    woken = []
    session.wake = lambda: woken.append(True)
    first = session.project.path
    session.open_layer(Image(IMAGE, name="small"), tmp_path / "small.tracksam")
    assert session.movie.n_frames == 3
    session.marking.set_active(True)
    session.wait()
    assert woken
    session.open_project(first)
    assert session.movie.n_frames == 12
