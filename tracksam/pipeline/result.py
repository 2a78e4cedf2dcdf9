"""Result: a finished run, read from its folder when asked for."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import attrs

from tracksam.io.run import RunFolder
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.record import RunRecord
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.tables import Tables


@attrs.frozen
class Result:
    """A finished run.

    Parameters
    ----------
    folder : Path
        The run folder.
    stack : Stack
        The movie.
    keeper : Any
        Keeps a temporary folder alive as long as the result.

    Notes
    -----
    Masks, lineage and tables are read from the folder at each access, so that a result takes
    no memory.
    """

    folder: Path
    stack: Stack
    keeper: Any = attrs.field(default=None, repr=False, eq=False)

    @property
    def masks(self) -> Masks:
        """Label images over time; the pixel value is the track id."""
        return self._run().masks

    @property
    def lineage(self) -> Lineage:
        """Tracks and mothers, with confidences."""
        return self._run().lineage

    @property
    def tables(self) -> Tables:
        """Cells and tracks as pandas tables."""
        return self._run().tables

    @property
    def settings(self) -> Settings:
        """Settings of the run."""
        return self._run().settings

    @property
    def record(self) -> RunRecord:
        """Versions, settings, input, seconds."""
        return self._run().record

    def _run(self) -> RunFolder:
        return RunFolder.open(self.folder)


def temporary_folder() -> tuple[Path, Any]:
    """Return a path for a run folder, and what removes it when it is no longer referred to."""
    keeper = tempfile.TemporaryDirectory(prefix="tracksam-")
    return Path(keeper.name) / "run", keeper
