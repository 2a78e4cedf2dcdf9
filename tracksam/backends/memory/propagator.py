"""Mask propagators with a memory: SAM 2.1 (Ravi et al., 2024) and EdgeTAM (Zhou et al., 2025)."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tracksam.backends.devices import is_out_of_memory
from tracksam.backends.eight_bit import IMAGENET, colours
from tracksam.backends.known import Known
from tracksam.backends.memory.networks import load_network
from tracksam.backends.weighted import Weighted
from tracksam.errors import BackendError
from tracksam.regions import Regions
from tracksam.registry import BackendCard

if TYPE_CHECKING:
    import torch

MARGIN = 1.0
"""How far the threshold is moved to see how much a mask depends on it (Kirillov et al., 2023)."""
SAM_MODULES = ("torch", "torchvision", "transformers")


class MemoryPropagator(Weighted):
    """Mask propagator whose network remembers how objects looked in earlier frames.

    Each object is followed on its own. Memory of the machine does not grow with the clip: of
    frames that the network no longer looks back to, nothing is kept. Weights of one's own are a
    checkpoint of the authors or a folder saved by transformers; a model that is given instead is a
    video model of transformers.
    """

    max_frames = 128

    @classmethod
    def load(cls, path: Path) -> torch.nn.Module:
        """Return a video model, from a checkpoint of its authors or a folder of transformers."""
        model: torch.nn.Module = load_network(path)
        return model

    def propagate(
        self,
        clip_tyxc: NDArray[Any],
        first: Regions,
        later: Mapping[int, Regions] | None = None,
    ) -> Iterator[Regions]:
        """Yield the regions of every frame of a clip."""
        memory = _Memory(self._model, self.device, first.shape_yx)
        known = Known(first, later)
        for t, image_yxc in enumerate(clip_tyxc):
            try:
                corrected = known.of_the_last(t)
                if len(corrected):
                    memory.correct(t - 1, clip_tyxc[t - 1], corrected)
                yield memory.step(t, image_yxc, known.of(t))
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                raise BackendError(
                    f"{self.device} has no memory left for {memory.n_objects} objects of "
                    f"{first.shape_yx[0]} x {first.shape_yx[1]} pixels; set device to cpu, or "
                    "propagate fewer objects."
                ) from error


class _Memory:
    """What a network of transformers remembers of one clip: a session an object.

    In one session for all, EdgeTAM of transformers 5.17 can not mix objects that are given in a
    frame with others. The encoded frame is shared.
    """

    def __init__(self, model: Any, device: str, shape_yx: tuple[int, int]) -> None:
        self._model, self._device, self._shape_yx = model, device, shape_yx
        self._side_px = int(model.config.image_size)
        self._reach = max(model.config.num_maskmem, model.config.max_object_pointers_in_encoder)
        self._sessions: dict[int, Any] = {}

    @property
    def n_objects(self) -> int:
        """Number of objects so far."""
        return len(self._sessions)

    def step(self, frame: int, image_yxc: NDArray[Any], given: Regions) -> Regions:
        """Return the regions of the next frame; those given there as they are."""
        self._tell(frame, given)
        carried = Regions(self._shape_yx)
        for object_id, found in self._seen(frame, image_yxc, list(self._sessions)):
            if object_id not in given.object_id:
                carried = carried.joined(self._region(found, object_id))
        return given.joined(carried)

    def correct(self, frame: int, image_yxc: NDArray[Any], given: Regions) -> None:
        """Remember other masks of the last frame than those that were carried into it."""
        self._tell(frame, given)
        for _ in self._seen(frame, image_yxc, given.object_id.tolist()):
            pass

    def _seen(
        self, frame: int, image_yxc: NDArray[Any], object_ids: list[int]
    ) -> Iterator[tuple[int, Any]]:
        """What the network says of a frame, object by object."""
        import torch

        if not object_ids:
            return
        pixels = to_pixels(image_yxc, self._side_px).to(self._device)
        for object_id in object_ids:
            session = self._sessions[object_id]
            with torch.inference_mode():
                found = self._model(session, frame_idx=frame, frame=pixels)
            yield object_id, found
            self._forget(session, frame)
        session.cache.clear_all()

    def _tell(self, frame: int, given: Regions) -> None:
        """Make masks what is known of a frame, in place of what was carried into it."""
        for k, object_id in enumerate(given.object_id.tolist()):
            if object_id not in self._sessions:
                self._sessions[object_id] = self._begun()
            self._tell_one(self._sessions[object_id], frame, object_id, given.mask(k))

    def _tell_one(
        self, session: Any, frame: int, object_id: int, mask_yx: NDArray[np.bool_]
    ) -> None:
        index = session.obj_id_to_idx(object_id)
        session.output_dict_per_obj[index]["non_cond_frame_outputs"].pop(frame, None)
        session.frames_tracked_per_obj[index].pop(frame, None)
        session.add_mask_inputs(index, frame, to_mask(mask_yx, self._side_px))
        session.obj_with_new_inputs = [object_id]

    def _begun(self) -> Any:
        import torch

        module = importlib.import_module(type(self._model).__module__)
        make = getattr(module, type(self._model).__name__.replace("Model", "InferenceSession"))
        session = make(
            video_height=self._shape_yx[0],
            video_width=self._shape_yx[1],
            inference_device=self._device,
            inference_state_device=self._device,
            video_storage_device=self._device,
            dtype=torch.float32,
        )
        for other in self._sessions.values():
            session.cache = other.cache
        return session

    def _region(self, found: Any, object_id: int) -> Regions:
        """The mask, absent where the network does not see the object."""
        from torch.nn.functional import interpolate

        logits = found.pred_masks.float()
        large_yx = interpolate(logits, self._shape_yx, mode="bilinear", align_corners=False)[0, 0]
        seen = float(found.object_score_logits.float().sigmoid())
        wide, narrow = (float((large_yx > limit).sum()) for limit in (-MARGIN, MARGIN))
        score = min(seen * narrow / max(wide, 1.0), 1.0)
        mask_yx = (large_yx > 0).cpu().numpy() & (seen > 0.5)
        return Regions.from_masks([mask_yx], self._shape_yx, [score], [object_id])

    def _forget(self, session: Any, frame: int) -> None:
        """Drop what the network will not look at again."""
        session.processed_frames.pop(frame)
        for kept in session.output_dict_per_obj.values():
            for outputs in kept.values():
                if frame in outputs:
                    outputs[frame].pop("high_res_masks", None)
            for old in [t for t in kept["non_cond_frame_outputs"] if t <= frame - self._reach]:
                del kept["non_cond_frame_outputs"][old]


def to_pixels(image_yxc: NDArray[Any], side_px: int) -> torch.Tensor:
    """Return a frame as the networks see it, shape (1, 3, side, side).

    Parameters
    ----------
    image_yxc : ndarray, shape (Y, X, C)
        Any dtype.
    side_px : int
        The frame is stretched to a square.

    Returns
    -------
    tensor of float32
        The same as of transformers' video processor.
    """
    import torch
    from torch.nn.functional import interpolate

    image = torch.from_numpy(np.ascontiguousarray(colours(image_yxc))).permute(2, 0, 1)[None]
    square = interpolate(
        image.float(), (side_px, side_px), mode="bilinear", align_corners=False, antialias=True
    )
    mean, spread = (torch.tensor(values).reshape(1, 3, 1, 1) for values in IMAGENET)
    return (square.round().clamp(0, 255) / 255 - mean) / spread


def to_mask(mask_yx: NDArray[np.bool_], side_px: int) -> torch.Tensor:
    """Return a mask as the networks take it.

    Parameters
    ----------
    mask_yx : ndarray of bool, shape (Y, X)
        The mask.
    side_px : int
        It is stretched to a square.

    Returns
    -------
    tensor of float32, shape (1, 1, side, side)
        0 or 1.
    """
    import torch
    from torch.nn.functional import interpolate

    mask = torch.from_numpy(mask_yx.astype(np.float32))[None, None]
    square = interpolate(
        mask, (side_px, side_px), mode="bilinear", align_corners=False, antialias=True
    )
    return (square >= 0.5).float()


def _card(name: str, *more_modules: str) -> BackendCard:
    return BackendCard(
        summary=f"Masks carried by {name}'s memory; any movie.",
        licence="Apache-2.0 (code and weights)",
        modules=(*SAM_MODULES, *more_modules),
        extra="sam",
        weights=name,
        device="cpu, cuda, mps",
    )


class Sam21Tiny(MemoryPropagator):
    """SAM 2.1, tiny."""

    info = _card("sam2.1-tiny")


class Sam21Small(MemoryPropagator):
    """SAM 2.1, small."""

    info = _card("sam2.1-small")


class Sam21BasePlus(MemoryPropagator):
    """SAM 2.1, base plus."""

    info = _card("sam2.1-base-plus")


class Sam21Large(MemoryPropagator):
    """SAM 2.1, large."""

    info = _card("sam2.1-large")


class EdgeTam(MemoryPropagator):
    """EdgeTAM: about the quality of SAM 2.1, and quick on a CPU."""

    info = _card("edgetam", "timm")
