"""What a run looks like: pictures as arrays and pages as text; nothing here writes a file."""

from tracksam.report.picture import overview

__all__ = ["overview"]
