"""Finders that understand words, through the real classes with tiny random weights."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tracksam import weights
from tracksam.errors import InvalidInputError, WeightsError
from tracksam.found import Found
from tracksam.testing.scenes import DISCS, Disc, image_of
from tracksam.words import Words

pytest.importorskip("torch", reason="words need PyTorch (extra [text])")
pytest.importorskip("transformers", reason="words need transformers (extra [text])")

SHAPE_YX = (80, 112)
QUERY = Words(["cell", "bright disc"], ["dirt"], min_score=0.0)


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tiny", Path(__file__).with_name("tiny.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tiny = _load()


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("hub")
    names = ("owl", "dino", "clipseg", "clip", "dinov2")
    made = {name: getattr(tiny, name)(root / name) for name in names}
    made["owlvit"] = tiny.owl(root / "owlvit", second=False)
    return made


@pytest.fixture(scope="module")
def finders(folders: dict[str, Path]) -> dict[str, Any]:
    from tracksam.backends import text

    return {
        "owlv2": text.Owlv2(folders["owl"]),
        "owlvit": text.OwlViT(folders["owlvit"]),
        "dino": text.GroundingDino(folders["dino"], sides_px=(64, 96)),
        "clipseg": text.ClipSeg(folders["clipseg"]),
        "crop": text.ClipCrops(folders["clip"]),
        "circle": text.ClipRedCircle(folders["clip"]),
        "patches": text.ClipPatches(folders["clip"]),
    }


NAMES = ("owlv2", "owlvit", "dino", "clipseg", "crop", "circle", "patches")


@pytest.mark.parametrize("name", NAMES)
def test_places_lie_in_the_frame_and_bear_a_wanted_phrase(
    name: str, finders: dict[str, Any]
) -> None:
    image_yxc = image_of(DISCS, SHAPE_YX, np.uint16)
    before = image_yxc.copy()
    found = finders[name].find(image_yxc, QUERY)
    assert isinstance(found, Found)
    assert set(found.name) <= set(QUERY.wanted)
    assert (found.box_yxyx >= 0).all()
    assert (found.box_yxyx[:, 2:] <= SHAPE_YX).all()
    assert (np.diff(found.score) <= 1e-9).all()
    assert np.array_equal(image_yxc, before)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "dino"])
def test_the_same_call_gives_the_same_places(name: str, finders: dict[str, Any]) -> None:
    finder = finders[name]
    first = finder.find(image_of(DISCS, SHAPE_YX), QUERY)
    finder.find(image_of(DISCS[:1], (40, 60)), QUERY)
    assert finder.find(image_of(DISCS, SHAPE_YX), QUERY) == first


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_found_on_a_blank_image(name: str, finders: dict[str, Any]) -> None:
    assert len(finders[name].find(np.full((40, 60, 1), 9, np.uint8), QUERY)) == 0


@pytest.mark.parametrize("name", NAMES)
def test_threshold_and_count_leave_out_the_worst(name: str, finders: dict[str, Any]) -> None:
    finder, image_yxc = finders[name], image_of(DISCS, SHAPE_YX)
    some = finder.find(image_yxc, Words(["cell", "bright disc"], min_score=0.0))
    assert len(some) > 0
    one = finder.find(image_yxc, Words(["cell", "bright disc"], min_score=0.0, max_count=1))
    assert one.box_yxyx.tolist() == some.box_yxyx[:1].tolist()
    best = float(some.score.max())
    strict = Words(["cell", "bright disc"], min_score=(best + some.score.min()) / 2)
    kept = finder.find(image_yxc, strict)
    assert (kept.score >= strict.min_score).all()
    if name != "clipseg" and best > some.score.min():  # there the threshold is that of a pixel
        assert len(kept) < len(some)


@pytest.mark.parametrize("name", ["owlv2", "owlvit"])
@pytest.mark.parametrize("moved", [(16, 0), (0, 24), (16, 24)])
def test_a_moved_object_moves_its_boxes(
    name: str, moved: tuple[int, int], finders: dict[str, Any]
) -> None:
    """By whole patches, and with patches that do not know where they are."""
    import torch

    from tracksam.backends.text.choose import frame_boxes

    finder = finders[name]
    frame = (64, 64)

    def image(dy: int, dx: int) -> np.ndarray:
        image_yxc = np.full((*frame, 3), 40, np.uint8)
        image_yxc[10 + dy : 15 + dy, 9 + dx : 15 + dx] = 220
        return image_yxc

    def odd_one(image_yxc: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The patch that fits the phrase least like the others, and the middle of its box."""
        model = finder.model
        with torch.inference_mode():
            answer = model.network(pixel_values=model.pixels(image_yxc), **model.tokens(("cell",)))
        score = answer.logits[0, :, 0].numpy()
        place = int(np.abs(score - np.median(score)).argmax())
        [box] = frame_boxes(answer.pred_boxes[0, place : place + 1].numpy(), frame, frame)
        return np.array(np.unravel_index(place, (8, 8))), (box[:2] + box[2:]) / 2

    (at, middle), (now, new_middle) = odd_one(image(0, 0)), odd_one(image(*moved))
    assert (now - at).tolist() == [moved[0] // 8, moved[1] // 8]
    assert new_middle - middle == pytest.approx(moved, abs=1.5)


def test_boxes_of_a_model_in_pixels_of_the_frame() -> None:
    from tracksam.backends.text.choose import frame_boxes

    found = frame_boxes(np.array([[0.25, 0.5, 0.1, 0.4]]), (100, 100), (60, 100))
    assert found.tolist() == [[30, 20, 60, 30]]


def test_an_unwanted_phrase_that_fits_best_removes_the_place() -> None:
    from tracksam.backends.text.choose import chosen

    boxes = np.array([[0, 0, 10, 10], [1, 0, 10, 10], [20, 20, 30, 40.0], [50, 5, 60, 9]])
    score = np.array([[0.6, 0.1, 0.9], [0.7, 0.2, 0.1], [0.2, 0.5, 0.3], [0.05, 0.01, 0]])
    found = chosen(boxes, score, Words(["cell", "disc"], ["dirt"], min_score=0.1))
    assert found.box_yxyx.tolist() == [[20, 20, 30, 40]]
    assert found.name == ("disc",)
    assert found.score.tolist() == [0.5]
    assert chosen(boxes, score[:, :2], Words(["cell", "disc"])).name == ("cell", "disc")
    assert len(chosen(boxes[:0], score[:0], Words(["cell"]))) == 0


def test_heat_becomes_regions_and_points() -> None:
    from tracksam.backends.text.clipseg import parts

    heat = np.zeros((3, 30, 50), np.float32)
    heat[0, 4:10, 5:15] = 0.6
    heat[0, 6, 8] = 0.9
    heat[1, 15:25, 30:40] = 0.8
    heat[2, 15:25, 30:33] = 0.95
    found = parts(heat, Words(["cell", "disc"], ["dirt"], min_score=0.5))
    assert found.name == ("disc", "cell")
    assert found.box_yxyx.tolist() == [[15, 33, 25, 40], [4, 5, 10, 15]]
    assert found.prompts.yx[1].tolist() == [6, 8]
    assert found.regions.area_px.tolist() == [70, 60]


def test_a_crop_of_an_image_is_a_query_too(finders: dict[str, Any]) -> None:
    image_yxc = image_of(DISCS, SHAPE_YX)
    crop = image_yxc[8:34, 58:84]
    for name in ("owlv2", "owlvit"):
        found = finders[name].find_crop(image_yxc, crop, Words(["this"], min_score=0))
        assert set(found.name) == {"this"}
        assert found.score[0] == pytest.approx(1.0)


def test_phrases_of_grounding_dino_keep_their_tokens(finders: dict[str, Any]) -> None:
    finder = finders["dino"]
    tensors, of_phrase = finder._tokens(("cell", "a disc", "dirt."))
    decoded = [
        finder.model.tokenizer.decode([tensors["input_ids"][0, i] for i in tokens])
        for tokens in of_phrase
    ]
    assert decoded == ["cell", "a disc", "dirt"]
    with pytest.raises(InvalidInputError, match="takes 48; give fewer"):
        finder.find(image_of(DISCS), Words(["c" * 20, "d" * 20, "e" * 20]))


def test_red_circles_are_drawn_round_each_cell(finders: dict[str, Any]) -> None:
    from tracksam.testing.embedder import regions_of

    finder = finders["circle"]
    rgb = np.repeat(image_of((Disc(40, 50, 8),), SHAPE_YX), 3, axis=2)
    seen = finder.view(rgb, regions_of((Disc(40, 50, 8),), SHAPE_YX), 0, 64)
    red = (seen[..., 0] > 150) & (seen[..., 1] < 120)
    assert 20 < red.sum() < 900
    assert not red[28:36, 28:36].any()


def test_relevance_follows_the_words(finders: dict[str, Any]) -> None:
    finder = finders["patches"]
    heat = finder.relevance(image_of(DISCS, SHAPE_YX), Words(["cell", "dirt"]))
    assert heat.shape == (2, *SHAPE_YX)
    assert heat.max() <= 1
    assert not np.allclose(heat[0], heat[1])


def test_embedders_keep_their_contract(folders: dict[str, Path]) -> None:
    from tracksam.backends import text
    from tracksam.testing import EmbedderContract

    for embedder in (
        text.Dinov2Embedder(folders["dinov2"]),
        text.ClipEmbedder(folders["clip"]),
    ):
        tested = type("Tested", (EmbedderContract,), {"make": lambda self, e=embedder: e})
        for name in (n for n in dir(EmbedderContract) if n.startswith("test_")):
            getattr(tested(), name)()


def test_missing_weights_name_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tracksam.backends import text

    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(WeightsError, match="Run: tracksam weights get owlv2-base"):
        text.Owlv2().find(image_of(DISCS), QUERY)
    assert text.Owlv2.find_weights() is None


def test_a_folder_of_one_s_own_offline(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the hub switched off, and no way out."""
    import socket

    from tracksam.backends import text

    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(socket.socket, "connect", no_network)
    found = text.ClipSeg(folders["clipseg"]).find(image_of(DISCS), QUERY)
    assert isinstance(found, Found)
    with pytest.raises(WeightsError, match=r"no-such-folder is no file, and no name"):
        text.ClipSeg(tmp_path / "no-such-folder").find(image_of(DISCS), QUERY)
    (tmp_path / "empty").mkdir()
    with pytest.raises(WeightsError, match="can not be loaded as CLIPSegForImageSegmentation"):
        text.ClipSeg(tmp_path / "empty").find(image_of(DISCS), QUERY)


def test_the_catalogue_says_names_sizes_and_licences() -> None:
    for name in (
        "owlv2-base",
        "owlvit-base",
        "grounding-dino-tiny",
        "clipseg-rd64",
        "clip-vit-b32",
    ):
        known = weights.entry(name)
        assert known.licence in {"Apache-2.0", "MIT"}
        assert known.is_commercial
        assert known.megabytes and known.megabytes > 50
        assert known.source.startswith("https://huggingface.co/")
        assert {"config.json", "preprocessor_config.json"} <= set(known.parts)
        assert {"model.safetensors", "pytorch_model.bin"} & set(known.parts)


def test_a_folder_of_several_files_is_there_when_all_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path))
    known = weights.entry("owlv2-base")
    folder = tmp_path / known.file
    folder.mkdir()
    for part in known.parts[:-1]:
        (folder / part).write_text("{}")
    assert weights.find("owlv2-base") is None
    (folder / known.parts[-1]).write_text("x")
    assert weights.require("owlv2-base").path == folder


def test_a_folder_with_another_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path))
    known = weights.entry("dinov2-small")
    (tmp_path / known.file).mkdir()
    for part in known.parts:
        (tmp_path / known.file / part).write_text("{}")
    for check in (weights.require, weights.verify):
        with pytest.raises(WeightsError, match=r"model\.safetensors is damaged .* ae1e99fcefd5"):
            check("dinov2-small")


def test_weights_that_are_no_safetensors_are_read_as_tensors_only(tmp_path: Path) -> None:
    import torch

    from tracksam.backends import text

    folder = tiny.owl(tmp_path, second=False)
    saved = folder / "model.safetensors"
    network = text.OwlViT(folder).model.network
    saved.unlink()
    torch.save(network.state_dict(), folder / "pytorch_model.bin")
    again = text.OwlViT(folder).model.network.state_dict()
    assert all(torch.equal(again[name], one) for name, one in network.state_dict().items())
    torch.save({"logit_scale": RunsWhenRead(tmp_path / "ran")}, folder / "pytorch_model.bin")
    with pytest.raises(WeightsError, match=r"pytorch_model\.bin holds more than numbers"):
        text.OwlViT(folder).model  # noqa: B018 - loads it
    assert not (tmp_path / "ran").exists()


class RunsWhenRead:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize(
    ("wanted", "unwanted", "message"),
    [
        ([], [], "one phrase at least, got none"),
        (["  "], [], "needs a letter or a number, got ''"),
        (["?!"], [], r"got '\?!'"),
        (["cell"], ["cell "], "'cell' is given twice"),
    ],
)
def test_empty_queries_are_refused(wanted: list[str], unwanted: list[str], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        Words(wanted, unwanted)
