"""What the models have still to do, each stage a question, and what they computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from app.catalog import kinds, words
from app.catalog.enrich import picture_texts
from app.catalog.enrich.due import Due, within, without
from app.catalog.rows import SHOWN_CAPTION, SHOWN_FROM
from app.catalog.store.connection import Connection, Part, as_json, chunked, sqlite_path
from app.catalog.tag_names import ensure_tags
from app.catalog.vectors.caption_vectors import CaptionOf, caption_space
from app.catalog.vectors.embeddings import embeddings_path, move_damaged_aside
from app.core.errors import CatalogDamaged
from app.core.types import Kind, PhotoId, PhotoIds, Stage, TextLine

T = TypeVar("T")

MachineTags = tuple[PhotoId, Sequence[tuple[str, float]]]
"""A photo and its tags with their probability."""

_NO_IDS = np.empty(0, np.int64)

_READY = "p.removed_at IS NULL AND p.is_read = 1"
_NO_FAILURE = "NOT EXISTS (SELECT 1 FROM failure x WHERE x.photo_id = p.id AND x.stage = '{stage}')"
_HAS_VECTOR = "EXISTS (SELECT 1 FROM space.embedding e WHERE e.photo_id = p.id)"
_UNTAGGED = "NOT EXISTS (SELECT 1 FROM tagged g WHERE g.photo_id = p.id AND g.version = ?)"
_SHOWN_FILE_IS_HERE = (
    "EXISTS (SELECT 1 FROM file f JOIN folder d ON d.id = f.folder_id JOIN root r ON r.id = d.root_id"
    " WHERE f.photo_id = p.id AND f.is_shown = 1 AND f.is_missing = 0 AND f.is_online_only = 0 AND r.is_offline = 0)"
)
_TEXT_UNREAD = (
    f"NOT EXISTS (SELECT 1 FROM picture_text t WHERE t.photo_id = p.id AND t.version = ?) AND {_SHOWN_FILE_IS_HERE}"
)
_CAPTIONED = "SELECT photo_id FROM own_caption UNION ALL SELECT photo_id FROM machine_caption"
"""Some perhaps twice."""
_CAPTION_HAS_VECTOR = (
    "EXISTS (SELECT 1 FROM space.embedding e JOIN space.made_of o ON o.photo_id = e.photo_id"
    f" WHERE e.photo_id = p.id AND o.caption = {SHOWN_CAPTION})"
)
_UNCAPTIONED = "NOT EXISTS (SELECT 1 FROM machine_caption c WHERE c.photo_id = p.id AND c.model_id = ?)"
_WITH_VECTOR = "SELECT photo_id AS id FROM space.embedding"

# Captions that have no vector, or one of other words; both tables go along their ids.
_CHANGED_CAPTIONS = (
    "SELECT c.photo_id AS id FROM machine_caption c LEFT JOIN space.made_of o ON o.photo_id = c.photo_id"
    " WHERE o.caption IS NOT c.text AND c.photo_id NOT IN (SELECT photo_id FROM own_caption)"
    " UNION ALL SELECT c.photo_id FROM own_caption c LEFT JOIN space.made_of o ON o.photo_id = c.photo_id"
    " WHERE o.caption IS NOT c.text"
)
_BY_PERSONS = (
    "SELECT c.photo_id FROM own_caption c JOIN photo p ON p.id = c.photo_id ORDER BY p.taken_at DESC, p.id DESC"
)
_WITH_FILE_HERE = (
    "SELECT photo_id AS id FROM file WHERE is_shown = 1 AND is_missing = 0 AND is_online_only = 0 AND folder_id NOT IN"
    " (SELECT d.id FROM folder d JOIN root r ON r.id = d.root_id WHERE r.is_offline = 1)"
)
_LIKELY_TEXT = (
    "SELECT id FROM photo INDEXED BY photo_by_kind"
    f" WHERE removed_at IS NULL AND kind IN ('{Kind.SCREENSHOT}', '{Kind.DOCUMENT}')"
    f" ORDER BY kind = '{Kind.SCREENSHOT}' DESC, taken_at DESC, id DESC"
)
_LIKED = (
    "SELECT j.photo_id FROM judgement j JOIN photo p ON p.id = j.photo_id"
    " WHERE j.is_favourite = 1 OR j.rating > 0"
    " ORDER BY j.is_favourite DESC, j.rating DESC, p.taken_at DESC, p.id DESC"
)


@dataclass(frozen=True, slots=True)
class _Condition:
    """What is true of photo ``p`` while it is due, and what its parameters are."""

    text: str
    given: tuple[object, ...]


class Stages(Part):
    """Questions of the stages, newest photos first.

    What is still to be done is looked for in the whole library once (half a second for a million photos), then each
    question takes as long as its answer: see ``due.py``.
    """

    def __init__(self, sql: Connection, library: Path) -> None:
        super().__init__(sql, library)
        self._due = Due()

    def photos_without_embedding(
        self, space: str, limit: int, first: Sequence[PhotoId] = (), *, stage: Stage = Stage.EMBED
    ) -> list[PhotoId]:
        """Read photos without a vector in ``space``; those of ``first`` before all others.

        ``stage``: whose failures are passed over; a photo that one model can't use may suit the next.
        """
        return self._asking(
            space,
            lambda is_there: self._next(
                ("vector", space, stage),
                lambda: self._without_vector(is_there, stage),
                _Condition(_without_embedding(is_there, stage), ()),
                limit,
                first,
            ),
        )

    def count_without_embedding(self, space: str, *, stage: Stage = Stage.EMBED) -> int:
        return self._asking(space, lambda is_there: len(self._without_vector(is_there, stage)))

    def _without_vector(self, is_there: bool, stage: Stage) -> PhotoIds:
        with_vector = self._sql.ids(_WITH_VECTOR) if is_there else _NO_IDS
        return without(self._ready(), with_vector, self._failed(stage))

    def photos_without_tags(self, space: str, version: str, limit: int, first: Sequence[PhotoId] = ()) -> list[PhotoId]:
        """Photos with a vector in ``space`` that were not tagged under ``version`` of vocabulary and model."""
        return self._asking(
            space,
            lambda is_there: (
                self._next(
                    ("tags", space, version),
                    lambda: self._untagged(version),
                    _Condition(_without_tags(), (version,)),
                    limit,
                    first,
                )
                if is_there
                else []
            ),
        )

    def count_without_tags(self, space: str, version: str) -> int:
        return self._asking(space, lambda is_there: len(self._untagged(version)) if is_there else 0)

    def _untagged(self, version: str) -> PhotoIds:
        tagged = self._sql.ids("SELECT photo_id AS id FROM tagged WHERE version = ?", (version,))
        due = without(self._ready(), tagged, self._failed(Stage.TAG))
        return within(due, self._sql.ids(_WITH_VECTOR)) if len(due) else due

    def photos_without_caption(self, model_id: str, limit: int, first: Sequence[PhotoId] = ()) -> list[PhotoId]:
        """Read photos that this model has not captioned: favourites and rated ones first, then the newest.

        A person's caption does not stand in the way: it is what is shown, and the machine's is there if it goes.
        """
        condition = _Condition(_without_caption(), (model_id,))
        return self._next(("caption", model_id), lambda: self._uncaptioned(model_id), condition, limit, first)

    def uncaptioned_among(self, model_id: str, ids: Sequence[PhotoId]) -> list[PhotoId]:
        """Those of the photos that are read and that this model has not captioned."""
        return self._among(ids, _Condition(_without_caption(), (model_id,)), len(ids))

    def count_without_caption(self, model_id: str) -> int:
        return len(self._uncaptioned(model_id))

    def _uncaptioned(self, model_id: str) -> PhotoIds:
        captioned = self._sql.ids("SELECT photo_id AS id FROM machine_caption WHERE model_id = ?", (model_id,))
        due = without(self._ready(), captioned, self._failed(Stage.CAPTION))
        return self._with_first(due, self._sql.column(_LIKED)) if len(due) else due

    def sample_read(self, count: int) -> list[PhotoId]:
        """At most so many read photos, from all over the library's time."""
        ids = self._sql.column(f"SELECT p.id FROM photo p WHERE {_READY} ORDER BY p.taken_at, p.id")
        return [ids[place * len(ids) // count] for place in range(count)] if len(ids) > count else ids

    def photos_without_text(self, version: str, limit: int, first: Sequence[PhotoId] = ()) -> list[PhotoId]:
        """Read photos in which this version of the reader has not looked for text and whose file is there.

        Screenshots and documents first: what one looks for by its words is mostly there.
        """
        condition = _Condition(_without_text(), (version,))
        return self._next(("text", version), lambda: self._text_unread(version), condition, limit, first)

    def count_without_text(self, version: str) -> int:
        return len(self._text_unread(version))

    def _text_unread(self, version: str) -> PhotoIds:
        looked = self._sql.ids("SELECT photo_id AS id FROM picture_text WHERE version = ?", (version,))
        due = without(self._ready(), looked, self._failed(Stage.TEXT))
        if not len(due):
            return due
        return self._with_first(within(due, self._sql.ids(_WITH_FILE_HERE)), self._sql.column(_LIKELY_TEXT))

    def write_texts(self, version: str, texts: Sequence[tuple[PhotoId, Sequence[TextLine]]]) -> None:
        """Write what stands in photos. No text is an answer too, and remembered."""
        for batch in chunked(texts):
            with self._sql.write():
                known = self._present(photo_id for photo_id, _ in batch)
                told = [(photo_id, picture_texts.stored(lines)) for photo_id, lines in batch if photo_id in known]
                self._sql.run_many(
                    "INSERT OR REPLACE INTO picture_text(photo_id, version, lines, letters, confidence)"
                    " VALUES (?, ?, ?, ?, ?)",
                    [(photo_id, version, each.lines, each.letters, each.confidence) for photo_id, each in told],
                )
                words.keep_in_step(self._sql, known)

    def captions_without_vector(self, text_id: str, limit: int) -> list[CaptionOf]:
        """Photos whose shown caption this text tower has not turned into a vector: a person's first, then newest."""
        due = self._asking(
            caption_space(text_id),
            lambda is_there: self._next(
                ("caption's vector", text_id),
                lambda: self._captions_without_vector(is_there),
                _Condition(_without_caption_vector(is_there), ()),
                limit,
            ),
        )
        asked = f"SELECT p.id, {SHOWN_CAPTION} FROM json_each(?) j CROSS JOIN photo p ON p.id = j.value ORDER BY j.key"
        return [(PhotoId(photo_id), text) for photo_id, text in self._sql.rows(asked, (as_json(due),))]

    def count_captions_without_vector(self, text_id: str) -> int:
        return self._asking(caption_space(text_id), lambda is_there: len(self._captions_without_vector(is_there)))

    def _captions_without_vector(self, is_there: bool) -> PhotoIds:
        if is_there:
            captioned = self._sql.ids(f"SELECT photo_id AS id FROM ({_CAPTIONED})")
            half_written = without(captioned, self._sql.ids(_WITH_VECTOR))
            due = np.concatenate([self._sql.ids(_CHANGED_CAPTIONS), half_written])
        else:
            due = self._sql.ids(f"SELECT photo_id AS id FROM ({_CAPTIONED})")
        if not len(due):
            return due
        return self._with_first(within(self._shown(), due), self._sql.column(_BY_PERSONS))

    def photos_that_lost_their_caption(self, text_id: str) -> list[PhotoId]:
        """Photos with a vector of a caption that is no longer there."""
        return self._asking(caption_space(text_id), lambda is_there: self._without_caption() if is_there else [])

    def _without_caption(self) -> list[PhotoId]:
        captioned = self._sql.ids(f"SELECT photo_id AS id FROM ({_CAPTIONED})")
        lost: list[PhotoId] = without(self._sql.ids(_WITH_VECTOR), captioned).tolist()
        return lost

    def write_machine_tags(
        self, version: str, tags: Sequence[MachineTags], *, documents: Set[PhotoId] = frozenset()
    ) -> None:
        """Replace the machine tags of photos. No tags is an answer too, and remembered.

        Args:
            version: of vocabulary and model.
            tags: for each photo, names with their probability; what a person rejected there stays rejected.
            documents: those of the photos that are documents. What the file says of a photo's kind goes first.
        """
        for batch in chunked(tags):
            with self._sql.write():
                known = self._present(photo_id for photo_id, _ in batch)
                self._replace_tags(version, [(i, named) for i, named in batch if i in known], documents)

    def _replace_tags(self, version: str, tags: Sequence[MachineTags], documents: Set[PhotoId]) -> None:
        ids = ensure_tags(self._sql, {name for _, named in tags for name, _ in named})
        self._sql.run_many("DELETE FROM machine_tag WHERE photo_id = ?", [(photo_id,) for photo_id, _ in tags])
        self._sql.run_many(
            "INSERT OR REPLACE INTO machine_tag(photo_id, tag_id, confidence) VALUES (?, ?, ?)",
            [(photo_id, ids[name], float(p)) for photo_id, named in tags for name, p in named],
        )
        self._sql.run_many(
            "INSERT OR REPLACE INTO tagged(photo_id, version, is_document, has_tags) VALUES (?1, ?2, ?3,"
            f" EXISTS (SELECT 1 FROM machine_tag WHERE photo_id = ?1 AND confidence >= {SHOWN_FROM}))",
            [(photo_id, version, photo_id in documents) for photo_id, _ in tags],
        )
        kinds.keep_in_step(self._sql, [photo_id for photo_id, _ in tags])
        words.keep_in_step(self._sql, [photo_id for photo_id, _ in tags])

    def write_captions(self, model_id: str, captions: Sequence[tuple[PhotoId, str]]) -> None:
        """Write the machine's captions; a person's are kept elsewhere and stay."""
        for batch in chunked(captions):
            with self._sql.write():
                known = self._present(photo_id for photo_id, _ in batch)
                self._sql.run_many(
                    "INSERT OR REPLACE INTO machine_caption(photo_id, model_id, text) VALUES (?, ?, ?)",
                    [
                        (photo_id, model_id, text.encode("utf-8", "replace").decode("utf-8"))
                        for photo_id, text in batch
                        if photo_id in known
                    ],
                )
                words.keep_in_step(self._sql, known)

    def forget_machine(self, photo_id: PhotoId) -> None:
        """Drop the machine's caption, tags and text of a photo, so that they are made again."""
        with self._sql.write():
            for table in ("machine_caption", "machine_tag", "tagged", "picture_text"):
                self._sql.run(f"DELETE FROM {table} WHERE photo_id = ?", (photo_id,))
            self._sql.run("DELETE FROM failure WHERE photo_id = ? AND stage IN ('tag', 'text', 'caption')", (photo_id,))
            kinds.keep_in_step(self._sql, [photo_id])
            words.keep_in_step(self._sql, [photo_id])

    def _present(self, ids: Iterable[PhotoId]) -> set[PhotoId]:
        """A photo may have been recognised as a moved one while a model looked at it."""
        return set(
            self._sql.column("SELECT id FROM photo WHERE id IN (SELECT value FROM json_each(?))", (as_json(ids),))
        )

    def _next(
        self,
        question: tuple[object, ...],
        look: Callable[[], PhotoIds],
        condition: _Condition,
        limit: int,
        first: Sequence[PhotoId] = (),
    ) -> list[PhotoId]:
        """What is due: those of ``first`` that are, then the others in the order in which ``look`` finds them."""

        def check(ids: Iterable[int], most: int) -> list[PhotoId]:
            return self._among(ids, condition, most)

        chosen = check(dict.fromkeys(first), limit) if first else []
        if len(chosen) >= limit:
            return chosen
        more = self._due.next(question, look, check, limit + len(chosen))
        return list(dict.fromkeys([*chosen, *more]))[:limit]

    def _among(self, ids: Iterable[int], condition: _Condition, most: int) -> list[PhotoId]:
        return self._sql.column(
            "SELECT p.id FROM json_each(?) j CROSS JOIN photo p ON p.id = j.value"
            f" WHERE {condition.text} ORDER BY j.key LIMIT ?",
            (as_json(ids), *condition.given, most),
        )

    def _ready(self) -> PhotoIds:
        """Read photos, the newest first."""
        return self._newest_first(" AND is_read = 1")

    def _shown(self) -> PhotoIds:
        return self._newest_first("")

    def _newest_first(self, condition: str) -> PhotoIds:
        # One text for all ids is read several times as fast as a row for each; the limit keeps them in their order.
        ordered = (
            "SELECT id FROM photo INDEXED BY photo_by_date WHERE removed_at IS NULL"
            f"{condition} ORDER BY taken_at DESC, id DESC LIMIT -1"
        )
        return np.fromstring(self._sql.value(f"SELECT group_concat(id) FROM ({ordered})") or "", np.int64, sep=",")

    def _failed(self, stage: Stage) -> PhotoIds:
        return self._sql.ids("SELECT photo_id AS id FROM failure WHERE stage = ?", (stage.value,))

    def _with_first(self, due: PhotoIds, first: Sequence[PhotoId]) -> PhotoIds:
        """Those of ``first`` that are due before the others."""
        urgent = within(np.array(first, np.int64), due)
        return np.concatenate([urgent, without(due, urgent)])

    def _asking(self, space: str, question: Callable[[bool], T]) -> T:
        """Ask with the vectors of a space at hand as ``space.embedding``; a damaged file of them counts as none.

        Args:
            space: whose vectors.
            question: is told whether there are any.
        """
        path = embeddings_path(self._library, space)
        try:
            with self._attached(path) as is_there:
                return question(is_there)
        except CatalogDamaged:
            # SQLite does not say which of the two files it is.
            if not path.exists() or not move_damaged_aside(path):
                raise
        return question(False)

    @contextmanager
    def _attached(self, path: Path) -> Iterator[bool]:
        """A store beside the catalogue, only while asking: attached, it would join every write."""
        if not path.exists():
            yield False
            return
        self._sql.run("ATTACH ? AS space", (sqlite_path(path),))
        try:
            yield bool(self._sql.value("SELECT count(*) FROM space.sqlite_master WHERE name = 'embedding'"))
        finally:
            self._sql.run("DETACH space")


def _without_embedding(is_there: bool, stage: Stage) -> str:
    missing = f" AND NOT {_HAS_VECTOR}" if is_there else ""
    return f"{_READY} AND {_NO_FAILURE.format(stage=stage.value)}{missing}"


def _without_tags() -> str:
    return f"{_READY} AND {_NO_FAILURE.format(stage='tag')} AND {_UNTAGGED} AND {_HAS_VECTOR}"


def _without_caption() -> str:
    return f"{_READY} AND {_NO_FAILURE.format(stage='caption')} AND {_UNCAPTIONED}"


def _without_text() -> str:
    return f"{_READY} AND {_NO_FAILURE.format(stage='text')} AND {_TEXT_UNREAD}"


def _without_caption_vector(is_there: bool) -> str:
    missing = f" AND NOT {_CAPTION_HAS_VECTOR}" if is_there else ""
    return f"p.removed_at IS NULL AND {SHOWN_CAPTION} IS NOT NULL{missing}"
