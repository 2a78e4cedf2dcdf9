"""Finding: cells like some that a person showed, or that words describe, in the current frame."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_tracksam.marking import take
from napari_tracksam.notice import Notice
from napari_tracksam.searching import Query, Ranking, Searching, Shown, words_of
from napari_tracksam.worker import Job
from tracksam import Regions
from tracksam.errors import InvalidInputError, TracksamError
from tracksam.examples import Examples
from tracksam.io.examples import read_examples, write_examples
from tracksam.report.contact import example_sheet

if TYPE_CHECKING:
    from napari_tracksam.session import Session

NAME = "wanted"
SHEET_COLUMNS, FEWEST_COLUMNS = 8, 4


class Finding:
    """Examples of a session, and what is like them in the current frame.

    Parameters
    ----------
    session : Session
        Whose cells are shown and found.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._searching = Searching()
        self._shown: dict[tuple[int, int], Shown] = {}
        self._read: Examples | None = None
        self.examples: Examples | None = None
        self.ranking: Ranking | None = None
        self.threshold = 0.5
        self._asked: object = None

    @property
    def is_running(self) -> bool:
        """Whether something is looked for now."""
        return self._asked is not None

    @property
    def n_wanted(self) -> int:
        """Number of cells that were shown as wanted."""
        read = 0 if self._read is None else len(self._read.wanted)
        return read + sum(shown.is_wanted for shown in self._shown.values())

    @property
    def n_unwanted(self) -> int:
        """Number of cells that were shown as unwanted."""
        read = 0 if self._read is None else len(self._read.unwanted)
        return read + sum(not shown.is_wanted for shown in self._shown.values())

    @property
    def chosen(self) -> Regions:
        """Cells of the current frame that are likely enough, the likeliest first."""
        if self.ranking is None:
            return Regions(self._session.required_movie.shape_yx)
        return self.ranking.chosen(self.threshold)

    def add(self, is_wanted: bool) -> None:
        """Show the selected cells, as they are in this frame, as wanted or as unwanted.

        Raises
        ------
        InvalidInputError
            No selected cell has a mask in this frame.
        """
        frame = self._session.frame
        labels_yx = self._session.required_project.curation.masks.frame(frame)
        chosen = [i for i in self._session.looking.selected if (labels_yx == i).any()]
        if not chosen:
            raise InvalidInputError(
                f"select cells that have a mask in frame {frame} to show them as examples."
            )
        for track_id in chosen:
            region = Regions.from_masks([labels_yx == track_id], labels_yx.shape)
            self._shown[frame, track_id] = Shown(frame, region, is_wanted)
        self._changed()

    def clear(self) -> None:
        """Forget all examples."""
        self._shown.clear()
        self._read = self.examples = None
        self.drop()

    def look(self) -> None:
        """Rank the cells of the current frame by their likeness, in the background.

        Raises
        ------
        InvalidInputError
            No cell was shown as wanted.
        """
        if not self.n_wanted:
            raise InvalidInputError("show a wanted cell first: select it, and add it.")
        query = Query(tuple(self._shown.values()), self._read, NAME)
        movie, settings = self._session.required_movie, self._session.required_project.settings
        frame = self._session.frame
        self._begin(partial(self._searching.like, movie, settings, query, frame), self._is_ranked)

    def look_for(self, text: str, finder: str) -> None:
        """Find what words describe in the current frame, in the background.

        Parameters
        ----------
        text : str
            Phrases with commas between them; one that begins with ``-`` is unwanted.
        finder : str
            Name of a back end that understands words.

        Raises
        ------
        InvalidInputError
            Nothing is wanted.
        """
        wanted, unwanted = words_of(text)
        if not wanted:
            raise InvalidInputError("say what is looked for, such as: round cell, -debris")
        movie, settings = self._session.required_movie, self._session.required_project.settings
        models, frame = self._session.marking.models, self._session.frame
        words = (wanted, unwanted, finder)
        work = partial(self._searching.described, movie, settings, words, models, frame)
        self.threshold = settings.find.min_word_score
        self._begin(work, self._is_found)

    def set_threshold(self, threshold: float) -> None:
        """Choose the cells with at least this likeness, 0 to 1; takes no time."""
        self.threshold = float(np.clip(threshold, 0, 1))
        self._show()

    def mark(self) -> None:
        """Make what was found new cells, as one step, where there is none yet."""
        regions, frame = self._found(), self._session.frame
        take(self._session, frame, regions, f"Mark cells found in frame {frame}")
        self.drop()

    def select(self) -> None:
        """Select the tracks that lie under what was found.

        Raises
        ------
        InvalidInputError
            Nothing was found, or no track lies there.
        """
        labels_yx = self._session.required_project.curation.masks.frame(self._session.frame)
        tracks = [most_common(labels_yx[r.slices(0)][r.crops[0]]) for r in each(self._found())]
        if not any(tracks):
            raise InvalidInputError("no track lies where something was found; mark it instead.")
        self._session.looking.select([track for track in tracks if track])

    @property
    def sheet(self) -> NDArray[np.uint8] | None:
        """A picture of all examples, shape (Y, X, 3); None before they were looked at."""
        return None if self.examples is None else sheet_of(self.examples)

    def save(self, path: str | Path) -> None:
        """Write the examples, for other movies and for ``tracksam batch --examples``."""
        if self.examples is None:
            raise InvalidInputError("look in a frame first: the examples are made by it.")
        write_examples(Path(path).with_suffix(".npz"), self.examples)
        self._session.events.notice.emit(Notice("info", f"Written: {path}."))

    def read(self, path: str | Path) -> None:
        """Take examples of another movie; those that were shown here are added to them."""
        self._read = read_examples(path)
        self._changed()

    def drop(self) -> None:
        """Show no ranking any more; the examples stay."""
        if self.ranking is not None:
            self.ranking = None
            self._session.layers.show_preview(self._session.frame, None)
        self._session.events.found.emit()

    def forget(self) -> None:
        """Begin anew with another movie; examples that were read stay."""
        self._searching = Searching()
        self._shown.clear()
        self.examples = self.ranking = self._asked = None

    def _changed(self) -> None:
        self.drop()
        if self.n_wanted:
            self.threshold = self._session.required_project.settings.find.min_likeness
            self.look()

    def _begin(self, work: Any, done: Any) -> None:
        self._session.marking.set_active(False)
        self._asked = asked = object()
        job = Job(work, partial(self._answered, asked, done), partial(self._failed, asked))
        self._session.workers.lane("find").add(job, only_latest=True)
        self._session.events.found.emit()

    def _answered(self, asked: object, done: Any, result: Any) -> None:
        if asked is self._asked:  # else something else was asked in the meantime
            self._asked = None
            done(result)

    def _is_ranked(self, result: tuple[Examples, Ranking]) -> None:
        self.examples = result[0]
        self._is_found(result[1])

    def _is_found(self, ranking: Ranking) -> None:
        self.ranking = ranking if ranking.frame == self._session.frame else None
        if not len(ranking.regions):
            text = f"Nothing is found in frame {ranking.frame}; try other words or another frame."
            self._session.events.notice.emit(Notice("info", text))
        self._show()

    def _failed(self, asked: object, error: TracksamError) -> None:
        self._asked = None if asked is self._asked else self._asked
        self._session.events.found.emit()
        self._session.tell_error(error)

    def _found(self) -> Regions:
        if not len(self.chosen):
            raise InvalidInputError("nothing is found yet; look in this frame, or lower the limit.")
        return self.chosen

    def _show(self) -> None:
        if self.ranking is not None:
            mask_yx = self.chosen.to_labels(np.ones(len(self.chosen), int)) > 0
            self._session.layers.show_preview(self.ranking.frame, mask_yx)
        self._session.events.found.emit()


def sheet_of(examples: Examples) -> NDArray[np.uint8]:
    """Return the contact sheet, without the columns that are empty in every row."""
    longest = max(len(examples.wanted), len(examples.unwanted), FEWEST_COLUMNS)
    sheet = example_sheet(examples)
    return sheet[:, : sheet.shape[1] * min(longest, SHEET_COLUMNS) // SHEET_COLUMNS]


def each(regions: Regions) -> list[Regions]:
    """Return every region alone."""
    return [regions.select([k]) for k in range(len(regions))]


def most_common(labels: NDArray[Any]) -> int:
    """Return the label that covers half of some pixels at least; 0: none."""
    label = int(np.argmax(np.bincount(labels)))
    return label if 2 * int((labels == label).sum()) >= len(labels) else 0
