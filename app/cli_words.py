"""What the terminal says: stages, reasons and errors in words, progress, paths on one line, objects in JSON.

To add a stage, a reason or an error: its words in the table here, and in ui/wording.py, or ui/error_words.py.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from app.core.errors import DownloadFailed, DownloadTrouble, ModelUnusable, OrielError, UnreadableImage
from app.core.query import Mistake, Problem
from app.core.types import Evidence, Like, Likeness, Reason, Stage
from app.library.find.lacking import Lack

STAGES = {
    Stage.FIND: "Finding photos",
    Stage.READ: "Reading photos",
    Stage.PLACE: "Naming places",
    Stage.EMBED: "Learning what they show",
    Stage.TAG: "Tagging",
    Stage.TEXT: "Reading text",
    Stage.PREPARE: "Preparing the next model",
    Stage.CAPTION: "Describing",
    Stage.CAPTION_MEANING: "Reading captions",
}

REASONS = {
    Reason.EMPTY: "the file is empty",
    Reason.TRUNCATED: "the file is cut off",
    Reason.CORRUPT: "the file is damaged",
    Reason.NOT_AN_IMAGE: "not a picture that Oriel can read",
    Reason.TOO_LARGE: "the picture is too large",
    Reason.UNREADABLE: "the file can't be read (check its permissions)",
    Reason.ONLINE_ONLY: "only its cloud drive has the file",
    Reason.VANISHED: "the file is gone",
    Reason.CHANGED_WHILE_READ: "the file was being changed; it will be read again",
    Reason.CRASHED: "reading it crashed the decoder, twice",
    Reason.NO_DECODER: "this Oriel comes without a decoder for videos",
    Reason.TIMED_OUT: "reading it took too long and was stopped",
    Reason.MODEL_FAILED: "the model could not use it",
}

MODEL_TROUBLES = {
    "folder_missing": "the folder is not there",
    "weights_missing": "it holds no weights",
    "pickled_only": "its weights are in an unsafe format (pickle); safetensors are needed",
    "wrong_kind": "it is of a kind that can't be used for this",
    "config_damaged": "its description is damaged or missing",
    "weights_damaged": "its weights are damaged",
    "tensors_missing": "some of its weights are missing",
    "remote_code": "it needs program code of its own, which Oriel does not run",
    "tokenizer_missing": "its tokenizer is missing",
    "tokenizer_damaged": "its tokenizer is damaged",
    "tokenizer_mismatch": "its tokenizer belongs to another model",
    "pickle_unsafe": "its weights are in pickle's format and hold more than weights; they were not run",
    "hash_mismatch": "its weights are not the published ones",
    "conversion_failed": "its weights could not be brought into a safe format",
    "folder_unusable": "its folder can't be read or written",
    "text_tower_unknown": "it is a text model of a kind that Oriel does not know",
    "spaces_undeclared": "it is a text model, and nothing says to which image model it belongs",
    "space_not_served": "it is a text model that belongs to another image model",
    "preprocessing_mismatch": "it prepares pictures in a way that Oriel does not know",
    "not_installed": 'RapidOCR and ONNX Runtime are not installed (in the folder of Oriel: pip install ".[ocr]")',
    "not_in_this_program": "what reads it is not in this program, but in an Oriel that was installed with Python",
    "models_missing": "RapidOCR is here without its models; install it anew",
    "models_damaged": "RapidOCR or its models are damaged; install it anew",
}

ERRORS = {
    "catalog_damaged": "The catalogue {path} is damaged and was left as it is. Open the window to restore the last "
    "backup ({backup}), or choose another library with --library.",
    "catalog_newer": "The catalogue {path} was made by a newer Oriel and was left untouched. Update Oriel.",
    "catalog_unavailable": "The library at {path} can't be used: {detail}. Check its permissions or choose another "
    "with --library.",
    "disk_full": "The disk that holds {path} is full. What was done so far is kept; free some space and run the "
    "command again.",
    "path_missing": "There is nothing at {path}. Check the spelling, or plug the drive in.",
    "folder_away": "{path} lies in {folder}, which is not there now. Plug its drive in.",
    "file_unreadable": "{path} can't be read: {detail}.",
    "not_in_library": "{path} is not in the library. 'oriel status' lists its folders.",
    "unreadable_image": "{path} can't be used as a picture: {sentence}.",
    "decoders_unavailable": "The processes that decode pictures can't be started ({detail}). Close other programs, or "
    "start the computer anew; if that does not help, run 'oriel --self-check'.",
    "model_unusable": "The model in {path} can't be used: {trouble}. Choose another folder in the window's settings.",
    "text_reader_unusable": "Text in pictures can't be read: {trouble}.",
    "out_of_memory": "There is not enough memory for the model ({detail}). Close other programs and try again.",
    "measuring_failed": "{name} could not be measured: no way to run it came to its end in time. It runs as before. "
    "Try again when the computer is less busy.",
    "too_few_photos": "There are too few photos in the library to measure a model with: {found} of {wanted}. Take some "
    "in with 'oriel index', or name another library with --library.",
    "models_busy": "Another Oriel is running the models on this library. Try again when it is done.",
    "vectors_unknown": "The library keeps no vectors named '{space}'. 'oriel status --json' lists them.",
    "vectors_in_use": "The vectors '{space}' are in use: the library answers by them, they are being made, or another "
    "Oriel has them open. Close it and try again.",
    "download_failed": "The model could not be downloaded: {trouble}",
    "model_unknown": "There is no model named {name}. 'oriel models' lists them.",
    "model_not_installed": "{name} is not on this computer. Get it with 'oriel models download {name}'.",
    "image_model_needed": "{name} reads queries for {needed}, and for no other search model. Get that one with 'oriel "
    "models download {needed}' and choose it with 'oriel models use {needed}'.",
    "model_in_use": "{name} is in use, or ships with Oriel. Choose another first: 'oriel models use starter' for "
    "search, 'oriel models use no-text-model' for queries, 'oriel models use no-captions' for captions.",
}

_AGAIN = "What came before is kept; the same command goes on from there."

DOWNLOAD_TROUBLES = {
    DownloadTrouble.UNREACHABLE: "{address} can't be reached. Check the network; if your network has a proxy, name it "
    "in HTTPS_PROXY; another address of the hub can be set in HF_ENDPOINT. " + _AGAIN,
    DownloadTrouble.PROXY: "the proxy refused or can't be used ({detail}{status}). Check HTTPS_PROXY and ALL_PROXY (a "
    "SOCKS proxy is not understood), and whether it wants a name and a password. " + _AGAIN,
    DownloadTrouble.TIMED_OUT: "{address} stopped answering. Try again later. " + _AGAIN,
    DownloadTrouble.CUT: "the connection to {address} breaks again and again. Try again later. " + _AGAIN,
    DownloadTrouble.CERTIFICATE: "the certificate of {address} can't be trusted. Check the clock; where a firewall "
    "reads along, name its certificate in SSL_CERT_FILE.",
    DownloadTrouble.NOT_SECURE: "{address} leads to {what}, which is not encrypted. Use an address with https.",
    DownloadTrouble.REFUSED: "{address} refused ({status}). If it asks for an account, put its token into HF_TOKEN; if "
    "you set a token, check it.",
    DownloadTrouble.GATED: "the model's owners want their terms accepted first: do so on the model's page, then put "
    "your token into HF_TOKEN.",
    DownloadTrouble.NOT_FOUND: "{address} does not have it ({what}). If you use a mirror, it may be incomplete; else "
    "update Oriel.",
    DownloadTrouble.BUSY: "{address} wants fewer questions now. Try again in {minutes} min. " + _AGAIN,
    DownloadTrouble.HUB_FAILED: "{address} has a failure of its own ({status}). Try again later. " + _AGAIN,
    DownloadTrouble.ODD_ANSWER: "what answers at {address} is no model hub. Is it the log-in page of the network, or a "
    "wrong address?",
    DownloadTrouble.OTHER_CONTENT: "{address} offers another {what} than the one that Oriel knows. It was not taken. "
    "Use another address, or update Oriel.",
    DownloadTrouble.WRONG_CONTENT: "{what} came damaged, twice, and was thrown away. Try again, or use another "
    "address.",
    DownloadTrouble.NO_ROOM: "it needs {needed} and {free} are free at {what}. Free some space. " + _AGAIN,
    DownloadTrouble.FOLDER_UNWRITABLE: "{what} can't be written ({detail}). Check its permissions.",
    DownloadTrouble.IN_PROGRESS: "another Oriel is downloading or removing {what}. Wait for it to end.",
}

MISTAKES = {
    Mistake.VALUE_MISSING: "{field}: needs something behind the colon",
    Mistake.VALUE_UNKNOWN: "{field}: knows no {value}, only {choices}",
    Mistake.NOT_A_DATE: "{value} is no date; write 2023, 2023-05, 2023-05-17, 2023-05..2023-08, last-week or 7d",
    Mistake.NOT_A_RATING: "{value} is no rating; write 4, >=4 or 3..5, from 0 to 5",
    Mistake.GROUP_NOT_CLOSED: "a parenthesis is not closed",
    Mistake.GROUP_NOT_OPENED: "a parenthesis is closed that was not opened",
    Mistake.QUOTE_NOT_CLOSED: "a quote is not closed: all behind it is looked for as one",
    Mistake.OR_WITHOUT_SIDE: "OR needs something on both sides",
    Mistake.TOO_DEEP: "too many parentheses in one another",
    Mistake.TOO_LONG: "only the first 64 different words and fields are searched for",
    Mistake.TOO_MANY_WAYS: "too many combinations of OR; only the first 16 are searched for",
}
"""What is wrong with a part of a query."""

RETRIES = {
    DownloadTrouble.UNREACHABLE: "The hub can't be reached",
    DownloadTrouble.TIMED_OUT: "The hub stopped answering",
    DownloadTrouble.CUT: "The connection broke",
    DownloadTrouble.BUSY: "The hub wants a pause",
    DownloadTrouble.HUB_FAILED: "The hub failed",
}
"""What passes, said while it is tried again."""


NO_GOOD_MATCH = "No good matches. What comes nearest:"

WEAKER = "Weaker matches below:"

LIBRARY_EMPTY = "The library is empty. 'oriel index FOLDER' takes photos in."

UNKNOWN_LANGUAGE = "The search model knows English only, and may not understand this. 'oriel models' lists others."


def sentence(error: OrielError) -> str:
    """What went wrong and the next step, for a person."""
    template = ERRORS.get(error.code)
    if template is None:
        return str(error)
    fields = dict.fromkeys(("path", "backup"), "none") | dict.fromkeys(("detail", "what"), "") | error.fields
    if isinstance(error, ModelUnusable):
        code, what = str(fields["detail"]), str(fields["what"])
        trouble = MODEL_TROUBLES.get(code, code.replace("_", " "))
        fields["trouble"] = f"{trouble} ({what})" if what and what != str(fields["path"]) else trouble
    if isinstance(error, DownloadFailed):
        fields["trouble"] = download_trouble(error)
    if isinstance(error, UnreadableImage):
        fields["sentence"] = REASONS.get(Reason(str(error.fields.get("reason", Reason.CORRUPT))), "")
    return template.format(**fields)


def lacking(missing: Lack) -> str:
    """Why what stands in pictures, or what captions say, could not be found, and the next step."""
    what = "Text was read in" if missing.stage is Stage.TEXT else "A model has described"
    told = f"{what} {missing.done:,} of {missing.total:,} photos."
    if missing.unavailable is None:
        return f"{told} 'oriel rescan' goes on with the others."
    if missing.unavailable.error is not None:
        return f"{told} {sentence(missing.unavailable.error)}"
    if missing.stage is Stage.TEXT:
        return f"{told} Reading text is off: the window's settings have it, 'Read the text in pictures'."
    return f"{told} There is no captioning model: 'oriel models' lists some."


def mistake(problem: Problem, asked: str) -> str:
    """What was passed over in a query, and where."""
    what = MISTAKES[problem.code].format_map(problem.fields)
    if problem.code is Mistake.TOO_MANY_WAYS and (problem.start, problem.end) == (0, len(asked)):
        return f"Some of it is passed over: {what}."
    return f"Passed over “{shown(asked[problem.start : problem.end])}” at {problem.start + 1}: {what}."


def download_trouble(error: DownloadFailed) -> str:
    """Why a model did not come, and the next step, as a clause."""
    wait_s = error.fields.get("wait_s")
    fields = dict.fromkeys(("address", "what", "detail", "status"), "") | error.fields
    for name in ("needed", "free"):
        fields[name] = size(int(str(error.fields.get(f"{name}_bytes", 0))))
    fields["minutes"] = max(1, round(wait_s / 60)) if isinstance(wait_s, int | float) else 5
    return DOWNLOAD_TROUBLES[error.trouble].format(**fields)


def size(size_bytes: float) -> str:
    """ "605.2 MB"."""
    for unit in ("B", "kB", "MB"):
        if size_bytes < 1000:
            return f"{size_bytes:.0f} {unit}" if unit != "MB" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.2f} GB"


class ProgressBar:
    """A line on a terminal that tells how far work is; nothing where the output goes elsewhere, or is for programs."""

    def __init__(self, unit: str, *, is_json: bool) -> None:
        """``unit``: what is counted; "B" for bytes, which are told in thousands and millions."""
        self._unit = unit
        self._is_shown = not is_json and sys.stderr.isatty()
        self._bar: tqdm[Any] | None = None

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def advance(self, title: str, done: int, total: int | None) -> None:
        """So many of so many are done."""
        if not self._is_shown:
            return
        if self._bar is None:
            is_bytes = self._unit == "B"
            unit = self._unit if is_bytes else f" {self._unit}"
            self._bar = tqdm(unit=unit, unit_scale=is_bytes, file=sys.stderr, dynamic_ncols=True)
        self._bar.total = total
        self._bar.set_description(title, refresh=False)
        self._bar.update(done - self._bar.n)

    def say(self, line: str) -> None:
        """A line for people, above the bar where there is one."""
        if self._bar is not None:
            self._bar.write(line, file=sys.stderr)
        else:
            print(line, file=sys.stderr)

    def end(self) -> None:
        """Leave it as it stands; what advances next begins a new one."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def print_json(told: dict[str, Any]) -> None:
    """One object on a line of its own."""
    # ASCII: a path that is not valid text survives as \udcXX, whatever the terminal's encoding.
    print(json.dumps(told), flush=True)


def shown(path: Path | str) -> str:
    """A path for people, on one line: a name may hold line breaks, or commands for the terminal."""
    return "".join(each if each >= " " and not "\x7f" <= each <= "\x9f" else repr(each)[1:-1] for each in str(path))


def reason(found: Evidence) -> str:
    """One reason why a photo is a hit, on one line: the words of the query in brackets."""
    if found.like is not None:
        return _likeness(found.like, found.above)
    text = shown(_in_brackets(found.text, found.marks))
    if found.confidence is not None:
        text += f" ({found.confidence:.0%})"
    if found.above is not None:
        text += f"{' (' if text else ''}stronger than {_percent(found.above)} % of the library{')' if text else ''}"
    return f"{found.why}: {text}"


def reason_as_json(found: Evidence) -> dict[str, object]:
    """The same as an object: marks as [start, end], shares from 0 to 1; what does not apply is left out."""
    like: dict[str, object] = {}
    if found.like is not None:
        like = {"how": str(found.like.how), "picture": found.like.name}
        like |= {"apart_s": found.like.apart_s} if found.like.how is Like.MOMENT else {}
    told = {
        "text": found.text,
        "marks": [list(mark) for mark in found.marks],
        "confidence": found.confidence,
        "above": found.above,
        "like": like,
    }
    return {"why": str(found.why), **{name: value for name, value in told.items() if value not in ("", [], {}, None)}}


def _likeness(like: Likeness, above: float | None) -> str:
    name = f"a part of {shown(like.name)}" if like.is_part else shown(like.name)
    if like.how is Like.MOMENT:
        return f"same moment: taken {abs(like.apart_s):.0f} s {'later' if like.apart_s >= 0 else 'earlier'}"
    return {
        Like.COPY: f"copy of {name}: the same image data",
        Like.ALIKE: f"nearly the same picture as {name}",
        Like.LOOKS: f"looks like {name}: more like it than {_percent(above)} % of the library",
        Like.UNLIKE: f"unlike {name}: less like it than {_percent(above)} % of the library",
    }[like.how]


def _percent(above: float | None) -> int:
    """The first of many stands above all others, but not above itself."""
    return min(99, int(100 * (above or 0)))


def _in_brackets(text: str, marks: Sequence[tuple[int, int]]) -> str:
    for start, end in reversed(marks):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return text
