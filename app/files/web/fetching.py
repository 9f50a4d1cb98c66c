"""Fetches one picture from an address that a person gave to search with: bounded in size and time, never from at home.

Nothing here runs unless somebody pastes or drops an address. What lies behind a page's address may be anything, so the
host is looked up once, refused unless all its addresses are public (a page must not reach a router or a program on this
computer by way of Oriel), and then spoken to at the very address that was checked.

Where a proxy leads to the host, the proxy looks its name up. Refused are then: addresses written out that are not
public, names that no public host has, and names that this computer finds at an address that is not public. What can't
be checked is a name that only the proxy knows, or finds elsewhere: that it does not lead inwards is the proxy's to see.
"""

from __future__ import annotations

import base64
import binascii
import errno
import http.client
import re
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeVar
from urllib.parse import SplitResult, quote, unquote_to_bytes, urljoin, urlsplit

from app import __version__
from app.core.errors import FetchFailed, FetchTrouble
from app.files.web.proxies import Proxy, go_through, proxy_for
from app.files.web.web_addresses import is_name_at_home, is_public, look_up, written_out

MOST_BYTES = 50 * 1024 * 1024
LONGEST_S = 30.0
"""For all of it: a server that sends a byte a second must not keep anybody waiting."""
_SILENCE_S = 10.0
_MOST_REDIRECTS = 5
_PIECE = 64 * 1024
_PORTS = {"http": 80, "https": 443}

_LOOK_S = 0.1
_LOOK_UP_S = 3.0
"""Behind a proxy a name need not be known here; where nobody knows it, the system may ask for half a minute."""

Found = TypeVar("Found")
Lookup = Callable[[str, int], list[str]]
"""Host and port → its addresses; raises OSError."""


class Patience:
    """How long somebody waits: until a moment, or until they want something else, which any thread may say."""

    def __init__(self, longest_s: float = LONGEST_S) -> None:
        self._until = time.monotonic() + longest_s
        self._has_given_up = threading.Event()

    def give_up(self) -> None:
        self._has_given_up.set()

    @property
    def left_s(self) -> float:
        """0 where nobody waits any more."""
        return 0.0 if self._has_given_up.is_set() else max(0.0, self._until - time.monotonic())

    def wait_for(self, work: Callable[[], Found], longest_s: float | None = None) -> Found:
        """What ``work`` returns or raises, which nothing can interrupt: its thread is left to itself if it takes long.

        Raises:
            TimeoutError: nobody waits any more, or it took ``longest_s``.
        """
        until = None if longest_s is None else time.monotonic() + longest_s
        came: Future[Found] = Future()
        threading.Thread(target=_work, args=(work, came), name="looking up", daemon=True).start()
        while self.left_s and (until is None or time.monotonic() < until):
            wait([came], timeout=min(_LOOK_S, self.left_s))
            if came.done():
                return came.result()
        raise TimeoutError

    @contextmanager
    def bounding(self, connection: socket.socket) -> Iterator[None]:
        """End the connection once nobody waits: a server that sends a byte now and then never falls silent."""
        same, has_ended = connection.dup(), threading.Event()  # encrypting takes the first one over
        watch = threading.Thread(target=self._watch, args=(same, has_ended), name="fetching", daemon=True)
        watch.start()
        try:
            yield
        finally:
            has_ended.set()
            watch.join()
            same.close()

    def _watch(self, connection: socket.socket, has_ended: threading.Event) -> None:
        while not has_ended.wait(_LOOK_S):
            if not self.left_s:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                return


@dataclass(frozen=True, slots=True)
class Fetcher:
    """How pictures are fetched. Tests put their own bounds and a lookup of their own in."""

    most_bytes: int = MOST_BYTES
    longest_s: float = LONGEST_S
    look_up: Lookup = look_up
    is_allowed: Callable[[str], bool] = is_public
    proxy_for: Callable[[str, str, int], Proxy | None] = proxy_for
    """By scheme, host and port."""

    def fetch(self, url: str, folder: Path, patience: Patience | None = None) -> Path:
        """Bring a picture into a new file; whoever asked deletes it.

        Args:
            url: https, http, or data with a picture in it.
            folder: where the file is to lie.
            patience: how long it may take; None: ``longest_s``.

        Returns:
            The file. Whether it is a picture at all, only decoding tells; what calls itself a page is refused here.

        Raises:
            FetchFailed: see ``FetchTrouble``. Nothing is left behind.
            OSError: the folder can't be written.
        """
        url = url.strip()
        if url[:5].lower() == "data:":
            return _kept(iter([self._inline(url)]), folder)
        patience = patience or Patience(self.longest_s)
        for _ in range(_MOST_REDIRECTS + 1):
            with self._asked(url, patience) as response:
                following = _following(response, url)
                if following is None:
                    _refuse_what_is_no_picture(response, url)
                    return _kept(self._pieces(response, url, patience), folder)
                url = following
        raise _failure(FetchTrouble.ODD_ANSWER, url)

    def _inline(self, url: str) -> bytes:
        head, comma, body = url.partition(",")
        if not comma or not head.lower().startswith("data:image/"):
            _fail(FetchTrouble.NO_PICTURE, url)
        if len(body) > 2 * self.most_bytes:
            _fail(FetchTrouble.TOO_LARGE, url)
        told = unquote_to_bytes(body)
        try:
            return base64.b64decode(told, validate=False) if head.lower().endswith(";base64") else told
        except binascii.Error:
            _fail(FetchTrouble.ODD_ANSWER, url)

    @contextmanager
    def _asked(self, url: str, patience: Patience) -> Iterator[http.client.HTTPResponse]:
        """The answer's head is read; its body is not."""
        parts = _parts(url)
        host, port = _host(parts, url)
        with _telling(url, patience):
            proxy = patience.wait_for(lambda: self.proxy_for(parts.scheme, host, port))
            with (
                closing(self._connection(host, port, url, patience, proxy)) as plain,
                patience.bounding(plain),
                closing(http.client.HTTPConnection(host, port)) as connection,
            ):
                connection.sock = plain
                if parts.scheme == "https":
                    _open_tunnel(plain, host, port, url, proxy)
                    connection.sock, proxy = _encrypted(plain, host), None
                connection.request("GET", _target(parts, proxy), headers=_headers(proxy))
                with closing(connection.getresponse()) as response:
                    if proxy is not None and response.status == 407:
                        _fail(FetchTrouble.PROXY, url)
                    yield response

    def _connection(self, host: str, port: int, url: str, patience: Patience, proxy: Proxy | None) -> socket.socket:
        """To the first of the host's addresses that answers, or to the proxy, wherever that lies."""
        if proxy is None:
            addresses = patience.wait_for(lambda: self.look_up(host, port))
            self._refuse_if_private(addresses, url)
            return _connected_to_any(addresses, port, url, patience)
        self._refuse_if_private(self._known_addresses(host, port, url, patience), url)
        try:
            at = patience.wait_for(lambda: self.look_up(proxy.host, proxy.port))
            return _connected_to_any(at, proxy.port, url, patience)
        except OSError as error:
            raise _failure(FetchTrouble.PROXY if patience.left_s else FetchTrouble.TIMED_OUT, url) from error

    def _refuse_if_private(self, addresses: list[str], url: str) -> None:
        if not all(self.is_allowed(address) for address in addresses):
            _fail(FetchTrouble.PRIVATE, url)

    def _known_addresses(self, host: str, port: int, url: str, patience: Patience) -> list[str]:
        """What can be known here of a host that a proxy will look up: perhaps nothing."""
        if (address := written_out(host)) is not None:
            return [address]
        with suppress(OSError):  # TimeoutError is one
            return patience.wait_for(lambda: self.look_up(host, port), _LOOK_UP_S)
        if is_name_at_home(host):
            _fail(FetchTrouble.PRIVATE, url)
        return []

    def _pieces(self, response: http.client.HTTPResponse, url: str, patience: Patience) -> Iterator[bytes]:
        told = response.getheader("Content-Length")
        if told is not None and told.isdecimal() and int(told) > self.most_bytes:
            _fail(FetchTrouble.TOO_LARGE, url)
        came = 0
        while piece := response.read1(_PIECE):
            came += len(piece)
            if came > self.most_bytes:
                _fail(FetchTrouble.TOO_LARGE, url)
            if not patience.left_s:
                break
            yield piece
        if not patience.left_s:
            _fail(FetchTrouble.TIMED_OUT, url)
        if came == 0 or (told is not None and told.isdecimal() and came < int(told)):
            _fail(FetchTrouble.CUT, url)


_HEADERS = {
    "User-Agent": f"Oriel/{__version__}",
    "Accept": "image/*,*/*;q=0.5",
    "Accept-Encoding": "identity",  # what unpacks to gigabytes comes as it is
    "Connection": "close",
}


def _parts(url: str) -> SplitResult:
    """The parts of an address in characters that a request is made of."""
    try:
        parts = urlsplit(url)
        _ = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError):
        _fail(FetchTrouble.NO_ADDRESS, url)
    if parts.scheme not in _PORTS or not _OF_HOST.fullmatch(host):
        _fail(FetchTrouble.NO_ADDRESS, url)
    shown = f"[{host}]" if ":" in host else host
    place = shown if parts.port is None else f"{shown}:{parts.port}"
    return parts._replace(netloc=place, path=quote(parts.path, safe=_PLAIN), query=quote(parts.query, safe=_PLAIN))


_OF_HOST = re.compile(r"[A-Za-z0-9._:-]+")
"""What a host is made of: a proxy would read blanks as ends, and "%2e" as a dot that was not there to be checked."""

_PLAIN = "%/:=&?~+!$,;'@()*[]|"
"""What may stand in an address as it is; a blank or the end of a line would end that of the request."""


def _host(parts: SplitResult, url: str) -> tuple[str, int]:
    host = parts.hostname or ""
    if len(host) > 253:
        _fail(FetchTrouble.NO_ADDRESS, url)
    return host, parts.port or _PORTS[parts.scheme]


def _target(parts: SplitResult, proxy: Proxy | None) -> str:
    """What is asked for: the path, and of a proxy that is to fetch it the whole address."""
    here = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return here if proxy is None else f"{parts.scheme}://{parts.netloc}{here}"


def _headers(proxy: Proxy | None) -> dict[str, str]:
    return _HEADERS if proxy is None else {**_HEADERS, **proxy.headers}


def _open_tunnel(plain: socket.socket, host: str, port: int, url: str, proxy: Proxy | None) -> None:
    """What is encrypted goes through a proxy as it is."""
    if proxy is None:
        return
    status = go_through(plain, host, port, proxy)
    if status in (502, 503, 504):
        _fail(FetchTrouble.UNREACHABLE, url)
    if not 200 <= status < 300:
        _fail(FetchTrouble.PROXY, url)


def _work(work: Callable[[], Found], came: Future[Found]) -> None:
    try:
        came.set_result(work())
    except Exception as error:  # noqa: BLE001  raised again by whoever waits
        came.set_exception(error)


def _connected_to_any(addresses: list[str], port: int, url: str, patience: Patience) -> socket.socket:
    if not addresses:
        _fail(FetchTrouble.UNREACHABLE, url)
    for address in addresses[:-1]:
        with suppress(OSError):
            return _connected(address, port, patience)
    return _connected(addresses[-1], port, patience)


def _connected(address: str, port: int, patience: Patience) -> socket.socket:
    return socket.create_connection((address, port), timeout=max(_LOOK_S, min(_SILENCE_S, patience.left_s)))


def _encrypted(plain: socket.socket, host: str) -> socket.socket:
    """TLS with the certificates that the system trusts, for the name in the address and not for the number."""
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_socket(plain, server_hostname=host)


def _following(response: http.client.HTTPResponse, url: str) -> str | None:
    """Where a redirection leads; None: this is the answer."""
    if response.status not in (301, 302, 303, 307, 308):
        return None
    told = response.getheader("Location")
    if not told:
        _fail(FetchTrouble.ODD_ANSWER, url)
    following = urljoin(url, told)
    if url.startswith("https:") and not following.startswith("https:"):
        _fail(FetchTrouble.NOT_SECURE, following)
    return following


def _refuse_what_is_no_picture(response: http.client.HTTPResponse, url: str) -> None:
    if response.status in (401, 403, 407, 429):
        _fail(FetchTrouble.REFUSED, url)
    if response.status in (404, 410):
        _fail(FetchTrouble.NOT_FOUND, url)
    if response.status != 200:
        _fail(FetchTrouble.ODD_ANSWER, url, status=response.status)
    kind = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    if kind.startswith(("text/", "application/json", "application/xhtml")):
        _fail(FetchTrouble.NO_PICTURE, url)


def _kept(pieces: Iterator[bytes], folder: Path) -> Path:
    """A new file of those bytes; none where they do not all come."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix="picture-", delete=False) as file:
        path = Path(file.name)
        try:
            for piece in pieces:
                file.write(piece)
        except BaseException:
            file.close()
            path.unlink(missing_ok=True)
            raise
    return path


@contextmanager
def _telling(url: str, patience: Patience) -> Iterator[None]:
    """Turn what the network does into our error; what the disk does stays an OSError of its own."""
    try:
        yield
    except TimeoutError as error:
        raise _failure(FetchTrouble.TIMED_OUT, url) from error
    except (OSError, http.client.HTTPException) as error:
        if _is_of_the_disk(error):
            raise
        trouble = _trouble(error) if patience.left_s else FetchTrouble.TIMED_OUT
        raise _failure(trouble, url) from error
    except UnicodeError as error:
        raise _failure(FetchTrouble.UNREACHABLE, url) from error


def _is_of_the_disk(error: Exception) -> bool:
    is_of_the_network = isinstance(
        error, ConnectionError | ssl.SSLError | socket.gaierror | socket.herror | http.client.HTTPException
    )
    return not is_of_the_network and getattr(error, "errno", None) not in _NO_WAY


def _trouble(error: Exception) -> FetchTrouble:
    if isinstance(error, ssl.SSLCertVerificationError):
        return FetchTrouble.CERTIFICATE
    if isinstance(error, http.client.IncompleteRead):
        return FetchTrouble.CUT
    is_odd = isinstance(error, http.client.HTTPException)
    return FetchTrouble.ODD_ANSWER if is_odd else FetchTrouble.UNREACHABLE


_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}


def _failure(trouble: FetchTrouble, url: str, **more: object) -> FetchFailed:
    return FetchFailed(trouble=trouble, address=url[:300], **more)


def _fail(trouble: FetchTrouble, url: str, **more: object) -> NoReturn:
    raise _failure(trouble, url, **more)
