"""Picture of the tutorial "ten cells": the contact sheet of a kind.

``python docs/example_pictures.py`` simulates the tutorial's movie, sorts its cells and writes the
sheet of the spotted kind into ``docs/pages/images``.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tracksam.pipeline.finding.sort import sorted_kinds
from tracksam.report.contact import example_sheet
from tracksam.simulate import MovieSettings
from tracksam.simulate.fluorescence import Nuclei
from tracksam.simulate.kinds import Kind, movie_of_kinds

IMAGES = Path(__file__).parent / "pages" / "images"
COLOURS = 64


def main() -> None:
    smooth = Kind(Nuclei(chromatin=0.05, nucleoli=0))
    spotted = Kind(Nuclei(chromatin=0.4, nucleoli=0.7, background=0), size=1.4)
    settings = MovieSettings(
        n_frames=3, height_px=320, width_px=400, n_cells=34, diameter_px=28, seed=0
    )
    kinds = sorted_kinds(movie_of_kinds((smooth, spotted), settings).movie.stack, 2)
    sizes = [kind.examples.wanted.of_groups(("size",)).vectors.mean() for kind in kinds]
    larger = kinds[sizes.index(max(sizes))]
    sheet = Image.fromarray(example_sheet(larger.examples))
    sheet.quantize(COLOURS).save(IMAGES / "examples.png", optimize=True)


if __name__ == "__main__":
    main()
