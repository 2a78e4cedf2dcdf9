"""The journal of a project: every step that was done, undone and done again, one line each.

A line is on disk before the step counts. The last line may be torn, when the program was killed
while it wrote: that step never counted, and the torn line is cut off. A large step lies in a file
of its own, which is whole before its line is written.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from tracksam.change import Change
from tracksam.errors import InvalidInputError, ReadError
from tracksam.io.atomic import whole_file, write_error
from tracksam.io.step_form import change_from_json, change_to_json

ACTS = ("do", "undo", "redo")
LARGE_BYTES = 64 * 1024
"""A step that takes more has a file of its own."""


@attrs.frozen
class Entry:
    """One line of the journal.

    Parameters
    ----------
    number : int
        1 for the first line.
    act : {"do", "undo", "redo"}
        What happened.
    name : str
        Of the step.
    """

    number: int
    act: str
    name: str


class Journal:
    """An append-only list of steps on disk, with what can be undone and done again.

    Parameters
    ----------
    folder : Path
        Exists. What is there is read; a torn last line is cut off.

    Attributes
    ----------
    entries : list of Entry
        All lines.
    undoable, redoable : list of int
        Numbers of the steps that `undo` and `redo` would take, the next one last.

    Raises
    ------
    ReadError
        A line is damaged, other than by being torn at the end.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "journal.jsonl"
        self._steps = folder / "steps"
        self.entries: list[Entry] = []
        self.undoable: list[int] = []
        self.redoable: list[int] = []
        self._lines: dict[int, dict[str, Any]] = {}
        self._known: dict[int, Change] = {}
        self._subject: dict[int, int] = {}
        self._read()

    def do(self, change: Change) -> int:
        """Write a new step; what was undone can not be done again any more.

        Parameters
        ----------
        change : Change
            The step.

        Returns
        -------
        int
            Its number.

        Raises
        ------
        WriteError
            It can not be written; the journal is as before.
        """
        number = len(self.entries) + 1
        values: dict[str, Any] = {"n": number, "act": "do", "name": change.name}
        text = json.dumps(change_to_json(change), separators=(",", ":"))
        if len(text) > LARGE_BYTES:
            self._write_large(number, text)
            values["file"] = True
            line = json.dumps(values)
        else:
            line = json.dumps(values)[:-1] + f', "change": {text}}}'
        self._append(line)
        self._known[number] = change
        self._take(values)
        return number

    def undo(self) -> int:
        """Return the number of a new line that says that the last step is undone."""
        return self._write_act("undo", self.undoable[-1])

    def redo(self) -> int:
        """Return the number of a new line that says that the last undone step is done again."""
        return self._write_act("redo", self.redoable[-1])

    def step(self, number: int) -> Change:
        """Return the step of a line that did it.

        Raises
        ------
        ReadError
            The file of a large step is gone or damaged.
        """
        return self._change(number)

    def effect(self, number: int) -> Change:
        """Return what a line changes: a step, or the step that takes it back.

        Raises
        ------
        ReadError
            A file of a large step is gone or damaged.
        """
        change = self._change(self._subject[number])
        return change.inverse() if self.entries[number - 1].act == "undo" else change

    def effects_after(self, number: int) -> Iterator[tuple[int, Change]]:
        """Yield number and effect of each line after one, in order."""
        for entry in self.entries[number:]:
            yield entry.number, self.effect(entry.number)

    def _write_act(self, act: str, subject: int) -> int:
        number = len(self.entries) + 1
        name = self.entries[subject - 1].name
        values = {"n": number, "act": act, "name": name}
        self._append(json.dumps(values))
        self._take(values)
        return number

    def _append(self, line: str) -> None:
        size = self._path.stat().st_size if self._path.exists() else 0
        try:
            with self._path.open("ab") as file:
                file.write(line.encode("utf-8") + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self._cut(size)
            raise write_error(self._path, error) from error

    def _cut(self, size: int) -> None:
        if self._path.exists() and self._path.stat().st_size > size:
            os.truncate(self._path, size)

    def _take(self, values: dict[str, Any]) -> None:
        """Take in a line: what can be undone and done again follows from it."""
        number, act = int(values["n"]), values["act"]
        if act not in ACTS or number != len(self.entries) + 1:
            raise InvalidInputError(f"line {len(self.entries) + 1} can not be {values}")
        if act == "do":
            subject = number
            self._lines[number] = values
            self.undoable.append(subject)
            self.redoable.clear()
        else:
            source, target = self.undoable, self.redoable
            if act == "redo":
                source, target = target, source
            subject = source.pop()
            target.append(subject)
        self._subject[number] = subject
        self.entries.append(Entry(number, act, str(values["name"])))

    def _read(self) -> None:
        if not self._path.exists():
            return
        data = self._path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        for line in whole.splitlines():
            try:
                self._take(json.loads(line))
            except (ValueError, KeyError, TypeError, IndexError) as error:
                raise ReadError(
                    f"line {len(self.entries) + 1} of {self._path} is damaged: {error}. Put a copy "
                    "of the file back, or cut it before this line to lose what was done from there."
                ) from error
        self._cut(len(whole))

    def _change(self, number: int) -> Change:
        if number not in self._known:
            values = self._lines[number]
            self._known[number] = (
                self._read_large(number) if "file" in values else change_from_json(values["change"])
            )
        return self._known[number]

    def _large(self, number: int) -> Path:
        return self._steps / f"step{number:06d}.json.gz"

    def _write_large(self, number: int, text: str) -> None:
        self._steps.mkdir(exist_ok=True)
        with whole_file(self._large(number)) as temporary:
            temporary.write_bytes(gzip.compress(text.encode("utf-8"), compresslevel=1))

    def _read_large(self, number: int) -> Change:
        path = self._large(number)
        try:
            return change_from_json(json.loads(gzip.decompress(path.read_bytes())))
        except (OSError, ValueError, EOFError, zlib.error) as error:
            raise ReadError(f"{path} is gone or damaged: {error}.") from error
