"""Masks as people who work with video know them: DAVIS's indexed PNG, and COCO's run lengths.

Indexed PNG (Perazzi et al. 2016): a picture a frame whose palette index is the object. Run lengths
(YouTube-VIS, Yang et al. 2019): JSON with a list of masks for each object, as strings that
pycocotools reads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.columns import Calibration
from tracksam.errors import InvalidInputError, ReadError, TracksamError
from tracksam.io.atomic import size_text, write_text
from tracksam.io.axes import MAX_FRAME_BYTES
from tracksam.io.rows import lineage_of_masks
from tracksam.io.run_lengths import box_of, compressed, expanded, run_lengths, runs_of
from tracksam.io.whole_folder import whole_folder
from tracksam.lineage import Lineage
from tracksam.masks import Masks

_MOST_INDICES = 255


def write_indexed_png(masks: Masks, folder: str | Path) -> None:
    """Write a picture a frame: ``00000.png``, ``00001.png``, ...

    Parameters
    ----------
    masks : Masks
        Read one frame at a time. Ids are the palette's indices, up to 255.
    folder : path-like
        Must not exist, or be empty.

    Raises
    ------
    InvalidInputError
        An id is above 255.
    WriteError
        The folder holds files, or can not be written.
    """
    from PIL import Image

    palette = davis_palette().ravel().tolist()
    with whole_folder(Path(folder)) as building:
        building.mkdir()
        for frame, labels_yx in enumerate(masks):
            highest = int(labels_yx.max(initial=0))
            if highest > _MOST_INDICES:
                raise InvalidInputError(
                    f"indexed PNG holds ids up to {_MOST_INDICES}, but frame {frame} has "
                    f"{highest}; write run lengths (.json) or CTC instead."
                )
            image = Image.fromarray(labels_yx.astype(np.uint8), mode="P")
            image.putpalette(palette)
            image.save(building / f"{frame:05d}.png", optimize=True)


def davis_palette() -> NDArray[np.uint8]:
    """Return the colours of DAVIS and PASCAL VOC: the bits of the index spread over the colours.

    Returns
    -------
    ndarray of uint8, shape (256, 3)
        Red, green, blue.
    """
    index = np.arange(256)
    palette = np.zeros((256, 3), np.int64)
    for bit in range(8):
        for channel in range(3):
            palette[:, channel] |= ((index >> (3 * bit + channel)) & 1) << (7 - bit)
    return palette.astype(np.uint8)


def write_rle(
    masks: Masks,
    lineage: Lineage,
    path: str | Path,
    calibration: Calibration | None = None,
) -> None:
    """Write masks as run lengths, in the form of YouTube-VIS.

    Parameters
    ----------
    masks : Masks
        Read one frame at a time.
    lineage : Lineage
        An annotation a track, with the further keys ``parent_id`` (0: none), ``parent_confidence``,
        ``confidences``, ``mask_confidences`` (of masks that were seen) and ``is_interpolated``.
    path : path-like
        An existing file is replaced.
    calibration : Calibration, optional
        Goes into ``info``.

    Raises
    ------
    WriteError
        The file can not be written.
    """
    height, width = masks.shape_yx
    n = masks.n_frames
    annotations = {i: _annotation(i, lineage, n) for i in lineage.track_ids.tolist()}
    for frame, labels_yx in enumerate(masks):
        for track_id, counts in run_lengths(labels_yx):
            annotation = annotations.setdefault(track_id, _annotation(track_id, lineage, n))
            y0, x0, y1, x1 = box_of(runs_of(counts, (height, width)), height)
            annotation["segmentations"][frame] = {
                "size": [height, width],
                "counts": compressed(counts),
            }
            annotation["bboxes"][frame] = [x0, y0, x1 - x0, y1 - y0]
            annotation["areas"][frame] = int(sum(counts[1::2]))
    calibration = calibration or Calibration()
    video = {"id": 1, "width": width, "height": height, "length": n}
    content = {
        "info": attrs.asdict(calibration),
        "videos": [{**video, "file_names": [f"{t:05d}.png" for t in range(n)]}],
        "categories": [{"id": 1, "name": "object"}],
    }
    # A line an annotation: to be read by people, and written at the speed of compiled code.
    lines = ",\n".join(json.dumps(annotations[i]) for i in sorted(annotations))
    head = json.dumps(content).removesuffix("}")
    write_text(Path(path), f'{head},\n"annotations": [\n{lines}\n]}}\n')


def _annotation(track_id: int, lineage: Lineage, n_frames: int) -> dict[str, Any]:
    rows = lineage.rows(track_id)
    frames = lineage.frame[rows].tolist()
    seen = rows.start + np.flatnonzero(~lineage.is_interpolated[rows])
    of_masks = zip(
        lineage.frame[seen].tolist(), lineage.mask_confidence[seen].tolist(), strict=True
    )
    return {
        "id": track_id,
        "video_id": 1,
        "category_id": 1,
        "iscrowd": 0,
        "segmentations": [None] * n_frames,
        "bboxes": [None] * n_frames,
        "areas": [None] * n_frames,
        "parent_id": lineage.parents.get(track_id, 0),
        "parent_confidence": lineage.parent_confidence.get(track_id),
        "confidences": dict(zip(map(str, frames), lineage.confidence[rows].tolist(), strict=True)),
        "mask_confidences": {str(frame): sure for frame, sure in of_masks},
        "is_interpolated": [
            frame
            for frame, filled in zip(frames, lineage.is_interpolated[rows].tolist(), strict=True)
            if filled
        ],
    }


@attrs.frozen(eq=False)
class RleLabels:
    """Label images that are decoded from run lengths when they are read.

    Parameters
    ----------
    shape_tyx : tuple of int
        Frames, height, width.
    segmentations : mapping of int to sequence
        For each track, run lengths or None for each frame.
    """

    shape_tyx: tuple[int, int, int]
    segmentations: Mapping[int, list[Any]]

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.shape_tyx[0]

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Height and width."""
        return self.shape_tyx[1:]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type."""
        return np.dtype(np.int64)

    def read(self, frame: int) -> NDArray[Any]:
        """Return one label image, shape (Y, X)."""
        height, width = self.shape_tyx[1:]
        by_columns = np.zeros(height * width, np.int64)
        for track_id, parts in self.segmentations.items():
            if parts[frame] is None:
                continue
            for a, b in runs_of(_counts(parts[frame], track_id, frame), (height, width)):
                other = int(by_columns[a:b].max())
                if other:
                    raise InvalidInputError(
                        f"objects {other} and {track_id} overlap in frame {frame}; masks must not."
                    )
                by_columns[a:b] = track_id
        return by_columns.reshape(width, height).T


def _counts(part: Any, track_id: int, frame: int) -> list[int]:
    """The run lengths of one mask."""
    counts = part.get("counts") if isinstance(part, Mapping) else None
    if isinstance(counts, str):
        return expanded(counts)
    if not isinstance(counts, list) or not all(type(count) is int for count in counts):
        raise InvalidInputError(
            f"object {track_id} must have run lengths as counts in frame {frame}, got {part!r:.60}."
        )
    return counts


def read_rle(path: str | Path) -> tuple[Masks, Lineage, Calibration]:
    """Read run lengths in the form of YouTube-VIS, with one video.

    Parameters
    ----------
    path : path-like
        ``segmentations`` may hold strings or lists of counts.

    Returns
    -------
    masks : Masks
        Lazy.
    lineage : Lineage
        A row for each mask that is not empty; mothers and confidences if tracksam wrote the file.
    calibration : Calibration

    Raises
    ------
    ReadError
        There is no such file, or it is no JSON.
    InvalidInputError
        Something is missing, objects overlap, or run lengths do not fit the frame.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ReadError(f"{path} can not be read as JSON: {error}.") from error
    try:
        (video,) = content["videos"]
        shape = (int(video["length"]), int(video["height"]), int(video["width"]))
        notes = {int(note["id"]): note for note in content["annotations"]}
        parts = {track_id: list(note["segmentations"]) for track_id, note in notes.items()}
        info = content.get("info") or {}
        calibration = Calibration(info.get("pixel_size_um"), info.get("frame_interval_s"))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInputError(
            f"{path} must have one of videos, with length, height and width, and annotations with "
            f"id and segmentations; {error!r}."
        ) from error
    for track_id, masks_of in parts.items():
        if len(masks_of) != shape[0]:
            raise InvalidInputError(
                f"object {track_id} of {path} must have a mask or null for each of the "
                f"{shape[0]} frames, got {len(masks_of)}."
            )
    _check_size(shape, path)
    masks = Masks(RleLabels(shape, parts))
    try:
        return masks, _lineage(masks, notes), calibration
    except (TypeError, AttributeError, ValueError, OverflowError) as error:
        if isinstance(error, TracksamError):
            raise
        raise InvalidInputError(
            f"{path} must have numbers of usual size as ids, confidences and parents; {error}."
        ) from error


def _check_size(shape_tyx: tuple[int, int, int], path: Path) -> None:
    n_bytes = 8 * shape_tyx[1] * shape_tyx[2]
    if min(shape_tyx) < 1 or n_bytes > MAX_FRAME_BYTES:
        raise InvalidInputError(
            f"{path} claims {shape_tyx[0]} frames of {shape_tyx[1]} x {shape_tyx[2]} pixels; each "
            f"must be 1 or more, and a frame at most {size_text(MAX_FRAME_BYTES)}."
        )


def _lineage(masks: Masks, notes: Mapping[int, Mapping[str, Any]]) -> Lineage:
    """Rows of the masks, with what the annotations say of them."""
    bare = lineage_of_masks(masks)
    rows = list(zip(bare.track_id.tolist(), bare.frame.tolist(), strict=True))
    sure = {i: (note.get("confidences") or {}) for i, note in notes.items()}
    filled = {i: set(note.get("is_interpolated") or ()) for i, note in notes.items()}
    of_masks = {i: (note.get("mask_confidences") or {}) for i, note in notes.items()}
    parents = {i: int(note["parent_id"]) for i, note in notes.items() if note.get("parent_id")}
    births = {i: notes[i].get("parent_confidence") for i in parents}
    return attrs.evolve(
        bare,
        confidence=np.array([sure[i].get(str(t), 1.0) for i, t in rows], np.float64),
        is_interpolated=np.array([t in filled[i] for i, t in rows], np.bool_),
        mask_confidence=np.array([of_masks[i].get(str(t), 1.0) for i, t in rows], np.float64),
        parents=parents,
        parent_confidence={i: value for i, value in births.items() if value is not None},
    )
