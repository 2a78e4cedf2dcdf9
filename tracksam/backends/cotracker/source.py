"""Where CoTracker's code is: it is on no package index and no part of tracksam."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

from tracksam.errors import BackendError

REVISION = "82e02e8029753ad4ef13cf06be7f4fc5facdda4d"
"""The state of the code with which the adapter was tried."""
CHECKOUT_VARIABLE = "TRACKSAM_COTRACKER"
"""Environment variable that names a checkout of the code."""
HUB_PATTERN = "facebookresearch_co-tracker_*"
INSTALL = f"pip install git+https://github.com/facebookresearch/co-tracker.git@{REVISION}"


def find_checkout() -> Path | None:
    """Return a checkout of the code: the one that ``TRACKSAM_COTRACKER`` names, or torch.hub's.

    Returns
    -------
    Path or None
        None: the package has to be installed.
    """
    named = os.environ.get(CHECKOUT_VARIABLE)
    if named:
        return Path(named).expanduser()
    home = os.environ.get("TORCH_HOME") or Path.home() / ".cache" / "torch"
    return next(iter(sorted(Path(home, "hub").glob(HUB_PATTERN))), None)


def find_problem() -> str:
    """Return why the code can not be used, with the command that mends it; empty where it can."""
    if _is_installed():
        return ""
    checkout = find_checkout()
    if checkout is None:
        return f"cotracker is not installed. Run: {INSTALL}"
    if not (checkout / "cotracker" / "predictor.py").is_file():
        return f"{checkout} is no checkout of CoTracker. Run: {INSTALL}"
    return ""


def predictor_class(name: str) -> Any:
    """Return a class of the module ``cotracker.predictor``.

    Parameters
    ----------
    name : str
        ``"CoTrackerPredictor"`` or ``"CoTrackerOnlinePredictor"``.

    Returns
    -------
    type

    Raises
    ------
    BackendError
        The code is not on this machine, or can not be imported.
    """
    problem = find_problem()
    if problem:
        raise BackendError(problem)
    checkout = find_checkout()
    if not _is_installed() and checkout is not None:
        sys.path.append(str(checkout))
    try:
        return getattr(importlib.import_module("cotracker.predictor"), name)
    except (ImportError, AttributeError) as error:
        raise BackendError(f"CoTracker can not be imported: {error}. Run: {INSTALL}") from error


def _is_installed() -> bool:
    """Whether there is a package of this name; a mere folder that is on the way is none."""
    found = importlib.util.find_spec("cotracker")
    return found is not None and found.origin is not None
