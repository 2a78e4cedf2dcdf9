"""Movies with several kinds of cells, and which track is of which kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError
from tracksam.simulate.film import ImageSource
from tracksam.simulate.material import Cells, Image, Material
from tracksam.simulate.motion import paths
from tracksam.simulate.movie import (
    MovieSettings,
    SimulatedMovie,
    dynamics_of,
    movie_of,
    random_starts,
)
from tracksam.simulate.scene import Scene
from tracksam.simulate.styles import Style
from tracksam.simulate.surroundings import Surroundings


@attrs.frozen
class Kind:
    """How one kind of cell differs from the others of a movie.

    Parameters
    ----------
    look : Style
        Its texture and light; a fluorescent style, because the light of kinds adds up.
    size : float
        Factor on the radius.
    brightness : float
        Factor on the light.
    """

    look: Style
    size: float = 1.0
    brightness: float = 1.0


@attrs.frozen(eq=False)
class KindsMovie:
    """A simulated movie of several kinds.

    Parameters
    ----------
    movie : SimulatedMovie
        The movie and its truth.
    kind_of_track : mapping of int to int
        Track id to position among the kinds; daughters are of their mother's.
    """

    movie: SimulatedMovie
    kind_of_track: Mapping[int, int]

    def kinds_of(self, track_ids: Sequence[int]) -> NDArray[np.int64]:
        """Return the kind of each of some tracks, shape (N,)."""
        return np.array([self.kind_of_track[int(i)] for i in track_ids], np.int64)


def movie_of_kinds(kinds: Sequence[Kind], settings: MovieSettings | None = None) -> KindsMovie:
    """Return a synthetic movie in which cells of several kinds are mixed.

    Parameters
    ----------
    kinds : sequence of Kind
        One or more, as many cells of each.
    settings : MovieSettings, optional
        As for `movie`; the style has no effect.

    Returns
    -------
    KindsMovie

    Raises
    ------
    InvalidInputError
        No kind is given.

    Examples
    --------
    >>> from tracksam.simulate.fluorescence import Nuclei
    >>> kinds = (Kind(Nuclei()), Kind(Nuclei(nucleoli=-0.8), size=1.5))
    >>> made = movie_of_kinds(kinds, MovieSettings(n_frames=2, n_cells=6))
    >>> sorted(set(made.kind_of_track.values()))
    [0, 1]
    """
    if not kinds:
        raise InvalidInputError("a movie of kinds needs one kind at least.")
    settings = settings or MovieSettings()
    starts = [
        attrs.evolve(start, radius_px=start.radius_px * kinds[i % len(kinds)].size)
        for i, start in enumerate(random_starts(settings))
    ]
    kind_of_path: list[int] = []
    cell_paths = paths(starts, dynamics_of(settings), settings.n_frames, settings.seed)
    for i, path in enumerate(cell_paths):
        kind_of_path.append(i % len(kinds) if path.parent < 0 else kind_of_path[path.parent])
    made = movie_of(starts, settings, Mixed(tuple(kinds), np.array(kind_of_path, np.int64)))
    return KindsMovie(made, _kind_of_track(made, kind_of_path))


@attrs.frozen(eq=False)
class Mixed:
    """A style in which every cell has the look of its kind; their light adds up.

    Parameters
    ----------
    kinds : tuple of Kind
        What there is.
    kind_of_path : array of int, shape (N,)
        Position among them of each path; the label of path i is i + 1.
    """

    kinds: tuple[Kind, ...]
    kind_of_path: NDArray[np.int64]

    def image(self, material: Material, around: Surroundings) -> Image:
        """Return the perfect image, shape (Y, X), as `Look.image` does.

        Parameters
        ----------
        material : Material
        around : Surroundings
        """
        labels_yx = np.append(0, material.cells.label)[material.index_yx]
        nothing = attrs.evolve(
            around,
            ground_yx=np.zeros_like(around.ground_yx),
            debris_yx=np.zeros_like(around.debris_yx),
        )
        total = np.zeros(labels_yx.shape, np.float32)
        for number, kind in enumerate(self.kinds):
            mine = self.kind_of_path[material.cells.label - 1] == number
            cells = _chosen(material.cells, mine, kind.brightness)
            only_yx = np.where(np.isin(labels_yx, cells.label), labels_yx, 0).astype(np.int32)
            part = Material.of(only_yx, cells)
            total += kind.look.image(part, around if number == 0 else nothing)
        return total


def _chosen(cells: Cells, keep: NDArray[np.bool_], brightness: float) -> Cells:
    columns = {field.name: getattr(cells, field.name)[keep] for field in attrs.fields(Cells)}
    return Cells(**{**columns, "brightness": columns["brightness"] * brightness})


def _kind_of_track(made: SimulatedMovie, kind_of_path: list[int]) -> dict[int, int]:
    """The kind of each track: paths and tracks label the same pixels."""
    source = made.stack.source
    scene: Scene | None = source.film.scene if isinstance(source, ImageSource) else None
    found: dict[int, int] = {}
    for frame in range(made.stack.n_frames if scene else 0):
        tracks_yx = made.masks.frame(frame)
        paths_yx = scene.labels(frame) if scene else tracks_yx
        pairs = np.unique(np.stack([tracks_yx.ravel(), paths_yx.ravel()]), axis=1)
        for track, label in pairs.T.tolist():
            if track:
                found[track] = kind_of_path[label - 1]
    return found
