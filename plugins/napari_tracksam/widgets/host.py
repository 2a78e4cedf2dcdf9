"""Host: what a session needs of Qt, once for each window."""

from __future__ import annotations

from napari.utils.notifications import show_error, show_info, show_warning
from qtpy.QtCore import QObject, Qt, Signal
from qtpy.QtWidgets import QApplication, QMainWindow

from napari_tracksam.notice import Notice
from napari_tracksam.session import Session

_SHOW = {"info": show_info, "warning": show_warning, "error": show_error}


class Host(QObject):
    """Lets a session's threads wake the event loop, shows notices, and closes the session.

    A signal that is emitted in another thread and connected with a queue is delivered by the main
    thread's event loop.
    """

    woken = Signal()

    def __init__(self, session: Session, window: QMainWindow) -> None:
        super().__init__(window)
        self._session = session
        self._is_closed = False
        self.woken.connect(self._poll, Qt.ConnectionType.QueuedConnection)
        session.wake = self.woken.emit
        session.events.notice.connect(show_notice)
        self.destroyed.connect(self._close)
        QApplication.instance().aboutToQuit.connect(self._close)

    def _poll(self) -> None:
        self._session.poll()

    def _close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._session.close()


def host(session: Session) -> None:
    """Give a session its host, unless its window has one."""
    window = session.viewer.window._qt_window
    if window.findChild(Host) is None:
        Host(session, window)


def show_notice(notice: Notice) -> None:
    """Show a sentence as a notification of napari, never as a modal dialog."""
    _SHOW[notice.level](notice.text)
