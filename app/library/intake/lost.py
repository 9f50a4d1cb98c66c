"""Notice that thumbnails were deleted, so that they are made again from the photos."""

from __future__ import annotations

from app.files.thumbnails import A_FOLDER
from app.library.library import Library


def forget_lost_thumbnails(library: Library) -> None:
    """Look for one thumbnail in each folder of them; only where it is gone, for all of that folder.

    A million photos cost a thousand looks. Single thumbnails that are gone are met by the stages that read them.
    """
    catalog, thumbnails = library.catalog, library.thumbnails
    for start in range(0, catalog.highest_id() + 1, A_FOLDER):
        first = catalog.read_ids(start, start + A_FOLDER, 1)
        if first and not thumbnails.exists(first[0]):
            ids = catalog.read_ids(start, start + A_FOLDER)
            catalog.forget_thumbnails([photo_id for photo_id in ids if not thumbnails.exists(photo_id)])
