"""A miniature training of the network that refines masks. Needs the extra `train`."""

import shutil

import attrs
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'tracksam[train]'")
pytest.importorskip("onnx", reason="export needs onnx: pip install 'tracksam[train]'")

from tracksam.backends.nano import Nano  # noqa: E402
from tracksam.backends.nano.model import default_folder  # noqa: E402
from tracksam.backends.nano.runtime import load_session  # noqa: E402
from tracksam.errors import InvalidInputError  # noqa: E402
from tracksam.training.refine.fit import Fitting, _turned, begun, fit  # noqa: E402
from tracksam.training.refine.make import Refining, make_refiner  # noqa: E402
from tracksam.training.refine.network import RefineNet, export  # noqa: E402
from tracksam.training.refine.play import Played, play  # noqa: E402
from tracksam.training.stills import Still  # noqa: E402


def ellipses(rng):
    rows, columns = np.indices((120, 150))
    labels_yx = np.zeros((120, 150), np.int32)
    for label, (y, x) in enumerate([(30, 30), (32, 100), (85, 60), (90, 120)], start=1):
        labels_yx[np.hypot((rows - y) / 1.2, columns - x) < 13] = label
    noise_yx = rng.normal(0, 0.05, labels_yx.shape)
    return Still(((labels_yx > 0) + noise_yx).astype(np.float32), labels_yx, "ellipses")


@pytest.fixture(scope="module")
def examples():
    return play(Nano(threads=1), ellipses, 2, np.random.default_rng(1))


def test_played_clicks_show_the_cell_that_was_clicked(examples):
    assert len(examples) >= 16
    for one in examples:
        assert one.views.shape == (9, 80, 80)
        assert one.views[7][one.truth].max() > 0.9  # a positive point in the cell
        assert not one.views[8].astype(float)[one.truth].max() > 0.95  # no negative one
    overlap = [
        np.count_nonzero((one.views[5] > 0) & one.truth)
        / np.count_nonzero((one.views[5] > 0) | one.truth)
        for one in examples
    ]
    assert np.median(overlap) > 0.8


def test_turning_an_example_turns_where_votes_point():
    views = np.zeros((9, 80, 80), np.float16)
    views[3], views[4] = 1, 0  # all lie below the mask's middle
    one = Played(views, np.zeros((80, 80), bool))
    turned, _ = _turned(one, 1, flip=False)
    assert (turned[3].mean(), turned[4].mean()) == (0, 1)  # rot90 takes what is below to the right
    mirrored, _ = _turned(one, 1, flip=True)
    assert (mirrored[3].mean(), mirrored[4].mean()) == (0, -1)


def test_without_examples_there_is_nothing_to_learn():
    with pytest.raises(InvalidInputError, match="needs masks that were clicked on, got none"):
        fit([], Fitting(0.1, 1), str)


@pytest.mark.slow
def test_the_making_writes_a_network_that_nano_uses(tmp_path):
    for name in ("nano.onnx", "nano.json", "refine.onnx"):
        shutil.copy(default_folder() / name, tmp_path / name)
    said = []
    refining = Refining(tmp_path, tmp_path / "work", minutes=0.02, stills=2)
    make_refiner(refining, said.append)
    used = Nano(folder=tmp_path, threads=1).weights_used
    assert used["refine.onnx"] != Nano(threads=1).weights_used["refine.onnx"]
    assert said[-1].endswith(used["refine.onnx"])

    again = []
    masks = sorted((tmp_path / "work").rglob("*.npy"))
    written = [path.stat().st_mtime_ns for path in masks]
    make_refiner(refining, again.append)  # all of it is there: nothing is drawn, no step is done
    assert [path.stat().st_mtime_ns for path in masks] == written
    assert [line for line in again if "masks of" in line] == [
        line for line in said if "masks of" in line
    ]
    assert again[-1] == said[-1]


def test_an_interrupted_fit_goes_on_where_it_stopped(examples, tmp_path):
    path = tmp_path / "round.pt"
    fitting = Fitting(minutes=0.001, seed=1, batch=2, checkpoint=path)
    first = fit(examples, fitting, str)
    state = begun(fitting, None)
    assert state.step >= 1
    assert state.seconds >= 0.06
    again = fit(examples, fitting, str)  # its time is over
    for one, other in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)
    longer = attrs.evolve(fitting, minutes=state.seconds / 60 + 1e-4)
    fit(examples, longer, str)
    assert begun(fitting, None).step > state.step


@pytest.mark.slow
def test_the_loss_falls_and_the_file_says_what_torch_says(examples, tmp_path):
    said = []
    net = fit(examples, Fitting(0.12, 1, batch=4), said.append)
    views = torch.from_numpy(examples[0].views.astype(np.float32))[None]
    export(net, tmp_path / "refine.onnx")
    session = load_session((tmp_path / "refine.onnx").read_bytes(), 1)
    (found,) = session.run(["mask"], {"views": views.numpy()})
    with torch.no_grad():
        np.testing.assert_allclose(found, net(views).numpy(), atol=1e-3)
        before = RefineNet().eval()(views)[0, 0] > 0
    after = found[0, 0] > 0
    truth = examples[0].truth
    wrong = [int(np.count_nonzero(np.asarray(mask) != truth)) for mask in (before, after)]
    assert wrong[1] <= wrong[0]
