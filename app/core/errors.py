"""What can go wrong: each error carries a code and fields; ui and cli find the words."""

from __future__ import annotations

from enum import StrEnum
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


class FolderAway(OrielError):
    """A photo's file is not there because a folder of the library is away with it. Fields: path, folder."""

    code = "folder_away"


class PathMissing(OrielError):
    """A file or folder that a person named is not there. Fields: path."""

    code = "path_missing"


class FileUnreadable(OrielError):
    """A file that a person named can't be read: a folder, or not theirs to read. Fields: path, detail."""

    code = "file_unreadable"


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


class TextReaderUnusable(ModelUnusable):
    """What reads text in pictures can't be used. Fields: path (or None), detail.

    Details: "not_installed", "not_in_this_program", "models_missing", "models_damaged".
    """

    code = "text_reader_unusable"


class OutOfMemory(OrielError):
    """Even one image does not fit the device. Fields: detail."""

    code = "out_of_memory"


class MeasuringFailed(OrielError):
    """No way to run a model came to its end in the time. Fields: name, folder (of the model), tried (models.Trial)."""

    code = "measuring_failed"


class TooFewPhotos(OrielError):
    """There are not enough thumbnails yet to measure a model with. Fields: found, wanted."""

    code = "too_few_photos"


class ModelsBusy(OrielError):
    """Another program on this library runs the models now."""

    code = "models_busy"


class VectorsInUse(OrielError):
    """The vectors of a model can't be deleted: a library has them open, here or in another program. Fields: space."""

    code = "vectors_in_use"


class VectorsUnknown(OrielError):
    """The library keeps no vectors of this name. Fields: space."""

    code = "vectors_unknown"


class NotOursToMove(OrielError):
    """A file that another program keeps (Apple Photos): Oriel shows it, and never moves or changes it. Fields: path."""

    code = "not_ours_to_move"


class TrashFailed(OrielError):
    """The system's trash refused a file; it is where it was. Fields: path, detail."""

    code = "trash_failed"


class DownloadTrouble(StrEnum):
    """Why a download did not come through."""

    UNREACHABLE = "unreachable"
    PROXY = "proxy"
    TIMED_OUT = "timed_out"
    CUT = "cut"
    CERTIFICATE = "certificate"
    NOT_SECURE = "not_secure"
    """An address without encryption that the person did not choose."""
    REFUSED = "refused"
    GATED = "gated"
    NOT_FOUND = "not_found"
    BUSY = "busy"
    HUB_FAILED = "hub_failed"
    ODD_ANSWER = "odd_answer"
    """No hub speaks so: the log-in page of a hotel's network, say."""
    OTHER_CONTENT = "other_content"
    """The hub offers another file than the one that Oriel knows."""
    WRONG_CONTENT = "wrong_content"
    """What came, twice, is not what the hub promised."""
    NO_ROOM = "no_room"
    FOLDER_UNWRITABLE = "folder_unwritable"
    IN_PROGRESS = "in_progress"
    """Another program is at the same model."""


class DownloadFailed(OrielError):
    """A model could not be fetched; what came so far is kept, and is no model yet.

    Fields: trouble (DownloadTrouble), address (of the hub), what (the file or folder), detail, and where they are
    known status, wait_s, needed_bytes, free_bytes.
    """

    code = "download_failed"

    @property
    def trouble(self) -> DownloadTrouble:
        return DownloadTrouble(str(self.fields.get("trouble", DownloadTrouble.ODD_ANSWER)))


class FetchTrouble(StrEnum):
    """Why a picture could not be fetched from an address."""

    NO_ADDRESS = "no_address"
    PRIVATE = "private"
    """The address lies in a private network or on this computer."""
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    CERTIFICATE = "certificate"
    NOT_SECURE = "not_secure"
    """An encrypted address that leads on to one that is not."""
    PROXY = "proxy"
    """The network's proxy refused, can't be reached, or is of a kind that is not understood."""
    REFUSED = "refused"
    NOT_FOUND = "not_found"
    CUT = "cut"
    TOO_LARGE = "too_large"
    NO_PICTURE = "no_picture"
    """A page, say."""
    ODD_ANSWER = "odd_answer"


class FetchFailed(OrielError):
    """A picture to search with could not be fetched. Fields: trouble (FetchTrouble), address."""

    code = "fetch_failed"

    @property
    def trouble(self) -> FetchTrouble:
        return FetchTrouble(str(self.fields.get("trouble", FetchTrouble.ODD_ANSWER)))


class ModelUnknown(OrielError):
    """No model of this name is known. Fields: name."""

    code = "model_unknown"


class ModelNotInstalled(OrielError):
    """The model is known, but is not (or not whole) on this computer. Fields: name."""

    code = "model_not_installed"


class ImageModelNeeded(OrielError):
    """A text tower can't be used with the present search model. Fields: name, needed (names of those it serves)."""

    code = "image_model_needed"


class ModelInUse(OrielError):
    """The model can't be removed: the settings name it, or it ships with Oriel. Fields: name."""

    code = "model_in_use"
