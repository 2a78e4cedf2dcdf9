"""Words: what is looked for, said in words."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from tracksam.errors import InvalidInputError


def _phrases(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(" ".join(value.split()) for value in values)


@attrs.frozen
class Words:
    """Phrases that say what is wanted, and what is not.

    Parameters
    ----------
    wanted : tuple of str
        One or more; what is found bears the phrase that fits best.
    unwanted : tuple of str
        These compete: a place that one of them fits best is left out.
    min_score : float
        Places with a lower score are left out, 0 to 1.
    max_count : int, optional
        At most so many places: those with the highest scores.

    Raises
    ------
    InvalidInputError
        A phrase is empty or has no letter, is wanted twice, or wanted and unwanted.

    Examples
    --------
    >>> Words(["a  round cell"], ["debris"]).wanted
    ('a round cell',)
    """

    wanted: tuple[str, ...] = attrs.field(converter=_phrases)
    unwanted: tuple[str, ...] = attrs.field(converter=_phrases, factory=tuple)
    min_score: float = 0.1
    max_count: int | None = None

    def __attrs_post_init__(self) -> None:
        if not self.wanted:
            raise InvalidInputError("say what is looked for: one phrase at least, got none.")
        for phrase in self.all:
            if not any(letter.isalnum() for letter in phrase):
                raise InvalidInputError(
                    f"a phrase needs a letter or a number, got {phrase!r}; say what is looked for."
                )
        twice = sorted({phrase for phrase in self.all if self.all.count(phrase) > 1})
        if twice:
            raise InvalidInputError(f"the phrase {twice[0]!r} is given twice; remove one.")
        if not 0 <= self.min_score <= 1:
            raise InvalidInputError(f"min_score must lie from 0 to 1, got {self.min_score}.")

    @property
    def all(self) -> tuple[str, ...]:
        """Wanted phrases, then unwanted ones."""
        return (*self.wanted, *self.unwanted)
