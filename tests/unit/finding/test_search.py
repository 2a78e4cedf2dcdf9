"""Any number of stills is looked at one by one, and a stopped search goes on where it ended."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tracksam.errors import ReadError
from tracksam.found import Found
from tracksam.io.found import FoundTable
from tracksam.pipeline.finding.search import search_stills, still_paths
from tracksam.progress import Progress
from tracksam.settings import Settings
from tracksam.stack import Stack

N_STILLS = 1000


@pytest.fixture(scope="module")
def stills(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images of a bright pixel in a row that their number tells; one of them is damaged."""
    folder = tmp_path_factory.mktemp("stills")
    for i in range(N_STILLS):
        image_yx = np.zeros((9, 11), np.uint8)
        image_yx[i % 9, 3] = 255
        place = folder / f"part{i % 4}"
        place.mkdir(exist_ok=True)
        Image.fromarray(image_yx).save(place / f"s{i:04d}.png")
    (folder / "part0" / "s0000.png").write_text("no image")
    return folder


class Looked:
    """Finds the bright pixel; counts the images, and those that are alive at once."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, stack: Stack, frame: int) -> Found:
        self.count += 1
        y, x = np.argwhere(stack.frame(frame)[..., 0])[0]
        return Found(np.array([[y, x, y + 1, x + 1]]), [0.9], ["bright"])


def drawn(paths: Iterator[Path], log: list[int], looked: Looked) -> Iterator[Path]:
    """The same paths; how many of them were asked for before they were looked at is noted."""
    for number, path in enumerate(paths):
        log.append(number - looked.count)
        yield path


def test_a_thousand_stills_are_looked_at_one_after_the_other(stills: Path, tmp_path: Path) -> None:
    looked, ahead = Looked(), []
    with FoundTable.open(tmp_path / "found.csv", "refuse") as table:
        tally = search_stills(drawn(still_paths(stills), ahead, looked), looked, table, Settings())
    assert (tally.n_images, tally.n_found, tally.n_failed) == (N_STILLS, N_STILLS - 1, 1)
    assert max(ahead) <= 1, "paths are asked for one at a time; the damaged one is not looked at"
    rows = (tmp_path / "found.csv").read_text().splitlines()
    assert len(rows) == N_STILLS
    assert len({row.split(",")[0] for row in rows[1:]}) == N_STILLS - 1


def test_a_stopped_search_goes_on_to_the_same_table(stills: Path, tmp_path: Path) -> None:
    with FoundTable.open(tmp_path / "right.csv", "refuse") as table:
        search_stills(still_paths(stills), Looked(), table, Settings())

    def stop(progress: Progress) -> bool:
        return progress.done == 437

    first, second = Looked(), Looked()
    with FoundTable.open(tmp_path / "found.csv", "refuse") as table:
        tally = search_stills(still_paths(stills), first, table, Settings(), stop)
    assert tally.n_images == 437
    with FoundTable.open(tmp_path / "found.csv", "resume") as table:
        tally = search_stills(still_paths(stills), second, table, Settings())
    assert tally.n_images == N_STILLS - 437
    assert first.count + second.count == N_STILLS - 1
    assert (tmp_path / "found.csv").read_bytes() == (tmp_path / "right.csv").read_bytes()


def test_a_folder_without_images_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="holds no image"):
        list(still_paths(tmp_path))
