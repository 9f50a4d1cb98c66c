"""Take photos and folders out of the library; their files stay."""

from __future__ import annotations

import os
from pathlib import Path

from app.core.errors import NotInLibrary
from app.core.query import Scope
from app.library.library import Library


def remove_path(library: Library, path: Path) -> int:
    """Remove the photo or folder at ``path`` from the library.

    Returns:
        How many photos left.

    Raises:
        NotInLibrary: neither a photo nor a folder of the library lies there.
    """
    path = Path(os.path.realpath(path.expanduser()))
    photo_id = library.catalog.photo_at(path)
    if photo_id is not None:
        library.catalog.remove_photos([photo_id])
        return 1
    folder_id = library.catalog.folder_at(path)
    if folder_id is None:
        raise NotInLibrary(path=path)
    before = len(library.catalog.scope_ids(Scope()))
    library.catalog.remove_folder(folder_id)
    return before - len(library.catalog.scope_ids(Scope()))
