"""Segmenter and detector on a network that takes prompts: what all of the SAM family share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam import weights as known_weights
from tracksam.backends.devices import AUTO
from tracksam.backends.request import Request, requests
from tracksam.backends.sam.cache import EmbeddingCache, default_folder
from tracksam.backends.sam.frame import PROPOSALS, Eyes, Frame
from tracksam.backends.sam.grid import Sieve, detected, to_regions
from tracksam.backends.sam.network import Network
from tracksam.backends.sam.promises import Piece
from tracksam.backends.sam.requests import ask_of
from tracksam.backends.sam.rgb import to_rgb
from tracksam.backends.sam.running import Running
from tracksam.backends.sam.stitch import is_cut, stitched
from tracksam.backends.sam.tiles import best_tile
from tracksam.backends.weighted import HasWeights
from tracksam.errors import BackendError, InvalidInputError
from tracksam.prompts import Boxes, Prompts
from tracksam.regions import Regions
from tracksam.registry import BackendCard


def card(summary: str, weights_name: str, *modules: str) -> BackendCard:
    """Return the card of a member of the SAM family.

    Parameters
    ----------
    summary : str
        As `BackendCard` has it.
    weights_name : str
        Of the catalogue.
    *modules : str
        What must be importable besides PyTorch.
    """
    return BackendCard(
        summary=summary,
        licence="Apache-2.0 (code and weights)",
        modules=("torch", *modules),
        extra="sam",
        weights=weights_name,
        device="cuda, mps, cpu",
    )


@attrs.frozen(eq=False)
class Sam(HasWeights):
    """One of the SAM family; subclasses say which network, and load it.

    Parameters
    ----------
    weights : str or Path, optional
        A name of the catalogue, or a file of your own. Default: the published ones.
    diameter_px : float, optional
        Typical diameter of the objects; `detect` then asks more densely for small ones and leaves
        out what is much larger or smaller.
    device : str
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"mps"``.
    precision : str
        ``"auto"``: half precision on a GPU, ``"float32"`` on the CPU. Or ``"bfloat16"``,
        ``"float16"``.
    cache_gb : float
        Disk space for embeddings; 0: none are kept.
    grid_points : int
        Points that `detect` asks along the longer side of a tile.

    Raises
    ------
    InvalidInputError
        The diameter is not a positive number.
    WeightsError
        The weights are missing, damaged or of another architecture.
    BackendError
        There is no such device.
    """

    weights: str | Path | None = None
    diameter_px: float | None = None
    device: str = AUTO
    precision: str = AUTO
    cache_gb: float = 0.0
    grid_points: int = 32
    eyes: Eyes = attrs.field(init=False, repr=False)
    weights_used: dict[str, str] = attrs.field(init=False, repr=False)
    running: Running = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        diameter = self.diameter_px
        if diameter is not None and not (np.isfinite(diameter) and diameter > 0):
            raise InvalidInputError(
                f"the objects' diameter must be a positive number of pixels, got {diameter}."
            )
        running = Running.pick(self.device, self.precision)
        local = known_weights.require(self.weights or self.info.weights)
        network = self.load(local, running)
        cache = None
        if self.cache_gb > 0:
            cache = EmbeddingCache(default_folder(), round(self.cache_gb * 1e9))
        object.__setattr__(self, "running", running)
        object.__setattr__(self, "weights_used", {local.name: local.sha256})
        object.__setattr__(self, "eyes", Eyes(network, running.batch, cache))

    def load(self, local: known_weights.Local, running: Running) -> Network:
        """Return the network that a file of weights holds.

        Parameters
        ----------
        local : Local
            Checked.
        running : Running
            Device and precision.
        """
        raise NotImplementedError("a back end of the SAM family says how its network is loaded")

    @property
    def message(self) -> str:
        """Which weights, where they run, and how precisely: for the record of a run."""
        name = next(iter(self.weights_used))
        return f"{name} runs on {self.running.device} in {self.running.precision}"

    def prepare(self, image_yxc: NDArray[Any]) -> Frame:
        """Return a frame whose tiles are encoded when something is asked of them.

        Parameters
        ----------
        image_yxc : ndarray, shape (Y, X, C)
            Any real dtype. Frames larger than the network's square are seen in tiles.
        """
        return Frame.of(to_rgb(image_yxc), self.eyes)

    def image_embedding(self, prepared: Frame) -> NDArray[np.float32]:
        """Return what the image encoder says of each place of a frame.

        Parameters
        ----------
        prepared : Frame
            Of `prepare`.

        Returns
        -------
        ndarray of float32, shape (Gy, Gx, D)
            An even grid: place (i, j) describes the pixels around row ``(i + 0.5) * Y / Gy - 0.5``
            and column ``(j + 0.5) * X / Gx - 0.5``.
        """
        return _checked(prepared).features()

    def detect(self, prepared: Frame) -> Regions:
        """Return every object that a grid of points finds, with the score the network gives it.

        Parameters
        ----------
        prepared : Frame
            Of `prepare`.
        """
        return detected(_checked(prepared), Sieve(self.grid_points, self.diameter_px))

    def segment(
        self, prepared: Frame, prompts: Prompts, boxes: Boxes, previous: Regions | None = None
    ) -> Regions:
        """Return up to three proposals for every object id, with the scores the network gives.

        Parameters
        ----------
        prepared : Frame
            Of `prepare`.
        prompts, boxes, previous
            As in `protocols.Segmenter`; a previous mask is handed to the network as its mask
            prompt.
        """
        frame = _checked(prepared)
        by_tile: dict[int, list[Request]] = {}
        asked = list(requests(prompts, boxes, previous))
        for request in asked:
            if not frame.is_blank(request.bounds_yxyx):
                number = best_tile(frame.tiles, request.bounds_yxyx)
                by_tile.setdefault(number, []).append(request)
        found: dict[int, list[Piece]] = {}
        for number, some in by_tile.items():
            found |= _drawn(frame, number, some)
        result = Regions(frame.shape_yx)
        for object_id in sorted(found):
            result = result.joined(to_regions(frame.shape_yx, found[object_id], object_id))
        return result


def _drawn(frame: Frame, number: int, asked: list[Request]) -> dict[int, list[Piece]]:
    """Up to three masks in pixels of the frame for each object asked of one tile."""
    tile = frame.tiles[number]
    asks = [(request, ask_of(request, tile)) for request in asked]
    there = [(request, ask) for request, ask in asks if ask is not None]
    drawn = frame.draw(number, [ask for _, ask in there])
    found = {}
    for (request, _), pieces in zip(there, drawn, strict=True):
        placed = [piece.shifted(tile.start_yx) for piece in pieces]
        if placed and is_cut(placed[0], tile):
            whole = stitched(frame, placed[0], number, request)
            # Of the other proposals, those that the tile cuts too are only parts.
            placed = [whole, *(piece for piece in placed[1:] if not is_cut(piece, tile))]
        placed.sort(key=lambda piece: -piece.score)
        found[request.object_id] = placed[:PROPOSALS]
    return found


def _checked(prepared: Frame) -> Frame:
    if not isinstance(prepared, Frame):
        raise BackendError(
            f"this back end needs what its own prepare returned, got {type(prepared).__name__}."
        )
    return prepared
