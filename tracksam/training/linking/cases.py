"""Cases: for every candidate, the ways in and out that it could have, and the right one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.settings import LinkSettings
from tracksam.steps.linking.additive import Columns
from tracksam.steps.linking.gather import Gathered
from tracksam.steps.linking.odds import bud_columns, division_columns, link_columns, node_columns
from tracksam.training.linking.prepared import Prepared, prepared
from tracksam.training.linking.right import Right
from tracksam.training.linking.terms import PARTS, design
from tracksam.training.linking.truth import KnownMovie

Ints = NDArray[np.int64]
PART_NAMES = tuple(PARTS)
LINK, DIVISION, START, BUD, END, CANDIDATE = range(6)
NONE = -1
# A question is a candidate and a side: its way in, or its way out.
WAY_IN, WAY_OUT = 0, 1


@attrs.frozen(eq=False)
class Cases:
    """Questions with their possible answers.

    Parameters
    ----------
    designs : tuple of ndarray of float32, each of shape (N_part, P_part)
        What the parameters of each part add to each of its cases.
    question : ndarray of int, shape (M,)
        Which question each of M answers belongs to, ascending.
    part, row : ndarray of int, shape (M,)
        Part and case that give the answer's log-odds; `NONE`: no cell, log-odds 0.
    candidate : ndarray of int, shape (M,)
        The case of `CANDIDATE` that adds to it; -1: none.
    is_right : ndarray of bool, shape (M,)
        One in each question.
    weight : ndarray of float, shape (Q,)
        Of each question.
    """

    designs: tuple[NDArray[np.float32], ...]
    question: Ints
    part: Ints
    row: Ints
    candidate: Ints
    is_right: NDArray[np.bool_]
    weight: NDArray[np.float64]


@attrs.define(eq=False)
class _Collected:
    """Cases of one movie under way."""

    columns: list[list[Columns]] = attrs.field(factory=lambda: [[] for _ in PART_NAMES])
    counts: list[int] = attrs.field(factory=lambda: [0] * len(PART_NAMES))
    answers: list[Ints] = attrs.field(factory=list)

    def add(self, part: int, columns: Columns, n: int) -> Ints:
        """Take in N cases of a part; return their rows."""
        self.columns[part].append(columns)
        first = self.counts[part]
        self.counts[part] += n
        return np.arange(first, first + n)

    def answer(self, node: Ints, side: int, part: int, row: Ints, right: NDArray[np.bool_]) -> None:
        """Take in answers: node, side, part, row and whether each is right."""
        n = len(node)
        self.answers.append(
            np.stack(
                [node, np.full(n, side), np.full(n, part), row, right.astype(np.int64)], axis=1
            )
        )


def cases(movies: Iterable[KnownMovie], settings: LinkSettings) -> Cases:
    """Return the cases of movies.

    Parameters
    ----------
    movies : iterable of KnownMovie
    settings : LinkSettings
        How far links reach.

    Returns
    -------
    Cases
        Questions whose right answer is out of reach are left out.
    """
    return joined([(movie.kind, cases_of(prepared(movie, settings))) for movie in movies])


def joined(found: list[tuple[str, Cases]]) -> Cases:
    """Return the cases of several movies; each kind of movie has the same weight in all."""
    total: dict[str, int] = {}
    for kind, part in found:
        total[kind] = total.get(kind, 0) + len(part.weight)
    mean = sum(total.values()) / max(len(total), 1)
    first_row, first_question = np.zeros(len(PART_NAMES), np.int64), 0
    columns: list[list[NDArray[np.int64]]] = []
    weights = []
    for kind, part in found:
        row = np.where(part.part == NONE, -1, part.row + first_row[np.maximum(part.part, 0)])
        candidate = np.where(part.candidate < 0, -1, part.candidate + first_row[CANDIDATE])
        columns.append([part.question + first_question, part.part, row, candidate])
        weights.append(part.weight * mean / total[kind])
        first_row += [len(one) for one in part.designs]
        first_question += len(part.weight)
    question, names, row, candidate = (np.concatenate(c) for c in zip(*columns, strict=True))
    designs = tuple(np.concatenate(d) for d in zip(*(c.designs for _, c in found), strict=True))
    right = np.concatenate([c.is_right for _, c in found])
    return Cases(designs, question, names, row, candidate, right, np.concatenate(weights))


def cases_of(movie: Prepared) -> Cases:
    """Return the cases of one movie.

    Parameters
    ----------
    movie : Prepared
    """
    frames, right, collected = movie.gathering.frames, movie.right, _Collected()
    for position, frame in enumerate(frames):
        _links(collected, frame, frames, right, movie.settings)
        if position:
            _divisions(collected, frame, frames[position - 1], right)
            _buds(collected, frame, frames[position - 1], right)
        _ends(collected, frame, right, position, len(frames))
    return _settled(collected, frames, right)


def _links(
    collected: _Collected,
    frame: Gathered,
    frames: list[Gathered],
    right: Right,
    settings: LinkSettings,
) -> None:
    first = {f.nodes.frame: f.first for f in frames}
    for number, edges in frame.edges.items():
        near = edges.where(edges.distance <= settings.max_distance)
        source, target = near.source + first[number], near.target + frame.first
        row = collected.add(LINK, link_columns(near), len(near))
        is_right = right.before[target] == source
        collected.answer(target, WAY_IN, LINK, row, is_right)
        collected.answer(source, WAY_OUT, LINK, row, is_right)


def _divisions(collected: _Collected, frame: Gathered, before: Gathered, right: Right) -> None:
    family = frame.divisions.family + np.array([before.first, frame.first, frame.first])
    row = collected.add(DIVISION, division_columns(frame.divisions), len(family))
    is_right = (right.mother[family[:, 1:]] == family[:, :1]).all(axis=1)
    for column, side in ((0, WAY_OUT), (1, WAY_IN), (2, WAY_IN)):
        collected.answer(family[:, column], side, DIVISION, row, is_right)


def _buds(collected: _Collected, frame: Gathered, before: Gathered, right: Right) -> None:
    row = collected.add(BUD, bud_columns(frame.buds), len(frame.buds))
    bud, mother = frame.buds.bud + frame.first, frame.buds.mother + before.first
    collected.answer(bud, WAY_IN, BUD, row, right.bud_of[bud] == mother)


def _ends(collected: _Collected, frame: Gathered, right: Right, position: int, n: int) -> None:
    nodes = np.arange(frame.first, frame.first + len(frame.nodes))
    begins = node_columns(frame.nodes, frame.came_from)
    stops = node_columns(frame.nodes, frame.goes_into)
    certain = frame.nodes.is_certain
    real = right.is_cell[nodes] | certain
    starts = real & (right.before[nodes] < 0) & (right.mother[nodes] < 0)
    starts &= right.bud_of[nodes] < 0
    ends = real & (right.after[nodes] < 0) & ~right.divides[nodes]
    collected.add(CANDIDATE, begins, len(nodes))
    for part, side, columns, is_right, known in (
        (START, WAY_IN, begins, starts, position > 0),
        (END, WAY_OUT, stops, ends, position < n - 1),
    ):
        row = collected.add(part, columns, len(nodes))
        if known:
            collected.answer(nodes, side, part, row, is_right)
            no_cell = ~certain
            none = np.full(int(no_cell.sum()), -1)
            collected.answer(nodes[no_cell], side, NONE, none, ~real[no_cell])


def _settled(collected: _Collected, frames: list[Gathered], right: Right) -> Cases:
    table = np.concatenate(collected.answers)
    certain = np.concatenate([f.nodes.is_certain for f in frames])
    has_side = _asked(table, len(right.before))
    table = table[has_side]
    code = table[:, 0] * 2 + table[:, 1]
    n_right = np.bincount(code, table[:, 4], minlength=2 * len(certain))
    table, code = table[n_right[code] == 1], code[n_right[code] == 1]
    order = np.argsort(code, kind="stable")
    table, code = table[order], code[order]
    question = np.unique(code, return_inverse=True)[1]
    candidate = np.where((table[:, 2] == NONE) | certain[table[:, 0]], -1, table[:, 0])
    designs = tuple(
        design(PARTS[name], _stacked(collected.columns[p]), collected.counts[p])
        for p, name in enumerate(PART_NAMES)
    )
    weight = np.ones(int(question.max(initial=-1)) + 1)
    return Cases(designs, question, table[:, 2], table[:, 3], candidate, table[:, 4] > 0, weight)


def _asked(table: Ints, n: int) -> NDArray[np.bool_]:
    """Return which answers belong to a question that is asked: one with a start or an end."""
    code = table[:, 0] * 2 + table[:, 1]
    asked = np.zeros(2 * n, bool)
    asked[code[(table[:, 2] == START) | (table[:, 2] == END)]] = True
    return np.asarray(asked[code])


def _stacked(columns: list[Columns]) -> Mapping[str, NDArray[np.float64]]:
    names = columns[0] if columns else ()
    return {name: np.concatenate([one[name] for one in columns]) for name in names}
