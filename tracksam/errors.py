"""Everything tracksam raises on purpose.

A message says what was expected, what was got, and what to do, with the values. The command
line prints one of these on one line and exits 1; anything else keeps its traceback.
"""

from __future__ import annotations


class TracksamError(Exception):
    """Base class of every error that tracksam raises on purpose."""


class InvalidInputError(TracksamError, ValueError):
    """An argument, a file's content or a table does not have the form that is needed."""


class SettingsError(InvalidInputError):
    """A setting is unknown, has the wrong type or lies outside its range."""


class ReadError(TracksamError, OSError):
    """A file or folder is missing, unreadable, truncated or of an unknown format."""


class WriteError(TracksamError, OSError):
    """A result can not be written: the folder exists, is read-only, or the disk is full."""


class BackendError(TracksamError, RuntimeError):
    """A back end is unknown, can not be imported, or broke its contract."""


class WeightsError(TracksamError, RuntimeError):
    """A weights file is missing, damaged, or its licence was not accepted."""


class CancelledError(TracksamError):
    """The caller asked a running step to stop. Frames finished so far are valid."""
