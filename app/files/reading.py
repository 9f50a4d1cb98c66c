"""Reads a photo for the first time: one decoding gives thumbnail, fingerprints and what the headers say."""

from __future__ import annotations

from app.core.types import PhotoFile, ReadPhoto
from app.files.dating import told
from app.files.decoding import decode
from app.files.hashing import mean_colour, perceptual_hash
from app.files.kind.kinds import kind_of
from app.files.thumbnails import ThumbnailStore


def read_photo(file: PhotoFile, thumbnails: ThumbnailStore) -> ReadPhoto:
    """Decode a photo once, store its thumbnail, return all that the catalogue keeps of it. Thread-safe.

    Size and time are those of the file as it was read, which may be newer than ``file`` says.

    Raises:
        UnreadableImage: with the reason.
        DiskFull: the thumbnail could not be stored.
        CatalogUnavailable: the folder of the thumbnails can't be written.
    """
    decoded = decode(file.path, edge_px=thumbnails.edge_px, max_edge_px=thumbnails.max_edge_px)
    metadata, written = told(file, decoded.metadata, decoded.mtime_ns)
    return ReadPhoto(
        photo_id=file.photo_id,
        file_id=file.file_id,
        size_bytes=decoded.size_bytes,
        mtime_ns=decoded.mtime_ns,
        width_px=decoded.width_px,
        height_px=decoded.height_px,
        mean_colour=mean_colour(decoded.image),
        perceptual_hash=perceptual_hash(decoded.image),
        content_hash=decoded.content_hash,
        thumbnail_bytes=thumbnails.write(file.photo_id, decoded.image),
        metadata=metadata,
        kind=kind_of(decoded, file.path),
        duration_s=decoded.duration_s,
        written=written,
    )
