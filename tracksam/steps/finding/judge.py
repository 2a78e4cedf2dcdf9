"""Judge: how likely a region is of the kind that examples show.

Regions are compared by the cosine of their embeddings, in a space that the examples shape: each
column is scaled by its spread, and weighs as much as it parts the wanted from the unwanted. Cells
that nobody marked help: those that are surely like the one side or the other join it, and the
weights are found again. A region's score is its likeness to the nearest wanted examples, less that
to the nearest unwanted ones; what it means as a probability is learned by leaving examples out.
"""

from __future__ import annotations

from collections import Counter
from typing import Self

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.embeddings import Embeddings, check_same_columns, group_of
from tracksam.errors import InvalidInputError
from tracksam.examples import Examples

Floats = NDArray[np.float64]

_NEAREST = 3  # examples of each side that a region is compared with
_ROUNDS = 3  # times that unmarked cells join a side
_SURE_SHARE = 0.3  # of all cells, at either end, that may join
_CLIPPED = 4.0  # deviations
_PRIOR_ROWS, _PRIOR_VARIANCE = 4.0, 0.6  # what is believed of a side's spread before it is seen
_FLOOR = 0.02  # weight of a column that parts nothing
GROUP_POWER = 0.25  # a group of many columns counts a little more than one of few
_USUAL_SLOPE = 2.0
_FEWEST_SLOPE, _MOST_SLOPE = 1.0, 40.0


@attrs.frozen(eq=False)
class Space:
    """A space in which cosines tell likeness.

    Parameters
    ----------
    centre, spread, weight : ndarray of float, shape (D,)
        Of each column.
    """

    centre: Floats
    spread: Floats
    weight: Floats

    @classmethod
    def of(cls, vectors: Floats) -> Self:
        """Return the space around some cells, in which every column weighs the same."""
        centre = np.median(vectors, axis=0)
        return cls(centre, vectors.std(axis=0) + 1e-6, np.ones(vectors.shape[1]))

    def standard(self, vectors: Floats) -> Floats:
        """Return vectors in units of the columns' spreads, without their weights."""
        deviations = (vectors - self.centre) / self.spread
        return np.asarray(np.clip(deviations, -_CLIPPED, _CLIPPED))

    def directions(self, vectors: Floats) -> Floats:
        """Return the direction of each vector, shape (K, D), of length 1 or 0."""
        weighted = self.standard(vectors) * self.weight
        length = np.linalg.norm(weighted, axis=1, keepdims=True)
        return np.asarray(weighted / np.maximum(length, 1e-9))


@attrs.frozen(eq=False)
class Judge:
    """Tells how likely a region is of the wanted kind.

    Parameters
    ----------
    columns : tuple of str
        What embeddings must have.
    used : ndarray of int
        Which of these are looked at.
    space : Space
        Of the used columns.
    wanted, unwanted : ndarray of float, shape (P', D'), (N', D')
        Directions of all that is on either side.
    slope : float
        How fast the probability rises with the score.
    """

    columns: tuple[str, ...]
    used: NDArray[np.intp]
    space: Space
    wanted: Floats
    unwanted: Floats
    slope: float

    @classmethod
    def of(cls, examples: Examples, groups: tuple[str, ...] = ()) -> Self:
        """Return what examples teach.

        Parameters
        ----------
        examples : Examples
            One wanted cell at least. Without unwanted ones, the unmarked cells that are least
            like the wanted take their place.
        groups : tuple of str
            Groups of columns to look at; empty: all.

        Returns
        -------
        Judge

        Raises
        ------
        InvalidInputError
            No column belongs to the groups, or nothing but wanted cells is known.
        """
        columns = examples.wanted.columns
        chosen = [i for i, name in enumerate(columns) if not groups or group_of(name) in groups]
        if not chosen:
            raise InvalidInputError(f"the examples have no column of {', '.join(groups)}.")
        used = np.array(chosen, np.intp)
        names = tuple(columns[i] for i in chosen)
        marked = (examples.wanted.vectors[:, used], examples.unwanted.vectors[:, used])
        others = examples.others.vectors[:, used]
        if not len(marked[1]) and not len(others):
            raise InvalidInputError(
                f"examples of {examples.name!r} hold wanted cells only, in frames without any "
                "other cell; mark some unwanted ones."
            )
        space, wanted, unwanted = _learned(names, marked, others)
        slope = _slope(names, marked, others)
        return cls(columns, used, space, wanted, unwanted, slope)

    def probability(self, embeddings: Embeddings) -> Floats:
        """Return how likely each region is of the wanted kind.

        Parameters
        ----------
        embeddings : Embeddings
            K regions, with the columns of the examples.

        Returns
        -------
        ndarray of float64, shape (K,)
            0.5 where a region is as like the wanted as the unwanted.

        Raises
        ------
        InvalidInputError
            The columns are not those of the examples.
        """
        check_same_columns(self.columns, embeddings.columns)
        directions = self.space.directions(embeddings.vectors[:, self.used])
        score = _score(directions, self.wanted, self.unwanted)
        return np.asarray(1 / (1 + np.exp(-self.slope * score)))


def _score(directions: Floats, wanted: Floats, unwanted: Floats) -> Floats:
    return _likeness(directions, wanted) - _likeness(directions, unwanted)


def _likeness(directions: Floats, side: Floats) -> Floats:
    """Return the mean cosine with the nearest of a side, shape (K,)."""
    cosine = directions @ side.T
    n = min(_NEAREST, len(side))
    nearest = np.partition(cosine, len(side) - n, axis=1)[:, len(side) - n :]
    return np.asarray(nearest.mean(axis=1))


def _learned(
    names: tuple[str, ...], marked: tuple[Floats, Floats], others: Floats
) -> tuple[Space, Floats, Floats]:
    """Return the space, and the directions of the wanted and the unwanted side."""
    everything = np.concatenate([*marked, others])
    plain = Space.of(everything)
    n_wanted, n_unwanted = len(marked[0]), len(marked[1])
    is_wanted = np.arange(len(everything)) < n_wanted
    is_unwanted = (np.arange(len(everything)) < n_wanted + n_unwanted) & ~is_wanted
    fixed_wanted, fixed_unwanted = is_wanted, is_unwanted
    size = Counter(map(group_of, names))
    share = np.array([size[group_of(name)] for name in names]) ** -GROUP_POWER
    if not n_unwanted:
        even = attrs.evolve(plain, weight=share**2)
        directions = even.directions(everything)
        likeness = _likeness(directions, directions[is_wanted])
        n = max(1, int(_SURE_SHARE * len(others)))
        is_unwanted = np.zeros(len(everything), bool)
        is_unwanted[n_wanted + np.argsort(likeness[n_wanted:])[:n]] = True
    standard = plain.standard(everything)
    for turn in range(_ROUNDS + 1):
        weight = weights(standard[is_wanted], standard[is_unwanted]) * share
        space = attrs.evolve(plain, weight=weight)
        directions = space.directions(everything)
        wanted, unwanted = directions[is_wanted], directions[is_unwanted]
        if turn < _ROUNDS:
            score = _score(directions, wanted, unwanted)
            is_wanted, is_unwanted = _sure(score, fixed_wanted, fixed_unwanted)
    return space, wanted, unwanted


def _sure(
    score: Floats, wanted: NDArray[np.bool_], unwanted: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return both sides with the cells that are surely theirs."""
    rank = np.argsort(np.argsort(score, kind="stable"), kind="stable")
    n = int(_SURE_SHARE * len(score))
    top = (rank >= len(score) - n) & (score > 0) & ~unwanted
    bottom = (rank < n) & (score < 0) & ~wanted
    if not unwanted.any() and not bottom.any():
        bottom = (rank == 0) & ~wanted
    return wanted | top, unwanted | bottom


def weights(wanted: Floats, unwanted: Floats) -> Floats:
    """Return how well each column parts the sides: Fisher's ratio, less what chance gives.

    Parameters
    ----------
    wanted, unwanted : ndarray, shape (P, D), (N, D)
        In units of the columns' spreads.

    Returns
    -------
    ndarray, shape (D,)
    """
    n = len(wanted) + len(unwanted)
    within = ((wanted - wanted.mean(axis=0)) ** 2).sum(axis=0)
    within += ((unwanted - unwanted.mean(axis=0)) ** 2).sum(axis=0)
    variance = (within + _PRIOR_ROWS * _PRIOR_VARIANCE) / (max(n - 2, 0) + _PRIOR_ROWS)
    ratio = (wanted.mean(axis=0) - unwanted.mean(axis=0)) ** 2 / variance
    chance = n / (len(wanted) * len(unwanted))
    return np.asarray(np.sqrt(np.maximum(ratio - chance, 0) + _FLOOR))


def _slope(names: tuple[str, ...], marked: tuple[Floats, Floats], others: Floats) -> float:
    """Return the slope of the probability, from the scores of examples that were left out.

    Platt's fit (1999) with its targets for few examples, through 0.5 at score 0.
    """
    margins = np.array(list(_left_out(names, marked, others)))
    n = len(margins)
    if not n:
        return _USUAL_SLOPE
    target = (n + 1) / (n + 2)
    slopes = np.geomspace(_FEWEST_SLOPE, _MOST_SLOPE, 60)
    right = 1 / (1 + np.exp(-slopes[:, None] * margins[None]))
    loss = -(target * np.log(right + 1e-12) + (1 - target) * np.log(1 - right + 1e-12)).sum(axis=1)
    return float(slopes[int(np.argmin(loss))])


def _left_out(names: tuple[str, ...], marked: tuple[Floats, Floats], others: Floats) -> list[float]:
    """Return each example's score, on its own side, when it is not among the examples."""
    margins = []
    for side, sign in ((0, 1.0), (1, -1.0)):
        for i in range(len(marked[side])):
            kept = np.delete(marked[side], i, axis=0)
            rest = (kept, marked[1]) if side == 0 else (marked[0], kept)
            if not len(kept) or not (len(rest[1]) or len(others)):
                continue
            space, wanted, unwanted = _learned(names, rest, others)
            direction = space.directions(marked[side][i : i + 1])
            margins.append(sign * float(_score(direction, wanted, unwanted)[0]))
    return margins
