"""`tracksam measure`, `convert`, `report` and `film`, from the command line."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from tracksam.cli import main


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    """A movie of 3 frames, and its masks as a CTC result: a mother 1 with daughters 2 and 3."""
    from tracksam.io.ctc import write_ctc
    from tracksam.lineage import Lineage
    from tracksam.masks import Masks

    labels_tyx = np.zeros((3, 30, 40), np.uint16)
    labels_tyx[0, 5:15, 5:15] = 1
    labels_tyx[1:, 5:11, 5:13] = 2
    labels_tyx[1:, 15:21, 5:13] = 3
    lineage = Lineage(
        [1, 2, 2, 3, 3],
        [0, 1, 2, 1, 2],
        [[9.5, 9.5], [7.5, 8.5], [7.5, 8.5], [17.5, 8.5], [17.5, 8.5]],
        parents={2: 1, 3: 1},
    )
    write_ctc(Masks.from_array(labels_tyx), lineage, tmp_path / "masks")
    image_tyx = (labels_tyx > 0).astype(np.uint16) * 100 + 20
    metadata = {"axes": "TYX", "unit": "um", "finterval": 60}
    options = {"imagej": True, "resolution": (2, 2), "metadata": metadata}
    tifffile.imwrite(tmp_path / "movie.tif", image_tyx, **options)
    return tmp_path / "movie.tif"


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr("sys.argv", ["tracksam", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def test_measure(movie: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    masks, out = movie.parent / "masks", movie.parent / "tables"
    assert run(monkeypatch, "measure", masks, "--image", movie, "--out", out) == 0
    cells = pd.read_csv(out / "cells.csv")
    assert cells["area_um2"].tolist() == [25, 12, 12, 12, 12]
    assert cells["mean_c0"].tolist() == [120] * 5
    assert sorted(path.name for path in out.iterdir()) == [
        "cells.csv",
        "families.csv",
        "frames.csv",
        "lags.csv",
        "movie.csv",
        "tracks.csv",
    ]
    assert run(monkeypatch, "measure", masks, "--out", out) == 1


def test_measure_says_which_column_is_meant(
    movie: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    masks, out = movie.parent / "masks", movie.parent / "tables"
    assert run(monkeypatch, "measure", masks, "--out", out, "--wide", "area") == 1
    assert "has no measure area; did you mean area_px?" in capsys.readouterr().err
    assert not out.exists()


def test_convert(
    movie: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    masks, target = movie.parent / "masks", movie.parent / "tracks.csv"
    assert run(monkeypatch, "convert", masks, target) == 0
    assert "csv: masks are left out: only positions are written." in capsys.readouterr().out
    assert run(monkeypatch, "convert", masks, target) == 1
    assert "exists; choose another name." in capsys.readouterr().err


def test_report_and_film(movie: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    masks, page, film = (movie.parent / name for name in ("masks", "report.html", "film.gif"))
    assert run(monkeypatch, "report", masks, "--image", movie, "--out", page) == 0
    assert "<title>movie</title>" in page.read_text(encoding="utf-8")
    assert run(monkeypatch, "film", masks, "--image", movie, "--out", film) == 0
    assert film.read_bytes()[:6] == b"GIF89a"
    assert run(monkeypatch, "film", masks, "--image", movie, "--out", film) == 1
