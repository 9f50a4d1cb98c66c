"""Whose an address of the web is: the open internet's, or that of a network at home or of this computer."""

from __future__ import annotations

import ipaddress
import re
import socket

_HOME = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa", "test", "invalid")
"""Ends of names that no public one has (RFC 6761, 6762, 8375 and what routers and offices use)."""
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


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
    """All addresses of a host. Raises OSError. Nothing bounds how long the system takes."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def written_out(host: str) -> str | None:
    """The IP address that a host is written as; None: it is a name.

    Also of the old ways to write one (127.1, 0x7f000001, 2130706433, 127.0.0.1.): whoever looks it up may read it so.
    """
    bare = host.removesuffix(".")
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(bare))
    except (OSError, ValueError):
        return None


def is_name_at_home(host: str) -> bool:
    """Whether a name can only be one of a private network or of this computer: no public one ends so.

    What ends in a number is no name, and perhaps an address of IPv4 to whoever looks it up.
    """
    name = host.rstrip(".").lower()
    is_number = _NUMBER.fullmatch(name.rpartition(".")[2]) is not None
    return "." not in name or is_number or any(name == end or name.endswith(f".{end}") for end in _HOME)


def _translated(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address of IPv4 in one of NAT64 (RFC 6052)."""
    if address in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None
