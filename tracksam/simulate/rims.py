"""Cells whose rim is what is seen: bands of light and dark along the border.

Thick transparent cells (yeast, bacteria, suspended cells) act as lenses; which bands they show
depends on the focus. Here the bands are drawn as they look, as sums of Gaussians of the distance
to the border, with as many variants as microscopes have, rather than computed from optics.
"""

from __future__ import annotations

from typing import Self

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.simulate.looks import Image, Look, or_usual
from tracksam.simulate.material import Material
from tracksam.simulate.optics import blurred
from tracksam.simulate.surroundings import Surroundings
from tracksam.simulate.textures import sample


@attrs.frozen
class Bands:
    """Bands along a border.

    Parameters
    ----------
    depth_px : tuple of float
        Where the middle of each band lies: inside the cell from 0 on, outside below 0.
    width_px : tuple of float
        Deviation of each band's Gaussian.
    height : tuple of float
        How much brighter (above 0) or darker each band is than the ground.
    """

    depth_px: tuple[float, ...] = (2.0, -1.5)
    width_px: tuple[float, ...] = (1.2, 1.0)
    height: tuple[float, ...] = (-0.5, 0.3)

    @classmethod
    def random(cls, rng: np.random.Generator, radius_px: float) -> Self:
        """Return bands as they vary with focus: one at the border, a halo, some deeper ones.

        Parameters
        ----------
        rng : Generator
        radius_px : float
            Typical radius of a cell.
        """
        sign = -1.0 if rng.random() < 0.7 else 1.0
        rim = float(np.clip(radius_px * np.exp(rng.uniform(np.log(0.06), np.log(0.3))), 0.7, 9))
        halo = float(np.clip(radius_px * rng.uniform(0.05, 0.3), 0.7, 9))
        deep = rim * rng.uniform(0.7, 2.0)
        first = rim * rng.uniform(0.5, 1.3)
        second = first + (rim + deep) * rng.uniform(0.8, 1.3)
        third = second + 2 * deep * rng.uniform(0.8, 1.3)
        strength = rng.uniform(0.25, 1.0)
        return cls(
            depth_px=(first, -halo * rng.uniform(0.6, 1.4), second, third),
            width_px=(0.6 * rim, 0.6 * halo, 0.7 * deep, 0.8 * deep),
            height=(
                sign * strength,
                -sign * strength * or_usual(rng, 0.0, 0, 0.9),
                -sign * strength * or_usual(rng, 0.0, 0, 1.2),
                sign * strength * float(rng.choice([0.0, 0.0, rng.uniform(0, 0.6)])),
            ),
        )

    def at(self, signed_yx: Image) -> Image:
        """Return the sum of the bands.

        Parameters
        ----------
        signed_yx : ndarray of float32, shape (Y, X)
            Distance to the border in pixels, below 0 outside cells.
        """
        total = np.zeros_like(signed_yx)
        for depth, width, height in zip(self.depth_px, self.width_px, self.height, strict=True):
            if height:
                away = (signed_yx - np.float32(depth)) / np.float32(width)
                total += np.float32(height) * np.exp(np.float32(-0.5) * away * away)
        return total


@attrs.frozen
class Rims(Look):
    """Transparent cells with bright and dark rims.

    Parameters
    ----------
    near, far : Bands
        Rims of the cells nearest to and farthest from the objective.
    variety : float
        How far cells spread between the two: 0 all half-way, above 1 nearly all at an end.
    body : float
        How much brighter the inside is than the ground.
    vacuole, envelope : float
        Brightness of a round thing inside each cell, and of the line around it.
    texture, granules : float
        Depth of the cytoplasm's texture, and brightness of small spots.
    grain : float
        Size of the structures.
    blur_px : float
        Deviation of the point spread function.
    """

    near: Bands = attrs.field(factory=Bands)
    far: Bands = attrs.field(factory=Bands)
    variety: float = 1.0
    body: float = 0.1
    vacuole: float = 0.1
    envelope: float = 0.1
    texture: float = 0.05
    granules: float = 0.1
    grain: float = 1.0
    blur_px: float = 0.7

    @classmethod
    def _drawn(cls, rng: np.random.Generator, radius_px: float) -> Self:
        return cls(
            near=Bands.random(rng, radius_px),
            far=Bands.random(rng, radius_px),
            variety=float(rng.choice([0.2, 1.0, 5.0])),
            body=float(rng.choice([0.0, rng.uniform(-0.7, 0.7), rng.uniform(-0.2, 0.2)])),
            vacuole=or_usual(rng, 0.0, -0.4, 0.4),
            envelope=or_usual(rng, 0.0, -0.4, 0.4),
            texture=or_usual(rng, 0.01, 0, 0.12),
            granules=or_usual(rng, 0.0, -0.4, 0.4),
            grain=rng.uniform(0.5, 1.6),
            blur_px=rng.uniform(0.4, 1.2),
        )

    def _seen(self, material: Material, around: Surroundings) -> Image:
        signed_yx, index_yx = _signed(material)
        place = material.cells.texture_yx[:, 1] / 512
        share = np.concatenate([[0.5], np.clip(0.5 + self.variety * (place - 0.5), 0, 1)])
        share_yx = share.astype(np.float32)[index_yx]
        rims = (1 - share_yx) * self.near.at(signed_yx) + share_yx * self.far.at(signed_yx)
        texture = sample(material, self.grain)
        disc = material.nuclei()
        body = self.body * (1 - np.exp(-3 * material.share_yx))
        body = body + self.vacuole * disc + self.envelope * 4 * disc * (1 - disc)
        body = body + self.texture * (texture["medium"] + 0.5 * texture["strands"])
        body = body + self.granules * texture["granules"]
        thick = material.spread(np.minimum(material.cells.brightness, 2.0) ** 0.4)
        sharp = 1 + rims * np.where(signed_yx > 0, thick, 1) + body * material.inside_yx
        sharp = sharp - 0.5 * around.debris_yx + 0.03 * around.ground_yx
        image_yx = blurred(np.asarray(sharp, np.float32), self.blur_px) + around.rings_yx
        return np.asarray(np.maximum(image_yx, 0.02), np.float32)


def _signed(material: Material) -> tuple[Image, NDArray[np.int32]]:
    """Return the distance to the border, below 0 outside, and each pixel's own or nearest cell."""
    import cv2

    outside = (material.index_yx == 0).astype(np.uint8)
    if outside.all():
        return np.full(outside.shape, -1e3, np.float32), material.index_yx
    away_yx, nearest = cv2.distanceTransformWithLabels(
        outside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner = np.zeros(int(nearest.max()) + 1, np.int32)
    inside = outside == 0
    owner[nearest[inside]] = material.index_yx[inside]
    signed_yx = np.where(inside, material.depth_yx, np.float32(0.5) - away_yx)
    return np.asarray(signed_yx, np.float32), owner[nearest]
