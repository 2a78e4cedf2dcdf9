"""Seeds: marks put together, and masks of others as new cells."""

from __future__ import annotations

import numpy as np

from tracksam import Boxes, Curation, Prompts, Regions, edit
from tracksam.change import Change
from tracksam.prompts import Marks

TAKEN = 0.3
"""Share of a found mask that other cells may cover; it is no new cell if they cover more."""


def joined(first: Marks, second: Marks) -> Marks:
    """Return all marks of both; where both have a box of a cell in a frame, that of `second`.

    Parameters
    ----------
    first, second : Marks
        Their points and boxes; painted masks are left out, because label images hold them.
    """
    a, b = first.prompts, second.prompts
    prompts = Prompts(
        np.concatenate([a.object_id, b.object_id]),
        np.concatenate([a.frame, b.frame]),
        np.concatenate([a.yx, b.yx]),
        np.concatenate([a.is_positive, b.is_positive]),
    )
    new = set(zip(second.boxes.object_id.tolist(), second.boxes.frame.tolist(), strict=True))
    old = zip(first.boxes.object_id.tolist(), first.boxes.frame.tolist(), strict=True)
    kept = first.boxes.where(np.array([pair not in new for pair in old], bool))
    boxes = Boxes(
        np.concatenate([kept.object_id, second.boxes.object_id]),
        np.concatenate([kept.frame, second.boxes.frame]),
        np.concatenate([kept.box_yxyx, second.boxes.box_yxyx]),
    )
    return Marks(prompts, boxes)


def accepted(curation: Curation, frame: int, regions: Regions, marks: Marks) -> Change:
    """Return the step that makes what was marked a cell, or draws a cell anew.

    Parameters
    ----------
    curation : Curation
        The result so far.
    frame : int
        Which frame.
    regions : Regions
        What is drawn, under the ids of tracks.
    marks : Marks
        What was marked; of a painted mask, a point inside is kept.
    """
    new = [i for i in regions.object_id.tolist() if i > curation.highest_id]
    verb = f"Mark cell {new[0]}" if new else f"Repaint track {int(regions.object_id[0])}"
    kept = Marks.of(points_inside(regions, frame)) if marks.masks else marks
    drawn = edit.Drawn(frame, regions)
    return edit.draw(curation, drawn, f"{verb} in frame {frame}", joined(curation.marks, kept))


def taken(curation: Curation, frame: int, regions: Regions, name: str) -> Change | None:
    """Return the step that makes masks new cells; None where none of them is one.

    Parameters
    ----------
    curation : Curation
        The result so far.
    frame : int
        Which frame.
    regions : Regions
        Found in it, the best first.
    name : str
        What to call the step.
    """
    fresh = new_cells(curation, frame, regions)
    if not len(fresh):
        return None
    marks = joined(curation.marks, Marks.of(points_inside(fresh, frame)))
    return edit.draw(curation, edit.Drawn(frame, fresh), name, marks)


def points_inside(regions: Regions, frame: int) -> Prompts:
    """Return a point deep inside each region, under its object id."""
    import cv2

    places = []
    for k, crop in enumerate(regions.crops):
        depth = cv2.distanceTransform(np.pad(crop, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
        place = np.unravel_index(int(np.argmax(depth)), depth.shape)
        places.append(regions.box_yx[k] + place)
    return Prompts(
        regions.object_id,
        np.full(len(regions), frame),
        np.array(places, np.float64).reshape(-1, 2),
    )


def new_cells(curation: Curation, frame: int, regions: Regions) -> Regions:
    """Return masks where no cell is yet, under new ids, without the pixels of other cells.

    Parameters
    ----------
    curation : Curation
        The result so far.
    frame : int
        Which frame.
    regions : Regions
        Found in it, the best first.

    Returns
    -------
    Regions
        In the given order.
    """
    taken_yx = curation.masks.frame(frame) > 0
    masks = []
    for k, crop in enumerate(regions.crops):
        free = crop & ~taken_yx[regions.slices(k)]
        if free.any() and free.sum() >= (1 - TAKEN) * crop.sum():
            mask_yx = np.zeros(regions.shape_yx, bool)
            mask_yx[regions.slices(k)] = free
            taken_yx |= mask_yx
            masks.append(mask_yx)
    ids = curation.highest_id + 1 + np.arange(len(masks))
    return Regions.from_masks(masks, regions.shape_yx, object_id=ids)
