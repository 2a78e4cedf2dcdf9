"""Change: one undoable step of a person's work on a result; and the state that it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam._arrays import array_field, same_length
from tracksam.errors import InvalidInputError
from tracksam.examples import Examples
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.pixels import NoLabels, Painting, PixelChange, Renaming, edited
from tracksam.prompts import Marks

Kinds = tuple[Examples, ...]
"""Examples of each wanted kind."""
Mother = tuple[int, float | None]
"""A mother's track id, and the probability of that link, None where it is not known."""


def _mothers(pairs: Mapping[int, Mother]) -> Mapping[int, Mother]:
    return MappingProxyType(dict(sorted(pairs.items())))


def _numbers(pairs: Mapping[int, float]) -> Mapping[int, float]:
    return MappingProxyType(dict(sorted(pairs.items())))


def _ids(values: Iterable[int]) -> frozenset[int]:
    return frozenset(int(i) for i in values)


def _kinds(values: Iterable[Examples]) -> Kinds:
    return tuple(values)


def _in_order(values: Iterable[PixelChange]) -> tuple[PixelChange, ...]:
    return tuple(values)


def _ones(rows: TrackRows) -> NDArray[np.float64]:
    return np.ones(len(rows.track_id))


@attrs.frozen
class TrackRows:
    """Rows of a lineage without its mothers; columns as in `Lineage`, in the same order."""

    track_id: NDArray[np.int64] = array_field(np.int64, None, factory=list)
    frame: NDArray[np.int64] = array_field(np.int64, None, factory=list)
    yx: NDArray[np.float64] = array_field(np.float64, None, 2, factory=list)
    confidence: NDArray[np.float64] = array_field(np.float64, None, factory=list)
    is_interpolated: NDArray[np.bool_] = array_field(np.bool_, None, factory=list)
    mask_confidence: NDArray[np.float64] = array_field(np.float64, None, otherwise=_ones)

    def __attrs_post_init__(self) -> None:
        same_length(**self.columns())

    @classmethod
    def of(cls, lineage: Lineage, keep: NDArray[np.bool_]) -> Self:
        """Return some rows of a lineage.

        Parameters
        ----------
        lineage : Lineage
            N rows.
        keep : ndarray of bool, shape (N,)
            Which of them.
        """
        return cls(
            lineage.track_id[keep],
            lineage.frame[keep],
            lineage.yx[keep],
            lineage.confidence[keep],
            lineage.is_interpolated[keep],
            lineage.mask_confidence[keep],
        )

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns by name."""
        return {field.name: getattr(self, field.name) for field in attrs.fields(type(self))}

    def __len__(self) -> int:
        return len(self.track_id)


@attrs.frozen
class Change:
    """One step: what it takes away and what it puts there. It can be taken back, and written down.

    Parameters
    ----------
    name : str
        In words, for a person: ``"Join track 5 to track 3"``.
    removed, added : TrackRows
        Rows of the lineage. A row that changes is in both.
    mothers_removed, mothers_added : mapping of int to (int, float or None)
        Daughter to mother and the probability of that link.
    ends_removed, ends_added : mapping of int to float
        `Lineage.end_confidence` of tracks.
    confirmed_removed, confirmed_added : frozenset of int
        Tracks.
    pixels : tuple of Renaming or Painting
        Changes of the masks, in order.
    marks : tuple of Marks, optional
        All marks before and after, where they change.
    highest_id : tuple of int
        Highest id in use so far, before and after.
    examples : tuple of tuple of Examples, optional
        `Curation.examples` before and after, where they change.
    """

    name: str
    removed: TrackRows = attrs.field(factory=TrackRows)
    added: TrackRows = attrs.field(factory=TrackRows)
    mothers_removed: Mapping[int, Mother] = attrs.field(factory=dict, converter=_mothers)
    mothers_added: Mapping[int, Mother] = attrs.field(factory=dict, converter=_mothers)
    ends_removed: Mapping[int, float] = attrs.field(factory=dict, converter=_numbers)
    ends_added: Mapping[int, float] = attrs.field(factory=dict, converter=_numbers)
    confirmed_removed: frozenset[int] = attrs.field(factory=frozenset, converter=_ids)
    confirmed_added: frozenset[int] = attrs.field(factory=frozenset, converter=_ids)
    pixels: tuple[PixelChange, ...] = attrs.field(factory=tuple, converter=_in_order)
    marks: tuple[Marks, Marks] | None = None
    highest_id: tuple[int, int] = attrs.field(default=(0, 0))
    examples: tuple[Kinds, Kinds] | None = None

    @classmethod
    def between(
        cls, name: str, before: Curation, after: Curation, pixels: Iterable[PixelChange] = ()
    ) -> Self:
        """Return the step from one state to another.

        Parameters
        ----------
        name : str
            What was done.
        before, after : Curation
            Their masks are not looked at.
        pixels : iterable of Renaming or Painting
            What happens to the masks.
        """
        removed, added = _different_rows(before.lineage, after.lineage)
        old, new = _mothers_of(before.lineage), _mothers_of(after.lineage)
        return cls(
            name,
            removed,
            added,
            {child: mother for child, mother in old.items() if new.get(child) != mother},
            {child: mother for child, mother in new.items() if old.get(child) != mother},
            _missing(before.lineage.end_confidence, after.lineage.end_confidence),
            _missing(after.lineage.end_confidence, before.lineage.end_confidence),
            before.confirmed - after.confirmed,
            after.confirmed - before.confirmed,
            tuple(pixels),
            None if before.marks is after.marks else (before.marks, after.marks),
            (before.highest_id, after.highest_id),
            None if before.examples == after.examples else (before.examples, after.examples),
        )

    def inverse(self) -> Change:
        """Return the step that takes this one back."""
        return Change(
            self.name,
            self.added,
            self.removed,
            self.mothers_added,
            self.mothers_removed,
            self.ends_added,
            self.ends_removed,
            self.confirmed_added,
            self.confirmed_removed,
            tuple(change.inverse() for change in reversed(self.pixels)),
            None if self.marks is None else (self.marks[1], self.marks[0]),
            (self.highest_id[1], self.highest_id[0]),
            None if self.examples is None else (self.examples[1], self.examples[0]),
        )

    def applied(self, lineage: Lineage) -> Lineage:
        """Return a lineage after this step.

        Raises
        ------
        InvalidInputError
            The step does not fit: a row that it takes away is not there.
        """
        if not self._touches_lineage:
            return lineage
        removed = np.isin(_keys(lineage), _keys(self.removed))
        if removed.sum() != len(self.removed):
            raise InvalidInputError(
                f"the step {self.name!r} does not fit this lineage: it changes {len(self.removed)} "
                f"rows, of which {int(removed.sum())} are there."
            )
        kept = TrackRows.of(lineage, ~removed).columns()
        joined = {k: np.concatenate([kept[k], v]) for k, v in self.added.columns().items()}
        mothers = _mothers_of(lineage)
        for child in self.mothers_removed:
            mothers.pop(child, None)
        mothers.update(self.mothers_added)
        sure = {child: p for child, (_, p) in mothers.items() if p is not None}
        parents = {child: mother for child, (mother, _) in mothers.items()}
        ends = {i: p for i, p in lineage.end_confidence.items() if i not in self.ends_removed}
        ends.update(self.ends_added)
        return Lineage(**joined, parents=parents, parent_confidence=sure, end_confidence=ends)

    @property
    def _touches_lineage(self) -> bool:
        changes = (
            len(self.removed) + len(self.added),
            self.mothers_removed,
            self.mothers_added,
            self.ends_removed,
            self.ends_added,
        )
        return any(changes)

    @property
    def frames(self) -> tuple[int, int] | None:
        """First and last frame in which masks change; None where none do."""
        spans = [_span(change) for change in self.pixels]
        if not spans:
            return None
        return min(first for first, _ in spans), max(last for _, last in spans)


@attrs.frozen
class Curation:
    """A result while a person works on it.

    Parameters
    ----------
    lineage : Lineage
        Tracks and mothers.
    masks : Masks
        The pixel value is the track id.
    confirmed : frozenset of int
        Tracks that a person found to be right.
    marks : Marks
        What a person marked.
    highest_id : int
        Highest id that was ever in use; new tracks get higher ones.
    examples : tuple of Examples
        Kinds that alone are wanted: tracking again keeps only tracks that are like them, and what
        is held. Empty: every kind.
    """

    lineage: Lineage
    masks: Masks
    confirmed: frozenset[int] = attrs.field(factory=frozenset, converter=_ids)
    marks: Marks = attrs.field(factory=Marks)
    highest_id: int = 0
    examples: Kinds = attrs.field(factory=tuple, converter=_kinds)

    def __attrs_post_init__(self) -> None:
        in_use = int(self.lineage.track_id.max(initial=0))
        object.__setattr__(self, "highest_id", max(self.highest_id, in_use))

    @classmethod
    def empty(cls, n_frames: int, shape_yx: tuple[int, int]) -> Self:
        """Return the state of a movie in which nothing is tracked.

        Parameters
        ----------
        n_frames : int
            Its frames.
        shape_yx : tuple of int
            Their height and width.
        """
        return cls(Lineage(), Masks(NoLabels(n_frames, shape_yx)))

    def after(self, change: Change) -> Curation:
        """Return the state after a step.

        Parameters
        ----------
        change : Change
            Made for this state.

        Returns
        -------
        Curation
            Masks are changed when they are read.
        """
        confirmed = (self.confirmed - change.confirmed_removed) | change.confirmed_added
        return Curation(
            change.applied(self.lineage),
            edited(self.masks, change.pixels),
            confirmed,
            self.marks if change.marks is None else change.marks[1],
            change.highest_id[1],
            self.examples if change.examples is None else change.examples[1],
        )


def _span(change: PixelChange) -> tuple[int, int]:
    if isinstance(change, Renaming):
        return change.first, change.last
    return change.frame, change.frame


def _keys(rows: Lineage | TrackRows) -> NDArray[np.int64]:
    """One number a row; no two rows of a lineage have the same."""
    keys: NDArray[np.int64] = rows.track_id * (1 << 31) + rows.frame
    return keys


def _different_rows(before: Lineage, after: Lineage) -> tuple[TrackRows, TrackRows]:
    """Rows that only one of two lineages has."""
    old, new = _keys(before), _keys(after)
    same_old, same_new = np.isin(old, new), np.isin(new, old)
    # NaN where a mask was filled in, which the flag of that tells.
    sure_old, sure_new = (np.nan_to_num(rows.mask_confidence) for rows in (before, after))
    equal = (
        (before.yx[same_old] == after.yx[same_new]).all(axis=1)
        & (before.confidence[same_old] == after.confidence[same_new])
        & (before.is_interpolated[same_old] == after.is_interpolated[same_new])
        & (sure_old[same_old] == sure_new[same_new])
    )
    same_old[same_old], same_new[same_new] = equal, equal
    return TrackRows.of(before, ~same_old), TrackRows.of(after, ~same_new)


def _missing(values: Mapping[int, float], others: Mapping[int, float]) -> dict[int, float]:
    """What is not the same in others."""
    return {i: value for i, value in values.items() if others.get(i) != value}


def _mothers_of(lineage: Lineage) -> dict[int, Mother]:
    sure = lineage.parent_confidence
    return {child: (mother, sure.get(child)) for child, mother in lineage.parents.items()}


__all__ = ["Change", "Curation", "Kinds", "Mother", "Painting", "Renaming", "TrackRows"]
