"""Batches: many movies, on one machine or a cluster; what is done stays done."""

from tracksam.batching.cluster import Cluster
from tracksam.batching.entry import Entry
from tracksam.batching.manifest import read_manifest
from tracksam.batching.outcome import Outcome
from tracksam.batching.run import BatchProgress, BatchResult, batch

__all__ = [
    "BatchProgress",
    "BatchResult",
    "Cluster",
    "Entry",
    "Outcome",
    "batch",
    "read_manifest",
]
