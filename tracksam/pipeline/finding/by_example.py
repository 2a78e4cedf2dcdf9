"""ByExample: a finder whose query is examples."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError
from tracksam.examples import Examples
from tracksam.pipeline.finding.judges import Judges
from tracksam.pipeline.finding.look import Frame
from tracksam.regions import Regions
from tracksam.registry import BackendCard
from tracksam.settings import Settings
from tracksam.steps.finding.everything import chosen_of


@attrs.frozen
class ByExample:
    """Finds cells like those that a person showed; offline, with what is in the package.

    Parameters
    ----------
    settings : Settings
        The detector, the channel, what is likely enough and what is compared.
    """

    info: ClassVar[BackendCard] = BackendCard(
        summary="Cells like the examples that you mark; uses the shipped network.",
        licence="BSD-3-Clause",
    )

    settings: Settings = attrs.field(factory=Settings)

    def find(self, image_yxc: NDArray[Any], query: Examples) -> Regions:
        """Return the cells of a frame that are like examples.

        Parameters
        ----------
        image_yxc : ndarray, shape (Y, X, C)
            The frame; sizes are compared in pixels.
        query : Examples
            Of the same number of channels, with sizes in pixels.

        Returns
        -------
        Regions
            Likeliest first; the score is the probability of being of the wanted kind.

        Raises
        ------
        InvalidInputError
            The query is no examples, or other channels or units.
        """
        if not isinstance(query, Examples):
            raise InvalidInputError(
                "the finder 'example' needs examples (tracksam.Examples), got "
                f"{type(query).__name__} {query!r}; for words choose a finder for words."
            )
        if query.in_um:
            raise InvalidInputError(
                "these examples have sizes in micrometres, but a single image has no pixel size; "
                "collect them without one."
            )
        judges = Judges.of((query,), self.settings)
        channel = self.settings.read.channel
        seen = image_yxc if channel is None else image_yxc[..., channel : channel + 1]
        every = judges.eye.everything(Frame(image_yxc, seen))
        probability = judges.judges[0].probability(every.embeddings)
        find = self.settings.find
        chosen = chosen_of(probability, find.min_likeness, find.max_count)
        return attrs.evolve(every.regions.select(chosen), score=probability[chosen])
