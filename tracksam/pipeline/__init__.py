"""Pipeline: from a movie and marks to masks, tracks, lineage and tables."""

from tracksam.pipeline.given import link_labels
from tracksam.pipeline.preview import Preview
from tracksam.pipeline.project import Project
from tracksam.pipeline.result import Result
from tracksam.pipeline.retrack import Order, retrack
from tracksam.pipeline.run import track
from tracksam.steps import edit

__all__ = [
    "Order",
    "Preview",
    "Project",
    "Result",
    "edit",
    "link_labels",
    "retrack",
    "track",
]
