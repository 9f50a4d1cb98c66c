"""Tells screenshots from other pictures by names, folders and screens' sizes; for pictures that no camera took.

To add a system or a language: what it calls its screenshots goes into ``_NAMES`` (``_FOLDERS`` where it keeps them), a
screen's size into ``_SCREENS``.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

# What macOS, iOS, Windows, Android, GNOME and KDE write, each in the language of its person; folded as by _folded.
_NAMES = (
    "screenshot|screen shot|screen capture|screencap|bildschirmfoto|capture d'?[ée]cran|captura de pantalla|"
    "captura de tela|captura de ecrã|schermata|schermafbeelding|schermafdruk|skärmavbild|skärmbild|skærmbillede|"
    "skjermbilde|skjermdump|näyttökuva|kuvakaappaus|zrzut ekranu|snímek obrazovky|snímka obrazovky|képernyőfotó|"
    "képernyőkép|captură de ecran|snimka zaslona|ekran resmi|ekran görüntüsü|στιγμιότυπο οθόνης|снимок экрана|скриншот|"
    "знімок екрана|צילום מסך|لقطة شاشة|स्क्रीनशॉट|ảnh chụp màn hình|ảnh màn hình|tangkapan layar|cuplikan layar"
)
_WITHOUT_SPACES = "スクリーンショット|屏幕截图|屏幕快照|截屏|截图|螢幕截圖|螢幕快照|스크린샷|화면 캡처|ภาพหน้าจอ"
_LETTER = r"[^\W\d_]"
_NAMED = re.compile(rf"(?<!{_LETTER})(?:{_NAMES})(?!{_LETTER})|{_WITHOUT_SPACES}")

_FOLDERS = re.compile(
    "screenshots?|screen shots|screen captures|bildschirmfotos|captures d'écran|capturas de pantalla|capturas de tela|"
    "capturas de ecrã|schermate|schermafbeeldingen|skärmavbilder|skärmbilder|skærmbilleder|skjermbilder|näyttökuvat|"
    f"zrzuty ekranu|snímky obrazovky|képernyőképek|ekran görüntüleri|снимки экрана|скриншоты|{_WITHOUT_SPACES}"
)

# The shorter edge first. Left out is what pictures that are no screenshots have as well: video's sizes (1280×720,
# 1920×1080, 3840×2160), 4:3 (1024×768, 2048×1536), and those of desktop screens, in which wallpapers come; screenshots
# of desktops have their system's name anyway.
_IPHONES = (
    "640x1136 750x1334 828x1792 1125x2436 1170x2532 1179x2556 1206x2622 1242x2208 1242x2688 1260x2736 1284x2778 "
    "1290x2796 1320x2868"
)
_IPADS = "1488x2266 1620x2160 1640x2360 1668x2224 1668x2388 1668x2420 2048x2732 2064x2752"
_ANDROIDS = (
    "720x1480 720x1520 720x1544 720x1560 720x1600 720x1612 1008x2244 1080x2160 1080x2220 1080x2244 1080x2248 "
    "1080x2280 1080x2310 1080x2312 1080x2316 1080x2340 1080x2376 1080x2400 1080x2404 1080x2408 1080x2412 1080x2424 "
    "1080x2460 1080x2520 1116x2480 1176x2400 1200x2640 1216x2688 1220x2712 1224x2700 1240x2772 1260x2800 1264x2780 "
    "1280x2856 1312x2848 1344x2992 1440x2880 1440x2960 1440x3040 1440x3088 1440x3120 1440x3168 1440x3200 1440x3216 "
    "1752x2800 1812x2176 1848x2960 1968x2184 2076x2152"
)
_MACBOOKS = "1664x2560 1864x2880 1964x3024 2234x3456"
"""Those with a notch."""
_SCREENS = frozenset(
    (int(shorter), int(longer))
    for shorter, _, longer in (
        size.partition("x") for sizes in (_IPHONES, _IPADS, _ANDROIDS, _MACBOOKS) for size in sizes.split()
    )
)
_OF_SYSTEMS = frozenset({"PNG", "HEIF"})
"""In which systems write screenshots that may have lost their name; a JPEG of a screen's size is also a wallpaper."""


def is_screenshot(path: Path, file_format: str, size_px: tuple[int, int]) -> bool:
    """Whether a picture that no camera took is a screenshot.

    Args:
        path: its name, and that of the folder that it lies in, are looked at.
        file_format: as ``opening.Source`` names it.
        size_px: width and height of the original.
    """
    if _NAMED.search(_folded(path.stem)) or _FOLDERS.fullmatch(_folded(path.parent.name)):
        return True
    return file_format in _OF_SYSTEMS and (min(size_px), max(size_px)) in _SCREENS


def _folded(name: str) -> str:
    """Composed, without case, one sort of apostrophe and space; "Screenshot_2023-01" has its words apart."""
    text = unicodedata.normalize("NFC", name).casefold().replace("\u2019", "'")
    return re.sub(r"[\s_-]+", " ", text).strip()
