"""Pipeline: from a movie and marks to masks, tracks, lineage and tables."""

from tracksam.pipeline.given import link_labels
from tracksam.pipeline.result import Result
from tracksam.pipeline.run import track

__all__ = ["Result", "link_labels", "track"]
