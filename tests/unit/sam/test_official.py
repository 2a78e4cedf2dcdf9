"""Networks in segment-anything's layout: the masks of its own predictor; what is refused."""

from pathlib import Path

import attrs
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
segment_anything = pytest.importorskip(
    "segment_anything", reason="segment-anything is not installed"
)

from tracksam.backends.sam import SamVitB  # noqa: E402
from tracksam.backends.sam.layout import (  # noqa: E402
    VIT_B,
    VIT_H,
    VIT_L,
    build,
    geometry_of,
    without_prefix,
)
from tracksam.backends.sam.network import Ask, mask_prompt  # noqa: E402
from tracksam.errors import WeightsError  # noqa: E402
from tracksam.testing.scenes import DISCS, image_of  # noqa: E402
from tracksam.weights import sha256_of  # noqa: E402

SHAPE_YX = (91, 150)
IMAGE_YXC = image_of(DISCS, SHAPE_YX, channels=3)
POINTS_YX = np.array([[20.0, 70.0], [53, 84]])
FLAGS = np.array([True, False])
BOX_YXYX = np.array([8.0, 55, 33, 83])


@pytest.fixture
def sam(tiny_checkpoint: Path) -> SamVitB:
    return SamVitB(weights=tiny_checkpoint)


@pytest.fixture
def predictor(tiny_checkpoint: Path):
    state = torch.load(tiny_checkpoint, weights_only=True)
    model = build(geometry_of(state, "tiny"))
    model.load_state_dict(state)
    found = segment_anything.SamPredictor(model)
    found.set_image(IMAGE_YXC)
    return found


def with_mask(mask_yx: np.ndarray) -> dict[str, np.ndarray]:
    return {"mask_input": mask_prompt(mask_yx, 256, 64)[None]}


ASKS = {
    "a point": (
        Ask(POINTS_YX[:1], FLAGS[:1]),
        {"point_coords": POINTS_YX[:1, ::-1], "point_labels": [1]},
    ),
    "points": (Ask(POINTS_YX, FLAGS), {"point_coords": POINTS_YX[:, ::-1], "point_labels": [1, 0]}),
    "a box": (
        Ask(np.zeros((0, 2)), np.zeros(0, bool), BOX_YXYX),
        {"box": np.array([55.0, 8, 82, 32])},
    ),
    "a mask and points": (
        Ask(POINTS_YX, FLAGS, None, DISCS[0].mask(SHAPE_YX)),
        {
            "point_coords": POINTS_YX[:, ::-1],
            "point_labels": [1, 0],
            **with_mask(DISCS[0].mask(SHAPE_YX)),
        },
    ),
    "everything": (
        Ask(POINTS_YX, FLAGS, BOX_YXYX, DISCS[0].mask(SHAPE_YX)),
        {
            "point_coords": POINTS_YX[:, ::-1],
            "point_labels": [1, 0],
            "box": np.array([55.0, 8, 82, 32]),
            **with_mask(DISCS[0].mask(SHAPE_YX)),
        },
    ),
}


@pytest.mark.parametrize("name", ASKS)
def test_masks_and_scores_are_those_of_its_own_predictor(name: str, sam, predictor) -> None:
    ask, arguments = ASKS[name]
    arguments = {k: np.asarray(v) for k, v in arguments.items()}
    network = sam.eyes.network
    logits, expected = network.decode(network.encode(IMAGE_YXC), SHAPE_YX, [ask, ask])
    for several, rows in ((True, slice(1, 4)), (False, slice(0, 1))):
        masks, scores, low = predictor.predict(**arguments, multimask_output=several)
        assert np.allclose(logits[1, rows], low, atol=1e-4)
        assert np.allclose(expected[1, rows], scores, atol=1e-5)
        ours = network.enlarge(logits[1, rows], SHAPE_YX) > 0
        assert np.mean(ours != masks) < 1e-4
        assert 0 < masks.mean() < 1  # there is something to compare


def test_a_mask_prompt_changes_the_answer(sam) -> None:
    network = sam.eyes.network
    embedding = network.encode(IMAGE_YXC)
    plain, _ = network.decode(embedding, SHAPE_YX, [ASKS["points"][0]])
    hinted, _ = network.decode(embedding, SHAPE_YX, [ASKS["a mask and points"][0]])
    assert np.abs(plain - hinted).max() > 1e-3


def test_the_mask_prompt_lies_where_the_mask_is() -> None:
    mask_yx = np.zeros((100, 50), bool)
    mask_yx[20:40, 10:30] = True
    prompt = mask_prompt(mask_yx, 256, 64)
    rows, columns = np.nonzero(prompt > 0)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (13, 25, 6, 18)
    assert prompt[30, 40] == -6  # padding


def test_sizes_are_read_from_the_checkpoint(tiny_checkpoint: Path) -> None:
    for published in (VIT_B, VIT_L, VIT_H):
        smaller = attrs.evolve(published, depth=published.global_blocks[0] + 2)
        smaller = attrs.evolve(smaller, global_blocks=published.global_blocks[:1], image_px=512)
        with torch.device("meta"):
            state = build(smaller).state_dict()
        assert geometry_of(state, "x") == smaller


def test_the_published_sizes_have_the_published_numbers_of_parameters() -> None:
    counted = {}
    for name, geometry in (("b", VIT_B), ("l", VIT_L)):
        with torch.device("meta"):
            counted[name] = sum(p.numel() for p in build(geometry).parameters())
    assert counted == {"b": 93_735_472, "l": 312_342_832}


def test_micro_sam_and_training_checkpoints_load(tiny_checkpoint: Path, tmp_path: Path) -> None:
    state = torch.load(tiny_checkpoint, weights_only=True)
    nested = tmp_path / "vit_b.pt"
    inside = {f"sam.{name}": tensor for name, tensor in state.items()}
    inside["decoder.bias"] = torch.zeros(2)
    torch.save({"model_state": inside, "epoch": 4}, nested)
    found = SamVitB(weights=nested)
    assert found.weights_used == {"vit_b.pt": sha256_of(nested)}
    fresh = SamVitB(weights=tiny_checkpoint)
    ours, theirs = (one.eyes.network.encode(IMAGE_YXC)[0] for one in (found, fresh))
    assert np.array_equal(ours, theirs)


def test_names_without_prefix_stay() -> None:
    assert without_prefix({"a": 1, "sam.b": 2}) == {"a": 1, "sam.b": 2}


def changed(tiny_checkpoint: Path, tmp_path: Path, change) -> Path:
    state = torch.load(tiny_checkpoint, weights_only=True)
    change(state)
    path = tmp_path / "changed.pth"
    torch.save(state, path)
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("mask_decoder.iou_token.weight"), "missing: mask_decoder.iou_token"),
        (lambda s: s.pop("image_encoder.pos_embed"), "is not in segment-anything's layout"),
        (lambda s: s.update(extra=torch.zeros(1)), "unknown: extra"),
        (
            lambda s: s.update({"mask_decoder.mask_tokens.weight": torch.zeros(3, 32)}),
            r"of another shape: mask_decoder.mask_tokens.weight \(3, 32\) for \(4, 32\)",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    change, message: str, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    with pytest.raises(WeightsError, match=message):
        SamVitB(weights=changed(tiny_checkpoint, tmp_path, change))


def test_a_truncated_checkpoint_is_refused(tiny_checkpoint: Path, tmp_path: Path) -> None:
    path = tmp_path / "short.pth"
    path.write_bytes(tiny_checkpoint.read_bytes()[:-5000])
    with pytest.raises(WeightsError, match="It may be truncated"):
        SamVitB(weights=path)


def test_the_published_weights_are_looked_for_and_the_command_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKSAM_WEIGHTS", str(tmp_path))
    assert SamVitB.find_weights() is None
    with pytest.raises(WeightsError, match="Run: tracksam weights get sam-vit-b"):
        SamVitB()
    (tmp_path / "sam_vit_b_01ec64.pth").write_bytes(b"cut short")
    with pytest.raises(WeightsError, match="truncated: it should have 375042383 bytes and has 9"):
        SamVitB()


def test_half_precision_gives_nearly_the_same_embedding(tiny_checkpoint: Path) -> None:
    exact = SamVitB(weights=tiny_checkpoint).eyes.network
    half = SamVitB(weights=tiny_checkpoint, precision="bfloat16").eyes.network
    a, b = exact.encode(IMAGE_YXC)[0], half.encode(IMAGE_YXC)[0]
    assert (a.dtype, b.dtype) == (np.float32, np.float16)
    assert exact.identity != half.identity
    assert 0 < np.abs(a - b).max() < 0.1 * np.abs(a).max()
