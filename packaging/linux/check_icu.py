"""Proves that the built program's ICU still does what Qt's core asks of it: check_icu.py FOLDER (see icu_data.py)."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

ORDERS = {
    "de": ("Apfel", "Öl", "Zebra"),
    "sv": ("Apfel", "Zebra", "Öl"),
    "cs": ("cena", "hora", "chata", "iva"),
    "ja": ("あい", "いえ", "うみ"),
}
"""Words as each language sorts them."""
ENCODINGS = {"windows-1251": "Кот", "Shift_JIS": "ねこ", "Big5": "貓", "EUC-KR": "고양이", "GB18030": "猫"}
ZONES = {"US/Pacific": "America/Los_Angeles", "Asia/Calcutta": "Asia/Calcutta"}


class Icu:
    """The functions of ICU that Qt's core imports, through ctypes."""

    def __init__(self, libraries: Path) -> None:
        data, *code = (next(libraries.glob(f"libicu{part}.so.*")) for part in ("data", "uc", "i18n"))
        self._version = data.name.rpartition(".")[2]
        self._parts = [ctypes.CDLL(str(file), mode=ctypes.RTLD_GLOBAL) for file in (data, *code)][1:]

    def call(self, name: str, *values: object, returns: type | None = ctypes.c_int32) -> object:
        """What it returns; its last parameter, the error, is added here.

        Raises:
            OSError: ICU failed, or made do with another language's rules than the nearest.
        """
        versioned = f"{name}_{self._version}"
        function = next(getattr(part, versioned) for part in self._parts if hasattr(part, versioned))
        function.restype = returns
        error = ctypes.c_int(0)
        told = function(*values, ctypes.byref(error))
        if error.value > 0:
            raise OSError(f"{name}{values}: ICU's error {error.value}")
        return told

    def compares(self, language: str, first: str, second: str) -> int:
        collator = ctypes.c_void_p(self.call("ucol_open", language.encode(), returns=ctypes.c_void_p))
        texts = [text.encode("utf-16-le") for text in (first, second)]
        sized = [part for text in texts for part in (text, ctypes.c_int32(len(text) // 2))]
        return int(self.call("ucol_strcoll", collator, *sized))

    def encoded(self, encoding: str, text: str) -> bytes:
        converter = ctypes.c_void_p(self.call("ucnv_open", encoding.encode(), returns=ctypes.c_void_p))
        room = ctypes.create_string_buffer(64)
        utf16 = text.encode("utf-16-le")
        size = self.call("ucnv_fromUChars", converter, room, ctypes.c_int32(64), utf16, ctypes.c_int32(len(utf16) // 2))
        return room.raw[: int(size)]

    def canonical_zone(self, zone: str) -> str:
        room = ctypes.create_string_buffer(128)
        utf16 = zone.encode("utf-16-le") + b"\0\0"
        size = self.call("ucal_getCanonicalTimeZoneID", utf16, ctypes.c_int32(-1), room, ctypes.c_int32(64), None)
        return room.raw[: 2 * int(size)].decode("utf-16-le")


def faults(icu: Icu) -> Iterator[str]:
    """What it does not do."""
    for language, words in ORDERS.items():
        for first, second in pairwise(words):
            if icu.compares(language, first, second) != -1:
                yield f"{language} does not sort {first} before {second}"
    for encoding, text in ENCODINGS.items():
        if icu.encoded(encoding, text) != text.encode(encoding):
            yield f"{encoding} does not write {text}"
    for zone, canonical in ZONES.items():
        if icu.canonical_zone(zone) != canonical:
            yield f"{zone} is not known"


def main(folder: Path) -> int:
    """0 if all is there; else says what is not."""
    found = list(_until_it_fails(lambda: faults(Icu(next(folder.rglob("libicudata.so.*")).parent))))
    sys.stdout.write(f"{'BROKEN ' if found else 'ok     '} ICU: sorting, encodings, time zones\n")
    sys.stdout.writelines(f"        {fault}\n" for fault in found)
    return 1 if found else 0


def _until_it_fails(act: Callable[[], Iterator[str]]) -> Iterator[str]:
    try:
        yield from act()
    except OSError as error:
        yield str(error)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
