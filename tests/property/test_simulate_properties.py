"""What holds for every simulated movie, however it is seen."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from tracksam.simulate.movie import MovieSettings, SimulatedMovie, movie
from tracksam.simulate.situations import SITUATIONS, situation
from tracksam.simulate.stills import still
from tracksam.simulate.transforms import backwards, relabelled, transposed

movies = st.builds(
    lambda name, seed: situation(name, seed=seed),
    st.sampled_from(["dividing", "leaving", "occluded", "budding", "single_frame", "empty"]),
    st.integers(0, 20),
)


def consistent(made: SimulatedMovie) -> bool:
    """Say whether masks and lineage name the same cells at the same places."""
    rows = {
        (int(i), int(t)): yx
        for i, t, yx in zip(made.lineage.track_id, made.lineage.frame, made.lineage.yx, strict=True)
    }
    found = {}
    for frame, labels_yx in enumerate(made.masks):
        for label in np.unique(labels_yx[labels_yx > 0]).tolist():
            found[label, frame] = ndimage.center_of_mass(labels_yx == label)
    return set(rows) == set(found) and all(np.allclose(rows[k], found[k]) for k in rows)


@settings(max_examples=15)
@given(movies)
def test_transposing_twice_changes_nothing(made: SimulatedMovie) -> None:
    turned = transposed(made)
    assert turned.stack.shape_yx == made.stack.shape_yx[::-1]
    np.testing.assert_array_equal(turned.stack.frame(0)[..., 0], made.stack.frame(0)[..., 0].T)
    assert consistent(turned)
    assert transposed(turned) == made


@settings(max_examples=15)
@given(movies)
def test_reversing_twice_changes_only_the_parents(made: SimulatedMovie) -> None:
    back = backwards(made)
    assert consistent(back)
    assert dict(back.lineage.parents) == {}
    again = backwards(back)
    assert again.masks == made.masks
    assert again.stack == made.stack
    assert again.points == made.points
    np.testing.assert_array_equal(again.lineage.yx, made.lineage.yx)


@settings(max_examples=15)
@given(movies, st.randoms(use_true_random=False))
def test_relabelling_back_changes_nothing(made: SimulatedMovie, chance) -> None:
    ids = made.lineage.track_ids.tolist()
    new = chance.sample(range(1, 60000), len(ids))
    other = relabelled(made, dict(zip(ids, new, strict=True)))
    assert consistent(other)
    assert sorted(new) == other.lineage.track_ids.tolist()
    assert set(np.unique(other.point_ids)) <= {0, *new}
    assert relabelled(other, dict(zip(new, ids, strict=True))) == made


@settings(max_examples=12)
@given(
    form=st.sampled_from(["nucleus", "adherent", "rod", "spindle", "packed"]),
    n_cells=st.integers(0, 12),
    seed=st.integers(0, 1000),
    drift=st.floats(-2, 2),
    rates=st.tuples(st.floats(0, 0.2), st.floats(0, 0.1)),
    is_open=st.booleans(),
)
def test_the_truth_fits_the_masks_of_any_movie(form, n_cells, seed, drift, rates, is_open) -> None:
    made = movie(
        MovieSettings(
            form=form,
            n_frames=7,
            height_px=48,
            width_px=70,
            n_cells=n_cells,
            diameter_px=11.0,
            seed=seed,
            drift_y_px=drift,
            division_rate=rates[0],
            death_rate=rates[1],
            open_borders=is_open,
        )
    )
    assert consistent(made)
    for daughter, mother in made.lineage.parents.items():
        born = made.lineage.frame[made.lineage.rows(daughter)][0]
        assert made.lineage.frame[made.lineage.rows(mother)][-1] == born - 1
    assert np.isfinite(made.points.yx_tn2).all()
    assert made.stack.frame(6).shape == (48, 70, 1)


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), height=st.integers(40, 120), width=st.integers(40, 120))
def test_any_still_has_finite_pixels_and_labels_without_holes(seed, height, width) -> None:
    image_yx, labels_yx = still(np.random.default_rng(seed), (height, width))
    assert image_yx.shape == labels_yx.shape == (height, width)
    assert np.isfinite(image_yx).all()
    assert image_yx.min() >= 0
    assert np.unique(labels_yx).tolist()[-1] == len(np.unique(labels_yx[labels_yx > 0]))


def test_situations_are_all_repeatable() -> None:
    for name in SITUATIONS:
        one, two = situation(name, seed=1), situation(name, seed=1)
        assert one.lineage == two.lineage
        np.testing.assert_array_equal(one.stack.frame(0), two.stack.frame(0))
