"""What must not change the lineage, changes nothing; what must turn with the movie, turns."""

from collections.abc import Sequence

import attrs
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tracksam.graph import FrameCandidates, LinkedFrame
from tracksam.regions import Regions
from tracksam.settings import LinkSettings
from tracksam.steps.link import labels_to_candidates, link

SHAPE_YX = (60, 84)
PLAIN = LinkSettings()
Track = frozenset[tuple[int, float, float]]


def drawn(cells: Sequence[tuple[float, float, float]]) -> np.ndarray:
    labels_yx = np.zeros(SHAPE_YX, int)
    y, x = np.mgrid[: SHAPE_YX[0], : SHAPE_YX[1]]
    for k, (cy, cx, radius) in enumerate(cells, start=1):
        labels_yx[(y - cy) ** 2 + ((x - cx) / 1.3) ** 2 <= radius**2] = k
    return labels_yx


def movie(seed: int, n_frames: int = 12) -> list[np.ndarray]:
    """Return label images of cells that wander, divide, hide for a frame and come and go."""
    rng = np.random.default_rng(seed)
    cells = [(*rng.uniform((8, 8), (52, 76)), rng.uniform(3.5, 5)) for _ in range(5)]
    frames = []
    for _ in range(n_frames):
        step = rng.normal(0, 1.2, (len(cells), 2))
        cells = [(y + dy, x + dx, r) for (y, x, r), (dy, dx) in zip(cells, step, strict=True)]
        if rng.random() < 0.2:
            y, x, r = cells.pop(0)
            cells += [(y - 0.8 * r, x, 0.75 * r), (y + 0.8 * r, x, 0.75 * r)]
        seen = [cell for cell in cells if rng.random() > 0.04]
        frames.append(drawn(seen))
    return frames


def candidates(frames: Sequence[np.ndarray]) -> list[FrameCandidates]:
    return [labels_to_candidates(t, labels_yx) for t, labels_yx in enumerate(frames)]


def tracks(frames: Sequence[LinkedFrame]) -> dict[int, Track]:
    places: dict[int, list[tuple[int, float, float]]] = {}
    for linked in frames:
        for i, yx in zip(
            linked.regions.object_id.tolist(), linked.regions.centroid_yx.tolist(), strict=True
        ):
            places.setdefault(i, []).append((linked.frame, round(yx[0], 6), round(yx[1], 6)))
    return {i: frozenset(rows) for i, rows in places.items()}


def story(frames: Sequence[LinkedFrame]) -> tuple[frozenset[Track], frozenset[tuple[Track, Track]]]:
    """Return the tracks and the pairs of mother and daughter, without any id."""
    named = tracks(frames)
    pairs = {(named[m], named[d]) for linked in frames for d, m in linked.parents.items()}
    return frozenset(named.values()), frozenset(pairs)


def shuffled(frame: FrameCandidates, rng: np.random.Generator) -> FrameCandidates:
    order = rng.permutation(len(frame))
    return attrs.evolve(
        frame,
        regions=frame.regions.select(order),
        origin=frame.origin[order],
        intensity=frame.intensity[order],
        landing_kp2=frame.landing_kp2[order],
        landing_confidence_kp=frame.landing_confidence_kp[order],
        prompts_left=frame.prompts_left[order],
    )


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_candidates_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frames = candidates(movie(seed))
    other = [shuffled(frame, rng) for frame in frames]
    assert story(list(link(other, PLAIN))) == story(list(link(frames, PLAIN)))


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_a_transposed_movie_has_transposed_tracks(seed: int) -> None:
    frames = movie(seed)
    here, pairs = story(list(link(candidates(frames), PLAIN)))
    there, _ = story(list(link(candidates([f.T for f in frames]), PLAIN)))
    assert there == {frozenset((t, x, y) for t, y, x in track) for track in here}
    assert len(pairs) == len(story(list(link(candidates([f.T for f in frames]), PLAIN)))[1])


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.integers(8, 11))
def test_windows_tell_the_same_as_one_window(seed: int, window_frames: int) -> None:
    frames = candidates(movie(seed, n_frames=20))
    whole = story(list(link(frames, PLAIN, window_frames=100)))
    assert story(list(link(frames, PLAIN, window_frames=window_frames))) == whole


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_a_cell_far_away_changes_nothing(seed: int) -> None:
    frames = movie(seed)
    wide = [np.pad(f, ((0, 0), (0, 200))) for f in frames]
    far = [f.copy() for f in wide]
    for f in far:
        f[20:28, 270:280] = 99
    here, pairs = story(list(link(candidates(wide), PLAIN)))
    both, other_pairs = story(list(link(candidates(far), PLAIN)))
    assert both - here == {frozenset((t, 23.5, 274.5) for t in range(len(frames)))}
    assert here <= both
    assert pairs == other_pairs


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_no_track_has_a_hole_and_no_label_is_lost(seed: int, fill_gaps: bool) -> None:
    frames = movie(seed)
    linked = list(link(candidates(frames), LinkSettings(fill_gaps=fill_gaps)))
    for rows in tracks(linked).values():
        seen = sorted(t for t, _, _ in rows)
        assert seen == list(range(seen[0], seen[-1] + 1))
    for labels_yx, frame in zip(frames, linked, strict=True):
        given_px = Regions.from_labels(labels_yx).area_px.tolist()
        assert frame.regions.area_px[~frame.is_interpolated].tolist() == given_px


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_mothers_end_where_daughters_begin(seed: int) -> None:
    linked = list(link(candidates(movie(seed)), PLAIN))
    named = tracks(linked)
    for frame in linked:
        for daughter, mother in frame.parents.items():
            assert min(t for t, _, _ in named[daughter]) == frame.frame
            assert max(t for t, _, _ in named[mother]) < frame.frame
            assert 0 < frame.parent_confidence[daughter] <= 1
