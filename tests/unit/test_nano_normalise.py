import numpy as np
import pytest

from tracksam.backends.nano.normalise import grey, network_input, resized, without_hot_pixels
from tracksam.errors import InvalidInputError


@pytest.fixture
def cells_yx(rng):
    image_yx = rng.normal(100, 2, (60, 80)).astype(np.float32)
    image_yx[20:30, 30:45] += 80
    return image_yx


def test_gain_and_offset_do_not_matter(cells_yx):
    views = network_input(cells_yx)
    assert views.shape == (3, 60, 80)
    np.testing.assert_allclose(network_input(40 * cells_yx + 3000), views, atol=2e-3)


def test_inverting_the_image_inverts_the_local_and_the_deep_view(cells_yx):
    np.testing.assert_allclose(
        network_input(500 - cells_yx)[1:], -network_input(cells_yx)[1:], atol=0.05
    )


def test_a_dim_cell_beside_a_bright_one_stands_out_in_the_local_view(rng):
    image_yx = rng.normal(0, 1, (60, 240)).astype(np.float32)
    image_yx[20:40, 20:40] += 1000
    image_yx[20:40, 200:220] += 40
    globally, locally, _ = network_input(image_yx)
    assert globally[20:40, 200:220].mean() - globally[20:40, 150:170].mean() < 0.15
    assert locally[20:40, 200:220].mean() - locally[20:40, 150:170].mean() > 0.8


def test_a_cell_with_a_hundredth_of_the_light_stands_out_in_the_deep_view(rng):
    image_yx = rng.normal(0, 1, (90, 120)).astype(np.float32)
    image_yx[20:40, 20:40] += 1000
    image_yx[20:40, 60:80] += 10
    globally, _, deep = network_input(image_yx)
    dim, ground = (slice(20, 40), slice(60, 80)), (slice(50, 90), slice(0, 120))
    assert globally[dim].mean() - globally[ground].mean() < 0.03
    assert deep[dim].mean() - deep[ground].mean() > 0.15
    assert deep[dim].mean() - deep[ground].mean() > 4 * deep[ground].std()
    assert np.abs(deep).max() <= 1


def test_constant_images_become_zeros():
    assert not network_input(np.full((9, 7), 4095, np.float32)).any()


def test_a_hot_pixel_goes_and_the_rest_stays(cells_yx):
    hot_yx = cells_yx.copy()
    hot_yx[50, 10] = 60000
    cleaned_yx = without_hot_pixels(hot_yx)
    assert cleaned_yx[50, 10] < 110
    changed = cleaned_yx != hot_yx
    changed[50, 10] = False
    assert changed.sum() == 0


def test_grey_takes_the_channel_that_is_asked_for(rng):
    image_yxc = rng.integers(0, 255, (5, 6, 3), dtype=np.uint8)
    np.testing.assert_array_equal(grey(image_yxc, 2), image_yxc[:, :, 2])
    assert grey(image_yxc).dtype == np.float32


def test_grey_gives_every_channel_the_same_say():
    ramp_yx = np.linspace(0, 1, 20, dtype=np.float32).reshape(4, 5)
    image_yxc = np.stack([ramp_yx, 1000 * ramp_yx[::-1]], axis=2)
    mean_yx = grey(image_yxc)
    assert np.ptp(mean_yx.mean(axis=1)) < 1e-5


def test_nan_becomes_the_smallest_value():
    image_yxc = np.array([[[3.0], [np.nan]], [[7.0], [np.inf]]])
    np.testing.assert_array_equal(grey(image_yxc), [[3, 3], [7, 3]])


def test_messages_name_the_channels_and_the_shape():
    with pytest.raises(InvalidInputError, match=r"channel 3 .* has channels 0 to 1"):
        grey(np.zeros((4, 5, 2)), 3)
    with pytest.raises(InvalidInputError, match=r"shape \(Y, X, C\).*got \(4, 5\)"):
        grey(np.zeros((4, 5)))


def test_shrinking_averages():
    image_yx = np.tile(np.array([[0, 2], [2, 0]], np.float32), (4, 5))
    np.testing.assert_allclose(resized(image_yx, (4, 5)), np.ones((4, 5)))
