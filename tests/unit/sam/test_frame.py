"""Frames larger than the network: tiles, routing, stitching, caches, memory that runs out."""

import numpy as np
import pytest

pytest.importorskip("segment_anything", reason="segment-anything is not installed")

from tracksam.backends.sam.frame import Eyes, Frame
from tracksam.backends.sam.network import Ask
from tracksam.backends.sam.running import Running, in_batches
from tracksam.backends.sam.tiles import Tile, best_tile, plan_tiles
from tracksam.errors import BackendError, InvalidInputError
from tracksam.prompts import Boxes, Prompts
from tracksam.regions import Regions
from tracksam.testing.scenes import Disc, image_of, overlap
from tracksam.testing.segmenter import NO_BOXES, NO_POINTS, best_mask, box, points

LARGE_YX = (190, 300)


def test_a_small_frame_is_one_tile() -> None:
    assert plan_tiles((128, 90), 128) == (Tile((0, 0), (128, 90), (128, 90)),)


@pytest.mark.parametrize("shape_yx", [(129, 128), (190, 300), (1000, 130), (513, 2049)])
def test_tiles_cover_the_frame_and_overlap(shape_yx: tuple[int, int]) -> None:
    tiles = plan_tiles(shape_yx, 128)
    seen_yx = np.zeros(shape_yx, int)
    for tile in tiles:
        assert max(tile.shape_yx) == 128
        seen_yx[tile.slices] += 1
    assert seen_yx.min() == 1
    starts = [sorted({tile.start_yx[axis] for tile in tiles}) for axis in (0, 1)]
    for axis in (0, 1):
        steps = np.diff(starts[axis])
        assert (steps <= 112).all()  # an eighth of 128 is shared


def test_a_box_goes_to_the_tile_in_which_it_lies_deepest() -> None:
    tiles = plan_tiles((128, 240), 128)
    assert [tile.start_yx for tile in tiles] == [(0, 0), (0, 112)]
    assert best_tile(tiles, np.array([10.0, 100, 20, 110])) == 0
    assert best_tile(tiles, np.array([10.0, 114, 20, 124])) == 0
    assert best_tile(tiles, np.array([10.0, 117, 20, 128])) == 1
    assert best_tile(tiles, np.array([10.0, 0, 20, 240])) in (0, 1)


def drawn(sam, image_yxc, prompts: Prompts, boxes: Boxes = NO_BOXES) -> Regions:
    return sam.segment(sam.prepare(image_yxc), prompts, boxes)


DISCS_FAR = (Disc(30, 40, 11), Disc(150, 260, 13), Disc(90, 60, 9))


def test_objects_in_any_tile_are_drawn(bright) -> None:
    image_yxc = image_of(DISCS_FAR, LARGE_YX)
    frame = bright.prepare(image_yxc)
    assert len(frame.tiles) > 3
    got = bright.segment(frame, points([(d.y, d.x) for d in DISCS_FAR]), NO_BOXES)
    for object_id, disc in enumerate(DISCS_FAR, start=1):
        assert overlap(best_mask(got, object_id), disc.mask(LARGE_YX)) > 0.85


def test_only_tiles_that_are_asked_are_encoded(bright) -> None:
    drawn(bright, image_of(DISCS_FAR, LARGE_YX), points([(30, 40)]))
    assert bright.eyes.network.encoded == [(128, 128, 3)]


def test_an_object_that_spans_tiles_is_stitched(bright) -> None:
    rows, columns = np.mgrid[: LARGE_YX[0], : LARGE_YX[1]]
    bar_yx = (abs(rows - 80 - 0.2 * (columns - 150)) < 7) & (columns > 20) & (columns < 280)
    image_yxc = np.where(bar_yx, 220, 30).astype(np.uint8)[:, :, None]
    mask_yx = best_mask(drawn(bright, image_yxc, points([(80, 150)])), 1)
    assert overlap(mask_yx, bar_yx) > 0.97
    box_yxyx = (30, 20, 130, 281)
    mask_yx = best_mask(drawn(bright, image_yxc, NO_POINTS, box(box_yxyx)), 1)
    assert overlap(mask_yx, bar_yx) > 0.97


def test_a_box_bounds_what_other_tiles_draw(bright) -> None:
    rows, columns = np.mgrid[: LARGE_YX[0], : LARGE_YX[1]]
    bar_yx = (abs(rows - 80) < 7) & (columns > 20) & (columns < 280)
    image_yxc = np.where(bar_yx, 220, 30).astype(np.uint8)[:, :, None]
    asked = box((60, 30, 100, 221))
    mask_yx = best_mask(drawn(bright, image_yxc, NO_POINTS, asked), 1)
    assert overlap(mask_yx, bar_yx & (columns >= 30) & (columns < 221)) > 0.97
    assert not mask_yx[:, 221:].any()


def test_neighbours_that_are_cut_by_a_border_stay_apart(bright) -> None:
    pair = (Disc(60, 100, 10), Disc(60, 124, 10))
    image_yxc = image_of(pair, LARGE_YX)
    got = drawn(bright, image_yxc, points([(d.y, d.x) for d in pair]))
    for object_id, disc in enumerate(pair, start=1):
        assert overlap(best_mask(got, object_id), disc.mask(LARGE_YX)) > 0.85


def test_tiled_equals_untiled(bright, wide_bright) -> None:
    image_yxc = image_of(DISCS_FAR, LARGE_YX)
    assert len(wide_bright.prepare(image_yxc).tiles) == 1
    asked = points([(d.y, d.x) for d in DISCS_FAR])
    tiled, whole = drawn(bright, image_yxc, asked), drawn(wide_bright, image_yxc, asked)
    for object_id in (1, 2, 3):
        assert overlap(best_mask(tiled, object_id), best_mask(whole, object_id)) > 0.96


def test_detections_of_all_tiles_are_one_each(bright) -> None:
    discs = (*DISCS_FAR, Disc(60, 112, 10), Disc(100, 150, 14), Disc(3, 200, 8))
    found = bright.detect(bright.prepare(image_of(discs, LARGE_YX)))
    assert len(found) == len(discs)
    labels_yx = found.to_labels()
    for disc in discs:
        label = labels_yx[round(disc.y), round(disc.x)]
        assert overlap(labels_yx == label, disc.mask(LARGE_YX)) > 0.85


def test_what_is_much_larger_or_smaller_than_usual_is_left_out(bright, no_weights) -> None:
    small = tuple(Disc(20 + 25 * i, 20 + 20 * j, 6) for i in range(3) for j in range(2))
    image_yxc = image_of((*small, Disc(60, 95, 26)), (104, 128))
    assert len(bright.detect(bright.prepare(image_yxc))) == 6
    told = type(bright)(weights=no_weights, diameter_px=50, grid_points=16)
    assert len(told.detect(told.prepare(image_yxc))) == 1


def test_embeddings_cover_the_frame_evenly(bright, wide_bright) -> None:
    image_yxc = image_of((Disc(150, 260, 20),), LARGE_YX)
    for sam in (bright, wide_bright):
        values_yxd = sam.image_embedding(sam.prepare(image_yxc))
        grid = values_yxd.shape[:2]
        assert grid == (round(190 / 8), round(300 / 8))
        weight = values_yxd[:, :, 0] / values_yxd.sum()
        middle = [
            float((weight.sum(axis=1 - axis) * (np.arange(n) + 0.5)).sum()) * full / n - 0.5
            for axis, (n, full) in enumerate(zip(grid, LARGE_YX, strict=True))
        ]
        assert middle == pytest.approx([150, 260], abs=2.5)


def test_prompts_of_one_kind_go_in_batches(bright) -> None:
    discs = [Disc(8 + 12 * i, 8 + 15 * j, 5) for i in range(10) for j in range(8)]
    asked = points([(d.y, d.x) for d in discs])
    got = drawn(bright, image_of(tuple(discs), (128, 124)), asked)
    assert bright.eyes.network.asked == [16, 16, 16, 16, 16]
    assert np.unique(got.object_id).tolist() == list(range(1, 81))


def test_where_memory_is_full_the_batch_is_halved() -> None:
    sizes: list[int] = []

    def work(items: list[int]) -> list[int]:
        sizes.append(len(items))
        if len(items) > 3:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")
        return [2 * item for item in items]

    assert list(in_batches(work, list(range(10)), 8)) == [2 * i for i in range(10)]
    assert sizes == [8, 4, 2, 2, 2, 2, 2]


def test_other_errors_and_a_full_memory_with_one_prompt_are_told() -> None:
    def full(items: list[int]) -> list[int]:
        raise RuntimeError("out of memory")

    def broken(items: list[int]) -> list[int]:
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="out of memory"):
        list(in_batches(full, [1, 2, 3], 2))
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        list(in_batches(broken, [1, 2, 3], 2))


def test_an_ask_of_nothing_in_a_blank_frame_gives_nothing(bright) -> None:
    blank_yxc = np.full((60, 80, 1), 9, np.uint8)
    assert len(drawn(bright, blank_yxc, points([(20, 30)]))) == 0
    assert bright.eyes.network.encoded == []
    assert len(bright.detect(bright.prepare(blank_yxc))) == 0


def test_what_another_back_end_prepared_is_refused(bright) -> None:
    with pytest.raises(BackendError, match="its own prepare returned, got ndarray"):
        bright.segment(np.zeros((3, 3)), NO_POINTS, NO_BOXES)


def test_devices_precisions_and_diameters_are_checked(bright, no_weights) -> None:
    with pytest.raises(BackendError, match="there is no device 'tpu' here"):
        type(bright)(weights=no_weights, device="tpu")
    with pytest.raises(BackendError, match="the precision must be one of auto, float32"):
        type(bright)(weights=no_weights, precision="int8")
    with pytest.raises(InvalidInputError, match="must be a positive number of pixels, got -3"):
        type(bright)(weights=no_weights, diameter_px=-3)
    assert Running.pick("cpu") == Running("cpu", "float32")
    assert bright.message == "none.pth runs on cpu in float32"


def test_frames_of_no_pixels_are_refused(bright) -> None:
    with pytest.raises(InvalidInputError, match=r"got \(0, 5, 1\)"):
        bright.prepare(np.zeros((0, 5, 1)))


def test_a_tile_is_encoded_once(bright) -> None:
    frame = Frame.of(np.zeros((50, 60, 3), np.uint8), Eyes(bright.eyes.network))
    for _ in range(2):
        frame.draw(0, [Ask(np.array([[3.0, 4.0]]), np.array([True]))])
    assert bright.eyes.network.encoded == [(50, 60, 3)]
