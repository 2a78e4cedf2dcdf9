"""What linking says of parts that took too long."""

from tracksam.settings import LinkSettings
from tracksam.steps import link as linking
from tracksam.steps.linking import solve as solving


def frames(film, disc):
    two = [disc(40, 55, 5, 0.6), disc(40, 66, 5, 0.6)]
    return film([two, [*two, disc(40, 60, 12, 0.6)], two])


def test_parts_without_time_are_counted_and_said(film, disc, monkeypatch) -> None:
    monkeypatch.setattr(solving, "_is_broken", lambda values: values > -1.0)
    monkeypatch.setattr(solving, "_exact", lambda problem, limit: None)
    said: list[str] = []
    list(linking.link(frames(film, disc), LinkSettings(), note=said.append))
    assert said == [
        "1 crowded part(s) of the movie took longer than 5 s to link and were solved by "
        "assignment: look at doubtful.csv."
    ]


def test_nothing_is_said_where_all_is_proved(film, disc) -> None:
    said: list[str] = []
    list(linking.link(frames(film, disc), LinkSettings(), note=said.append))
    assert said == []
