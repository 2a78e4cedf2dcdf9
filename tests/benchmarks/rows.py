"""Rows of tables: how well a sequence was linked, and many of them together."""

from collections.abc import Sequence

import attrs
import numpy as np

from tracksam.evaluate import Scores, Tracked, score

MEASURES = ("lnk", "tra", "division_f1", "bio", "chota", "n_missed_links", "n_wrong_links")
HEAD = (
    f"| sequence | method | seconds | {' | '.join(MEASURES)} |\n"
    f"|---|---|---|{'---|' * len(MEASURES)}"
)


@attrs.frozen
class Outcome:
    """What one method made of one sequence.

    Parameters
    ----------
    scores : Scores
    seconds : float
        Of the processor.
    n_told : int
        Divisions that it told.
    """

    scores: Scores
    seconds: float
    n_told: int


def outcome(answer: Tracked, truth: Tracked, seconds: float) -> Outcome:
    """Return how good an answer is."""
    mothers, n_daughters = np.unique(answer.table[:, 3], return_counts=True)
    return Outcome(score(answer, truth), seconds, int((n_daughters[mothers > 0] > 1).sum()))


def row(sequence: str, method: str, one: Outcome) -> str:
    """Return a row of the table."""
    if not one.scores.valid:
        return f"| {sequence} | {method} | {one.seconds:.1f} | {one.scores.faults[:2]} |"
    values = [getattr(one.scores, measure) for measure in MEASURES]
    return f"| {sequence} | {method} | {one.seconds:.1f} | {' | '.join(map(_cell, values))} |"


def pooled(title: str, method: str, many: Sequence[Outcome]) -> str:
    """Return the row of many sequences: sums of seconds, links and divisions, else means."""
    valid = [one for one in many if one.scores.valid]
    cells = [_pooled(measure, valid) for measure in MEASURES]
    seconds = sum(one.seconds for one in many)
    return f"| {title} | {method} | {seconds:.1f} | {' | '.join(cells)} |"


def _pooled(measure: str, many: Sequence[Outcome]) -> str:
    if measure == "division_f1":
        n_right = sum(
            (one.scores.division_recall or 0.0) * (one.scores.n_divisions or 0) for one in many
        )
        n = sum(one.n_told + (one.scores.n_divisions or 0) for one in many)
        return _cell(2 * n_right / n if n else None)
    values = [getattr(one.scores, measure) for one in many]
    known = [value for value in values if value is not None]
    if measure.startswith("n_"):
        return str(sum(known))
    return _cell(float(np.mean(known)) if known else None)


def _cell(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
