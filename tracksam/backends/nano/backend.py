"""Nano: segmenter, detector and embedder on the shipped network."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from tracksam.backends.nano.blob import blobs_at
from tracksam.backends.nano.decode import Decoding
from tracksam.backends.nano.features import embedded, feature_maps
from tracksam.backends.nano.flips import with_flips
from tracksam.backends.nano.model import Model, default_folder, load_model
from tracksam.backends.nano.normalise import Image, grey, without_hot_pixels
from tracksam.backends.nano.propose import proposals
from tracksam.backends.nano.refine import redrawn
from tracksam.backends.nano.request import window_of
from tracksam.backends.nano.runtime import Session
from tracksam.backends.nano.scale import look, look_at_diameter
from tracksam.backends.nano.seen import Seen, frame_mask, frame_regions, see
from tracksam.backends.nano.typical import typical_diameter
from tracksam.backends.request import Request, requests
from tracksam.errors import BackendError, InvalidInputError
from tracksam.prompts import Boxes, Prompts
from tracksam.regions import Regions
from tracksam.registry import BackendCard

_SURE = 0.3  # foreground probability from which the network's diameter is believed
_MAX_ENLARGED = 3.0
_OTHER_SIZE = 2.0  # a box or mask this many times larger or smaller is looked at anew
_SAME_IOU = 0.8  # alternatives more alike than this are one
_ALTERNATIVE_SCORE = 0.4  # of an instance's own: so often are alternatives right, validation images
_NEAR_PX = 2.0  # at the network's scale or in the frame, whichever is more
_MARGIN = 1.2  # diameters around what was asked for


@attrs.frozen
class Nano:
    """The segmenter and detector that ships inside the package.

    Parameters
    ----------
    diameter_px : float, optional
        Diameter of the cells in frame pixels. Default: the network estimates it, frame by frame.
    channel : int, optional
        Which channel of the image. Default: the mean of all, each brought to its own range.
    threads : int, optional
        Processor threads. Default: one a core that this process may use.
    min_score : float
        `detect` leaves out what is less likely to be a cell than this.
    alternatives : bool
        True: `detect` also returns overlapping alternatives, found with other thresholds.
    folder : Path, optional
        Of other weights (`nano.onnx`, `nano.json`) than the shipped ones.

    Raises
    ------
    InvalidInputError
        The diameter is not a positive number.
    WeightsError
        The weights are missing or damaged.
    """

    info: ClassVar[BackendCard] = BackendCard(
        summary="Learned segmentation of cells and nuclei; shipped with tracksam.",
        licence="BSD-3-Clause",
    )

    diameter_px: float | None = None
    channel: int | None = None
    threads: int | None = None
    min_score: float = 0.2
    alternatives: bool = False
    folder: Path | None = None
    model: Model = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        diameter = self.diameter_px
        if diameter is not None and not (np.isfinite(diameter) and diameter > 0):
            raise InvalidInputError(
                f"the cells' diameter must be a positive number of pixels, got {diameter}."
            )
        model = load_model(self.folder or default_folder(), self.threads)
        object.__setattr__(self, "model", model)

    @property
    def weights_used(self) -> dict[str, str]:
        """Names and SHA-256 of the networks' files."""
        used = {"nano.onnx": self.model.card.sha256}
        if self.model.refiner is not None:
            used["refine.onnx"] = self.model.card.refine_sha256
        return used

    @property
    def decoding(self) -> Decoding:
        """Thresholds, from the model's card."""
        return Decoding(foreground=self.model.card.foreground)

    def prepare(self, image_yxc: NDArray[Any]) -> Seen:
        """Run the network on a frame and decode its instances.

        Parameters
        ----------
        image_yxc : ndarray, shape (Y, X, C)
            Any real dtype.

        Returns
        -------
        Seen
        """
        image_yx = self._clean(image_yxc)
        diameter = self.diameter_px or typical_diameter(self.model, image_yx, self.decoding)
        first = look_at_diameter(self.model, image_yx, diameter)
        return see(self.model, image_yx, with_flips(self.model, first), self.decoding)

    def for_movie(self, frames_yxc: Iterable[NDArray[Any]]) -> Self:
        """Return this back end with one diameter for all frames of a movie.

        Looking at each frame at its own scale costs time, and where the estimate wavers, so do
        the outlines.

        Parameters
        ----------
        frames_yxc : iterable of ndarray, shape (Y, X, C)
            Some frames, spread over the movie.

        Returns
        -------
        Nano
            With the median of the frames' typical diameters; this one itself if a diameter was
            given or no cell is seen.
        """
        if self.diameter_px is not None:
            return self
        found = [
            typical_diameter(self.model, self._clean(frame), self.decoding) for frame in frames_yxc
        ]
        known = [diameter for diameter in found if diameter is not None]
        return attrs.evolve(self, diameter_px=float(np.median(known))) if known else self

    def _clean(self, image_yxc: NDArray[Any]) -> Image:
        return without_hot_pixels(grey(image_yxc, self.channel))

    def detect(self, prepared: Seen) -> Regions:
        """Return every cell of the frame with the probability that it is one.

        Parameters
        ----------
        prepared : Seen
            Of `prepare`.
        """
        regions = frame_regions(_checked(prepared))
        for decoding in self._other_decodings():
            other = see(self.model, prepared.image_yx, prepared.look, decoding)
            regions = _with_new(regions, _less_sure(frame_regions(other)))
        return regions.select(regions.score >= self.min_score)

    @property
    def embedding_id(self) -> str:
        """Which embeddings can be compared: those of the same weights."""
        return f"nano-{self.model.card.sha256[:8]}"

    def embed(self, prepared: Seen, regions: Regions) -> NDArray[np.float32]:
        """Return the mean of the network's features inside each region.

        Parameters
        ----------
        prepared : Seen
            Of `prepare`.
        regions : Regions
            K regions of the frame.

        Returns
        -------
        ndarray of float32, shape (K, D)
        """
        return embedded(self.model, _checked(prepared), regions)

    def image_embedding(self, prepared: Seen) -> NDArray[np.float32]:
        """Return the network's features on an even grid over the frame.

        Parameters
        ----------
        prepared : Seen
            Of `prepare`.

        Returns
        -------
        ndarray of float32, shape (Gy, Gx, D)
        """
        _, middle, _ = feature_maps(self.model, _checked(prepared).look.image_yx)
        return np.ascontiguousarray(middle.transpose(1, 2, 0))

    def _other_decodings(self) -> tuple[Decoding, ...]:
        return (self.decoding.finer(), self.decoding.coarser()) if self.alternatives else ()

    def segment(
        self, prepared: Seen, prompts: Prompts, boxes: Boxes, previous: Regions | None = None
    ) -> Regions:
        """Return up to three proposals for every object id that was asked for.

        A positive point selects the cell under it, more of them merge cells, negative points cut,
        a box bounds, a previous mask steers.

        Parameters
        ----------
        prepared : Seen
            Of `prepare`.
        prompts, boxes, previous
            As in `protocols.Segmenter`.
        """
        seen = _checked(prepared)
        result = Regions(seen.shape_yx)
        for request in requests(prompts, boxes, previous):
            result = result.joined(self._one(seen, request))
        return result

    def _one(self, seen: Seen, request: Request) -> Regions:
        canonical = self.model.card.canonical_px
        found = _proposed(seen, request, canonical, self.model.refiner)
        for diameter in self._other_diameters(seen, request, bool(len(found))):
            anew = self._one_anew(seen, request, diameter)
            if len(anew) and (not len(found) or anew.score[0] > found.score[0]):
                found = anew
        if len(found) or not request.only_points:
            return found
        return blobs_at(seen.image_yx, request, canonical / seen.look.scale)

    def _other_diameters(self, seen: Seen, request: Request, is_found: bool) -> tuple[float, ...]:
        """Return the diameters at which another look at the object may show more of it."""
        typical = self.model.card.canonical_px / seen.look.scale
        diameter = request.diameter_px or _diameter_at(seen, request, typical)
        factor = diameter / typical
        if not 1 / _OTHER_SIZE < factor < _OTHER_SIZE:
            return (float(np.clip(diameter, typical / 6, typical * 6)),)
        return () if is_found or request.previous is not None else (typical, typical / 2)

    def _one_anew(self, seen: Seen, request: Request, diameter_px: float) -> Regions:
        """Return proposals of another look: at the object alone, at its own scale and contrast."""
        canonical = self.model.card.canonical_px
        bounds = request.bounds_yxyx
        first, last = (
            np.clip(np.rint(corner), 0, seen.shape_yx).astype(int)
            for corner in (bounds[:2] - 2 * diameter_px, bounds[2:] + 2 * diameter_px)
        )
        start = (int(first[0]), int(first[1]))
        part_yx = np.ascontiguousarray(seen.image_yx[start[0] : last[0], start[1] : last[1]])
        nearer = look(self.model, part_yx, min(canonical / diameter_px, _MAX_ENLARGED))
        crop = see(self.model, part_yx, nearer, self.decoding)
        shifted = request.shifted(start, crop.shape_yx)
        found = _proposed(crop, shifted, canonical, self.model.refiner)
        whole = Regions(
            seen.shape_yx, found.crops, found.box_yx + first, found.score, found.object_id
        )
        return whole.select(~_cut_off(whole.box_yxyx, np.concatenate([first, last]), seen.shape_yx))


def _cut_off(
    box_yxyx: NDArray[Any], part_yxyx: NDArray[Any], shape_yx: tuple[int, int]
) -> NDArray[np.bool_]:
    """Return which boxes, shape (N, 4), end where a part of the frame does and the frame not."""
    at_start = (box_yxyx[:, :2] <= part_yxyx[:2]) & (part_yxyx[:2] > 0)
    at_end = (box_yxyx[:, 2:] >= part_yxyx[2:]) & (part_yxyx[2:] < shape_yx)
    return np.asarray((at_start | at_end).any(axis=1))


def _diameter_at(seen: Seen, request: Request, typical_px: float) -> float:
    """Return the diameter in frame pixels that the network sees at the first positive point.

    That is the median over the instance there, if there is one: at rims single pixels err.
    """
    if not len(request.positive_yx):
        return typical_px
    y, x = np.rint(seen.to_look(request.positive_yx[:1]))[0].astype(int)
    y, x = np.clip((y, x), 0, np.array(seen.labels_yx.shape) - 1)
    if seen.answers.foreground[y, x] < _SURE:
        return typical_px
    label = int(seen.labels_yx[y, x])
    said = seen.answers.log_diameter[y, x]
    if label:
        box = seen.boxes[label - 1]
        said = np.median(seen.answers.log_diameter[box][seen.labels_yx[box] == label])
    return float(typical_px * 2.0**said)


def _less_sure(others: Regions) -> Regions:
    """Return what other thresholds find, with the scores of alternatives."""
    score = _ALTERNATIVE_SCORE * others.score
    return Regions(others.shape_yx, others.crops, others.box_yx, score, others.object_id)


def _with_new(regions: Regions, others: Regions) -> Regions:
    """Return the regions and those of the others that are like none of them."""
    new = []
    for k in range(len(others)):
        box, area = others.box_yxyx[k], others.area_px[k]
        meets = (regions.box_yxyx[:, :2] < box[2:]) & (regions.box_yxyx[:, 2:] > box[:2])
        shared = [
            (regions.intersection_px(int(j), others, k), int(regions.area_px[j]))
            for j in np.flatnonzero(meets.all(axis=1))
        ]
        if all(both < _SAME_IOU * (area + own - both) for both, own in shared):
            new.append(k)
    return regions.joined(others.select(np.array(new, np.intp)))


def _checked(prepared: Seen) -> Seen:
    if not isinstance(prepared, Seen):
        raise BackendError(
            f"nano needs what its own prepare returned, got {type(prepared).__name__}."
        )
    return prepared


def _proposed(
    seen: Seen, request: Request, canonical_px: float, refiner: Session | None = None
) -> Regions:
    window = window_of(seen, request, _MARGIN * canonical_px)
    found = proposals(window, seen.score, 0.5 * canonical_px)
    if refiner is not None and request.only_points:
        found = redrawn(refiner, seen, window, found, canonical_px)
    crops, starts, scores = [], [], []
    for one in found:
        placed = frame_mask(seen, one.mask, window.start_yx)
        if placed is None:
            continue
        crops.append(placed[0])
        starts.append(placed[1])
        scores.append(min(1.0, max(0.0, one.score)))
    ids = np.full(len(crops), request.object_id)
    regions = Regions(seen.shape_yx, crops, np.array(starts), np.array(scores), ids)
    return _kept_promises(regions, request, seen.look.scale)


def _kept_promises(regions: Regions, request: Request, scale: float) -> Regions:
    """Return the regions that hold no negative point; none if the best misses a positive one."""
    clean = [k for k in range(len(regions)) if not regions.contains(k, request.negative_yx).any()]
    regions = regions.select(np.array(clean, np.intp))
    if len(regions) and len(request.positive_yx):
        near_px = _NEAR_PX * max(1.0, 1 / scale)
        if not _reaches(regions, request.positive_yx, near_px):
            return regions.select(np.array([], np.intp))
    return regions


def _reaches(regions: Regions, yx: NDArray[np.float64], near_px: float) -> bool:
    """Return whether every point lies within a few pixels of the first region."""
    points = np.argwhere(regions.crops[0]) + regions.box_yx[0]
    gaps = [float(((points - point) ** 2).sum(axis=1).min()) for point in yx]
    return max(gaps) <= near_px**2
