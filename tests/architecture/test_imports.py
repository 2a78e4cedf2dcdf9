"""Who may import whom, and what an import costs."""

import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

REPOSITORY = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "pandas", "napari", "dask", "skimage")
LOADED = f"""
import sys
print([name for name in {HEAVY!r} if name in sys.modules])
"""
HELP = """
import contextlib, io, sys
from tracksam.cli import main
sys.argv = ["tracksam", "--help"]
shown = io.StringIO()
with contextlib.redirect_stdout(shown):
    try:
        main()
    except SystemExit as stop:
        assert not stop.code, stop.code
assert "Usage" in shown.getvalue(), shown.getvalue()
"""


def loaded_after(code: str) -> str:
    """Run code in a new interpreter and name the heavy libraries it loaded."""
    finished = subprocess.run(
        [sys.executable, "-c", code + LOADED], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def test_import_contracts_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(REPOSITORY)
    exit_code = lint_imports(config_filename="pyproject.toml", no_cache=True)
    assert exit_code == 0, capsys.readouterr().out


def test_import_loads_no_heavy_library() -> None:
    assert loaded_after("import tracksam") == "[]"


def test_help_loads_no_heavy_library() -> None:
    assert loaded_after(HELP) == "[]"


def test_a_heavy_import_is_seen() -> None:
    assert loaded_after("import pandas") == "['pandas']"


def test_every_public_name_is_there() -> None:
    import tracksam

    assert [name for name in tracksam.__all__ if not hasattr(tracksam, name)] == []
    assert set(tracksam.__all__) <= set(dir(tracksam))
