"""A picture comes through the proxy that the network names, which is no way into the network."""

from __future__ import annotations

import base64
import socket
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.core.errors import FetchFailed, FetchTrouble
from app.files.web import fetching
from app.files.web.fetching import Fetcher
from app.files.web.proxies import Proxy, proxy_for

PIXELS = b"picture" * 1000
NAMES = {"proxy.example": ["127.0.0.1"], "photos.example": ["8.8.8.8"], "router.example": ["8.8.8.8", "192.168.1.1"]}


class _ProxyServer(ThreadingHTTPServer):
    daemon_threads = True
    status = 200
    asked: list[tuple[str, str, str | None]]


class _Handler(BaseHTTPRequestHandler):
    """Gives the picture itself, whatever host it is asked for; a tunnel ends here too."""

    server: _ProxyServer

    def do_GET(self) -> None:
        self._note()
        self._answer(self.server.status, PIXELS)

    def do_CONNECT(self) -> None:
        self._note()
        self._answer(self.server.status, b"")
        if self.server.status == 200:
            self.raw_requestline = self.rfile.readline()
            self.parse_request()
            self.do_GET()

    def _note(self) -> None:
        self.server.asked.append((self.command, self.path, self.headers.get("Proxy-Authorization")))

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if body:
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def proxy() -> Iterator[_ProxyServer]:
    server = _ProxyServer(("127.0.0.1", 0), _Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def fetcher(proxy: _ProxyServer, monkeypatch: pytest.MonkeyPatch) -> Fetcher:
    monkeypatch.setattr(fetching, "_encrypted", lambda plain, host: plain)
    way = Proxy("proxy.example", proxy.server_address[1], login="Basic me")
    return Fetcher(longest_s=5.0, look_up=_look_up, proxy_for=lambda *_: way)


def _look_up(host: str, port: int) -> list[str]:
    if host not in NAMES:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return NAMES[host]


@pytest.mark.parametrize("host", ["photos.example", "known-to-the-proxy.example.org"])
def test_a_plain_address_is_fetched_by_the_proxy(
    fetcher: Fetcher, proxy: _ProxyServer, tmp_path: Path, host: str
) -> None:
    assert fetcher.fetch(f"http://{host}/dog.jpg?w=3#here", tmp_path).read_bytes() == PIXELS
    assert proxy.asked == [("GET", f"http://{host}/dog.jpg?w=3", "Basic me")]


def test_what_is_encrypted_goes_through_the_proxy_which_is_told_no_more_than_the_host(
    fetcher: Fetcher, proxy: _ProxyServer, tmp_path: Path
) -> None:
    assert fetcher.fetch("https://photos.example/dog.jpg", tmp_path).read_bytes() == PIXELS
    assert proxy.asked == [("CONNECT", "photos.example:443", "Basic me"), ("GET", "/dog.jpg", None)]


@pytest.mark.parametrize(
    "host",
    [
        "192.168.1.1",
        "192.168.1.1.",
        "127.1",
        "2130706433",
        "127.0.0.1.1",
        "[::1]",
        "router.example",
        "router",
        "nas.local",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_proxy_is_no_way_into_the_network(
    fetcher: Fetcher, proxy: _ProxyServer, tmp_path: Path, scheme: str, host: str
) -> None:
    with pytest.raises(FetchFailed) as caught:
        fetcher.fetch(f"{scheme}://{host}/dog.jpg", tmp_path)
    assert caught.value.trouble is FetchTrouble.PRIVATE
    assert proxy.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1%2e", "127.0.0.1%00.photos.example", "127.0.0.1 photos.example"])
def test_a_proxy_hears_of_no_host_that_it_could_read_otherwise(
    fetcher: Fetcher, proxy: _ProxyServer, tmp_path: Path, host: str
) -> None:
    with pytest.raises(FetchFailed) as caught:
        fetcher.fetch(f"https://{host}/dog.jpg", tmp_path)
    assert caught.value.trouble is FetchTrouble.NO_ADDRESS
    assert proxy.asked == []


@pytest.mark.parametrize(
    ("scheme", "status", "trouble"),
    [
        ("http", 407, FetchTrouble.PROXY),
        ("https", 407, FetchTrouble.PROXY),
        ("https", 403, FetchTrouble.PROXY),
        ("https", 502, FetchTrouble.UNREACHABLE),
        ("http", 404, FetchTrouble.NOT_FOUND),
    ],
)
def test_a_refusal_of_the_proxy_is_told_from_one_of_the_host(
    fetcher: Fetcher, proxy: _ProxyServer, tmp_path: Path, scheme: str, status: int, trouble: FetchTrouble
) -> None:
    proxy.status = status
    with pytest.raises(FetchFailed) as caught:
        fetcher.fetch(f"{scheme}://photos.example/dog.jpg", tmp_path)
    assert caught.value.trouble is trouble


def test_a_proxy_that_is_not_there_is_told(tmp_path: Path) -> None:
    for way in (Proxy("gone.example", 80), Proxy("proxy.example", 9)):
        fetcher = Fetcher(longest_s=5.0, look_up=_look_up, proxy_for=lambda *_, way=way: way)
        with pytest.raises(FetchFailed) as caught:
            fetcher.fetch("https://photos.example/dog.jpg", tmp_path)
        assert caught.value.trouble is FetchTrouble.PROXY


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(urllib.request, "getproxies", urllib.request.getproxies_environment)  # not the system's
    return monkeypatch


def test_the_environment_names_the_proxy_its_login_and_its_exceptions(environment: pytest.MonkeyPatch) -> None:
    assert proxy_for("https", "photos.example", 443) is None
    environment.setenv("HTTPS_PROXY", "http://me:p%40ss@gate.example:3128")
    environment.setenv("NO_PROXY", "near.example,far.example:8443")
    login = "Basic " + base64.b64encode(b"me:p@ss").decode()
    assert proxy_for("https", "photos.example", 443) == Proxy("gate.example", 3128, login)
    assert proxy_for("http", "photos.example", 80) is None
    assert proxy_for("https", "pictures.near.example", 443) is None
    assert proxy_for("https", "far.example", 8443) is None
    assert proxy_for("https", "far.example", 443) is not None
    environment.setenv("ALL_PROXY", "gate.example")
    assert proxy_for("http", "photos.example", 80) == Proxy("gate.example", 80)


@pytest.mark.parametrize(
    "address", ["socks5://gate.example:1080", "https://gate.example", "http://gate.example:x", "http://"]
)
def test_a_proxy_of_another_kind_is_told_not_passed_by(environment: pytest.MonkeyPatch, address: str) -> None:
    environment.setenv("HTTPS_PROXY", address)
    with pytest.raises(FetchFailed) as caught:
        proxy_for("https", "photos.example", 443)
    assert caught.value.trouble is FetchTrouble.PROXY
