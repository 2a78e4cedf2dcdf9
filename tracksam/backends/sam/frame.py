"""A frame as the adapter keeps it: its tiles, and their embeddings as they are needed."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.sam.cache import EmbeddingCache, key_of
from tracksam.backends.sam.network import Arrays, Ask, Network, fitted_shape
from tracksam.backends.sam.promises import Piece, cut_out, kept_promises
from tracksam.backends.sam.running import in_batches
from tracksam.backends.sam.tiles import Tile, plan_tiles

PROPOSALS = 3


@attrs.frozen(eq=False)
class Eyes:
    """A network, how many prompts it takes at once, and where its embeddings are kept.

    Parameters
    ----------
    network : Network
        Loaded.
    batch : int
        Prompts at once.
    cache : EmbeddingCache or None
        On disk.
    """

    network: Network
    batch: int = 16
    cache: EmbeddingCache | None = None

    def encode(self, image_yxc: NDArray[np.uint8]) -> Arrays:
        """Return the embedding of an image, from disk where it is there.

        Parameters
        ----------
        image_yxc : ndarray of uint8, shape (Y, X, 3)
            A tile.
        """
        if self.cache is None:
            return self.network.encode(image_yxc)
        key = key_of(self.network.identity, image_yxc)
        known = self.cache.load(key)
        if known is not None:
            return known
        found = self.network.encode(image_yxc)
        self.cache.store(key, found)
        return found


@attrs.frozen(eq=False)
class Frame:
    """What `prepare` returns: a colour image and its tiles.

    A tile is encoded when something is first asked of it, and the embedding stays here.

    Parameters
    ----------
    image_yxc : ndarray of uint8, shape (Y, X, 3)
        As the network is shown it.
    eyes : Eyes
        The network.
    tiles : tuple of Tile
        One for a small frame.
    """

    image_yxc: NDArray[np.uint8]
    eyes: Eyes
    tiles: tuple[Tile, ...]
    _embeddings: dict[int, Arrays] = attrs.field(factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, image_yxc: NDArray[np.uint8], eyes: Eyes) -> Frame:
        """Return a frame that is not encoded yet.

        Parameters
        ----------
        image_yxc : ndarray of uint8, shape (Y, X, 3)
            The whole frame.
        eyes : Eyes
            The network.
        """
        shape = (image_yxc.shape[0], image_yxc.shape[1])
        return cls(image_yxc, eyes, plan_tiles(shape, eyes.network.side_px))

    @property
    def shape_yx(self) -> tuple[int, int]:
        """Height and width."""
        return self.image_yxc.shape[0], self.image_yxc.shape[1]

    def embedding(self, number: int) -> Arrays:
        """Return the embedding of one tile; computed once.

        Parameters
        ----------
        number : int
            Of the tile.
        """
        if number not in self._embeddings:
            self._embeddings[number] = self.eyes.encode(self._image(number))
        return self._embeddings[number]

    def _image(self, number: int) -> NDArray[np.uint8]:
        return np.ascontiguousarray(self.image_yxc[self.tiles[number].slices])

    def is_blank(self, box_yxyx: NDArray[np.float64]) -> bool:
        """Return whether nothing at all is to be seen in a box and around it.

        Parameters
        ----------
        box_yxyx : ndarray, shape (4,)
            In the frame.
        """
        sides = np.maximum(box_yxyx[2:] - box_yxyx[:2], 8)
        low = np.clip(np.floor(box_yxyx[:2] - sides), 0, None).astype(int)
        high = np.ceil(box_yxyx[2:] + sides).astype(int)
        part_yxc = self.image_yxc[low[0] : high[0], low[1] : high[1]]
        return not part_yxc.size or bool((part_yxc == part_yxc[:1, :1]).all())

    def draw(self, number: int, asks: Sequence[Ask]) -> list[list[Piece]]:
        """Return up to three masks for each ask, best first, in pixels of the tile.

        Parameters
        ----------
        number : int
            Of the tile.
        asks : sequence of Ask
            In pixels of the tile; of any kind.

        Returns
        -------
        list of list of Piece
            In the order of the asks.
        """
        found: list[list[Piece]] = [[] for _ in asks]
        for kind in sorted({ask.kind for ask in asks}):
            mine = [i for i, ask in enumerate(asks) if ask.kind == kind]
            work = functools.partial(self._draw_alike, number)
            batches = in_batches(work, [asks[i] for i in mine], self.eyes.batch)
            for i, pieces in zip(mine, batches, strict=True):
                found[i] = pieces
        return found

    def _draw_alike(self, number: int, asks: Sequence[Ask]) -> list[list[Piece]]:
        network, shape = self.eyes.network, self.tiles[number].shape_yx
        logits, expected = network.decode(self.embedding(number), shape, asks)
        chosen = [_chosen(scores, ask) for scores, ask in zip(expected, asks, strict=True)]
        picked = np.concatenate([logits[i][rows] for i, rows in enumerate(chosen)])
        masks = iter(network.enlarge(picked, shape) > 0)
        result = []
        for ask, rows, scores in zip(asks, chosen, expected, strict=True):
            pieces = []
            for row in rows:
                score = float(np.clip(np.nan_to_num(scores[row]), 0, 1))
                piece = cut_out(next(masks), score)
                piece = None if piece is None else kept_promises(piece, ask)
                pieces += [] if piece is None else [piece]
            result.append(sorted(pieces, key=lambda piece: -piece.score))
        return result

    def features(self) -> NDArray[np.float32]:
        """Return the network's image embedding over the whole frame.

        Returns
        -------
        ndarray of float32, shape (Gy, Gx, D)
            Place (i, j) describes the pixels around row ``(i + 0.5) * Y / Gy - 0.5`` and column
            ``(j + 0.5) * X / Gx - 0.5``. Where tiles overlap, that one counts which the place lies
            farther inside of.
        """
        stride = self.eyes.network.stride_px / self._scale
        grid = [max(1, round(n / stride)) for n in self.shape_yx]
        centres = [
            (np.arange(n) + 0.5) * full / n for n, full in zip(grid, self.shape_yx, strict=True)
        ]
        y, x = np.meshgrid(*centres, indexing="ij")
        result_yxd: NDArray[np.float32] | None = None
        best = np.full(y.shape, -np.inf)
        for number, tile in enumerate(self.tiles):
            values = self._sampled(number, y - tile.start_yx[0], x - tile.start_yx[1], stride)
            depth = _depth(tile, y, x)
            if result_yxd is None:
                result_yxd = np.zeros_like(values)
            wins = depth > best
            result_yxd[wins], best[wins] = values[wins], depth[wins]
        return np.zeros((*grid, 0), np.float32) if result_yxd is None else result_yxd

    @property
    def _scale(self) -> float:
        shape = self.tiles[0].shape_yx
        return max(fitted_shape(shape, self.eyes.network.side_px)) / max(shape)

    def _sampled(
        self, number: int, y: NDArray[np.float64], x: NDArray[np.float64], stride: float
    ) -> NDArray[np.float32]:
        from scipy import ndimage

        values = self.embedding(number)[0].astype(np.float32)
        places = np.stack([y / stride - 0.5, x / stride - 0.5])
        each = [ndimage.map_coordinates(v, places, order=1, mode="nearest") for v in values]
        return np.stack(each, axis=-1)


def _chosen(scores: NDArray[np.float32], ask: Ask) -> list[int]:
    """Which of the four masks count: of a clear ask the one answer and the two best others."""
    others = 1 + np.argsort(-scores[1:], kind="stable")
    if ask.is_ambiguous:
        return [int(row) for row in others]
    return [0, *(int(row) for row in others[: PROPOSALS - 1])]


def _depth(tile: Tile, y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far inside a tile places lie, seen from the borders behind which the frame goes on."""
    depth = np.full(y.shape, np.inf)
    for axis, place in enumerate((y, x)):
        outer = np.where((place < 0) | (place > tile.frame_yx[axis]), -1.0, np.inf)
        low = place - tile.start_yx[axis] if tile.start_yx[axis] else outer
        goes_on = tile.end_yx[axis] < tile.frame_yx[axis]
        high = tile.end_yx[axis] - place if goes_on else outer
        depth = np.minimum(depth, np.minimum(low, high))
    return np.where(np.isinf(depth), 1e9, depth)
