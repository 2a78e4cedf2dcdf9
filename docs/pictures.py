"""Pictures of the documentation: screenshots of the report, and frames of the film.

``python docs/pictures.py`` (or ``make pictures``) tracks the sample movie with default settings and
writes the pictures into ``docs/pages/images``. It needs Chromium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tracksam.io.images import read_movie
from tracksam.pipeline import Result, track
from tracksam.report import Findings, overlay_frames, report_page

DOCS = Path(__file__).parent
IMAGES = DOCS / "pages" / "images"
MOVIE = DOCS.parent / "sample_data" / "nuclei.tif"

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER_SECONDS = 120
PAGE_WIDTH = 1000
# File, style that hides what is not to be seen (headless, a page can not be scrolled), height.
ONLY_LINEAGE = "header, nav, main > section:not(#lineage) { display: none }"
SCREENSHOTS = (("report.png", "", 1190), ("report-lineage.png", ONLY_LINEAGE, 625))
FILM_FRAMES = (4, 19)
FILM_SIDE_PX = 640
BETWEEN_PX = 8
COLOURS = 128
MOST_BYTES = 350_000


def main() -> None:
    """Track the sample movie and write all pictures."""
    browser = found_browser()
    with tempfile.TemporaryDirectory(prefix="tracksam-") as folder:
        result = track(read_movie(MOVIE), out=Path(folder) / "run")
        page = report_page(
            Findings(result.stack, result.masks, result.lineage, result.tables, result.record)
        )
        for name, style, height in SCREENSHOTS:
            shown = page.replace("</head>", f"<style>{style}</style></head>", 1)
            write_picture(IMAGES / name, screenshot(browser, shown, height))
        write_picture(IMAGES / "overlay.png", two_frames(result))


def found_browser() -> str:
    """Return the path of the first browser there is; without one, end with a sentence."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    sys.exit(
        f"The screenshot of the report needs Chromium; none of {', '.join(BROWSERS)} is on the "
        "PATH. Install one ('sudo apt install chromium') and run this again."
    )


def screenshot(browser: str, html: str, height: int) -> Image.Image:
    """Return the upper part of a page as the browser shows it."""
    with tempfile.TemporaryDirectory(prefix="tracksam-browser-") as folder:
        page, picture = Path(folder) / "page.html", Path(folder) / "page.png"
        page.write_text(html, encoding="utf-8")
        options = (
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--window-size={PAGE_WIDTH},{height}",
            f"--user-data-dir={folder}",
            f"--screenshot={picture}",
        )
        finished = subprocess.run(
            [browser, *options, page.as_uri()],
            capture_output=True,
            text=True,
            timeout=BROWSER_SECONDS,
            check=False,
        )
        if not picture.exists():
            sys.exit(f"{browser} made no picture (exit {finished.returncode}): {finished.stderr}")
        with Image.open(picture) as shot:
            return shot.convert("RGB")


def two_frames(result: Result) -> Image.Image:
    """Return an early and a late frame of the film, side by side on white."""
    film = overlay_frames(result.stack, result.masks, result.lineage, FILM_SIDE_PX)
    first, second = (
        frame_yxc
        for number, frame_yxc in enumerate(islice(film, FILM_FRAMES[-1] + 1))
        if number in FILM_FRAMES
    )
    between: NDArray[np.uint8] = np.full((first.shape[0], BETWEEN_PX, 3), 255, np.uint8)
    return Image.fromarray(np.hstack([first, between, second]))


def write_picture(path: Path, picture: Image.Image) -> None:
    """Write a picture with few colours; end with a sentence if its file is large all the same."""
    few = picture.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    size = path.stat().st_size
    if size > MOST_BYTES:
        sys.exit(f"{path} has {size} bytes, more than {MOST_BYTES}; make it smaller.")


if __name__ == "__main__":
    main()
