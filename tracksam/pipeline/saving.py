"""Saving: what a thread of its own writes of a project, while a person works on."""

from __future__ import annotations

import attrs

from tracksam.change import Curation
from tracksam.io.project import ProjectFolder


@attrs.frozen
class Saving:
    """What is to be saved of a project, at some moment.

    Parameters
    ----------
    folder : ProjectFolder
        Where.
    curation : Curation
        The state.
    number : int
        Number of the last step in it.
    """

    folder: ProjectFolder
    curation: Curation
    number: int

    def write(self) -> None:
        """Write it; may run in a thread of its own, one at a time."""
        self.folder.save(self.curation, self.number)
