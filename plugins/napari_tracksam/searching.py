"""Searching: what finding does in the background; it touches no layer."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam import Preview, Regions, Settings, Stack
from tracksam.errors import InvalidInputError
from tracksam.examples import Examples
from tracksam.found import Found
from tracksam.pipeline.finding.collect import collect_masks
from tracksam.pipeline.finding.judges import Judges
from tracksam.pipeline.finding.look import Eye, Frame
from tracksam.pipeline.finding.words import ByWords
from tracksam.prompts import Marks

KEPT_FRAMES = 3
"""Frames of which all cells stay described."""
UNWANTED = "-"


@attrs.frozen(eq=False)
class Shown:
    """A cell that was shown as an example.

    Parameters
    ----------
    frame : int
        In which frame.
    region : Regions
        Its mask, alone.
    is_wanted : bool
        Whether its like is looked for, or not.
    """

    frame: int
    region: Regions
    is_wanted: bool


@attrs.frozen(eq=False)
class Query:
    """What is looked for: cells that were shown, and examples that were read.

    Parameters
    ----------
    shown : tuple of Shown
        In any frames.
    read : Examples or None
        Of other movies.
    name : str
        What the wanted kind is called.
    """

    shown: tuple[Shown, ...]
    read: Examples | None
    name: str


@attrs.frozen(eq=False)
class Ranking:
    """The cells of one frame, with how well each fits.

    Parameters
    ----------
    frame : int
        Which frame.
    regions : Regions
        K cells.
    score : ndarray of float, shape (K,)
        From 0 to 1.
    """

    frame: int
    regions: Regions
    score: NDArray[np.float64]

    def chosen(self, threshold: float) -> Regions:
        """Return the cells with at least a score, the best first."""
        order = np.argsort(-self.score, kind="stable")
        return self.regions.select(order[self.score[order] >= threshold])


class Searching:
    """Back ends that describe cells, and the frames that they have described."""

    def __init__(self) -> None:
        self._eye: tuple[Settings, Eye] | None = None
        self._frames: OrderedDict[tuple[int, bool], Any] = OrderedDict()

    def like(
        self, movie: Stack, settings: Settings, query: Query, frame: int
    ) -> tuple[Examples, Ranking]:
        """Return the examples, and all cells of a frame ranked by their likeness to them."""
        eye = self._eye_of(settings)
        examples = _examples(movie, settings, query, eye)
        every = self._everything(movie, settings, (frame, examples.in_um))
        (judge,) = Judges.of((examples,), settings, eye).judges
        return examples, Ranking(frame, every.regions, judge.probability(every.embeddings))

    def described(
        self,
        movie: Stack,
        settings: Settings,
        words: tuple[list[str], list[str], str],
        models: Preview,
        frame: int,
    ) -> Ranking:
        """Return what words describe in a frame, drawn by the models of the preview."""
        found = ByWords.of(*words, settings)(movie, frame)
        if not len(found):
            return Ranking(frame, Regions(movie.shape_yx), found.score)
        return Ranking(frame, *_drawn(found, models, frame))

    def _eye_of(self, settings: Settings) -> Eye:
        if self._eye is None or self._eye[0] != settings:
            self._eye = settings, Eye.of(settings)
            self._frames.clear()
        return self._eye[1]

    def _everything(self, movie: Stack, settings: Settings, key: tuple[int, bool]) -> Any:
        if key not in self._frames:
            frame = Frame.of(movie, key[0], settings, key[1])
            self._frames[key] = self._eye_of(settings).everything(frame)
        self._frames.move_to_end(key)
        while len(self._frames) > KEPT_FRAMES:
            self._frames.popitem(last=False)
        return self._frames[key]


def _examples(movie: Stack, settings: Settings, query: Query, eye: Eye) -> Examples:
    """Return what was shown and what was read, as one."""
    if not query.shown:
        if query.read is None:
            raise InvalidInputError("show a wanted cell first: select it, and add it.")
        return query.read
    if not any(one.is_wanted for one in query.shown):
        raise InvalidInputError("show a wanted cell of this movie, too, beside the unwanted ones.")
    shown = {}
    for frame in sorted({one.frame for one in query.shown}):
        here = [one for one in query.shown if one.frame == frame]
        regions = Regions(movie.shape_yx)
        for one in here:
            regions = regions.joined(one.region)
        shown[frame] = regions, np.array([one.is_wanted for one in here])
    own = collect_masks(movie, shown, name=query.name, settings=settings, eye=eye)
    return own if query.read is None else query.read.joined(own)


def _drawn(found: Found, models: Preview, frame: int) -> tuple[Regions, NDArray[np.float64]]:
    """Return the masks of what was found, and the scores of those that could be drawn."""
    if found.regions is not None:
        return found.regions, found.score
    marks = Marks.of(found.boxes(frame))
    if found.prompts is not None:
        frames = np.full(len(found.prompts), frame)
        marks = Marks.of(attrs.evolve(found.prompts, frame=frames))
    drawn = models.draw(models.prepare(frame), marks)
    return drawn, found.score[drawn.object_id - 1]


def words_of(text: str) -> tuple[list[str], list[str]]:
    """Return the wanted and the unwanted phrases of a line of text.

    Examples
    --------
    >>> words_of("round cell, -debris,, bright spot")
    (['round cell', 'bright spot'], ['debris'])
    """
    phrases = [phrase.strip() for phrase in text.split(",")]
    wanted = [phrase for phrase in phrases if phrase and not phrase.startswith(UNWANTED)]
    unwanted = [phrase.removeprefix(UNWANTED).strip() for phrase in phrases if phrase[:1] == "-"]
    return wanted, [phrase for phrase in unwanted if phrase]
