"""Settings: one frozen class a step, the only home of defaults.

The command line's options, the reference page and the plugin's forms are made from these
classes. A setting's metadata holds its help, unit, range and choices.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from typing import Any, Self, TypeVar

import attrs

from tracksam.errors import SettingsError
from tracksam.setting import setting

__all__ = [
    "FindSettings",
    "FollowSettings",
    "LinkSettings",
    "MeasureSettings",
    "ReadSettings",
    "SegmentSettings",
    "Settings",
    "setting",
    "with_values",
]

PRECISIONS = ("auto", "float32", "bfloat16", "float16")
Section = TypeVar("Section", bound=attrs.AttrsInstance)


@attrs.frozen
class ReadSettings:
    """How a movie is read."""

    channel: int | None = setting(
        None, "Channel that is segmented and tracked; all channels are measured.", at_least=0
    )
    z: str = setting(
        "refuse",
        "What to do with a z axis: a plane's number, 'max' for a maximum projection, or 'refuse'.",
    )
    pixel_size_um: float | None = setting(
        None, "Side of a pixel; overrides the file's own.", unit="um", at_least=1e-6
    )
    frame_interval_s: float | None = setting(
        None, "Time from frame to frame; overrides the file's own.", unit="s", at_least=1e-6
    )


@attrs.frozen
class SegmentSettings:
    """Which back end draws masks, and what it is told."""

    segmenter: str = setting("nano", "Back end that turns prompts into masks.")
    detector: str = setting(
        "nano", "Back end that finds every object; 'none' to draw only what is prompted."
    )
    diameter_px: float | None = setting(
        None,
        "Typical diameter of an object; estimated from the image when not given.",
        unit="px",
        at_least=2,
    )
    weights: str | None = setting(
        None,
        "Weights of the segmenter: a name of `tracksam weights list`, or a file of your own; its "
        "usual ones when not given.",
    )
    cache_gb: float = setting(
        4.0,
        "Disk space for what large models compute of frames, to be used again; 0: none.",
        unit="GB",
        at_least=0,
    )
    min_score: float = setting(
        0.1, "Regions with a lower score are no candidates.", at_least=0, at_most=1
    )
    tile_px: int = setting(
        2048,
        "Frames with more pixels than four squares of this side are worked on in such squares, so "
        "that they need not fit into memory; not with marks or a propagator.",
        unit="px",
        at_least=256,
    )


@attrs.frozen
class FollowSettings:
    """How points, or a memory, carry objects from frame to frame."""

    propagate: str = setting(
        "points",
        "What carries objects: points that prompt the segmenter again, masks that a propagator "
        "carries in its memory, or the memory with points where it is not sure.",
        choices=("points", "memory", "points+memory"),
    )
    point_tracker: str = setting("flow", "Back end that follows points.")
    tracker_weights: str | None = setting(
        None,
        "Weights of the point tracker: a name of `tracksam weights list`, or a file of your own; "
        "its usual ones when not given.",
    )
    shrink: int = setting(
        1,
        "Factor by which frames are shrunk before points are followed: quicker, and less exact.",
        at_least=1,
        at_most=16,
    )
    propagator: str = setting("warp", "Back end that carries masks.")
    propagator_weights: str | None = setting(None, "Weights of the propagator, in the same way.")
    memory_frames: int = setting(
        16,
        "Frames through which the propagator carries masks before its memory begins anew.",
        unit="frames",
        at_least=2,
    )
    min_memory_score: float = setting(
        0.5,
        "With points+memory: where the propagator's score is lower, points prompt the segmenter.",
        at_least=0,
        at_most=1,
    )
    points_per_object: int = setting(9, "Points sampled inside each mask.", at_least=1, at_most=200)
    window_frames: int = setting(
        2,
        "Frames through which the same points are followed before new ones are sampled.",
        unit="frames",
        at_least=2,
    )
    min_visible_share: float = setting(
        0.3,
        "An object with a smaller share of visible points is not prompted again.",
        at_least=0,
        at_most=1,
    )


@attrs.frozen
class LinkSettings:
    """How candidates are joined into tracks. Lengths are in cell diameters, never in pixels."""

    divisions: bool = setting(True, "Whether an object can divide in two.")
    budding: bool = setting(
        False,
        "Whether daughters begin as buds beside mothers that live on. Nothing divides in two then.",
    )
    borders: str = setting(
        "open",
        "Whether objects enter and leave the frame; where borders are 'closed' they hardly ever "
        "begin or end, but by division.",
        choices=("open", "closed"),
    )
    max_distance: float = setting(
        1.5,
        "Farthest that an object moves between frames, beyond what its points say.",
        unit="cell diameters",
        at_least=0.1,
    )
    max_gap: int = setting(
        2, "Longest run of frames in which an object may be missing.", unit="frames", at_least=0
    )
    fill_gaps: bool = setting(True, "Whether masks are filled in across a gap.")
    min_track_frames: int = setting(
        1, "Shorter tracks without mother or daughters are dropped.", unit="frames", at_least=1
    )


@attrs.frozen
class FindSettings:
    """How the wanted kind is told from the others, by examples or words."""

    embedder: str = setting("nano", "Back end whose features tell cells apart.")
    min_likeness: float = setting(
        0.5,
        "Cells less likely to be of the wanted kind than this are left out.",
        at_least=0,
        at_most=1,
    )
    min_word_score: float = setting(
        0.1,
        "Places that words describe less well than this are left out.",
        at_least=0,
        at_most=1,
    )
    compare: str = setting(
        "all",
        "What of a cell is compared with the examples.",
        choices=("all", "size", "shape", "intensity", "texture", "network"),
    )
    votes: int = setting(
        3,
        "Frames of a track in which its kind is looked at.",
        unit="frames",
        at_least=1,
    )
    max_count: int | None = setting(
        None, "Of a frame, at most this many are found: the likeliest.", at_least=1
    )


@attrs.frozen
class MeasureSettings:
    """What is measured."""

    intensity: bool = setting(True, "Whether intensities are measured, per channel.")


@attrs.frozen
class Settings:
    r"""All settings of a run.

    Parameters
    ----------
    mode : {"follow", "all"}
        Only what was marked and its descendants, or every object.
    seed : int
        Seed of all random choices.
    device : str
        Where large models run.
    precision : {"auto", "float32", "bfloat16", "float16"}
        With which numbers models of the SAM family compute.
    keep_candidates : bool
        Whether what the tracks were chosen from stays in the run folder.
    read, segment, follow, link, find, measure
        One section a step.

    Examples
    --------
    >>> Settings.from_toml("[link]\nmax_gap = 1").link.max_gap
    1
    """

    mode: str = setting(
        "all", "Track everything, or follow only what was marked.", choices=("follow", "all")
    )
    seed: int = setting(0, "Seed of all random choices.", at_least=0)
    device: str = setting(
        "auto", "Where large models run: cpu, cuda, mps; auto: the fastest that is there."
    )
    precision: str = setting(
        "auto",
        "Numbers with which models of the SAM family compute: half precision is quicker on a GPU, "
        "takes less memory, and is less exact; auto: half precision on a GPU, float32 elsewhere.",
        choices=PRECISIONS,
    )
    keep_candidates: bool = setting(
        False,
        "Whether what the tracks were chosen from stays in the run folder, so that "
        "'evaluate --explain' can tell what was never proposed from what was rejected.",
    )
    read: ReadSettings = attrs.field(factory=ReadSettings)
    segment: SegmentSettings = attrs.field(factory=SegmentSettings)
    follow: FollowSettings = attrs.field(factory=FollowSettings)
    link: LinkSettings = attrs.field(factory=LinkSettings)
    find: FindSettings = attrs.field(factory=FindSettings)
    measure: MeasureSettings = attrs.field(factory=MeasureSettings)

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Return settings of a TOML text; what is not named keeps its default.

        Raises
        ------
        SettingsError
            Not TOML, an unknown key (the nearest known one is named), or a value out of range.
        """
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"the settings are not valid TOML: {error}.") from None
        return cls.from_mapping(values)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Return settings of nested mappings, as TOML has them."""
        return cls().changed(values)

    def changed(self, values: Mapping[str, Any]) -> Self:
        """Return these settings with some values replaced.

        Parameters
        ----------
        values : mapping
            ``{"link": {"max_gap": 1}, "seed": 3}``.

        Returns
        -------
        Settings

        Raises
        ------
        SettingsError
            An unknown key, or a value out of range.
        """
        top: dict[str, Any] = {}
        for key, value in values.items():
            field = _known_field(type(self), key, prefix="")
            section = getattr(self, field)
            if not attrs.has(type(section)):
                top[field] = value
            elif isinstance(value, Mapping):
                top[field] = with_values(section, value, f"{field}.")
            else:
                raise SettingsError(f"{field} is a section of settings, got the value {value!r}.")
        return attrs.evolve(self, **top)

    def to_mapping(self) -> dict[str, Any]:
        """Return nested mappings of every value that is set."""
        return _without_none(attrs.asdict(self))

    def to_toml(self) -> str:
        """Return all values as TOML; `from_toml` gives them back."""
        import tomli_w

        return tomli_w.dumps(self.to_mapping())


def with_values(settings: Section, values: Mapping[str, Any], prefix: str = "") -> Section:
    """Return one section of settings with some values replaced.

    Parameters
    ----------
    settings : attrs instance
        Its fields are made by `setting`.
    values : mapping of str to value
        By name.
    prefix : str
        What stands before a name in messages.

    Returns
    -------
    attrs instance
        Of the same class.

    Raises
    ------
    SettingsError
        An unknown name, or a value out of range.
    """
    known = {_known_field(type(settings), key, prefix): value for key, value in values.items()}
    changed: Section = attrs.evolve(settings, **known)  # type: ignore[misc]
    return changed


def _known_field(cls: type, key: str, prefix: str) -> str:
    names = [field.name for field in attrs.fields(cls)]
    if key in names:
        return key
    near = difflib.get_close_matches(key, names, n=1)
    hint = f"did you mean {prefix}{near[0]}?" if near else f"known are {', '.join(names)}."
    raise SettingsError(f"there is no setting {prefix}{key}; {hint}")


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _without_none(value) if isinstance(value, dict) else value
        for key, value in values.items()
        if value is not None
    }
