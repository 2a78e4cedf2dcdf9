"""Named situations: small movies that show one thing each, for tests, docs and benchmarks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np

from tracksam.errors import InvalidInputError
from tracksam.simulate.motion import Start
from tracksam.simulate.movie import MovieSettings, SimulatedMovie, movie_of
from tracksam.simulate.styles import STYLES

RADIUS_PX = 9.0
_FORM_OF_STYLE = {"phase": "adherent", "dic": "packed", "membrane": "packed", "nuclei": "nucleus"}


@attrs.frozen
class Plan:
    """A situation's cells and what differs from the plain movie.

    Parameters
    ----------
    starts : tuple of Start
    changes : mapping of str to value
        Settings of the movie that are not the plain ones.
    blank_frames : tuple of int
        Frames that are black.
    """

    starts: tuple[Start, ...]
    changes: Mapping[str, Any] = attrs.field(factory=dict)  # values of several types
    blank_frames: tuple[int, ...] = ()


def situation(name: str, *, style: str = "fluorescence", seed: int = 0) -> SimulatedMovie:
    """Return a small movie that shows one thing.

    Parameters
    ----------
    name : str
        A key of `SITUATIONS`.
    style : str
        A key of `tracksam.simulate.styles.STYLES`; "fluorescence" is nuclei here.
    seed : int
        Changes places, forms and noise, not what happens.

    Returns
    -------
    SimulatedMovie
        12 frames of 96 x 128, unless the situation is about something else.

    Raises
    ------
    InvalidInputError
        There is no such situation or style.
    """
    if name not in SITUATIONS:
        known = ", ".join(SITUATIONS)
        raise InvalidInputError(f"the situation must be one of {known}; got {name!r}.")
    if style not in STYLES:
        raise InvalidInputError(f"the style must be one of {', '.join(STYLES)}; got {style!r}.")
    shown = "nuclei" if style == "fluorescence" else style
    plan = _PLANS[name](np.random.default_rng([seed, 8]))
    plain = MovieSettings(
        style=shown,
        form=_FORM_OF_STYLE.get(shown, "round"),
        n_frames=12,
        height_px=96,
        width_px=128,
        diameter_px=2 * RADIUS_PX,
        seed=seed,
        speed_px=0.0,
        division_rate=0.0,
        shape_change=0.05,
        dirt=0.0,
    )
    settings = attrs.evolve(plain, **plan.changes)
    return movie_of(plan.starts, settings, STYLES[shown][0](), plan.blank_frames)


def _apart(
    rng: np.random.Generator, n: int, margin: float = 16.0, distance: float = 27.0
) -> list[tuple[float, float]]:
    """Draw n places in the frame that keep a distance, or nearly, where it is full."""
    chosen: list[tuple[float, float]] = []
    while len(chosen) < n:
        y, x = rng.uniform((margin, margin), (96 - margin, 128 - margin)).tolist()
        if all(np.hypot(y - v, x - u) > distance for v, u in chosen):
            chosen.append((y, x))
        distance *= 0.999
    return chosen


def _cells(rng: np.random.Generator, n: int = 5) -> tuple[Start, ...]:
    return tuple(Start(yx, radius_px=RADIUS_PX * rng.uniform(0.9, 1.1)) for yx in _apart(rng, n))


def _still(rng: np.random.Generator) -> Plan:
    return Plan(_cells(rng))


def _drifting(rng: np.random.Generator) -> Plan:
    cells = [(36, 60), (66, 90), (40, 100), (64, 50)]
    near = [(y + rng.uniform(-4, 4), x + rng.uniform(-4, 4)) for y, x in cells]
    changes = {"drift_y_px": -1.5, "drift_x_px": -2.5}
    return Plan(tuple(Start(yx, radius_px=RADIUS_PX) for yx in near), changes)


def _crossing(rng: np.random.Generator) -> Plan:
    shift = rng.uniform(-3, 3)
    return Plan(
        (
            Start((30 + shift, 18), (1.4, 7.5), RADIUS_PX),
            Start((68 + shift, 110), (-0.6, -7.5), RADIUS_PX),
            Start((13, 108), radius_px=RADIUS_PX),
        )
    )


def _dividing(rng: np.random.Generator) -> Plan:
    first, second, *others = _apart(rng, 4, margin=20, distance=38)
    cells = [Start(yx, radius_px=RADIUS_PX) for yx in others]
    return Plan(
        (
            Start(first, radius_px=1.2 * RADIUS_PX, divides_at=5),
            Start(second, radius_px=1.2 * RADIUS_PX, divides_at=8),
            *cells,
        )
    )


def _leaving(rng: np.random.Generator) -> Plan:
    shift = rng.uniform(-4, 4)
    return Plan(
        (
            Start((48 + shift, 100), (0.5, 5.0), RADIUS_PX),
            Start((22, 40 + shift), (-4.0, 1.0), RADIUS_PX),
            Start((70, 50 + shift), radius_px=RADIUS_PX),
        )
    )


def _entering(rng: np.random.Generator) -> Plan:
    shift = rng.uniform(-4, 4)
    return Plan(
        (
            Start((48 + shift, -20), (0.5, 5.0), RADIUS_PX),
            Start((118, 90 + shift), (-4.0, -1.0), RADIUS_PX),
            Start((26, 60 + shift), radius_px=RADIUS_PX),
        )
    )


def _touching(rng: np.random.Generator) -> Plan:
    shift = rng.uniform(-3, 3)
    velocity = (0.8, 1.6)
    pair = [(30 + shift, 30), (30 + shift, 30 + 1.9 * RADIUS_PX)]
    trio = [(60, 80 + shift), (60 + 1.9 * RADIUS_PX, 80 + shift), (68, 96 + shift)]
    return Plan(
        tuple(Start(yx, velocity, RADIUS_PX) for yx in pair)
        + tuple(Start(yx, (-velocity[0], 0.5), RADIUS_PX) for yx in trio)
    )


def _occluded(rng: np.random.Generator) -> Plan:
    first, *others = _apart(rng, 4, margin=24, distance=34)
    hidden = Start(first, (0.6, 1.2), RADIUS_PX, hidden=(5, 6))
    return Plan((hidden, *(Start(yx, (0.6, 0.9), RADIUS_PX) for yx in others)))


def _blank_frame(rng: np.random.Generator) -> Plan:
    cells = tuple(Start(yx, (0.8, 0.4), RADIUS_PX) for yx in _apart(rng, 4, margin=20))
    return Plan(cells, blank_frames=(6,))


def _crowded(rng: np.random.Generator) -> Plan:
    places = _apart(rng, 24, margin=6, distance=15)
    changes = {"speed_px": 0.7, "diameter_px": 16.0}
    return Plan(tuple(Start(yx, radius_px=8.0) for yx in places), changes)


def _fast(rng: np.random.Generator) -> Plan:
    shift = rng.uniform(-4, 4)
    return Plan(
        (
            Start((24 + shift, 14), (0.5, 9.0), RADIUS_PX),
            Start((72 + shift, 116), (-0.5, -8.0), RADIUS_PX),
        )
    )


def _dying(rng: np.random.Generator) -> Plan:
    first, *others = _apart(rng, 4, margin=20, distance=34)
    cells = [Start(yx, radius_px=RADIUS_PX) for yx in others]
    return Plan((Start(first, radius_px=RADIUS_PX, dies_at=3), *cells))


def _growing(rng: np.random.Generator) -> Plan:
    places = _apart(rng, 4, margin=20, distance=34)
    return Plan(tuple(Start(yx, radius_px=0.8 * RADIUS_PX, growth=1.06) for yx in places))


def _bleaching(rng: np.random.Generator) -> Plan:
    cells = tuple(Start(yx, (0.5, 0.9), RADIUS_PX) for yx in _apart(rng, 5, margin=18))
    return Plan(cells, {"bleaching": 0.12})


def _single_frame(rng: np.random.Generator) -> Plan:
    return Plan(_cells(rng), {"n_frames": 1})


def _empty(rng: np.random.Generator) -> Plan:
    del rng  # nothing is drawn but noise
    return Plan(())


def _tiny(rng: np.random.Generator) -> Plan:
    cells = tuple(Start(yx, (0.3, 0.6), 3.0) for yx in _apart(rng, 12, distance=14))
    return Plan(cells, {"diameter_px": 6.0})


def _budding(rng: np.random.Generator) -> Plan:
    places = _apart(rng, 3, margin=26, distance=40)
    buds_at = (3, 6, None)
    cells = (Start(yx, divides_at=t, radius_px=12.0) for yx, t in zip(places, buds_at, strict=True))
    return Plan(tuple(cells), {"form": "yeast", "diameter_px": 24.0})


_PLANS: Mapping[str, Callable[[np.random.Generator], Plan]] = MappingProxyType(
    {
        "still": _still,
        "drifting": _drifting,
        "crossing": _crossing,
        "dividing": _dividing,
        "leaving": _leaving,
        "entering": _entering,
        "touching": _touching,
        "occluded": _occluded,
        "blank_frame": _blank_frame,
        "crowded": _crowded,
        "fast": _fast,
        "dying": _dying,
        "growing": _growing,
        "bleaching": _bleaching,
        "single_frame": _single_frame,
        "empty": _empty,
        "tiny": _tiny,
        "budding": _budding,
    }
)

SITUATIONS: Mapping[str, str] = MappingProxyType(
    {
        "still": "five cells that stay where they are",
        "drifting": "four cells on a stage that drifts up and left",
        "crossing": "two cells pass each other with a gap between them; a third stays",
        "dividing": "two of four cells divide, in frames 5 and 8",
        "leaving": "one cell leaves on the right, one at the top; a third stays",
        "entering": "one cell enters from the left, one from below; a third stays",
        "touching": "a pair and a group of three that touch and move together",
        "occluded": "four cells move; one is not seen in frames 5 and 6",
        "blank_frame": "four cells move; frame 6 is black",
        "crowded": "24 cells that fill the frame and push each other about",
        "fast": "two cells move about half a diameter a frame",
        "dying": "one of four cells shrinks, brightens and falls apart from frame 3 on",
        "growing": "four cells grow to nearly twice their area",
        "bleaching": "five cells move while the light fades to a quarter",
        "single_frame": "one frame with five cells",
        "empty": "no cell at all",
        "tiny": "twelve cells six pixels wide",
        "budding": "two of three yeast cells get a bud, in frames 3 and 6, and live on",
    }
)
