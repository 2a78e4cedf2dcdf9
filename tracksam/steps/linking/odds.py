"""LinkOdds: evidence to log-odds, one number a link, a division, a start, an end, a candidate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any, Self

import attrs
import numpy as np

from tracksam.steps.divide import DivisionEvidence
from tracksam.steps.linking.additive import Additive, Columns
from tracksam.steps.linking.buds import BudEvidence
from tracksam.steps.linking.evidence import EdgeEvidence
from tracksam.steps.linking.nodes import Floats, FrameNodes
from tracksam.steps.linking.trust import Trust

# Distance from the border, in diameters, at which a mask is whole; and how much a change of
# size or brightness still counts where the border cuts it.
WHOLE_DIAMETERS = 0.5
CUT = 0.3
# Log-odds of a candidate with score 1: a mask that was given.
CERTAIN = 20.0
# A cell that is lost costs its user about ten times what a false one costs, which is deleted
# with a key: the weights of the Cell Tracking Challenge (Matula et al. 2015). Half of it for
# each of the two ways.
LOSS = np.log(10) / 2


def link_columns(edges: EdgeEvidence) -> Columns:
    """Return the evidence on links under the names of the model's curves."""
    whole = np.clip(edges.border / WHOLE_DIAMETERS, CUT, 1)
    return {
        "distance": edges.distance,
        "overlap": edges.overlap,
        "share": edges.share,
        "grown": whole * np.maximum(edges.log_area, 0),
        "shrunk": whole * np.maximum(-edges.log_area, 0),
        "brightened": whole * np.maximum(edges.brightening, 0),
        "dimmed": whole * np.maximum(-edges.brightening, 0),
        "missing": np.full(len(edges), float(edges.n_missing)),
    }


def division_columns(divisions: DivisionEvidence) -> Columns:
    """Return the evidence on divisions under the names of the model's curves."""
    names = {field.name for field in attrs.fields(DivisionEvidence)}
    numbers = names - {"mother", "first", "second", "first_edge", "second_edge"}
    return {name: getattr(divisions, name) for name in sorted(numbers)}


def bud_columns(buds: BudEvidence) -> Columns:
    """Return the evidence on buds under the names of the model's curves."""
    return {"size": buds.size, "gap": buds.gap}


def node_columns(nodes: FrameNodes, inside: Floats) -> Columns:
    """Return what candidates tell of themselves under the names of the model's curves.

    Parameters
    ----------
    nodes : FrameNodes
        K candidates.
    inside : array, shape (K,)
        How much of each lies in one candidate of the neighbouring frame: the one before for
        starts, the next one for ends.

    Returns
    -------
    mapping of str to array, shape (K,)
    """
    relative = nodes.area / np.median(nodes.area) if len(nodes) else nodes.area
    return {
        "border": nodes.border,
        "size": np.log(relative),
        "inside": inside,
        "score": nodes.score_odds,
    }


@attrs.frozen(eq=False)
class LinkOdds:
    """The model of linking: log-odds of a cell's way in, and of its way out.

    A cell's way in is a link, a birth with its sister or as a bud, or a start; its way out a link,
    a division, or an end. Each part gives the log-odds of one such way against that of a candidate
    that is no cell, which is 0. All lengths are in cell diameters, and the same numbers serve
    every movie: what differs from movie to movie is scaled away in the evidence.

    Parameters
    ----------
    link, division, start, bud, end, candidate : Additive
        `candidate` adds to each way in and out.
    trust : Trust
        How sure the ways of a solution are.
    """

    link: Additive
    division: Additive
    start: Additive
    bud: Additive
    end: Additive
    candidate: Additive
    trust: Trust

    @classmethod
    def shipped(cls) -> Self:
        """Return the model that ships with tracksam."""
        text = (resources.files("tracksam.models") / "link.json").read_text(encoding="utf-8")
        return cls.from_mapping(json.loads(text))

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Return the model of plain numbers: ``odds`` by part, and ``trust`` by kind."""
        parts = {name: Additive.from_mapping(part) for name, part in values["odds"].items()}
        return cls(**parts, trust=Trust.from_mapping(values["trust"]))

    def links(self, edges: EdgeEvidence) -> Floats:
        """Return the log-odds of links, shape (E,): as the way out of one and into the other."""
        return 2 * self.link(link_columns(edges), len(edges))

    def divisions(self, divisions: DivisionEvidence) -> Floats:
        """Return the log-odds of divisions, shape (D,): one way out and two ways in."""
        return 3 * self.division(division_columns(divisions), len(divisions))

    def starts(self, nodes: FrameNodes, came_from: Floats) -> Floats:
        """Return the log-odds of tracks that begin, shape (K,).

        Parameters
        ----------
        nodes : FrameNodes
            K candidates.
        came_from : array, shape (K,)
            See `Gathered.came_from`.
        """
        return self.start(node_columns(nodes, came_from), len(nodes))

    def buds(self, buds: BudEvidence) -> Floats:
        """Return the log-odds of buds, shape (B,): as the way in; their mothers just go on."""
        return self.bud(bud_columns(buds), len(buds))

    def ends(self, nodes: FrameNodes, goes_into: Floats) -> Floats:
        """Return the log-odds of tracks that end, shape (K,).

        Parameters
        ----------
        nodes : FrameNodes
            K candidates.
        goes_into : array, shape (K,)
            See `Gathered.goes_into`.
        """
        return self.end(node_columns(nodes, goes_into), len(nodes))

    def candidates(self, nodes: FrameNodes) -> Floats:
        """Return the log-odds of candidates, shape (K,), for one way: in or out."""
        columns = node_columns(nodes, np.zeros(len(nodes)))
        odds = self.candidate(columns, len(nodes)) + LOSS
        return np.where(nodes.is_certain, CERTAIN, odds)
