"""Keeps one small JPEG per photo, a thousand to a folder."""

from __future__ import annotations

import errno
import io
import os
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image

from app.core.errors import CatalogUnavailable, DiskFull
from app.core.types import PhotoId, RgbImage
from app.files.codecs import DECODER_ERRORS
from app.files.pictures.pixels import thumbnail_size

A_FOLDER = 1000
_UNFINISHED = "unfinished"
_OLD_S = 3600
_QUALITY = 80
# Colour at full resolution: with it at half (4:2:0, quality 85, as many bytes) 6.5 % of the ten nearest of a photo were
# others than by the full picture, with this 4.7 % (400 photos, the starter).
_SUBSAMPLING = "4:4:4"
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG}


class ThumbnailStore:
    """Thumbnails by photo id. Derived: any of them, or all, may vanish at any time. Thread-safe."""

    def __init__(self, folder: Path, edge_px: int = 384, max_edge_px: int = 1536) -> None:
        self.folder = folder
        self.edge_px = edge_px
        self.max_edge_px = max_edge_px

    def path(self, photo_id: PhotoId) -> Path:
        """Where the photo's thumbnail lies, or would."""
        return self.folder / str(photo_id // A_FOLDER) / f"{photo_id}.jpg"

    def write(self, photo_id: PhotoId, image: RgbImage) -> int:
        """Store a photo's thumbnail.

        Args:
            photo_id: whose it is; one that is there is replaced.
            image: uint8, shape (height, width, 3), sRGB, upright, already of the wanted size.

        Returns:
            The bytes written.

        Raises:
            DiskFull: no room; what was there before is there still.
            CatalogUnavailable: the folder can't be written.
        """
        data = _encoded(Image.fromarray(image))
        path = self.path(photo_id)
        # A name of this process and thread alone; another writer of the same photo does no harm, the last
        # one stays.
        beside = self.folder / _UNFINISHED / f"{photo_id}.{os.getpid()}-{threading.get_ident()}.part"
        try:
            self._move_in(beside, path, data)
        except OSError as error:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            if error.errno in _FULL:
                raise DiskFull(path=self.folder) from error
            raise CatalogUnavailable(path=self.folder, detail=error.strerror or str(error)) from error
        return len(data)

    def jpeg(self, image: RgbImage) -> bytes:
        """A picture from elsewhere as small as a thumbnail; uint8, shape (height, width, 3), of any size."""
        whole = Image.fromarray(image)
        wanted = thumbnail_size(whole.size, self.edge_px, self.max_edge_px)
        return _encoded(whole if wanted == whole.size else whole.resize(wanted, Image.Resampling.LANCZOS))

    @staticmethod
    def pixels(jpeg: bytes) -> RgbImage | None:
        """What ``jpeg`` made, as an RgbImage; None where it is damaged."""
        try:
            with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
                return np.array(image.convert("RGB"))
        except DECODER_ERRORS:
            return None

    @staticmethod
    def _move_in(beside: Path, path: Path, data: bytes) -> None:
        # Not synced to the disk: after a power cut a file may be empty, which read() answers with None.
        try:
            beside.write_bytes(data)
            beside.replace(path)
        except FileNotFoundError:
            for folder in (beside.parent, path.parent):
                folder.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(data)
            beside.replace(path)

    def read(self, photo_id: PhotoId) -> RgbImage | None:
        """A photo's thumbnail (an RgbImage); None where there is none that is whole."""
        try:
            jpeg = self.path(photo_id).read_bytes()
        except OSError:
            return None
        return self.pixels(jpeg)

    def exists(self, photo_id: PhotoId) -> bool:
        return self.path(photo_id).is_file()

    def remove(self, photo_ids: Iterable[PhotoId]) -> None:
        """Delete thumbnails; those that are not there are no matter."""
        for photo_id in photo_ids:
            self.path(photo_id).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Clear what killed programs left half written; they all lie in one folder, so this costs nothing."""
        for entry in _entries(self.folder / _UNFINISHED):
            with suppress(OSError):
                if entry.stat().st_mtime < time.time() - _OLD_S:  # a younger one may be in work
                    Path(entry).unlink()

    def size_bytes(self) -> int:
        """What all thumbnails take, by asking the disk: seconds for a million of them."""
        total = 0
        for shard in _entries(self.folder):
            if shard.is_dir(follow_symlinks=False):
                total += sum(_size_bytes(entry) for entry in _entries(Path(shard.path)))
        return total


def _encoded(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY, subsampling=_SUBSAMPLING)
    return buffer.getvalue()


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _size_bytes(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:
        return 0
