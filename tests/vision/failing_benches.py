"""What a process that tries ways can do wrong; its own file, so that the process imports no tests."""

from __future__ import annotations

import json
import os
import time
from typing import Any

import numpy as np

OFFER = {
    "ways": {"cpu": ["float32", "int8"]},
    "guess": ["cpu", "float32"],
    "usual_sizes": {"cpu": 16},
    "own_threads": 2,
    "device_names": {"cpu": ""},
}


def _say(pipe: Any, told: object) -> None:
    pipe.send_bytes(json.dumps(told).encode())


def _serve(pipe: Any, answer: Any) -> None:
    _say(pipe, OFFER)
    while True:
        answer(pipe, json.loads(pipe.recv_bytes()))


def honest(folder: str, kind: str, images: list[Any], pipe: Any) -> None:
    def answer(pipe: Any, asked: Any) -> None:
        rows = np.eye(asked["judged"], 8, dtype=np.float32)
        time.sleep(0.01)
        _say(pipe, {"done": 1, "seconds": 0.01, "shape": rows.shape})
        if asked["judged"]:
            pipe.send_bytes(rows.tobytes())

    _serve(pipe, answer)


def crash_at_once(folder: str, kind: str, images: list[Any], pipe: Any) -> None:
    os._exit(11)


def crash_with_int8(folder: str, kind: str, images: list[Any], pipe: Any) -> None:
    def answer(pipe: Any, asked: Any) -> None:
        if asked["trial"]["number_type"] == "int8":
            os._exit(11)
        time.sleep(0.01)
        _say(pipe, {"done": 1, "seconds": 0.01, "shape": None})

    _serve(pipe, answer)


def hang(folder: str, kind: str, images: list[Any], pipe: Any) -> None:
    _serve(pipe, lambda pipe, asked: time.sleep(600))


def babble(folder: str, kind: str, images: list[Any], pipe: Any) -> None:
    _serve(pipe, lambda pipe, asked: pipe.send_bytes(b"\x80\x04cposix\nsystem\n."))


def boast(folder: str, kind: str, images: list[Any], pipe: Any) -> None:
    _serve(pipe, lambda pipe, asked: _say(pipe, {"done": 1, "seconds": 900.0, "shape": None}))


def send_no_numbers(folder: str, kind: str, images: list[Any], pipe: Any) -> None:
    def answer(pipe: Any, asked: Any) -> None:
        time.sleep(0.01)
        _say(pipe, {"done": 1, "seconds": 0.01, "shape": [asked["judged"], 8]})
        pipe.send_bytes(np.full((asked["judged"], 8), np.nan, np.float32).tobytes())

    _serve(pipe, answer)


def send_too_much(folder: str, kind: str, images: list[Any], pipe: Any) -> None:
    _serve(pipe, lambda pipe, asked: _say(pipe, {"done": 1, "seconds": 0.0001, "shape": [1 << 40, 1 << 40]}))
