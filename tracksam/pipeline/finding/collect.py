"""Collect: what a person marked in a movie becomes examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError
from tracksam.examples import Examples, thumbnail
from tracksam.pipeline.finding.look import Eye, Frame
from tracksam.prompts import Boxes, Marks, Prompts, check_against
from tracksam.regions import Regions
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.finding.everything import Everything

_SAME = 0.5  # of the smaller one's pixels that a shown mask shares with a detected cell


def collect_examples(
    stack: Stack,
    points: Prompts,
    *,
    name: str = "wanted",
    settings: Settings | None = None,
    eye: Eye | None = None,
) -> Examples:
    """Return the cells under points as examples.

    Parameters
    ----------
    stack : Stack
        The movie; the marked frames are read.
    points : Prompts
        A positive point shows a wanted cell, a negative one an unwanted; object ids are not
        looked at. Where no cell was detected, the segmenter draws one.
    name : str
        What the wanted kind is called.
    settings : Settings, optional
        Channel, back ends. Default: ``Settings()``.
    eye : Eye, optional
        Made of the settings if not given.

    Returns
    -------
    found : Examples

    Raises
    ------
    InvalidInputError
        A point lies outside the movie or where there is no cell, a cell is marked for and against,
        or nothing is wanted.

    Examples
    --------
    >>> from tracksam.simulate import situation
    >>> movie = situation("still")
    >>> places = movie.lineage.yx[movie.lineage.frame == 0][:3]
    >>> points = Prompts([1, 2, 3], [0, 0, 0], places, [True, True, False])
    >>> examples = collect_examples(movie.stack, points, name="round ones")
    >>> len(examples.wanted), len(examples.unwanted)
    (2, 1)
    """
    settings = settings or Settings()
    eye = eye or Eye.of(settings)
    ids = np.arange(1, len(points) + 1)
    placed = Prompts(ids, points.frame, points.yx)
    check_against(Marks(placed), (stack.n_frames, *stack.shape_yx))
    if not points.is_positive.any():
        raise InvalidInputError(
            "examples need a wanted cell: mark one positively; got "
            f"{len(points)} negative points and no positive one."
        )
    found = [
        _shown_by_points(stack, points.at(frame), eye, settings)
        for frame in sorted(set(points.frame.tolist()))
    ]
    return _joined(found, name, settings, stack)


def collect_masks(
    stack: Stack,
    shown: Mapping[int, tuple[Regions, NDArray[np.bool_]]],
    *,
    name: str = "wanted",
    settings: Settings | None = None,
    eye: Eye | None = None,
) -> Examples:
    """Return given masks as examples.

    Parameters
    ----------
    stack : Stack
        The movie; the frames of the masks are read.
    shown : mapping of int to Regions and bool array
        For each frame K masks, and whether each is wanted.
    name, settings, eye
        As for `collect_examples`.

    Returns
    -------
    found : Examples
        Detected cells that are none of the masks are among its `others`.

    Raises
    ------
    InvalidInputError
        A frame is not there, masks are of another size, or nothing is wanted.
    """
    settings = settings or Settings()
    eye = eye or Eye.of(settings)
    for frame, (regions, _) in shown.items():
        if not 0 <= frame < stack.n_frames or regions.shape_yx != stack.shape_yx:
            raise InvalidInputError(
                f"example masks of shape {regions.shape_yx} in frame {frame} do not fit a movie of "
                f"{stack.n_frames} frames of {stack.shape_yx}."
            )
    if not any(np.any(wanted) for _, wanted in shown.values()):
        raise InvalidInputError("examples need a wanted cell, got none.")
    found = []
    for frame, (regions, wanted) in sorted(shown.items()):
        seen = Frame.of(stack, frame, settings)
        every = eye.everything(seen)
        own = Everything(regions, eye.embedded(seen, regions))
        found.append(_Shown(frame, seen, own, np.asarray(wanted, bool), _rest(every, regions)))
    return _joined(found, name, settings, stack)


@attrs.frozen(eq=False)
class _Shown:
    """What was shown in one frame, and the cells that were not."""

    frame: int
    seen: Frame
    marked: Everything
    is_wanted: NDArray[np.bool_]
    others: Everything


def _shown_by_points(stack: Stack, points: Prompts, eye: Eye, settings: Settings) -> _Shown:
    frame = int(points.frame[0])
    seen = Frame.of(stack, frame, settings)
    every = eye.everything(seen)
    chosen: dict[int, bool] = {}
    drawn = Regions(stack.shape_yx)
    drawn_wanted: list[bool] = []
    for (y, x), wanted in zip(points.yx.tolist(), points.is_positive.tolist(), strict=True):
        hit = every.at_points([[y, x]])
        if not len(hit):
            drawn = drawn.joined(_drawn_at(eye, seen, frame, (y, x)))
            drawn_wanted.append(wanted)
        elif chosen.setdefault(int(hit[0]), wanted) != wanted:
            raise InvalidInputError(
                f"the cell at y={y:g}, x={x:g} in frame {frame} is marked as wanted and as "
                "unwanted; remove one of the two."
            )
    picked = np.array(list(chosen), np.intp)
    embeddings = every.embeddings.select(picked)
    if len(drawn):
        embeddings = embeddings.followed_by(eye.embedded(seen, drawn))
    marked = Everything(every.regions.select(picked).joined(drawn), embeddings)
    is_wanted = np.array([*chosen.values(), *drawn_wanted], bool)
    rest = np.setdiff1d(np.arange(len(every)), picked)
    others = Everything(every.regions.select(rest), every.embeddings.select(rest))
    return _Shown(frame, seen, marked, is_wanted, others)


def _drawn_at(eye: Eye, seen: Frame, frame: int, yx: tuple[float, float]) -> Regions:
    prepared = eye.segmenter.prepare(seen.seen_yxc)
    drawn = eye.segmenter.segment(
        prepared, Prompts(np.array([1]), np.array([frame]), np.array([yx])), Boxes()
    )
    if not len(drawn):
        raise InvalidInputError(
            f"there is no cell at y={yx[0]:g}, x={yx[1]:g} in frame {frame}; mark a cell nearer to "
            "its middle."
        )
    return drawn.select([0]).with_ids([0])


def _rest(every: Everything, shown: Regions) -> Everything:
    """The detected cells that are none of the shown ones."""
    taken = [
        any(
            shown.intersection_px(j, every.regions, k)
            >= _SAME * min(int(shown.crops[j].sum()), int(every.regions.crops[k].sum()))
            for j in range(len(shown))
        )
        for k in range(len(every))
    ]
    rest = np.flatnonzero(~np.array(taken, bool))
    return Everything(every.regions.select(rest), every.embeddings.select(rest))


def _joined(found: list[_Shown], name: str, settings: Settings, stack: Stack) -> Examples:
    """Examples of several frames of one movie, as one."""
    marked, others = found[0].marked.embeddings, found[0].others.embeddings
    for one in found[1:]:
        marked = marked.followed_by(one.marked.embeddings)
        others = others.followed_by(one.others.embeddings)
    wanted = np.concatenate([one.is_wanted for one in found])
    order = np.argsort(~wanted, kind="stable")
    places = np.concatenate([_places(one) for one in found])
    pictures: list[Any] = [
        thumbnail(one.seen.image_yxc, (y, x))
        for one in found
        for y, x in one.marked.regions.centroid_yx.tolist()
    ]
    return Examples(
        name,
        marked.select(wanted),
        marked.select(~wanted),
        others,
        settings.find.embedder,
        stack.pixel_size_um is not None,
        places[order],
        (stack.name,) * len(order),
        np.array(pictures)[order],
    )


def _places(one: _Shown) -> NDArray[np.float64]:
    yx = one.marked.regions.centroid_yx
    return np.concatenate([np.full((len(yx), 1), float(one.frame)), yx], axis=1)
