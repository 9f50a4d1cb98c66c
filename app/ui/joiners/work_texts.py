"""Words what background work is doing, for the card and for the details."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QCoreApplication

from app.core.types import Stage, Unavailable
from app.ui import error_words, wording
from app.ui.conditions import Hold
from app.ui.controllers.indexing import Indexing, StageState
from app.ui.dialogs.work_dialog import StageLine
from app.ui.panes.status_card import CardState

translate = QCoreApplication.translate


def card_state(indexing: Indexing, *, unseen_failures: int, next_model: str = "") -> CardState | None:
    """What the card says; None where there is nothing to say. ``next_model``: the one that is being prepared."""
    stage = indexing.current
    if stage is None:
        if unseen_failures:
            title = translate("work", "{photos} skipped").format(photos=wording.photos(unseen_failures))
            return CardState(title, translate("work", "Click to see why"), None, can_pause=False, has_failures=True)
        if any(isinstance(state.trouble, Exception) for state in indexing.states.values()):
            return CardState(
                translate("work", "Work has stopped"),
                translate("work", "Click to see why"),
                None,
                can_pause=False,
                has_failures=True,
            )
        return None
    state = indexing.states[stage]
    if indexing.is_paused:
        return CardState(
            translate("work", "Paused"),
            _why_paused(indexing) or _counted(state),
            _share(state),
            is_paused=indexing.is_paused_by_person,
        )
    detail = translate("work", "Another Oriel is at it") if state.is_waiting else _counted(state, has_time=True)
    title = wording.preparing(next_model) if stage is Stage.PREPARE and next_model else wording.stage(stage)
    return CardState(title, detail, _share(state))


def stage_lines(indexing: Indexing, *, next_model: str = "") -> list[StageLine]:
    """One line per stage for the details; none for a next model where there is none."""
    lines = [_line(stage, indexing.states[stage], is_paused=indexing.is_paused) for stage in Stage]
    return [_about(line, next_model) for line in lines if next_model or line.stage is not Stage.PREPARE]


def _about(line: StageLine, next_model: str) -> StageLine:
    """Say of the model that is being prepared which it is, and that nothing is lost meanwhile."""
    if line.stage is not Stage.PREPARE or line.has_stopped:
        return line
    told = translate("work", "{model}: {how_far}. The present model goes on answering.")
    return replace(line, text=told.format(model=next_model, how_far=line.text))


def _line(stage: Stage, state: StageState, *, is_paused: bool) -> StageLine:
    if isinstance(state.trouble, Unavailable):
        return StageLine(stage, error_words.unavailable(state.trouble))
    if isinstance(state.trouble, Exception):
        return StageLine(stage, error_words.error(state.trouble), has_stopped=True)
    if not state.is_busy:
        return StageLine(stage, translate("work", "Up to date"))
    if state.is_waiting:
        return StageLine(stage, translate("work", "Another Oriel is running the models on this library"), _share(state))
    parts = [_counted(state, has_time=not is_paused)]
    if state.per_second and not is_paused:
        parts.append(translate("work", "{n} photos per second").format(n=_rate(state.per_second)))
    return StageLine(stage, " · ".join(parts), _share(state))


def _counted(state: StageState, *, has_time: bool = False) -> str:
    if state.total is None:
        return translate("work", "{n} found").format(n=wording.number(state.done))
    text = translate("work", "{done} of {total}").format(
        done=wording.number(state.done), total=wording.number(state.total)
    )
    left = state.seconds_left
    if has_time and left is not None:
        text = translate("work", "{counted} · {time} left").format(counted=text, time=wording.duration(left))
    return text


def _why_paused(indexing: Indexing) -> str:
    if indexing.is_measuring and not indexing.is_paused_by_person:
        return translate("work", "while the model's speed is measured, a few seconds")
    if indexing.is_paused_by_person or indexing.hold is None:
        return ""
    return (
        translate("work", "until the computer is plugged in")
        if indexing.hold is Hold.BATTERY
        else translate("work", "while you use Oriel")
    )


def _share(state: StageState) -> float | None:
    return state.done / state.total if state.total else None


def _rate(per_second: float) -> str:
    return wording.number(round(per_second)) if per_second >= 10 else f"{per_second:.1f}"
