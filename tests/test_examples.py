"""The code in README and documentation runs as it stands there.

Blocks marked ``python`` run in one namespace a page; lines of ``bash`` blocks that begin with
``tracksam`` run too, in the order of the page and in the same folder, beside ``sample_data``.
What cannot run on its own is marked ``text``.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```(?P<kind>python|bash)[^\n]*\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
COMMAND = (sys.executable, "-c", "import sys; from tracksam.cli import main; sys.exit(main())")


def examples(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the kind and code of each block of a page."""
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        yield block["kind"], block["code"]


def pages() -> list[Path]:
    candidates = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs" / "pages").rglob("*.md"))]
    return [page for page in candidates if any(examples(page))]


def command_lines(code: str) -> list[list[str]]:
    """Return the tracksam commands of a block, with lines joined that end in a backslash."""
    lines = code.replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.startswith("tracksam ")]


def run_command(words: list[str]) -> None:
    finished = subprocess.run(
        [*COMMAND, *words[1:]], capture_output=True, text=True, check=False, env=os.environ
    )
    assert finished.returncode == 0, f"{shlex.join(words)}\n{finished.stdout}{finished.stderr}"


@pytest.mark.slow
@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sample_data").symlink_to(REPOSITORY / "sample_data")
    namespace: dict[str, object] = {"__name__": page.stem}
    for kind, code in examples(page):
        if kind == "python":
            exec(compile(code, str(page), "exec"), namespace)
            continue
        for words in command_lines(code):
            run_command(words)


def test_readme_shows_python_and_commands() -> None:
    kinds = [kind for kind, _ in examples(REPOSITORY / "README.md")]
    assert {"python", "bash"} <= set(kinds)


def test_commands_are_found_in_a_block() -> None:
    code = "pip install tracksam\ntracksam track 'a b.tif' \\\n  --all  # everything\nmake demo\n"
    assert command_lines(code) == [["tracksam", "track", "a b.tif", "--all"]]
