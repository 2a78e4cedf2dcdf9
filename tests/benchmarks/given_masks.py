"""Masks whose ids were thrown away: read or simulated, and those that give them ids anew."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.errors import ReadError
from tracksam.evaluate import Tracked
from tracksam.evaluate.matching import matched
from tracksam.io.images import read_movie
from tracksam.io.labels import open_labels
from tracksam.io.track_table import track_rows
from tracksam.masks import Masks
from tracksam.pipeline.census import Census
from tracksam.stack import Stack
from tracksam.training.linking.faults import Faults, Faulty
from tracksam.training.linking.movies import USUAL, simulated

Labels = NDArray[np.int64]
# Seeds of simulated movies of which nothing was learned or chosen begin here.
UNSEEN_SEED = 40_000


@attrs.frozen(eq=False)
class Given:
    """A sequence to be linked.

    Parameters
    ----------
    name : str
    labels : sequence of ndarray of int, each of shape (Y, X)
        Masks under shuffled ids, different in each frame.
    stack : Stack or None
        The movie, if there is one.
    truth : Tracked
    """

    name: str
    labels: Sequence[Labels]
    stack: Stack | None
    truth: Tracked


def given(folder: Path, first: int = 0) -> Given:
    """Return the sequence of a folder ``NN_GT``: silver masks if there are some, else truth's.

    Frames before `first` are left out; what began there, begins with it.
    """
    rows = track_rows(folder / "TRA" / "man_track.txt")
    truth = Masks(open_labels(folder / "TRA", "man_track*.tif"))
    silver = folder.with_name(folder.name.replace("_GT", "_ST")) / "SEG"
    masks = Masks(open_labels(silver, "man_seg*.tif")) if silver.is_dir() else truth
    if first:
        rows = rows[rows[:, 2] >= first]
        rows = np.column_stack([rows[:, 0], np.maximum(rows[:, 1:3] - first, 0), rows[:, 3]])
        rows[~np.isin(rows[:, 3], rows[:, 0]), 3] = 0
        truth, masks = _later(truth, first), _later(masks, first)
    rng = np.random.default_rng(0)
    movie = folder.with_name(folder.name.removesuffix("_GT"))
    return Given(
        f"{folder.parent.name}/{movie.name}",
        [shuffled(labels_yx, rng) for labels_yx in masks],
        None if first else _movie(movie),
        Tracked(Masks.from_array(np.stack([yx.astype(np.int64) for yx in truth])), rows),
    )


def _later(masks: Masks, first: int) -> Masks:
    return Masks.from_array(np.stack([masks.frame(t) for t in range(first, masks.n_frames)]))


def _movie(folder: Path) -> Stack | None:
    try:
        return read_movie(folder)
    except ReadError:
        return None


def simulated_given(number: int) -> Given:
    """Return a simulated movie; the masks of every second one have the faults of segmenters.

    Parameters
    ----------
    number : int
        From 0; style, size, speed, crowding and frame rate change with it.
    """
    seed = UNSEEN_SEED + number
    filmed = simulated(seed, USUAL)
    rng = np.random.default_rng(seed)
    faulty = Faulty(Faults() if number % 2 else Faults.none(), rng)
    spans: dict[int, list[int]] = {}
    for t, labels_yx in enumerate(filmed.labels):
        for track in np.unique(labels_yx[labels_yx > 0]).tolist():
            spans.setdefault(track, [t, t])[1] = t
    rows = [(i, *span, filmed.parents.get(i, 0)) for i, span in sorted(spans.items())]
    return Given(
        f"simulated {number}",
        [shuffled(faulty(labels_yx), rng) for labels_yx in filmed.labels],
        filmed.stack,
        Tracked(Masks.from_array(np.stack(filmed.labels)), np.array(rows, np.int64)),
    )


def shuffled(labels_yx: Labels, rng: np.random.Generator) -> Labels:
    """Return a label image under ids that tell nothing."""
    values = np.unique(labels_yx)
    values = values[values > 0]
    table = np.zeros(int(labels_yx.max(initial=0)) + 1, np.int64)
    table[values] = rng.permutation(len(values)) + 1
    return table[labels_yx]


def tracked(
    labels: Sequence[Labels], names: Sequence[dict[int, int]], parents: dict[int, int]
) -> Tracked:
    """Return tracks given, for each frame, the track of each label; tracks may have gaps."""
    frames: dict[int, list[int]] = {}
    for t, named in enumerate(names):
        for track in named.values():
            frames.setdefault(track, []).append(t)
    table, name_at, last_part = [], {}, {}
    next_id = max(frames, default=0) + 1
    for track, seen in sorted(frames.items(), key=lambda item: item[1][0]):
        runs = np.split(np.array(seen), np.flatnonzero(np.diff(seen) > 1) + 1)
        part, before = track, last_part.get(parents.get(track, 0), 0)
        for run in runs:
            table.append((part, int(run[0]), int(run[-1]), before))
            name_at |= {(track, int(t)): part for t in run}
            last_part[track], before = part, part
            part, next_id = next_id, next_id + 1
    drawn = []
    for t, (labels_yx, named) in enumerate(zip(labels, names, strict=True)):
        lookup = np.zeros(int(labels_yx.max(initial=0)) + 1, np.int64)
        for label, track in named.items():
            lookup[label] = name_at[track, t]
        drawn.append(lookup[labels_yx])
    return Tracked(Masks.from_array(np.stack(drawn)), np.array(sorted(table), np.int64))


def oracle(sequence: Given) -> Tracked:
    """Return the masks under the truth's own ids: the best that links alone can reach."""
    table = sequence.truth.table
    names, next_id = [], int(table[:, 0].max()) + 1
    for truth_yx, labels_yx in zip(sequence.truth.masks, sequence.labels, strict=True):
        _, found, true_ids, labels, _ = matched(truth_yx, labels_yx)
        named: dict[int, int] = {}
        for true_id, label in zip(true_ids, labels, strict=True):
            named.setdefault(label, true_id)
        for label in set(found) - set(named):
            named[label], next_id = next_id, next_id + 1
        names.append(named)
    return tracked(sequence.labels, names, {int(r[0]): int(r[3]) for r in table if r[3]})


def of_linked(linked: list) -> Tracked:
    """Return linked frames under their final ids."""
    from tracksam.steps.overlaps import resolve_overlaps

    census = Census()
    drawn = []
    for frame in linked:
        drawn.append(resolve_overlaps(frame.regions))
        census.add(frame)
    names, family = census.settled(None, 1)
    final = [names.of(labels_yx) for labels_yx in drawn]
    spans: dict[int, list[int]] = {}
    for t, frame in enumerate(linked):
        for track in names.of(frame.regions.object_id).tolist():
            spans.setdefault(track, [t, t])[1] = t
    table = [
        (track, first, last, family.parents.get(track, 0))
        for track, (first, last) in sorted(spans.items())
    ]
    return Tracked(Masks.from_array(np.stack(final)), np.array(table, np.int64))


def timed(method: Callable[[Given], Tracked], sequence: Given) -> tuple[Tracked, float]:
    """Return a method's answer and its seconds of the processor."""
    start = time.process_time()
    answer = method(sequence)
    return answer, time.process_time() - start
