"""The card that the empty dock shows: how to begin."""

from __future__ import annotations

from functools import partial

from qtpy.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout

from napari_tracksam.session import Session

TEXT = (
    "<b>First steps</b><ol style='margin-left: -18px'>"
    "<li>Open a movie: drop a file on the window, or take a sample.</li>"
    "<li>Press <b>Begin</b> beside its layer.</li>"
    "<li><b>Mark cells</b>: click a few cells, and accept each outline. Skip this to track all of "
    "them.</li>"
    "<li>Press <b>Track marked cells</b> or <b>Track all cells</b>.</li>"
    "<li>Go through the doubtful places with <b>Next</b>, and mend what is wrong. Every step can "
    "be undone, and is saved at once.</li></ol>"
)
SAMPLES = {"nuclei": "Sample: nuclei", "phase": "Sample: cells in phase contrast"}


class FirstSteps(QFrame):
    """Says what to do first, with buttons for it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._session = session
        text = QLabel(TEXT)
        text.setWordWrap(True)
        box = QVBoxLayout(self)
        box.addWidget(text)
        self.samples = {}
        for name, title in SAMPLES.items():
            button = QPushButton(title)
            button.setToolTip("Open a small simulated movie that comes with tracksam.")
            button.clicked.connect(partial(self._open, name))
            box.addWidget(button)
            self.samples[name] = button

    def _open(self, name: str, *_: object) -> None:
        self._session.attempt(partial(self._session.viewer.open_sample, "tracksam", name))
