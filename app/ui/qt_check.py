"""Finds out, before Qt would abort the process, whether a window can open, and which package is missing if not."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import os
import re
import socket
import sys
from pathlib import Path

_PACKAGES = {
    "libEGL": ("libegl1", "libglvnd-egl"),
    "libGL": ("libgl1", "libglvnd-glx"),
    "libOpenGL": ("libopengl0", "libglvnd-opengl"),
    "libxkbcommon-x11": ("libxkbcommon-x11-0", "libxkbcommon-x11"),
    "libxkbcommon": ("libxkbcommon0", "libxkbcommon"),
    "libxcb-cursor": ("libxcb-cursor0", "xcb-util-cursor"),
    "libxcb-icccm": ("libxcb-icccm4", "xcb-util-wm"),
    "libxcb-image": ("libxcb-image0", "xcb-util-image"),
    "libxcb-keysyms": ("libxcb-keysyms1", "xcb-util-keysyms"),
    "libxcb-render-util": ("libxcb-render-util0", "xcb-util-renderutil"),
    "libxcb-util": ("libxcb-util1", "xcb-util"),
    "libxcb": ("libxcb1", "libxcb"),
    "libX11-xcb": ("libx11-xcb1", "libX11-xcb"),
    "libX11": ("libx11-6", "libX11"),
    "libfontconfig": ("libfontconfig1", "fontconfig"),
    "libfreetype": ("libfreetype6", "freetype"),
    "libdbus-1": ("libdbus-1-3", "dbus-libs"),
    "libglib-2.0": ("libglib2.0-0", "glib2"),
    "libwayland-client": ("libwayland-client0", "libwayland-client"),
    "libwayland-cursor": ("libwayland-cursor0", "libwayland-cursor"),
}
"""The beginning of a library's name → its package on Debian and on Fedora."""
_WINDOWLESS = ("offscreen", "minimal", "minimalegl", "vnc", "linuxfb", "eglfs")
_NEXT = "The terminal program works without a window: oriel --help"


def missing() -> str | None:
    """What keeps a window from opening, as a sentence with the next step; None where nothing does."""
    try:
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        return _told(str(error))
    if not sys.platform.startswith("linux"):
        return None
    wanted = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if wanted in _WINDOWLESS:
        return None
    return _missing_platform(wanted)


def _missing_platform(wanted: str) -> str | None:
    has_wayland = bool(os.environ.get("WAYLAND_DISPLAY")) and wanted != "xcb"
    has_x = bool(os.environ.get("DISPLAY")) and not wanted.startswith("wayland")
    if not has_wayland and not has_x:
        return (
            f"Oriel's window needs a display, and there is none here (DISPLAY and WAYLAND_DISPLAY are empty).\n{_NEXT}"
        )
    if has_wayland and _load_error("libqwayland*.so") is None:
        if _has_wayland_server():
            return None
        if not has_x:
            return _unreachable(os.environ.get("WAYLAND_DISPLAY", ""))
    if not has_x:
        return _told(_load_error("libqwayland*.so") or "")
    problem = _load_error("libqxcb.so")
    if problem is not None:
        return _told(problem)
    if not _has_x_server():
        return _unreachable(os.environ.get("DISPLAY", ""))
    return None


def _unreachable(display: str) -> str:
    return f"Oriel's window can't reach the display {display}. Is its server running, and may you use it?\n{_NEXT}"


def _load_error(pattern: str) -> str | None:
    """Why Qt's plugin can't be loaded; None where it can (or is not where it is usually found)."""
    spec = importlib.util.find_spec("PySide6")
    places = spec.submodule_search_locations if spec is not None else None
    plugins = [path for place in places or () for path in Path(place).glob(f"Qt/plugins/platforms/{pattern}")]
    problem = None
    for plugin in sorted(plugins):
        try:
            ctypes.CDLL(str(plugin))
        except OSError as error:
            problem = str(error)
        else:
            return None
    return problem


def _has_wayland_server() -> bool:
    """Ask for a connection as the plugin would; without one Qt aborts the process."""
    place = Path(os.environ.get("XDG_RUNTIME_DIR", "/")) / os.environ.get("WAYLAND_DISPLAY", "")
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
            server.connect(str(place))
    except OSError:
        return False
    return True


def _has_x_server() -> bool:
    """Ask for a connection as the plugin would; it aborts the process where there is none."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # the plugin brings its own; let it speak
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    has_error = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not has_error


def _told(problem: str) -> str:
    """Name the package that brings the library which the loader did not find."""
    found = re.search(r"(lib[\w.+-]+?)\.so", problem)
    name = found.group(1) if found else ""
    for beginning, (debian, fedora) in _PACKAGES.items():
        if name == beginning or (name.startswith(beginning) and not name[len(beginning) :][:1].isalpha()):
            return (
                f"Oriel's window needs the system library {name}, which is not installed.\n"
                f"Debian, Ubuntu: sudo apt install {debian}\nFedora: sudo dnf install {fedora}\n{_NEXT}"
            )
    return f"Oriel's window can't open: {problem}\n{_NEXT}"
