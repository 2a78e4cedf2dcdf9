"""The real movies: what is read of each, and truths written and read again."""

from pathlib import Path

import numpy as np
import pytest

from tracksam.io.ctc import read_ctc, write_ctc
from tracksam.io.images import read_movie

pytestmark = pytest.mark.real_data

MOVIES = {
    "ctc-measure-only/Fluo-N2DL-HeLa/02": ((30, 700, 1100, 1), "uint16"),
    "ctc-measure-only/DIC-C2DH-HeLa/01": ((50, 512, 512, 1), "uint8"),
    "ctc-measure-only/PhC-C2DH-U373-resized/01": ((60, 512, 512, 1), "uint8"),
    "cell-migration-crop/01": ((6, 200, 200, 1), "uint16"),
    "t98g-phase/01": ((8, 1022, 1024, 1), "uint16"),
    "yeast-brightfield-C/01": ((5, 117, 117, 1), "uint16"),
    "yeast-brightfield-G/01": ((5, 81, 81, 1), "uint16"),
    "c2c12-phase/01": ((10, 234, 234, 1), "uint8"),
    "mitocheck-nuclei": ((30, 190, 211, 1), "uint8"),
    "ecoli-agar-pad": ((20, 520, 696, 1), "uint16"),
    "video-judo/images": ((16, 480, 854, 3), "uint8"),
}

# Tracks, rows and links to mothers.
TRUTHS = {
    "ctc-measure-only/Fluo-N2DL-HeLa/02_GT": (331, 5363, 162),
    "ctc-measure-only/DIC-C2DH-HeLa/01_GT": (20, 594, 8),
    "ctc-measure-only/PhC-C2DH-U373-resized/01_GT": (8, 380, 0),
    "cell-migration-crop/01_GT": (69, 257, 13),
    "t98g-phase/01_semiauto": (76, 572, 0),
    # Both buds are there in the first frame already: no event of the movie.
    "yeast-brightfield-C/01_GT": (4, 20, 0),
    "yeast-brightfield-G/01_GT": (2, 10, 0),
}


@pytest.mark.parametrize("name", MOVIES)
def test_a_movie_is_read(real_data: Path, name: str) -> None:
    stack = read_movie(real_data / name)
    assert (stack.shape_tyxc, str(stack.dtype)) == MOVIES[name]
    first, last = stack.frame(0), stack.frame(stack.n_frames - 1)
    assert first.shape == stack.shape_tyxc[1:]
    assert first.std() > 0
    assert not np.array_equal(first, last)


@pytest.mark.parametrize("name", TRUTHS)
def test_a_truth_is_written_and_read_again(real_data: Path, tmp_path: Path, name: str) -> None:
    masks, lineage = read_ctc(real_data / name)
    assert (lineage.n_tracks, len(lineage), len(lineage.parents)) == TRUTHS[name]
    tracklets = write_ctc(masks, lineage, tmp_path / "r")
    read_masks, read = read_ctc(tmp_path / "r")
    assert len(read) == len(lineage)
    assert read.n_tracks == len(tracklets)
    if not tracklets.is_cut:
        assert read == lineage
        assert read_masks == masks
