"""Tells that a query is in a language that a model doesn't know, where that is certain; else says nothing.

By script first: an English model can't read Cyrillic or Chinese. Latin letters are judged by py3langid (Lui and Baldwin
2012; a table of byte sequences), which names a language for whatever it is given, so that only what it gives almost
no chance to be English counts, and no single word: most of those are words of several languages, or names.

Measured on 2,000 English captions of everyday photos, 2,525 noun phrases, 7,879 pairs of words and 1,967 single words
from them, and 33,500 beginnings of them as they are typed: 18 were taken for another language, 4 in 10,000. Of 140
descriptions of two to seven words in fourteen languages with Latin letters 87 % were noticed (German 6 in 10, others
mostly nearly all), and 3 of 39 foreign names and words that English people use (São Paulo, Rio de Janeiro).
"""

from __future__ import annotations

import threading
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

ENGLISH = "en"
_MOST_ENGLISH = 0.005
"""A query with a higher chance to be English is not spoken of."""
_FEWEST_WORDS = 2
# By the first word of a letter's name in Unicode: its language, or where it writes several, the script (ISO 15924).
_SCRIPTS = {
    "CYRILLIC": "Cyrl",
    "GREEK": "el",
    "ARABIC": "Arab",
    "HEBREW": "he",
    "CJK": "Hani",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "THAI": "th",
    "DEVANAGARI": "Deva",
    "BENGALI": "Beng",
    "TAMIL": "ta",
    "TELUGU": "te",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "SINHALA": "si",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
    "ETHIOPIC": "Ethi",
    "KHMER": "km",
    "LAO": "lo",
    "MYANMAR": "my",
    "TIBETAN": "bo",
}
# What people write with Latin letters and py3langid was taught: the fewer there are to choose from, the surer it is.
_LATIN = (
    *("en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "sv", "da", "nb", "nn", "no", "cs", "fi", "hu", "ro"),
    *("vi", "id", "hr", "sk", "sl", "lt", "lv", "et", "ca"),
)


class _Judge:
    """py3langid for Latin letters, once it is loaded; for all libraries of the program."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._identifier: Any = None

    @property
    def is_loaded(self) -> bool:
        return self._identifier is not None

    def load(self) -> None:
        with self._lock:
            if self._identifier is None:
                from py3langid.langid import MODEL_FILE, LanguageIdentifier

                made = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
                made.set_languages([language for language in _LATIN if language in made.labels])
                self._identifier = made

    def chances(self, text: str) -> dict[str, float]:
        """Of each language."""
        return dict(self._identifier.rank(text))


_judge = _Judge()


def load_for(known: Sequence[str]) -> None:
    """Make ready to judge Latin letters, for a model that knows English alone: a second of a processor, 50 MB."""
    if _is_english(known):
        _judge.load()


def _is_english(known: Sequence[str]) -> bool:
    return list(known) == [ENGLISH]


def unknown_language(text: str, known: Sequence[str], *, wait: bool = False) -> str | None:
    """The language of a query, where the model does not know it.

    Args:
        text: what the model would read.
        known: the model's languages (ISO 639); nothing is said of models that know others than English.
        wait: load what judges Latin letters, if need be; otherwise they are passed over until it is there.

    Returns:
        ISO 639 ("de"), where only a script of several languages is known ISO 15924 ("Cyrl"); None: no claim.
    """
    if not _is_english(known):
        return None
    return _by_script(text) or _by_words(text, wait=wait)


def _by_script(text: str) -> str | None:
    """Where more than half of the letters are of another script, its language."""
    letters = [unicodedata.name(letter, "").partition(" ")[0] for letter in text if letter.isalpha()]
    others = Counter(_SCRIPTS[script] for script in letters if script in _SCRIPTS)
    if 2 * others.total() <= len(letters):
        return None
    # Kana stand among Chinese characters in Japanese alone.
    return "ja" if others["ja"] else others.most_common(1)[0][0]


def _by_words(text: str, *, wait: bool) -> str | None:
    words = ["".join(letter for letter in word if letter.isalpha()) for word in text.lower().split()]
    words = [word for word in words if word]
    if len(words) < _FEWEST_WORDS:
        return None
    if wait:
        _judge.load()
    if not _judge.is_loaded:
        return None
    chances = _judge.chances(" ".join(words))
    if chances.get(ENGLISH, 1.0) >= _MOST_ENGLISH:
        return None
    return str(max(chances, key=chances.__getitem__))


def check_languages() -> str:
    """Judge a sentence; raises where py3langid or its table is missing or broken."""
    told = unknown_language("un chien sur la plage", [ENGLISH], wait=True)
    if told != "fr":
        raise RuntimeError(f"French was taken for {told}")
    return "py3langid"
