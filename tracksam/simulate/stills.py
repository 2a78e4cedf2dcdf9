"""Single images of any kind of cell in any style, with their labels, for training."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from tracksam.errors import InvalidInputError
from tracksam.simulate.canvas import Labels
from tracksam.simulate.shapes import Layout, draw_labels
from tracksam.simulate.styles import render

Image = NDArray[np.float32]

# How often each kind of cell is seen in each style.
KINDS_BY_STYLE: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "nuclei": {"nucleus": 8, "round": 2, "blebbed": 0.5, "rod": 0.3},
        "cytoplasm": {"adherent": 2, "stellate": 1, "spindle": 2, "rod": 2, "epithelium": 1,
                      "round": 1, "ruffled": 1, "colony": 0.7},
        "phase": {"adherent": 2, "stellate": 2, "ruffled": 2, "spindle": 2, "fan": 1, "rod": 2,
                  "round": 1, "yeast": 1, "epithelium": 0.5, "colony": 1.5},
        "brightfield": {"yeast": 3, "round": 2, "rod": 2, "adherent": 2, "epithelium": 1,
                        "ruffled": 1, "spindle": 1},
        "dic": {"adherent": 4, "ruffled": 2, "epithelium": 2, "round": 1, "yeast": 1, "spindle": 1},
        "membrane": {"epithelium": 5, "round": 2, "adherent": 1, "nucleus": 1},
        "stained": {"nucleus": 4, "epithelium": 1, "adherent": 1, "spindle": 0.5},
        "rims": {"yeast": 5, "round": 3, "rod": 1, "colony": 1.5, "spindle": 0.5, "adherent": 0.5},
    }
)  # fmt: skip
STYLE_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"nuclei": 4, "cytoplasm": 2, "phase": 4, "brightfield": 2.5, "dic": 3, "membrane": 1.5,
     "stained": 1, "rims": 4}
)  # fmt: skip


def _drawn(weights: Mapping[str, float], rng: np.random.Generator) -> str:
    share = np.cumsum(list(weights.values()))
    return list(weights)[int(np.searchsorted(share, rng.uniform(0, share[-1]), side="right"))]


def random_layout(
    style: str, shape_yx: tuple[int, int], rng: np.random.Generator, diameter_px: float | None
) -> Layout:
    """Return what cells an image of some style shows.

    Parameters
    ----------
    style : str
        A key of `KINDS_BY_STYLE`.
    shape_yx : tuple of int
    rng : Generator
    diameter_px : float or None
        Mean diameter of the cells; None: any from 8 to 150 that fits the image.

    Returns
    -------
    Layout
    """
    kind = _drawn(KINDS_BY_STYLE[style], rng)
    if diameter_px is None:
        largest = min(150.0, 0.6 * min(shape_yx))
        smallest = min(largest, {"rod": 7.0, "nucleus": 8.0, "round": 8.0}.get(kind, 10.0))
        diameter_px = float(np.exp(rng.uniform(np.log(smallest), np.log(largest))))
    pushing = kind in ("round", "nucleus", "adherent", "ruffled") and rng.random() < 0.6
    fullest = 1.3 if pushing else 0.75
    sparsest = 0.25 if style == "dic" else 0.05
    density = float(np.exp(rng.uniform(np.log(sparsest), np.log(fullest))))
    return Layout(
        kind=kind,
        radius_px=diameter_px / 2,
        density=float(rng.choice([1.0, rng.uniform(0.3, 1)])) if kind == "epithelium" else density,
        clustered=bool(rng.random() < 0.5),
        pushing=pushing,
        gap=float(rng.uniform(0.03, 0.15)) if rng.random() < 0.25 else 0.0,
        round_share=float(rng.choice([0.0, 0.1, 0.3])) if style not in ("nuclei", "stained") else 0,
    )


def still(
    rng: np.random.Generator,
    shape_yx: tuple[int, int] = (256, 256),
    style: str | None = None,
    diameter_px: float | None = None,
) -> tuple[Image, Labels]:
    """Return one random image of cells and its labels.

    Parameters
    ----------
    rng : Generator
        Everything that is not given is drawn from it.
    shape_yx : tuple of int
    style : str, optional
        A key of `KINDS_BY_STYLE`, or "fluorescence" for nuclei or cytoplasm. Default: any.
    diameter_px : float, optional
        Mean diameter of the cells. Default: any from 8 to 150 that fits the image.

    Returns
    -------
    image_yx : ndarray of float32, shape (Y, X)
        Grey values, whole numbers of a camera with 8, 12 or 16 bits, not normalised.
    labels_yx : ndarray of int32, shape (Y, X)
        0 is background, cells are 1 to K; K may be 0.

    Raises
    ------
    InvalidInputError
        There is no such style.

    Examples
    --------
    >>> image_yx, labels_yx = still(np.random.default_rng(3), shape_yx=(96, 128))
    >>> image_yx.shape, labels_yx.shape, image_yx.dtype
    ((96, 128), (96, 128), dtype('float32'))
    """
    if style is None:
        style = _drawn(STYLE_WEIGHTS, rng)
    elif style == "fluorescence":
        style = _drawn({"nuclei": 2.0, "cytoplasm": 1.0}, rng)
    if style not in KINDS_BY_STYLE:
        known = ", ".join([*KINDS_BY_STYLE, "fluorescence"])
        raise InvalidInputError(f"the style must be one of {known}; got {style!r}.")
    layout = random_layout(style, shape_yx, rng, diameter_px)
    labels_yx = draw_labels(layout, shape_yx, rng)
    return render(labels_yx, style, rng), labels_yx
