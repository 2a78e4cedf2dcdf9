"""How cells move, grow, divide and die: compact paths, from which frames are drawn later."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.simulate.dynamics import Dynamics
from tracksam.simulate.forms import Form

_WAVES = 7  # harmonics of an outline, from the second on
_ROUNDING_FRAMES = 3
_DYING_FRAMES = 6


@attrs.frozen
class Start:
    """A cell as it is in frame 0, and what will happen to it.

    Parameters
    ----------
    yx : tuple of float
        Centre in pixels; may lie outside the image.
    velocity_yx : tuple of float
        Pixels a frame.
    radius_px : float
        Of a disk of the cell's area.
    divides_at, dies_at : int, optional
        First frame of the daughters; first frame in which it shrinks. None: by chance, at the
        rates of `Dynamics`.
    hidden : tuple of int
        Frames in which the cell is not seen.
    growth : float
        Factor on the area from frame to frame.
    """

    yx: tuple[float, float]
    velocity_yx: tuple[float, float] = (0.0, 0.0)
    radius_px: float = 10.0
    divides_at: int | None = None
    dies_at: int | None = None
    hidden: tuple[int, ...] = ()
    growth: float = 1.0


@attrs.frozen(eq=False)
class CellPath:
    """One cell through the L frames of its life.

    Parameters
    ----------
    parent : int
        Index of the mother among the paths, or -1.
    first : int
        First frame.
    state : array of float32, shape (L, 8 + 2 * harmonics)
        Per frame: y, x, angle, half axis u, half axis v, rounding, condensation, brightness,
        then amplitudes of the outline's cosines and sines.
    hidden : tuple of int
        Frames in which it is not seen.
    looks : array of float, shape (7,)
        Constant: reference half axes u, v; nucleus u, v, radius; place in the texture bank y, x.
    died : bool
        Whether it died at the end (else it divided, or the movie ended).
    """

    parent: int
    first: int
    state: NDArray[np.float32]
    hidden: tuple[int, ...]
    looks: NDArray[np.float64]
    died: bool

    @property
    def last(self) -> int:
        """Last frame."""
        return self.first + len(self.state) - 1


@attrs.define(eq=False)
class _Cell:
    """A living cell while paths are made."""

    start: Start
    parent: int
    first: int
    yx: NDArray[np.float64]
    velocity: NDArray[np.float64]
    angle: float
    aspect: float
    brightness: float
    waves: NDArray[np.float64]
    looks: NDArray[np.float64]
    divides_at: float
    dies_at: float
    tightness: float = 1.0
    rows: list[NDArray[np.float32]] = attrs.field(factory=list)
    done: bool = False

    def grown(self, frame: int) -> float:
        """Return the area in a frame over that at the beginning; growth ends at the double."""
        return float(min(self.start.growth ** (frame - self.first), 2.0))

    def axes(self, frame: int, form: Form) -> tuple[NDArray[np.float64], float, float]:
        """Return the half axes, the rounding and the condensation in a frame."""
        rounding = _ramp(self.divides_at - frame, form.rounds_up)
        if self.parent >= 0:
            born = self.tightness * _ramp(1 + frame - self.first, form.rounds_up)
            rounding = max(rounding, born)
        area = self.grown(frame)
        aspect = self.aspect * (area if form.lengthens else 1.0)
        dying = frame - self.dies_at
        if dying >= 0:
            rounding = max(rounding, min(1.0, (dying + 1) / 3))
            area *= 0.72**dying
        radius = self.start.radius_px * np.sqrt(area * (1 - form.shrinks * rounding))
        aspect = aspect + (form.round_aspect - aspect) * rounding
        stretch = np.array([np.sqrt(aspect), 1 / np.sqrt(aspect)])
        return radius * stretch, rounding if form.flat else 0.0, rounding

    def record(self, frame: int, form: Form) -> None:
        """Note the cell's state in a frame."""
        axes, rounding, condensation = self.axes(frame, form)
        dying = max(0.0, frame - self.dies_at + 1)
        bright = self.brightness * (1 + 0.25 * min(dying, _DYING_FRAMES))
        smooth = 1 - 0.95 * max(rounding, condensation)
        head = [*self.yx, self.angle, *axes, rounding, condensation, bright]
        self.rows.append(np.array([*head, *(self.waves.ravel() * smooth)], np.float32))


def _ramp(frames: float, active: bool) -> float:
    """Return 1 next to a division, falling to 0 over some frames."""
    return float(np.clip(1 - (frames - 1) / _ROUNDING_FRAMES, 0, 1)) if active else 0.0


def paths(
    starts: Sequence[Start], dynamics: Dynamics, n_frames: int, seed: int
) -> tuple[CellPath, ...]:
    """Return every cell's path.

    Parameters
    ----------
    starts : sequence of Start
        The cells of frame 0; may be empty.
    dynamics : Dynamics
    n_frames : int
    seed : int

    Returns
    -------
    tuple of CellPath
        Mothers before daughters.
    """
    rng = np.random.default_rng([seed, 1])
    form = dynamics.cell_form
    cells = [_born(start, -1, 0, dynamics, rng) for start in starts]
    for frame in range(n_frames):
        alive = [cell for cell in cells if not cell.done]
        if frame > 0:
            _move(alive, dynamics, frame, rng)
            _divide(cells, dynamics, frame, rng)
            alive = [cell for cell in cells if not cell.done]
        for cell in alive:
            if frame >= cell.dies_at + _DYING_FRAMES:
                cell.done = True
            else:
                cell.record(frame, form)
    return tuple(_path(cell) for cell in cells)


def _path(cell: _Cell) -> CellPath:
    return CellPath(
        parent=cell.parent,
        first=cell.first,
        state=np.stack(cell.rows),
        hidden=cell.start.hidden,
        looks=cell.looks,
        died=len(cell.rows) >= cell.dies_at + _DYING_FRAMES - cell.first,
    )


def _born(
    start: Start, parent: int, frame: int, dynamics: Dynamics, rng: np.random.Generator
) -> _Cell:
    form = dynamics.cell_form
    aspect = form.aspect * np.exp(rng.normal(0, form.aspect_spread))
    axes = start.radius_px * np.array([np.sqrt(aspect), 1 / np.sqrt(aspect)])
    nucleus = [*rng.normal(0, 0.08, 2), rng.uniform(0.42, 0.55)]
    return _Cell(
        start=start,
        parent=parent,
        first=frame,
        yx=np.array(start.yx, float),
        velocity=np.array(start.velocity_yx, float),
        angle=float(rng.uniform(0, np.pi)),
        aspect=float(aspect),
        brightness=float(np.exp(rng.normal(0, form.brightness_spread))),
        waves=_wave_targets(form, rng),
        looks=np.array([*axes, *nucleus, *rng.uniform(0, 512, 2)]),
        divides_at=_when(start.divides_at, dynamics.division_rate, frame, parent >= 0, rng),
        dies_at=_when(start.dies_at, dynamics.death_rate, frame, True, rng),
    )


def _when(
    given: int | None, rate: float, frame: int, rests: bool, rng: np.random.Generator
) -> float:
    """Return the frame of an event that is given, or happens by chance, or never."""
    if given is not None:
        return float(given)
    if rate <= 0:
        return np.inf
    pause = 5 * _ROUNDING_FRAMES if rests else 1
    return float(frame + pause + np.floor(rng.exponential(1 / rate)))


def _wave_targets(form: Form, rng: np.random.Generator) -> NDArray[np.float64]:
    k = np.arange(2, 2 + _WAVES)
    size = form.waves / (k / 2.0) ** form.smoothness
    return np.asarray(rng.normal(size=(2, _WAVES)) * size)


def _move(cells: list[_Cell], dynamics: Dynamics, frame: int, rng: np.random.Generator) -> None:
    """Move, turn and deform all cells by one frame."""
    if not cells:
        return
    form = dynamics.cell_form
    keep, change = dynamics.persistence, dynamics.shape_change
    for cell in cells:
        slow = 1 - 0.8 * _ramp(cell.divides_at - frame, form.rounds_up)
        if frame >= cell.dies_at:
            slow = 0.1
        if dynamics.speed_px > 0:
            push = dynamics.speed_px * np.sqrt(1 - keep**2) * rng.normal(size=2)
            cell.velocity = keep * cell.velocity + push
        cell.yx = cell.yx + cell.velocity * slow
        cell.angle += float(rng.normal(0, 0.08)) * min(1.0, dynamics.speed_px + change)
        if form.heads and np.hypot(*cell.velocity) > 0.2 and slow > 0.9:
            heading = np.arctan2(cell.velocity[1], cell.velocity[0])
            cell.angle += 0.2 * float(np.sin(2 * (heading - cell.angle))) / 2
        mix = np.sqrt(1 - change) if change < 1 else 0.0
        cell.waves = mix * cell.waves + np.sqrt(change) * _wave_targets(form, rng)
    if dynamics.repulsion > 0:
        _repel(cells, dynamics, frame)
    _keep_inside(cells, dynamics)


def _repel(cells: list[_Cell], dynamics: Dynamics, frame: int) -> None:
    """Push overlapping neighbours apart, a few times."""
    form = dynamics.cell_form
    yx = np.stack([cell.yx for cell in cells])
    radius = np.array([np.sqrt(np.prod(cell.axes(frame, form)[0])) for cell in cells])
    pushed = pushed_apart(yx, dynamics.repulsion * radius, times=3)
    for cell, place in zip(cells, pushed, strict=True):
        cell.yx = place


def pushed_apart(
    yx: NDArray[np.float64], radius: NDArray[np.float64], times: int
) -> NDArray[np.float64]:
    """Return centres of disks moved so that the disks overlap less.

    Parameters
    ----------
    yx : ndarray, shape (N, 2)
    radius : ndarray, shape (N,)
    times : int
        How often all are pushed by the overlaps that are left.

    Returns
    -------
    ndarray, shape (N, 2)
    """
    wanted = radius[:, None] + radius[None, :]
    for _ in range(times):
        apart = yx[:, None] - yx[None, :]
        distance = np.sqrt((apart**2).sum(-1)) + 1e-6
        overlap = np.clip(wanted - distance, 0, None)
        np.fill_diagonal(overlap, 0)
        yx = yx + 0.4 * (apart / distance[..., None] * overlap[..., None]).sum(1)
    return yx


def _keep_inside(cells: list[_Cell], dynamics: Dynamics) -> None:
    low, high = np.array(dynamics.world_yxyx[:2]), np.array(dynamics.world_yxyx[2:])
    for cell in cells:
        outwards = ((cell.yx < low) & (cell.velocity < 0)) | (
            (cell.yx > high) & (cell.velocity > 0)
        )
        cell.velocity = np.where(outwards, -cell.velocity, cell.velocity)
        cell.yx = np.clip(cell.yx, low, high)


def _divide(cells: list[_Cell], dynamics: Dynamics, frame: int, rng: np.random.Generator) -> None:
    """Replace the mothers whose time has come by two daughters, or give them a bud."""
    form = dynamics.cell_form
    for number in range(len(cells)):
        mother = cells[number]
        if mother.done or frame < mother.divides_at or mother.dies_at <= frame:
            continue
        axes, _, _ = mother.axes(frame, form)
        if form.buds:
            mother.divides_at = np.inf
            cells.append(_bud(mother, number, dynamics, frame, rng))
            continue
        mother.done = True
        turned = mother.angle + (0.0 if form.lengthens else np.pi / 2)
        away = np.array([np.cos(turned), np.sin(turned)])
        radius = float(np.sqrt(np.prod(axes)))
        distance = 0.5 * axes[0] if form.lengthens else dynamics.daughter_distance * radius
        if dynamics.jolt:
            mother.yx = mother.yx + dynamics.jolt * radius * rng.normal(size=2)
        for side in (-1, 1):
            cells.append(_daughter(mother, number, side * away * distance, (dynamics, frame), rng))


def _daughter(
    mother: _Cell,
    number: int,
    away: NDArray[np.float64],
    when: tuple[Dynamics, int],
    rng: np.random.Generator,
) -> _Cell:
    """Return one daughter, half as large, moving away."""
    dynamics, frame = when
    form = dynamics.cell_form
    grown = mother.grown(frame)
    start = attrs.evolve(
        mother.start,
        yx=tuple((mother.yx + away).tolist()),
        velocity_yx=tuple((0.5 * mother.velocity + dynamics.parting * away).tolist()),
        radius_px=mother.start.radius_px * float(np.sqrt(grown / 2)),
        divides_at=None,
        dies_at=None,
    )
    cell = _born(start, number, frame, dynamics, rng)
    cell.angle = mother.angle + float(rng.normal(0, 0.1))
    cell.brightness = mother.brightness * float(np.exp(rng.normal(0, 0.05)))
    cell.tightness = dynamics.tightness
    if form.lengthens:
        cell.aspect = mother.aspect * grown / 2
    return cell


def _bud(
    mother: _Cell, number: int, dynamics: Dynamics, frame: int, rng: np.random.Generator
) -> _Cell:
    angle = rng.uniform(0, 2 * np.pi)
    radius = 0.35 * mother.start.radius_px
    away = (mother.start.radius_px + radius) * np.array([np.cos(angle), np.sin(angle)])
    start = attrs.evolve(
        mother.start,
        yx=tuple((mother.yx + away).tolist()),
        velocity_yx=tuple(mother.velocity.tolist()),
        radius_px=radius,
        growth=1.15,
        divides_at=None,
        dies_at=None,
    )
    return _born(start, number, frame, dynamics, rng)
