"""Oriel's colours, fonts, icons and style sheet, in the dark or light scheme that the system has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Literal, cast

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication

Scheme = Literal["system", "dark", "light"]
FontRole = Literal["body", "small", "section", "heading", "title"]

_FALLBACK_FAMILIES = ("Inter", "Noto Sans", "Cantarell", "DejaVu Sans")
"""In this order where the desktop names no font of its own."""
_FONTS: dict[FontRole, tuple[int, int]] = {
    "body": (13, 400),
    "small": (11, 400),
    "section": (11, 600),
    "heading": (15, 600),
    "title": (22, 600),
}
"""Size in pixels and weight."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The colours of one scheme, as "#rrggbb".

    To add a token: 1. a field here; 2. its value in DARK and LIGHT; 3. use it as ``$name`` in
    resources/style.qss or as ``colour("name")`` in a paint event.
    """

    background: str
    panel: str
    raised: str
    hairline: str
    text_1: str
    text_2: str
    text_3: str
    accent: str
    on_accent: str
    selected: str
    chip: str
    hover: str
    danger: str
    placeholder: str
    scroll: str
    stage: str
    """Behind the one photo of the viewer."""


DARK = Tokens(
    background="#17181a",
    panel="#1c1d20",
    raised="#26282c",
    hairline="#303237",
    text_1="#ececee",
    text_2="#a4a7ad",
    text_3="#74787f",
    accent="#6a9bff",
    on_accent="#0d1422",
    selected="#2d3138",
    chip="#30333a",
    hover="#24262b",
    danger="#ff7b72",
    placeholder="#222428",
    scroll="#3d4048",
    stage="#0e0f10",
)
LIGHT = Tokens(
    background="#ffffff",
    panel="#f5f5f6",
    raised="#ffffff",
    hairline="#e3e4e7",
    text_1="#1c1d20",
    text_2="#5e6269",
    text_3="#8d9198",
    accent="#2f6fed",
    on_accent="#ffffff",
    selected="#e7e9ee",
    chip="#eceef2",
    hover="#eeeff1",
    danger="#c92a2a",
    placeholder="#eeeff1",
    scroll="#d2d5da",
    stage="#f5f5f6",
)


class Theme(QObject):
    """Tells whoever paints for itself that ``tokens()`` are others now; there is one, from ``theme()``."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tokens = LIGHT
        self.resources = Path()
        self.wish: Scheme = "system"
        self.fonts: dict[FontRole, QFont] = {}
        self.pictures: dict[tuple[str, int, str, bool], QPixmap] = {}
        """By name, edge in pixels, colour, and whether it is filled."""
        self._following: QApplication | None = None

    def follow(self, app: QApplication) -> None:
        """Listen to the system's scheme, once."""
        if self._following is not app:
            app.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)
            self._following = app

    def put_on(self, app: QApplication) -> None:
        """Dress ``app`` in the scheme that is wished for now."""
        self.tokens = _wished_tokens(app, self.wish)
        self.fonts.clear()
        app.setPalette(_palette(self.tokens))
        app.setStyleSheet(_style_sheet(self.tokens, self.resources))
        self.changed.emit()

    def _on_scheme_changed(self) -> None:
        if self._following is not None and self.tokens is not _wished_tokens(self._following, self.wish):
            self.put_on(self._following)


_theme: Theme | None = None


def theme() -> Theme:
    """The one Theme; its ``changed`` follows every change of scheme."""
    global _theme  # noqa: PLW0603 - made on first use, because a QObject belongs to the thread that makes it
    if _theme is None:
        _theme = Theme()
    return _theme


def apply_theme(app: QApplication, resources: Path, scheme: Scheme = "system") -> None:
    """Dress the whole application, and dress it anew when the system changes between dark and light.

    Args:
        app: the application, before its first window is shown.
        resources: the folder that holds ``style.qss`` and ``icons/``.
        scheme: follow the system, or stay dark or light.
    """
    now = theme()
    now.resources = resources
    now.wish = scheme
    app.setStyle("Fusion")  # the only style that heeds palette and style sheet alike on all three systems
    app.setFont(font("body"))
    now.follow(app)
    now.put_on(app)


def set_scheme(app: QApplication, scheme: Scheme) -> None:
    """Follow the system, or stay dark or light whatever it does."""
    now = theme()
    now.wish = scheme
    wanted = {"system": Qt.ColorScheme.Unknown, "dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light}
    app.styleHints().setColorScheme(wanted[scheme])  # title bars and the system's own dialogs
    if now.tokens is not _wished_tokens(app, scheme):  # dressing everything anew takes a third of a second
        now.put_on(app)


def follow_setting(name: str) -> None:
    """Dress the program as the settings say: "dark", "light", or else as the system."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    set_scheme(app, cast(Scheme, name) if name in ("dark", "light") else "system")


def tokens() -> Tokens:
    """The colours of the scheme that is shown now."""
    return theme().tokens


def colour(token: str, opacity: float = 1.0) -> QColor:
    """A token as a QColor. ``opacity`` is 0 to 1."""
    found = QColor(cast(str, getattr(tokens(), token)))
    found.setAlphaF(opacity)
    return found


def font(role: FontRole = "body") -> QFont:
    """The system's interface font in one of our sizes, with figures of equal width."""
    fonts = theme().fonts
    if role not in fonts:
        fonts[role] = _made_font(*_FONTS[role])
    return QFont(fonts[role])


def icon(name: str, *, size_px: int = 16, colour: str = "text_2", is_filled: bool = False) -> QIcon:
    """A Lucide icon in a token's colour; chosen or checked in the accent, disabled in the third text colour.

    The icon keeps its colours: whoever shows it for long uses ``keep_icon`` or asks again at each change.
    """
    made = QIcon()
    states = (
        (QIcon.Mode.Normal, QIcon.State.Off, colour),
        (QIcon.Mode.Normal, QIcon.State.On, "accent"),
        (QIcon.Mode.Selected, QIcon.State.Off, "accent" if colour == "text_2" else colour),
        (QIcon.Mode.Disabled, QIcon.State.Off, "text_3"),
    )
    for ratio in _pixel_ratios():
        for mode, state, token in states:
            made.addPixmap(picture(name, size_px, token, ratio=ratio, is_filled=is_filled), mode, state)
    return made


def picture(name: str, size_px: int, token: str = "text_2", *, ratio: float = 1, is_filled: bool = False) -> QPixmap:
    """An icon as a pixmap in a token's colour or, where ``token`` begins with "#", in that colour."""
    shade = token if token.startswith("#") else cast(str, getattr(tokens(), token))
    edge = round(size_px * ratio)
    key = (name, edge, shade, is_filled)
    if key not in theme().pictures:
        theme().pictures[key] = _draw_icon(_recoloured(name, shade, is_filled), edge)
    drawn = QPixmap(theme().pictures[key])
    drawn.setDevicePixelRatio(edge / size_px)
    return drawn


def keep_icon(
    target: QAbstractButton | QAction,
    name: str,
    *,
    size_px: int = 16,
    colour: str = "text_2",
    is_filled: bool = False,
) -> None:
    """Set an icon now and again at every change of scheme, for as long as ``target`` lives."""

    def remake() -> QIcon:
        return icon(name, size_px=size_px, colour=colour, is_filled=is_filled)

    for former in target.findChildren(_IconKeeper, options=Qt.FindChildOption.FindDirectChildrenOnly):
        former.let_go()
    _IconKeeper(target, remake)
    if isinstance(target, QAbstractButton):
        target.setIconSize(QSize(size_px, size_px))


def app_icon() -> QIcon:
    """The mark on its tile, for the window's frame and the system's task bar."""
    made = QIcon()
    drawing = (theme().resources / "icons" / "oriel.svg").read_bytes()
    for edge in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(_draw_icon(drawing, edge))
    return made


class _IconKeeper(QObject):
    """Re-makes the icon of its parent."""

    def __init__(self, target: QAbstractButton | QAction, remake: Callable[[], QIcon]) -> None:
        super().__init__(target)
        self._target, self._remake = target, remake
        theme().changed.connect(self._on_changed)
        self._on_changed()

    def let_go(self) -> None:
        theme().changed.disconnect(self._on_changed)
        self.setParent(None)
        self.deleteLater()

    def _on_changed(self) -> None:
        self._target.setIcon(self._remake())


def _pixel_ratios() -> set[float]:
    """Of the screens that are there; on one that is added later, Qt scales the sharpest of these."""
    return {1.0, *(screen.devicePixelRatio() for screen in QGuiApplication.screens())}


def _wished_tokens(app: QApplication, wish: Scheme) -> Tokens:
    if wish == "system":
        return DARK if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT
    return DARK if wish == "dark" else LIGHT


def _made_font(size_px: int, weight: int) -> QFont:
    made = QFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont))
    if made.family().lower() in {"sans", "sans serif", "sans-serif", "helvetica", ""}:
        made.setFamilies([f for f in _FALLBACK_FAMILIES if QFontDatabase.hasFamily(f)] or [made.family()])
    made.setPixelSize(size_px)
    made.setWeight(QFont.Weight(weight))
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


@cache
def _drawing(resources: Path, name: str) -> str:
    return (resources / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def _recoloured(name: str, shade: str, is_filled: bool) -> bytes:
    drawing = _drawing(theme().resources, name)
    if is_filled:
        drawing = drawing.replace('fill="none"', 'fill="currentColor"', 1)
    return drawing.replace("currentColor", shade).encode()


def _draw_icon(drawing: bytes, edge: int) -> QPixmap:
    drawn = QPixmap(edge, edge)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    QSvgRenderer(QByteArray(drawing)).render(painter, QRectF(0, 0, edge, edge))
    painter.end()
    return drawn


def _style_sheet(colours: Tokens, resources: Path) -> str:
    template = Template((resources / "style.qss").read_text(encoding="utf-8"))
    return template.substitute(asdict(colours), icons=(resources / "icons").as_posix())


def _palette(colours: Tokens) -> QPalette:
    roles = {
        QPalette.ColorRole.Window: colours.background,
        QPalette.ColorRole.Base: colours.background,
        QPalette.ColorRole.AlternateBase: colours.panel,
        QPalette.ColorRole.Button: colours.raised,
        QPalette.ColorRole.ToolTipBase: colours.raised,
        QPalette.ColorRole.Highlight: colours.accent,
        QPalette.ColorRole.Accent: colours.accent,
        QPalette.ColorRole.HighlightedText: colours.on_accent,
        QPalette.ColorRole.Link: colours.accent,
        QPalette.ColorRole.PlaceholderText: colours.text_3,
        QPalette.ColorRole.WindowText: colours.text_1,
        QPalette.ColorRole.Text: colours.text_1,
        QPalette.ColorRole.ButtonText: colours.text_1,
        QPalette.ColorRole.ToolTipText: colours.text_1,
    }
    made = QPalette()
    for role, shade in roles.items():
        made.setColor(role, QColor(shade))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.text_3))
    return made
