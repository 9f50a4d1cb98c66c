"""Words what is known of models, for their cards and for the first screen's offer."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale

from app.core.errors import DownloadTrouble
from app.core.models import (
    MANY_LANGUAGES,
    NUMBER_TYPES,
    Checking,
    Converting,
    Downloading,
    Measuring,
    ModelState,
    PublishedModel,
    Retrying,
    Tuning,
)
from app.settings import Settings
from app.ui import error_words, wording
from app.ui.controllers.adding import OwnModel
from app.ui.controllers.fetching import Fetch
from app.ui.parts.model_card import CardFacts, Deed, Detail
from app.ui.parts.model_offer import OfferFacts

translate = QCoreApplication.translate

_LARGE_BYTES = 1_000_000_000
_LICENCES = ("MIT", "Apache-2.0", "BSD-3-Clause")
"""Whose texts stand at SPDX under these names."""


@dataclass(frozen=True, slots=True)
class Preparing:
    """The model that is to search next. ``folder``: None: the starter; ``done``, ``total``: photos."""

    folder: Path | None
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Timed:
    """A model whose speed is being measured. ``fact``: None: it waits for its turn."""

    fact: Measuring | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a card has to know of its model beside the model itself."""

    settings: Settings
    address: str
    """The hub's."""
    fetch: Fetch | None = None
    is_next: bool = False
    """Its download is the one that is stepped now."""
    error: Exception | None = None
    is_recommended: bool = False
    preparing: Preparing | None = None
    serves: tuple[str, ...] = ()
    """Names of the models that a text tower reads for."""
    served_by: tuple[str, ...] = ()
    """Names of the text towers that read for an image model, in other languages than its own."""
    rests_beside: str = ""
    """The search model's name, where a chosen text tower does not read for it."""
    tuning: Tuning | None = None
    timed: Timed | None = None
    was_too_busy: bool = False
    """Since the start it could not be measured."""
    uncaptioned: int = 0
    """Photos that the captioner in use has still to describe."""


def card(state: ModelState, standing: Standing) -> CardFacts:
    """One published model."""
    model, is_used = state.model, is_in_use(state, standing.settings)
    preparing = _preparing(None if model.is_bundled else state.folder, standing.preparing, model.kind)
    text, deed = _button(state, standing, is_used=is_used, is_prepared=preparing is not None)
    return CardFacts(
        key=model.model_id,
        name=model.name,
        purpose=purpose(model, standing.serves, standing.served_by),
        facts=_facts(state, in_use(standing.tuning, standing.settings)),
        badge=translate("models", "Recommended") if standing.is_recommended else "",
        state=_timed_text(standing.timed)
        or _preparing_text(preparing)
        or _joined(_state(state, standing), _captioning(standing.tuning, model.kind, standing, is_used=is_used)),
        is_in_use=is_used,
        is_busy=any((standing.fetch, preparing, standing.timed)),
        share=_share(standing.fetch, preparing, standing.timed),
        problem=error_words.error(standing.error) if standing.error and standing.fetch is None else "",
        button=(text, deed) if text and deed else None,
        is_primary=deed == "download" and standing.is_recommended,
        details=_details(state, standing),
        quiet=_quiet(state, standing, is_used=is_used, is_needed=is_used or preparing is not None),
        note=_note(state, is_needed=is_used or preparing is not None),
    )


def own_card(own: OwnModel, standing: Standing) -> CardFacts:
    """A model in a folder of the person's own."""
    is_used = is_folder_in_use(own.folder, standing.settings)
    tuning = in_use(own.tuning, standing.settings)
    mine = _preparing(own.folder, standing.preparing, own.kind)
    is_needed = is_used or mine is not None
    button = _own_button(own, standing, is_used=is_used, is_prepared=mine is not None)
    trouble = own.trouble or standing.error
    quiet: list[tuple[str, Deed]] = [(translate("models", "Show in folder"), "show_folder")]
    if own.kind and standing.timed is None:
        quiet.append((translate("models", "Measure its speed"), "measure"))
    if is_used and own.kind == "captioner":
        quiet.append((translate("models", "Use no captions"), "without"))
    if not is_needed:
        quiet.append((translate("models", "Forget"), "forget"))
    facts = [wording.bytes_of_model(own.size_bytes)] if own.size_bytes else []
    facts += [rate(tuning, own.kind)] if tuning and own.kind and tuning.per_second else []
    return CardFacts(
        key=str(own.folder),
        name=own.folder.name or str(own.folder),
        purpose=_own_purpose(own),
        facts=" · ".join(facts),
        state=_timed_text(standing.timed)
        or _preparing_text(mine)
        or _captioning(own.tuning, own.kind, standing, is_used=is_used),
        is_in_use=is_used,
        is_busy=any((mine, standing.timed)),
        share=_share(None, mine, standing.timed),
        problem=error_words.error(trouble) if trouble else "",
        button=button,
        details=(
            Detail(translate("models", "Speed here"), _speed(tuning, own.kind or "", standing)),
            Detail(translate("models", "Number type"), _number_type(own.tuning, standing.settings)),
            *([_vectors(own.dim)] if own.dim else []),
            Detail(translate("models", "Folder"), str(own.folder)),
        ),
        quiet=tuple(quiet),
        note=""
        if is_needed
        else translate("models", "Forgetting it takes it off this list. The folder stays as it is."),
    )


def _own_button(own: OwnModel, standing: Standing, *, is_used: bool, is_prepared: bool) -> tuple[str, Deed] | None:
    if standing.timed is not None:
        return translate("models", "Cancel"), "stop_measuring"
    if is_prepared:
        return translate("models", "Cancel"), "stay"
    return (translate("models", "Use"), "use") if own.kind and not is_used else None


def offer(state: ModelState, standing: Standing) -> OfferFacts:
    """The recommended model, beside the starter that works at once."""
    works = translate("models", "Works at once with the small model that ships with Oriel.")
    if state.is_installed:
        return OfferFacts(
            translate("models", "{name} is ready.").format(name=state.model.name),
            translate("models", "Your photos will be found with it."),
        )
    if standing.fetch is not None:
        title = translate("models", "Downloading {name}").format(name=state.model.name)
        hint = translate("models", "You can add folders meanwhile; it is used once it is here.")
        text = f"{_state(state, standing)}\n{hint}"
        stop = "" if standing.fetch.is_stopping else translate("models", "Cancel")
        return OfferFacts(title, text, stop, is_stopping=True, is_busy=True, share=standing.fetch.share)
    if standing.error is not None:
        again = translate("models", "Try again")
        return OfferFacts(works, error_words.error(standing.error), again, is_problem=True)
    better = translate("models", "Better results: {name}, a download of {size}.").format(
        name=state.model.name, size=wording.bytes_of_model(state.model.size_bytes)
    )
    if state.is_partial:
        return OfferFacts(works, f"{better} {_unfinished(state)}.", translate("models", "Go on"))
    return OfferFacts(works, better, translate("models", "Download"))


def purpose(model: PublishedModel, serves: Sequence[str] = (), served_by: Sequence[str] = ()) -> str:
    """What the model is for, and what tells it from one that is for the same."""
    if model.kind == "text_tower":
        told = translate("models", "Understands what you search for in {languages}, together with {names}.")
        return told.format(languages=_in_languages(model), names=", ".join(serves))
    if model.is_bundled:
        return translate("models", "Works at once and takes little. Its results are rough.")
    if model.kind == "captioner":
        told = translate("models", "Describes each photo in a sentence, in {languages}.")
    else:
        told = translate("models", "Finds photos by what is in them, described in {languages}.")
    told = told.format(languages=_in_languages(model))
    if served_by:
        more = translate("models", "Other languages too, together with {names}.")
        told += " " + more.format(names=", ".join(served_by))
    if model.size_bytes > _LARGE_BYTES and not model.recommended_for:
        told += " " + translate("models", "Large: slower, and usually more exact.")
    return told


def recommended(models: Iterable[PublishedModel], kind: str, language: str) -> PublishedModel | None:
    """The model for somebody who speaks this language (ISO 639); for many languages where none is for that one."""
    of_kind = [model for model in models if model.kind == kind]
    for wanted in (language, MANY_LANGUAGES):
        for model in of_kind:
            if wanted in model.recommended_for:
                return model
    return next((model for model in of_kind if model.recommended_for), None)


def language() -> str:
    """The system's, as ISO 639 names it."""
    return QLocale.languageToCode(QLocale().language())


def is_in_use(state: ModelState, settings: Settings) -> bool:
    """Whether the settings name it."""
    if state.model.is_bundled:
        return settings.embedder_folder is None
    return is_folder_in_use(state.folder, settings)


def is_folder_in_use(folder: Path, settings: Settings) -> bool:
    """By its name alone: a folder of an unplugged drive must not keep the window waiting."""
    named = (settings.embedder_folder, settings.text_folder, settings.captioner_folder)
    return any(each is not None and _plain(each) == _plain(folder) for each in named)


def progress(fetch: Fetch, *, is_next: bool = True) -> str:
    """How a download stands, in a few words."""
    if fetch.is_stopping:
        return translate("models", "Stopping; what came is kept")
    match fetch.fact:
        case Downloading() as fact:
            return _downloading(fact)
        case Checking() as fact:
            done = wording.percent(fact.done_bytes, fact.total_bytes)
            return translate("models", "Checking what is here · {done}").format(done=done)
        case Converting():
            return translate("models", "Writing its weights in a safe format; this takes about a minute")
        case Retrying() as fact:
            return translate("models", "{why}; trying again").format(why=_retry(fact.error.trouble))
    if is_next:
        return translate("models", "Asking for it")
    return translate("models", "Waiting for the other download")


def _preparing(folder: Path | None, preparing: Preparing | None, kind: str | None) -> Preparing | None:
    """The change, where it is to the model in this folder; None: the starter's."""
    if preparing is None or kind != "embedder":
        return None
    if folder is None or preparing.folder is None:
        return preparing if folder is preparing.folder else None
    return preparing if _plain(folder) == _plain(preparing.folder) else None


def _timed_text(timed: Timed | None) -> str:
    if timed is None:
        return ""
    if timed.fact is None:
        return translate("models", "Its speed is measured next")
    done = wording.percent(timed.fact.done, timed.fact.total)
    return translate("models", "Measuring its speed, half a minute at most · {done}").format(done=done)


def _preparing_text(preparing: Preparing | None) -> str:
    if preparing is None:
        return ""
    if not preparing.total:
        return translate("models", "Preparing; the present model answers meanwhile")
    counted = translate("models", "Preparing: {done} of {total} photos; the present model answers meanwhile")
    return counted.format(done=wording.number(preparing.done), total=wording.number(preparing.total))


def _share(fetch: Fetch | None, preparing: Preparing | None, timed: Timed | None) -> float | None:
    if timed is not None:
        return timed.fact.done / timed.fact.total if timed.fact and timed.fact.total else None
    if preparing is not None:
        return preparing.done / preparing.total if preparing.total else None
    return fetch.share if fetch else None


def _state(state: ModelState, standing: Standing) -> str:
    if standing.fetch is not None:
        return progress(standing.fetch, is_next=standing.is_next)
    if state.model.is_bundled:
        return translate("models", "Ships with Oriel")
    if state.is_installed and standing.rests_beside:
        return translate("models", "Rests: {name} reads queries itself").format(name=standing.rests_beside)
    if state.is_installed:
        return translate("models", "On this computer")
    if state.is_partial:
        return _unfinished(state)
    if is_in_use(state, standing.settings):
        return translate("models", "Chosen, but not on this computer any more")
    return ""


def _captioning(tuning: Tuning | None, kind: str | None, standing: Standing, *, is_used: bool) -> str:
    """How long the captioner in use will be at all photos that it has not described, by its measured speed."""
    tuning = in_use(tuning, standing.settings)
    if kind != "captioner" or not (is_used and standing.uncaptioned and tuning and tuning.per_second):
        return ""
    told = translate("models", "captions take about {time} for {photos}")
    left_s = standing.uncaptioned / tuning.per_second
    return told.format(time=wording.rough_duration(left_s), photos=wording.photos(standing.uncaptioned))


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def _unfinished(state: ModelState) -> str:
    return translate("models", "Unfinished download: {done} of {total} are here").format(
        done=wording.bytes_of_model(state.bytes_here), total=wording.bytes_of_model(state.model.size_bytes)
    )


def _downloading(fact: Downloading) -> str:
    parts = [wording.percent(fact.done_bytes, fact.total_bytes)]
    if fact.bytes_per_s > 0:
        left_s = (fact.total_bytes - fact.done_bytes) / fact.bytes_per_s
        parts.append(translate("models", "{size}/s").format(size=wording.bytes_of_model(round(fact.bytes_per_s))))
        parts.append(translate("models", "{time} left").format(time=wording.duration(left_s)))
    return " · ".join(parts)


def _retry(trouble: DownloadTrouble) -> str:
    return {
        DownloadTrouble.UNREACHABLE: translate("models", "The hub can't be reached"),
        DownloadTrouble.TIMED_OUT: translate("models", "The hub stopped answering"),
        DownloadTrouble.BUSY: translate("models", "The hub is busy"),
        DownloadTrouble.HUB_FAILED: translate("models", "The hub has a failure of its own"),
    }.get(trouble, translate("models", "The connection broke"))


def _button(state: ModelState, standing: Standing, *, is_used: bool, is_prepared: bool) -> tuple[str, Deed | None]:
    if standing.timed is not None:
        return translate("models", "Cancel"), "stop_measuring"
    if is_prepared:
        return translate("models", "Cancel"), "stay"
    if standing.fetch is not None:
        return ("", None) if standing.fetch.is_stopping else (translate("models", "Cancel"), "cancel")
    if state.is_installed:
        return ("", None) if is_used else (translate("models", "Use"), "use")
    if standing.error is not None:
        return translate("models", "Try again"), "download"
    if state.is_partial:
        return translate("models", "Go on"), "download"
    return translate("models", "Download"), "download"


def _quiet(state: ModelState, standing: Standing, *, is_used: bool, is_needed: bool) -> tuple[tuple[str, Deed], ...]:
    deeds: list[tuple[str, Deed]] = []
    if state.is_installed and not state.model.is_bundled:
        deeds.append((translate("models", "Show in folder"), "show_folder"))
    if state.is_installed and state.model.kind != "text_tower" and standing.timed is None:
        deeds.append((translate("models", "Measure its speed"), "measure"))
    if is_used and state.model.kind == "captioner":
        deeds.append((translate("models", "Use no captions"), "without"))
    if is_used and state.model.kind == "text_tower":
        deeds.append((translate("models", "Search without it"), "without"))
    if not state.model.is_bundled and state.bytes_here and not is_needed and standing.fetch is None:
        deeds.append((translate("models", "Remove…"), "remove"))
    return tuple(deeds)


def _note(state: ModelState, *, is_needed: bool) -> str:
    if is_needed and not state.model.is_bundled:
        return translate("models", "It is in use; to remove it, use another one first.")
    return ""


def _facts(state: ModelState, tuning: Tuning | None) -> str:
    model = state.model
    size = state.bytes_here if model.is_bundled else model.size_bytes
    parts = [wording.bytes_of_model(size) if size else "", _languages(model)]
    parts.append("" if model.is_bundled else model.licence)  # the program's own says nothing of whether to take it
    parts.append(rate(tuning, model.kind) if tuning else "")
    return " · ".join(part for part in parts if part)


def _details(state: ModelState, standing: Standing) -> tuple[Detail, ...]:
    model = state.model
    lines = []
    if model.repository:
        page = f"{standing.address}/{model.repository}/tree/{model.commit}"
        lines.append(Detail(translate("models", "Repository"), f"{standing.address}/{model.repository}", page))
        lines.append(Detail(translate("models", "Version"), str(model.commit)))
    lines.append(Detail(translate("models", "Licence"), model.licence, _licence_page(model.licence)))
    if model.edge_px:
        sees = translate("models", "{n} × {n} pixels").format(n=wording.number(model.edge_px))
        lines.append(Detail(translate("models", "Sees photos at"), sees))
    if model.dim:
        lines.append(_vectors(model.dim))
    if model.kind != "text_tower":
        tuning = in_use(standing.tuning, standing.settings)
        lines.append(Detail(translate("models", "Speed here"), _speed(tuning, model.kind, standing)))
        lines.append(Detail(translate("models", "Number type"), _number_type(standing.tuning, standing.settings)))
    if state.is_installed:
        lines.append(Detail(translate("models", "Folder"), str(state.folder)))
    return tuple(lines)


def in_use(tuning: Tuning | None, settings: Settings) -> Tuning | None:
    """What was measured of the number type that a person chose; of the best one where that was never tried."""
    if tuning is None or settings.number_type in (None, tuning.number_type):
        return tuning
    tried = [trial for trial in tuning.tried if trial.number_type == settings.number_type and trial.per_second]
    tried = [trial for trial in tried if trial.device == tuning.device]
    if not tried:
        return tuning
    best = max(tried, key=lambda trial: trial.per_second or 0.0)
    return replace(
        tuning, number_type=best.number_type, per_second=best.per_second, memory_bytes=best.memory_bytes, fidelity=None
    )


def _number_type(tuning: Tuning | None, settings: Settings) -> str:
    """Which one the model computes in, and who says so."""
    chosen = settings.number_type
    if chosen in NUMBER_TYPES:
        if tuning and any(trial.number_type == chosen and trial.device == tuning.device for trial in tuning.tried):
            return translate("models", "{type}, chosen under Advanced").format(type=chosen)
        return translate("models", "{type}, chosen under Advanced, where it fits this model").format(type=chosen)
    if tuning is None:
        return translate("models", "what usually is best, until the speed is measured")
    return translate("models", "{type}, as measured").format(type=tuning.number_type)


def rate(tuning: Tuning, kind: str) -> str:
    """How fast the model runs on this machine; "" where the measuring came to no figure."""
    if tuning.per_second is None:
        return ""
    told = wording.per_second(tuning.per_second)
    if kind == "captioner":
        return translate("models", "{n} captions/s here").format(n=told)
    return translate("models", "{n} photos/s here").format(n=told)


def _speed(tuning: Tuning | None, kind: str, standing: Standing) -> str:
    if tuning is None and standing.was_too_busy:
        return translate("models", "could not be measured on a busy computer; tried again at the next start")
    if tuning is None or not rate(tuning, kind):
        return translate("models", "not measured yet")
    parts = [rate(tuning, kind)]
    if tuning.memory_bytes:
        memory = translate("models", "{size} of memory").format(size=wording.bytes_of_model(tuning.memory_bytes))
        parts.append(memory)
    where = tuning.device_name or tuning.device
    parts.append(translate("models", "{type} on {device}").format(type=tuning.number_type, device=where))
    return " · ".join(parts)


def _own_purpose(own: OwnModel) -> str:
    if own.kind == "captioner":
        return translate("models", "Describes each photo in a sentence.")
    if own.kind == "embedder":
        return translate("models", "Finds photos by what is in them.")
    return ""


def _in_languages(model: PublishedModel) -> str:
    if MANY_LANGUAGES in model.languages:
        return translate("models", "many languages")
    return ", ".join(map(_language_name, model.languages))


def _languages(model: PublishedModel) -> str:
    if MANY_LANGUAGES in model.languages:
        return translate("models", "Many languages")
    return ", ".join(map(_language_name, model.languages))


def _language_name(code: str) -> str:
    return QLocale.languageToString(QLocale.codeToLanguage(code))


def _vectors(dim: int) -> Detail:
    told = translate("models", "{n} numbers, by which it is compared").format(n=wording.number(dim))
    return Detail(translate("models", "Keeps of each photo"), told)


def _licence_page(licence: str) -> str:
    return f"https://spdx.org/licenses/{licence}.html" if licence in _LICENCES else ""


def _plain(folder: str | Path) -> str:
    return os.path.normcase(os.path.abspath(folder))  # noqa: PTH100 - resolve() would ask the disk
