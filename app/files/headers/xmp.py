"""Reads the few XMP properties that complement EXIF, within bounds: at most 1 MiB, no entities."""

from __future__ import annotations

from contextlib import suppress
from xml.parsers import expat

LARGEST_BYTES = 1 << 20

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_NAMES = {
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://ns.google.com/photos/1.0/panorama/": "GPano",
}


def properties(packet: bytes) -> dict[str, str]:
    """Simple properties by their usual names ("photoshop:DateCreated"), be they attributes or elements.

    Damaged packets give what stands before the damage.
    """
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    with suppress(expat.ExpatError, ValueError, LookupError):
        parser.Parse(packet[:LARGEST_BYTES].strip(b"\0 \r\n\t"), True)
    return reader.found


def _refuse(*_: object) -> None:
    # Entities, which can grow without end or name other files, need a document type; XMP has none.
    raise ValueError("document type in XMP")


def _short(name: str) -> str | None:
    space, _, local = name.rpartition(" ")
    prefix = _NAMES.get(space)
    return f"{prefix}:{local}" if prefix else None


class _Reader:
    """Collects the direct properties of rdf:Description; of lists, their first item."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._path: list[str] = []
        self._property: str | None = None
        self._text = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == f"{_RDF} Description" and len(self._path) <= 2:
            for key, value in attributes.items():
                self._keep(_short(key), value)
        elif self._path and self._path[-1] == f"{_RDF} Description":
            self._property = _short(name)
            self._text = ""
        self._path.append(name)

    def text(self, data: str) -> None:
        if self._property and len(self._text) < 1000:
            self._text += data

    def end(self, name: str) -> None:
        self._path.pop()
        if (self._property and _short(name) == self._property) or name == f"{_RDF} li":
            self._keep(self._property, self._text)
            self._property = None

    def _keep(self, name: str | None, value: str) -> None:
        if name and value.strip():
            self.found.setdefault(name, value.strip()[:1000])
