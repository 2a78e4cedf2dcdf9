"""A session in a viewer without a window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("napari")

from napari.components import ViewerModel
from napari.layers import Image

from napari_tracksam.session import Session, session_of
from tracksam.simulate import situation
from tracksam.simulate.movie import SimulatedMovie


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture(scope="session")
def dividing() -> SimulatedMovie:
    return situation("dividing")


@pytest.fixture
def viewer(dividing: SimulatedMovie) -> ViewerModel:
    model = ViewerModel()
    frames = np.stack([dividing.stack.frame(t)[..., 0] for t in range(dividing.stack.n_frames)])
    model.add_layer(Image(frames, name="cells"))
    return model


@pytest.fixture
def session(viewer: ViewerModel, tmp_path: Path) -> Iterator[Session]:
    """A movie of 12 frames is open; nothing is marked."""
    made = session_of(viewer)
    made.open_layer(viewer.layers[0], tmp_path / "cells.tracksam")
    yield made
    made.close()


@pytest.fixture
def filled(session: Session, dividing: SimulatedMovie) -> Session:
    """The true tracks are there: 1 and 3 divide in two."""
    before = session.project.next_undo
    assert before is None
    session.project.fill(dividing.masks, dividing.lineage)
    session.show_step(session.project.next_undo)
    return session
