"""Carries our dataclasses between two processes as JSON, and takes nothing else back: a child may be lying."""

from __future__ import annotations

import json
import math
import types
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Message = dict[str, Any]
T = TypeVar("T")

LONGEST_BYTES = 1 << 20
"""No message is longer; pixels travel through shared memory."""

_LENGTH_BYTES = 4


class Garbage(Exception):
    """The other side sent what no honest one would."""


def send(stream: BinaryIO, message: Message) -> None:
    """Write one message: its length, then JSON. Raises OSError where the other side is gone."""
    data = json.dumps(message).encode("ascii")
    stream.write(len(data).to_bytes(_LENGTH_BYTES, "big") + data)
    stream.flush()


def receive(stream: BinaryIO) -> Message | None:
    """Read one message; None at the stream's end.

    Raises:
        Garbage: too long, or no JSON object.
    """
    head = stream.read(_LENGTH_BYTES)
    if len(head) < _LENGTH_BYTES:
        return None
    length = int.from_bytes(head, "big")
    if length > LONGEST_BYTES:
        raise Garbage(f"a message of {length} bytes")
    data = stream.read(length)
    if len(data) < length:
        return None
    try:
        message = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Garbage(type(error).__name__) from error
    if not isinstance(message, dict):
        raise Garbage(type(message).__name__)
    return message


def pack(value: Any) -> Any:
    """Turn a value of core/types.py into what JSON knows; names keep bytes that are no text."""
    if is_dataclass(value):
        return {each.name: pack(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, StrEnum | Path):
        return str(value)
    if isinstance(value, tuple):
        return [pack(each) for each in value]
    return value


def unpack(kind: type[T], value: Any) -> T:
    """The value of this type that ``pack`` was given.

    Raises:
        Garbage: it is of another type, or lacks or has fields that the type does not.
    """
    try:
        unpacked: T = _unpacker(cast(Hashable, kind))(value)
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise Garbage(f"no {kind.__name__}: {error}"[:200]) from error
    return unpacked


@lru_cache(maxsize=256)
def _unpacker(kind: Any) -> Callable[[Any], Any]:
    """How to make a value of this type from JSON; worked out once a type."""
    if hasattr(kind, "__supertype__"):  # a NewType
        return _unpacker(kind.__supertype__)
    if get_origin(kind) in (Union, types.UnionType):
        return _union([each for each in get_args(kind) if each is not types.NoneType])
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind))
    if is_dataclass(kind):
        return _dataclass(kind)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind
    return _PLAIN[kind]


def _union(kinds: list[Any]) -> Callable[[Any], Any]:
    """Of one type or None; nothing in core/types.py is a choice between two others."""
    (kind,) = kinds
    act = _unpacker(kind)
    return lambda value: None if value is None else act(value)


def _tuple(kinds: tuple[Any, ...]) -> Callable[[Any], Any]:
    if kinds[-1] is Ellipsis:
        act = _unpacker(kinds[0])
        return lambda value: tuple(act(each) for each in _list(value))
    acts = [_unpacker(kind) for kind in kinds]
    return lambda value: tuple(act(each) for act, each in zip(acts, _list(value), strict=True))


def _dataclass(kind: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    acts = {each.name: _unpacker(hints[each.name]) for each in fields(kind)}

    def act(value: Any) -> Any:
        if not isinstance(value, dict) or value.keys() != acts.keys():
            raise ValueError(f"other fields than those of {kind.__name__}")
        return kind(**{name: acts[name](value[name]) for name in acts})

    return act


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("no list")
    return value


def _int(value: Any) -> int:
    if type(value) is not int or not -(1 << 63) <= value < 1 << 63:
        raise ValueError("no integer of 64 bits")
    return value


def _float(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError("no finite number")
    return float(value)


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def _bytes(value: Any) -> bytes:
    return bytes.fromhex(_str(value))


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("no truth value")
    return value


def _path(value: Any) -> Path:
    return Path(_str(value))


_PLAIN: dict[Any, Callable[[Any], Any]] = {
    int: _int,
    float: _float,
    str: _str,
    bytes: _bytes,
    bool: _bool,
    Path: _path,
}
