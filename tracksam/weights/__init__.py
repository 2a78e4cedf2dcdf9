"""Weights: a name to a checked file on this machine.

Nothing is loaded or downloaded on import, and no back end downloads by itself: ``tracksam weights
get NAME`` (or `get`) does. With the variable ``TRACKSAM_WEIGHTS`` all files lie in that folder.
"""

from __future__ import annotations

from tracksam.weights.download import get
from tracksam.weights.entries import Entry, catalogue, entry
from tracksam.weights.licences import accept, check_accepted, is_accepted
from tracksam.weights.local import FOLDER_VARIABLE, Local, find, folder, require, sha256_of, verify

__all__ = [
    "Entry",
    "FOLDER_VARIABLE",
    "Local",
    "accept",
    "catalogue",
    "check_accepted",
    "entry",
    "find",
    "folder",
    "get",
    "is_accepted",
    "require",
    "sha256_of",
    "verify",
]
