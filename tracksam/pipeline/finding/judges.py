"""Judges: what the examples of several kinds teach of the cells of one movie."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.examples import Examples
from tracksam.pipeline.finding.look import Eye, Frame
from tracksam.regions import Regions
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.finding.judge import Judge


@attrs.frozen
class Judges:
    """What several kinds' examples teach, for one movie.

    Parameters
    ----------
    eye : Eye
        Describes cells.
    examples : tuple of Examples
        Of one kind each.
    judges : tuple of Judge
        Theirs.
    """

    eye: Eye
    examples: tuple[Examples, ...]
    judges: tuple[Judge, ...]

    @classmethod
    def of(
        cls, examples: tuple[Examples, ...], settings: Settings, eye: Eye | None = None
    ) -> Judges:
        """Return what examples teach.

        Parameters
        ----------
        examples : tuple of Examples
            One at least.
        settings : Settings
            Names the detector; what is compared; the embedder is the examples' own.
        eye : Eye, optional
            One that is there already, with the examples' embedder. Default: made.

        Returns
        -------
        Judges
        """
        own = settings.changed({"find": {"embedder": examples[0].embedder}})
        groups = () if settings.find.compare == "all" else (settings.find.compare,)
        return cls(eye or Eye.of(own), examples, tuple(Judge.of(one, groups) for one in examples))

    def check(self, stack: Stack, settings: Settings) -> None:
        """Check that a movie's cells can be compared with the examples; frame 0 is looked at.

        Parameters
        ----------
        stack : Stack
            The movie.
        settings : Settings
            The channel.

        Raises
        ------
        InvalidInputError
            Another number of channels, another embedder, or an unknown pixel size.
        """
        self.probabilities(stack, 0, Regions(stack.shape_yx), settings)

    def probabilities(
        self, stack: Stack, frame: int, regions: Regions, settings: Settings
    ) -> NDArray[np.float64]:
        """Return how likely each region of a frame is of each kind.

        Parameters
        ----------
        stack : Stack
            The movie.
        frame : int
            Which frame.
        regions : Regions
            K regions of it.
        settings : Settings
            The channel.

        Returns
        -------
        ndarray of float64, shape (K, kinds)
        """
        seen = Frame.of(stack, frame, settings, self.examples[0].in_um)
        embedded = self.eye.embedded(seen, regions)
        return np.stack([judge.probability(embedded) for judge in self.judges], axis=1)
