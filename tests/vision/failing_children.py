"""What a process that converts weights can do wrong; its own file, so that the process imports no tests."""

from __future__ import annotations

import os
import time
from multiprocessing.connection import Connection


def crash(source: str, beside: str, answers: Connection) -> None:
    with open(beside, "wb") as file:  # noqa: PTH123 - in the middle of its work
        file.write(b"half")
    os._exit(11)


def hang(source: str, beside: str, answers: Connection) -> None:
    time.sleep(600)


def babble(source: str, beside: str, answers: Connection) -> None:
    answers.send_bytes(b"\x80\x04cposix\nsystem\n.")


def lie(source: str, beside: str, answers: Connection) -> None:
    answers.send_bytes(b"{}")
