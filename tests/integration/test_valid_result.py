"""What `tracksam track` writes is a valid result, by the challenge's own rules."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from tracksam.cli import main

SAMPLE = Path(__file__).parents[2] / "sample_data" / "nuclei.tif"


def test_a_run_on_the_sample_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ctc_metrics", reason="the extra [eval] is not installed")
    from ctc_metrics.scripts.validate import validate_sequence

    movie_tyx = tifffile.imread(SAMPLE)[:6]
    tifffile.imwrite(tmp_path / "movie.tif", movie_tyx, metadata={"axes": "TYX"}, imagej=True)
    words = ["tracksam", "track", str(tmp_path / "movie.tif"), "--out", str(tmp_path / "run")]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    result = tmp_path / "run" / "masks"
    table = np.loadtxt(result / "res_track.txt", np.int64, ndmin=2)
    assert len(list(result.glob("mask*.tif"))) == 6
    assert (table[:, 1] == 0).sum() >= 5
    assert validate_sequence(str(result), threads=1) == {"Valid": 1}
