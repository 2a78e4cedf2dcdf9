"""Retrack: some frames of a result are tracked anew; what a person did stays."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.change import Change, Curation, Kinds
from tracksam.errors import CancelledError, InvalidInputError
from tracksam.graph import FrameCandidates, Origin
from tracksam.pipeline.census import Census
from tracksam.pipeline.finding.judges import Judges
from tracksam.pipeline.finding.kinds import NOTHING_LIKE, judge_tracks, lives_of
from tracksam.pipeline.holding import Holding
from tracksam.pipeline.merge import Retracked, merged
from tracksam.pipeline.models import load_models
from tracksam.pipeline.spill import Spill
from tracksam.pipeline.watch import Watch
from tracksam.progress import Report, silent
from tracksam.regions import Regions
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.backward import redraw_backward
from tracksam.steps.candidates import candidates
from tracksam.steps.hold import has_twin, hold
from tracksam.steps.link import link
from tracksam.steps.overlaps import resolve_overlaps
from tracksam.steps.work import Work

FrameSeen = Callable[[int, NDArray[Any]], None]
"""Called with a frame's number and label image as soon as there is one; ids are not final."""


def unseen(frame: int, labels_yx: NDArray[Any]) -> None:
    """Look at no frame.

    Parameters
    ----------
    frame : int
        Any.
    labels_yx : ndarray of int, shape (Y, X)
        Any.
    """


@attrs.frozen
class Order:
    """What is to be tracked anew, and who is told.

    Parameters
    ----------
    name : str
        What to call the step.
    frames : range, optional
        Which frames, one after the other. Default: all.
    hold_first : bool
        Whether all cells of the first of these frames are right: tracking goes on from them.
    candidates : Path, optional
        An existing folder in which candidates are kept between calls, so that linking anew does
        not look at the movie again. None: not kept.
    seen : callable
        Called with each frame's label image as it is made.
    progress : callable
        Called with a `Progress` after each frame; if it returns True, the frames so far are kept.
    examples : tuple of Examples, optional
        Kinds that alone are wanted from now on; empty: every kind. Default: as before, see
        `Curation`.
    """

    name: str = "Track"
    frames: range | None = None
    hold_first: bool = False
    candidates: Path | None = None
    seen: FrameSeen = unseen
    progress: Report = silent
    examples: Kinds | None = None


def retrack(
    stack: Stack,
    curation: Curation,
    order: Order = Order(),
    *,
    settings: Settings | None = None,
) -> Change:
    """Return the step that tracks some frames of a result anew.

    Held are: confirmed tracks, in every frame; marked cells, in the frames in which they are
    marked; and with ``order.hold_first`` all cells of the first frame. Linking takes their masks
    as they are, under their ids. Everything else in these frames is replaced. Before them nothing
    changes; tracks that go on after them get the id of the cell that they overlap. Where examples
    say which kinds are wanted, only tracks like them are kept, what is held, and its descendants.

    Parameters
    ----------
    stack : Stack
        The movie.
    curation : Curation
        The result so far; `Curation.empty` to begin.
    order : Order
        What is to be done.
    settings : Settings, optional
        Default: ``Settings()``. In the mode ``"follow"`` only held cells and their descendants
        are tracked.

    Returns
    -------
    Change
        ``curation.after(change)`` is the new result.

    Raises
    ------
    InvalidInputError
        Frames outside the movie; nothing is held although it is to be followed; the movie does not
        fit the examples, or nothing in it is like them.
    CancelledError
        `order.progress` said so before the first frame was linked. Nothing changes.

    Examples
    --------
    >>> from tracksam.simulate import situation
    >>> stack = situation("dividing").stack
    >>> empty = Curation.empty(stack.n_frames, stack.shape_yx)
    >>> result = empty.after(retrack(stack, empty))
    >>> again = retrack(stack, result, Order("Track again", range(3, 12), hold_first=True))
    >>> result.after(again).lineage.parents == result.lineage.parents
    True
    """
    settings = settings or Settings()
    frames = range(stack.n_frames) if order.frames is None else order.frames
    _check(stack, curation, frames)
    holding = Holding(curation, frames, order.hold_first)
    kinds = curation.examples if order.examples is None else order.examples
    new = _anew(stack, holding, order, kinds, settings)
    done = range(frames.start, frames.start + len(new.census.rows))
    step = merged(order.name, attrs.evolve(holding, frames=done), new)
    changed = None if kinds == curation.examples else (curation.examples, kinds)
    return attrs.evolve(step, examples=changed)


def _anew(
    stack: Stack, holding: Holding, order: Order, kinds: Kinds, settings: Settings
) -> Retracked:
    """The frames tracked anew: of all cells, of those that are followed, or of the wanted kinds."""
    judges = Judges.of(kinds, settings) if kinds else None
    if judges is not None:
        judges.check(stack, settings)
    followed = None if judges else _followed(holding, settings)
    census, labels = _tracked(stack, holding, order, settings)
    if not census.rows:
        raise CancelledError("stopped before the first frame was tracked; nothing is changed.")
    if judges is not None:
        followed = _wanted(stack, holding, (census, labels), judges, settings)
    names, family = census.settled(followed, settings.link.min_track_frames)
    return Retracked(census, names, family, labels)


def _tracked(
    stack: Stack, holding: Holding, order: Order, settings: Settings
) -> tuple[Census, list[bytes]]:
    """Rows and compressed label images of the frames, up to where it was stopped."""
    channel = settings.read.channel
    seen = stack if channel is None else stack.only_channel(channel)
    watch = Watch(order.progress, len(holding.frames))
    found = _candidates(seen, holding, order, settings, watch)
    linked = _linked(_held(found, holding), holding, order, settings)
    watch.tell_failure("nothing is changed")
    return linked


def _followed(holding: Holding, settings: Settings) -> tuple[int, ...] | None:
    """The cells that alone are kept, with their descendants; None: all are."""
    if settings.mode != "follow":
        return None
    if not holding.ids:
        raise InvalidInputError(
            "to follow cells, mark at least one in these frames; or track everything."
        )
    return holding.ids


def _wanted(
    stack: Stack,
    holding: Holding,
    linked: tuple[Census, list[bytes]],
    judges: Judges,
    settings: Settings,
) -> tuple[int, ...]:
    """Tracks that are like the examples, and what is held."""
    census, labels = linked
    every = Retracked(census, *census.settled(None, 1), labels)
    kinds = judge_tracks(
        lambda frame: every.frame(frame, stack.shape_yx),
        stack.only_frames(holding.frames),
        lives_of(census.rows, every.names),
        judges,
        settings,
    )
    wanted = (*kinds.wanted, *holding.ids)
    if not wanted:
        raise InvalidInputError(f"nothing is changed: {NOTHING_LIKE}")
    return wanted


def _check(stack: Stack, curation: Curation, frames: range) -> None:
    if len(frames) < 1 or frames.step != 1 or frames.start < 0 or frames.stop > stack.n_frames:
        raise InvalidInputError(
            f"frames to track must follow one another and lie in 0 to {stack.n_frames - 1}; got "
            f"{frames}."
        )
    shape = (curation.masks.n_frames, *curation.masks.shape_yx)
    if shape != (stack.n_frames, *stack.shape_yx):
        raise InvalidInputError(
            f"the masks have frames, height and width {shape}, but the movie has "
            f"{(stack.n_frames, *stack.shape_yx)}."
        )


def _candidates(
    stack: Stack, holding: Holding, order: Order, settings: Settings, watch: Watch
) -> Iterator[FrameCandidates]:
    """Candidates of the frames, known ones or new ones; frames are counted from the first.

    The back ends are shown the whole movie, so that they see these frames as they saw them before.
    """
    spill = Spill.of(order.candidates, settings, holding.frames, holding.curation.masks.n_frames)
    starting = holding.starting()
    known = spill.known(starting)
    if known is not None:
        yield from (hold(c, starting[c.frame]) if c.frame in starting else c for c in known)
        return
    models = load_models(settings, stack)
    work = Work(stack.only_frames(holding.frames), models, starting, settings)
    work = attrs.evolve(work, seeds=_to_draw(work))
    work = attrs.evolve(work, backward=_looked_back(work, watch))
    if watch.is_stopped:
        return
    for found in watch.over(candidates(work), "tracking"):
        spill.keep(found)
        order.seen(holding.frames[found.frame], _draft(found))
        yield hold(found, starting[found.frame]) if found.frame in starting else found


def _to_draw(work: Work) -> dict[int, Regions]:
    """Masks to begin with that have to be drawn anew in the frames that follow.

    Where everything is detected, that is what the detector does not see in the first frame.
    """
    if work.settings.mode == "follow" or work.models.detector is None or 0 not in work.seeds:
        return dict(work.seeds)
    _, detected = work.models.look_at(work.stack.frame(0), work.settings.segment.min_score)
    unseen_first = work.seeds[0].select(~has_twin(work.seeds[0], detected))
    rest = {t: regions for t, regions in work.seeds.items() if t > 0}
    return {0: unseen_first, **rest} if len(unseen_first) else rest


def _looked_back(work: Work, watch: Watch) -> Mapping[int, Regions]:
    drawn: dict[int, Regions] = {}
    if work.settings.mode == "follow" or work.models.detector is None:
        total = sum(work.marked_frames)
        for frame, regions in watch.over(redraw_backward(work), "looking back", total):
            drawn[frame] = drawn[frame].joined(regions) if frame in drawn else regions
    return drawn


def _held(found: Iterator[FrameCandidates], holding: Holding) -> Iterator[FrameCandidates]:
    """Candidates among which confirmed masks are marked; linking never sees the lost ones."""
    for frame in found:
        seen = frame.select(frame.origin != Origin.LOST)
        yield hold(seen, holding.confirmed(holding.frames[frame.frame]))


def _linked(
    found: Iterator[FrameCandidates], holding: Holding, order: Order, settings: Settings
) -> tuple[Census, list[bytes]]:
    """Rows, and compressed label images under the ids of linking."""
    census, labels = Census(), list[bytes]()
    for linked in link(found, settings.link, first_id=holding.curation.highest_id + 1):
        labels_yx = resolve_overlaps(linked.regions).astype("<i4")
        labels.append(zlib.compress(labels_yx.tobytes(), level=1))
        census.add(linked)
        order.seen(holding.frames[linked.frame], labels_yx)
    return census, labels


def _draft(found: FrameCandidates) -> NDArray[np.int64]:
    """What a frame may look like before it is linked: the best candidates, marked ones first."""
    order = np.lexsort((-found.regions.score, found.origin != Origin.MARKED))
    seen = order[found.origin[order] != Origin.LOST]
    return found.regions.select(seen).to_labels()
