"""What a run looks like: pictures as arrays and pages as text; nothing here writes a file."""

from tracksam.report.film import overlay_frames
from tracksam.report.page import Findings, report_page
from tracksam.report.picture import overview, thinned

__all__ = ["Findings", "overlay_frames", "overview", "report_page", "thinned"]
