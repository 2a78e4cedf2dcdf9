"""How nano finds the scale, with a network that knows the answer."""

import attrs
import numpy as np
import pytest

from tracksam.backends.nano.decode import Decoding
from tracksam.backends.nano.model import Answers, ModelCard
from tracksam.backends.nano.scale import look_at_diameter, settled
from tracksam.backends.nano.typical import typical_diameter


@attrs.define
class SeesDiscs:
    """Stands for a network: says what is true of discs, which are 1 in the image."""

    card: ModelCard = attrs.field(factory=lambda: ModelCard("", 26.0, 32, working_px=32.0))
    shapes: list[tuple[int, int]] = attrs.field(factory=list)

    def answers(self, image_yx):
        from scipy import ndimage

        self.shapes.append(image_yx.shape)
        inside = image_yx > 0.5
        labels, _ = ndimage.label(inside)
        foreground = np.where(inside, 0.95, 0.02).astype(np.float32)
        offset = np.zeros((2, *image_yx.shape), np.float32)
        log = np.zeros(image_yx.shape, np.float32)
        for number, box in enumerate(ndimage.find_objects(labels), start=1):
            mine = labels == number
            diameter = box[0].stop - box[0].start
            rows, columns = np.nonzero(mine)
            offset[0][mine] = rows.mean() - rows
            offset[1][mine] = columns.mean() - columns
            log[mine] = np.log2(diameter / 26.0)
        return Answers(foreground, foreground.copy(), offset, log)


def discs(shape_yx: tuple[int, int], diameter_px: float) -> np.ndarray:
    rows, columns = np.mgrid[: shape_yx[0], : shape_yx[1]].astype(float)
    pitch = 1.6 * diameter_px
    y, x = rows % pitch - pitch / 2, columns % pitch - pitch / 2
    return ((y**2 + x**2) < (diameter_px / 2) ** 2).astype(np.float32)


@pytest.mark.parametrize("diameter", [9, 16, 60, 150])
def test_the_typical_diameter_is_found_whatever_it_is(diameter):
    found = typical_diameter(SeesDiscs(), discs((300, 420), diameter), Decoding())
    assert found == pytest.approx(diameter, rel=0.2)


def test_one_large_thing_beside_small_cells_does_not_count():
    image_yx = discs((240, 300), 10)
    image_yx[:, :130] = 0
    image_yx[60:160, 20:120] = discs((100, 100), 62)
    assert typical_diameter(SeesDiscs(), image_yx, Decoding()) == pytest.approx(10, rel=0.25)


def test_finer_looks_see_a_part_of_a_large_frame():
    model = SeesDiscs()
    typical_diameter(model, discs((1500, 2000), 30), Decoding())
    assert all(rows * columns <= 210_000 for rows, columns in model.shapes)
    assert len(model.shapes) > 2


def test_without_cells_there_is_no_diameter():
    assert typical_diameter(SeesDiscs(), np.zeros((90, 140), np.float32), Decoding()) is None


def test_the_frame_is_seen_where_its_cells_have_the_working_size():
    seen = look_at_diameter(SeesDiscs(), np.zeros((500, 700), np.float32), 64)
    assert seen.scale == 0.5
    assert seen.image_yx.shape == (250, 350)


def test_a_scale_near_one_needs_no_resampling():
    seen = look_at_diameter(SeesDiscs(), np.zeros((50, 70), np.float32), 28)
    assert seen.scale == 1
    assert seen.image_yx.shape == (50, 70)


def test_scales_are_held_within_what_helps():
    assert settled(0.85) == 1
    assert settled(1.3) == 1
    assert settled(0.5) == 0.5
    assert settled(9.0) == 3.0
