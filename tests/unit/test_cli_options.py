"""Options made from settings."""

import pytest

from tracksam.cli.options import assigned
from tracksam.errors import SettingsError


def test_values_are_toml_or_words() -> None:
    given = ["link.max_gap=1", "link.fill_gaps=false", "mode=all", "size=2.5", "note=a=b"]
    assert assigned(given) == {
        "link": {"max_gap": 1, "fill_gaps": False},
        "mode": "all",
        "size": 2.5,
        "note": "a=b",
    }


@pytest.mark.parametrize("text", ["x", "=1", "a b=1", "a.=1"])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="given as name=value, got"):
        assigned([text])


def test_a_setting_twice_is_refused() -> None:
    with pytest.raises(SettingsError, match="do not fit together"):
        assigned(["a=1", "a=2"])
