"""A miniature training. Needs torch, which is in the extra `train`."""

import attrs
import numpy as np
import pytest

from tracksam.errors import WeightsError

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'tracksam[train]'")
pytest.importorskip("onnx", reason="export needs onnx: pip install 'tracksam[train]'")

from tracksam.backends.nano.model import load_model  # noqa: E402
from tracksam.backends.nano.normalise import network_input  # noqa: E402
from tracksam.training.crops import write_shards  # noqa: E402
from tracksam.training.curves import draw_curves  # noqa: E402
from tracksam.training.export import export, write_card  # noqa: E402
from tracksam.training.loop import CHECKPOINT, Recipe, State, train  # noqa: E402
from tracksam.training.network import NanoNet  # noqa: E402
from tracksam.training.stills import Still  # noqa: E402

WIDTHS = (16, 16, 16, 16, 16)


def discs(rng):
    rows, columns = np.indices((96, 96))
    labels_yx = np.zeros((96, 96), np.int32)
    for label, (y, x) in enumerate(rng.uniform(10, 86, (5, 2)), start=1):
        labels_yx[np.hypot(rows - y, columns - x) < 11] = label
    noise_yx = rng.normal(0, 0.05, (96, 96))
    return Still(((labels_yx > 0) + noise_yx).astype(np.float32), labels_yx, "discs")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    write_shards(discs, folder, prefix="synthetic", count=1, seed=1)
    return folder


def recipe(steps):
    return Recipe(batch=2, widths=WIDTHS, threads=1, max_steps=steps, learning_rate=5e-3)


def no_report(row):
    assert row["loss"] > 0


@pytest.mark.slow
def test_the_loss_falls(cache, tmp_path):
    state = train(cache, tmp_path, recipe(40), no_report)
    losses = [row["loss"] for row in state.history]
    assert len(losses) == 2
    assert losses[-1] < 0.8 * losses[0]
    draw_curves(state.history, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 5000


def test_an_interrupted_training_goes_on_where_it_stopped(cache, tmp_path):
    train(cache, tmp_path, recipe(2), no_report)
    again = State.load(tmp_path / CHECKPOINT, recipe(4))
    assert again.step == 2
    state = train(cache, tmp_path, recipe(4), no_report)
    assert state.step == 4
    assert state.seconds > again.seconds


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(3)
    return NanoNet(WIDTHS).eval()


def test_the_exported_network_answers_as_torch_does(net, tmp_path, rng):
    export(net, tmp_path)
    model = load_model(tmp_path, threads=1)
    image_yx = rng.random((77, 101), dtype=np.float32)
    answers = model.answers(image_yx)
    views = np.pad(network_input(image_yx), ((0, 0), (0, 19), (0, 27)), mode="symmetric")
    with torch.no_grad():
        expected = net(torch.from_numpy(views)[None])[0, :, :77, :101].numpy()
    np.testing.assert_allclose(answers.foreground, 1 / (1 + np.exp(-expected[0])), atol=1e-3)
    np.testing.assert_allclose(answers.offset_yx, 26 * expected[2:4], atol=1e-2)
    np.testing.assert_allclose(answers.log_diameter, expected[4], atol=1e-3)


def test_tiles_answer_as_the_whole_does(net, tmp_path, rng, monkeypatch):
    from tracksam.backends.nano import tiles

    export(net, tmp_path)
    model = load_model(tmp_path, threads=1)
    image_yx = rng.random((500, 420), dtype=np.float32)
    whole = model.answers(image_yx)
    monkeypatch.setattr(tiles, "TILE_PX", 192)
    tiled = model.answers(image_yx)
    different = (tiled.foreground > 0.5) != (whole.foreground > 0.5)
    assert different.mean() < 0.01


def test_damaged_weights_are_refused(net, tmp_path):
    export(net, tmp_path)
    path = tmp_path / "nano.onnx"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(WeightsError, match=r"nano\.onnx is damaged: its SHA-256 should begin with"):
        load_model(tmp_path)


def test_weights_of_other_views_are_refused(net, tmp_path):
    write_card(attrs.evolve(export(net, tmp_path), views=2), tmp_path)
    with pytest.raises(WeightsError, match=r"takes 2 views of an image, this version .* gives 3"):
        load_model(tmp_path)


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(WeightsError, match=r"nano\.json must be the card"):
        load_model(tmp_path)


def test_cards_survive_writing(net, tmp_path):
    card = attrs.evolve(export(net, tmp_path), score_weights=(1.0, -2.0))
    write_card(card, tmp_path)
    assert load_model(tmp_path).card == card


def test_weights_of_eight_bits_say_nearly_the_same(net, cache, tmp_path):
    from tracksam.training.crops import Cache

    crops = Cache.open(cache, {"synthetic": 1.0})
    export(net, tmp_path / "floats")
    export(net, tmp_path / "bytes", crops)
    image_yx = np.asarray(crops.images[0][0], np.float32)
    floats, few = (load_model(tmp_path / name).answers(image_yx) for name in ("floats", "bytes"))
    assert np.abs(floats.foreground - few.foreground).mean() < 0.03
    sizes = [(tmp_path / name / "nano.onnx").stat().st_size for name in ("floats", "bytes")]
    assert sizes[1] < sizes[0]
