"""ByWords: a search whose query is words."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np

from tracksam import registry
from tracksam.errors import BackendError
from tracksam.found import Found
from tracksam.pipeline.finding.look import Frame
from tracksam.pipeline.models import computing
from tracksam.protocols import Finder
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.words import Words

_WITHOUT_WORDS = {"example": "examples (--examples)", "persam": "a reference mask"}


@attrs.frozen
class ByWords:
    """Finds what words describe.

    Parameters
    ----------
    finder : Finder
        Understands words.
    words : Words
        What is looked for.
    settings : Settings
        The channel.
    """

    finder: Finder
    words: Words
    settings: Settings

    @classmethod
    def of(
        cls, wanted: Sequence[str], unwanted: Sequence[str], finder: str, settings: Settings
    ) -> ByWords:
        """Return a search by words.

        Parameters
        ----------
        wanted, unwanted : sequence of str
            Phrases.
        finder : str
            Name of a back end that understands words.
        settings : Settings
            Least score, maximal count, device.

        Returns
        -------
        ByWords

        Raises
        ------
        InvalidInputError
            A phrase is empty.
        BackendError
            The finder is unknown, not installed, or takes examples.
        WeightsError
            Its weights are not there.
        """
        find = settings.find
        words = Words(wanted, unwanted, find.min_word_score, find.max_count)
        if finder in _WITHOUT_WORDS:
            raise BackendError(f"the finder {finder!r} takes {_WITHOUT_WORDS[finder]}, not words.")
        made = registry.create("tracksam.finders", finder, **computing(settings))
        # Loaded now, where it can be: what is missing is told before a table is begun.
        getattr(made, "model", None)
        return cls(made, words, settings)

    def __call__(self, stack: Stack, frame: int) -> Found:
        """Return what the words describe in a frame, best first."""
        seen = Frame.of(stack, frame, self.settings, in_um=False)
        found = Found.of(self.finder.find(seen.seen_yxc, self.words))
        best = np.argsort(-found.score, kind="stable")
        return found.select(best[found.score[best] >= self.words.min_score][: self.words.max_count])
