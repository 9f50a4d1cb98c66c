"""Fetches one picture from an address that a person gave to search with: bounded in size and time, never from at home.

Nothing here runs unless somebody pastes or drops an address. What lies behind a page's address may be anything, so the
host is looked up once, refused unless all its addresses are public (a page must not reach a router or a program on this
computer by way of Oriel), and then spoken to at the very address that was checked.
"""

from __future__ import annotations

import base64
import binascii
import errno
import http.client
import ipaddress
import socket
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import SplitResult, quote, unquote_to_bytes, urljoin, urlsplit

from app import __version__
from app.core.errors import FetchFailed, FetchTrouble

MOST_BYTES = 50 * 1024 * 1024
LONGEST_S = 30.0
"""For all of it: a server that sends a byte a second must not keep anybody waiting."""
_SILENCE_S = 10.0
_MOST_REDIRECTS = 5
_PIECE = 64 * 1024
_PORTS = {"http": 80, "https": 443}

Lookup = Callable[[str, int], list[str]]
"""Host and port → its addresses; raises OSError."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also where it wraps an address of IPv4."""
    known = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(known, ipaddress.IPv6Address):
        inner = known.ipv4_mapped or known.sixtofour or _translated(known)
        if inner is not None:
            return is_public(str(inner))
        if known.is_site_local:
            return False
    return known.is_global and not known.is_multicast and not known.is_reserved


def look_up(host: str, port: int) -> list[str]:
    """All addresses of a host. Raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class Fetcher:
    """How pictures are fetched. Tests put their own bounds and a lookup of their own in."""

    most_bytes: int = MOST_BYTES
    longest_s: float = LONGEST_S
    look_up: Lookup = look_up
    is_allowed: Callable[[str], bool] = is_public

    def fetch(self, url: str, folder: Path) -> Path:
        """Bring a picture into a new file; whoever asked deletes it.

        Args:
            url: https, http, or data with a picture in it.
            folder: where the file is to lie.

        Returns:
            The file. Whether it is a picture at all, only decoding tells; what calls itself a page is refused here.

        Raises:
            FetchFailed: see ``FetchTrouble``. Nothing is left behind.
            OSError: the folder can't be written.
        """
        url = url.strip()
        if url[:5].lower() == "data:":
            return _kept(iter([self._inline(url)]), folder)
        deadline = time.monotonic() + self.longest_s
        for _ in range(_MOST_REDIRECTS + 1):
            with self._asked(url, deadline) as response:
                following = _following(response, url)
                if following is None:
                    _refuse_what_is_no_picture(response, url)
                    return _kept(self._pieces(response, url, deadline), folder)
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
    def _asked(self, url: str, deadline: float) -> Iterator[http.client.HTTPResponse]:
        """The answer's head is read; its body is not."""
        parts = _parts(url)
        with _telling(url), closing(self._connection(parts, url, deadline)) as connection:
            path = parts.path or "/"
            connection.request("GET", f"{path}?{parts.query}" if parts.query else path, headers=_HEADERS)
            yield connection.getresponse()

    def _connection(self, parts: SplitResult, url: str, deadline: float) -> http.client.HTTPConnection:
        host, port = _host(parts, url)
        addresses = self.look_up(host, port)
        if not addresses or not all(self.is_allowed(address) for address in addresses):
            _fail(FetchTrouble.PRIVATE if addresses else FetchTrouble.UNREACHABLE, url)
        silence_s = max(0.1, min(_SILENCE_S, deadline - time.monotonic()))
        connection = http.client.HTTPConnection(host, port, timeout=silence_s)
        plain = socket.create_connection((addresses[0], port), timeout=silence_s)
        try:
            connection.sock = _encrypted(plain, host) if parts.scheme == "https" else plain
        except BaseException:
            plain.close()
            raise
        return connection

    def _pieces(self, response: http.client.HTTPResponse, url: str, deadline: float) -> Iterator[bytes]:
        told = response.getheader("Content-Length")
        if told is not None and told.isdecimal() and int(told) > self.most_bytes:
            _fail(FetchTrouble.TOO_LARGE, url)
        came = 0
        while piece := response.read1(_PIECE):
            came += len(piece)
            if came > self.most_bytes:
                _fail(FetchTrouble.TOO_LARGE, url)
            if time.monotonic() > deadline:
                _fail(FetchTrouble.TIMED_OUT, url)
            yield piece
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
    if parts.scheme not in _PORTS or not host:
        _fail(FetchTrouble.NO_ADDRESS, url)
    shown = f"[{host}]" if ":" in host else host
    place = shown if parts.port is None else f"{shown}:{parts.port}"
    return parts._replace(netloc=place, path=quote(parts.path, safe=_PLAIN), query=quote(parts.query, safe=_PLAIN))


_PLAIN = "%/:=&?~+!$,;'@()*[]|"
"""What may stand in an address as it is; a blank or the end of a line would end that of the request."""


def _host(parts: SplitResult, url: str) -> tuple[str, int]:
    host = parts.hostname or ""
    if len(host) > 253:
        _fail(FetchTrouble.NO_ADDRESS, url)
    return host, parts.port or _PORTS[parts.scheme]


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
def _telling(url: str) -> Iterator[None]:
    """Turn what the network does into our error; what the disk does stays an OSError of its own."""
    try:
        yield
    except TimeoutError as error:
        raise _failure(FetchTrouble.TIMED_OUT, url) from error
    except ssl.SSLCertVerificationError as error:
        raise _failure(FetchTrouble.CERTIFICATE, url) from error
    except ssl.SSLError as error:
        raise _failure(FetchTrouble.UNREACHABLE, url) from error
    except http.client.IncompleteRead as error:
        raise _failure(FetchTrouble.CUT, url) from error
    except http.client.HTTPException as error:
        raise _failure(FetchTrouble.ODD_ANSWER, url) from error
    except (ConnectionError, socket.gaierror, socket.herror, UnicodeError) as error:
        raise _failure(FetchTrouble.UNREACHABLE, url) from error
    except OSError as error:
        if error.errno not in _NO_WAY:
            raise
        raise _failure(FetchTrouble.UNREACHABLE, url) from error


_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}


def _failure(trouble: FetchTrouble, url: str, **more: object) -> FetchFailed:
    return FetchFailed(trouble=trouble, address=url[:300], **more)


def _fail(trouble: FetchTrouble, url: str, **more: object) -> NoReturn:
    raise _failure(trouble, url, **more)


def _translated(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address of IPv4 in one of NAT64 (RFC 6052)."""
    if address in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None
