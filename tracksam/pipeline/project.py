"""Project: a result and a person's work on it, saved step by step."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Self

import attrs
import numpy as np

from tracksam.change import Change, Curation
from tracksam.errors import InvalidInputError
from tracksam.io.project import ProjectFolder
from tracksam.io.run import RunFolder
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.pipeline.retrack import Order, retrack
from tracksam.pipeline.saving import Saving
from tracksam.pixels import Painting
from tracksam.prompts import Marks
from tracksam.settings import Settings
from tracksam.stack import Stack


@attrs.frozen
class Step:
    """A step in a project's history.

    Parameters
    ----------
    name : str
        In words.
    is_done : bool
        False: it was undone, and can be done again.
    """

    name: str
    is_done: bool


class Project:
    """A movie, its tracks and masks, and every step of a person's work, in a folder.

    Made by `create` or `open`. A step is on disk when `do` returns: after a crash everything is
    there again, with all that can be undone. Only one program can have a project open.

    Examples
    --------
    >>> import tempfile
    >>> from tracksam import edit
    >>> from tracksam.simulate import situation
    >>> movie = situation("dividing")
    >>> folder = Path(tempfile.mkdtemp()) / "cells.tracksam"
    >>> with Project.create(folder, movie.stack) as project:
    ...     project.fill(movie.masks, movie.lineage)
    ...     mother = min(movie.lineage.parents.values())
    ...     project.do(edit.unmark_division(project.curation, mother))
    >>> with Project.open(folder) as project:
    ...     project.undo()
    'Unmark division of track 1'
    """

    def __init__(self, folder: ProjectFolder) -> None:
        self._folder = folder
        self._curation = folder.start()

    @classmethod
    def create(
        cls,
        path: str | Path,
        stack: Stack,
        *,
        settings: Settings | None = None,
        movie_path: str | Path | None = None,
    ) -> Self:
        """Return a new project of a movie in which nothing is tracked yet.

        Parameters
        ----------
        path : path-like
            Folder, ends in ``.tracksam``; is made.
        stack : Stack
            The movie.
        settings : Settings, optional
            For tracking. Default: ``Settings()``.
        movie_path : path-like, optional
            From where `read_movie` gives the same movie. None: it is copied into the project when
            `keep_movie` is called.

        Raises
        ------
        WriteError
            Something is there already, or nothing can be written there.
        """
        return cls(ProjectFolder.create(path, stack, settings or Settings(), movie_path))

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Return the project in a folder, with its history.

        Raises
        ------
        ReadError
            There is none, another program has it open, or it is damaged.
        """
        with ExitStack() as undone:
            folder = ProjectFolder.open(path)
            undone.callback(folder.close)
            project = cls(folder)
            undone.pop_all()
        return project

    @property
    def path(self) -> Path:
        """The folder."""
        return self._folder.path

    @property
    def name(self) -> str:
        """Name of the movie."""
        return self._folder.info.movie.name

    @property
    def curation(self) -> Curation:
        """Tracks, masks, confirmed tracks and marks, after all steps."""
        return self._curation

    @property
    def settings(self) -> Settings:
        """Settings for tracking; written when they are set."""
        return self._folder.settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._folder.settings = settings

    @property
    def stack(self) -> Stack:
        """The movie, read from its file.

        Raises
        ------
        ReadError
            It is not there any more, or another one is.
        """
        return self._folder.movie()

    @property
    def calibration(self) -> tuple[float | None, float | None]:
        """Side of a pixel in micrometres, and seconds from frame to frame."""
        movie = self._folder.info.movie
        return movie.pixel_size_um, movie.frame_interval_s

    def calibrate(self, pixel_size_um: float | None, frame_interval_s: float | None) -> None:
        """Set the calibration of the movie.

        Parameters
        ----------
        pixel_size_um, frame_interval_s : float or None
            Side of a pixel, and time from frame to frame; None: not known.
        """
        self._folder.calibrate(pixel_size_um, frame_interval_s)

    def keep_movie(self, stack: Stack) -> None:
        """Copy the movie into the project; may run in a thread of its own."""
        self._folder.keep_movie(stack)

    def do(self, change: Change) -> None:
        """Take a step: it is on disk when this returns.

        Parameters
        ----------
        change : Change
            Made from `curation`, as by the functions of `tracksam.edit` or by `retrack`.

        Raises
        ------
        InvalidInputError
            It does not fit, because it was made from another state.
        WriteError
            It can not be written; nothing is changed.
        """
        after = self._after(change)
        self._take(self._folder.journal.do(change), change, after)

    @property
    def next_undo(self) -> Change | None:
        """The step that `undo` would take back."""
        journal = self._folder.journal
        return journal.step(journal.undoable[-1]) if journal.undoable else None

    @property
    def next_redo(self) -> Change | None:
        """The step that `redo` would do again."""
        journal = self._folder.journal
        return journal.step(journal.redoable[-1]) if journal.redoable else None

    def undo(self) -> str:
        """Return the name of the last step, after taking it back; empty if there is none."""
        step = self.next_undo
        if step is None:
            return ""
        change = step.inverse()
        after = self._after(change)
        self._take(self._folder.journal.undo(), change, after)
        return step.name

    def redo(self) -> str:
        """Return the name of the last undone step, after doing it again; empty if there is none."""
        change = self.next_redo
        if change is None:
            return ""
        after = self._after(change)
        self._take(self._folder.journal.redo(), change, after)
        return change.name

    @property
    def history(self) -> tuple[Step, ...]:
        """Steps that can be undone, the oldest first, then those that can be done again."""
        journal = self._folder.journal
        done = [Step(journal.entries[n - 1].name, True) for n in journal.undoable]
        undone = [Step(journal.entries[n - 1].name, False) for n in reversed(journal.redoable)]
        return (*done, *undone)

    def fill(
        self,
        masks: Masks,
        lineage: Lineage,
        name: str = "Open result",
        marks: Marks | None = None,
    ) -> None:
        """Put a result that is there already into the project, as one step.

        Parameters
        ----------
        masks : Masks
            The pixel value is the track id.
        lineage : Lineage
            Has a row for each label in each mask.
        name : str
            What to call the step.
        marks : Marks, optional
            What it was made with: tracking again holds what is marked, and keeps only what is like
            the examples. Default: the marks stay, and every kind is wanted.

        Raises
        ------
        InvalidInputError
            The masks do not fit the movie.
        """
        before = self._curation
        wanted = (before.masks.n_frames, *before.masks.shape_yx)
        if (masks.n_frames, *masks.shape_yx) != wanted:
            raise InvalidInputError(
                f"the masks have frames, height and width {(masks.n_frames, *masks.shape_yx)}, but "
                f"the movie has {wanted}."
            )
        paintings = [
            Painting.between(t, before.masks.frame(t), masks.frame(t).astype(np.int32))
            for t in range(masks.n_frames)
        ]
        asked = attrs.evolve(before.marks, examples=()) if marks is None else marks
        after = attrs.evolve(
            before,
            lineage=lineage,
            confirmed=frozenset(),
            marks=attrs.evolve(asked, examples=()),
            highest_id=0,
            examples=asked.examples,
        )
        self.do(Change.between(name, before, after, [p for p in paintings if p is not None]))

    def open_run(self, path: str | Path) -> None:
        """Put a run into the project, as one step, together with what it was asked for.

        Tracking again keeps to that: to the run's marks and examples, and to its settings, but for
        how the movie is read and where models run.

        Parameters
        ----------
        path : path-like
            The run folder.

        Raises
        ------
        ReadError
            There is no run, or it is damaged.
        InvalidInputError
            Its masks do not fit the movie.
        """
        run, own = RunFolder.open(path), self.settings
        self.fill(run.masks, run.lineage, f"Open {run.path.name}", run.marks)
        self.settings = attrs.evolve(run.settings, read=own.read, device=own.device)

    def retrack(
        self,
        order: Order = Order(),  # noqa: B008 - frozen
        stack: Stack | None = None,
    ) -> None:
        """Track some frames anew as one step: `tracksam.retrack` with this project's settings.

        Parameters
        ----------
        order : Order
            What is to be done. Candidates are kept in the project.
        stack : Stack, optional
            The movie, where it is open already.
        """
        stack = self.stack if stack is None else stack
        self.do(retrack(stack, self._curation, self.kept(order), settings=self.settings))

    def kept(self, order: Order) -> Order:
        """Return an order of which the candidates are kept in the project."""
        return attrs.evolve(order, candidates=self._folder.candidates)

    @property
    def n_unsaved(self) -> int:
        """Changes of masks that are in the journal, but not yet in label images."""
        return self._folder.labels.n_waiting

    def saving(self) -> Saving:
        """Return what `save` would write now, to be written by a thread of its own."""
        return Saving(self._folder, self._curation, len(self._folder.journal.entries))

    def save(self) -> None:
        """Write label images and lineage, so that opening is quick. No step is lost without it."""
        self.saving().write()

    def save_as(self, path: str | Path) -> Project:
        """Copy the whole project, with its history, close this one and return the copy.

        Parameters
        ----------
        path : path-like
            Ends in ``.tracksam``; must not exist.

        Returns
        -------
        Project
            Open.

        Raises
        ------
        WriteError
            Something is there already, or nothing can be written there.
        """
        self.save()
        self._folder.copy_to(path)
        self._folder.close()
        return type(self).open(path)

    def close(self) -> None:
        """Save, and let other programs open the project."""
        self.save()
        self._folder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()

    def _after(self, change: Change) -> Curation:
        return self._curation.after(attrs.evolve(change, pixels=()))

    def _take(self, number: int, change: Change, after: Curation) -> None:
        self._folder.labels.add(number, change.pixels)
        self._curation = self._folder.seen(after)
