"""Result: a finished run, read from its folder when asked for."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

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
    keeper : TemporaryFolder or None
        Keeps a temporary folder as long as the result.

    Notes
    -----
    Masks, lineage and tables are read from the folder at each access, so that a result takes
    no memory.
    """

    folder: Path
    stack: Stack
    keeper: TemporaryFolder | None = attrs.field(default=None, repr=False, eq=False)

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


def run_folder(out: str | Path | None) -> tuple[Path, TemporaryFolder | None]:
    """Return where a run goes; without a wish, into a temporary folder, which is returned too."""
    if out is not None:
        return Path(out), None
    keeper = TemporaryFolder()
    return keeper.path / "run", keeper


class TemporaryFolder:
    """A folder that is removed when nobody refers to this object any more, or at exit."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="tracksam-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
