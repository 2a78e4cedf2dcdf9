"""From the network's answers to instances: every pixel votes for its cell's centre.

Like the voting of Neven et al. 2019 (arXiv:1906.11109), without their learned bandwidth: where
votes pile up is a cell, and a pixel belongs to the pile it voted for. Texture inside a cell moves
single votes, not the pile, so textured cells stay whole.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano.model import Answers

Labels = NDArray[np.int32]

_JUMPS = 2
_MAX_HOLE_PX = 400
_MIN_AREA_SHARE = 0.04  # of the area of a cell of canonical diameter


@attrs.frozen
class Decoding:
    """How votes become cells.

    Parameters
    ----------
    foreground : float
        Probability from which a pixel votes.
    blur_px : float
        Width of the Gaussian that smooths the votes.
    peak_radius_px : int
        Two piles nearer than this are one.
    min_share : float
        Smallest pile, as a share of the area that cells have at this place.
    """

    foreground: float = 0.42
    blur_px: float = 1.8
    peak_radius_px: int = 4
    min_share: float = 0.1

    def finer(self) -> Decoding:
        """Return the decoding that rather splits."""
        return attrs.evolve(self, blur_px=0.6 * self.blur_px, peak_radius_px=2)

    def coarser(self) -> Decoding:
        """Return the decoding that rather merges."""
        return attrs.evolve(self, blur_px=2 * self.blur_px, peak_radius_px=9)


@attrs.frozen(eq=False)
class Votes:
    """Where every foreground pixel sees its cell's centre.

    Parameters
    ----------
    pixel : ndarray of int, shape (N,)
        Flat index of each foreground pixel.
    centre : ndarray of int, shape (N,)
        Flat index of the pixel that it voted for.
    pile_yx : ndarray of float32, shape (Y, X)
        Votes, smoothed.
    """

    pixel: NDArray[np.intp]
    centre: NDArray[np.intp]
    pile_yx: NDArray[np.float32]


def votes_of(answers: Answers, decoding: Decoding) -> Votes:
    """Return the votes: each pixel's, and then that of the pixel it voted for.

    Parameters
    ----------
    answers : Answers
        Of one image, at the network's scale.
    decoding : Decoding
        Which pixels vote, and how votes are smoothed.
    """
    import cv2

    shape = answers.foreground.shape
    target = np.arange(answers.foreground.size)
    pixel = np.flatnonzero(answers.foreground.ravel() > decoding.foreground)
    rows, columns = np.divmod(pixel, shape[1])
    offset_y, offset_x = (plane.ravel()[pixel] for plane in answers.offset_yx)
    to_row = np.clip(np.rint(rows + offset_y), 0, shape[0] - 1).astype(np.intp)
    to_column = np.clip(np.rint(columns + offset_x), 0, shape[1] - 1).astype(np.intp)
    target[pixel] = to_row * shape[1] + to_column
    centre = target[pixel]
    for _ in range(_JUMPS - 1):
        centre = target[centre]
    pile = np.bincount(centre, minlength=target.size).reshape(shape).astype(np.float32)
    pile_yx = cv2.GaussianBlur(pile, (0, 0), decoding.blur_px)
    return Votes(pixel, centre, np.asarray(pile_yx, np.float32))


def instances(answers: Answers, votes: Votes, decoding: Decoding, canonical_px: float) -> Labels:
    """Return a label image of the cells.

    Parameters
    ----------
    answers : Answers
        Of one image, at the network's scale.
    votes : Votes
        Of the same image and decoding.
    decoding : Decoding
        Thresholds.
    canonical_px : float
        Diameter that log_diameter 0 stands for.

    Returns
    -------
    ndarray of int32, shape (Y, X)
        0 is background; cells 1 to N, each in one piece.
    """
    import cv2

    shape = answers.foreground.shape
    labels_yx = np.zeros(shape, np.int32)
    if not len(votes.pixel):
        return labels_yx
    sinks_yx = _sinks(votes, answers, decoding, canonical_px)
    if not sinks_yx.any():
        return labels_yx
    _, nearest = cv2.distanceTransformWithLabels(
        1 - sinks_yx, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_CCOMP
    )
    labels_yx.ravel()[votes.pixel] = nearest.ravel()[votes.centre]
    area = _MIN_AREA_SHARE * np.pi / 4 * canonical_px**2
    return whole_pieces(labels_yx, max(6, round(area)))


def _sinks(
    votes: Votes, answers: Answers, decoding: Decoding, canonical_px: float
) -> NDArray[np.uint8]:
    """Return where votes pile up highest: 1 at local maxima that are large enough."""
    import cv2

    size = 2 * decoding.peak_radius_px + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    highest = cv2.dilate(votes.pile_yx, disc)
    area = np.pi / 4 * (canonical_px * np.exp2(np.clip(answers.log_diameter, -2, 1))) ** 2
    peak_of_one = area / (2 * np.pi * (decoding.blur_px**2 + 2.0))
    large = votes.pile_yx > decoding.min_share * np.minimum(peak_of_one, 1e9)
    return np.asarray((votes.pile_yx >= highest) & large, np.uint8)


def whole_pieces(labels_yx: Labels, min_area_px: int) -> Labels:
    """Return the largest connected piece of each label, numbered 1 to N, with holes filled.

    Parameters
    ----------
    labels_yx : ndarray of int32, shape (Y, X)
        0 is background.
    min_area_px : int
        Smaller cells are left out. Loose pieces of a cell join the neighbour they touch most,
        or go.
    """
    pieces, count = _components(labels_yx)
    area = np.bincount(pieces.ravel(), minlength=count + 1)
    owner = np.zeros(count + 1, np.int32)
    owner[pieces.ravel()] = labels_yx.ravel()
    order = np.lexsort((-area, owner))
    largest = order[np.unique(owner[order], return_index=True)[1]]
    keep = largest[(owner[largest] > 0) & (area[largest] >= min_area_px)]
    lookup = np.zeros(count + 1, np.int32)
    lookup[np.sort(keep)] = np.arange(1, len(keep) + 1)
    result: Labels = lookup[pieces]
    _fill_holes(result)
    return result


def _fill_holes(labels_yx: Labels) -> None:
    """Give background that the edge of the image can not be reached from to a cell at its edge."""
    import cv2

    ground = (labels_yx == 0).astype(np.uint8)
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(ground, connectivity=4)
    height, width = labels_yx.shape
    for piece in range(1, count):
        x, y, columns, rows, area = stats[piece].tolist()
        if x == 0 or y == 0 or x + columns == width or y + rows == height:
            continue
        around = labels_yx[y - 1 : y + rows + 1, x - 1 : x + columns + 1]
        hole = pieces[y - 1 : y + rows + 1, x - 1 : x + columns + 1] == piece
        owners = np.unique(around[around > 0]) if area <= _MAX_HOLE_PX else around[:0]
        if len(owners) == 1:
            around[hole] = owners[0]


def _components(labels_yx: Labels) -> tuple[Labels, int]:
    """Return connected pieces (4 neighbours) of equal label, background 0, and their number."""
    from skimage.measure import label

    pieces: Any
    pieces, count = label(labels_yx, background=0, connectivity=1, return_num=True)
    return pieces.astype(np.int32), int(count)
