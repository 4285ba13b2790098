"""Which addresses may be fetched: public HTTPS ones, and private ones only where a development setting names them."""

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from shared.errors import PermanentError, Reason

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
HTTPS_PORT: Final = 443
_TRANSLATED: Final = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be tried: its resolved addresses have to be checked still, unless `trusted`."""

    url: str
    host: str
    port: int
    trusted: bool


def blocked(what: str) -> PermanentError:
    """Return the error of a refused address. It names the host at most, never the path: that may hold a token."""
    return PermanentError(f"the address is refused: {what}", reason=Reason.IMAGE_BLOCKED)


def check_url(url: str, allowed_private_hosts: Collection[str]) -> Target:
    """Return the target of `url`. Raises `PermanentError(IMAGE_BLOCKED)`.

    `allowed_private_hosts`: `host:port` entries that may be private and plain HTTP. Numbers in place of a name are
    refused unless they are a plain public address: `2130706433`, `0x7f.1` and `017700000001` are all 127.0.0.1.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise blocked("it is not a URL") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise blocked("only https is fetched")
    port = port or (HTTPS_PORT if parts.scheme == "https" else 80)
    if parts.username is not None or parts.password is not None:
        raise blocked("it carries a user name")
    if f"{host}:{port}" in allowed_private_hosts:
        return Target(url, host, port, trusted=True)
    if parts.scheme != "https" or port != HTTPS_PORT:
        raise blocked(f"only https on port {HTTPS_PORT} is fetched, from {host[:100]}")
    literal = literal_address(host)
    if literal is not None:
        if not is_public(literal):
            raise blocked("it is not a public address")
    elif _looks_numeric(host):
        raise blocked("its host is a number in disguise")
    elif "." not in host.rstrip(".") or not host.isascii():
        raise blocked("its host is not a full domain name")
    return Target(url, host, port, trusted=False)


def literal_address(host: str) -> Address | None:
    """Return the address that `host` literally is, None for a name. A zone id makes it no address."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _looks_numeric(host: str) -> bool:
    last = host.rstrip(".").rpartition(".")[2].casefold()
    return last.isdigit() or last.startswith("0x") or ":" in host or "%" in host


def is_public(address: Address) -> bool:
    """True for an address of the public internet; embedded IPv4 addresses are judged as themselves."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.sixtofour is not None or address.teredo is not None or any(address in net for net in _TRANSLATED):
            return False
        if int(address) >> 32 == 0:
            return False  # ::a.b.c.d, the old way to write an IPv4 address
    return address.is_global and not address.is_multicast and not address.is_reserved
