"""Which proxy leads to an address, as the environment or the system names it, and the way through it."""

from __future__ import annotations

import base64
import http.client
import socket
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from app.core.errors import FetchFailed, FetchTrouble

_PORT = 80


@dataclass(frozen=True, slots=True)
class Proxy:
    """One that is spoken to by HTTP; ``login`` is what it wants to know of who asks, "" if nothing."""

    host: str
    port: int
    login: str = ""

    @property
    def headers(self) -> Mapping[str, str]:
        """What a request carries for the proxy alone."""
        return {"Proxy-Authorization": self.login} if self.login else {}


def proxy_for(scheme: str, host: str, port: int) -> Proxy | None:
    """The proxy for an address: of HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, or else the system's.

    Scripts that choose a proxy (PAC) are not run.

    Args:
        scheme: "http" or "https".
        host: of the address; never looked up by the environment's rules, perhaps by those of Windows.
        port: likewise.

    Raises:
        FetchFailed: PROXY, where one is named that is not spoken to by HTTP.
    """
    named = urllib.request.getproxies()
    address = named.get(scheme) or named.get("all")
    if not address or urllib.request.proxy_bypass(f"{host}:{port}"):
        return None
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        found, at = parts.hostname, parts.port or _PORT
    except ValueError:
        found, at = None, 0
    if not found or parts.scheme != "http":
        raise FetchFailed(trouble=FetchTrouble.PROXY, address=f"{scheme}://{host}")
    return Proxy(found, at, _login(parts))


def go_through(connection: socket.socket, host: str, port: int, proxy: Proxy) -> int:
    """Ask the proxy for a way to the host; what is sent from then on goes there.

    Returns:
        The status: 200 to 299 where the way is open.

    Raises:
        OSError, http.client.HTTPException
    """
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    headers = {"Host": target, **proxy.headers}
    lines = [f"CONNECT {target} HTTP/1.1", *(f"{name}: {told}" for name, told in headers.items())]
    connection.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
    answer = http.client.HTTPResponse(connection, method="CONNECT")
    try:
        answer.begin()
        return answer.status
    finally:
        answer.close()


def _login(parts: SplitResult) -> str:
    if parts.username is None:
        return ""
    told = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"Basic {base64.b64encode(told.encode()).decode('ascii')}"
