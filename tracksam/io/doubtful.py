"""The table of doubtful places, and what the table of tracks knows of ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracksam.columns.doubtful import DOUBT_COLUMNS
from tracksam.doubts import Doubt

if TYPE_CHECKING:
    import pandas as pd


def doubt_table(doubts: Sequence[Doubt]) -> pd.DataFrame:
    """Return a row for each doubtful place, in the order given.

    Parameters
    ----------
    doubts : sequence of Doubt
        May be empty.

    Returns
    -------
    pandas.DataFrame
        The columns of `DOUBT_COLUMNS`.
    """
    import pandas as pd

    values = {
        "frame": [doubt.frame for doubt in doubts],
        "y_px": [doubt.yx[0] for doubt in doubts],
        "x_px": [doubt.yx[1] for doubt in doubts],
        "track_id": [doubt.track_id for doubt in doubts],
        "kind": [doubt.kind for doubt in doubts],
        "reason": [f"{doubt.what}; {doubt.why}" if doubt.why else doubt.what for doubt in doubts],
        "probability": [doubt.confidence for doubt in doubts],
    }
    return pd.DataFrame(
        {column.name: column.values(values[column.name]) for column in DOUBT_COLUMNS}
    )


def known_ends(tracks: pd.DataFrame) -> dict[int, float]:
    """Return the probability of its end for each track that has one.

    Parameters
    ----------
    tracks : pandas.DataFrame
        ``tracks.csv``; those of earlier versions know no ends.

    Returns
    -------
    dict of int to float
    """
    if "end_confidence" not in tracks:
        return {}
    told = tracks[tracks["end_confidence"].notna()]
    return dict(zip(told["track_id"].tolist(), told["end_confidence"].tolist(), strict=True))
