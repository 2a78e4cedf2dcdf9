"""One sitting with mouse and keys, from the first mark to the export; then a killed program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tracksam.simulate import situation
from tracksam.simulate.movie import SimulatedMovie

if TYPE_CHECKING:
    from napari_tracksam.widgets.dock import Dock
    from plugin_hands import Hands

pytestmark = [pytest.mark.qt, pytest.mark.slow]


@pytest.fixture(scope="module")
def movie() -> SimulatedMovie:
    """Four cells, of which two divide."""
    return situation("dividing")


@pytest.fixture
def hands(viewer, movie: SimulatedMovie) -> Hands:
    from hands import Hands

    images = np.stack(list(movie.stack))[..., 0]
    viewer.add_image(images, name="dividing")
    return Hands(viewer)


@pytest.fixture
def dock(hands: Hands) -> Iterator[Dock]:
    from hands import LEFT, settle
    from qtpy.QtTest import QTest

    _, dock = hands.viewer.window.add_plugin_dock_widget("tracksam", "tracksam")
    settle()
    QTest.mouseClick(dock.sections[0].begin, LEFT)
    settle()
    assert dock.session.movie is not None
    yield dock
    dock.session.close()


def centre(movie: SimulatedMovie, track_id: int, frame: int) -> tuple[float, float]:
    """Return a place inside a true cell."""
    lineage = movie.lineage
    row = np.flatnonzero((lineage.track_id == track_id) & (lineage.frame == frame))[0]
    y, x = lineage.yx[row].tolist()
    return round(y), round(x)
