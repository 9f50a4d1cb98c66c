"""What went wrong, in sentences that say whose fault it is and what to do next."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from PySide6.QtCore import QCoreApplication

from app import paths
from app.core.errors import (
    DownloadFailed,
    DownloadTrouble,
    FetchFailed,
    FetchTrouble,
    ModelUnusable,
    OrielError,
    TextReaderUnusable,
    UnreadableImage,
)
from app.core.types import (
    Reason,
    Stage,
    Unavailable,
)
from app.library.find.lacking import Lack
from app.ui import wording

translate = QCoreApplication.translate


def error(error: Exception) -> str:
    """What went wrong, whose fault it is and the next step."""
    if not isinstance(error, OrielError):
        return translate(
            "wording", "Something failed inside Oriel, and it is not your fault. The log has the details: {folder}"
        ).format(folder=paths.log_folder())
    if isinstance(error, UnreadableImage):
        why = Reason(str(error.fields.get("reason", Reason.CORRUPT)))
        return translate("wording", "{path}: {reason}.").format(
            path=_name(error.fields.get("path")), reason=wording.reason(why)
        )
    if isinstance(error, TextReaderUnusable):
        return text_reader_trouble(error)
    if isinstance(error, ModelUnusable):
        return _model_trouble(error)
    if isinstance(error, DownloadFailed):
        return download_trouble(error)
    if isinstance(error, FetchFailed):
        return fetch_trouble(error)
    template = _errors().get(error.code)
    if template is None:
        return str(error)
    return template.format(
        **(
            dict.fromkeys(("path", "detail", "backup", "name", "needed", "found", "wanted", "folder"), "")
            | error.fields
        )
    )


def unavailable(fact: Unavailable) -> str:
    """Why a stage cannot run here, and what to do about it."""
    if fact.error is not None:
        return error(fact.error)
    if fact.stage is Stage.TEXT:
        return translate("wording", "Not switched on. The settings have it: “Read the text in pictures”.")
    return translate("wording", "No captioning model is installed. Download one under Models in the settings.")


def lack_hint(missing: Lack) -> str:
    """What to do about it, or that there is nothing to do."""
    if missing.unavailable is not None:
        return unavailable(missing.unavailable)
    return translate("wording", "Oriel goes on by itself; what it finds joins when you ask again.")


def _errors() -> dict[str, str]:
    return {
        "catalog_damaged": translate("wording", "The catalogue {path} is damaged. It was left as it is."),
        "catalog_newer": translate(
            "wording", "The catalogue {path} was made by a newer Oriel and was left untouched. Update Oriel."
        ),
        "catalog_unavailable": translate(
            "wording", "The library at {path} can't be used: {detail}. Check its permissions."
        ),
        "decoders_unavailable": translate(
            "wording",
            "The processes that decode pictures can't be started ({detail}). Close other programs, or start the "
            "computer anew.",
        ),
        "disk_full": translate(
            "wording", "The disk that holds {path} is full. What was done is kept; free some space, then try again."
        ),
        "path_missing": translate("wording", "There is nothing at {path}. Was it moved, or is its drive unplugged?"),
        "folder_away": translate("wording", "{folder} is not there now. The photo comes back with it."),
        "file_unreadable": translate("wording", "{path} can't be read: {detail}."),
        "not_in_library": translate("wording", "{path} is not in the library."),
        "out_of_memory": translate(
            "wording", "There is not enough memory for the model. Close other programs, then try again."
        ),
        "measuring_failed": translate(
            "wording", "{name} could not be measured now: the computer was too busy. It runs as before."
        ),
        "too_few_photos": translate(
            "wording", "There are too few photos yet to measure a model with: {found} of {wanted}. Add some first."
        ),
        "models_busy": translate(
            "wording", "Another Oriel is running the models on this library. Try again when it is done."
        ),
        "vectors_unknown": translate("wording", "The vectors are gone already."),
        "vectors_in_use": translate(
            "wording", "The vectors are still in use, perhaps by another Oriel on this library. Try again later."
        ),
        "not_ours_to_move": translate(
            "wording", "{path} belongs to Apple Photos and is never moved by Oriel. Delete it in Photos."
        ),
        "model_unknown": translate("wording", "Oriel knows no model named {name}."),
        "model_not_installed": translate("wording", "{name} is not on this computer. Download it first."),
        "image_model_needed": translate(
            "wording",
            "{name} reads queries for {needed}, and for no other search model. Download and use that one first.",
        ),
        "model_in_use": translate("wording", "{name} is in use, or ships with Oriel. Choose another model first."),
        "trash_failed": translate("wording", "The system's trash refused {path}: {detail}. The file is where it was."),
    }


def _model_trouble(error: ModelUnusable) -> str:
    what = error.fields.get("what")
    why = {
        "folder_missing": translate("wording", "the folder is not there"),
        "weights_missing": translate("wording", "it holds no weights"),
        "pickled_only": translate("wording", "its weights are in an unsafe format (pickle); safetensors are needed"),
        "wrong_kind": translate("wording", "it is of a kind that can't be used for this"),
        "config_missing": translate("wording", "it holds no model: its description is missing"),
        "config_damaged": translate("wording", "its description is damaged"),
        "weights_damaged": translate("wording", "its weights are damaged"),
        "tensors_missing": translate("wording", "some of its weights are missing"),
        "remote_code": translate("wording", "it needs program code of its own, which Oriel does not run"),
        "tokenizer_missing": translate("wording", "its tokenizer is missing"),
        "tokenizer_damaged": translate("wording", "its tokenizer is damaged"),
        "tokenizer_mismatch": translate("wording", "its tokenizer belongs to another model"),
        "pickle_unsafe": translate(
            "wording", "its weights are in pickle's format and hold more than weights; they were not run"
        ),
        "hash_mismatch": translate("wording", "its weights are not the published ones"),
        "conversion_failed": translate("wording", "its weights could not be brought into a safe format"),
        "folder_unusable": translate("wording", "its folder can't be read or written"),
        "text_tower_unknown": translate("wording", "it is a text model of a kind that Oriel does not know"),
        "spaces_undeclared": translate(
            "wording", "it is a text model, and nothing says to which image model it belongs"
        ),
        "space_not_served": translate("wording", "it is a text model that belongs to another image model"),
        "preprocessing_missing": translate("wording", "the description of how it wants its pictures is missing"),
        "preprocessing_damaged": translate("wording", "the description of how it wants its pictures is damaged"),
        "preprocessing_unknown": translate("wording", "it prepares pictures in a way that Oriel does not know"),
        "preprocessing_mismatch": translate("wording", "it prepares pictures in a size that its weights don't take"),
    }.get(str(error.fields.get("detail")), str(error.fields.get("detail", "")))
    return translate(
        "wording", "The model in {path} can't be used: {why}. Choose another one under Models in the settings."
    ).format(
        path=error.fields.get("path", ""),
        why=f"{why} ({what})" if what and what != str(error.fields.get("path")) else why,
    )


def text_reader_trouble(error: TextReaderUnusable) -> str:
    """Why text in pictures can't be read, and what to do about it."""
    return {
        "not_in_this_program": translate(
            "wording", "What reads text is not in this program. It is in an Oriel that was installed with Python."
        ),
        "models_missing": translate("wording", "RapidOCR is here without its models ({path}). Install it anew."),
        "models_damaged": translate("wording", "RapidOCR or its models ({path}) are damaged. Install it anew."),
    }.get(
        str(error.fields.get("detail")),
        translate("wording", 'What reads text is not installed. In the folder of Oriel: pip install ".[ocr]"'),
    ).format(path=error.fields.get("path"))


def download_trouble(error: DownloadFailed) -> str:
    """Why a model could not be downloaded, and the next step."""
    wait_s, needed, free = (error.fields.get(name) for name in ("wait_s", "needed_bytes", "free_bytes"))
    fields = dict.fromkeys(("address", "what", "detail", "status"), "") | error.fields
    told = _download_troubles()[error.trouble].format(
        **fields,
        wait=wording.duration(wait_s if isinstance(wait_s, int | float) else 300),
        needed=wording.size(needed if isinstance(needed, int) else 0),
        free=wording.size(free if isinstance(free, int) else 0),
    )
    return told.replace(" ()", "")  # where no file is to blame


def _download_troubles() -> dict[DownloadTrouble, str]:
    return {
        DownloadTrouble.UNREACHABLE: translate(
            "wording", "{address} can't be reached. Check the network, its proxy, or the address. What came is kept."
        ),
        DownloadTrouble.PROXY: translate(
            "wording", "The proxy refused or can't be used. Check its address, kind, name and password."
        ),
        DownloadTrouble.TIMED_OUT: translate(
            "wording", "{address} stopped answering. Try again later; what came is kept."
        ),
        DownloadTrouble.CUT: translate(
            "wording", "The connection to {address} breaks again and again. Try again later; what came is kept."
        ),
        DownloadTrouble.CERTIFICATE: translate(
            "wording", "The certificate of {address} can't be trusted. Check the clock, or the firewall's certificate."
        ),
        DownloadTrouble.NOT_SECURE: translate(
            "wording", "{address} leads to {what}, which is not encrypted. Use an address with https."
        ),
        DownloadTrouble.REFUSED: translate(
            "wording", "{address} refused. If it asks for an account, its token must be set; else check the token."
        ),
        DownloadTrouble.GATED: translate(
            "wording",
            "The model's owners want their terms accepted first. Do so on the model's page, with your account.",
        ),
        DownloadTrouble.NOT_FOUND: translate(
            "wording", "{address} does not have this model ({what}). A mirror may be incomplete; else update Oriel."
        ),
        DownloadTrouble.BUSY: translate(
            "wording", "{address} wants fewer questions now. Try again in {wait}; what came is kept."
        ),
        DownloadTrouble.HUB_FAILED: translate(
            "wording", "{address} has a failure of its own. Try again later; what came is kept."
        ),
        DownloadTrouble.ODD_ANSWER: translate(
            "wording", "What answers at {address} is no model hub. Is it the network's log-in page, or a wrong address?"
        ),
        DownloadTrouble.OTHER_CONTENT: translate(
            "wording", "{address} offers another {what} than the one that Oriel knows, so it was not taken."
        ),
        DownloadTrouble.WRONG_CONTENT: translate(
            "wording", "{what} came damaged, twice, and was thrown away. Try again, or use another address."
        ),
        DownloadTrouble.NO_ROOM: translate(
            "wording", "The model needs {needed}, and {free} are free. Free some space; what came is kept."
        ),
        DownloadTrouble.FOLDER_UNWRITABLE: translate("wording", "{what} can't be written. Check its permissions."),
        DownloadTrouble.IN_PROGRESS: translate(
            "wording", "Another Oriel is downloading or removing this model. Wait for it to end."
        ),
    }


def fetch_trouble(error: FetchFailed) -> str:
    """Why a picture did not come from an address, and what to do."""
    sentences = {
        FetchTrouble.NO_ADDRESS: translate("wording", "This is no address of a picture. It begins with https://."),
        FetchTrouble.PRIVATE: translate(
            "wording",
            "{host} is in a private network or on this computer, where Oriel fetches nothing. Save the picture and drop"
            " its file here.",
        ),
        FetchTrouble.UNREACHABLE: translate("wording", "{host} can't be reached. Are you online?"),
        FetchTrouble.TIMED_OUT: translate("wording", "{host} takes too long. Save the picture and drop its file here."),
        FetchTrouble.CERTIFICATE: translate(
            "wording", "{host} can't prove that it is {host}, so nothing was fetched from it."
        ),
        FetchTrouble.NOT_SECURE: translate(
            "wording", "The address leads on to one without encryption ({host}), so nothing was fetched."
        ),
        FetchTrouble.PROXY: translate(
            "wording",
            "The proxy that leads to {host} refused or can't be used. Save the picture and drop its file here.",
        ),
        FetchTrouble.REFUSED: translate(
            "wording", "{host} does not give this picture to programs. Save it in your browser and drop its file here."
        ),
        FetchTrouble.NOT_FOUND: translate("wording", "{host} has no such picture any more."),
        FetchTrouble.CUT: translate("wording", "The picture from {host} came incomplete. Try again."),
        FetchTrouble.TOO_LARGE: translate(
            "wording", "What lies at {host} is larger than 50 MB, too large for a query."
        ),
        FetchTrouble.NO_PICTURE: translate(
            "wording",
            "The address is that of a page, not of a picture. Copy the picture's own address, or the picture.",
        ),
        FetchTrouble.ODD_ANSWER: translate("wording", "{host} gave no picture. Save it and drop its file here."),
    }
    host = urlsplit(str(error.fields.get("address", ""))).hostname or translate("wording", "The server")
    return sentences[error.trouble].format(host=host)


def _name(path: object) -> str:
    return path.name if isinstance(path, Path) else str(path)
