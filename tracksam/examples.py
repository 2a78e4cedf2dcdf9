"""Examples: cells that a person showed, so that their like is found elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam._arrays import array_field, same_length
from tracksam.embeddings import Embeddings, check_same_columns
from tracksam.errors import InvalidInputError

THUMBNAIL_PX = 48


def _words(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


def _no_pictures(examples: Examples) -> NDArray[np.uint8]:
    shape = (len(examples.wanted) + len(examples.unwanted), THUMBNAIL_PX, THUMBNAIL_PX)
    return np.zeros(shape, np.uint8)


def _no_places(examples: Examples) -> NDArray[np.float64]:
    return np.full((len(examples.wanted) + len(examples.unwanted), 3), np.nan)


def _no_names(examples: Examples) -> tuple[str, ...]:
    return ("",) * (len(examples.wanted) + len(examples.unwanted))


@attrs.frozen
class Examples:
    """What a person wants more of, what not, and what else was there.

    Parameters
    ----------
    name : str
        What the wanted kind is called; it stands in the tables. Not empty.
    wanted, unwanted : Embeddings
        P and N cells that were marked for and against; P at least 1, N may be 0.
    others : Embeddings
        Cells of the same frames that nobody marked: they tell what is common.
    embedder : str
        Name of the back end whose features are among the columns.
    in_um : bool
        Whether sizes are in micrometres.
    places_fyx : array of float, shape (P + N, 3), optional
        Frame, row and column of each, the wanted ones first. NaN: not known.
    movies : tuple of str, optional
        Name of the movie of each.
    thumbnails : array of uint8, shape (P + N, 48, 48), optional
        A picture of each.

    Raises
    ------
    InvalidInputError
        Nothing is wanted, the name is empty, or columns or lengths differ.
    """

    name: str
    wanted: Embeddings
    unwanted: Embeddings
    others: Embeddings
    embedder: str = "nano"
    in_um: bool = False
    places_fyx: NDArray[np.float64] = array_field(np.float64, None, 3, otherwise=_no_places)
    movies: tuple[str, ...] = attrs.field(
        converter=_words, default=attrs.Factory(_no_names, takes_self=True)
    )
    thumbnails: NDArray[np.uint8] = array_field(
        np.uint8, None, THUMBNAIL_PX, THUMBNAIL_PX, otherwise=_no_pictures
    )

    def __attrs_post_init__(self) -> None:
        if not self.name.strip():
            raise InvalidInputError("examples need a name for the kind that they show.")
        if not len(self.wanted):
            raise InvalidInputError(
                f"examples of {self.name!r} need one wanted cell at least, got none."
            )
        for other in (self.unwanted, self.others):
            check_same_columns(self.wanted.columns, other.columns)
        same_length(
            wanted_and_unwanted=np.empty(len(self.wanted) + len(self.unwanted)),
            places_fyx=self.places_fyx,
            movies=np.empty(len(self.movies)),
            thumbnails=self.thumbnails,
        )

    @property
    def is_wanted(self) -> NDArray[np.bool_]:
        """Whether each marked cell is wanted, shape (P + N,): first those that are."""
        return np.arange(len(self.wanted) + len(self.unwanted)) < len(self.wanted)

    @property
    def population(self) -> Embeddings:
        """Every cell of the marked frames."""
        return self.wanted.followed_by(self.unwanted).followed_by(self.others)

    def joined(self, other: Examples) -> Self:
        """Return these examples and those of another frame or movie, under this name.

        Raises
        ------
        InvalidInputError
            The embedder, the channels or the unit of sizes differ.
        """
        if self.in_um != other.in_um:
            raise InvalidInputError(
                "some of the movies with examples have a known pixel size and some have not; give "
                "--pixel-size-um for all, or for none."
            )
        order = np.argsort(~np.concatenate([self.is_wanted, other.is_wanted]), kind="stable")
        movies = (*self.movies, *other.movies)
        return attrs.evolve(
            self,
            wanted=self.wanted.followed_by(other.wanted),
            unwanted=self.unwanted.followed_by(other.unwanted),
            others=self.others.followed_by(other.others),
            places_fyx=np.concatenate([self.places_fyx, other.places_fyx])[order],
            movies=tuple(movies[i] for i in order),
            thumbnails=np.concatenate([self.thumbnails, other.thumbnails])[order],
        )


def unit_of(pixel_size_um: float | None, in_um: bool) -> float | None:
    """Return the pixel size by which a movie's cells are to be described.

    Parameters
    ----------
    pixel_size_um : float or None
        The movie's.
    in_um : bool
        Whether the examples' sizes are in micrometres.

    Returns
    -------
    float or None
        None: sizes are compared in pixels.

    Raises
    ------
    InvalidInputError
        The examples are in micrometres and the movie's pixel size is not known.
    """
    if in_um and pixel_size_um is None:
        raise InvalidInputError(
            "the examples' sizes are in micrometres, but the pixel size of this movie is not "
            "known; give --pixel-size-um."
        )
    return pixel_size_um if in_um else None


def thumbnail(image_yxc: NDArray[Any], yx: tuple[float, float]) -> NDArray[np.uint8]:
    """Return a picture of the place around a position, 48 x 48.

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        The frame; its channels are averaged and its own range becomes black to white.
    yx : tuple of float
        Position in the middle; beyond the border the last pixel is repeated.

    Returns
    -------
    ndarray of uint8, shape (48, 48)
    """
    half = THUMBNAIL_PX // 2
    rows, columns = (
        np.clip(round(middle) + np.arange(-half, half), 0, size - 1)
        for middle, size in zip(yx, image_yxc.shape[:2], strict=True)
    )
    crop_yx = image_yxc[np.ix_(rows, columns)].mean(axis=2, dtype=np.float64)
    step = max(1, image_yxc.shape[0] * image_yxc.shape[1] // 60_000)
    low, high = np.percentile(image_yxc.reshape(-1, image_yxc.shape[2])[::step], [0.5, 99.7])
    scaled = (crop_yx - low) / max(high - low, 1e-9)
    return np.asarray(np.rint(255 * np.clip(scaled, 0, 1)), np.uint8)
