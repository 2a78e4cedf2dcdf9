"""The layers of a session: made once, then changed where what is shown differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from napari.layers import Image, Labels, Tracks
from napari.utils.colormaps import DirectLabelColormap
from numpy.typing import NDArray
from pydantic import field_validator

from napari_tracksam.look import Look
from napari_tracksam.over_time import MOST_SMALL, LabelsOverTime, OneFrame
from tracksam import Curation, Lineage
from tracksam.report.colours import track_colours

CLEAR = (0.0, 0.0, 0.0, 0.0)
PREVIEW = (1.0, 1.0, 0.2, 1.0)
NOWHERE = [[1.0, 0.0, -1.0, -1.0]]
"""A Tracks layer needs a row."""


class LayerSet:
    """The layers of a session in its viewer.

    Parameters
    ----------
    viewer : napari.Viewer or napari.components.ViewerModel
        Where layers are added.

    Attributes
    ----------
    images : list of Image
        The movie's.
    labels, preview, brush : Labels or None
        Masks; what would be drawn; what is being painted.
    tracks : Tracks or None
        Tracks with tails and divisions.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self.images: list[Image] = []
        self.labels: Labels | None = None
        self.tracks: Tracks | None = None
        self.preview: Labels | None = None
        self.brush: Labels | None = None
        self.shown: LabelsOverTime | None = None
        self._preview_data: OneFrame | None = None
        self._shown_rows: tuple[Lineage, frozenset[int] | None] | None = None

    def begin(self, images: list[Image], curation: Curation, name: str) -> None:
        """Add layers for a result, over the image layers, in their scale and units."""
        self.close()
        self.images, masks = images, curation.masks
        self.shown = LabelsOverTime(masks, curation.highest_id)
        where = self._where()
        self.labels = Labels(
            self.shown, name=f"{name} masks", colormap=_colormap({}), opacity=0.6, **where
        )
        self.labels.editable = False
        self.tracks = Tracks(
            NOWHERE, name=f"{name} tracks", tail_length=20, head_length=0, tail_width=3, **where
        )
        self.tracks.visible = True
        self._preview_data = OneFrame(masks.n_frames, masks.shape_yx)
        colours = {None: CLEAR, 0: CLEAR, 1: PREVIEW}
        self.preview = Labels(
            self._preview_data,
            name=f"{name} preview",
            colormap=DirectLabelColormap(color_dict=colours),
            opacity=0.6,
            visible=False,
            **where,
        )
        self.preview.editable = False
        for layer in (*images, self.labels, self.tracks, self.preview):
            if layer not in self._viewer.layers:
                self._viewer.add_layer(layer)
        if images:
            self._viewer.layers.selection.active = images[0]

    def calibrate(self, pixel_size_um: float | None) -> None:
        """Give every layer the same scale and units."""
        size = 1.0 if pixel_size_um is None else pixel_size_um
        units = ("pixel", "pixel", "pixel") if pixel_size_um is None else ("pixel", "um", "um")
        for layer in self.all:
            layer.scale = (1.0, size, size)[-layer.ndim :]
            layer.units = units[-layer.ndim :]

    @property
    def all(self) -> list[Any]:
        """Every layer that is there."""
        ours = (self.labels, self.tracks, self.preview, self.brush)
        return [*self.images, *(layer for layer in ours if layer is not None)]

    def show_masks(self, curation: Curation, look: Look | None = None) -> None:
        """Show other masks; only the current frame is read.

        Parameters
        ----------
        curation : Curation
            The result.
        look : Look, optional
            Its colours; None: they stay.
        """
        if self.shown is None or self.labels is None:
            return
        self.shown.masks = curation.masks
        if curation.highest_id > MOST_SMALL and self.shown.dtype == np.uint16:
            self.shown = LabelsOverTime(curation.masks, curation.highest_id)
            self.labels.data = self.shown
        if look is None:
            self.labels.refresh(extent=False)
        else:
            # Setting the colours reads the frame again.
            self.labels.colormap = _colormap(dict(look.colours))

    def show_draft(self, frame: int) -> None:
        """Show the current frame while it is tracked, every cell in the colour of its id."""
        if self.labels is not None and self.shown is not None:
            track_ids = [i for i in np.unique(self.shown.frame(frame)).tolist() if i > 0]
            rgb = track_colours(track_ids) / 255 if track_ids else []
            colours = {i: (*c.tolist(), 1.0) for i, c in zip(track_ids, rgb, strict=True)}
            self.labels.colormap = _colormap(colours)

    def show_tracks(self, lineage: Lineage, look: Look) -> None:
        """Show the rows of a look, in its colours; napari checks rows only where they differ."""
        if self.tracks is None:
            return
        is_known = self._shown_rows is not None and self._shown_rows[0] is lineage
        if is_known and self._shown_rows[1] == look.visible:
            self._colour_tracks(lineage, look)
            return
        self._shown_rows = (lineage, look.visible)
        keep = np.ones(len(lineage), bool)
        if look.visible is not None:
            keep = np.isin(lineage.track_id, sorted(look.visible))
        if not keep.any():
            self.tracks.data = NOWHERE
            self.tracks.track_colors = np.zeros((1, 4))
            return
        rows = np.column_stack([lineage.track_id, lineage.frame, lineage.yx])[keep]
        there = set(np.unique(lineage.track_id[keep]).tolist())
        parents = lineage.parents.items()
        self.tracks.data = rows
        self.tracks.graph = {c: [m] for c, m in parents if c in there and m in there}
        self._colour_tracks(lineage, look)

    def _colour_tracks(self, lineage: Lineage, look: Look) -> None:
        """Give the rows that are shown their colours."""
        keep = np.ones(len(lineage), bool)
        if look.visible is not None:
            keep = np.isin(lineage.track_id, sorted(look.visible))
        if self.tracks is not None and keep.any():
            self.tracks.track_colors = look.row_rgba[keep]

    def show_preview(self, frame: int, mask_yx: NDArray[Any] | None) -> None:
        """Show what would be drawn in a frame; None: nothing."""
        data = self._preview_data
        if data is None or self.preview is None:
            return
        data.at = -1 if mask_yx is None else frame
        if mask_yx is not None:
            data.labels_yx = np.asarray(mask_yx, bool).astype(np.uint8)
        self.preview.visible = mask_yx is not None  # a hidden layer is neither read nor drawn
        if mask_yx is not None:
            self.preview.refresh(extent=False)

    def begin_brush(self, keys: Mapping[str, Callable[[Labels], object]]) -> Labels:
        """Add a layer to paint a mask in, over all frames, with some keys besides its own."""
        if self.brush is None and self.shown is not None:
            shape_yx = self.shown.shape[1:]
            scale, units = (getattr(self.labels, name)[-2:] for name in ("scale", "units"))
            colours = {None: CLEAR, 0: CLEAR, 1: PREVIEW}
            self.brush = Labels(
                np.zeros(shape_yx, np.uint8),
                name="brush",
                colormap=DirectLabelColormap(color_dict=colours),
                scale=scale,
                units=units,
            )
            self._viewer.add_layer(self.brush)
            for key, pressed in keys.items():
                bind_key(self.brush, key, pressed, f"brush {key}")
            self.brush.selected_label = 1
            self.brush.mode = "paint"
            self._viewer.layers.selection.active = self.brush
        return self.brush

    def end_brush(self) -> None:
        """Remove the layer that was painted in."""
        if self.brush is not None and self.brush in self._viewer.layers:
            self._viewer.layers.remove(self.brush)
            if self.images and self.images[0] in self._viewer.layers:
                self._viewer.layers.selection.active = self.images[0]
        self.brush = None

    def close(self) -> None:
        """Remove what was added; the movie's layers stay."""
        self.end_brush()
        for layer in (self.labels, self.tracks, self.preview):
            if layer is not None and layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        self.labels = self.tracks = self.preview = None
        self.shown, self._preview_data, self._shown_rows = None, None, None

    def _where(self) -> dict[str, Any]:
        if not self.images:
            return {}
        first = self.images[0]
        return {"scale": tuple(first.scale)[-3:], "units": tuple(first.units)[-3:]}


def bind_key(target: Any, key: str, pressed: Callable[[Any], object], name: str) -> None:
    """Bind a key to a viewer or layer, in place of what it did; napari asks what it is called."""
    named = partial(pressed)
    named.__name__ = name  # type: ignore[attr-defined]
    target.bind_key(key, named, overwrite=True)


class CellColours(DirectLabelColormap):
    """Colours by id as arrays; napari's own ways take 0.1 s for two bytes a pixel."""

    @field_validator("color_dict", mode="before")
    @classmethod
    def _validate_color_dict(cls, v: dict[int | None, Any]) -> dict[int | None, Any]:
        """Take red, green, blue and opacity as they are; napari also reads names of colours."""
        return {label: np.asarray(rgba, np.float32) for label, rgba in v.items()}

    def _map_precast(self, values: NDArray[Any], apply_selection: bool) -> NDArray[np.float32]:
        colours = self._values_mapping_to_minimum_values_set(apply_selection)[1]
        table = np.zeros((max(colours) + 1, 4), np.float32)
        table[list(colours)] = list(colours.values())
        return table[values]


def _colormap(colours: dict[int, Any]) -> DirectLabelColormap:
    return CellColours(color_dict={None: CLEAR, 0: CLEAR, **colours})
