"""A key under which names sort as people expect: "file2" before "file10", whatever the case and the accents."""

from __future__ import annotations

import re
import unicodedata

_DIGITS = re.compile(r"[0-9]+")


def natural_key(name: str) -> str:
    """Text that sorts by code point as ``name`` sorts for people."""
    if name.isascii():
        return _DIGITS.sub(_padded, name.lower())
    plain = unicodedata.normalize("NFKD", name).casefold()
    without_accents = "".join(letter for letter in plain if unicodedata.category(letter) != "Mn")
    return _DIGITS.sub(_padded, without_accents)


def _padded(digits: re.Match[str]) -> str:
    """The number of digits stands before them, so that a longer number is a larger one; a name has at most 255."""
    number = digits.group().lstrip("0") or "0"
    return f"0{len(number):03d}{number}"
