"""Opening: a project for a movie, in its own folder."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs
import platformdirs

from napari_tracksam.layers import image_looks
from napari_tracksam.over_time import ChannelOverTime
from tracksam import Project, Stack, read_movie
from tracksam.errors import InvalidInputError, ReadError
from tracksam.io.convert import is_run, read_tracked
from tracksam.io.project import SUFFIX


@attrs.frozen(eq=False)
class Opened:
    """A project with its movie.

    Parameters
    ----------
    project : Project
        Open.
    movie : Stack or None
        Calibrated as the project says; None: it is not there any more.
    problem : str
        Why the movie is not there.
    """

    project: Project
    movie: Stack | None
    problem: str = ""

    def images(self) -> list[Any]:
        """Return a new image layer for each channel of the movie."""
        from napari.layers import Image

        if self.movie is None:
            return []
        looks = enumerate(image_looks(self.movie))
        return [Image(ChannelOverTime(self.movie, i), **look) for i, look in looks]


def projects_folder() -> Path:
    """Return where projects lie that a person gave no name."""
    return platformdirs.user_data_path("tracksam") / "projects"


def new_path(name: str) -> Path:
    """Return an unused path for a project of a movie."""
    word = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "movie"
    moment = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    base = projects_folder() / f"{word}-{moment}"
    path, n = base.with_name(base.name + SUFFIX), 1
    while path.exists():
        n += 1
        path = base.with_name(f"{base.name}-{n}{SUFFIX}")
    return path


def opened_project(path: Path) -> Opened:
    """Return the project in a folder, with its movie where that is still there.

    Raises
    ------
    ReadError
        There is no project, or it is damaged, or another viewer has it open.
    """
    project = Project.open(path)
    try:
        return Opened(project, project.stack)
    except (ReadError, InvalidInputError) as error:
        return Opened(project, None, str(error))


def project_for(path: Path, stack: Stack, movie_path: Path | None) -> Project:
    """Return a project for a movie: the one at a path, or a new one there.

    Raises
    ------
    InvalidInputError
        The project that is there is one of another movie.
    """
    if not (path.is_dir() and any(path.iterdir())):
        return Project.create(path, stack, movie_path=movie_path)
    project = Project.open(path)
    masks = project.curation.masks
    if (masks.n_frames, *masks.shape_yx) != (stack.n_frames, *stack.shape_yx):
        project.close()
        raise InvalidInputError(
            f"{path} is a project of {masks.n_frames} frames of {masks.shape_yx}; the movie has "
            f"{stack.n_frames} of {stack.shape_yx}."
        )
    return project


def project_of_file(path: Path) -> Path:
    """Return the folder of a new project of a movie's file, which is not copied.

    Raises
    ------
    ReadError, InvalidInputError
        It is no movie that tracksam reads.
    """
    stack = read_movie(path)
    with Project.create(new_path(stack.name), stack, movie_path=path.resolve()) as project:
        return project.path


def discard_if_untouched(project: Project) -> bool:
    """Remove a closed project in which nothing was done; return whether it was."""
    if project.history or not project.path.is_relative_to(projects_folder()):
        return False
    shutil.rmtree(project.path, ignore_errors=True)
    return True


def fill_from(project: Project, path: Path) -> None:
    """Put a result in any form into a project, as one step.

    Raises
    ------
    ReadError
        Nothing is there, or of no known form.
    InvalidInputError
        It holds positions only, or does not fit the movie.
    """
    if is_run(path):
        project.open_run(path)
        return
    tracked = read_tracked(path)
    if tracked.masks is None:
        raise InvalidInputError(f"{path} holds positions only; masks are needed to correct them.")
    project.fill(tracked.masks, tracked.lineage, f"Open {path.name}")


def calibrated(movie: Stack | None, project: Project) -> Stack | None:
    """Return a movie with the calibration of its project."""
    if movie is None:
        return None
    size, interval = project.calibration
    return attrs.evolve(movie, pixel_size_um=size, frame_interval_s=interval)
