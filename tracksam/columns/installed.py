"""Features that other packages bring along."""

from __future__ import annotations

from importlib.metadata import entry_points

from tracksam.columns.declaration import Feature
from tracksam.errors import InvalidInputError

GROUP = "tracksam.features"


def installed_features() -> tuple[Feature, ...]:
    """Return the features that installed packages announce as entry points.

    Returns
    -------
    tuple of Feature
        By the names of the entry points.

    Raises
    ------
    InvalidInputError
        One can not be imported, or is no `Feature`.
    """
    found = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            feature = point.load()
        except (ImportError, AttributeError) as error:
            raise InvalidInputError(
                f"feature {point.name} ({point.value}) can not be imported: {error}; update or "
                "remove its package."
            ) from error
        if not isinstance(feature, Feature):
            raise InvalidInputError(
                f"feature {point.name} ({point.value}) must be a tracksam.columns.Feature, got "
                f"{type(feature).__name__}."
            )
        found.append(feature)
    return tuple(found)
