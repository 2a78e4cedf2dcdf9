"""Forms of moving cells: how long, how wavy, how they divide."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs


@attrs.frozen
class Form:
    """What the outlines of a movie's cells have in common.

    Parameters
    ----------
    aspect, aspect_spread : float
        Median of length over width, and deviation of its logarithm.
    waves : float
        Amplitude of the outline's waves, in radii.
    smoothness : float
        How fast shorter waves get smaller.
    brightness_spread : float
        Deviation of the logarithm of the cells' brightness.
    rounds_up : bool
        Whether cells change before they divide: they round up, nuclei condense.
    flat : bool
        Whether cells lie flat, so that rounding makes them thicker.
    shrinks : float
        Share of the area that is lost when rounded or condensed.
    round_aspect : float
        Length over width then.
    lengthens : bool
        Whether growth goes into the length, and division cuts it in two.
    buds : bool
        Whether division makes a small bud and the mother lives on.
    heads : bool
        Whether the long axis turns towards the direction of motion.
    """

    aspect: float = 1.2
    aspect_spread: float = 0.1
    waves: float = 0.04
    smoothness: float = 1.3
    brightness_spread: float = 0.3
    rounds_up: bool = True
    flat: bool = True
    shrinks: float = 0.45
    round_aspect: float = 1.05
    lengthens: bool = False
    buds: bool = False
    heads: bool = False


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "round": Form(aspect=1.1, waves=0.02, shrinks=0.1),
        "nucleus": Form(
            aspect=1.3, aspect_spread=0.15, waves=0.05, flat=False, round_aspect=1.7,
            brightness_spread=0.4, shrinks=0.5,
        ),
        "adherent": Form(aspect=1.8, aspect_spread=0.2, waves=0.2, smoothness=1.6, heads=True),
        "spindle": Form(
            aspect=4.0, aspect_spread=0.25, waves=0.15, smoothness=1.5, heads=True, shrinks=0.55
        ),
        "packed": Form(aspect=1.3, aspect_spread=0.12, waves=0.1, shrinks=0.4),
        "rod": Form(
            aspect=2.6, aspect_spread=0.1, waves=0.0, rounds_up=False, lengthens=True, heads=True,
            brightness_spread=0.15,
        ),
        "yeast": Form(
            aspect=1.1, aspect_spread=0.05, waves=0.015, rounds_up=False, buds=True,
            brightness_spread=0.1,
        ),
    }
)  # fmt: skip

# What moves in each style when nothing else is asked for; nuclei where no style is named.
FORM_OF_STYLE: Mapping[str, str] = MappingProxyType(
    {
        "cytoplasm": "adherent",
        "phase": "adherent",
        "brightfield": "round",
        "dic": "packed",
        "membrane": "packed",
        "rims": "yeast",
    }
)
