"""Styles in which cells shine (or are stained): nuclei, cytoplasm, membranes, dyes."""

from __future__ import annotations

from typing import Self

import attrs
import numpy as np

from tracksam.simulate.looks import Image, Look, or_usual
from tracksam.simulate.material import Material
from tracksam.simulate.optics import blurred
from tracksam.simulate.surroundings import Surroundings
from tracksam.simulate.textures import sample


@attrs.frozen
class Nuclei(Look):
    """Fluorescent nuclei: each label is one nucleus.

    Parameters
    ----------
    chromatin, nucleoli : float
        Depth of the texture, and of the dark spots in it.
    grain : float
        Size of the texture.
    edge_px : float
        How far in from the border brightness rises.
    blur_px : float
        Deviation of the point spread function.
    haze : float
        Share of light from out of focus.
    background : float
        Light where there is no cell.
    dome : float
        0 for flat nuclei, 1 for balls that are brighter in the middle.
    """

    chromatin: float = 0.2
    nucleoli: float = 0.3
    grain: float = 1.0
    edge_px: float = 1.5
    blur_px: float = 1.0
    haze: float = 0.05
    background: float = 0.05
    dome: float = 0.3

    @classmethod
    def _drawn(cls, rng: np.random.Generator, radius_px: float) -> Self:
        return cls(
            chromatin=rng.uniform(0.02, 0.4),
            nucleoli=float(rng.choice([0.0, rng.uniform(0, 0.7), rng.uniform(-0.9, 0)])),
            grain=rng.uniform(0.6, 2.0),
            edge_px=rng.uniform(0.05, 0.25) * radius_px + 0.3,
            blur_px=rng.uniform(0.6, 1.2) + or_usual(rng, 0, 0, 0.12) * radius_px,
            haze=or_usual(rng, 0.02, 0, 0.35),
            background=or_usual(rng, 0.01, 0, 0.3),
            dome=rng.uniform(0, 0.8),
        )

    def _seen(self, material: Material, around: Surroundings) -> Image:
        texture = sample(material, self.grain)
        condensed = material.spread(material.cells.condensation)
        grains = 0.7 * texture["clumps"] + 0.3 * texture["fine"] + 0.4 * texture["medium"]
        chromatin = 1 + (self.chromatin + 0.1 * condensed) * grains
        chromatin -= self.nucleoli * np.minimum(texture["nucleoli"], 1) * (1 - condensed)
        edge = 1 - np.exp(-material.depth_yx / np.float32(self.edge_px))
        ball = np.sqrt(np.clip(1 - (1 - material.share_yx) ** 2, 0, 1))
        shape = edge * (1 - self.dome + self.dome * ball)
        bright = material.spread(material.cells.brightness) * (1 + 1.5 * condensed)
        sharp = np.maximum(chromatin, 0.1) * shape * bright + 0.2 * around.debris_yx
        image = blurred(np.asarray(sharp, np.float32), self.blur_px)
        radius = float(np.sqrt(material.cells.axes.prod(1).mean())) if len(material.cells) else 9.0
        glow = self.background * (1 + 0.3 * around.ground_yx) + self.haze * blurred(image, radius)
        return np.asarray(image + np.maximum(glow, 0), np.float32)


@attrs.frozen
class Cytoplasm(Look):
    """Fluorescent whole cells: flat or thick, with a darker or brighter nucleus.

    Parameters
    ----------
    nucleus : float
        Brightness of the nucleus over that of the cytoplasm.
    texture, spots : float
        Depth of the texture, and brightness of vesicles.
    rim : float
        Extra brightness of the border.
    grain, blur_px, background : float
        As in `Nuclei`.
    """

    nucleus: float = 0.6
    texture: float = 0.2
    spots: float = 0.5
    rim: float = 0.0
    grain: float = 1.0
    blur_px: float = 1.0
    background: float = 0.05

    @classmethod
    def _drawn(cls, rng: np.random.Generator, radius_px: float) -> Self:
        return cls(
            nucleus=float(rng.choice([rng.uniform(0.1, 0.8), rng.uniform(1.2, 3.0), 1.0])),
            texture=rng.uniform(0.05, 0.4),
            spots=or_usual(rng, 0, 0, 1.5),
            rim=or_usual(rng, 0, 0, 1.0),
            grain=rng.uniform(0.7, 1.6),
            blur_px=rng.uniform(0.6, 1.5),
            background=or_usual(rng, 0.02, 0, 0.3),
        )

    def _seen(self, material: Material, around: Surroundings) -> Image:
        texture = sample(material, self.grain)
        lamella = 1 - np.exp(-material.share_yx * 5)
        height = lamella * (0.35 + 0.65 * material.near_nucleus(1.6))
        inside = 1 + self.texture * (0.6 * texture["strands"] + 0.5 * texture["medium"])
        inside += self.spots * np.maximum(texture["granules"], 0)
        inside += self.rim * np.exp(-material.depth_yx / 2)
        body = height * np.maximum(inside, 0.1) * (1 + (self.nucleus - 1) * material.nuclei())
        sharp = body * material.spread(material.cells.brightness) + 0.15 * around.debris_yx
        return _shining(sharp, self.blur_px, self.background, around)


@attrs.frozen
class Membrane(Look):
    """Bright borders of cells, dimmer cytoplasm, dark nuclei.

    Parameters
    ----------
    width_px : float
        Width of the border line.
    inside : float
        Brightness of the cytoplasm; the border has 1.
    patchy : float
        How much the line's brightness varies along it.
    spots, nucleus, blur_px, background : float
        As in `Cytoplasm`.
    """

    width_px: float = 1.2
    inside: float = 0.25
    patchy: float = 0.3
    spots: float = 0.3
    nucleus: float = 0.5
    blur_px: float = 0.9
    background: float = 0.05

    @classmethod
    def _drawn(cls, rng: np.random.Generator, radius_px: float) -> Self:
        return cls(
            width_px=rng.uniform(0.8, 1.4) + 0.04 * radius_px * rng.random(),
            inside=rng.uniform(0.02, 0.55),
            patchy=rng.uniform(0.1, 0.6),
            spots=or_usual(rng, 0, 0, 0.8),
            nucleus=rng.uniform(0.2, 1.1),
            blur_px=rng.uniform(0.6, 1.6),
            background=or_usual(rng, 0.02, 0, 0.2),
        )

    def _seen(self, material: Material, around: Surroundings) -> Image:
        texture = sample(material, 1.0)
        line = np.exp(-0.5 * ((material.depth_yx - 0.5) / self.width_px) ** 2)
        line = line * np.maximum(1 + self.patchy * texture["medium"], 0.05) * material.inside_yx
        body = self.inside * material.inside_yx * (1 + 0.2 * texture["medium"])
        body = body * (1 + (self.nucleus - 1) * material.nuclei())
        body = body + self.spots * np.maximum(texture["granules"], 0)
        bright = material.spread(np.sqrt(material.cells.brightness))
        sharp = (line + body) * bright + 0.2 * around.debris_yx
        return _shining(sharp, self.blur_px, self.background, around)


@attrs.frozen
class Stained(Look):
    """Dyed cells in transmitted light: cytoplasm grey, nuclei dark, background bright.

    Parameters
    ----------
    cytoplasm, nucleus : float
        Optical density of each; a label is a whole cell, or with `cytoplasm` 0 its nucleus.
    only_nuclei : bool
        Whether labels are nuclei in a weakly dyed tissue.
    folds : float
        Depth of the texture.
    blur_px : float
        Deviation of the point spread function.
    """

    cytoplasm: float = 0.3
    nucleus: float = 1.2
    only_nuclei: bool = False
    folds: float = 0.2
    blur_px: float = 0.9

    @classmethod
    def _drawn(cls, rng: np.random.Generator, radius_px: float) -> Self:
        del radius_px  # no length of a dye depends on the cell's size
        return cls(
            cytoplasm=rng.uniform(0.1, 0.6),
            nucleus=rng.uniform(0.5, 2.0),
            only_nuclei=bool(rng.random() < 0.6),
            folds=rng.uniform(0.05, 0.4),
            blur_px=rng.uniform(0.6, 1.6),
        )

    def _seen(self, material: Material, around: Surroundings) -> Image:
        texture = sample(material, 1.0)
        folded = 1 + self.folds * (texture["strands"] + 0.6 * texture["coarse"])
        bright = material.spread(material.cells.brightness)
        body = np.maximum(folded, 0.1) * (1 - np.exp(-material.depth_yx)) * bright
        if self.only_nuclei:
            tissue = 0.5 * self.cytoplasm * np.maximum(1 + around.ground_yx, 0)
            density = self.nucleus * body + tissue
        else:
            density = self.cytoplasm * body + self.nucleus * material.nuclei()
        density = density + 0.6 * around.debris_yx
        return np.exp(-blurred(density.astype(np.float32), self.blur_px))


def _shining(sharp_yx: Image, blur_px: float, background: float, around: Surroundings) -> Image:
    """Return light as the lens blurs it, on ground that shines unevenly."""
    glow = background * np.maximum(1 + 0.3 * around.ground_yx, 0)
    return np.asarray(blurred(sharp_yx.astype(np.float32), blur_px) + glow, np.float32)
