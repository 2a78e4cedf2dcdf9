"""Synthetic movies: images, masks, lineage and material points, drawn frame by frame."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.lineage import Lineage
from tracksam.masks import Masks
from tracksam.points import PointTracks
from tracksam.settings import setting
from tracksam.simulate.camera import Camera
from tracksam.simulate.dynamics import Dynamics
from tracksam.simulate.film import Film, ImageSource, LabelSource
from tracksam.simulate.forms import FORM_OF_STYLE, FORMS
from tracksam.simulate.motion import Start, paths, pushed_apart
from tracksam.simulate.scene import Scene, Truth, truth
from tracksam.simulate.styles import STYLES, Style, random_style
from tracksam.simulate.surroundings import surroundings
from tracksam.stack import Stack


@attrs.frozen
class MovieSettings:
    """What a synthetic movie shows."""

    style: str = setting("nuclei", "Kind of microscopy.", choices=tuple(STYLES))
    form: str = setting(
        "auto", "Form of the cells; 'auto': the style's own.", choices=("auto", *FORMS)
    )
    n_frames: int = setting(24, "Number of frames.", unit="frames", at_least=1)
    height_px: int = setting(192, "Height of a frame.", unit="px", at_least=8)
    width_px: int = setting(256, "Width of a frame.", unit="px", at_least=8)
    n_cells: int = setting(20, "Cells in the frame at the beginning.", at_least=0)
    diameter_px: float = setting(20.0, "Typical diameter of a cell.", unit="px", at_least=4)
    seed: int = setting(0, "Seed of all random choices.", at_least=0)
    speed_px: float = setting(1.0, "Typical step a frame.", unit="px", at_least=0)
    persistence: float = setting(
        0.8, "Share of the velocity that is left in the next frame.", at_least=0, at_most=1
    )
    division_rate: float = setting(
        0.01, "Chance of dividing per cell and frame.", at_least=0, at_most=1
    )
    daughter_distance: float = setting(
        0.85,
        "From the mother's centre to each daughter's in their first frame.",
        unit="radii",
        at_least=0.1,
    )
    parting: float = setting(
        0.25, "Share of that distance that each daughter moves on in the next frame.", at_least=0
    )
    jolt: float = setting(
        0.0,
        "Deviation of the daughters' common centre from the mother's.",
        unit="radii",
        at_least=0,
    )
    tightness: float = setting(
        1.0,
        "How much of the mother's condensation or rounding daughters begin with.",
        at_least=0,
        at_most=1,
    )
    condensing: float = setting(
        1.0, "Factor on the share of its area that a cell loses before it divides.", at_least=0
    )
    death_rate: float = setting(0.0, "Chance of dying per cell and frame.", at_least=0, at_most=1)
    growth: float = setting(1.015, "Factor on a cell's area from frame to frame.", at_least=0.5)
    shape_change: float = setting(
        0.1, "How fast outlines change: 0 never, 1 in every frame.", at_least=0, at_most=1
    )
    open_borders: bool = setting(True, "Whether cells enter and leave across the borders.")
    drift_y_px: float = setting(0.0, "Drift of the stage along the rows, a frame.", unit="px")
    drift_x_px: float = setting(0.0, "Drift of the stage along the columns, a frame.", unit="px")
    bleaching: float = setting(
        0.0, "Share of the light that is lost from frame to frame.", at_least=0, at_most=0.9
    )
    noise: float = setting(
        0.03, "Deviation of the noise, as a share of the contrast.", at_least=0, at_most=2
    )
    uneven_light: float = setting(
        0.1, "Share of light that is missing at one side.", at_least=0, at_most=0.9
    )
    dirt: float = setting(0.5, "How much debris and dust there is.", at_least=0, at_most=10)
    bits: int = setting(16, "Bits of the camera.", at_least=8, at_most=16)
    pixel_size_um: float = setting(0.65, "Side of a pixel.", unit="um", at_least=1e-6)
    frame_interval_s: float = setting(300.0, "Time from frame to frame.", unit="s", at_least=1e-6)
    points_per_cell: int = setting(3, "Material points followed in each cell.", at_least=0)

    @property
    def shape_yx(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.height_px, self.width_px

    @property
    def cell_form(self) -> str:
        """The form, with the style's own in place of 'auto'."""
        return FORM_OF_STYLE.get(self.style, "nucleus") if self.form == "auto" else self.form


@attrs.frozen
class SimulatedMovie:
    """A movie and the whole truth about it.

    Parameters
    ----------
    stack : Stack
        T frames, one channel. Each frame is drawn when it is read, and always the same.
    masks : Masks
        Label images; cells touch but do not overlap, and each is in one piece. What is outside
        the frame, hidden, or in a blank frame has no pixels.
    lineage : Lineage
        A row for every mask, at its centroid. Ids are those of the Cell Tracking Challenge:
        daughters have new ids and begin the frame after their mother's last; a cell that left
        and returns has a new id; one that was hidden keeps its own (a gap).
    points : PointTracks
        N points fixed to the material of cells. They are visible where they lie on their cell's
        mask, and stay where they were before and after its life. Those never seen are left out.
    point_ids : array of int, shape (T, N)
        Track id each point belongs to; 0 where it is not visible.
    """

    stack: Stack
    masks: Masks
    lineage: Lineage
    points: PointTracks
    point_ids: NDArray[np.int64] = attrs.field(eq=attrs.cmp_using(eq=np.array_equal))


def movie(settings: MovieSettings | None = None, look: Style | None = None) -> SimulatedMovie:
    """Return a synthetic movie with its whole truth.

    Parameters
    ----------
    settings : MovieSettings, optional
        Default: fluorescent nuclei, 24 frames of 192 x 256.
    look : Style, optional
        The style with all its parameters. Default: random ones of `settings.style`.

    Returns
    -------
    SimulatedMovie
        Equal settings give equal movies. Masks are drawn once to know what is visible (seconds
        for thousands of frames) but not kept: memory grows with the number of cells and frames,
        not of pixels.

    Examples
    --------
    >>> made = movie(MovieSettings(n_frames=3, height_px=48, width_px=64, n_cells=2))
    >>> made.stack.shape_tyxc, made.masks.frame(0).shape
    ((3, 48, 64, 1), (48, 64))
    """
    chosen = settings or MovieSettings()
    return movie_of(random_starts(chosen), chosen, look=look)


def movie_of(
    starts: Sequence[Start],
    settings: MovieSettings,
    look: Style | None = None,
    blank_frames: tuple[int, ...] = (),
) -> SimulatedMovie:
    """Return a movie of cells that begin in given places.

    Parameters
    ----------
    starts : sequence of Start
        The cells of frame 0; `settings.n_cells`, `diameter_px` and `growth` have no effect.
    settings : MovieSettings
    look : Style, optional
        As in `movie`.
    blank_frames : tuple of int
        Frames that are black.

    Returns
    -------
    SimulatedMovie
    """
    scene = Scene(
        cell_paths=paths(starts, dynamics_of(settings), settings.n_frames, settings.seed),
        shape_yx=settings.shape_yx,
        form=settings.cell_form,
        drift_yx=(settings.drift_y_px, settings.drift_x_px),
        blank_frames=blank_frames,
    )
    yx_tp2, owner = _points(scene, settings)
    known = truth(scene, yx_tp2, owner)
    seen = (known.point_ids > 0).any(0)
    point_ids = known.point_ids[:, seen]
    points = PointTracks(yx_tp2[:, seen], point_ids > 0, np.ones(point_ids.shape))
    film = _film(scene, settings, look)
    stack = Stack(
        ImageSource(film),
        pixel_size_um=settings.pixel_size_um,
        frame_interval_s=settings.frame_interval_s,
        name=f"simulated {settings.style}",
    )
    masks = Masks(LabelSource(scene, known, settings.n_frames))
    return SimulatedMovie(stack, masks, _lineage(known), points, point_ids)


def dynamics_of(settings: MovieSettings) -> Dynamics:
    """Return how the cells of a movie behave.

    Parameters
    ----------
    settings : MovieSettings

    Returns
    -------
    Dynamics
    """
    margin = 1.5 * settings.diameter_px if settings.open_borders else -0.55 * settings.diameter_px
    if settings.open_borders and settings.speed_px == 0:
        margin = 1e6  # cells that keep their velocity leave for good
    return Dynamics(
        form=settings.cell_form,
        speed_px=settings.speed_px,
        persistence=settings.persistence,
        division_rate=settings.division_rate,
        death_rate=settings.death_rate,
        shape_change=settings.shape_change,
        world_yxyx=(-margin, -margin, settings.height_px + margin, settings.width_px + margin),
        daughter_distance=settings.daughter_distance,
        parting=settings.parting,
        jolt=settings.jolt,
        tightness=settings.tightness,
        condensing=settings.condensing,
    )


def random_starts(settings: MovieSettings) -> list[Start]:
    """Scatter cells over the world at the density that is asked for in the frame.

    Parameters
    ----------
    settings : MovieSettings

    Returns
    -------
    list of Start
    """
    rng = np.random.default_rng([settings.seed, 0])
    low_y, low_x, high_y, high_x = dynamics_of(attrs.evolve(settings, speed_px=1.0)).world_yxyx
    high_y, high_x = max(high_y, low_y + 1), max(high_x, low_x + 1)
    share = (high_y - low_y) * (high_x - low_x) / (settings.height_px * settings.width_px)
    n = round(settings.n_cells * max(share, 1.0))
    chosen: list[tuple[float, float]] = []
    for _ in range(n):
        tries = rng.uniform((low_y, low_x), (high_y, high_x), (12, 2))
        if chosen:
            apart = np.linalg.norm(tries[:, None] - np.array(chosen)[None], axis=-1).min(1)
            tries = tries[int(np.argmax(apart > 1.2 * settings.diameter_px))][None]
        chosen.append((float(tries[0, 0]), float(tries[0, 1])))
    sizes = settings.diameter_px / 2 * np.exp(rng.normal(0, 0.12, n))
    places = pushed_apart(np.array(chosen).reshape(-1, 2), sizes, times=30)
    velocity = rng.normal(0, settings.speed_px, (n, 2))
    return [
        Start((y, x), (v[0], v[1]), size, growth=settings.growth)
        for (y, x), v, size in zip(places.tolist(), velocity.tolist(), sizes.tolist(), strict=True)
    ]


def _film(scene: Scene, settings: MovieSettings, look: Style | None) -> Film:
    rng = np.random.default_rng([settings.seed, 3])
    radius = settings.diameter_px / 2
    style = look or random_style(settings.style, rng, radius)
    around = surroundings(scene.shape_yx, radius, rng, settings.dirt)
    plain = Film(scene, settings.n_frames, style, around, Camera(), settings.bleaching)
    dark, bright = _contrast(plain)
    full = (0.8 if settings.bits == 8 else 0.25) * 2**settings.bits
    floor = 0.0 if dark > 0.5 else 0.6 * dark
    noise = max(settings.noise * (bright - dark), 1e-4)
    gain = full / (1.2 * bright - floor)
    camera = Camera(
        gain=gain,
        offset=0.02 * full - floor * gain,
        photons=bright / noise**2,
        read_noise=0.4 * bright / noise,
        slope_yx=(-settings.uneven_light, 0.6 * settings.uneven_light),
        bits=settings.bits,
    )
    return attrs.evolve(plain, camera=camera, seed=settings.seed)


def _contrast(film: Film) -> tuple[float, float]:
    """Return dark and bright of the first frame that shows something."""
    seen = [t for t in range(film.n_frames) if film.scene.alive(t)]
    dark, bright = np.percentile(film.perfect(seen[0] if seen else 0), [0.5, 99.8]).tolist()
    return dark, max(bright, dark + (0.05 if seen else 1.0))


def _lineage(known: Truth) -> Lineage:
    index = [(int(path), int(frame)) for path, frame in known.rows[:, :2]]
    return Lineage(
        track_id=np.array([known.ids[key] for key in index], np.int64),
        frame=np.array([frame for _, frame in index], np.int64),
        yx=known.rows[:, 2:],
        parents=known.parents,
    )


def _points(scene: Scene, settings: MovieSettings) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return positions (T, P, 2) and path indices (P,) of points fixed to cells' coordinates."""
    per_cell, n_frames = settings.points_per_cell, settings.n_frames
    rng = np.random.default_rng([settings.seed, 4])
    n = per_cell * len(scene.cell_paths)
    angle, radius = rng.uniform(0, 2 * np.pi, n), 0.7 * np.sqrt(rng.uniform(0, 1, n))
    uv = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    frames = np.arange(n_frames)
    yx = np.zeros((n_frames, n, 2)) + frames[:, None, None] * np.array(scene.drift_yx)
    for i, path in enumerate(scene.cell_paths):
        span = slice(i * per_cell, (i + 1) * per_cell)
        state = path.state[np.clip(frames - path.first, 0, len(path.state) - 1)].astype(float)
        local = uv[span][None] * state[:, None, 3:5]
        cos, sin = np.cos(state[:, 2:3]), np.sin(state[:, 2:3])
        dy, dx = local[..., 0], local[..., 1]
        turned = np.stack([cos * dy - sin * dx, sin * dy + cos * dx], -1)
        yx[:, span] += turned + state[:, None, :2]
    return yx, np.repeat(np.arange(len(scene.cell_paths)), per_cell)
