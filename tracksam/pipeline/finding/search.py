"""Search: what is found in a movie's frames, or in any number of stills, one image in memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import attrs
import numpy as np

from tracksam.errors import ReadError, TracksamError
from tracksam.examples import Examples
from tracksam.found import Found
from tracksam.io.folder import SUFFIXES
from tracksam.io.found import FoundTable, key_of
from tracksam.io.images import read_movie
from tracksam.pipeline.finding.judges import Judges
from tracksam.pipeline.finding.look import Frame
from tracksam.progress import Progress, Report, silent
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.finding.everything import chosen_of

Look = Callable[[Stack, int], Found]
"""Takes a movie and a frame number and gives what is found there."""


@attrs.frozen
class Tally:
    """What came of a search.

    Parameters
    ----------
    n_images, n_found, n_failed : int
        Frames or stills that were looked at (now, not in an earlier run), places in them, and
        images that could not be read.
    """

    n_images: int = 0
    n_found: int = 0
    n_failed: int = 0


@attrs.frozen
class LikeExamples:
    """Finds what is like examples.

    Parameters
    ----------
    judges : Judges
        Of one kind or more; the likeliest one's name is told.
    settings : Settings
        What is likely enough, how many.
    """

    judges: Judges
    settings: Settings

    @classmethod
    def of(cls, examples: tuple[Examples, ...], settings: Settings) -> LikeExamples:
        """Return a search for one or more kinds.

        Parameters
        ----------
        examples : tuple of Examples
            Of one kind each.
        settings : Settings
            Back ends, what is likely enough, how many.

        Returns
        -------
        LikeExamples
        """
        return cls(Judges.of(examples, settings), settings)

    def __call__(self, stack: Stack, frame: int) -> Found:
        """Return the cells of a frame that are like the examples, likeliest first."""
        in_um = self.judges.examples[0].in_um
        every = self.judges.eye.everything(Frame.of(stack, frame, self.settings, in_um))
        each = np.stack([j.probability(every.embeddings) for j in self.judges.judges], axis=1)
        names = tuple(self.judges.examples[i].name for i in each.argmax(axis=1).tolist())
        regions = attrs.evolve(every.regions, score=each.max(axis=1))
        found = attrs.evolve(Found.of(regions), name=names)
        find = self.settings.find
        return found.select(chosen_of(found.score, find.min_likeness, find.max_count))


def search_movie(
    stack: Stack, look: Look, frames: Iterable[int], table: tuple[FoundTable, set[str]]
) -> Tally:
    """Look at some frames of a movie.

    Parameters
    ----------
    stack : Stack
        The movie.
    look : callable
        Finds.
    frames : iterable of int
        Which.
    table : FoundTable, set of str
        Where to write, and what is there already.

    Returns
    -------
    Tally
    """
    tally = Tally()
    writer, done = table
    for frame in frames:
        if key_of(stack.name, frame) not in done:
            found = look(stack, frame)
            writer.add(stack.name, frame, found)
            tally = attrs.evolve(
                tally, n_images=tally.n_images + 1, n_found=tally.n_found + len(found)
            )
    return tally


def search_stills(
    paths: Iterable[Path],
    look: Look,
    table: tuple[FoundTable, set[str]],
    settings: Settings,
    report: Report = silent,
) -> Tally:
    """Look at stills of any size, one after the other; one that can not be read is noted.

    Parameters
    ----------
    paths : iterable of Path
        Images; may be a generator of any length.
    look : callable
        Finds.
    table : FoundTable, set of str
        Where to write, and what is there already.
    settings : Settings
        How they are read.
    report : callable
        Called with a `Progress` after each; if it returns True, the search ends.

    Returns
    -------
    Tally
    """
    tally = Tally()
    writer, done = table
    for number, path in enumerate(paths, start=1):
        if key_of(str(path), 0) in done:
            continue
        try:
            found: Found | None = look(read_movie(path, settings.read), 0)
            problem = ""
        except TracksamError as error:
            found, problem = None, " ".join(str(error).split())
        writer.add(str(path), 0, found, problem)
        tally = Tally(
            tally.n_images + 1,
            tally.n_found + len(found or ()),
            tally.n_failed + (found is None),
        )
        if report(Progress("finding", number, number)):
            break
    return tally


def still_paths(folder: Path) -> Iterator[Path]:
    """Yield the images of a folder and those below it, folder by folder, by name.

    Raises
    ------
    ReadError
        It is no folder, or holds no image.
    """
    if not folder.is_dir():
        raise ReadError(f"{folder} is no folder of images.")
    is_empty = True
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if Path(name).suffix.lower() in SUFFIXES:
                is_empty = False
                yield Path(parent) / name
    if is_empty:
        raise ReadError(f"{folder} holds no image ({', '.join(SUFFIXES)}).")
