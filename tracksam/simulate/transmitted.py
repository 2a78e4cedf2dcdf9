"""Styles in which light passes through unstained cells: phase contrast, DIC, bright field."""

from __future__ import annotations

from typing import Self

import attrs
import numpy as np

from tracksam.simulate.looks import Image, Look, or_usual
from tracksam.simulate.material import Material
from tracksam.simulate.optics import (
    blurred,
    defocused,
    interference_contrast,
    phase_contrast,
)
from tracksam.simulate.surroundings import Surroundings
from tracksam.simulate.textures import sample


@attrs.frozen
class Body:
    """How thick cells are and what is inside them, as a delay of light.

    Parameters
    ----------
    lamella, hump, ball : float
        Delay in radians of the flat rim, of the heap over the nucleus, and of a rounded cell.
    texture : float
        Depth of the cytoplasm's texture, as a share of the delay.
    granules, vesicles : float
        Delay of small dense granules, and of vesicles (may be negative).
    nucleus : float
        Delay of the nucleus, less than the cytoplasm's when negative.
    nucleoli, envelope : float
        Delay of the spots in the nucleus, and of the line around it.
    ruffle : float
        Delay of the cell's rim line.
    slope : float
        Share of the cell's inner radius over which the edge rises.
    grain : float
        Size of the structures.
    """

    lamella: float = 0.4
    hump: float = 0.6
    ball: float = 3.0
    texture: float = 0.2
    granules: float = 0.3
    vesicles: float = 0.3
    nucleus: float = -0.1
    nucleoli: float = 0.3
    envelope: float = 0.05
    ruffle: float = 0.1
    slope: float = 0.15
    grain: float = 1.0

    @classmethod
    def random(cls, rng: np.random.Generator, delay: float) -> Self:
        """Return bodies as they vary between cell types.

        Parameters
        ----------
        rng : Generator
        delay : float
            Typical delay in radians.
        """
        return cls(
            lamella=delay * rng.uniform(0.3, 0.9),
            hump=delay * float(rng.choice([rng.uniform(0.1, 1.0), rng.uniform(0.1, 3.0)])),
            ball=float(np.exp(rng.uniform(np.log(0.6), np.log(7.0)))),
            texture=rng.uniform(0.05, 0.35),
            granules=delay * or_usual(rng, 0.1, 0, 1.2),
            vesicles=delay * or_usual(rng, 0.0, -0.8, 0.8),
            nucleus=delay * rng.uniform(-0.3, 0.25),
            nucleoli=delay * rng.uniform(0.0, 0.6),
            envelope=delay * or_usual(rng, 0.0, -0.3, 0.4),
            ruffle=delay * or_usual(rng, 0.0, 0, 0.6),
            slope=rng.uniform(0.05, 0.4),
            grain=float(np.exp(rng.uniform(np.log(0.35), np.log(1.4)))),
        )

    def delay(self, material: Material) -> Image:
        """Return the delay of light in radians, shape (Y, X); 0 outside cells."""
        texture = sample(material, self.grain)
        rounding = material.spread(material.cells.rounding)
        flat = self._spread_cell(material, texture)
        ball = self.ball * np.sqrt(np.clip(1 - (1 - material.share_yx) ** 2, 0, 1))
        ball = ball * (1 - np.exp(-material.depth_yx))
        ball = ball * (1 + 0.05 * texture["medium"] + 0.04 * texture["granules"])
        mixed = (1 - rounding) * flat + rounding * ball
        return np.asarray(mixed * material.inside_yx, np.float32)

    def _spread_cell(self, material: Material, texture: dict[str, Image]) -> Image:
        lamella = 1 - np.exp(-material.share_yx / np.float32(self.slope))
        hump = material.near_nucleus(1.5)
        nuclei = material.nuclei()
        height = self.lamella + self.hump * hump
        grains = 0.5 * texture["fine"] + 0.6 * texture["strands"] + 0.4 * texture["medium"]
        flat = height * (1 + self.texture * grains * (1 - 0.6 * nuclei))
        inner = (1 - nuclei) * (0.25 + hump)
        flat = flat + inner * self.granules * texture["granules"]
        flat = flat + inner * self.vesicles * texture["vesicles"]
        flat = flat + nuclei * (self.nucleus + self.nucleoli * texture["nucleoli"])
        flat = flat + self.envelope * 4 * nuclei * (1 - nuclei)
        rim = np.exp(-0.5 * ((material.depth_yx - 2) / 1.2) ** 2)
        flat = lamella * flat + self.ruffle * rim * (1 + 0.6 * texture["medium"])
        bright = material.spread(material.cells.brightness**0.4)
        return np.asarray(flat * bright, np.float32)


@attrs.frozen
class Transparent(Look):
    """Cells that do no more to light than delay it.

    Parameters
    ----------
    body : Body
    blur_px : float
        Deviation of the point spread function.
    """

    body: Body = attrs.field(factory=Body)
    blur_px: float = 0.8

    def _delay(
        self, material: Material, around: Surroundings, *, debris: float, ground: float
    ) -> Image:
        """Return the blurred delay of light, with that of debris and of the glass."""
        phase = self.body.delay(material) + debris * around.debris_yx + ground * around.ground_yx
        return blurred(np.asarray(phase, np.float32), self.blur_px)


@attrs.frozen
class Phase(Transparent):
    """Positive phase contrast: dense is dark, with a bright halo.

    Parameters
    ----------
    halo_px, ring : float
        As in `optics.phase_contrast`.
    negative : bool
        Whether dense is bright instead.
    body, blur_px
        As in `Transparent`.
    """

    halo_px: float = 8.0
    ring: float = 0.5
    negative: bool = False

    @classmethod
    def _drawn(cls, rng: np.random.Generator, radius_px: float) -> Self:
        return cls(
            body=Body.random(rng, rng.uniform(0.15, 1.1)),
            halo_px=float(np.clip(radius_px * rng.uniform(0.2, 0.8), 2.5, 30)),
            ring=rng.uniform(0.35, 0.9),
            negative=bool(rng.random() < 0.06),
            blur_px=rng.uniform(0.5, 1.1),
        )

    def _seen(self, material: Material, around: Surroundings) -> Image:
        phase = self._delay(material, around, debris=0.8, ground=0.03)
        image = phase_contrast(-phase if self.negative else phase, self.halo_px, self.ring)
        return np.asarray(np.minimum(image, 6) + around.rings_yx, np.float32)


@attrs.frozen
class Dic(Transparent):
    """Differential interference contrast: light from one side, whole textured cells.

    Parameters
    ----------
    shear_yx : tuple of float
        Half the distance in pixels between the beams; its direction is that of the light.
    bias, gain : float
        As in `optics.interference_contrast`.
    defocus : float
        As in `optics.defocused`: bright and dark borders that have no direction.
    body, blur_px
        As in `Transparent`.
    """

    shear_yx: tuple[float, float] = (0.5, 0.5)
    bias: float = 1.0
    gain: float = 1.0
    defocus: float = 4.0
    blur_px: float = 0.7

    @classmethod
    def _drawn(cls, rng: np.random.Generator, radius_px: float) -> Self:
        del radius_px  # the shear is a property of the prism
        angle, shear = rng.uniform(0, 2 * np.pi), rng.uniform(0.4, 1.2)
        return cls(
            body=Body.random(rng, rng.uniform(0.4, 1.5)),
            shear_yx=(shear * np.cos(angle), shear * np.sin(angle)),
            bias=rng.uniform(0.7, 1.6),
            gain=rng.uniform(0.3, 1.5),
            defocus=or_usual(rng, 0.0, -8, 8),
            blur_px=rng.uniform(0.4, 1.0),
        )

    def _seen(self, material: Material, around: Surroundings) -> Image:
        phase = self._delay(material, around, debris=0.6, ground=0.02)
        image = interference_contrast(phase, self.shear_yx, self.bias, self.gain)
        if self.defocus:
            image = image * defocused(phase, np.zeros_like(phase), self.defocus, 0.3)
        return np.asarray(image + 0.5 * around.rings_yx, np.float32)


@attrs.frozen
class Brightfield(Transparent):
    """Transmitted light slightly out of focus: bright and dark rims, weak inside.

    Parameters
    ----------
    absorption : float
        Optical density per radian of delay.
    defocus, coherence : float
        As in `optics.defocused`.
    body, blur_px
        As in `Transparent`.
    """

    absorption: float = 0.02
    defocus: float = 10.0
    coherence: float = 0.5

    @classmethod
    def _drawn(cls, rng: np.random.Generator, radius_px: float) -> Self:
        fringe = np.clip(radius_px * rng.uniform(0.1, 0.5), 1.2, 8)
        return cls(
            body=Body.random(rng, rng.uniform(0.5, 2.0)),
            absorption=rng.uniform(0, 0.15),
            defocus=float(rng.choice([-1, 1]) * fringe**2),
            coherence=rng.uniform(0.1, 0.9),
            blur_px=rng.uniform(0.5, 1.2),
        )

    def _seen(self, material: Material, around: Surroundings) -> Image:
        phase = self._delay(material, around, debris=0.8, ground=0.02)
        image = defocused(phase, self.absorption * phase, self.defocus, self.coherence)
        return np.asarray(image + around.rings_yx, np.float32)
