"""Starts the window: checks what Qt needs, opens the library, says what stands in the way, runs until it closes.

Nothing of Qt is imported before the check, so that a missing system library ends in a sentence.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app import APP_ID, APP_NAME, __version__, logs, paths, settings
from app.ui import one_window, qt_check
from app.ui.one_window import Message, Outcome

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from app.library.library import Library
    from app.settings import Settings
    from app.ui.arriving import Arrivals
    from app.ui.main_window import MainWindow

OpenLibrary = Callable[[], "Library"]
SWITCH_INTERVAL_S = 0.001
"""A Python thread that computes gives way to the GUI thread this often, instead of every 5 ms."""


def main(words: Sequence[str]) -> int:
    """Open the window on the default library, or on ``--library DIR``; take the named folders and photos in.

    Where that library's window is open already, it is handed the paths instead. Returns the exit code.
    """
    options = _parser().parse_args(list(words))
    logs.start_log(paths.log_folder())
    with logs.CrashLog(paths.log_folder()) as crash_log:
        logs.log_exceptions()
        given = [Path(os.path.abspath(path)) for path in options.paths]  # noqa: PTH100 - links stay links
        _tell_missing(given)
        root = Path(os.path.realpath(options.library or paths.default_library()))
        claim = one_window.claim(root, Message(tuple(given), one_window.activation_token()))
        if claim.outcome is Outcome.HANDED_OVER:
            return 0
        if claim.outcome is Outcome.NO_ANSWER:
            return _tell_of_no_answer()
        try:
            return _open_window(root, given, crash_log)
        finally:
            claim.release()


def _open_window(root: Path, given: list[Path], crash_log: logs.CrashLog) -> int:
    missing = qt_check.missing()
    if missing is not None:
        sys.stderr.write(f"{missing}\n")
        return 1
    from app import startup

    chosen = settings.load(paths.settings_file())
    opener = partial(startup.library_opener, root=root, models=startup.Models())
    return run(opener, chosen, given, root=root, crash_log=crash_log)


def run(
    open_with: Callable[[Settings], OpenLibrary],
    chosen: Settings,
    given: list[Path],
    *,
    root: Path,
    crash_log: logs.CrashLog,
) -> int:
    """Run the window until it closes.

    Args:
        open_with: settings → the opener of a library; raises ModelUnusable.
        chosen: the settings as they were left.
        given: folders and photos to take in at once.
        root: the library's folder, whose later starts hand over to this window.
        crash_log: ends with the window.

    Returns:
        The exit code.
    """
    app = _make_application()
    _log_qt(crash_log)
    arrivals = _listen(app, root)
    from app import startup
    from app.ui.opening import open_library

    opened = open_library(open_with, chosen)
    if opened is None:
        arrivals.close()
        return 1
    from app.ui.main_window import MainWindow

    file = settings.SettingsFile(paths.settings_file(), chosen)
    window = MainWindow(
        opened.library,
        opened.open_library,
        chosen,
        save_settings=partial(_save_settings, file),
        chosen_elsewhere=file.chosen_elsewhere,
        reopen=open_with,
    )
    _heed_ctrl_c(window.close_unasked)
    window.show()
    app.lastWindowClosed.connect(arrivals.close)
    _when_visible(lambda: _start(window, given, arrivals, crash_log))
    code = int(app.exec())
    arrivals.close()
    startup.close_for_good(window.library)
    if not window.has_quit_cleanly:
        # A thread is still inside a decoder or a model; tearing Qt down under it would crash.
        crash_log.end()
        os._exit(code)
    _log_qt(None)
    return code


def _start(window: MainWindow, given: list[Path], arrivals: Arrivals, crash_log: logs.CrashLog) -> None:
    from app.ui.arriving import bring_forward

    def take(message: Message) -> None:
        bring_forward(window, message.token)
        window.take(list(message.paths))

    window.start(given)
    arrivals.deliver_to(take)
    crash = crash_log.take_earlier()
    if crash is not None:
        window.tell_of_crash(crash)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="oriel", description="Opens Oriel's window.")
    parser.add_argument("--library", type=Path, metavar="DIR", help="the library's folder (default: your own)")
    parser.add_argument("--version", action="version", version=f"{APP_NAME} {__version__}")
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="a folder is taken in; a photo of the library is shown"
    )
    return parser


def _tell_missing(given: Sequence[Path]) -> None:
    """In the terminal, if the program was started in one; the window says it too."""
    for path in given:
        if not os.path.lexists(path):
            sys.stderr.write(f"There is nothing at {path}. Was it moved, or is its drive unplugged?\n")


def _tell_of_no_answer() -> int:
    told = (
        "Oriel is already open on this library, but its window does not answer. "
        "It may be busy: try again in a moment. If it stays like that, end that Oriel first."
    )
    sys.stderr.write(f"{told}\n")
    if qt_check.missing() is None:
        from PySide6.QtWidgets import QMessageBox

        _make_application()
        box = QMessageBox(QMessageBox.Icon.Warning, APP_NAME, told)
        box.exec()
    return 1


def _make_application() -> QApplication:
    from PySide6.QtCore import QLocale
    from PySide6.QtWidgets import QApplication

    from app.ui.arriving import Application
    from app.ui.theme import app_icon, apply_theme

    sys.setswitchinterval(SWITCH_INTERVAL_S)
    _name_for_taskbar()
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else Application([APP_NAME.lower()])
    if QLocale().language() == QLocale.Language.C:
        QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    app.setApplicationName(APP_NAME)
    app.setApplicationDisplayName(APP_NAME)
    app.setApplicationVersion(__version__)
    app.setDesktopFileName(APP_ID)
    apply_theme(app, paths.resource())
    app.setWindowIcon(app_icon())
    _hold_mutex()
    return app


def _hold_mutex() -> None:
    """Windows' installer asks to close Oriel while this exists; the system takes it away with the process."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.kernel32.CreateMutexW(None, False, APP_ID)


def _name_for_taskbar() -> None:
    """Windows groups windows by this name, and would else show Python's; before the first window."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID(APP_ID)


def _listen(app: QApplication, root: Path) -> Arrivals:
    from app.ui.arriving import Application, Arrivals

    arrivals = Arrivals(app)
    arrivals.listen(one_window.addresses(root))
    if isinstance(app, Application):
        app.file_opened.connect(arrivals.on_file_opened)
    return arrivals


def _log_qt(crash_log: logs.CrashLog | None) -> None:
    """What Qt complains about goes to the log, its last words before it aborts to the crash log; None: as before."""
    from PySide6.QtCore import QtMsgType, qInstallMessageHandler

    if crash_log is None:
        qInstallMessageHandler(None)
        return
    levels = {QtMsgType.QtWarningMsg: logging.WARNING, QtMsgType.QtCriticalMsg: logging.ERROR}
    levels[QtMsgType.QtFatalMsg] = logging.CRITICAL

    def on_message(kind: QtMsgType, _: object, text: str | None) -> None:
        logging.getLogger("qt").log(levels.get(kind, logging.DEBUG), "%s", text)
        if kind is QtMsgType.QtFatalMsg:
            crash_log.write(f"Qt: {text}")
        if sys.stderr is not None and levels.get(kind):
            sys.stderr.write(f"{text}\n")

    qInstallMessageHandler(on_message)


def _heed_ctrl_c(close: Callable[[], object]) -> None:
    """Ctrl+C in the terminal that started the window closes it, without a question.

    Python runs the handler at its next turn, which the window's own timers give it within half a second.
    """
    signal.signal(signal.SIGINT, lambda *_: close())


def _when_visible(act: Callable[[], None]) -> None:
    """After the first frame: whatever starts now can't delay it."""
    from PySide6.QtCore import QTimer

    QTimer.singleShot(50, act)


def _save_settings(file: settings.SettingsFile, changed: Settings) -> None:
    try:
        file.save(changed)
    except OSError:
        logging.getLogger(__name__).exception("The settings could not be kept")
