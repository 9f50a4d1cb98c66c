"""Speaks with a model hub: what a repository holds at a commit, and the bytes of a file from any place on.

Nothing of it is imported, and no address looked up, before somebody asks for a model. huggingface_hub lists, over its
own HTTP client, which honours proxies and certificates as the system and the environment name them. The client is made
here, with a guard: it refuses whatever no open question of ours asked for, so that a library can't go online by itself.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote, urlsplit

from app import __version__
from app.core.errors import DownloadFailed, DownloadTrouble

if TYPE_CHECKING:
    import httpx2

PUBLIC_HUB = "https://huggingface.co"
_CONNECT_TIMEOUT_S = 10.0
_READ_TIMEOUT_S = 20.0
"""So long may a hub say nothing at all. Also the longest that a cancelled download goes on."""

_asking: ContextVar[Hub | None] = ContextVar("_asking", default=None)
_guard_lock = threading.Lock()
_is_guarded = False


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """What the hub says of a file: its size, and the hash of the kind that it keeps for it."""

    size_bytes: int
    sha256: str | None
    """Of large files (LFS)."""
    git_blob: str | None
    """Of all others: git's SHA-1 over a header and the content."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a repository holds at one commit. ``licence``: as its card names it."""

    files: Mapping[str, RemoteFile]
    licence: str | None


class Body:
    """The bytes of a file as they come. ``start``: where they begin, 0 where the hub ignored what was asked."""

    def __init__(self, hub: Hub, response: httpx2.Response, start: int) -> None:
        self._hub = hub
        self._response = response
        self.start = start

    def __iter__(self) -> Iterator[bytes]:
        """Pieces of any length. Raises DownloadFailed (cut, timed_out)."""
        import httpx2

        try:
            yield from self._response.iter_raw()
        except httpx2.HTTPError as error:
            self._hub.fail(error)


@dataclass(frozen=True)
class Hub:
    """A hub at an address.

    Attributes:
        address: "https://…"; without a scheme it is taken for https. Plain http only where the person names it.
        sends_token: whether the person's token for the public hub, if there is one, is shown to this address.
    """

    address: str = PUBLIC_HUB
    sends_token: bool = True
    connect_timeout_s: float = _CONNECT_TIMEOUT_S
    read_timeout_s: float = _READ_TIMEOUT_S

    @property
    def endpoint(self) -> str:
        address = self.address.strip().rstrip("/")
        return address if "://" in address else f"https://{address}"

    def listing(self, repository: str, commit: str) -> Listing:
        """Ask what the repository holds.

        Raises:
            DownloadFailed
        """
        from huggingface_hub import HfApi

        with self._asked():
            api = HfApi(self.endpoint, token=self._token() or False, headers={"user-agent": _user_agent()})
            # HfApi hands its timeout on as it is.
            told = api.model_info(repository, revision=commit, files_metadata=True, timeout=self._timeout())  # type: ignore[arg-type]
            files = {each.rfilename: _remote(each) for each in told.siblings or ()}
        card = told.card_data
        return Listing(files, str(licence) if card and (licence := card.get("license")) else None)

    @contextmanager
    def open(self, repository: str, commit: str, name: str, *, start: int = 0) -> Iterator[Body]:
        """Ask for the bytes of a file from ``start`` on.

        Raises:
            DownloadFailed
        """
        from huggingface_hub import get_session

        # Hashes and sizes are of the bytes as they are stored.
        headers = {"user-agent": _user_agent(), "accept-encoding": "identity"}
        if start:
            headers["range"] = f"bytes={start}-"
        address = f"{self.endpoint}/{repository}/resolve/{commit}/{quote(name)}"
        with self._asked():
            if token := self._token():
                headers["authorization"] = f"Bearer {token}"
            client = get_session()
            request = client.build_request("GET", address, headers=headers, timeout=self._timeout())
            response = client.send(request, stream=True, follow_redirects=True)
        try:
            yield Body(self, response, self._start_of(response, start, name))
        finally:
            response.close()

    def fail(self, error: Exception) -> NoReturn:
        """Say what an error of the libraries means. Raises DownloadFailed."""
        trouble, detail = _trouble(error), str(error)
        response = getattr(error, "response", None)
        if response is not None:
            self._refuse(response)
        raise DownloadFailed(trouble=trouble, address=self.endpoint, detail=detail) from error

    def guard(self, request: httpx2.Request) -> None:
        """Let a request (each hop of a redirect too) go out only encrypted, and only to us with the token.

        Plain http is for whoever named it: this address itself, and loopback where the address is loopback.
        """
        url, own = urlsplit(str(request.url)), urlsplit(self.endpoint)
        is_ours = url.hostname == own.hostname or (_is_loopback(url.hostname) and _is_loopback(own.hostname))
        if url.scheme != "https" and not (own.scheme == "http" and is_ours):
            raise DownloadFailed(
                trouble=DownloadTrouble.NOT_SECURE, address=self.endpoint, what=f"{url.scheme}://{url.netloc}"
            )
        if (url.scheme, url.netloc) != (own.scheme, own.netloc):
            request.headers.pop("authorization", None)

    def _token(self) -> str | None:
        """The token that the person keeps for huggingface_hub, if any."""
        from huggingface_hub import constants, get_token

        if not self.sends_token or constants.HF_HUB_DISABLE_IMPLICIT_TOKEN:
            return None
        return get_token()

    def _timeout(self) -> httpx2.Timeout:
        import httpx2

        return httpx2.Timeout(self.read_timeout_s, connect=self.connect_timeout_s)

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Open the guard for this thread, and turn what the libraries raise into our error."""
        self._make_client()
        before = _asking.set(self)
        try:
            yield
        except DownloadFailed:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a stranger's answer breaks is that answer's fault
            self.fail(error)
        finally:
            _asking.reset(before)

    def _make_client(self) -> None:
        """Where the environment names a proxy or certificates that can't be used, making the client fails."""
        try:
            check_client()
        except (ImportError, ValueError) as error:  # a SOCKS proxy, or no address at all
            raise DownloadFailed(trouble=DownloadTrouble.PROXY, address=self.endpoint, detail=str(error)) from error
        except OSError as error:
            raise DownloadFailed(
                trouble=DownloadTrouble.CERTIFICATE, address=self.endpoint, detail=str(error)
            ) from error

    def _start_of(self, response: httpx2.Response, start: int, name: str) -> int:
        """Where the body begins. Raises DownloadFailed where it is no file."""
        if response.status_code == 206:
            if response.headers.get("content-range", "").startswith(f"bytes {start}-"):
                return start
            raise DownloadFailed(trouble=DownloadTrouble.ODD_ANSWER, address=self.endpoint, what=name, detail="range")
        if response.status_code != 200:
            self._refuse(response, name)
        return 0

    def _refuse(self, response: httpx2.Response, name: str = "") -> NoReturn:
        status = response.status_code
        fields: dict[str, object] = {"address": self.endpoint, "what": name, "status": status}
        if status == 429:
            fields["wait_s"] = _wait_s(response.headers)
        is_gated = response.headers.get("x-error-code") == "GatedRepo"
        raise DownloadFailed(trouble=_trouble_of_status(status, is_gated=is_gated), **fields)


def check_client() -> None:
    """Make the client that speaks to a hub, if there is none yet; raises what keeps it from being made."""
    from huggingface_hub import HfApi, get_session

    _set_up_guard()
    HfApi(PUBLIC_HUB, token=False)
    get_session()


def _set_up_guard() -> None:
    """Give huggingface_hub a client that asks us about every request, once."""
    global _is_guarded  # noqa: PLW0603 - the client that it replaces is global too
    with _guard_lock:
        if _is_guarded:
            return
        import httpx2
        from huggingface_hub import set_client_factory

        set_client_factory(lambda: httpx2.Client(event_hooks={"request": [_guard]}, follow_redirects=True))
        _is_guarded = True


def _guard(request: httpx2.Request) -> None:
    hub = _asking.get()
    if hub is None:
        raise ConnectionError(f"nobody asked for {request.url.host}")
    hub.guard(request)


def _user_agent() -> str:
    return f"oriel/{__version__}"


def _remote(sibling: Any) -> RemoteFile:
    if sibling.lfs is not None:
        return RemoteFile(int(sibling.lfs.size), str(sibling.lfs.sha256), None)
    return RemoteFile(int(sibling.size), None, sibling.blob_id and str(sibling.blob_id))


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _trouble(error: Exception) -> DownloadTrouble:
    import httpx2

    if isinstance(error, httpx2.TimeoutException):
        return DownloadTrouble.TIMED_OUT
    if isinstance(error, httpx2.ProxyError):
        return DownloadTrouble.PROXY
    if isinstance(error, httpx2.ConnectError):
        is_certificate = "certificate" in str(error).lower()
        return DownloadTrouble.CERTIFICATE if is_certificate else DownloadTrouble.UNREACHABLE
    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.InvalidURL):
        return DownloadTrouble.UNREACHABLE
    if isinstance(error, httpx2.TransportError):
        return DownloadTrouble.CUT
    return DownloadTrouble.ODD_ANSWER


def _trouble_of_status(status: int, *, is_gated: bool) -> DownloadTrouble:
    if is_gated:
        return DownloadTrouble.GATED
    known = {
        401: DownloadTrouble.REFUSED,
        403: DownloadTrouble.REFUSED,
        404: DownloadTrouble.NOT_FOUND,
        407: DownloadTrouble.PROXY,
        408: DownloadTrouble.TIMED_OUT,
        416: DownloadTrouble.WRONG_CONTENT,
        429: DownloadTrouble.BUSY,
    }
    return known.get(status, DownloadTrouble.HUB_FAILED if status >= 500 else DownloadTrouble.ODD_ANSWER)


def _wait_s(headers: Mapping[str, str]) -> float | None:
    told = headers.get("retry-after", "").strip()
    return float(told) if told.isdigit() else None
