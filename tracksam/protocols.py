"""The sockets that back ends plug into.

Plain NumPy at the border, (row, column) in pixels. A back end that subclasses nothing fits, if
it has the methods. It remembers no image and no call: what `prepare` returns is all that
`segment` and `detect` know of a frame. `tracksam.testing` proves a back end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tracksam.found import Found
from tracksam.points import PointTracks
from tracksam.prompts import Boxes, Prompts
from tracksam.regions import Regions


@runtime_checkable
class Segmenter(Protocol):
    """Prompts to masks."""

    def prepare(self, image_yxc: NDArray[Any]) -> Any:
        """Return what is needed of one frame, shape (Y, X, C), any dtype; computed once."""
        ...

    def segment(
        self, prepared: Any, prompts: Prompts, boxes: Boxes, previous: Regions | None = None
    ) -> Regions:
        """Return regions for every object id in `prompts` and `boxes`.

        Parameters
        ----------
        prepared : Any
            What `prepare` returned for the frame.
        prompts : Prompts
            Points of this frame; the frame numbers are not looked at.
        boxes : Boxes
            Boxes of this frame.
        previous : Regions, optional
            What is known of the objects' shape: masks under the same object ids, already moved to
            where they are expected. A hint, not a bound.

        Returns
        -------
        Regions
            Up to three proposals an object id, best first, with scores. An id for which nothing
            is found is absent. Every positive point lies in (or within 2 px of) its object's best
            proposal or the proposal is absent; no negative point lies in it.
        """
        ...


@runtime_checkable
class Detector(Protocol):
    """Every object of a frame."""

    def prepare(self, image_yxc: NDArray[Any]) -> Any:
        """Return what is needed of one frame; computed once."""
        ...

    def detect(self, prepared: Any) -> Regions:
        """Return every object with a score; object ids are 0.

        Regions may overlap: then they are alternatives, of which at most one is real.
        """
        ...


@runtime_checkable
class ForMovie(Protocol):
    """A segmenter or detector that can adapt to a movie: to the size of its cells, say."""

    def for_movie(self, frames_yxc: Iterable[NDArray[Any]]) -> Self:
        """Return a back end of the same kind that treats all frames of a movie alike.

        Parameters
        ----------
        frames_yxc : iterable of ndarray, shape (Y, X, C)
            Some frames, spread over the movie.
        """
        ...


@runtime_checkable
class Embedder(Protocol):
    """Regions to numbers by which their like is found.

    Attributes
    ----------
    embedding_id : str
        Name and version of the weights: embeddings are compared where it is the same.
    """

    @property
    def embedding_id(self) -> str:
        """Name and version of the weights."""
        ...

    def prepare(self, image_yxc: NDArray[Any]) -> Any:
        """Return what is needed of one frame; computed once."""
        ...

    def embed(self, prepared: Any, regions: Regions) -> NDArray[Any]:
        """Return what each region is like.

        Parameters
        ----------
        prepared : Any
            What `prepare` returned for the frame.
        regions : Regions
            K regions of the frame, which may overlap.

        Returns
        -------
        ndarray of float, shape (K, D)
            Finite, in the order of the regions; D is the same for every frame, also where K is 0.
            Like regions lie near each other, and none depends on which others are asked for.
        """
        ...


@runtime_checkable
class PointTracker(Protocol):
    """Points through a clip.

    Attributes
    ----------
    max_frames : int
        Longest clip that `track` takes, at least 2. Longer movies are cut into windows by the
        caller.
    """

    max_frames: int

    def track(self, clip_tyxc: NDArray[Any], queries_tyx: NDArray[np.float64]) -> PointTracks:
        """Return where points of given frames are in every frame of the clip.

        Parameters
        ----------
        clip_tyxc : ndarray, shape (T, Y, X, C)
            Any dtype; T <= max_frames.
        queries_tyx : ndarray of float, shape (N, 3)
            Frame of the clip, row, column. Points are followed forward and backward from their
            frame, where position is the query and visible is true.

        Returns
        -------
        PointTracks
            T frames, N points, in the order of the queries.
        """
        ...


@runtime_checkable
class MaskPropagator(Protocol):
    """Masks through a clip, by a model with a memory (SAM 2, EdgeTAM) or by flow.

    Attributes
    ----------
    max_frames : int
        Longest clip that `propagate` takes, at least 2. Longer movies are cut into windows by the
        caller.
    """

    max_frames: int

    def propagate(
        self,
        clip_tyxc: NDArray[Any],
        first: Regions,
        later: Mapping[int, Regions] | None = None,
    ) -> Iterator[Regions]:
        """Yield the regions of every frame of a clip; to go backward, reverse the clip.

        Parameters
        ----------
        clip_tyxc : ndarray, shape (T, Y, X, C)
            Any dtype; T <= max_frames.
        first : Regions
            What is in the first frame, under object ids of 1 or more.
        later : mapping of int to Regions, optional
            What is known in later frames of the clip, by frame: corrections under ids that are
            known, and objects that are new there. Looked up frame by frame: what the caller adds
            for the frame that was yielded last corrects that frame, and is remembered when the
            next one is asked for.

        Yields
        ------
        Regions
            T times, beginning with `first` itself, under the same ids; what is given in a frame
            is yielded as it was given, and carried on from there. An object that is not seen is
            absent. The score says how sure the model is that the mask is right.
        """
        ...


@runtime_checkable
class Finder(Protocol):
    """Words or examples to the places where to seed."""

    def find(self, image_yxc: NDArray[Any], query: Any) -> Found | Regions | Boxes | Prompts:
        """Return what fits a query in one frame.

        Parameters
        ----------
        image_yxc : ndarray, shape (Y, X, C)
            Any dtype.
        query : Words or Examples
            As the back end says.

        Returns
        -------
        Found, Regions, Boxes or Prompts
            May be empty. `Found` holds scores, and which phrase or kind fits best.
        """
        ...
