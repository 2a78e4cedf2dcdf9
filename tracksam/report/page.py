"""The report: one page of HTML that needs no network and no other file."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.columns import Calibration
from tracksam.doubts import doubts
from tracksam.lineage import Lineage
from tracksam.mask_doubts import MaskShapes
from tracksam.masks import Masks
from tracksam.record import RunRecord
from tracksam.report import sections
from tracksam.report.chart import number
from tracksam.report.clock import clock
from tracksam.report.doubtful import thumbnail
from tracksam.report.frame import colour_of
from tracksam.report.picture import overview
from tracksam.stack import Stack
from tracksam.steps.measuring.population import frame_table, movie_table
from tracksam.tables import Tables

if TYPE_CHECKING:
    import pandas as pd


# So many of the most doubtful places are shown.
MOST_PLACES = 12


@attrs.frozen
class Findings:
    """What a report is made of.

    Parameters
    ----------
    stack : Stack
        The movie.
    masks : Masks
        As many frames as the movie.
    lineage : Lineage
        Tracks and mothers.
    tables : Tables
        Their measurements.
    record : RunRecord, optional
        What made them; None: masks from elsewhere.
    """

    stack: Stack
    masks: Masks
    lineage: Lineage
    tables: Tables
    record: RunRecord | None = None


def report_page(findings: Findings) -> str:
    """Return the report as HTML.

    Parameters
    ----------
    findings : Findings
        What is told.

    Returns
    -------
    str
        Styles, script, data and pictures are inside; the page asks for nothing else, and its
        content security policy forbids it.
    """
    stack, tables = findings.stack, findings.tables
    calibration = Calibration.of(stack)
    frames = frame_table(tables, stack.n_frames, stack.shape_yx, calibration)
    movie = movie_table(frames, tables.tracks, calibration).iloc[0]
    assets = files("tracksam.report") / "assets"
    return Template((assets / "page.html").read_text(encoding="utf-8")).substitute(
        title=escape(stack.name),
        subtitle=escape(_subtitle(stack)),
        style=(assets / "page.css").read_text(encoding="utf-8"),
        script=(assets / "tree.js").read_text(encoding="utf-8"),
        figures="".join(sections.figures(movie)),
        overview=embedded(overview(stack, findings.masks, findings.lineage)),
        counts="".join(sections.counts(frames, stack)),
        cells="".join(sections.distributions(tables.cells)),
        motion_note=escape(sections.motion_note(movie)),
        motion="".join(sections.motion(findings.lineage, tables.cells, stack)),
        doubtful="".join(_places(findings)) or '<p class="nothing">Nothing is doubtful.</p>',
        data=_tree_data(tables.tracks, stack),
        run="".join(sections.run_tables(findings.record)),
    )


def embedded(picture_yxc: NDArray[np.uint8]) -> str:
    """Return a picture as an address that holds it.

    Parameters
    ----------
    picture_yxc : ndarray of uint8, shape (Y, X, 3)
        Red, green, blue.

    Returns
    -------
    str
        A ``data:`` address of a PNG.
    """
    import cv2

    encoded = cv2.imencode(".png", np.ascontiguousarray(picture_yxc[..., ::-1]))[1]
    return "data:image/png;base64," + base64.b64encode(encoded.tobytes()).decode("ascii")


def _subtitle(stack: Stack) -> str:
    height, width = stack.shape_yx
    words = [f"{stack.n_frames} frames of {height} × {width} pixels", ", ".join(stack.channels)]
    return " · ".join(words + sections.calibration_words(Calibration.of(stack)))


def _places(findings: Findings) -> Iterator[str]:
    """Thumbnails of the most doubtful places."""
    shapes = MaskShapes.of(findings.tables.cells)
    for doubt in doubts(findings.lineage, MOST_PLACES, shapes):
        picture = thumbnail(doubt, findings.stack, findings.masks, findings.lineage)
        words = f"{doubt.what}, frame {doubt.frame}" + (f"; {doubt.why}" if doubt.why else "")
        yield (
            f'<figure class="place"><img src="{embedded(picture)}" alt="{escape(words)}">'
            f"<figcaption><b>{doubt.confidence:.2f}</b> {escape(words)}</figcaption></figure>"
        )


def _tree_data(tracks: pd.DataFrame, stack: Stack) -> str:
    """What the script draws trees from, as JSON that may stand in HTML."""
    per_frame, unit = clock(stack)
    speed = next(
        (name for name in ("mean_speed_um_per_min", "mean_speed_px_per_frame") if name in tracks),
        None,
    )
    content = {
        "frames": stack.n_frames,
        "perFrame": per_frame,
        "unit": unit,
        "tracks": [
            {
                "id": int(row["track_id"]),
                "parent": int(row["parent_id"]),
                "first": int(row["first_frame"]),
                "last": int(row["last_frame"]),
                "colour": "#{:02x}{:02x}{:02x}".format(*colour_of(int(row["track_id"]))),
                "words": _words(row, speed),
            }
            for row in tracks.to_dict("records")
        ],
    }
    return json.dumps(content).replace("</", "<\\/")


def _words(row: dict[Any, Any], speed: str | None) -> str:
    """What is shown beside a track."""
    origin = f"daughter of {row['parent_id']}" if row["parent_id"] else "no known mother"
    lines = [
        f"track {row['track_id']}, {origin}",
        f"frames {row['first_frame']} to {row['last_frame']}, generation {row['generation']}",
        f"fate: {row['fate']}",
        f"lowest confidence {number(row['min_confidence'])}",
    ]
    if speed is not None:
        unit = "µm/min" if "um" in speed else "px/frame"
        lines.append(f"mean speed {number(row[speed])} {unit}")
    return "\n".join(lines)
