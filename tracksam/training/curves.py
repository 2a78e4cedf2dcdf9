"""Pictures of a training: its curves, and what the network says of examples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano.backend import Nano
from tracksam.training.stills import Still

_TILE_PX = 320


def draw_curves(history: list[dict[str, float]], path: Path) -> None:
    """Write the parts of the loss over the steps as a PNG.

    Parameters
    ----------
    history : list of dict
        Of `loop.State`; not empty.
    path : Path
        Replaced if it is there.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    steps = [row["step"] for row in history]
    for name in [key for key in history[0] if key not in ("step", "seconds")]:
        axes.plot(steps, [row[name] for row in history], label=name)
    axes.set(xlabel="step", ylabel="loss", yscale="log")
    axes.legend(frameon=False)
    figure.savefig(path, dpi=120)


def draw_examples(nano: Nano, stills: list[Still], path: Path) -> None:
    """Write stills with the true borders (green) and the found ones (red) as a PNG.

    Parameters
    ----------
    nano : Nano
        The trained model.
    stills : list of Still
        Not empty; drawn side by side, each in a square of 320 px.
    path : Path
        Replaced if it is there.
    """
    import cv2

    tiles = []
    for still in stills:
        found_yx = nano.detect(nano.prepare(still.image_yx[:, :, None])).to_labels()
        tiles.append(_tile(still, found_yx))
    cv2.imwrite(str(path), np.concatenate(tiles, axis=1))


def _tile(still: Still, found_yx: NDArray[np.int64]) -> NDArray[np.uint8]:
    import cv2

    low, high = np.percentile(still.image_yx, [0.5, 99.5])
    unit = np.clip((still.image_yx - low) / max(float(high - low), 1e-6), 0, 1)
    size = (_TILE_PX, _TILE_PX)
    grey = cv2.resize(np.asarray(255 * unit, np.uint8), size, interpolation=cv2.INTER_AREA)
    picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    for labels_yx, colour in ((still.labels_yx, (0, 200, 0)), (found_yx, (0, 0, 255))):
        values = cv2.resize(labels_yx.astype(np.float32), size, interpolation=cv2.INTER_NEAREST)
        edge = cv2.morphologyEx(values, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 0
        picture[edge] = colour
    return np.asarray(picture, np.uint8)
