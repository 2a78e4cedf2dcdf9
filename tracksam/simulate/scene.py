"""One frame of simulated paths: its label image, its cells, and the fragments of the dead."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.simulate.canvas import Canvas, Labels, in_one_piece
from tracksam.simulate.forms import FORMS, Form
from tracksam.simulate.material import Cells
from tracksam.simulate.motion import CellPath
from tracksam.simulate.outlines import Polygon, rotation

_ANGLES = np.linspace(0, 2 * np.pi, 64, endpoint=False)
_RAYS = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], 1)
_FRAGMENT_FRAMES = 4
MIN_AREA_PX = 12


@attrs.frozen(eq=False)
class Scene:
    """Paths of cells, seen through a frame of some size.

    Parameters
    ----------
    cell_paths : tuple of CellPath
    shape_yx : tuple of int
    form : str
        A key of `FORMS`.
    drift_yx : tuple of float
        Pixels by which the whole scene moves from frame to frame.
    blank_frames : tuple of int
        Frames in which nothing is seen.
    """

    cell_paths: tuple[CellPath, ...]
    shape_yx: tuple[int, int]
    form: str
    drift_yx: tuple[float, float] = (0.0, 0.0)
    blank_frames: tuple[int, ...] = ()

    def alive(self, frame: int) -> list[int]:
        """Return the indices of the paths that are seen in a frame."""
        if frame in self.blank_frames:
            return []
        return [
            i
            for i, path in enumerate(self.cell_paths)
            if path.first <= frame <= path.last and frame not in path.hidden
        ]

    def shift(self, frame: int) -> NDArray[np.float64]:
        """Return how far the scene has drifted, shape (2,)."""
        return np.array(self.drift_yx) * frame

    def cells(self, frame: int) -> Cells:
        """Return a frame's cells; the label of path i is i + 1."""
        indices = self.alive(frame)
        chosen = [self.cell_paths[i] for i in indices]
        state = np.array([p.state[frame - p.first, :8] for p in chosen], float).reshape(-1, 8)
        looks = np.array([p.looks for p in chosen], float).reshape(-1, 7)
        return Cells(
            label=np.array(indices, np.int64) + 1,
            yx=state[:, :2] + self.shift(frame),
            angle=state[:, 2],
            axes=state[:, 3:5],
            reference_axes=looks[:, :2],
            nucleus=looks[:, 2:5],
            brightness=state[:, 7],
            rounding=state[:, 5],
            condensation=state[:, 6],
            texture_yx=looks[:, 5:7],
        )

    def labels(self, frame: int) -> Labels:
        """Return a frame's label image, shape (Y, X); the label of path i is i + 1."""
        canvas = Canvas(self.shape_yx)
        form = FORMS[self.form]
        for i in self.alive(frame):
            path = self.cell_paths[i]
            state = path.state[frame - path.first].astype(float)
            yx, reach = state[:2] + self.shift(frame), 2.5 * max(state[3:5])
            if (yx > -reach).all() and (yx < np.array(self.shape_yx) + reach).all():
                firmness = 1 + 8 * state[5]  # a rounded cell is thick: others give way
                canvas.paint(i + 1, _polygon(state, form), yx, firmness=firmness)
        return in_one_piece(canvas.labels_yx, MIN_AREA_PX)

    def fragments(self, frame: int) -> NDArray[np.float32]:
        """Return the thickness of what is left of cells that died lately, shape (Y, X)."""
        import cv2

        image_yx = np.zeros(self.shape_yx, np.float32)
        for i, path in enumerate(self.cell_paths):
            age = frame - path.last
            if not path.died or not 0 < age <= _FRAGMENT_FRAMES or frame in self.blank_frames:
                continue
            rng = np.random.default_rng([i, 5])
            state = path.state[-1]
            for place in rng.normal(0, 1, (5, 2)) * state[3] * (0.5 + 0.2 * age):
                y, x = np.rint(state[:2] + place + self.shift(frame)).astype(int).tolist()
                size = max(1, int(0.35 * state[4]))
                cv2.circle(image_yx, (x, y), size, 1.0 - 0.2 * age, -1)
        return image_yx


def _polygon(state: NDArray[np.float64], form: Form) -> Polygon:
    """Return the outline of a cell in a frame, relative to its centre."""
    angle, axes, waves = state[2], state[3:5], state[8:].reshape(2, -1)
    if form.lengthens:
        return _capsule(axes) @ rotation(angle).T
    k = np.arange(2, 2 + waves.shape[1])[:, None] * _ANGLES
    radii = 1 + waves[0] @ np.cos(k) + waves[1] @ np.sin(k)
    unit = _RAYS * np.clip(radii, 0.3, 2.5)[:, None]
    return np.asarray((unit * axes) @ rotation(angle).T)


def _capsule(axes: NDArray[np.float64]) -> Polygon:
    """Return a rod with round ends of the half length and half width of an ellipse."""
    half_width = 0.9 * axes[1]
    straight = max(axes[0] - half_width, 0.0)
    ends = np.sign(_RAYS[:, :1]) * np.array([[straight, 0.0]])
    return np.asarray(_RAYS * half_width + ends)


@attrs.frozen(eq=False)
class Truth:
    """What drawing every frame once tells.

    Parameters
    ----------
    rows : array of float, shape (N, 4)
        Path index, frame, and the centroid's row and column, of every visible mask.
    ids : mapping of (int, int) to int
        Path index and frame to track id. A cell that left the frame and comes back has a new id;
        one that was hidden keeps its own.
    parents : mapping of int to int
        Daughter's track id to mother's.
    point_ids : array of int, shape (T, P)
        Track id at each point where it lies on its own path's mask; else 0.
    """

    rows: NDArray[np.float64]
    ids: Mapping[tuple[int, int], int]
    parents: Mapping[int, int]
    point_ids: NDArray[np.int64]


def truth(scene: Scene, yx_tp2: NDArray[np.float64], owner: NDArray[np.int64]) -> Truth:
    """Return ids and centroids of everything that is visible; each frame is drawn once.

    Parameters
    ----------
    scene : Scene
    yx_tp2 : array of float, shape (T, P, 2)
        Points whose visibility is wanted, in each of the T frames.
    owner : array of int, shape (P,)
        Path index each point belongs to.

    Returns
    -------
    Truth
    """
    rows: list[NDArray[np.float64]] = []
    ids: dict[tuple[int, int], int] = {}
    point_ids = np.zeros(yx_tp2.shape[:2], np.int64)
    next_id = 1
    for frame, yx in enumerate(yx_tp2):
        labels_yx = scene.labels(frame)
        rows.append(_centroids(labels_yx, frame))
        for path in rows[-1][:, 0].astype(int).tolist():
            before = _same_track(scene, ids, path, frame)
            ids[path, frame] = before or next_id
            next_id += before == 0
        names = np.array([ids.get((path, frame), 0) for path in owner.tolist()], np.int64)
        point_ids[frame] = np.where(_lies_on(labels_yx, yx, owner + 1), names, 0)
    return Truth(np.concatenate(rows), ids, _parents(scene, ids), point_ids)


def _lies_on(
    labels_yx: Labels, yx: NDArray[np.float64], label: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which points lie on the pixels of their labels."""
    pixel = np.rint(yx).astype(int)
    top = np.array(labels_yx.shape) - 1
    y, x = np.clip(pixel, 0, top).T
    within = ((pixel >= 0) & (pixel <= top)).all(1)
    return np.asarray(within & (labels_yx[y, x] == label))


def _same_track(scene: Scene, ids: Mapping[tuple[int, int], int], path: int, frame: int) -> int:
    """Return the id a cell had before, through frames in which it was hidden; else 0."""
    earlier = frame - 1
    cell = scene.cell_paths[path]
    while earlier >= cell.first and (earlier in cell.hidden or earlier in scene.blank_frames):
        earlier -= 1
    return ids.get((path, earlier), 0)


def _parents(scene: Scene, ids: Mapping[tuple[int, int], int]) -> dict[int, int]:
    parents: dict[int, int] = {}
    for i, cell in enumerate(scene.cell_paths):
        mother = (cell.parent, cell.first - 1)
        if (i, cell.first) in ids and mother in ids:
            parents[ids[i, cell.first]] = ids[mother]
    return parents


def _centroids(labels_yx: Labels, frame: int) -> NDArray[np.float64]:
    """Return path index, frame, row and column of each label's centroid."""
    y, x = np.nonzero(labels_yx)
    values = labels_yx[y, x]
    count = np.bincount(values)
    label = np.flatnonzero(count)
    cy = np.bincount(values, y)[label] / count[label]
    cx = np.bincount(values, x)[label] / count[label]
    return np.column_stack([label - 1, np.full(len(label), frame), cy, cx]).reshape(-1, 4)
