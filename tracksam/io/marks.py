"""Marks on disk: what the files that a person names say of one movie."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tracksam.io.examples import read_examples
from tracksam.io.found import read_kinds
from tracksam.io.tables import read_prompts
from tracksam.prompts import Boxes, Marks, Prompts


def read_marks(prompts: str | Path | None, examples: Sequence[str | Path] = ()) -> Marks:
    """Return what is marked.

    Parameters
    ----------
    prompts : path-like or None
        A table of points and boxes, as `read_prompts` reads it. Where it has the column
        ``found_as``, as that of ``tracksam find``, objects are called so.
    examples : sequence of path-like
        Files of examples, one for each wanted kind.

    Returns
    -------
    Marks

    Raises
    ------
    ReadError
        A file is missing or damaged.
    InvalidInputError
        A row of the table is malformed.
    """
    points, boxes = (Prompts(), Boxes()) if prompts is None else read_prompts(prompts)
    kinds = {} if prompts is None else read_kinds(Path(prompts))
    shown = tuple(read_examples(path) for path in examples)
    return Marks(points, boxes, examples=shown, kinds=kinds)
