"""The index of a batch: one page of HTML with a row a movie; it needs no network."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import quote

import attrs


@attrs.frozen
class Line:
    """What the index says of one movie.

    Parameters
    ----------
    name : str
        Of the movie.
    movie : str
        Where it lies.
    state : str
        "complete", "failed", "waiting", "running".
    seconds : float
        Of the last attempt.
    frames, cells, tracks : int
        Counts.
    doubtful_share : float or None
        Of the cells.
    notes : tuple of str
        What went wrong.
    folder : str
        Of the run, seen from the page; empty: there is nothing to see.
    """

    name: str
    movie: str
    state: str
    seconds: float = 0.0
    frames: int = 0
    cells: int = 0
    tracks: int = 0
    doubtful_share: float | None = None
    notes: tuple[str, ...] = ()
    folder: str = ""


def index_page(title: str, lines: Sequence[Line]) -> str:
    """Return the index of a batch as HTML.

    Parameters
    ----------
    title : str
        Of the page.
    lines : sequence of Line
        In the order of the rows. All words are escaped; links lead into the runs' folders.

    Returns
    -------
    str
    """
    assets = files("tracksam.report") / "assets"
    n_complete = sum(line.state == "complete" for line in lines)
    figures = (
        (f"{n_complete} of {len(lines)}", "movies complete"),
        (str(sum(line.state == "failed" for line in lines)), "failed"),
        (f"{sum(line.frames for line in lines):,}", "frames"),
        (f"{sum(line.cells for line in lines):,}", "cells"),
        (f"{sum(line.tracks for line in lines):,}", "tracks"),
    )
    return Template((assets / "index.html").read_text(encoding="utf-8")).substitute(
        title=escape(title),
        style=(assets / "page.css").read_text(encoding="utf-8"),
        figures="".join(
            f'<div class="figure"><b>{escape(value)}</b><span>{escape(what)}</span></div>'
            for value, what in figures
        ),
        rows="".join(map(_row, lines)),
        pictures="".join(map(_picture, lines)),
    )


def _row(line: Line) -> str:
    share = "" if line.doubtful_share is None else f"{100 * line.doubtful_share:.1f} %"
    numbers = (f"{line.seconds:.1f}", *map(str, (line.frames, line.cells, line.tracks)), share)
    name = escape(line.name)
    if line.folder:
        name = f'<a href="{escape(quote(line.folder))}/">{name}</a>'
    return (
        f'<tr class="{escape(line.state)}"><td title="{escape(line.movie)}">{name}</td>'
        f"<td>{escape(line.state)}</td>"
        + "".join(f'<td class="number">{escape(value)}</td>' for value in numbers)
        + f"<td>{escape('; '.join(line.notes))}</td></tr>\n"
    )


def _picture(line: Line) -> str:
    if not line.folder:
        return ""
    address = escape(quote(line.folder))
    return (
        f'<figure><a href="{address}/overview.png"><img loading="lazy" '
        f'src="{address}/overview.png" alt=""></a><figcaption>{escape(line.name)}</figcaption>'
        "</figure>\n"
    )
