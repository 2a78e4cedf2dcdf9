"""Settings: one home of defaults, TOML in and out, unknown keys refused."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracksam import Settings
from tracksam.errors import SettingsError


@given(gap=st.integers(0, 9), seed=st.integers(0, 2**31), size=st.none() | st.floats(2, 1e4))
def test_toml_out_and_in_again_is_equal(gap: int, seed: int, size: float | None) -> None:
    settings = Settings().changed(
        {"seed": seed, "link": {"max_gap": gap}, "segment": {"diameter_px": size}}
    )
    assert Settings.from_toml(settings.to_toml()) == settings


def test_what_is_not_named_keeps_its_default() -> None:
    assert Settings.from_toml("seed = 5") == attrs.evolve(Settings(), seed=5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[link]\nmaxgap = 1", r"there is no setting link.maxgap; did you mean link.max_gap\?"),
        ("[lnik]\nmax_gap = 1", r"there is no setting lnik; did you mean link\?"),
        ("zzzz = 1", r"there is no setting zzzz; known are mode, seed"),
        ("[link]\nmax_gap = -1", r"link.max_gap must be at least 0, got -1"),
        ("[link]\nmax_gap = 1.5", r"link.max_gap must be int, got 1.5"),
        ("[link]\nmax_gap = true", r"link.max_gap must be int, got True"),
        ("[segment]\nmin_score = 2.0", r"segment.min_score must be at most 1, got 2.0"),
        ("[segment]\ndiameter_px = 'x'", r"segment.diameter_px must be float or nothing, got 'x'"),
        ("mode = 'some'", r"^mode must be one of follow, all; got 'some'"),
        ("link = 3", r"link is a section of settings, got the value 3"),
        ("= 3", r"the settings are not valid TOML"),
    ],
)
def test_refusals_name_the_setting_and_the_value(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Settings.from_toml(text)


def test_a_whole_number_serves_as_a_float() -> None:
    value = Settings.from_toml("[segment]\ndiameter_px = 12").segment.diameter_px
    assert value == 12.0
    assert isinstance(value, float)


def test_every_setting_has_a_help_text() -> None:
    sections = [f.default.factory for f in attrs.fields(Settings) if not f.metadata]
    for section in (Settings, *sections):
        for field in attrs.fields(section):
            if field.metadata:
                assert field.metadata["help"].endswith((".", ")"))
