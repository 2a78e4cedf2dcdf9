"""PointTracks: points followed through frames."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam._arrays import array_field
from tracksam.errors import InvalidInputError


@attrs.frozen
class PointTracks:
    """N points followed through T frames of a clip.

    Parameters
    ----------
    yx_tn2 : array of float, shape (T, N, 2)
        Row and column in pixels. A position is given in every frame, also where the point is
        hidden (then it is a guess).
    visible_tn : array of bool, shape (T, N)
        Whether the point is seen there.
    confidence_tn : array of float, shape (T, N)
        Estimated probability that the position is right within a few pixels, 0 to 1.

    Raises
    ------
    InvalidInputError
        Shapes differ, or a confidence lies outside 0 to 1.
    """

    yx_tn2: NDArray[np.float64] = array_field(np.float64, None, None, 2)
    visible_tn: NDArray[np.bool_] = array_field(np.bool_, None, None)
    confidence_tn: NDArray[np.float64] = array_field(np.float64, None, None)

    def __attrs_post_init__(self) -> None:
        shape = self.yx_tn2.shape[:2]
        if self.visible_tn.shape != shape or self.confidence_tn.shape != shape:
            raise InvalidInputError(
                f"visibility and confidence need shape {shape} like the positions, got "
                f"{self.visible_tn.shape} and {self.confidence_tn.shape}."
            )
        if not ((self.confidence_tn >= 0) & (self.confidence_tn <= 1)).all():
            raise InvalidInputError("confidences of points must lie between 0 and 1.")

    @property
    def n_frames(self) -> int:
        """Number of frames T."""
        return len(self.yx_tn2)

    @property
    def n_points(self) -> int:
        """Number of points N."""
        return int(self.yx_tn2.shape[1])

    def reversed(self) -> PointTracks:
        """Return the same tracks with the frames in reverse order."""
        return PointTracks(self.yx_tn2[::-1], self.visible_tn[::-1], self.confidence_tn[::-1])
