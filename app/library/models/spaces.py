"""The vectors that a library keeps, of its present model and of others: how large they are, and how they go."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from app.catalog.vectors.caption_vectors import caption_space
from app.catalog.vectors.stored_spaces import drop_store, stored_spaces
from app.core.errors import VectorsInUse
from app.core.types import Embedder
from app.library.derived import derived_files
from app.library.library import Library
from app.search.vectors import index_folder

_FORMER = "former_space"
"""The setting of a library that names the vectors it answered by before, until a person said what becomes of them."""


@dataclass(frozen=True, slots=True)
class Space:
    """The vectors of one model.

    Attributes:
        name: identifies image tower, projection and preprocessing; of captions, the text tower.
        model: the checkpoint's name as shown to people; "" where nobody told.
        photos: how many have a vector of it, or of their caption.
        size_bytes: on the disk, with what is made from them.
        is_in_use: the library answers by it, or it is being prepared.
    """

    name: str
    model: str
    photos: int
    size_bytes: int
    is_in_use: bool

    @property
    def is_of_captions(self) -> bool:
        return self.name.startswith(caption_space(""))


def spaces(library: Library) -> list[Space]:
    """All that lie in the library's folder, largest first."""
    found = [
        Space(
            store.space,
            store.model,
            store.photos,
            store.size_bytes + sum(_size(path) for path in _made_from(library.root, store.space)),
            store.space in _in_use(library),
        )
        for store in stored_spaces(library.root)
    ]
    return sorted(found, key=lambda space: (-space.size_bytes, space.name))


def drop_space(library: Library, name: str) -> int:
    """Delete the vectors of a model that the library does not answer by; returns how many bytes that were.

    The vectors themselves go last: whatever moment the program dies at, what is left is whole, or nothing.

    Raises:
        VectorsInUse: the library, or another program, has them open.
    """
    if name in _in_use(library):
        raise VectorsInUse(space=name)
    made = _made_from(library.root, name)
    size_bytes = sum(_size(path) for path in made)
    size_bytes += drop_store(library.root, name, before=lambda: _delete(made))
    return size_bytes


def remember_former(library: Library) -> None:
    """The library is about to answer by its successor; a person shall say what becomes of the present vectors."""
    parts = library.successor
    if parts is not None and parts.embedder.space != library.embedder.space and library.embeddings.count():
        library.catalog.set_setting(_FORMER, json.dumps(sorted(_names(library.embedder))))


def former_spaces(library: Library) -> list[Space]:
    """What is kept of the model before, pictures first, where nobody has said yet what shall become of it."""
    named = library.catalog.setting(_FORMER)
    if not named:
        return []
    found = [space for space in spaces(library) if not space.is_in_use and space.name in json.loads(named)]
    return sorted(found, key=lambda space: space.is_of_captions)


def forget_former(library: Library) -> None:
    """Somebody has said it: the vectors stay, or they are gone."""
    library.catalog.set_setting(_FORMER, "")


def _in_use(library: Library) -> set[str]:
    parts = (library, library.successor)
    return {name for part in parts if part is not None for name in _names(part.embedder)}


def _names(embedder: Embedder) -> tuple[str, str]:
    """Of the vectors of pictures and of captions."""
    return embedder.space, caption_space(embedder.text_id)


def _made_from(root: Path, space: str) -> list[Path]:
    """What is made from the vectors of a space, or with its model."""
    return [index_folder(root, space), *derived_files(root, space)]


def _delete(made: list[Path]) -> None:
    for path in made:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)  # Windows keeps a mapped file; it is found again
        else:
            path.unlink(missing_ok=True)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
