"""Prepared: movies with truth and all evidence in them, gathered once for all that is tried."""

from __future__ import annotations

import attrs

from tracksam.settings import LinkSettings
from tracksam.steps.link import TIME_LIMIT_S
from tracksam.steps.linking.gather import Gathering
from tracksam.steps.linking.odds import LinkOdds
from tracksam.steps.linking.window import Decided, Window
from tracksam.training.linking.right import Right
from tracksam.training.linking.truth import KnownMovie


@attrs.frozen(eq=False)
class Prepared:
    """A movie with truth, ready to be linked by any odds.

    Parameters
    ----------
    kind : str
        Of the movie.
    settings : LinkSettings
        Those of the evidence.
    gathering : Gathering
        All frames.
    right : Right
        The right ways.
    """

    kind: str
    settings: LinkSettings
    gathering: Gathering
    right: Right

    def decided(self, odds: LinkOdds) -> list[Decided]:
        """Return what linking decides in every frame, all solved in one window.

        Parameters
        ----------
        odds : LinkOdds
            Their trust is not looked at.
        """
        window = Window(self.settings, odds, TIME_LIMIT_S, self.gathering)
        return window.decide(window.n_waiting)


def prepared(movie: KnownMovie, settings: LinkSettings) -> Prepared:
    """Return a movie with the evidence gathered.

    Parameters
    ----------
    movie : KnownMovie
    settings : LinkSettings
        How far links reach; whether cells bud is the movie's.
    """
    own = attrs.evolve(settings, budding=movie.buds)
    gathering = Gathering(own)
    for candidates in movie.frames:
        gathering.add(candidates)
    return Prepared(movie.kind, own, gathering, Right.of(movie, settings.max_gap))
