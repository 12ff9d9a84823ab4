"""Whether a request was made on this machine, by a program or a page of this machine."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

Headers = Iterable[tuple[bytes, bytes]]

_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_FORWARDED = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"})


def is_local(headers: Headers, address: str | None) -> bool:
    """Tell whether nobody outside this machine can be behind a request.

    The peer has to be a loopback address, without a proxy in between. The one Host header has to
    name this machine: a page whose name was made to resolve to 127.0.0.1 sends its own (DNS
    rebinding). A browser that works for a page of another site says so with Origin.
    """
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    hosts = values.get("host", [])
    return (
        is_loopback(address)
        and not _FORWARDED & values.keys()
        and len(hosts) == 1
        and _HOST.fullmatch(hosts[0]) is not None
        and all(map(_is_of_this_machine, values.get("origin", [])))
        and values.get("sec-fetch-site", ["none"])[0] != "cross-site"
    )


def is_loopback(address: str | None) -> bool:
    """Tell whether an IP address is one of this machine that others cannot send from."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback


def network_of(address: str | None) -> str:
    """Return what to count requests by: an IPv4 address, or the /64 that one IPv6 host may own."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((int(ip), 64), strict=False))


def _is_of_this_machine(origin: str) -> bool:
    try:
        return urlsplit(origin).hostname in _NAMES
    except ValueError:
        return False
