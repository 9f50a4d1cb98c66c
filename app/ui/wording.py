"""Turns facts, reasons, errors, stages and numbers into sentences that can be translated.

To add a reason, an error or a stage: its sentence in the table here; tests/ui/test_wording.py misses it otherwise.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, QTimeZone

from app.core.query import Source
from app.core.types import (
    Answer,
    DateSource,
    Evidence,
    FolderUnavailable,
    Kind,
    Like,
    Likeness,
    Metadata,
    MovedToProcessor,
    Order,
    Photo,
    PhotoRow,
    Place,
    Reason,
    Role,
    Stage,
    TextLine,
    Why,
)
from app.library.find.examples import Looking
from app.library.find.lacking import Lack

translate = QCoreApplication.translate


# Numbers and names


def source(where: Source) -> str:
    """Where words can be looked for."""
    return {
        Source.PICTURES: translate("wording", "What pictures show"),
        Source.CAPTIONS: translate("wording", "What captions mean"),
        Source.WORDS: translate("wording", "Words in captions and tags"),
        Source.TEXT: translate("wording", "Text in pictures"),
    }[where]


def number(count: int) -> str:
    """A number as the locale groups it: 38,214."""
    return QLocale().toString(count)


def photos(count: int) -> str:
    """How many photos, in words that agree."""
    return translate("wording", "1 photo") if count == 1 else translate("wording", "{n} photos").format(n=number(count))


def size(size_bytes: int) -> str:
    """A size as people say it: 2.1 MB."""
    return QLocale().formattedDataSize(size_bytes, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat)


def bytes_of_model(size_bytes: int) -> str:
    """As hubs and browsers count downloads, a megabyte being a million: 605 MB, 1.5 GB."""
    places = 1 if 1e6 <= size_bytes < 1e7 or size_bytes >= 1e9 else 0
    return QLocale().formattedDataSize(size_bytes, places, QLocale.DataSizeFormat.DataSizeSIFormat)


def percent(done: int, total: int) -> str:
    """A share as people say it: 34 %. Never 100 % before all is done."""
    share = 100 * done // total if total else 0
    return translate("wording", "{n} %").format(n=share)


def per_second(rate: float) -> str:
    """A speed with as many digits as it deserves: 42, 3.5, 0.24."""
    return QLocale().toString(rate, "f", 0 if rate >= 10 else 1 if rate >= 1 else 2)


def moment(seconds: float) -> str:
    """A date and time, as written where the photo was taken."""
    taken = QDateTime.fromSecsSinceEpoch(int(seconds), QTimeZone(QTimeZone.Initialization.UTC))
    locale = QLocale()
    day = locale.toString(taken.date(), _without_weekday(locale.dateFormat(QLocale.FormatType.LongFormat)))
    return f"{day}, {locale.toString(taken.time(), QLocale.FormatType.ShortFormat)}"


def _without_weekday(pattern: str) -> str:
    return re.sub(r"^dddd,?\s*|,?\s*dddd$", "", pattern)


def duration(seconds: float) -> str:
    """About how long: "4 min"."""
    if seconds < 60:
        return translate("wording", "{n} s").format(n=max(1, round(seconds)))
    minutes = round(seconds / 60)
    if minutes < 60:
        return translate("wording", "{n} min").format(n=minutes)
    return translate("wording", "{h} h {m} min").format(h=minutes // 60, m=minutes % 60)


def rough_duration(seconds: float) -> str:
    """What a guess can say: "4 min", "14 h", "3 days"."""
    hours = round(seconds / 3600)
    if hours < 10:
        return duration(seconds)
    if hours < 48:
        return translate("wording", "{n} h").format(n=hours)
    return translate("wording", "{n} days").format(n=number(round(hours / 24)))


def order(order: Order) -> str:
    """What comes first."""
    return {
        Order.NEWEST: translate("wording", "Newest first"),
        Order.OLDEST: translate("wording", "Oldest first"),
        Order.NAME: translate("wording", "By name"),
        Order.ADDED: translate("wording", "Last added first"),
        Order.RATING: translate("wording", "Best rated first"),
    }[order]


# Background work


def stage(stage: Stage) -> str:
    """What is being done, short enough for the card."""
    return {
        Stage.FIND: translate("wording", "Finding photos"),
        Stage.READ: translate("wording", "Reading photos"),
        Stage.PLACE: translate("wording", "Naming places"),
        Stage.EMBED: translate("wording", "Studying photos"),
        Stage.TAG: translate("wording", "Tagging photos"),
        Stage.TEXT: translate("wording", "Reading text in photos"),
        Stage.PREPARE: translate("wording", "Preparing the next model"),
        Stage.CAPTION: translate("wording", "Describing photos"),
        Stage.CAPTION_MEANING: translate("wording", "Reading captions"),
    }[stage]


def preparing(model: str) -> str:
    """A model's vectors are being made."""
    return translate("wording", "Preparing {model}").format(model=model)


def reason(reason: Reason) -> str:
    """Why a photo was skipped, as a whole sentence without its full stop."""
    return {
        Reason.EMPTY: translate("wording", "The file is empty"),
        Reason.TRUNCATED: translate("wording", "The file is cut off: its end is missing"),
        Reason.CORRUPT: translate("wording", "The file is damaged"),
        Reason.NOT_AN_IMAGE: translate("wording", "This is not a picture that Oriel can read"),
        Reason.TOO_LARGE: translate("wording", "The picture is too large"),
        Reason.UNREADABLE: translate("wording", "The file can't be read; check its permissions"),
        Reason.ONLINE_ONLY: translate("wording", "Only its cloud drive has the file; open it there to download it"),
        Reason.VANISHED: translate("wording", "The file is gone"),
        Reason.CHANGED_WHILE_READ: translate("wording", "The file was being changed; it is read again later"),
        Reason.CRASHED: translate("wording", "Reading it crashed the decoder, twice"),
        Reason.NO_DECODER: translate("wording", "This Oriel comes without a decoder for videos"),
        Reason.TIMED_OUT: translate("wording", "Reading it took too long and was stopped"),
        Reason.MODEL_FAILED: translate("wording", "The model could not use it"),
    }[reason]


def picture_text(lines: Iterable[TextLine]) -> str:
    """What stands in a picture, line by line; lines side by side stand behind each other."""
    return "\n".join(line.text for line in lines)


def moved_to_processor(fact: MovedToProcessor) -> str:
    """A model had no room on the graphics card."""
    return translate(
        "wording",
        "The graphics card has no memory left for {model}. It goes on, more slowly, on the processor until Oriel is"
        " started again.",
    ).format(model=fact.model)


def folder_unavailable(fact: FolderUnavailable) -> str:
    """What is the matter with a folder, and what becomes of its photos."""
    if fact.is_offline:
        return translate("wording", "{path} is not there now. Its photos stay in the library.").format(path=fact.path)
    return translate("wording", "{path} can't be read ({detail}). Check its permissions.").format(
        path=fact.path, detail=fact.detail
    )


def left_out(counts: Mapping[str, int]) -> str:
    """ "312 videos and 2 raw photos left out", or "" where nothing a person would miss was."""
    told = [_left_out_kind(kind, count) for kind, count in sorted(counts.items()) if count]
    named = [text for text in told if text]
    return translate("wording", "{kinds} left out").format(kinds=", ".join(named)) if named else ""


def _left_out_kind(kind: str, count: int) -> str:
    one_many: dict[str, tuple[str, str]] = {
        "video": (translate("wording", "1 video"), translate("wording", "{n} videos")),
        "raw": (translate("wording", "1 raw photo"), translate("wording", "{n} raw photos")),
        "audio": (translate("wording", "1 sound"), translate("wording", "{n} sounds")),
        "document": (translate("wording", "1 document"), translate("wording", "{n} documents")),
        "other_image": (
            translate("wording", "1 picture of another format"),
            translate("wording", "{n} pictures of other formats"),
        ),
        "archive": (translate("wording", "1 archive"), translate("wording", "{n} archives")),
        "small": (translate("wording", "1 tiny picture"), translate("wording", "{n} tiny pictures")),
    }
    if kind not in one_many:
        return ""
    one, many = one_many[kind]
    return one if count == 1 else many.format(n=number(count))


def path_in_lines(path: Path) -> str:
    """A path that may be broken into lines behind each folder; else a narrow label would cut it or grow."""
    return str(path).replace(os.sep, f"{os.sep}\u200b")


def offline() -> str:
    """Why a photo is greyed."""
    return translate("wording", "The file is not there now; perhaps its drive is unplugged")


# Search


def looking(at: Looking) -> str:
    """The model looks at the pictures that are searched with."""
    if at.total == 1:
        return translate("wording", "Looking at the picture…")
    return translate("wording", "Looking at {number} of {total} pictures…").format(
        number=number(at.number), total=number(at.total)
    )


def likeness_heading(answer: Answer, *, is_wanted: bool) -> str:
    """How many are like the pictures, the photo itself among them; or unlike them, where all are unwanted."""
    one, many = (
        (translate("wording", "1 similar photo"), translate("wording", "{n} similar photos"))
        if is_wanted
        else (translate("wording", "1 unlike photo"), translate("wording", "{n} unlike photos"))
    )
    return one if answer.good == 1 else many.format(n=number(answer.good))


def answer_heading(answer: Answer, *, is_growing: bool = False) -> str:
    """How many are good. ``is_growing``: photos are still being looked at."""
    if not answer.good and not answer.is_meaning_ready:
        return translate("wording", "Searching…")  # nothing is known yet of what the pictures show
    if not answer.good and is_growing and answer.searched < answer.total:
        return translate("wording", "No good matches yet")
    if not answer.good:
        return translate("wording", "No good matches")
    return (
        translate("wording", "1 good match")
        if answer.good == 1
        else translate("wording", "{n} good matches").format(n=number(answer.good))
    )


def answer_detail(answer: Answer, *, is_growing: bool = False) -> str:
    """Out of what and how fast; what is not yet searched by meaning is said, and whether it will be."""
    took = translate("wording", "{n} ms").format(n=max(1, round(answer.seconds * 1000)))
    if not answer.is_meaning_ready:
        return translate("wording", "by name, folder, tag and caption alone · what the pictures show follows")
    if is_growing and answer.searched < answer.total:
        return translate("wording", "{searched} · {took}").format(searched=searched_so_far(answer), took=took)
    if answer.searched < answer.total:
        return translate("wording", "in {searched} of {total} photos · {took}").format(
            searched=number(answer.searched), total=number(answer.total), took=took
        )
    return translate("wording", "in {photos} · {took}").format(photos=photos(answer.total), took=took)


def searched_so_far(answer: Answer) -> str:
    """While photos are still being looked at."""
    return translate("wording", "searched {searched} of {total} photos so far; more will join").format(
        searched=number(answer.searched), total=number(answer.total)
    )


def lack(missing: Lack) -> str:
    """Why nothing is found yet by what stands in pictures, or by captions."""
    if missing.stage is Stage.TEXT:
        none = translate("wording", "No text was read in your photos yet")
        some = translate("wording", "Text was read in {done} of {photos} so far: it is in none of them")
    else:
        none = translate("wording", "No model has described your photos yet")
        some = translate("wording", "{done} of {photos} are described so far: none of them so")
    return some.format(done=number(missing.done), photos=photos(missing.total)) if missing.done else none


def answer_note(answer: Answer) -> str:
    """One line where the model can't understand the query; "" where nothing is known against it."""
    if not (answer.unknown_language and answer.is_meaning_ready):
        return ""
    return translate("wording", "The search model knows English only. Settings → Models has others.")


# Kinds and lengths


def kinds(kind: Kind) -> str:
    """Photos of a kind, as a heading."""
    return {
        Kind.VIDEO: translate("wording", "Videos"),
        Kind.LIVE: translate("wording", "Live photos"),
        Kind.ANIMATION: translate("wording", "Animations"),
        Kind.RAW: translate("wording", "Raw"),
        Kind.PANORAMA: translate("wording", "Panoramas"),
        Kind.SCREENSHOT: translate("wording", "Screenshots"),
        Kind.DOCUMENT: translate("wording", "Documents"),
        Kind.PHOTO: translate("wording", "Photos"),
    }[kind]


def kind_mark(row: PhotoRow) -> str:
    """What sort of picture one photo is, as it is read aloud; "" for a plain photo."""
    if row.kind is Kind.VIDEO and row.duration_s:
        return translate("wording", "video, {length}").format(length=length(row.duration_s))
    return "" if row.kind is Kind.PHOTO else kind(row.kind)


def video_to_play(row: PhotoRow) -> str:
    """What stands below the still of a video in the viewer."""
    told = translate("wording", "Video, Enter plays it")
    return f"{told}   {length(row.duration_s)}" if row.duration_s else told


def kind(kind: Kind) -> str:
    """What sort of picture one photo is."""
    return {
        Kind.VIDEO: translate("wording", "video"),
        Kind.LIVE: translate("wording", "live photo"),
        Kind.ANIMATION: translate("wording", "animation"),
        Kind.RAW: translate("wording", "raw"),
        Kind.PANORAMA: translate("wording", "panorama"),
        Kind.SCREENSHOT: translate("wording", "screenshot"),
        Kind.DOCUMENT: translate("wording", "document"),
        Kind.PHOTO: translate("wording", "photo"),
    }[kind]


def length(duration_s: float) -> str:
    """ "0:42", "1:02:07": how long a video plays."""
    minutes, seconds = divmod(round(duration_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def role(role: Role) -> str:
    """What a file is to its photo; "" for the one that is shown."""
    return {
        Role.ORIGINAL: "",
        Role.TWIN: translate("wording", "raw"),
        Role.MOTION: translate("wording", "video of the live photo"),
        Role.UNEDITED: translate("wording", "before it was edited"),
        Role.SIDECAR: translate("wording", "from another program"),
    }[role]


def place(place: Place) -> str:
    """ "Cascais, Portugal"; the region only where there is no city."""
    return ", ".join(part for part in (place.city or place.region, place.country) if part)


def tooltip(text: str) -> str:
    """Text from outside for a tooltip, which would take what looks like markup for it."""
    return f"<span>{html.escape(text).replace(chr(10), '<br>')}</span>" if "<" in text else text


def evidence(found: Evidence) -> str:
    """One reason why a photo is a hit, as rich text: the words of the query in bold."""
    if found.like is not None:
        return _likeness(found.like, found.above)
    return f"<b>{html.escape(_called(found))}</b>: {_proof(found)}"


def _likeness(like: Likeness, above: float | None) -> str:
    """How a photo stands to a picture that was searched with, as rich text."""
    if like.how is Like.MOMENT:
        return _moment(like.apart_s)
    sentence = {
        Like.COPY: translate("wording", "<b>Copy</b> of {name}: the same image data"),
        Like.ALIKE: translate("wording", "<b>Nearly the same picture</b> as {name}"),
        Like.UNLIKE: translate("wording", "<b>Unlike</b> {name}: less like it than {percent} % of the library"),
        Like.LOOKS: translate("wording", "<b>Looks like</b> {name}: more like it than {percent} % of the library"),
    }[like.how]
    name = translate("wording", "a part of {name}").format(name=like.name) if like.is_part else like.name
    # The first of many stands above all others, but not above itself.
    told = sentence.format(name=html.escape(name), percent=min(99, int(100 * (above or 0))))
    if like.pictures == 1 or like.how not in (Like.LOOKS, Like.UNLIKE):
        return told
    return translate("wording", "{told}; the nearest of {count} pictures").format(told=told, count=like.pictures)


def _moment(apart_s: float) -> str:
    seconds = f"{abs(apart_s):.0f}"
    if seconds == "0":
        return translate("wording", "<b>Same moment</b>: taken in the same second")
    if apart_s > 0:
        return translate("wording", "<b>Same moment</b>: taken {seconds} s later").format(seconds=seconds)
    return translate("wording", "<b>Same moment</b>: taken {seconds} s earlier").format(seconds=seconds)


def with_reasons(name: str, reasons: str) -> str:
    """A photo's name above the reasons, as a tooltip."""
    return f"<p>{html.escape(name)}</p>{reasons}"


def why(reason: Why) -> str:
    """What made a photo a hit, in a word."""
    return {
        Why.SELF: translate("wording", "This photo"),
        Why.MEANING: translate("wording", "Meaning"),
        Why.CAPTION: translate("wording", "Caption"),
        Why.TAG: translate("wording", "Tag"),
        Why.NAME: translate("wording", "File name"),
        Why.FOLDER: translate("wording", "Folder"),
        Why.PLACE: translate("wording", "Place"),
        Why.TEXT: translate("wording", "Text in picture"),
    }[reason]


def _called(found: Evidence) -> str:
    is_meaning = found.why is Why.CAPTION and found.above is not None
    return translate("wording", "Meaning of the caption") if is_meaning else why(found.why)


def _proof(found: Evidence) -> str:
    text = _in_bold(found.text, found.marks)
    if found.confidence is not None:
        return translate("wording", "{tag} ({percent} %)").format(tag=text, percent=round(100 * found.confidence))
    if found.above is None:
        return text
    # The first of many stands above all others, but not above itself.
    percent = min(99, int(100 * found.above))
    stronger = translate("wording", "stronger than {percent} % of the library").format(percent=percent)
    return f"{text} ({stronger})" if text else stronger


def _in_bold(text: str, marks: Sequence[tuple[int, int]]) -> str:
    parts, at = [], 0
    for start, end in marks:
        if start >= at:
            parts += [html.escape(text[at:start]), f"<b>{html.escape(text[start:end])}</b>"]
            at = end
    return "".join(parts) + html.escape(text[at:])


# One photo


def is_date_of_file(photo: Photo) -> bool:
    """Whether nobody knows when the photo was taken, so that its file's date stands in."""
    return photo.metadata.date_source in (None, DateSource.FILE)


def is_own_date(photo: Photo) -> bool:
    """Whether the person has corrected it."""
    return photo.metadata.date_source is DateSource.USER


def taken(photo: Photo) -> str:
    """When it was taken, and who says so unless it was the camera."""
    source = photo.metadata.date_source
    when = moment(photo.taken_at)
    if source in (None, DateSource.EXIF, DateSource.FILE):
        return when
    return f"{when} · {date_source(source)}"


def date_source(source: DateSource) -> str:
    """Where a date comes from, to stand behind it."""
    return {
        DateSource.USER: translate("wording", "set by you"),
        DateSource.EXIF: translate("wording", "from the camera"),
        DateSource.XMP: translate("wording", "from its metadata"),
        DateSource.VIDEO: translate("wording", "from the video"),
        DateSource.TAKEOUT: translate("wording", "from Google Takeout"),
        DateSource.NAME: translate("wording", "from the file's name"),
        DateSource.SAVED: translate("wording", "when it was last saved"),
        DateSource.FILE: translate("wording", "the file's own date"),
    }[source]


def camera(metadata: Metadata) -> str:
    """Camera and focal length, as far as known."""
    parts = [
        metadata.camera,
        translate("wording", "{n} mm").format(n=_short(metadata.focal_mm)) if metadata.focal_mm else None,
    ]
    return " · ".join(part for part in parts if part)


def exposure(metadata: Metadata) -> str:
    """ "1/250 s · ƒ/1.6 · ISO 100", as far as known."""
    parts: list[str] = []
    if metadata.exposure_s:
        parts.append(translate("wording", "{time} s").format(time=_fraction(metadata.exposure_s)))
    if metadata.f_number:
        parts.append(f"ƒ/{_short(metadata.f_number)}")
    if metadata.iso:
        parts.append(f"ISO {metadata.iso}")
    return " · ".join(parts)


def dimensions(photo: Photo) -> str:
    """Pixels and bytes of the original."""
    data_size = size(photo.size_bytes)
    if photo.width_px is None or photo.height_px is None:
        return data_size
    return f"{photo.width_px} × {photo.height_px} · {data_size}"


def _fraction(seconds: float) -> str:
    return _short(seconds) if seconds >= 0.3 else f"1/{round(1 / seconds)}"


def _short(value: float) -> str:
    return QLocale().toString(round(float(value), 1), "g", 6)


# Undo


def change(kind: str) -> str:
    """What a step of the history was; an unknown kind is a change."""
    known: dict[str, Callable[[], str]] = {
        "rating": lambda: translate("wording", "rating"),
        "favourite": lambda: translate("wording", "favourite"),
        "caption": lambda: translate("wording", "caption"),
        "date": lambda: translate("wording", "date"),
        "add_tag": lambda: translate("wording", "added tag"),
        "save_search": lambda: translate("wording", "saved search"),
        "rename_search": lambda: translate("wording", "renamed search"),
        "change_search": lambda: translate("wording", "changed search"),
        "place_search": lambda: translate("wording", "moved search"),
        "remove_search": lambda: translate("wording", "removed search"),
        "remove_tag": lambda: translate("wording", "removed tag"),
        "remove": lambda: translate("wording", "removal from the library"),
        "remove_folder": lambda: translate("wording", "removal of a folder"),
        "trash": lambda: translate("wording", "move to the trash"),
    }
    return known.get(kind, lambda: translate("wording", "change"))()


def undone(kind: str) -> str:
    """What Undo says; the files that went to the system's trash are not Oriel's to take out."""
    told = translate("wording", "Undone: {change}").format(change=change(kind))
    if kind != "trash":
        return told
    return translate("wording", "{undone}. The files are still there: put them back from the trash.").format(
        undone=told
    )


def backup_date(backup: Path) -> str:
    """When a backup was made, in local time."""
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(backup.stat().st_mtime)), QLocale.FormatType.ShortFormat)
