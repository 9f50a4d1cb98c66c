"""Starts the window: checks what Qt needs, opens the library, says what stands in the way, runs until it closes.

Nothing of Qt is imported before the check, so that a missing system library ends in a sentence.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app import APP_ID, APP_NAME, __version__, paths, settings, startup
from app.ui import qt_check

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from app.library.library import Library
    from app.settings import Settings

OpenLibrary = Callable[[], "Library"]
SWITCH_INTERVAL_S = 0.001
"""A Python thread that computes gives way to the GUI thread this often, instead of every 5 ms."""


def main(words: Sequence[str]) -> int:
    """Open the window on the default library, or on ``--library DIR``; take the named folders in."""
    options = _parser().parse_args(list(words))
    startup.start_log(paths.log_folder())
    missing = qt_check.missing()
    if missing is not None:
        sys.stderr.write(f"{missing}\n")
        return 1
    root = Path(os.path.realpath(options.library or paths.default_library()))
    chosen = settings.load(paths.settings_file())
    opener = partial(startup.library_opener, root=root)
    return run(opener, chosen, [folder.absolute() for folder in options.folders])


def run(open_with: Callable[[Settings], OpenLibrary], chosen: Settings, folders: list[Path]) -> int:
    """Run the window until it closes.

    Args:
        open_with: settings → the opener of a library; raises ModelUnusable.
        chosen: the settings as they were left.
        folders: taken in at once.

    Returns:
        The exit code.
    """
    from app.ui.opening import open_library

    app = _make_application()
    opened = open_library(open_with, chosen)
    if opened is None:
        return 1
    from app.ui.main_window import MainWindow

    window = MainWindow(
        opened.library,
        opened.open_library,
        chosen,
        save_settings=_save_settings,
        reopen=open_with,
    )
    _heed_ctrl_c(window.close_unasked)
    window.show()
    _when_visible(lambda: window.start(folders))
    code = int(app.exec())
    startup.close_library(window.library)
    if not window.has_quit_cleanly:
        # A thread is still inside a decoder or a model; tearing Qt down under it would crash.
        os._exit(code)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="oriel", description="Opens Oriel's window.")
    parser.add_argument("--library", type=Path, metavar="DIR", help="the library's folder (default: your own)")
    parser.add_argument("--version", action="version", version=f"{APP_NAME} {__version__}")
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="taken into the library at once")
    return parser


def _make_application() -> QApplication:
    from PySide6.QtCore import QLocale
    from PySide6.QtWidgets import QApplication

    from app.ui.theme import app_icon, apply_theme

    sys.setswitchinterval(SWITCH_INTERVAL_S)
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication([APP_NAME.lower()])
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


def _heed_ctrl_c(close: Callable[[], object]) -> None:
    """Ctrl+C in the terminal that started the window closes it, without a question.

    Python runs the handler at its next turn, which the window's own timers give it within half a second.
    """
    signal.signal(signal.SIGINT, lambda *_: close())


def _when_visible(act: Callable[[], None]) -> None:
    """After the first frame: whatever starts now can't delay it."""
    from PySide6.QtCore import QTimer

    QTimer.singleShot(50, act)


def _save_settings(changed: Settings) -> None:
    import logging

    try:
        settings.save(changed, paths.settings_file())
    except OSError:
        logging.getLogger(__name__).exception("The settings could not be kept")
