"""Hold: masks that a person corrected or confirmed, among the candidates of a frame."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.graph import FrameCandidates, Origin
from tracksam.regions import Regions
from tracksam.steps.segment import overlap

Indices = NDArray[np.intp]

SAME = 0.5
"""Intersection over union from which a candidate and a held mask are one cell."""


def hold(found: FrameCandidates, held: Regions) -> FrameCandidates:
    """Return candidates of which held masks are marked ones, under their ids.

    Linking then takes each of them, and no candidate that overlaps one.

    Parameters
    ----------
    found : FrameCandidates
        Of one frame.
    held : Regions
        Of the same frame, each with a track id of its own. One that is marked among `found`
        already stays as it is there.

    Returns
    -------
    FrameCandidates
        Points and intensity of a held mask are those of the candidate that is the same cell;
        where there is none, they are not known. Such candidates are left out.
    """
    todo = held.select(~np.isin(held.object_id, found.marked_ids))
    if not len(todo):
        return found
    near = _near(found.regions, todo)
    twins = [_twin(found.regions, todo, k, near[k]) for k in range(len(todo))]
    n_points = found.landing_kp2.shape[1]
    landing = np.full((len(todo), n_points, 2), np.nan)
    landed = np.zeros((len(todo), n_points))
    intensity = np.full(len(todo), np.nan)
    for k, twin in enumerate(twins):
        if twin is not None:
            landing[k], landed[k] = found.landing_kp2[twin], found.landing_confidence_kp[twin]
            intensity[k] = found.intensity[twin]
    rest = found.select(~_is_same(found, todo, near))
    return FrameCandidates(
        found.frame,
        rest.regions.joined(todo),
        np.concatenate([rest.origin, np.full(len(todo), Origin.MARKED)]),
        np.concatenate([rest.intensity, intensity]),
        np.concatenate([rest.landing_kp2, landing]),
        np.concatenate([rest.landing_confidence_kp, landed]),
        np.concatenate([rest.prompts_left, np.zeros(len(todo), np.int64)]),
    )


def let_go(found: FrameCandidates) -> FrameCandidates:
    """Return candidates of which none is marked any more: what was is one like the others."""
    origin = np.where(found.origin == Origin.MARKED, Origin.PROMPTED, found.origin)
    regions = found.regions.with_ids(np.zeros(len(found)))
    return attrs.evolve(found, regions=regions, origin=origin)


def are_known(found: FrameCandidates, held: Regions) -> bool:
    """Return whether each of some masks is among candidates already.

    Parameters
    ----------
    found : FrameCandidates
        Of one frame.
    held : Regions
        Of the same frame.

    Returns
    -------
    bool
        If not, what follows from a mask is not known either, and has to be drawn.
    """
    return bool(has_twin(held, found.regions).all())


def has_twin(held: Regions, regions: Regions) -> NDArray[np.bool_]:
    """Return which masks are the same cell as one of some regions, shape (K,).

    Parameters
    ----------
    held : Regions
        K masks.
    regions : Regions
        Of the same frame.

    Returns
    -------
    ndarray of bool, shape (K,)
    """
    near = _near(regions, held)
    return np.array([_twin(regions, held, k, near[k]) is not None for k in range(len(held))], bool)


def _twin(regions: Regions, held: Regions, k: int, near: Indices) -> int | None:
    """The candidate that is the same cell as a held one, if there is one."""
    best, where = SAME, None
    for i in near.tolist():
        shared = overlap(regions, i, held, k)
        if shared >= best:
            best, where = shared, i
    return where


def _is_same(found: FrameCandidates, held: Regions, near: list[Indices]) -> NDArray[np.bool_]:
    same = np.zeros(len(found), bool)
    for k, indices in enumerate(near):
        for i in indices.tolist():
            same[i] |= overlap(found.regions, i, held, k) >= SAME
    return same


def _near(regions: Regions, held: Regions) -> list[Indices]:
    """For each held mask, the regions whose boxes meet its own."""
    boxes = regions.box_yxyx
    return [
        np.flatnonzero((boxes[:, :2] < own[2:]).all(axis=1) & (boxes[:, 2:] > own[:2]).all(axis=1))
        for own in held.box_yxyx
    ]
