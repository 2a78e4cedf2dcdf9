"""Dynamics: how all cells of a movie behave."""

from __future__ import annotations

import attrs

from tracksam.simulate.forms import FORMS, Form

# However much a cell condenses, it does not lose more of its area.
MOST_LOST = 0.8


@attrs.frozen
class Dynamics:
    """How all cells of a movie behave.

    Parameters
    ----------
    form : str
        A key of `FORMS`.
    speed_px : float
        Typical length of a random step a frame; 0: cells keep their velocity.
    persistence : float
        Share of a cell's velocity that is left in the next frame, 0 to 1.
    division_rate, death_rate : float
        Chance per cell and frame.
    shape_change : float
        How fast outlines change, 0 to 1.
    repulsion : float
        Share of the sum of two radii that centres keep apart; 0: cells ignore each other.
    world_yxyx : tuple of float
        Box (low row, low column, high row, high column) in which cells stay.
    daughter_distance : float
        From the mother's centre to each daughter's in their first frame, in the mother's radii.
        Cells that divide across their length ignore it.
    parting : float
        Share of that distance by which each daughter moves on in the frame after.
    jolt : float
        Deviation of the daughters' common centre from the mother's, in her radii.
    tightness : float
        How much of the mother's condensation, or rounding, daughters begin with, 0 to 1.
    condensing : float
        Factor on the share of its area that a cell loses before it divides.
    """

    form: str = "nucleus"
    speed_px: float = 1.0
    persistence: float = 0.8
    division_rate: float = 0.0
    death_rate: float = 0.0
    shape_change: float = 0.1
    repulsion: float = 0.95
    world_yxyx: tuple[float, float, float, float] = (-1e9, -1e9, 1e9, 1e9)
    daughter_distance: float = 0.85
    parting: float = 0.25
    jolt: float = 0.0
    tightness: float = 1.0
    condensing: float = 1.0

    @property
    def cell_form(self) -> Form:
        """The form of the cells, condensing as here."""
        form = FORMS[self.form]
        return attrs.evolve(form, shrinks=min(self.condensing * form.shrinks, MOST_LOST))
