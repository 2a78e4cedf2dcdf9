"""Movies: simulated ones, under a segmenter's faults or through the segmenter itself, and real."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.graph import FrameCandidates, Origin
from tracksam.io.labels import open_labels
from tracksam.io.track_table import read_tracks
from tracksam.pipeline.models import load_models
from tracksam.settings import Settings
from tracksam.simulate.forms import FORM_OF_STYLE
from tracksam.simulate.movie import MovieSettings, SimulatedMovie, movie
from tracksam.simulate.styles import STYLES
from tracksam.stack import Stack
from tracksam.steps.candidates import candidates
from tracksam.steps.follow import land
from tracksam.steps.link import labels_to_candidates
from tracksam.steps.sample import sample_points
from tracksam.steps.work import Models, Work
from tracksam.training.linking.faults import Faults, Faulty
from tracksam.training.linking.truth import KnownMovie, cells_of, thinned

Labels = NDArray[np.int64]
# A marker smaller than its cell is it when their intersection over union is greater than this.
MARKER_SHARE = 0.03
# Where masks are given, the larger half of a cell is it, and so is a mask over two such.
PIECE_SHARE = 0.35
FRAMES = 14
# Of so many simulated movies one goes through the back ends too, which takes long.
SEGMENTED_EVERY = 3


@attrs.frozen(eq=False)
class Filmed:
    """Label images with lineage, and perhaps the images.

    Parameters
    ----------
    labels : sequence of ndarray of int, each of shape (Y, X)
    parents : mapping of int to int
    stack : Stack or None
    """

    labels: Sequence[Labels]
    parents: Mapping[int, int]
    stack: Stack | None = None

    def every(self, step: int) -> Filmed:
        """Return every `step`-th frame, as if the camera were slower."""
        if step == 1:
            return self
        stack = None
        if self.stack is not None:
            images = [self.stack.frame(t) for t in range(0, self.stack.n_frames, step)]
            stack = Stack.from_array(np.stack(images), axes="TYXC")
        return Filmed(self.labels[::step], thinned(self.labels, self.parents, step), stack)


@attrs.frozen
class Rates:
    """How often what is rare happens, for each cell and frame that is seen.

    Parameters
    ----------
    divisions, deaths : tuple of float
        Least and greatest chance; each movie has its own between them.
    faults : tuple of float
        The same of each fault of given masks.
    clean : float
        Share of the movies whose given masks have no faults.
    """

    divisions: tuple[float, float]
    deaths: tuple[float, float]
    faults: tuple[float, float]
    clean: float


# Movies to learn from show often what is rare; the others show as much of it as users' do.
OFTEN = Rates((0.01, 0.04), (0.0, 0.003), (0.002, 0.05), 0.4)
USUAL = Rates((0.003, 0.02), (0.0, 0.001), (0.001, 0.01), 0.6)


def simulated(number: int, rates: Rates = OFTEN) -> Filmed:
    """Return a simulated movie unlike the others: style, size, speed, crowding, frame rate.

    Parameters
    ----------
    number : int
        Seed; the style goes round.
    rates : Rates
    """
    rng = np.random.default_rng([number, 21])
    style = list(STYLES)[number % len(STYLES)]
    form = FORM_OF_STYLE.get(style, "nucleus")
    step = int(rng.choice([1, 1, 2, 3, 4, 6]))
    diameter = float(rng.uniform(9, 30))
    height, width = (int(v) for v in rng.uniform(6, 14, 2) * diameter)
    filled = rng.uniform(0.1, 0.7)
    made: SimulatedMovie = movie(
        MovieSettings(
            style=style,
            form="nucleus" if form == "yeast" else form,
            n_frames=FRAMES * step,
            height_px=height,
            width_px=width,
            n_cells=int(filled * height * width / (np.pi / 4 * diameter**2)),
            diameter_px=diameter,
            seed=number,
            speed_px=diameter * float(np.exp(rng.uniform(np.log(0.01), np.log(0.25)))),
            persistence=float(rng.uniform(0, 0.9)),
            division_rate=float(rng.uniform(*rates.divisions)) / step,
            death_rate=float(rng.choice(rates.deaths)),
            shape_change=float(rng.uniform(0.02, 0.5)),
            drift_y_px=float(rng.normal(0, 0.05) * diameter),
            drift_x_px=float(rng.normal(0, 0.05) * diameter),
            noise=float(rng.uniform(0.01, 0.15)),
            daughter_distance=float(rng.uniform(0.7, 3.0)),
            parting=float(rng.uniform(0.0, 0.6)),
            jolt=float(rng.uniform(0.0, 0.7)),
            tightness=float(rng.uniform(0.0, 1.0)),
            condensing=float(rng.uniform(0.6, 1.5)),
        )
    )
    labels = [np.asarray(labels_yx, np.int64) for labels_yx in made.masks]
    return Filmed(labels, dict(made.lineage.parents), made.stack).every(step)


def budding(number: int) -> Filmed:
    """Return a simulated movie of budding yeast.

    Parameters
    ----------
    number : int
        Seed.
    """
    rng = np.random.default_rng([number, 24])
    diameter = float(rng.uniform(12, 36))
    made = movie(
        MovieSettings(
            style="rims",
            form="yeast",
            n_frames=2 * FRAMES,
            height_px=int(8 * diameter),
            width_px=int(10 * diameter),
            n_cells=int(rng.uniform(6, 40)),
            diameter_px=diameter,
            seed=number,
            speed_px=diameter * float(rng.uniform(0.0, 0.04)),
            division_rate=float(rng.uniform(0.01, 0.04)),
        )
    )
    labels = [np.asarray(labels_yx, np.int64) for labels_yx in made.masks]
    return Filmed(labels, dict(made.lineage.parents)).every(int(rng.integers(1, 4)))


def real(folder: Path) -> Filmed:
    """Return the label images and lineage of a folder ``NN_GT/TRA``; no images."""
    tracks = read_tracks(folder / "man_track.txt")
    files = open_labels(folder, "man_track*.tif")
    labels = [np.asarray(files.read(t), np.int64) for t in range(files.n_frames)]
    pairs = zip(tracks.label.tolist(), tracks.parent.tolist(), strict=True)
    return Filmed(labels, {child: mother for child, mother in pairs if mother})


def given(filmed: Filmed, faults: Faults, seed: int, *, image: bool, points: bool) -> KnownMovie:
    """Return a movie as it is when its masks are given.

    Parameters
    ----------
    filmed : Filmed
    faults : Faults
        Of the masks.
    seed : int
        Of the faults.
    image : bool
        Whether intensities are known.
    points : bool
        Whether points are followed through the images.
    """
    faulty = Faulty(faults, np.random.default_rng([seed, 22]))
    frames, cells = [], []
    for t, labels_yx in enumerate(filmed.labels):
        drawn = faulty(labels_yx)
        seen = filmed.stack.frame(t) if image and filmed.stack is not None else None
        frames.append(labels_to_candidates(t, drawn, seen))
        least = MARKER_SHARE if faults.only_markers else PIECE_SHARE
        cells.append(cells_of(frames[-1].regions, labels_yx, least))
    if points and filmed.stack is not None:
        frames = _with_points(frames, filmed.stack)
    return KnownMovie(frames, cells, filmed.parents, "given")


def _with_points(frames: list[FrameCandidates], stack: Stack) -> list[FrameCandidates]:
    settings = Settings()
    tracker = load_models(settings).tracker
    for t, frame in enumerate(frames[:-1]):
        clip = np.stack([stack.frame(t), stack.frame(t + 1)])
        (at,) = land(
            tracker, clip, [sample_points(frame.regions, settings.follow.points_per_object)], 2
        )
        frames[t] = attrs.evolve(
            frame, landing_kp2=at.yx_kp2, landing_confidence_kp=at.confidence_kp
        )
    return frames


def segmented(filmed: Filmed, models: Models) -> KnownMovie:
    """Return a movie as it is when the back ends find its cells.

    Parameters
    ----------
    filmed : Filmed
        With images.
    models : Models
        The back ends.
    """
    stack: Any = filmed.stack
    frames = [
        frame.select(frame.origin != Origin.LOST)
        for frame in candidates(Work(stack, models, {}, Settings()))
    ]
    cells = [cells_of(f.regions, yx) for f, yx in zip(frames, filmed.labels, strict=True)]
    return KnownMovie(frames, cells, filmed.parents, "segmented")


def simulated_movies(numbers: Iterable[int], rates: Rates) -> Iterator[KnownMovie]:
    """Yield simulated movies as linking gets them.

    Parameters
    ----------
    numbers : iterable of int
        Seeds.
    rates : Rates

    Yields
    ------
    KnownMovie
        Each movie with its masks given, some without a fault, some as markers or discs; every
        `SEGMENTED_EVERY`-th also through the back ends.
    """
    for number in numbers:
        filmed = simulated(number, rates)
        rng = np.random.default_rng([number, 23])
        shrink = float(rng.choice([0.0, 0.0, 0.1, 0.2, 0.3]))
        disc = float(rng.choice([0.0, 0.0, 0.0, 0.2, 0.35]))
        is_clean = rng.random() < rates.clean
        faults = Faults.none(shrink, disc)
        if not is_clean:
            faults = Faults.drawn(rng, rates.faults, shrink, disc)
        image = bool(rng.random() < 0.5)
        yield given(filmed, faults, number, image=image, points=image and rng.random() < 0.6)
        if number % SEGMENTED_EVERY == 0:
            yield segmented(filmed, load_models(Settings()))


def budding_movies(numbers: Iterable[int]) -> Iterator[KnownMovie]:
    """Yield simulated movies of budding yeast with their masks given, half of them with faults.

    Parameters
    ----------
    numbers : iterable of int
        Seeds.
    """
    for number in numbers:
        faults = Faults() if number % 2 else Faults.none()
        known = given(budding(number), faults, number, image=False, points=False)
        yield attrs.evolve(known, buds=True)


def real_movies(folders: Sequence[Path], n_frames: int) -> Iterator[KnownMovie]:
    """Yield real sequences that may be trained on, without images, at several frame rates.

    Parameters
    ----------
    folders : sequence of Path
        ``NN_GT/TRA``.
    n_frames : int
        Only so many first frames of each are used; the rest is for measuring.
    """
    for folder in folders:
        whole = real(folder)
        first = Filmed(whole.labels[:n_frames], whole.parents)
        for step in (1, 2, 3):
            known = given(first.every(step), Faults.none(), 0, image=False, points=False)
            yield attrs.evolve(known, kind="real")
