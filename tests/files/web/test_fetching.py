"""A picture is fetched from an address only whole, bounded, and from the open internet."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.core.errors import FetchFailed, FetchTrouble
from app.files.web.fetching import Fetcher, Patience

PIXELS = b"picture" * 1000


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves is what is tested here."""


def _answer(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes = b"") -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def _drip(handler: BaseHTTPRequestHandler) -> None:
    _answer(handler, 200, {"Content-Type": "image/jpeg"})
    for _ in range(100):
        handler.wfile.write(b"x")
        time.sleep(0.05)


def _drip_head(handler: BaseHTTPRequestHandler) -> None:
    for _ in range(200):
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nX: " if _ == 0 else b"x")
        time.sleep(0.05)


def _endless(handler: BaseHTTPRequestHandler) -> None:
    _answer(handler, 200, {"Content-Type": "image/jpeg"})
    while True:
        handler.wfile.write(b"x" * 65536)


PAGES: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {
    "/dog.jpg": lambda h: _answer(h, 200, {"Content-Type": "image/jpeg"}, PIXELS),
    "/a%20dog/%C3%BC.jpg?w=3": lambda h: _answer(h, 200, {"Content-Type": "image/jpeg"}, PIXELS),
    "/untold": lambda h: _answer(h, 200, {}, PIXELS),
    "/page": lambda h: _answer(h, 200, {"Content-Type": "text/html; charset=utf-8"}, b"<html>"),
    "/forbidden": lambda h: _answer(h, 403, {}),
    "/gone": lambda h: _answer(h, 410, {}),
    "/broken": lambda h: _answer(h, 500, {}),
    "/empty": lambda h: _answer(h, 200, {"Content-Type": "image/png"}),
    "/cut": lambda h: _answer(h, 200, {"Content-Length": "9999"}, PIXELS),
    "/huge": lambda h: _answer(h, 200, {"Content-Length": str(5 * 10**9)}, PIXELS),
    "/endless": _endless,
    "/drip": _drip,
    "/drip-head": _drip_head,
    "/silent": lambda h: time.sleep(3),
    "/moved": lambda h: _answer(h, 302, {"Location": "dog.jpg"}),
    "/inwards": lambda h: _answer(h, 302, {"Location": "http://router.example/"}),
    "/round": lambda h: _answer(h, 302, {"Location": "/round"}),
    "/nowhere": lambda h: _answer(h, 302, {}),
    "/file": lambda h: _answer(h, 302, {"Location": "file:///etc/passwd"}),
}


@contextmanager
def _serving() -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            PAGES[self.path](self)

        def log_message(self, *_: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with _serving() as number:
        yield number


def _look_up(host: str, port: int) -> list[str]:
    return {"photos.example": ["127.0.0.1"], "router.example": ["127.0.0.1", "192.168.1.1"]}[host]


FETCHER = Fetcher(
    longest_s=1.0, look_up=_look_up, is_allowed=lambda address: address == "127.0.0.1", proxy_for=lambda *_: None
)
"""Takes this computer for a public one."""


@pytest.mark.parametrize("page", ["/dog.jpg", "/untold", "/moved", "/a dog/ü.jpg?w=3"])
def test_a_picture_comes_whole(port: int, tmp_path: Path, page: str) -> None:
    path = FETCHER.fetch(f" http://photos.example:{port}{page}\n", tmp_path / "new")
    assert path.read_bytes() == PIXELS
    assert path.parent == tmp_path / "new"


@pytest.mark.parametrize(
    ("page", "trouble"),
    [
        ("/page", FetchTrouble.NO_PICTURE),
        ("/forbidden", FetchTrouble.REFUSED),
        ("/gone", FetchTrouble.NOT_FOUND),
        ("/broken", FetchTrouble.ODD_ANSWER),
        ("/empty", FetchTrouble.CUT),
        ("/cut", FetchTrouble.CUT),
        ("/huge", FetchTrouble.TOO_LARGE),
        ("/endless", FetchTrouble.TOO_LARGE),
        ("/drip", FetchTrouble.TIMED_OUT),
        ("/drip-head", FetchTrouble.TIMED_OUT),
        ("/silent", FetchTrouble.TIMED_OUT),
        ("/inwards", FetchTrouble.PRIVATE),
        ("/round", FetchTrouble.ODD_ANSWER),
        ("/nowhere", FetchTrouble.ODD_ANSWER),
        ("/file", FetchTrouble.NO_ADDRESS),
    ],
)
def test_anything_else_is_told_and_leaves_nothing(port: int, tmp_path: Path, page: str, trouble: FetchTrouble) -> None:
    fetcher = replace(FETCHER, most_bytes=1_000_000)
    with pytest.raises(FetchFailed) as caught:
        fetcher.fetch(f"http://photos.example:{port}{page}", tmp_path)
    assert caught.value.trouble is trouble
    assert list(tmp_path.iterdir()) == []


def test_who_gave_up_waits_no_more(port: int, tmp_path: Path) -> None:
    patience = Patience(60.0)
    caught: list[FetchFailed] = []

    def fetch() -> None:
        try:
            FETCHER.fetch(f"http://photos.example:{port}/drip-head", tmp_path, patience)
        except FetchFailed as error:
            caught.append(error)

    fetching = threading.Thread(target=fetch)
    fetching.start()
    patience.give_up()
    fetching.join(5.0)
    assert not fetching.is_alive()
    assert [error.trouble for error in caught] == [FetchTrouble.TIMED_OUT]


def test_another_address_of_the_host_is_tried(port: int, tmp_path: Path) -> None:
    fetcher = replace(FETCHER, look_up=lambda *_: ["127.0.0.2", "127.0.0.1"], is_allowed=lambda _: True)
    assert fetcher.fetch(f"http://photos.example:{port}/dog.jpg", tmp_path).read_bytes() == PIXELS


@pytest.mark.parametrize(
    "address",
    ["ftp://a/b.jpg", "file:///etc/passwd", "javascript:alert(1)", "dog", "", "http://", "http://a:b/", "http://[::"],
)
def test_what_is_no_address_is_told(tmp_path: Path, address: str) -> None:
    with pytest.raises(FetchFailed) as caught:
        Fetcher().fetch(address, tmp_path)
    assert caught.value.trouble is FetchTrouble.NO_ADDRESS


def test_a_line_cannot_be_smuggled_into_the_request(port: int, tmp_path: Path) -> None:
    with pytest.raises(FetchFailed):
        FETCHER.fetch(f"http://photos.example:{port}/dog.jpg\r\nHost: other", tmp_path)


def test_a_picture_may_stand_in_its_address(tmp_path: Path) -> None:
    inline = "data:image/png;base64," + base64.b64encode(PIXELS).decode()
    assert Fetcher().fetch(inline, tmp_path).read_bytes() == PIXELS
    for other in ("data:text/html,<b>", "data:image/png;base64,ab$", "data:image/png"):
        with pytest.raises(FetchFailed):
            Fetcher().fetch(other, tmp_path)


def test_an_encrypted_address_does_not_lead_to_one_that_is_not() -> None:
    class Moved:
        status = 302

        def getheader(self, name: str) -> str:
            return "http://photos.example/dog.jpg"

    from app.files.web.fetching import _following

    with pytest.raises(FetchFailed) as caught:
        _following(Moved(), "https://photos.example/dog.jpg")  # type: ignore[arg-type]
    assert caught.value.trouble is FetchTrouble.NOT_SECURE


def test_an_unknown_host_and_a_closed_door_are_unreachable(tmp_path: Path) -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise OSError(113, "No route to host")

    for fetcher in (replace(FETCHER, look_up=nobody), replace(FETCHER, look_up=lambda *_: [])):
        with pytest.raises(FetchFailed) as caught:
            fetcher.fetch("http://photos.example:9/dog.jpg", tmp_path)
        assert caught.value.trouble is FetchTrouble.UNREACHABLE


def test_a_name_that_nobody_answers_for_is_given_up_in_time(tmp_path: Path) -> None:
    answers, answered = threading.Event(), []

    def silent(host: str, port: int) -> list[str]:
        answers.wait(600.0)
        answered.append(host)
        return ["127.0.0.1"]

    try:
        with pytest.raises(FetchFailed) as caught:
            replace(FETCHER, look_up=silent, longest_s=0.2).fetch("http://photos.example/dog.jpg", tmp_path)
        assert answered == []
    finally:
        answers.set()
    assert caught.value.trouble is FetchTrouble.TIMED_OUT
