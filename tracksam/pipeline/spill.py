"""Spill: candidates of an earlier tracking on disk, and when they still hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

from tracksam.errors import ReadError
from tracksam.graph import FrameCandidates
from tracksam.io.atomic import write_text
from tracksam.io.candidates import KeptCandidates
from tracksam.regions import Regions
from tracksam.settings import Settings
from tracksam.steps.hold import are_known, let_go

_SETTINGS = "settings.toml"


@attrs.frozen
class Spill:
    """Candidates on disk, for some frames.

    Parameters
    ----------
    kept : KeptCandidates or None
        By frame of the movie; None: nothing is kept.
    frames : range
        Frames that are tracked now.
    n_frames : int
        Of the movie.
    """

    kept: KeptCandidates | None
    frames: range
    n_frames: int

    @classmethod
    def of(cls, folder: Path | None, settings: Settings, frames: range, n_frames: int) -> Spill:
        """Return what a folder keeps; candidates that other settings made are removed.

        Parameters
        ----------
        folder : Path or None
            Exists. None: nothing is kept.
        settings : Settings
            Of this tracking.
        frames : range
            Frames that are tracked.
        n_frames : int
            Of the movie.

        Returns
        -------
        Spill
        """
        if folder is None:
            return cls(None, frames, n_frames)
        file, text = folder / _SETTINGS, settings.to_toml()
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            for path in folder.glob("candidates*.npz"):
                path.unlink()
            write_text(file, text)
        return cls(KeptCandidates(folder), frames, n_frames)

    def known(self, starting: Mapping[int, Regions]) -> Iterator[FrameCandidates] | None:
        """Return the candidates of all frames, if they are known and still hold.

        Parameters
        ----------
        starting : mapping of int to Regions
            Masks that tracking begins with, by frame counted from the first. One that was not a
            candidate before has to be followed through the movie: then nothing holds.

        Returns
        -------
        iterator of FrameCandidates, or None
            Frames are counted from the first; none is marked.
        """
        kept = self.kept
        if kept is None or not all(frame in kept for frame in self.frames):
            return None
        try:
            holds = all(are_known(kept[self.frames[t]], regions) for t, regions in starting.items())
        except ReadError:
            return None
        return self._read() if holds else None

    def keep(self, found: FrameCandidates) -> None:
        """Write the candidates of a frame, counted from the first.

        The last one's points go nowhere, unless it is the movie's last: it is not kept.
        """
        frame = self.frames[found.frame]
        if self.kept is not None and (frame != self.frames[-1] or frame == self.n_frames - 1):
            self.kept.keep(attrs.evolve(found, frame=frame))

    def _read(self) -> Iterator[FrameCandidates]:
        if self.kept is not None:
            for t, frame in enumerate(self.frames):
                yield attrs.evolve(let_go(self.kept[frame]), frame=t)
