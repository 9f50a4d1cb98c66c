"""When two names are one tag, and the rows of names."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from app.catalog.store.connection import Connection


def tag_name(text: str) -> str:
    """A name as it is kept: composed, without spaces around it or lone surrogates."""
    sound = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")
    return " ".join(unicodedata.normalize("NFC", sound).split())


def tag_key(text: str) -> str:
    """Names of one key are one tag: "Dog", "dog" and a dog of full-width letters."""
    return unicodedata.normalize("NFKC", tag_name(text)).casefold()


def ensure_tags(sql: Connection, names: Iterable[str]) -> dict[str, int]:
    """The ids of tags, made where they are not known, by the names given; inside a transaction."""
    wanted = {name: tag_key(name) for name in names}
    sql.run_many(
        "INSERT OR IGNORE INTO tag(key, name) VALUES (?, ?)", [(key, tag_name(n)) for n, key in wanted.items()]
    )
    return {name: sql.value("SELECT id FROM tag WHERE key = ?", (key,)) for name, key in wanted.items()}


def find_tag(sql: Connection, name: str) -> int | None:
    """The id of a tag, None where no photo ever had it."""
    found: int | None = sql.value("SELECT id FROM tag WHERE key = ?", (tag_key(name),))
    return found
