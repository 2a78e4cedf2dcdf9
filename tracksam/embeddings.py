"""Embeddings: what every region of a frame is like, as numbers that can be compared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from tracksam._arrays import array_field
from tracksam.errors import InvalidInputError

GROUPS = ("size", "shape", "intensity", "texture", "network")
"""What columns are about; a column's name is its group, a dot and its own name."""


def _words(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@attrs.frozen
class Embeddings:
    """K regions, each described by D numbers.

    Parameters
    ----------
    vectors : array of float, shape (K, D)
        Finite.
    columns : tuple of str
        D names, such as ``"size.diameter"`` or ``"network.17"``, each beginning with one of
        `GROUPS`.

    Raises
    ------
    InvalidInputError
        Numbers and names do not fit, a number is not finite, or a group is unknown.

    Examples
    --------
    >>> found = Embeddings([[1, 5], [2, 6], [3, 7]], ("size.diameter", "network.0"))
    >>> found.of_groups(("network",)).vectors.ravel().tolist()
    [5.0, 6.0, 7.0]
    """

    vectors: NDArray[np.float64] = array_field(np.float64, None, None)
    columns: tuple[str, ...] = attrs.field(converter=_words, factory=tuple)

    def __attrs_post_init__(self) -> None:
        if self.vectors.shape[1] != len(self.columns):
            raise InvalidInputError(
                f"{self.vectors.shape[1]} numbers a region need as many names, got "
                f"{len(self.columns)}."
            )
        if not np.isfinite(self.vectors).all():
            worst = self.columns[int(np.argwhere(~np.isfinite(self.vectors))[0, 1])]
            raise InvalidInputError(f"the embeddings' column {worst} is not finite everywhere.")
        unknown = sorted({name for name in self.columns if group_of(name) not in GROUPS})
        if unknown:
            raise InvalidInputError(
                f"a column must begin with one of {', '.join(GROUPS)} and a dot; got {unknown[0]}."
            )

    def __len__(self) -> int:
        return len(self.vectors)

    def select(self, indices: ArrayLike) -> Self:
        """Return the embeddings of some regions, by positions or one flag a region."""
        return attrs.evolve(self, vectors=self.vectors[np.asarray(indices)])

    def of_groups(self, groups: Iterable[str]) -> Self:
        """Return the columns of some groups only."""
        wanted = set(groups)
        keep = [i for i, name in enumerate(self.columns) if group_of(name) in wanted]
        return type(self)(self.vectors[:, keep], tuple(self.columns[i] for i in keep))

    def beside(self, other: Self) -> Self:
        """Return these columns followed by `other`'s, of the same regions."""
        return type(self)(
            np.concatenate([self.vectors, other.vectors], axis=1), self.columns + other.columns
        )

    def followed_by(self, other: Self) -> Self:
        """Return these regions followed by `other`'s.

        Raises
        ------
        InvalidInputError
            The columns differ.
        """
        check_same_columns(self.columns, other.columns)
        return type(self)(np.concatenate([self.vectors, other.vectors]), self.columns)


def group_of(column: str) -> str:
    """Return the group of a column: ``"size.diameter"`` gives ``"size"``."""
    return column.partition(".")[0]


def check_same_columns(expected: tuple[str, ...], got: tuple[str, ...]) -> None:
    """Check that two embeddings can be compared.

    Parameters
    ----------
    expected, got : tuple of str
        Columns.

    Raises
    ------
    InvalidInputError
        They differ: another embedder, or another number of channels.
    """
    if expected == got:
        return
    lacking = sorted(set(expected) - set(got))
    extra = sorted(set(got) - set(expected))
    raise InvalidInputError(
        "embeddings of different columns can not be compared: "
        f"{_few(lacking, 'lacks')}{' and ' if lacking and extra else ''}{_few(extra, 'also has')}; "
        "use images with the same channels, the same embedder and the same version of its weights."
    )


def _few(names: list[str], verb: str) -> str:
    if not names:
        return ""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"one {verb} {', '.join(names[:3])}{more}"
