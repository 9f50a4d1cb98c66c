"""What a child's answer means; nothing in it is believed that was not checked."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import NoReturn

from app.core.errors import CatalogUnavailable, DiskFull, UnreadableImage
from app.core.types import PhotoFile, ReadPhoto, Reason, RgbImage
from app.files.isolation.shared import SharedPixels
from app.files.isolation.wire import Garbage, Message, unpack
from app.files.thumbnails import ThumbnailStore

_HASH_BYTES = 16
_LARGEST_EDGE_PX = 1 << 31

log = logging.getLogger(__name__)


class NeedsMemory(Exception):
    """The child had too little memory for the file, and is well."""


def read_of(answer: Message, file: PhotoFile, thumbnails: ThumbnailStore) -> ReadPhoto:
    """The photo that was read.

    Raises:
        UnreadableImage, DiskFull, CatalogUnavailable: what ``reading.read_photo`` raised in the child.
        NeedsMemory: try it alone.
        Garbage: no honest child says this.
    """
    if "read" not in answer:
        _raise(answer, file.path, thumbnails.folder)
    read = unpack(ReadPhoto, answer["read"])
    is_right = (
        (read.photo_id, read.file_id) == (file.photo_id, file.file_id)
        and 0 < read.width_px < _LARGEST_EDGE_PX
        and 0 < read.height_px < _LARGEST_EDGE_PX
        and len(read.content_hash) == _HASH_BYTES
        and 0 <= read.mean_colour <= 0xFFFFFF
        and read.thumbnail_bytes >= 0
    )
    if not is_right:
        raise Garbage("a photo that can't be")
    return read


def image_of(answer: Message, path: Path, pixels: SharedPixels | None) -> RgbImage:
    """The picture that was decoded: uint8, shape (height, width, 3). Raises as ``read_of``."""
    if "pixels" not in answer or pixels is None:
        _raise(answer, path, None)
    height, width = unpack(tuple[int, int], answer["pixels"])
    return pixels.take(height, width)


def _raise(answer: Message, path: Path, store: Path | None) -> NoReturn:
    """The child's error as our own; places are those that were asked for, not those that it names."""
    if answer.get("memory") is True:
        raise NeedsMemory
    if "odd" in answer:
        log.warning("A decoder failed in an unknown way on %s\n%s", path, answer.get("trace"))
        raise UnreadableImage(path=path, reason=Reason.CORRUPT, detail=str(answer["odd"])[:200])
    fields = answer.get("fields")
    if not isinstance(fields, dict):
        raise Garbage("neither result nor error")
    detail = str(fields.get("detail", ""))[:200]
    if answer.get("error") == UnreadableImage.code:
        raise UnreadableImage(path=path, reason=unpack(Reason, fields.get("reason")), detail=detail)
    if answer.get("error") == DiskFull.code and store is not None:
        raise DiskFull(path=store)
    if answer.get("error") == CatalogUnavailable.code and store is not None:
        raise CatalogUnavailable(path=store, detail=detail)
    raise Garbage("an unknown error")
