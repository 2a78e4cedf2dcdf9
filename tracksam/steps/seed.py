"""Seed: what a person marked in a frame becomes one mask an object."""

from __future__ import annotations

from typing import Any

import numpy as np

from tracksam.errors import InvalidInputError
from tracksam.prompts import Marks
from tracksam.protocols import Segmenter
from tracksam.regions import Regions
from tracksam.stack import Stack


def seed(segmenter: Segmenter, prepared: Any, marks: Marks, frame: int) -> Regions:
    """Return the masks of everything that is marked in one frame.

    A painted mask is taken as it is; points and boxes go to the segmenter, whose best proposal
    is taken.

    Parameters
    ----------
    segmenter : Segmenter
        Turns points and boxes into masks.
    prepared : Any
        What the segmenter's `prepare` returned for the frame.
    marks : Marks
        Marks of the whole movie.
    frame : int
        Which frame.

    Returns
    -------
    Regions
        One region an object id, ascending; empty when nothing is marked in the frame.

    Raises
    ------
    InvalidInputError
        The segmenter finds nothing where something is marked.
    """
    prompts, boxes = marks.prompts.at(frame), marks.boxes.at(frame)
    painted = marks.masks.get(frame)
    wanted = {*prompts.object_id[prompts.is_positive].tolist(), *boxes.object_id.tolist()}
    found = painted
    if wanted:
        drawn = best_of_each(segmenter.segment(prepared, prompts, boxes, painted))
        missing = sorted(wanted - set(drawn.object_id.tolist()))
        if missing:
            raise InvalidInputError(
                f"nothing is found where object {missing[0]} is marked in frame {frame}; "
                "mark it with a box, or add a point nearer to its middle."
            )
        if painted is not None:
            drawn = drawn.joined(painted.select(~np.isin(painted.object_id, sorted(wanted))))
        found = drawn
    if found is None:
        raise InvalidInputError(f"frame {frame} has negative points only; mark an object there.")
    return found.select(np.argsort(found.object_id, kind="stable"))


def seed_all(segmenter: Segmenter, stack: Stack, marks: Marks) -> dict[int, Regions]:
    """Return the masks of everything that is marked, by frame.

    Parameters
    ----------
    segmenter : Segmenter
        Turns points and boxes into masks; the marked frames are prepared.
    stack : Stack
        Images as the segmenter sees them.
    marks : Marks
        What a person marked.

    Returns
    -------
    dict of int to Regions
        As `seed` gives them, for each marked frame.

    Raises
    ------
    InvalidInputError
        The segmenter finds nothing where something is marked.
    """
    return {t: seed(segmenter, segmenter.prepare(stack.frame(t)), marks, t) for t in marks.frames}


def best_of_each(proposals: Regions) -> Regions:
    """Return the first proposal of each object id, in order."""
    _, first = np.unique(proposals.object_id, return_index=True)
    return proposals.select(np.sort(first))
