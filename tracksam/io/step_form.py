"""Steps of a person's work as JSON: exact, and small."""

from __future__ import annotations

import base64
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.change import Change, Curation, Kinds, Mother, TrackRows
from tracksam.errors import InvalidInputError
from tracksam.io.examples import bytes_of_examples, examples_of_bytes
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.pixels import Painting, PixelChange, Renaming
from tracksam.prompts import Boxes, Marks, Prompts
from tracksam.regions import Regions

Json = dict[str, Any]


def change_to_json(change: Change) -> Json:
    """Return a step as plain values; `change_from_json` gives it back.

    Parameters
    ----------
    change : Change
        Any.

    Returns
    -------
    dict
        What is empty is left out.
    """
    values: Json = {
        "name": change.name,
        "removed": _rows_to_json(change.removed),
        "added": _rows_to_json(change.added),
        "mothers_removed": {str(k): list(v) for k, v in change.mothers_removed.items()},
        "mothers_added": {str(k): list(v) for k, v in change.mothers_added.items()},
        "ends_removed": {str(k): v for k, v in change.ends_removed.items()},
        "ends_added": {str(k): v for k, v in change.ends_added.items()},
        "confirmed_removed": sorted(change.confirmed_removed),
        "confirmed_added": sorted(change.confirmed_added),
        "pixels": [_pixels_to_json(pixels) for pixels in change.pixels],
        "marks": None if change.marks is None else [marks_to_json(m) for m in change.marks],
        "highest_id": list(change.highest_id),
        "examples": None if change.examples is None else [_kinds(k) for k in change.examples],
    }
    return {key: value for key, value in values.items() if value}


def change_from_json(values: Json) -> Change:
    """Return the step that `change_to_json` wrote.

    Raises
    ------
    InvalidInputError
        It did not write that.
    """
    try:
        marks, examples = values.get("marks"), values.get("examples")
        return Change(
            values["name"],
            _rows_from_json(values.get("removed", {})),
            _rows_from_json(values.get("added", {})),
            _mothers_from_json(values.get("mothers_removed", {})),
            _mothers_from_json(values.get("mothers_added", {})),
            _ends_from_json(values.get("ends_removed", {})),
            _ends_from_json(values.get("ends_added", {})),
            frozenset(values.get("confirmed_removed", [])),
            frozenset(values.get("confirmed_added", [])),
            tuple(_pixels_from_json(pixels) for pixels in values.get("pixels", [])),
            None if marks is None else (marks_from_json(marks[0]), marks_from_json(marks[1])),
            (int(values["highest_id"][0]), int(values["highest_id"][1])),
            None if examples is None else (_read_kinds(examples[0]), _read_kinds(examples[1])),
        )
    except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
        raise InvalidInputError(f"this is no step of a tracksam project: {error!r}.") from error


def curation_to_json(curation: Curation) -> Json:
    """Return a state without its masks as plain values."""
    lineage = curation.lineage
    sure = lineage.parent_confidence
    return {
        "rows": _rows_to_json(TrackRows.of(lineage, np.ones(len(lineage), bool))),
        "mothers": {str(c): [m, sure.get(c)] for c, m in lineage.parents.items()},
        "ends": {str(k): v for k, v in lineage.end_confidence.items()},
        "confirmed": sorted(curation.confirmed),
        "marks": marks_to_json(curation.marks),
        "highest_id": curation.highest_id,
        "examples": _kinds(curation.examples),
    }


def curation_from_json(values: Json, masks: Masks) -> Curation:
    """Return the state that `curation_to_json` wrote, with its masks.

    Parameters
    ----------
    values : dict
        What it wrote.
    masks : Masks
        Label images of that state.

    Returns
    -------
    Curation

    Raises
    ------
    InvalidInputError
        It did not write that.
    """
    try:
        mothers = _mothers_from_json(values["mothers"])
        lineage = Lineage(
            **_rows_from_json(values["rows"]).columns(),
            parents={child: mother for child, (mother, _) in mothers.items()},
            parent_confidence={c: sure for c, (_, sure) in mothers.items() if sure is not None},
            end_confidence=_ends_from_json(values.get("ends", {})),
        )
        return Curation(
            lineage,
            masks,
            values["confirmed"],
            marks_from_json(values["marks"]),
            int(values["highest_id"]),
            _read_kinds(values.get("examples", [])),
        )
    except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
        raise InvalidInputError(f"this is no state of a tracksam project: {error!r}.") from error


def marks_to_json(marks: Marks) -> Json:
    """Return marks as plain values; what is empty is left out."""
    values = {
        "points": _columns(marks.prompts) if len(marks.prompts) else None,
        "boxes": _columns(marks.boxes) if len(marks.boxes) else None,
        "masks": {str(frame): _regions_to_json(r) for frame, r in marks.masks.items()},
        "kinds": {str(object_id): kind for object_id, kind in marks.kinds.items()},
    }
    return {key: value for key, value in values.items() if value}


def marks_from_json(values: Json) -> Marks:
    """Return the marks that `marks_to_json` wrote."""
    return Marks(
        Prompts(**values.get("points", {})),
        Boxes(**values.get("boxes", {})),
        {int(frame): _regions_from_json(r) for frame, r in values.get("masks", {}).items()},
        kinds={int(object_id): kind for object_id, kind in values.get("kinds", {}).items()},
    )


def _kinds(examples: Kinds) -> list[str]:
    return [_text(bytes_of_examples(one)) for one in examples]


def _read_kinds(texts: list[str]) -> Kinds:
    return tuple(examples_of_bytes(base64.b64decode(text, validate=True)) for text in texts)


def _columns(value: attrs.AttrsInstance) -> Json:
    return {f.name: getattr(value, f.name).tolist() for f in attrs.fields(type(value))}


def _rows_to_json(rows: TrackRows) -> Json:
    if not len(rows):
        return {}
    # JSON has no NaN, which stands where a mask was filled in.
    of_mask = [None if np.isnan(sure) else sure for sure in rows.mask_confidence.tolist()]
    return {**_columns(rows), "mask_confidence": of_mask}


def _rows_from_json(values: Json) -> TrackRows:
    return TrackRows(**values)


def _mothers_from_json(values: Json) -> dict[int, Mother]:
    return {int(child): (int(mother), sure) for child, (mother, sure) in values.items()}


def _ends_from_json(values: Json) -> dict[int, float]:
    return {int(track_id): float(sure) for track_id, sure in values.items()}


def _pixels_to_json(pixels: PixelChange) -> Json:
    if isinstance(pixels, Renaming):
        names = {str(old): new for old, new in pixels.new_id.items()}
        return {"rename": names, "frames": [pixels.first, pixels.last]}
    return {
        "paint": pixels.frame,
        "start_yx": list(pixels.start_yx),
        "shape_yx": list(pixels.shape_yx),
        "before": _text(pixels.before),
        "after": _text(pixels.after),
    }


def _pixels_from_json(values: Json) -> PixelChange:
    if "rename" in values:
        names = {int(old): int(new) for old, new in values["rename"].items()}
        return Renaming(names, int(values["frames"][0]), int(values["frames"][1]))
    return Painting(
        int(values["paint"]),
        values["start_yx"],
        values["shape_yx"],
        base64.b64decode(values["before"], validate=True),
        base64.b64decode(values["after"], validate=True),
    )


def _regions_to_json(regions: Regions) -> Json:
    return {
        "shape_yx": list(regions.shape_yx),
        "box_yx": regions.box_yx.tolist(),
        "score": regions.score.tolist(),
        "object_id": regions.object_id.tolist(),
        "crops": [[*crop.shape, _text(np.packbits(crop).tobytes())] for crop in regions.crops],
    }


def _regions_from_json(values: Json) -> Regions:
    crops = [_crop(height, width, text) for height, width, text in values["crops"]]
    return Regions(
        values["shape_yx"], crops, values["box_yx"], values["score"], values["object_id"]
    )


def _crop(height: int, width: int, text: str) -> NDArray[np.bool_]:
    packed = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
    return np.unpackbits(packed, count=height * width).astype(np.bool_).reshape(height, width)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
