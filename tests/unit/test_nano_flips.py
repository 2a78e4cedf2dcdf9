import attrs
import numpy as np

from tracksam.backends.nano.flips import with_flips
from tracksam.backends.nano.scale import Look
from tracksam.training.ideal import ideal_answers


@attrs.define
class Turning:
    """Stands for a model: labels that are drawn in the image itself; counts its runs."""

    runs: int = 0

    def answers(self, image_yx):
        self.runs += 1
        return ideal_answers(np.rint(image_yx).astype(np.int32))


def corner_yx(shape_yx):
    labels_yx = np.zeros(shape_yx, np.int32)
    labels_yx[5:19, 8:29] = 1
    labels_yx[5:12, 29:44] = 2
    return labels_yx


def test_a_network_without_error_says_the_same_of_mirror_images():
    labels_yx = corner_yx((40, 60))
    model = Turning()
    plain = ideal_answers(labels_yx)
    flipped = with_flips(model, Look(1.0, labels_yx.astype(np.float32), plain)).answers
    assert model.runs == 3
    np.testing.assert_allclose(flipped.foreground, plain.foreground)
    np.testing.assert_allclose(flipped.distance, plain.distance, atol=0.01)
    assert np.abs(flipped.offset_yx - plain.offset_yx).max() <= 1


def test_large_images_are_looked_at_fewer_times():
    for shape_yx, runs in (((600, 700), 1), ((2100, 2000), 0)):
        model = Turning()
        image_yx = corner_yx(shape_yx).astype(np.float32)
        with_flips(model, Look(1.0, image_yx, ideal_answers(corner_yx(shape_yx))))
        assert model.runs == runs
