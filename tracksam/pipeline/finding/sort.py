"""Sort: the cells of a movie in kinds, each with the examples that show it."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.embeddings import Embeddings
from tracksam.examples import THUMBNAIL_PX, Examples, thumbnail
from tracksam.pipeline.finding.look import Eye, Frame
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.finding.border import is_cut
from tracksam.steps.finding.cluster import clusters

_SHOWN = 24


@attrs.frozen(eq=False)
class SortedKind:
    """One kind of cell.

    Parameters
    ----------
    name : str
        ``"kind1"`` is the one with most cells.
    examples : Examples
        The cells nearest to its middle are wanted, those of the other kinds unwanted.
    n_cells : int
        Of this kind, in the frames that were looked at.
    """

    name: str
    examples: Examples
    n_cells: int


def sorted_kinds(
    stack: Stack,
    n_kinds: int | None = None,
    n_frames: int = 5,
    settings: Settings | None = None,
) -> list[SortedKind]:
    """Return the kinds of cells in a movie, without any example.

    Parameters
    ----------
    stack : Stack
        The movie.
    n_kinds : int, optional
        Default: found from the cells.
    n_frames : int
        So many frames, evenly spread, are looked at.
    settings : Settings, optional
        Channel and back ends.

    Returns
    -------
    list of SortedKind
        The kind with most cells first. Cells that the frame's border cuts are left out.

    Raises
    ------
    InvalidInputError
        There are too few cells.
    """
    settings = settings or Settings()
    eye = Eye.of(settings)
    n_frames = min(n_frames, stack.n_frames)
    frames = np.unique(np.rint(np.linspace(0, stack.n_frames - 1, n_frames)).astype(int))
    looked = [_whole_cells(eye, stack, frame, settings) for frame in frames.tolist()]
    embeddings = looked[0].embeddings
    for one in looked[1:]:
        embeddings = embeddings.followed_by(one.embeddings)
    shown = _Shown(
        embeddings,
        np.concatenate([one.places_fyx for one in looked]),
        np.concatenate([one.pictures for one in looked]),
    )
    label = clusters(embeddings, n_kinds)
    order = np.argsort(_typical(embeddings, label), kind="stable")
    return [_kind(k, label, order, shown, (stack, settings)) for k in range(int(label.max()) + 1)]


@attrs.frozen(eq=False)
class _Shown:
    """Cells, where they are, and pictures of them."""

    embeddings: Embeddings
    places_fyx: NDArray[np.float64]
    pictures: NDArray[np.uint8]


def _whole_cells(eye: Eye, stack: Stack, frame: int, settings: Settings) -> _Shown:
    seen = Frame.of(stack, frame, settings)
    every = eye.everything(seen)
    whole = np.flatnonzero(~is_cut(every.regions))
    yx = every.regions.select(whole).centroid_yx
    pictures = [thumbnail(seen.image_yxc, (y, x)) for y, x in yx.tolist()]
    shape = (len(pictures), THUMBNAIL_PX, THUMBNAIL_PX)
    return _Shown(
        every.embeddings.select(whole),
        np.column_stack([np.full(len(yx), float(frame)), yx]),
        np.array(pictures, np.uint8).reshape(shape),
    )


def _kind(
    number: int,
    label: NDArray[np.int64],
    order: NDArray[np.intp],
    shown: _Shown,
    movie: tuple[Stack, Settings],
) -> SortedKind:
    """Return one kind; `order` has the most typical cells of all kinds first."""
    stack, settings = movie
    wanted = order[label[order] == number][:_SHOWN]
    unwanted = order[label[order] != number][:_SHOWN]
    marked = np.concatenate([wanted, unwanted])
    others = np.setdiff1d(np.arange(len(label)), marked)
    examples = Examples(
        f"kind{number + 1}",
        shown.embeddings.select(wanted),
        shown.embeddings.select(unwanted),
        shown.embeddings.select(others),
        settings.find.embedder,
        stack.pixel_size_um is not None,
        shown.places_fyx[marked],
        (stack.name,) * len(marked),
        shown.pictures[marked],
    )
    return SortedKind(examples.name, examples, int((label == number).sum()))


def _typical(embeddings: Embeddings, label: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how far each cell is from the middle of its kind, in spreads."""
    spread = embeddings.vectors.std(axis=0) + 1e-6
    middles = np.array(
        [np.median(embeddings.vectors[label == k], axis=0) for k in range(int(label.max()) + 1)]
    )
    return np.asarray(np.abs((embeddings.vectors - middles[label]) / spread).mean(axis=1))
