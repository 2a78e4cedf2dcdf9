"""The back ends that are installed: found by entry point, made by name.

Nothing heavy is imported here. A back end says what it is in a `BackendCard`, which can be read
without importing the libraries that the back end needs to work.
"""

from __future__ import annotations

import difflib
import importlib.util
import inspect
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import attrs

from tracksam.errors import BackendError

GROUPS = (
    "tracksam.segmenters",
    "tracksam.detectors",
    "tracksam.point_trackers",
    "tracksam.propagators",
    "tracksam.finders",
    "tracksam.embedders",
)
"""The sockets, as entry-point groups."""


@attrs.frozen
class BackendCard:
    """What a back end says of itself, as its class attribute `info`.

    Parameters
    ----------
    summary : str
        One sentence: what it does, and for which images.
    licence : str
        Of the code and, where there are some, of the weights.
    modules : tuple of str
        What must be importable for it to work.
    extra : str
        The extra that installs those: ``pip install "tracksam[extra]"``. Empty: they come with
        tracksam.
    weights : str
        Name of the weights file. Empty: none is needed, or it is part of the package.
    weights_mb : float
        Size of that file, where the catalogue of weights does not know it.
    device : str
        Where it runs: ``"cpu"``, or ``"cpu, cuda"``.
    install : str
        The command that installs what is missing, where no extra of tracksam does.
    """

    summary: str
    licence: str
    modules: tuple[str, ...] = ()
    extra: str = ""
    weights: str = ""
    weights_mb: float = 0.0
    device: str = "cpu"
    install: str = ""


@attrs.frozen
class BackendInfo:
    """One row of ``tracksam backends``.

    Parameters
    ----------
    name, group : str
        Of its entry point.
    card : BackendCard or None
        What it says of itself; None where it can not be imported or says nothing.
    problem : str
        Why it can not be used; empty where it can.
    weights_there : bool or None
        Whether its weights are on this machine; None where it needs none.
    """

    name: str
    group: str
    card: BackendCard | None
    problem: str
    weights_there: bool | None

    @property
    def mend(self) -> str:
        """What to do so that it can be used: the reason with one command; empty where it can."""
        if self.problem or self.is_usable or self.card is None:
            return self.problem
        from tracksam import weights

        known = weights.entry(self.card.weights)
        accept = "" if known.is_commercial else " --accept-licence"
        return f"no weights. Run: tracksam weights get {known.name}{accept}"

    @property
    def megabytes(self) -> float | None:
        """Size of its weights in MB (10^6 bytes), None where it needs none or that is not known."""
        if self.card is None or not self.card.weights:
            return None
        from tracksam import weights

        known = weights.catalogue().get(self.card.weights)
        return self.card.weights_mb or (known.megabytes if known else None) or None

    @property
    def is_usable(self) -> bool:
        """Whether `create` can be expected to work."""
        return not self.problem and self.weights_there is not False


def names(group: str) -> tuple[str, ...]:
    """Return the names of the back ends for one socket, in alphabetical order.

    Parameters
    ----------
    group : str
        One of `GROUPS`.

    Returns
    -------
    tuple of str

    Raises
    ------
    BackendError
        There is no such group.
    """
    return tuple(sorted(_entries(group)))


def create(group: str, name: str, **options: Any) -> Any:
    """Return a new back end.

    Parameters
    ----------
    group : str
        One of `GROUPS`.
    name : str
        One of `names(group)`.
    **options
        Handed to the back end where it takes an option of that name, left out where it does not.

    Returns
    -------
    object
        It fits the group's protocol in `tracksam.protocols`.

    Raises
    ------
    BackendError
        Unknown name (the nearest known one is named), or a library that it needs is missing (the
        extra that installs it is named).
    """
    known = _entries(group)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}? Known" if near else "known"
        raise BackendError(
            f"there is no back end {name!r} in {group}; {hint} are {', '.join(sorted(known))}."
        )
    made = _load(known[name])
    card = _card(made)
    problem = _problem(made, card)
    if problem:
        raise BackendError(f"back end {name!r} can not be used: {problem}")
    taken = inspect.signature(made).parameters
    takes_all = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in taken.values())
    try:
        return made(**{k: v for k, v in options.items() if takes_all or k in taken})
    except ImportError as error:
        raise BackendError(
            f"back end {name!r} can not be used: {error}.{_install(card)}"
        ) from error


def describe(group: str) -> list[BackendInfo]:
    """Return what is known of each back end for one socket, by name.

    Parameters
    ----------
    group : str
        One of `GROUPS`.

    Returns
    -------
    list of BackendInfo
        A back end that can not be used is there too, with the reason.

    Raises
    ------
    BackendError
        There is no such group.
    """
    return [_describe(group, entry) for _, entry in sorted(_entries(group).items())]


def _describe(group: str, entry: EntryPoint) -> BackendInfo:
    try:
        made = _load(entry)
    except BackendError as error:
        return BackendInfo(entry.name, group, None, str(error), None)
    card = _card(made)
    find_weights = getattr(made, "find_weights", None)
    there = None if find_weights is None else find_weights() is not None
    return BackendInfo(entry.name, group, card, _problem(made, card), there)


def _entries(group: str) -> dict[str, EntryPoint]:
    if group not in GROUPS:
        raise BackendError(f"there is no socket {group!r}; known are {', '.join(GROUPS)}.")
    return {entry.name: entry for entry in entry_points(group=group)}


def _load(entry: EntryPoint) -> Any:
    try:
        return entry.load()
    except (ImportError, AttributeError) as error:
        package = entry.dist.name if entry.dist is not None else entry.module
        raise BackendError(
            f"back end {entry.name!r} of {package} can not be imported: {error}."
        ) from error


def _card(made: Any) -> BackendCard | None:
    card = getattr(made, "info", None)
    return card if isinstance(card, BackendCard) else None


def _problem(made: Any, card: BackendCard | None) -> str:
    """Why a back end can not be used: a missing module, or what it says itself."""
    find_problem = getattr(made, "find_problem", None)
    return _missing(card) or ("" if find_problem is None else str(find_problem()))


def _missing(card: BackendCard | None) -> str:
    absent = [] if card is None else [m for m in card.modules if not _is_importable(m)]
    if not absent:
        return ""
    return f"{', '.join(absent)} is not installed.{_install(card)}"


def _is_importable(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _install(card: BackendCard | None) -> str:
    if card is not None and card.install:
        return f" Run: {card.install}"
    if card is None or not card.extra:
        return ""
    return f' Run: pip install "tracksam[{card.extra}]".'
