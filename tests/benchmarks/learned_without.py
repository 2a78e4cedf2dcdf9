"""Odds that are learned without some of the evidence."""

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from tracksam.settings import LinkSettings
from tracksam.steps.linking.odds import LinkOdds
from tracksam.steps.linking.trust import Trust
from tracksam.training.linking.cases import PART_NAMES, Cases, cases
from tracksam.training.linking.choose import shifted
from tracksam.training.linking.faults import Faults
from tracksam.training.linking.fit import fitted
from tracksam.training.linking.movies import OFTEN, given, simulated
from tracksam.training.linking.terms import PARTS

# Log-odds by which starts and ends are rarer for users than in training movies.
BREAKS = -3.0

Group = Mapping[str, tuple[str, ...]]
"""Names of curves, by part."""

GROUPS: Mapping[str, Group] = MappingProxyType(
    {
        "mitosis": {
            "division": (
                *("condensing", "brightening", "glow", "roundness"),
                *("contrast", "imbalance", "opposition", "growth"),
            )
        },
        "rounding, brightening": {
            "division": ("condensing", "brightening", "glow", "roundness"),
        },
        "likeness": {"division": ("contrast", "imbalance")},
        "flicker": {"division": ("was_two", "rejoined", "again", "there")},
        "doubt": {"division": ("doubt",)},
        "misled": {"division": ("misled",)},
    }
)


def learned_without(n_movies: int, trust: Trust) -> dict[str, LinkOdds]:
    """Return odds learned from simulated movies with all evidence, and without each group.

    Parameters
    ----------
    n_movies : int
        Movies of given masks, half of them with the faults of segmenters.
    trust : Trust
        Of all of them.
    """
    movies = []
    for number in range(n_movies):
        filmed = simulated(number, OFTEN)
        faults = Faults() if number % 2 else Faults.none()
        points = bool(number // 2 % 2)
        movies.append(given(filmed, faults, number, image=points or number % 3 > 0, points=points))
    whole = cases(movies, LinkSettings())
    tried = {"all of it": whole} | {
        f"without {name}": _blinded(whole, group) for name, group in GROUPS.items()
    }
    return {
        name: LinkOdds(**shifted(fitted(one), BREAKS), trust=trust) for name, one in tried.items()
    }


def _blinded(whole: Cases, group: Group) -> Cases:
    """Return cases of which some evidence adds nothing."""
    designs = list(whole.designs)
    for part, names in group.items():
        place = PART_NAMES.index(part)
        designs[place] = designs[place].copy()
        start = 1
        for name, term in PARTS[part].items():
            if name in names:
                designs[place][:, start : start + len(term.at)] = 0.0
            start += len(term.at)
    return attrs.evolve(whole, designs=tuple(designs))
