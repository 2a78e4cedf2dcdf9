"""The same simulated movie seen otherwise: turned over, backwards, under other names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError
from tracksam.frames import SourceView
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.points import PointTracks
from tracksam.simulate.movie import SimulatedMovie


@attrs.frozen(eq=False)
class _Transposed(SourceView):
    """Frames with rows and columns exchanged."""

    @property
    def frame_shape(self) -> tuple[int, ...]:
        height, width, *rest = self.inner.frame_shape
        return (width, height, *rest)

    def read(self, frame: int) -> NDArray[Any]:
        return self.inner.read(frame).swapaxes(0, 1)


@attrs.frozen(eq=False)
class _Backwards(SourceView):
    """Frames in reverse order."""

    def read(self, frame: int) -> NDArray[Any]:
        return self.inner.read(self.n_frames - 1 - frame)


@attrs.frozen(eq=False)
class _Renamed(SourceView):
    """Label images with other labels."""

    names: NDArray[np.int64]

    def read(self, frame: int) -> NDArray[Any]:
        return np.asarray(self.names[self.inner.read(frame)], self.dtype)


def transposed(movie: SimulatedMovie) -> SimulatedMovie:
    """Return the movie with rows and columns exchanged.

    Parameters
    ----------
    movie : SimulatedMovie

    Returns
    -------
    SimulatedMovie
        Transposing twice gives the same movie.
    """
    lineage = attrs.evolve(movie.lineage, yx=movie.lineage.yx[:, ::-1])
    points = attrs.evolve(movie.points, yx_tn2=movie.points.yx_tn2[..., ::-1])
    return SimulatedMovie(
        attrs.evolve(movie.stack, source=_Transposed(movie.stack.source)),
        Masks(_Transposed(movie.masks.source)),
        lineage,
        points,
        movie.point_ids,
    )


def backwards(movie: SimulatedMovie) -> SimulatedMovie:
    """Return the movie with its frames in reverse order.

    Parameters
    ----------
    movie : SimulatedMovie

    Returns
    -------
    SimulatedMovie
        Without parents: a division seen backwards is two cells becoming one.
    """
    last = movie.stack.n_frames - 1
    old = movie.lineage
    lineage = Lineage(old.track_id, last - old.frame, old.yx)
    return SimulatedMovie(
        attrs.evolve(movie.stack, source=_Backwards(movie.stack.source)),
        Masks(_Backwards(movie.masks.source)),
        lineage,
        movie.points.reversed(),
        movie.point_ids[::-1],
    )


def relabelled(movie: SimulatedMovie, new_id: Mapping[int, int]) -> SimulatedMovie:
    """Return the movie with other track ids.

    Parameters
    ----------
    movie : SimulatedMovie
    new_id : mapping of int to int
        Old id to new id, 1 to 65535; ids that are not named stay. One-to-one.

    Returns
    -------
    SimulatedMovie

    Raises
    ------
    InvalidInputError
        Two tracks would get one id, or an id does not fit.
    """
    lineage = movie.lineage.relabelled(new_id)
    if len(lineage) and not 1 <= lineage.track_id.min() <= lineage.track_id.max() <= 65535:
        raise InvalidInputError(
            f"ids must lie between 1 and 65535, got {lineage.track_id.min()} to "
            f"{lineage.track_id.max()}."
        )
    names = np.arange(65536, dtype=np.int64)
    for old, new in new_id.items():
        names[old] = new
    return SimulatedMovie(
        movie.stack,
        Masks(_Renamed(movie.masks.source, names)),
        lineage,
        PointTracks(movie.points.yx_tn2, movie.points.visible_tn, movie.points.confidence_tn),
        names[movie.point_ids],
    )
