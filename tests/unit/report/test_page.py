"""The report: complete, self-contained, and alive in a real browser."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest

from tracksam.doubts import doubts
from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.record import RunRecord
from tracksam.report import Findings, report_page
from tracksam.report.chart import Scale, Series, histogram, line_chart, tick_step
from tracksam.report.doubtful import thumbnail
from tracksam.report.frame import colour_of
from tracksam.report.sections import figures, motion
from tracksam.settings import Settings
from tracksam.stack import Stack
from tracksam.steps.measure import measure
from tracksam.tables import Tables

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


def findings(n_frames: int = 12, *, calibrated: bool = True) -> Findings:
    """Return a mother 4 with daughters 2 and 9 (2 divides into 5 and 6), and a cell 7 alone."""
    labels_tyx = np.zeros((n_frames, 40, 60), np.uint16)
    life = {4: (0, 3, 5, 5), 2: (3, 7, 5, 5), 9: (3, n_frames, 20, 5)} | {
        5: (7, n_frames, 3, 5),
        6: (7, n_frames, 11, 5),
        7: (0, n_frames, 30, 40),
    }
    rows = []
    for track_id, (begin, end, y, x) in life.items():
        for t in range(begin, end):
            labels_tyx[t, y : y + 6, x + t : x + t + 6] = track_id
            rows.append((track_id, t, y + 2.5, x + t + 2.5))
    table = np.array(rows)
    lineage = Lineage(
        table[:, 0],
        table[:, 1],
        table[:, 2:],
        parents={2: 4, 9: 4, 5: 2, 6: 2},
        parent_confidence={5: 0.25},
        confidence=np.where((table[:, 0] == 7) & (table[:, 1] == 8), 0.5, 1.0),
    )
    scale = {"pixel_size_um": 0.5, "frame_interval_s": 300} if calibrated else {}
    image = (labels_tyx > 0) * 200 + np.random.default_rng(0).integers(0, 50, labels_tyx.shape)
    stack = Stack.from_array(image, axes="TYX", name="<cells> & co</script>", **scale)
    masks = Masks.from_array(labels_tyx)
    record = RunRecord.of(stack, Settings(seed=3))
    return Findings(stack, masks, lineage, measure(masks, stack, lineage), record)


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [v or "" for k, v in attrs if k in ("src", "href", "action", "srcset")]
        if tag not in ("meta", "img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_a_page_is_whole_and_asks_for_nothing() -> None:
    text = report_page(findings())
    page = Page(text)
    assert page.open == []
    assert [a for a in page.addresses if not a.startswith(("#", "data:image/png;base64,"))] == []
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text) == []
    assert "default-src 'none'" in text
    assert "&lt;cells&gt; &amp; co" in text and "<cells>" not in text


def test_the_mean_squared_displacement_is_in_square_micrometres() -> None:
    told = findings()
    charts = {
        c: "".join(motion(told.lineage, told.tables.cells, s))
        for c, s in (("um", told.stack), ("px", findings(calibrated=False).stack))
    }
    first = {
        c: re.search(r"<title>([^<:]*): ([^<]*)</title></circle>", t) for c, t in charts.items()
    }
    # Every cell moves one pixel of 0.5 um a frame of 5 min.
    assert first["um"].groups() == ("5", "0.25")
    assert first["px"].groups() == ("1", "1")


def test_a_page_tells_numbers_settings_and_versions() -> None:
    words = " ".join(Page(report_page(findings())).words)
    assert "12 frames of 40 × 60 pixels · channel 0 · 0.5 µm per pixel · 5 min per frame" in words
    for expected in ("6 tracks", "2 families", "2 divisions", "link.max_gap", "seed", "numpy"):
        assert expected in " ".join(words.split()), expected
    assert "area (µm²)" in words and "speed (µm/min)" in words


def test_a_page_of_masks_from_elsewhere_in_pixels() -> None:
    words = " ".join(Page(report_page(attrs.evolve(findings(calibrated=False), record=None))).words)
    assert "The masks come from elsewhere" in words
    assert "area (px²)" in words and "µm" not in words


def test_a_page_of_nothing() -> None:
    stack = Stack.from_array(np.zeros((1, 20, 30)), axes="TYX")
    masks = Masks.from_array(np.zeros((1, 20, 30), int))
    text = report_page(Findings(stack, masks, Lineage(), measure(masks, stack)))
    assert "Nothing is doubtful." in text
    assert "There is nothing to show for area" in text
    assert Page(text).open == []


def test_the_data_of_the_trees() -> None:
    text = report_page(findings())
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.S).group(1))
    assert (data["frames"], data["perFrame"], data["unit"]) == (12, 5, "min")
    track = next(track for track in data["tracks"] if track["id"] == 5)
    assert (track["parent"], track["first"], track["last"]) == (2, 7, 11)
    assert track["colour"] == "#{:02x}{:02x}{:02x}".format(*colour_of(5))
    assert track["words"].splitlines()[:3] == [
        "track 5, daughter of 2",
        "frames 7 to 11, generation 2",
        "fate: end of movie",
    ]


def test_no_word_of_the_data_ends_the_script() -> None:
    told = findings()
    tracks = told.tables.tracks.assign(fate="</script><b>")
    text = report_page(attrs.evolve(told, tables=Tables(told.tables.cells, tracks)))
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.S).group(1))
    assert data["tracks"][0]["words"].splitlines()[2] == "fate: </script><b>"


def test_doubtful_places_are_the_least_sure_ones() -> None:
    found = doubts(findings().lineage)
    assert [(d.track_id, d.frame, d.from_frame, d.confidence) for d in found] == [
        (5, 7, 6, 0.25),
        (7, 8, 7, 0.5),
    ]
    assert [d.what for d in found] == ["track 5 is a daughter of 2", "track 7 goes on"]
    assert len(doubts(findings().lineage, most=1)) == 1


def test_a_doubtful_mask_is_a_place_of_the_page_with_what_its_table_tells() -> None:
    told = findings()
    lineage = told.lineage
    sure = np.where((lineage.track_id == 9) & (lineage.frame == 5), 0.1, 1.0)
    told.tables.cells.loc[(told.tables.cells["track_id"] == 9), "touches_border"] = True
    unsure = attrs.evolve(told, lineage=attrs.evolve(lineage, mask_confidence=sure))
    assert (
        "<b>0.10</b> the mask of track 9 is doubtful, frame 5; it reaches the border of the frame<"
    ) in report_page(unsure)


def test_doubts_about_beginnings_and_gaps() -> None:
    lineage = Lineage([1, 1], [2, 5], [[0, 0], [1, 1]], confidence=[0.5, 0.25])
    assert [(d.what, d.from_frame) for d in doubts(lineage)] == [
        ("track 1 comes back after 2 frames", 2),
        ("track 1 begins", 2),
    ]


def test_a_daughters_first_row_is_told_as_a_birth() -> None:
    lineage = Lineage(
        [1, 1, 2, 3, 4],
        [0, 1, 2, 2, 2],
        np.zeros((5, 2)),
        confidence=[1, 1, 0.25, 0.75, 1],
        parents={2: 1, 3: 1, 4: 1},
        parent_confidence={2: 0.5, 3: 0.5},
    )
    assert [(d.what, d.frame, d.from_frame, d.confidence) for d in doubts(lineage)] == [
        ("track 2 is a daughter of 1", 2, 1, 0.25),
        ("track 3 is a daughter of 1", 2, 1, 0.5),
    ]


def test_what_is_nearly_sure_is_not_doubtful() -> None:
    lineage = Lineage(
        [1, 1, 1, 2],
        [0, 1, 2, 3],
        np.zeros((4, 2)),
        confidence=[0.998, 0.9, 0.89, 1],
        parents={2: 1},
        parent_confidence={2: 0.999},
    )
    assert [(d.track_id, d.frame, d.confidence) for d in doubts(lineage)] == [(1, 2, 0.89)]


def test_thumbnails_show_both_frames() -> None:
    told = findings()
    (doubt,) = [d for d in doubts(told.lineage) if d.track_id == 7]
    picture = thumbnail(doubt, told.stack, told.masks, told.lineage, side_px=100)
    assert picture.shape == (100, 204, 3)
    for half in (picture[:, :100], picture[:, 104:]):
        assert np.abs(half.astype(int) - colour_of(7)).sum(axis=2).min() < 40


def test_ticks_are_round() -> None:
    assert [tick_step(span) for span in (1, 7, 29, 0.034)] == [0.2, 2, 5, 0.01]
    assert Scale(3, 29, 0, 100).ticks == [5, 10, 15, 20, 25]
    assert Scale(0.5, 2000, 0, 1, is_log=True).ticks == [1, 10, 100, 1000]
    assert Scale(8, 90, 0, 1, is_log=True).ticks == [10, 20, 50]
    assert Scale(1, 100, 0, 50, is_log=True).at([10, 0]).tolist()[0] == 25
    assert np.isnan(Scale(1, 100, 0, 50, is_log=True).at([0.0]))[0]


def test_lines_break_where_a_value_is_missing() -> None:
    chart = line_chart([Series([0, 1, 2, 3], [1, np.nan, 2, 3])], "frame", "cells")
    path = re.search(r'class="line a" d="([^"]*)"', chart).group(1)
    assert [piece[0] for piece in path.split() if piece[0] in "ML"] == ["M", "M", "L"]
    assert line_chart([], "frame", "cells").startswith('<p class="nothing">')
    assert line_chart([Series([0], [0])], "f", "c", is_log=True).startswith("<p")


def test_histograms_count_every_value() -> None:
    values = [*range(100), np.nan, 10_000]
    bars = re.findall(r"<title>(.*?) to (.*?): (\d+) cells</title>", histogram(values, "area"))
    assert sum(int(count) for _, _, count in bars) == 101
    assert len(re.findall("<rect", histogram([5, 5], "area"))) == 6
    assert histogram([np.nan], "area").startswith("<p")


PROBE = """<script>
const tell = (name, value) => document.body.setAttribute("data-" + name, value);
const tree = document.getElementById("tree");
const shown = () => tree.querySelectorAll("g").length;
const hit = (id) => tree.querySelector(`g[data-id="${id}"] .hit`);
const point = (kind, id) => hit(id).dispatchEvent(new MouseEvent(kind, { bubbles: true }));
tell("before", shown());
point("mousemove", 2);
const tip = document.getElementById("tip");
tell("tip", tip.hidden ? "" : tip.textContent);
tell("away", [...tree.querySelectorAll("g.away")].map((g) => g.dataset.id).join(" "));
tell("colour", getComputedStyle(tree.querySelector('g[data-id="7"] .track')).stroke);
point("click", 2);
tell("folded", [...tree.querySelectorAll("text.folded")].map((t) => t.textContent).join("|"));
tell("after", shown());
document.getElementById("unfold").click();
tell("unfolded", shown());
document.getElementById("dividing").click();
tell("dividing", shown());
tell("pictures", [...document.images].every((i) => i.complete && i.naturalWidth > 50));
tell("charts", document.querySelectorAll("svg.chart").length);
tell("wide", document.documentElement.scrollWidth <= window.innerWidth);
</script></body>"""


def test_long_durations_are_told_in_hours() -> None:
    movie = pd.Series(
        {
            "n_tracks": 6,
            "n_families": 2,
            "n_divisions": 2,
            "n_first": 2,
            "n_last": 3,
            "doubling_time_min": 1228.0,
            "median_cycle_min": 119.0,
            "mean_speed_um_per_min": 0.3,
        }
    )
    shown = "".join(figures(movie))
    assert "<b>20.5</b><span>h to double</span>" in shown
    assert "<b>119</b><span>min from birth to division</span>" in shown
    assert "<b>0.3</b><span>µm/min mean speed</span>" in shown


@pytest.mark.skipif(BROWSER is None, reason="no Chromium")
def test_the_page_lives_in_a_browser(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(report_page(findings()).replace("</body>", PROBE), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1000,900"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    log = ["--enable-logging=stderr", "--log-level=0"]
    finished = subprocess.run(
        [BROWSER, *options, profile, *log, "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert [line for line in finished.stderr.splitlines() if ":CONSOLE" in line] == []
    body = re.search("<body.*?>", finished.stdout, re.S).group()
    told = dict(re.findall(r'data-(\w+)="([^"]*)"', body))
    assert told["before"] == "6"
    assert told["tip"].startswith("track 2, daughter of 4\nframes 3 to 6, generation 1")
    assert told["away"] == "9 7"
    assert told["colour"] == "rgb({}, {}, {})".format(*colour_of(7))
    assert (told["folded"], told["after"], told["unfolded"]) == ("2  +2 folded", "4", "6")
    assert told["dividing"] == "5"
    assert (told["pictures"], told["wide"]) == ("true", "true")
    assert int(told["charts"]) == 12
