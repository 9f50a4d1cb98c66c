"""Where in a text the words of a query stand, in whatever form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

Phrase = Sequence[str]
"""The stems of its words."""

_WORD = re.compile(r"[^\W_]+")
_WORD_OF_NAME = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+|\d+")
_ENDINGS = ("ing", "ies", "ed", "es", "s", "y", "e")
_LEAST_STEM = 3
_DOUBLING = ("ing", "ed")
_ALWAYS_DOUBLE = "lsz"
"""As in falling, passing, buzzing; but running comes of run, as Porter's stemmer has it."""
_WITHOUT_SPACES = re.compile("[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff]")


def phrases(texts: Iterable[str]) -> list[Phrase]:
    """What is to be looked for: each text is one word, or several that stand side by side."""
    return [words for text in texts if (words := [_stem(_folded(word)) for word in _WORD.findall(text)])]


def spans(text: str, asked: Iterable[Phrase], *, is_name: bool = False) -> list[tuple[int, int]]:
    """Where any of the phrases stands in the text, as places of letters, in order and each once.

    A word is taken for another form of itself as the index does it, roughly: it need not agree in every case.
    ``is_name``: of a file or folder; "BeachParty2019" is three words there.
    """
    found = set()
    pattern = _WORD_OF_NAME if is_name else _WORD
    words = [(match.span(), _stem(_folded(match.group()))) for match in pattern.finditer(text)]
    for phrase in asked:
        for first in range(len(words) - len(phrase) + 1):
            stand = words[first : first + len(phrase)]
            if all(_is_form_of(word, wanted) for (_, word), wanted in zip(stand, phrase, strict=True)):
                found.add((stand[0][0][0], stand[-1][0][1]))
        if len(phrase) == 1 and _WITHOUT_SPACES.search(phrase[0]):
            found.update(match.span() for match in re.finditer(re.escape(phrase[0]), text))
    return sorted(found)


def _is_form_of(word: str, wanted: str) -> bool:
    return word == wanted or (len(wanted) >= _LEAST_STEM and word.startswith(wanted))


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST_STEM:
            stem = word[: -len(ending)]
            is_doubled = ending in _DOUBLING and stem[-1] == stem[-2] and stem[-1] not in _ALWAYS_DOUBLE
            return stem[:-1] if is_doubled and len(stem) > _LEAST_STEM else stem
    return word
