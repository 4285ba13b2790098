"""Which addresses may be fetched: public HTTPS ones, and private ones only where a development setting names them.

What is asked for on the wire is what was given, byte for byte: addresses of pictures are often signed, and a signature covers
`%2F` and not `/`. Only what cannot travel in a request line is percent-encoded. No rule of `urllib` or `yarl` for what a tidy
address looks like is applied to it.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from yarl import URL

from shared.errors import PermanentError, Reason

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
HTTPS_PORT: Final = 443
HIGHEST_PORT: Final = 65_535
ABSOLUTE: Final = re.compile(r"(?i)(https?):[/\\]{2}([^/\\?#]*)([^#]*)")
SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
AUTHORITY: Final = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]{0,5}))?")
LONE_BYTE: Final = re.compile("[\udc80-\udcff]")
TRAVELS: Final = frozenset(range(0x21, 0x7F)) - frozenset(b'"<>`')  # bytes of a request line that need no encoding
AROUND: Final = "".join(map(chr, range(0x21)))  # the control characters and the space that may stand around an address
# Globally routed by the letter of the registries, and yet not the public internet. The first is the platform's own virtual
# address inside Azure (health probes, DNS, the guest agent); then what the IETF keeps for protocols (a cloud has its metadata
# there), and the anycast relays of 6to4.
_NOT_PUBLIC: Final = tuple(map(ipaddress.IPv4Network, ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24")))
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")  # outside of it: site-local fec0::/10, NAT64, SRv6, mapped ones
_TUNNELS_AND_TESTS: Final = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
_ISATAP: Final = frozenset({0x0000_5EFE, 0x0200_5EFE})  # RFC 5214: the interface id carries an IPv4 address


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be tried: its resolved addresses have to be checked still, unless `trusted`.

    `host`: as it is looked up, in ASCII. `path`: what the request line asks for, path and query.
    """

    url: str
    host: str
    port: int
    trusted: bool
    scheme: str = "https"
    path: str = "/"

    def to_wire(self) -> URL:
        """Return the address for the client. Path and query are its path, which is sent as it is, a last `?` too."""
        default = HTTPS_PORT if self.scheme == "https" else 80
        port = None if self.port == default else self.port
        host = f"[{self.host}]" if ":" in self.host else self.host
        return URL.build(scheme=self.scheme, host=host, port=port, path=self.path, encoded=True)


def blocked(what: str) -> PermanentError:
    """Return the error of a refused address. It names the host at most, never the path: that may hold a token."""
    return PermanentError(f"the address is refused: {what}", reason=Reason.IMAGE_BLOCKED)


def check_url(url: str, allowed_private_hosts: Collection[str]) -> Target:
    """Return the target of `url`; one that begins with `//` is taken for https. Raises `PermanentError(IMAGE_BLOCKED)`.

    `allowed_private_hosts`: `host:port` entries that may be private and plain HTTP. Numbers in place of a name are
    refused unless they are a plain public address: `2130706433`, `0x7f.1` and `017700000001` are all 127.0.0.1.
    """
    text = url.strip(AROUND)
    text = f"https:{text}" if text.startswith("//") else text
    parts = ABSOLUTE.match(text)
    if parts is None:
        raise blocked("only https is fetched" if SCHEME.match(text) else "it is not a URL")
    scheme, authority, rest = parts[1].lower(), parts[2], parts[3]
    if "@" in authority:
        raise blocked("it carries a user name")
    host, port = _host_and_port(authority, scheme)
    target = Target(text, host, port, f"{host}:{port}" in allowed_private_hosts, scheme, _path(rest))
    if not target.trusted:
        _check_public(scheme, host, port)
    return target


def _host_and_port(authority: str, scheme: str) -> tuple[str, int]:
    parts = AUTHORITY.fullmatch(authority)
    if parts is None:
        raise blocked("it is not a URL")
    port = int(parts[2] or (HTTPS_PORT if scheme == "https" else 80))
    if not 0 < port <= HIGHEST_PORT:
        raise blocked("it is not a URL")
    host = parts[1].lower()
    if not host.startswith("["):
        return _ascii_host(host), port
    literal = literal_address(host[1:-1])
    if not isinstance(literal, ipaddress.IPv6Address):
        raise blocked("what stands in brackets is not an IPv6 address")
    return str(literal), port


def _ascii_host(host: str) -> str:
    """Return the name as it is looked up: an internationalised one in its ASCII form (UTS 46, RFC 5891)."""
    if not host:
        raise blocked("only https is fetched, and from a host")
    if host.isascii():
        if not re.fullmatch(r"[a-z0-9._-]+", host):
            raise blocked("its host is not a full domain name")
        return host
    if any(not each.isascii() and unicodedata.normalize("NFKC", each).isalnum() and
           unicodedata.normalize("NFKC", each).isascii() for each in host):  # fmt: skip
        raise blocked("its host is not a full domain name")  # letters and digits in disguise
    try:
        return URL.build(scheme="https", host=host).raw_host or ""
    except (ValueError, UnicodeError):
        raise blocked("its host is not a full domain name") from None


def _check_public(scheme: str, host: str, port: int) -> None:
    if scheme != "https" or port != HTTPS_PORT:
        raise blocked(f"only https on port {HTTPS_PORT} is fetched, from {host[:100]}")
    literal = literal_address(host)
    if literal is not None:
        if not is_public(literal):
            raise blocked("it is not a public address")
    elif _looks_numeric(host):
        raise blocked("its host is a number in disguise")
    elif "." not in host.rstrip(".") or not all(0 < len(label) <= 63 for label in host.removesuffix(".").split(".")):  # noqa: PLR2004  (RFC 1035)
        raise blocked("its host is not a full domain name")


def _path(rest: str) -> str:
    """Return path and query as they travel: what a request line cannot carry is percent-encoded, nothing else is touched."""
    rest = f"/{rest[1:]}" if rest.startswith("\\") else rest
    rest = rest if rest.startswith("/") else f"/{rest}"
    try:
        raw = rest.encode("utf-8", "surrogateescape")  # headers keep a byte that is no UTF-8 as such a surrogate
    except UnicodeEncodeError:
        raise blocked("it is not a URL") from None
    return "".join(chr(byte) if byte in TRAVELS else f"%{byte:02X}" for byte in raw)


def joined(base: str, address: str) -> str:
    """Return where `address`, of a redirect or a page, leads from `base`; its bytes stay as they are.

    Bytes of a header that are no UTF-8, which arrive as lone surrogates, are percent-encoded. Raises
    `PermanentError(IMAGE_BLOCKED)` for what is no address.
    """
    text = LONE_BYTE.sub(lambda found: f"%{ord(found[0]) & 0xFF:02X}", address.strip(AROUND))
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise blocked("it is not a URL")
    if SCHEME.match(text):
        return text
    parts = ABSOLUTE.match(base)
    if parts is None:
        raise blocked("it is not a URL")
    if text.startswith(("//", "\\\\")):
        return f"{parts[1]}:{text}"
    if text.startswith(("/", "\\")):
        return f"{parts[1]}://{parts[2]}{text}"
    path, mark, rest = _split(text)
    here = _split(parts[3])[0] or "/"
    if not path:
        return f"{parts[1]}://{parts[2]}{here}{mark}{rest}" if mark == "?" else base
    try:
        return f"{parts[1]}://{parts[2]}{urljoin(here, path)}{mark}{rest}"
    except ValueError:
        raise blocked("it is not a URL") from None


def _split(text: str) -> tuple[str, str, str]:
    """Return the path, the mark that ends it, and what follows."""
    at = re.search(r"[?#]", text)
    return (text[: at.start()], at[0], text[at.end() :]) if at else (text, "", "")


def host_of(url: str) -> str:
    """Return the host and port that `url` names, as written; empty where it names none. Raises nothing."""
    parts = ABSOLUTE.match(f"https:{url}" if url.startswith("//") else url)
    return parts[2].lower() if parts else ""


def literal_address(host: str) -> Address | None:
    """Return the address that `host` literally is, None for a name. A zone id makes it no address."""
    try:
        return None if "%" in host else ipaddress.ip_address(host)
    except ValueError:
        return None


def _looks_numeric(host: str) -> bool:
    last = host.rstrip(".").rpartition(".")[2].casefold()
    return last.isdigit() or last.startswith("0x") or ":" in host or "%" in host


def is_public(address: Address) -> bool:
    """True for an address of the public internet; one that embeds an IPv4 address is not, but for a mapped one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        embeds = any(address in net for net in _TUNNELS_AND_TESTS) or int(address) >> 32 & 0xFFFF_FFFF in _ISATAP
        return address in _GLOBAL_UNICAST and not embeds and address.is_global
    reserved = address.is_multicast or address.is_reserved or any(address in net for net in _NOT_PUBLIC)
    return address.is_global and not reserved
