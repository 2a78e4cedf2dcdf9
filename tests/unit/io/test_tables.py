"""Prompts and measurements as CSV."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tracksam import Boxes, Prompts
from tracksam.errors import InvalidInputError, ReadError
from tracksam.io.tables import (
    growing_table,
    read_cells,
    read_prompts,
    read_tracks,
    write_prompts,
    write_table,
)

HEADER = "object_id,frame,kind,y,x,y1,x1\n"


def csv(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "prompts.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_points_and_boxes_are_read(tmp_path: Path) -> None:
    rows = "7,0,positive,10.5,20,,\n8,2,box,1,2,30,40.5\n7,1,negative,3,4,,\n"
    prompts, boxes = read_prompts(csv(tmp_path, HEADER + rows))
    assert prompts == Prompts([7, 7], [0, 1], [[10.5, 20], [3, 4]], [True, False])
    assert boxes == Boxes([8], [2], [[1, 2, 30, 40.5]])


def test_order_and_further_columns_do_not_matter(tmp_path: Path) -> None:
    text = "\ufeffnote, x,y,kind ,frame,object_id\nseen, 20,10.5, positive,0,7\n"
    prompts, boxes = read_prompts(csv(tmp_path, text))
    assert prompts == Prompts([7], [0], [[10.5, 20]])
    assert len(boxes) == 0


def test_no_rows_are_no_prompts(tmp_path: Path) -> None:
    prompts, boxes = read_prompts(csv(tmp_path, HEADER))
    assert (len(prompts), len(boxes)) == (0, 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"lacks the column\(s\) object_id, frame, kind, y, x; its first line must be object"),
        ("id,frame,kind,y,x\n", r"lacks the column\(s\) object_id;.*got 'id,frame,kind,y,x'"),
        (
            HEADER + "1,0,positive,2,3,,\n1,0,point,2,3,,\n",
            "got 'point' in line 3 of .*prompts.csv",
        ),
        (HEADER + "1,0,positive,a,3,,\n", "y must be a number, got 'a' in line 2"),
        (HEADER + "1,0,positive,nan,3,,\n", "y must be a number, got 'nan' in line 2"),
        (HEADER + "1,0,positive,2\n", "x must be a number, got '' in line 2"),
        (HEADER + "1.5,0,positive,2,3,,\n", "object_id must be a whole number, got 1.5 in line 2"),
        (HEADER + "0,0,positive,2,3,,\n", "object_id must be 1 or more .* got 0 and 0 in line 2"),
        (HEADER + "1,-1,positive,2,3,,\n", "frame 0 or more; got 1 and -1 in line 2"),
        (HEADER + "1,0,box,2,3,,\n", "y1 must be a number, got '' in line 2"),
        (HEADER + "1,0,box,5,3,4,9\n", "needs y < y1 and x < x1, got y=5, x=3, y1=4, x1=9 in line"),
    ],
)
def test_a_malformed_row_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        read_prompts(csv(tmp_path, text))


def test_files_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"there is no file .*nothing"):
        read_prompts(tmp_path / "nothing.csv")
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReadError, match=r"a\.csv can not be read as text"):
        read_prompts(tmp_path / "a.csv")


def test_prompts_are_read_back(tmp_path: Path) -> None:
    prompts = Prompts([7, 9], [0, 3], [[0.1, 1 / 3], [5, 6]], [True, False])
    boxes = Boxes([7], [1], [[0.25, 1, 2.5, 1e3]])
    write_prompts(tmp_path / "p.csv", prompts, boxes)
    assert read_prompts(tmp_path / "p.csv") == (prompts, boxes)
    first = (tmp_path / "p.csv").read_text().splitlines()[:2]
    assert first == ["object_id,frame,kind,y,x,y1,x1", "7,0,positive,0.1,0.3333333333333333,,"]


def cells(frame: int, ids: list[int]) -> pd.DataFrame:
    values = np.random.default_rng(frame).random(len(ids))
    return pd.DataFrame(
        {
            "track_id": np.array(ids, np.int64),
            "frame": np.full(len(ids), frame),
            "area_px2": np.array(ids, np.int64) * 10,
            "eccentricity": np.where(values > 0.5, values, np.nan),
            "touches_border": values > 0.5,
            "is_interpolated": values < 0.5,
            "mine": values,
        }
    )


def test_rows_come_frame_by_frame_and_are_read_sorted_by_track(tmp_path: Path) -> None:
    parts = [cells(0, [1, 2]), cells(1, []), cells(2, [1, 2, 9])]
    with growing_table(tmp_path / "cells.csv") as append:
        for part in parts:
            append(part)
            assert not (tmp_path / "cells.csv").exists()
    wanted = pd.concat([parts[0], parts[2]]).sort_values(["track_id", "frame"], ignore_index=True)
    pd.testing.assert_frame_equal(read_cells(tmp_path / "cells.csv"), wanted, check_exact=True)


def test_an_empty_table_keeps_its_types(tmp_path: Path) -> None:
    write_table(tmp_path / "cells.csv", cells(0, []))
    read = read_cells(tmp_path / "cells.csv")
    assert read.dtypes["track_id"] == np.int64
    assert read.dtypes["eccentricity"] == np.float64
    assert read.dtypes["touches_border"] == np.bool_


def test_columns_that_are_not_asked_for_stay_unread(tmp_path: Path) -> None:
    write_table(tmp_path / "cells.csv", cells(0, [1, 2]))
    read = read_cells(tmp_path / "cells.csv", ("area_px2", "not_there"))
    assert sorted(read) == ["area_px2", "frame", "track_id"]
    assert read["area_px2"].tolist() == [10, 20]


def test_a_table_that_is_given_up_leaves_the_old_one(tmp_path: Path) -> None:
    write_table(tmp_path / "cells.csv", cells(0, [1]))
    with pytest.raises(KeyboardInterrupt), growing_table(tmp_path / "cells.csv") as append:
        append(cells(0, [1, 2, 3]))
        raise KeyboardInterrupt
    assert len(read_cells(tmp_path / "cells.csv")) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["cells.csv"]


def test_rows_of_another_form_are_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(
            InvalidInputError, match=r"need the same columns; first .*'frame'.*now \['a'"
        ),
        growing_table(tmp_path / "cells.csv") as append,
    ):
        append(cells(0, [1]))
        append(pd.DataFrame({"a": [1]}))


def test_a_missing_table_says_why(tmp_path: Path) -> None:
    with pytest.raises(
        ReadError, match=r"there is no tracks\.csv in .*the run did not come to its"
    ):
        read_tracks(tmp_path / "tracks.csv")
    (tmp_path / "tracks.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ReadError, match=r"is no table of a run: it has no column track_id"):
        read_tracks(tmp_path / "tracks.csv")
