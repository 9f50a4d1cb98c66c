"""Adds profile, EXIF and XMP to an opened picture where Pillow passes over them: JPEG 2000, PSD."""

from __future__ import annotations

import io
from typing import IO

from PIL import Image, PsdImagePlugin

from app.files.headers.boxes import boxes, content

_LARGEST_BYTES = 8 << 20
_UUIDS = {b"JpgTiffExif->JP2": "exif", bytes.fromhex("be7acfcb97a942e89c71999491e3afac"): "xmp"}
_PSD_RESOURCES = {1058: "exif", 1060: "xmp"}
_WITH_PROFILE = 2


def complete_info(image: Image.Image, stream: IO[bytes]) -> None:
    """Put them into ``image.info`` under Pillow's names. The stream keeps its position."""
    if image.format == "JPEG2000":
        position = stream.tell()
        _add_from_boxes(image, stream)
        stream.seek(position)
    elif isinstance(image, PsdImagePlugin.PsdImageFile):
        image.info |= {_PSD_RESOURCES[number]: data for number, _, data in image.resources if number in _PSD_RESOURCES}


def _add_from_boxes(image: Image.Image, stream: IO[bytes]) -> None:
    for kind, start, end in boxes(stream, 0, stream.seek(0, io.SEEK_END)):
        if kind == b"uuid":
            data = content(stream, start, end, _LARGEST_BYTES)
            if data[:16] in _UUIDS:
                image.info[_UUIDS[data[:16]]] = data[16:]
        elif kind == b"jp2h":
            for below, inside, after in boxes(stream, start, end):
                data = content(stream, inside, after, _LARGEST_BYTES) if below == b"colr" else b""
                if data[:1] == bytes([_WITH_PROFILE]):  # ISO/IEC 15444-1, I.5.3.3
                    image.info["icc_profile"] = data[3:]
