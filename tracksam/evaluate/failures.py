"""Failures: every place in which a result differs from the truth, with its cause in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from tracksam.evaluate.matching import Tracked
from tracksam.evaluate.scores import DIVISION_TOLERANCE
from tracksam.evaluate.sightings import Seen, seen_in
from tracksam.evaluate.ties import Division, Place, Ties
from tracksam.graph import FrameCandidates
from tracksam.masks import Masks

if TYPE_CHECKING:
    import pandas as pd

NEVER_PROPOSED, REJECTED, NOT_KNOWN = "never proposed", "proposed, but rejected", "not known"

NO_CANDIDATES: Mapping[int, FrameCandidates] = {}


@attrs.frozen
class Failure:
    """One difference between result and truth.

    Parameters
    ----------
    what : str
        "missed cell", "merged cell", "false cell", "missed link", "wrong link", "missed
        division" or "false division".
    frame : int
        In which it shows; of a link or division the later one.
    y_px, x_px : float
        Where, in pixels.
    truth, result : tuple of int
        Labels that take part, as truth and result name them; of a link the earlier one first, of
        a division the mother first.
    proposed : str
        `NEVER_PROPOSED`: some cell that takes part had no candidate of its own, so that linking
        could not but fail. `REJECTED`: they were there, others were chosen. `NOT_KNOWN`: the run
        did not keep its candidates. Empty where the result has too much.
    cause : str
        In words.
    """

    what: str
    frame: int
    y_px: float
    x_px: float
    truth: tuple[int, ...]
    result: tuple[int, ...]
    proposed: str
    cause: str


@attrs.frozen
class Explanation:
    """Why a result is not the truth.

    Parameters
    ----------
    failures : tuple of Failure
        By frame.
    truth, result : Masks
        What was compared.
    """

    failures: tuple[Failure, ...]
    truth: Masks
    result: Masks

    def counts(self) -> list[tuple[str, str, int]]:
        """Return how many failures there are of each kind, and whether they were proposed."""
        found = Counter((failure.what, failure.proposed) for failure in self.failures)
        return [(what, proposed, n) for (what, proposed), n in sorted(found.items())]

    def to_table(self) -> pd.DataFrame:
        """Return a row for each failure, by frame; labels are joined by spaces."""
        import pandas as pd

        names = [field.name for field in attrs.fields(Failure)]
        rows = [attrs.astuple(failure) for failure in self.failures]
        table = pd.DataFrame(rows, columns=names)
        for name in ("truth", "result"):
            table[name] = [" ".join(map(str, labels)) for labels in table[name]]
        return table


def failures(
    result: Tracked, truth: Tracked, candidates: Mapping[int, FrameCandidates] = NO_CANDIDATES
) -> list[Failure]:
    """Return every failure of a result.

    Parameters
    ----------
    result, truth : Tracked
        Of the same movie; read frame by frame.
    candidates : mapping of int to FrameCandidates
        What the result was chosen from, by frame.

    Returns
    -------
    list of Failure
        By frame. A division that is right but a frame early or late is none; the link that it
        misses is one.
    """
    frames = zip(truth.masks, result.masks, strict=True)
    seen = [seen_in(t, *pair, candidates.get(t)) for t, pair in enumerate(frames)]
    search = _Search(
        seen,
        Ties.of(truth.table, [frame.truth_yx for frame in seen]),
        Ties.of(result.table, [frame.result_yx for frame in seen]),
    )
    found = [*search.cells(), *search.links(), *search.divisions()]
    return sorted(found, key=lambda failure: (failure.frame, failure.what, failure.truth))


@attrs.frozen
class _Search:
    """Frames of both sides and what joins them; walked through three times."""

    seen: Sequence[Seen]
    truth: Ties
    result: Ties

    def cells(self) -> Iterator[Failure]:
        """Yield the cells that are missed, merged, or none."""
        for frame in self.seen:
            for label in frame.truth_yx:
                if label not in frame.alone:
                    what = "merged cell" if label in frame.match else "missed cell"
                    yield self._lacking(what, [(frame.frame, label)], frame.trouble(label))
            for other in frame.result_yx:
                if other not in frame.partners:
                    cause = f"{other} covers no cell"
                    yield self._surplus("false cell", frame.frame, (other,), (), cause)

    def links(self) -> Iterator[Failure]:
        """Yield the links that are missed, and those that are wrong."""
        before = {later: earlier for earlier, later in self.result.links}
        partner = [{other: label for label, other in frame.alone.items()} for frame in self.seen]
        for earlier, later in sorted(self.truth.links):
            mine = self._mine(earlier), self._mine(later)
            if mine[0] and mine[1] and (mine[0], mine[1]) in self.result.links:
                continue
            if mine[0] is None or mine[1] is None:
                place = earlier if mine[0] is None else later
                cause = self.seen[place[0]].trouble(place[1])
            elif mine[1] not in before:
                cause = f"{mine[1][1]} begins anew in frame {later[0]}"
            else:
                cause = f"{mine[1][1]} is linked to {before[mine[1]][1]}, not to {mine[0][1]}"
            yield self._lacking("missed link", [earlier, later], cause)
        for earlier, later in sorted(self.result.links):
            theirs = partner[earlier[0]].get(earlier[1]), partner[later[0]].get(later[1])
            if theirs[0] is None or theirs[1] is None:
                continue
            if ((earlier[0], theirs[0]), (later[0], theirs[1])) not in self.truth.links:
                cause = f"the truth does not link {theirs[0]} to {theirs[1]}"
                if theirs[0] == theirs[1]:
                    cause = f"cell {theirs[0]} was there in the frames between"
                ids = (earlier[1], later[1])
                yield self._surplus("wrong link", later[0], ids, (theirs[0], theirs[1]), cause)

    def divisions(self) -> Iterator[Failure]:
        """Yield the divisions that are missed, and those that are none."""
        right: set[Division] = set()
        for division in self.truth.divisions:
            same = [d for d in self.result.divisions if self._is_same(division, d)]
            right.update(same)
            if not same:
                places = [(division.frame - 1, division.mother)]
                places += [(division.frame, daughter) for daughter in division.daughters]
                yield self._lacking("missed division", places, self._why_missed(division))
        for division in self.result.divisions:
            if division not in right:
                ids = (division.mother, *division.daughters)
                cause = self._why_false(division)
                yield self._surplus("false division", division.frame, ids, (), cause)

    def _is_same(self, true: Division, mine: Division) -> bool:
        """Whether a division of the result is a true one, on time, early or late."""
        if abs(true.frame - mine.frame) > DIVISION_TOLERANCE:
            return False
        after = self.seen[max(true.frame, mine.frame)].alone
        before = self.seen[min(true.frame, mine.frame) - 1].alone
        daughters = {after.get(daughter) for daughter in true.daughters}
        return before.get(true.mother) == mine.mother and daughters == set(mine.daughters)

    def _why_missed(self, division: Division) -> str:
        before, after = self.seen[division.frame - 1], self.seen[division.frame]
        if division.mother not in before.alone:
            return before.trouble(division.mother)
        for daughter in division.daughters:
            if daughter not in after.alone:
                return after.trouble(daughter)
        mother = before.alone[division.mother]
        for daughter in division.daughters:
            if after.alone[daughter] == mother:
                return f"daughter {daughter} keeps the mother's track {mother}"
        names = " and ".join(str(after.alone[daughter]) for daughter in division.daughters)
        return f"{names} are not both daughters of {mother}"

    def _why_false(self, division: Division) -> str:
        partners = self.seen[division.frame - 1].partners.get(division.mother, [])
        if not partners:
            return f"the mother {division.mother} is no cell"
        covered = self.seen[division.frame].partners
        for daughter in division.daughters:
            if daughter not in covered:
                return f"the daughter {daughter} is no cell"
        return f"cell {partners[0]} does not divide here"

    def _mine(self, place: Place) -> Place | None:
        """The result's name of a place of the truth."""
        other = self.seen[place[0]].alone.get(place[1])
        return None if other is None else (place[0], other)

    def _lacking(self, what: str, places: Sequence[Place], cause: str) -> Failure:
        """A failure of the result to show what is at some places of the truth."""
        frame, label = places[-1]
        y, x = self.seen[frame].truth_yx.get(label, (float("nan"),) * 2)
        others = tuple(self.seen[t].match[a] for t, a in places if a in self.seen[t].match)
        labels = tuple(a for _, a in places)
        return Failure(what, frame, y, x, labels, others, self._proposed(places), cause)

    def _surplus(
        self, what: str, frame: int, result: tuple[int, ...], truth: tuple[int, ...], cause: str
    ) -> Failure:
        """A failure of the result to leave out what is not there."""
        y, x = self.seen[frame].result_yx.get(result[-1], (float("nan"),) * 2)
        return Failure(what, frame, y, x, truth, result, "", cause)

    def _proposed(self, places: Sequence[Place]) -> str:
        known = [(self.seen[frame].proposed, label) for frame, label in places]
        if any(proposed is None for proposed, _ in known):
            return NOT_KNOWN
        there = all(proposed is not None and label in proposed for proposed, label in known)
        return REJECTED if there else NEVER_PROPOSED
