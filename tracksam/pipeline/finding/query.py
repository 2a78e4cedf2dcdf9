"""Query: what is looked for before a movie is tracked, by words or by one mask."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path

import attrs
import numpy as np

from tracksam.errors import InvalidInputError
from tracksam.found import Found
from tracksam.io.images import read_movie
from tracksam.io.labels import read_label_image
from tracksam.pipeline.finding.by_reference import ByReference
from tracksam.pipeline.finding.look import Frame
from tracksam.pipeline.finding.search import Look
from tracksam.pipeline.finding.words import ByWords
from tracksam.prompts import Boxes, Marks, Prompts
from tracksam.reference import Reference
from tracksam.regions import Regions
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.words import Words

FINDER = "owlv2"
"""Understands words where no other one is named."""

NOTHING_FOUND = (
    "nothing was found to follow: the result is empty; try a lower find.min_word_score or "
    "find.min_likeness, another frame, or another query."
)


def _phrases(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@attrs.frozen
class Query:
    """What is looked for in one frame of a movie, so that it is followed.

    Parameters
    ----------
    words, unwanted : tuple of str
        Phrases; see `Words`.
    finder : str
        Back end that understands them.
    reference, mask : str, optional
        An image file, and a label image of it with one object: what is like it is looked for.
    frame : int
        Where it is looked for, 0 or more.

    Raises
    ------
    InvalidInputError
        Words and a reference, or neither; a reference without its mask; a phrase is empty.
    """

    words: tuple[str, ...] = attrs.field(converter=_phrases, factory=tuple)
    unwanted: tuple[str, ...] = attrs.field(converter=_phrases, factory=tuple)
    finder: str = FINDER
    reference: str | None = None
    mask: str | None = None
    frame: int = 0

    def __attrs_post_init__(self) -> None:
        if bool(self.words) == bool(self.reference):
            raise InvalidInputError("give what is looked for: either words or a reference.")
        if bool(self.reference) != bool(self.mask):
            raise InvalidInputError("a reference needs its image and its mask; give both.")
        if self.words:
            Words(self.words, self.unwanted)
        elif self.unwanted:
            raise InvalidInputError("phrases that are not wanted need some that are.")

    def look(self, settings: Settings) -> Look:
        """Return the search.

        Parameters
        ----------
        settings : Settings
            Back ends, the channel, what is likely enough, how many.

        Returns
        -------
        callable

        Raises
        ------
        InvalidInputError
            The reference holds no object, or several.
        BackendError, WeightsError
            A back end is unknown, not installed, or has no weights here.
        """
        if self.reference is None or self.mask is None:
            return _by_words(self.words, self.unwanted, self.finder, settings.to_toml())
        return LikeReference(read_reference(self.reference, self.mask, settings), settings)

    def marks(self, stack: Stack, settings: Settings) -> Marks:
        """Return what is found in the frame, as marks to track from.

        Parameters
        ----------
        stack : Stack
            The movie.
        settings : Settings
            As for `look`.

        Returns
        -------
        Marks
            Each object's kind is the phrase that fits best. Empty if nothing is found.
        """
        return seeds_of(self.look(settings)(stack, self.frame), self.frame)


@attrs.frozen
class LikeReference:
    """Finds what is like one mask.

    Parameters
    ----------
    reference : Reference
        An object and its image.
    settings : Settings
        The segmenter, the channel, what is likely enough, how many.
    """

    reference: Reference
    settings: Settings

    def __call__(self, stack: Stack, frame: int) -> Found:
        """Return what is like the reference in a frame, likeliest first."""
        settings = self.settings
        finder = ByReference(
            segmenter=settings.segment.segmenter,
            device=settings.device,
            precision=settings.precision,
            weights=settings.segment.weights,
            min_likeness=settings.find.min_likeness,
            max_count=settings.find.max_count,
        )
        seen = Frame.of(stack, frame, settings, in_um=False)
        found = Found.of(finder.find(seen.seen_yxc, self.reference), self.reference.name)
        return found.select(np.argsort(-found.score, kind="stable"))


def read_reference(image: str | Path, mask: str | Path, settings: Settings) -> Reference:
    """Return the object that a label image shows in another image.

    Parameters
    ----------
    image : path-like
        Any movie or still; its first frame counts.
    mask : path-like
        TIFF or PNG of the same size with one object.
    settings : Settings
        How the image is read.

    Returns
    -------
    Reference
        Its name is the image's.

    Raises
    ------
    ReadError
        A file is missing or damaged.
    InvalidInputError
        The mask is empty, holds several objects, or has another size.
    """
    labels_yx = read_label_image(Path(mask))
    ids = np.unique(labels_yx[labels_yx != 0])
    if len(ids) > 1:
        raise InvalidInputError(
            f"{mask} holds {len(ids)} objects; a reference is one object, so save it alone."
        )
    stack = read_movie(image, settings.read)
    seen = Frame.of(stack, 0, settings, in_um=False)
    return Reference(seen.seen_yxc, labels_yx > 0, f"like {stack.name}")


def seeds_of(found: Found, frame: int) -> Marks:
    """Return places in a frame as marks: their masks, else their points, else their boxes.

    Parameters
    ----------
    found : Found
        K places.
    frame : int
        Of the movie.

    Returns
    -------
    Marks
        Object ids 1 to K, in the order of the places; their kinds are the places' names.
    """
    kinds = dict(enumerate(found.name, start=1))
    points, boxes, masks = Prompts(), Boxes(), dict[int, Regions]()
    if found.regions is not None and len(found):
        masks[frame] = found.regions.with_ids(np.arange(1, len(found) + 1))
    elif found.prompts is not None:
        points = attrs.evolve(found.prompts, frame=np.full(len(found.prompts), frame))
    else:
        boxes = found.boxes(frame)
    return Marks(points, boxes, masks, kinds=kinds, is_sought=True)


@functools.lru_cache(maxsize=1)  # a large model is loaded once for all movies of a process
def _by_words(
    words: tuple[str, ...], unwanted: tuple[str, ...], finder: str, settings_toml: str
) -> ByWords:
    return ByWords.of(words, unwanted, finder, Settings.from_toml(settings_toml))
