"""RunRecord: what made a result, written beside it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Self

import attrs
import numpy as np

import tracksam
from tracksam.errors import InvalidInputError
from tracksam.grid import Grid
from tracksam.prompts import Marks
from tracksam.settings import Settings
from tracksam.stack import Stack

FORMAT = 1
"""Number of the form in which a record is written; larger ones are refused."""

_ROWS_AT_ONCE_PX = 4096
"""As many pixels as a square of this side are hashed at a time."""

STATES = ("running", "interrupted", "complete")

_PACKAGES = (
    "attrs",
    "imagecodecs",
    "numpy",
    "onnxruntime",
    "opencv-python-headless",
    "pandas",
    "scikit-image",
    "scipy",
    "tifffile",
    "torch",
    "zarr",
)


def _frozen(values: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(values))


def _shape(values: Iterable[int]) -> tuple[int, ...]:
    return tuple(int(n) for n in values)


def _words(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@attrs.frozen
class InputRecord:
    """Which movie a run worked on.

    Parameters
    ----------
    name : str
        The movie's name.
    shape_tyxc : tuple of int
        Frames, height, width, channels.
    dtype : str
        Of the pixels.
    channels : tuple of str
        Names.
    pixel_size_um, frame_interval_s : float, optional
        Calibration.
    first_frame_sha256 : str
        Of the pixels of frame 0.
    marks_sha256 : str
        Of everything that was marked; empty if nothing was, and nothing was looked for.
    path, axes : str, optional
        Where the movie was read from and what was said of its axes, to find it again. No part of
        what the result depends on: not compared.
    """

    name: str
    shape_tyxc: tuple[int, ...] = attrs.field(converter=_shape)
    dtype: str
    channels: tuple[str, ...] = attrs.field(converter=_words)
    pixel_size_um: float | None
    frame_interval_s: float | None
    first_frame_sha256: str
    marks_sha256: str = ""
    path: str | None = attrs.field(default=None, eq=False)
    axes: str | None = attrs.field(default=None, eq=False)

    @classmethod
    def of(cls, stack: Stack, marks: Marks = Marks()) -> InputRecord:  # noqa: B008 - frozen
        """Return the record of a movie; its first frame is read.

        Parameters
        ----------
        stack : Stack
            The movie.
        marks : Marks
            What is marked in it.

        Returns
        -------
        InputRecord
        """
        return cls(
            stack.name,
            stack.shape_tyxc,
            str(stack.dtype),
            stack.channels,
            stack.pixel_size_um,
            stack.frame_interval_s,
            _first_frame_sha256(stack),
            _marks_sha256(marks) if len(marks) or marks.examples or marks.is_sought else "",
            None if stack.file is None else stack.file.path,
            None if stack.file is None else stack.file.axes,
        )


@attrs.frozen
class RunRecord:
    """What made a result: versions, settings, input, weights, time.

    Parameters
    ----------
    settings : mapping
        As `Settings.to_mapping` gives them; the seed is among them.
    input : InputRecord
        The movie.
    versions : mapping of str to str
        Of tracksam, Python, the system and the libraries.
    weights : mapping of str to str
        Weights that were used, and the SHA-256 of each.
    messages : tuple of str
        What the run wants a person to know.
    state : {"running", "interrupted", "complete"}
        "running" in a folder that nothing runs in: the program was killed.
    seconds : mapping of str to float
        Of each step.
    started : str
        Date and time in UTC (ISO 8601).

    Examples
    --------
    >>> import numpy as np
    >>> stack = Stack.from_array(np.zeros((2, 5, 7)), axes="TYX")
    >>> record = RunRecord.of(stack, Settings(seed=3))
    >>> RunRecord.from_json(record.to_json()) == record
    True
    """

    settings: Mapping[str, Any] = attrs.field(converter=_frozen)
    input: InputRecord
    versions: Mapping[str, str] = attrs.field(converter=_frozen)
    weights: Mapping[str, str] = attrs.field(converter=_frozen, factory=dict)
    messages: tuple[str, ...] = attrs.field(converter=_words, factory=tuple)
    state: str = attrs.field(default="running", validator=attrs.validators.in_(STATES))
    seconds: Mapping[str, float] = attrs.field(converter=_frozen, factory=dict)
    started: str = ""

    @classmethod
    def of(
        cls,
        stack: Stack,
        settings: Settings,
        marks: Marks = Marks(),  # noqa: B008 - frozen
        *,
        weights: Mapping[str, str] = MappingProxyType({}),
        started: str = "",
    ) -> Self:
        """Return the record of a run that begins.

        Parameters
        ----------
        stack : Stack
            The movie; its first frame is read.
        settings : Settings
            All settings.
        marks : Marks
            What is marked.
        weights : mapping of str to str
            Weights and their SHA-256.
        started : str
            Date and time in UTC (ISO 8601).

        Returns
        -------
        RunRecord
        """
        return cls(
            settings.to_mapping(),
            InputRecord.of(stack, marks),
            versions(),
            weights,
            started=started,
        )

    def to_json(self) -> str:
        """Return the record as JSON: keys in a fixed order, all that changes by the clock last."""
        values = attrs.asdict(self, recurse=True, value_serializer=_plain)
        times = {"started": values.pop("started"), "seconds": values.pop("seconds")}
        return json.dumps({"tracksam_run": FORMAT, **values, "times": times}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the record that `to_json` wrote.

        Raises
        ------
        InvalidInputError
            Not a record, or one of a newer form.
        """
        try:
            values = json.loads(text)
            form = values.pop("tracksam_run")
            times = values.pop("times")
            if form > FORMAT:
                raise InvalidInputError(
                    f"this run.json has form {form}, but this tracksam knows forms up to {FORMAT}; "
                    "install a newer tracksam."
                )
            return cls(**{**values, "input": InputRecord(**values["input"])}, **times)
        except InvalidInputError:
            raise
        except (LookupError, TypeError, AttributeError, ValueError, RecursionError) as error:
            raise InvalidInputError(f"this is no run.json of tracksam: {error!r}.") from error

    def difference(self, other: RunRecord) -> str:
        """Return the first thing of which the result depends and in which two records differ.

        Parameters
        ----------
        other : RunRecord
            Another run's.

        Returns
        -------
        str
            As ``"settings.link.max_gap: 2 and 1"``; empty if both make the same result. Messages,
            times and versions of others than tracksam are not looked at.
        """
        mine, others = (
            {
                "input": attrs.asdict(r.input, filter=lambda field, _: bool(field.eq)),
                "settings": dict(r.settings),
                "versions": {"tracksam": r.versions.get("tracksam")},
                "weights": dict(r.weights),
            }
            for r in (self, other)
        )
        return _first_difference(mine, others)


def versions() -> dict[str, str]:
    """Return the versions of tracksam, Python, the system and the libraries that are installed.

    Returns
    -------
    dict of str to str
    """
    found = {
        "tracksam": tracksam.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _plain(_instance: Any, _field: Any, value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _first_frame_sha256(stack: Stack) -> str:
    digest = hashlib.sha256()
    for window in Grid(stack.shape_yx, _ROWS_AT_ONCE_PX).bands():
        digest.update(np.ascontiguousarray(stack.windowed(window).frame(0)).tobytes())
    return digest.hexdigest()


def _marks_sha256(marks: Marks) -> str:
    digest = hashlib.sha256()
    points, boxes = marks.prompts, marks.boxes
    for column in (points.object_id, points.frame, points.yx, points.is_positive):
        digest.update(np.ascontiguousarray(column).tobytes())
    for column in (boxes.object_id, boxes.frame, boxes.box_yxyx):
        digest.update(np.ascontiguousarray(column).tobytes())
    for frame, regions in sorted(marks.masks.items()):
        digest.update(f"{frame} {regions.object_id.tolist()}".encode())
        for k in range(len(regions)):
            digest.update(np.packbits(regions.mask(k)).tobytes())
    digest.update("".join(f"{i} {kind}\n" for i, kind in sorted(marks.kinds.items())).encode())
    for examples in marks.examples:
        digest.update(examples.name.encode())
        for side in (examples.wanted, examples.unwanted, examples.others):
            digest.update(np.ascontiguousarray(side.vectors).tobytes())
    return digest.hexdigest()


def _first_difference(a: Any, b: Any, path: str = "") -> str:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        for key in sorted({*a, *b}):
            found = _first_difference(a.get(key), b.get(key), f"{path}.{key}" if path else key)
            if found:
                return found
        return ""
    return "" if a == b else f"{path}: {a} and {b}"
