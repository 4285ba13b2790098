"""Addresses that may be stored: free of tokens. What an address is, and which two are one, `shared.web.urls` says."""

import re
from typing import Final
from urllib.parse import parse_qsl

from yarl import URL

from shared.web.urls import MAX_URL, absolute, normalised

__all__ = ["MAX_URL", "absolute", "has_token", "normalised", "origin", "without_token"]

TOKEN: Final = re.compile(
    r"((^|[-_])(sig|hmac|jwt|expires|expiry|credential|api_?key)|token|signature|accesskeyid|accessid|key-pair-id"
    r"|^hdn(ea|ts|tl)|^__gda__)$",
    re.IGNORECASE,
)
HEX_DIGEST: Final = re.compile(r"^[0-9a-f]{32,}$", re.IGNORECASE)
PREVIEW_HOSTS: Final = frozenset({"preview.redd.it", "external-preview.redd.it", "i.redditmedia.com"})
PREVIEW_FILE: Final = re.compile(r"^/(?:[\w%.-]*-v\d+-)?([a-z0-9]{6,24}\.(?:jpe?g|png|webp|gif))$", re.IGNORECASE)


def has_token(url: str, *, depth: int = 2) -> bool:
    """True for an address whose query is signed, carries a credential or expires: it must not be stored.

    An address inside a parameter (an image proxy's) counts, two levels deep.
    """
    try:
        parsed = URL(url)
    except ValueError:
        return True  # what cannot be read is not known to be free of one
    if parsed.raw_host in PREVIEW_HOSTS and parsed.raw_query_string:
        return True
    pairs = parse_qsl(parsed.raw_query_string.replace(";", "&"), keep_blank_values=True)
    names = {name.casefold() for name, _ in pairs}
    if {"oh", "oe"} <= names:  # Facebook's and Instagram's: a hash and an expiry
        return True
    for name, value in pairs:
        if TOKEN.search(name) or (name.casefold() == "s" and HEX_DIGEST.match(value)):  # `s`: imgix
            return True
        if depth and "?" in value and has_token(value, depth=depth - 1):
            return True
    return False


def without_token(url: str) -> str | None:
    """Return a picture's address that may be stored: Reddit's previews as their originals; None where there is none."""
    if not has_token(url):
        return url
    try:
        parsed = URL(url)
    except ValueError:
        return None
    original = PREVIEW_FILE.match(parsed.raw_path) if parsed.raw_host == "preview.redd.it" else None
    return f"https://i.redd.it/{original.group(1)}" if original else None


def origin(url: str) -> str:
    """Return `scheme://host:port` of an absolute URL."""
    parsed = URL(url)
    return f"{parsed.scheme}://{parsed.raw_host}:{parsed.port}"
