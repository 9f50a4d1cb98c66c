"""What can go wrong: each error carries a code and fields; ui and cli find the words."""

from __future__ import annotations

from pathlib import Path


class OrielError(Exception):
    """Base of all errors that Oriel expects. ``fields`` fill the sentence that ui or cli has for ``code``."""

    code = "unknown"

    def __init__(self, **fields: object) -> None:
        super().__init__(self.code, fields)
        self.fields = fields

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.fields.items())
        return f"{self.code}: {told}" if told else self.code


class CatalogDamaged(OrielError):
    """The catalogue is no database or fails its check. Fields: path, backup (Path or None), detail."""

    code = "catalog_damaged"

    def __init__(self, path: Path, backup: Path | None, detail: str = "") -> None:
        super().__init__(path=path, backup=backup, detail=detail)


class CatalogNewer(OrielError):
    """A newer Oriel made this catalogue; it is left untouched. Fields: path, found, known (schema versions)."""

    code = "catalog_newer"


class CatalogUnavailable(OrielError):
    """The library folder can't be created, read or written. Fields: path, detail."""

    code = "catalog_unavailable"


class DiskFull(OrielError):
    """There is no room left; what was written before is whole. Fields: path."""

    code = "disk_full"


class PathMissing(OrielError):
    """A file or folder that a person named is not there. Fields: path."""

    code = "path_missing"


class NotInLibrary(OrielError):
    """A file or folder that a person named is not in the library. Fields: path."""

    code = "not_in_library"


class UnreadableImage(OrielError):
    """A file can't be used as a picture. Fields: path, reason (core.types.Reason), detail."""

    code = "unreadable_image"


class DecodersUnavailable(OrielError):
    """The processes that decode pictures can't be started. Fields: detail."""

    code = "decoders_unavailable"


class ModelUnusable(OrielError):
    """A checkpoint folder is missing, incomplete or of another kind. Fields: path, detail."""

    code = "model_unusable"


class OutOfMemory(OrielError):
    """Even one image does not fit the device. Fields: detail."""

    code = "out_of_memory"


class ModelsBusy(OrielError):
    """Another program on this library runs the models now."""

    code = "models_busy"


class NotOursToMove(OrielError):
    """A file that another program keeps (Apple Photos): Oriel shows it, and never moves or changes it. Fields: path."""

    code = "not_ours_to_move"


class TrashFailed(OrielError):
    """The system's trash refused a file; it is where it was. Fields: path, detail."""

    code = "trash_failed"
