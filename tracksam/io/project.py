"""The project folder: a person's work on a movie, saved as it goes.

::

    project.json          name, movie and its calibration
    settings.toml
    journal.jsonl steps/  every step, undone or not; see `tracksam.io.journal`
    state.json            lineage, marks and confirmed tracks after some step
    labels/               label images, each after some step
    movie.npy             a copy of the movie, where it has no file of its own
    candidates/           what the last tracking found, for tracking again from some frame

A step counts from the moment its line is in the journal. State and label images may be older:
each says after which step it is, and the steps since then are made again when the project is
opened. Every file is either whole or not there.
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import attrs
import numpy as np
from filelock import FileLock, Timeout

from tracksam.change import Curation
from tracksam.errors import InvalidInputError, ReadError, SettingsError, WriteError
from tracksam.io.atomic import whole_file, write_error, write_text
from tracksam.io.images import read_movie
from tracksam.io.journal import Journal
from tracksam.io.kept_labels import KeptLabels
from tracksam.io.step_form import curation_from_json, curation_to_json
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.record import InputRecord
from tracksam.settings import Settings
from tracksam.stack import Stack

SUFFIX = ".tracksam"
"""What the name of a project folder ends in."""
FORMAT = 1
_PROJECT, _STATE, _SETTINGS, _MOVIE = "project.json", "state.json", "settings.toml", "movie.npy"
_LABELS, _CANDIDATES, _LOCK = "labels", "candidates", ".lock"


@attrs.frozen
class ProjectInfo:
    """What ``project.json`` says.

    Parameters
    ----------
    movie : InputRecord
        Shape, type, channels and calibration of the movie.
    path : str
        Its file or folder; empty where it has none, or is copied into the project.
    created : str
        Date and time in UTC (ISO 8601).
    """

    movie: InputRecord
    path: str = ""
    created: str = ""

    def to_json(self) -> str:
        """Return it as JSON."""
        return json.dumps({"tracksam_project": FORMAT, **attrs.asdict(self)}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return what `to_json` wrote.

        Raises
        ------
        InvalidInputError
            It did not write that, or a newer tracksam did.
        """
        try:
            values = json.loads(text)
            form = values.pop("tracksam_project")
            if form > FORMAT:
                raise InvalidInputError(
                    f"it has form {form}, but this tracksam knows forms up to {FORMAT}; install a "
                    "newer tracksam."
                )
            return cls(**{**values, "movie": InputRecord(**values["movie"])})
        except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
            raise InvalidInputError(f"it is no project.json of tracksam: {error!r}.") from error


class ProjectFolder:
    """A project's folder, locked for this process. Made by `create` or `open`.

    Parameters
    ----------
    path : Path
        The folder.
    info : ProjectInfo
        As ``project.json`` has it.
    lock : FileLock
        Held.

    Attributes
    ----------
    journal : Journal
        Every step.
    labels : KeptLabels
        Label images after all steps that `start` gave back.
    """

    def __init__(self, path: Path, info: ProjectInfo, lock: FileLock) -> None:
        self.path = path
        self.info = info
        self._lock = lock
        n_frames, *shape_yx, _ = info.movie.shape_tyxc
        for folder in (_LABELS, _CANDIDATES):
            (path / folder).mkdir(exist_ok=True)
        self.labels = KeptLabels(path / _LABELS, n_frames, tuple(shape_yx))
        self.journal = Journal(path)

    @classmethod
    def create(
        cls, path: str | Path, stack: Stack, settings: Settings, movie_path: str | Path | None
    ) -> Self:
        """Return a new project of a movie in which nothing is tracked.

        Parameters
        ----------
        path : path-like
            Where; ends in ``.tracksam``.
        stack : Stack
            The movie; its first frame is read.
        settings : Settings
            For tracking.
        movie_path : path-like, optional
            From where `read_movie` reads the movie again. None: `keep_movie` should copy it.

        Raises
        ------
        WriteError
            Something is there already, or nothing can be written there.
        InvalidInputError
            The name does not end in ``.tracksam``.
        """
        path = Path(path)
        if path.suffix != SUFFIX:
            raise InvalidInputError(f"the name of a project ends in {SUFFIX}, got {path.name!r}.")
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise WriteError(f"{path} exists already; open it, or choose another name.")
        known = "" if movie_path is None else str(Path(movie_path).resolve())
        created = datetime.now(UTC).isoformat(timespec="seconds")
        info = ProjectInfo(InputRecord.of(stack), known, created)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(path, error) from error
        lock = _locked(path)
        write_text(path / _SETTINGS, settings.to_toml())
        write_text(path / _PROJECT, info.to_json())
        return cls(path, info, lock)

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Return the project in a folder.

        Raises
        ------
        ReadError
            There is none, another program has it open, or it is damaged.
        """
        path = Path(path)
        file = path / _PROJECT
        if not file.is_file():
            raise ReadError(f"{path} is no project of tracksam: it has no {_PROJECT}.")
        lock = _locked(path)
        try:
            return cls(path, ProjectInfo.from_json(file.read_text(encoding="utf-8")), lock)
        except (OSError, UnicodeDecodeError, InvalidInputError) as error:
            lock.release()
            if isinstance(error, ReadError):
                raise
            raise ReadError(f"{file} can not be used: {error}") from error

    @property
    def settings(self) -> Settings:
        """Settings for tracking."""
        try:
            return Settings.from_toml((self.path / _SETTINGS).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, SettingsError) as error:
            raise ReadError(f"{self.path / _SETTINGS} can not be used: {error}") from error

    @settings.setter
    def settings(self, settings: Settings) -> None:
        write_text(self.path / _SETTINGS, settings.to_toml())

    @property
    def candidates(self) -> Path:
        """Folder of the candidates of the last tracking."""
        return self.path / _CANDIDATES

    def start(self) -> Curation:
        """Return the state after all steps; those that are not in the files are made again.

        Raises
        ------
        ReadError
            A file is damaged.
        """
        curation, known = self._state()
        for number, change in self.journal.effects_after(known):
            self.labels.add(number, change.pixels)
            curation = curation.after(attrs.evolve(change, pixels=()))
        return self.seen(curation)

    def seen(self, curation: Curation) -> Curation:
        """Return a state with the label images after all steps so far."""
        labels = self.labels.after(len(self.journal.entries))
        return attrs.evolve(curation, masks=Masks(labels))

    def save(self, curation: Curation, number: int) -> None:
        """Write label images, and the state after a step; may run in a thread of its own.

        Parameters
        ----------
        curation : Curation
            The state.
        number : int
            Number of the last step in it. The labels have its changes already.
        """
        self.labels.flush()
        values = {"step": number, **curation_to_json(curation)}
        write_text(self.path / _STATE, json.dumps(values, separators=(",", ":")))

    def calibrate(self, pixel_size_um: float | None, frame_interval_s: float | None) -> None:
        """Write another calibration of the movie.

        Parameters
        ----------
        pixel_size_um, frame_interval_s : float or None
            None: not known.
        """
        movie = attrs.evolve(
            self.info.movie, pixel_size_um=pixel_size_um, frame_interval_s=frame_interval_s
        )
        self.info = attrs.evolve(self.info, movie=movie)
        write_text(self.path / _PROJECT, self.info.to_json())

    def keep_movie(self, stack: Stack) -> None:
        """Copy the movie into the project, frame by frame; may run in a thread of its own."""
        with whole_file(self.path / _MOVIE) as temporary:
            kept = np.lib.format.open_memmap(
                temporary, mode="w+", dtype=stack.dtype, shape=stack.shape_tyxc
            )
            for frame, image_yxc in enumerate(stack):
                kept[frame] = image_yxc
            kept.flush()
            del kept

    def movie(self) -> Stack:
        """Return the movie, from its file or from the copy, calibrated as the project says.

        Raises
        ------
        ReadError
            It is not there any more, or another one is.
        """
        copy, known = self.path / _MOVIE, self.info.movie
        if copy.is_file():
            stack = read_movie(copy, axes="TYXC")
        elif self.info.path:
            stack = read_movie(self.info.path)
        else:
            raise ReadError(f"the movie {known.name!r} has no file, and was not copied in time.")
        if stack.shape_tyxc != tuple(known.shape_tyxc):
            raise ReadError(
                f"{self.info.path or copy} has frames, height, width and channels "
                f"{stack.shape_tyxc}, but the project was made for {tuple(known.shape_tyxc)}."
            )
        return attrs.evolve(
            stack,
            name=known.name,
            channels=known.channels,
            pixel_size_um=known.pixel_size_um,
            frame_interval_s=known.frame_interval_s,
        )

    def copy_to(self, path: str | Path) -> None:
        """Copy the whole project, as `save` left it, to another folder.

        Raises
        ------
        WriteError
            Something is there already, or nothing can be written there.
        """
        path = Path(path)
        if path.suffix != SUFFIX:
            raise InvalidInputError(f"the name of a project ends in {SUFFIX}, got {path.name!r}.")
        if path.exists():
            raise WriteError(f"{path} exists already; choose another name.")
        try:
            shutil.copytree(self.path, path, ignore=shutil.ignore_patterns(_LOCK, ".*.part*"))
        except OSError as error:
            raise write_error(path, error) from error

    def close(self) -> None:
        """Let other programs open the project."""
        self._lock.release()

    def _state(self) -> tuple[Curation, int]:
        file, masks = self.path / _STATE, Masks(self.labels)
        if not file.is_file():
            return Curation(Lineage(), masks), 0
        try:
            values: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            number = int(values.pop("step"))
            curation = curation_from_json(values, masks)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ReadError(f"{file} is damaged: {error}.") from error
        if number > len(self.journal.entries):
            raise ReadError(
                f"{file} is of step {number}, but the journal ends after step "
                f"{len(self.journal.entries)}: put the journal back that belongs to it."
            )
        return curation, number


def _locked(path: Path) -> FileLock:
    lock = FileLock(path / _LOCK, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ReadError(
            f"{path} is open in another viewer or program; close it there first."
        ) from error
    except OSError as error:
        raise write_error(path, error) from error
    return lock
