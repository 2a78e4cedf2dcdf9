"""Features: what the network knows of each region, beside where its border is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano.normalise import Image, network_input
from tracksam.backends.nano.tiles import plan_tiles
from tracksam.errors import WeightsError
from tracksam.regions import Regions

if TYPE_CHECKING:
    from tracksam.backends.nano.model import Model
    from tracksam.backends.nano.seen import Seen

STRIDES = {"features_2": 2, "features_4": 4, "features_8": 8}
"""Further outputs of the network, and how many pixels of its input one of theirs stands for."""

_PIXELS = 64  # of each region, evenly spread, at which features are read


def embedded(model: Model, seen: Seen, regions: Regions) -> NDArray[np.float32]:
    """Return the mean of the network's features inside each region.

    Parameters
    ----------
    model : Model
        The network; it is run once more, on the image that `seen` holds.
    seen : Seen
        The frame.
    regions : Regions
        K regions of it.

    Returns
    -------
    ndarray of float32, shape (K, D)
        D is the sum of the outputs' channels.

    Raises
    ------
    WeightsError
        The weights' file does not give features.
    """
    maps = feature_maps(model, seen.look.image_yx)
    yx = seen.to_look(_spread_pixels(regions))
    means = [
        _read_at(maps_cyx, (yx + 0.5) / stride - 0.5).reshape(len(maps_cyx), -1, _PIXELS).mean(2)
        for maps_cyx, stride in zip(maps, STRIDES.values(), strict=True)
    ]
    return np.concatenate(means, axis=0).T


def feature_maps(model: Model, image_yx: Image) -> list[Image]:
    """Return the network's features of an image at the network's scale.

    Parameters
    ----------
    model : Model
        The network.
    image_yx : ndarray of float32, shape (Y, X)
        Grey values; run in tiles as for the answers.

    Returns
    -------
    list of ndarray of float32, shape (C, ceil(Y / stride), ceil(X / stride))
        One for each of `STRIDES`.
    """
    there = {output.name for output in model.session.get_outputs()}
    if not set(STRIDES) <= there:
        raise WeightsError(
            "these weights of nano give no features to tell cells apart by; export them again "
            "with this version of tracksam, or choose another embedder."
        )
    views = network_input(image_yx)
    shape = (views.shape[1], views.shape[2])
    result: list[Image] = []
    for tile in plan_tiles(shape, model.card.stride):
        part = views[:, tile.read[0], tile.read[1]]
        missing = [-part.shape[axis] % model.card.stride for axis in (1, 2)]
        padded = np.pad(part, ((0, 0), (0, missing[0]), (0, missing[1])), mode="symmetric")
        found = model.session.run(list(STRIDES), {"views": padded[None]})
        if not result:
            result = [
                np.zeros((one.shape[1], -(-shape[0] // s), -(-shape[1] // s)), np.float32)
                for one, s in zip(found, STRIDES.values(), strict=True)
            ]
        for whole, one, stride in zip(result, found, STRIDES.values(), strict=True):
            to, source = _coarser(tile.write, stride), _coarser(tile.keep, stride)
            whole[:, to[0], to[1]] = one[0][:, source[0], source[1]]
    return result


def _coarser(span: tuple[slice, slice], stride: int) -> tuple[slice, slice]:
    """Return the same rows and columns on a coarser grid; tiles begin at multiples of it."""
    rows, columns = (slice(s.start // stride, -(-s.stop // stride)) for s in span)
    return rows, columns


def _spread_pixels(regions: Regions) -> NDArray[np.float64]:
    """Return 64 pixels of each region, evenly spread over its rows, shape (K * 64, 2)."""
    chosen = []
    for crop, start in zip(regions.crops, regions.box_yx, strict=True):
        pixels = np.argwhere(crop)
        take = np.linspace(0, len(pixels) - 1, _PIXELS).round().astype(int)
        chosen.append(pixels[take] + start)
    return np.array(chosen, np.float64).reshape(-1, 2)


def _read_at(maps_cyx: Image, yx: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return maps between their pixels, shape (C, N); beyond the border the last pixel."""
    n = len(yx)
    if not n:
        return np.zeros((len(maps_cyx), 0), np.float32)
    last = np.array(maps_cyx.shape[1:]) - 1
    at = np.clip(yx, 0, last)
    low = np.minimum(np.floor(at).astype(np.intp), np.maximum(last - 1, 0))
    high = np.minimum(low + 1, last)
    part = (at - low).astype(np.float32)
    flat: Any = np.ascontiguousarray(maps_cyx.reshape(len(maps_cyx), -1).T)
    total = np.zeros((n, len(maps_cyx)), np.float32)
    for y, weight_y in ((low[:, 0], 1 - part[:, 0]), (high[:, 0], part[:, 0])):
        for x, weight_x in ((low[:, 1], 1 - part[:, 1]), (high[:, 1], part[:, 1])):
            total += flat[y * maps_cyx.shape[2] + x] * (weight_y * weight_x)[:, None]
    return total.T
