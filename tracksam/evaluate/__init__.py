"""Evaluate: a result against the truth, in the measures of the Cell Tracking Challenge.

Needs the extra ``[eval]``. The measures are those of py-ctcmetrics (Kaiser et al., BMVC 2024) and
traccuracy; what is done here is reading, matching and saying in words what was measured.
"""

from tracksam.evaluate.failures import Explanation, Failure
from tracksam.evaluate.folders import evaluate, explain, score
from tracksam.evaluate.matching import Matching, Tracked, match_frames
from tracksam.evaluate.overlap import mean_iou
from tracksam.evaluate.scores import Scores

__all__ = [
    "evaluate",
    "explain",
    "score",
    "mean_iou",
    "match_frames",
    "Explanation",
    "Failure",
    "Matching",
    "Scores",
    "Tracked",
]
