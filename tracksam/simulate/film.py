"""The film of a simulated scene: any frame's image and masks, drawn when they are read."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.simulate.camera import Camera, photograph
from tracksam.simulate.material import Material
from tracksam.simulate.scene import Scene, Truth
from tracksam.simulate.styles import Style
from tracksam.simulate.surroundings import Surroundings


@attrs.frozen(eq=False)
class Film:
    """Everything that is needed to draw any frame of a movie.

    Parameters
    ----------
    scene : Scene
    n_frames : int
    look : Style
    around : Surroundings
    camera : Camera
    bleaching : float
        Share of light that is lost from frame to frame.
    seed : int
        Of the noise.
    """

    scene: Scene
    n_frames: int
    look: Style
    around: Surroundings
    camera: Camera
    bleaching: float = 0.0
    seed: int = 0

    def perfect(self, frame: int) -> NDArray[np.float32]:
        """Return a frame without noise, shape (Y, X)."""
        if frame in self.scene.blank_frames:
            return np.zeros(self.scene.shape_yx, np.float32)
        material = Material.of(self.scene.labels(frame), self.scene.cells(frame))
        around = self.around.moved(self.scene.shift(frame), self.scene.fragments(frame))
        return self.look.image(material, around) * np.float32((1 - self.bleaching) ** frame)

    def image(self, frame: int) -> NDArray[Any]:
        """Return a frame as the camera reads it, shape (Y, X), uint8 or uint16."""
        rng = np.random.default_rng([self.seed, 2, frame])
        grey = photograph(self.perfect(frame), self.camera, rng)
        return grey.astype(np.uint8 if self.camera.bits == 8 else np.uint16)


@attrs.frozen(eq=False)
class ImageSource:
    """The frames of a film as a FrameSource of shape (Y, X, 1).

    Parameters
    ----------
    film : Film
    """

    film: Film

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.film.n_frames

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Shape of one frame."""
        return (*self.film.scene.shape_yx, 1)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type."""
        return np.dtype(np.uint8 if self.film.camera.bits == 8 else np.uint16)

    def read(self, frame: int) -> NDArray[Any]:
        """Return one frame."""
        return self.film.image(frame)[..., None]


@attrs.frozen(eq=False)
class LabelSource:
    """The masks of a scene as a FrameSource of shape (Y, X).

    Parameters
    ----------
    scene : Scene
    known : Truth
    n_frames : int
    """

    scene: Scene
    known: Truth
    n_frames: int

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Shape of one frame."""
        return self.scene.shape_yx

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type."""
        return np.dtype(np.uint16)

    def read(self, frame: int) -> NDArray[Any]:
        """Return one frame."""
        return named(self.scene.labels(frame), self.known, frame)


def named(labels_yx: NDArray[np.int32], known: Truth, frame: int) -> NDArray[np.uint16]:
    """Return a label image with track ids in place of path numbers.

    Parameters
    ----------
    labels_yx : ndarray of int, shape (Y, X)
        As `Scene.labels` gives it.
    known : Truth
    frame : int

    Returns
    -------
    ndarray of uint16, shape (Y, X)
    """
    names = np.zeros(int(labels_yx.max(initial=0)) + 1, np.uint16)
    for label in np.unique(labels_yx[labels_yx > 0]).tolist():
        names[label] = known.ids[label - 1, frame]
    return np.asarray(names[labels_yx], np.uint16)
