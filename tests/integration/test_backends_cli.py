"""`tracksam backends`: what is ready, and the one command that mends what is not."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tracksam import registry
from tracksam.cli import app


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    monkeypatch.setenv("TRACKSAM_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(registry, "_is_importable", lambda module: module != "tapnet")
    result = CliRunner().invoke(app, ["backends"])
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def row(printed: list[str], name: str, kind: str) -> list[str]:
    [found] = [line for line in printed if line.startswith(name + " ") and f" {kind} " in line]
    return found.split()


def test_what_needs_nothing_is_ready(printed: list[str]) -> None:
    assert row(printed, "warp", "propagator")[2:5] == ["yes", "yes", "none"]
    assert not [line for line in printed if line.startswith("warp:")]


def test_missing_weights_are_told_with_size_and_command(printed: list[str]) -> None:
    assert row(printed, "raft", "point tracker")[3:7] == ["no", "yes", "missing", "4"]
    assert "raft: no weights. Run: tracksam weights get raft-small" in printed


def test_a_missing_package_is_told_with_its_command(printed: list[str]) -> None:
    assert row(printed, "tapir", "point tracker")[3:6] == ["no", "no", "missing"]
    command = "pip install git+https://github.com/google-deepmind/tapnet.git"
    assert f"tapir: tapnet is not installed. Run: {command}" in printed


def test_what_is_not_for_commercial_use_is_told(printed: list[str]) -> None:
    assert "CC-BY-NC-4.0" in " ".join(row(printed, "cotracker3", "point tracker"))
    [mend] = [line for line in printed if line.startswith("cotracker3: ")]
    assert "co-tracker.git@82e02e8029753ad4ef13cf06be7f4fc5facdda4d" in mend


def test_a_licence_that_has_to_be_accepted_is_in_the_command() -> None:
    from tracksam.backends.cotracker.tracker import CoTracker3

    info = registry.BackendInfo("cotracker3", "point_trackers", CoTracker3.info, "", False)
    assert info.mend.endswith("tracksam weights get cotracker3-offline --accept-licence")
    assert not info.is_usable


def test_weights_that_are_there_are_told(printed: list[str], tmp_path: Path) -> None:
    (tmp_path / "raft_small_C_T_V2-01064c6d.pth").write_bytes(b"")
    again = CliRunner().invoke(app, ["backends"]).output.splitlines()
    assert row(again, "raft", "point tracker")[3:6] == ["yes", "yes", "there"]
