"""Notice: what a session has to say to a person."""

from __future__ import annotations

import attrs


@attrs.frozen
class Notice:
    """A sentence for a person.

    Parameters
    ----------
    level : {"info", "warning", "error"}
        How much it matters.
    text : str
        What happened, and what to do.
    """

    level: str
    text: str
