"""What a URL is: absolute, the same one however it is written, and free of tokens that must not be stored."""

import re
from typing import Final
from urllib.parse import parse_qsl

from yarl import URL

MAX_URL: Final = 2_000
TRACKING: Final = re.compile(
    r"^(utm_\w+|[a-z]{1,3}clid|msclkid|[gw]braid|srsltid|epik|igshid|mc_[ce]id|ref|ref_src|cmpid|soc_\w+|_g[al]|_hs\w+|(pk|mtm)_\w+"
    r"|pr_(prod_strat|rec_id|ref_pid|rec_pid|seq)|_(pos|sid|ss|psq|fid)|(php)?sess(ion)?id|jsessionid)$",
    re.IGNORECASE,
)
TOKEN: Final = re.compile(
    r"((^|[-_])(sig|hmac|jwt|expires|expiry|credential|api_?key)|token|signature|accesskeyid|accessid|key-pair-id"
    r"|^hdn(ea|ts|tl)|^__gda__)$",
    re.IGNORECASE,
)
HEX_DIGEST: Final = re.compile(r"^[0-9a-f]{32,}$", re.IGNORECASE)
PREVIEW_HOSTS: Final = frozenset({"preview.redd.it", "external-preview.redd.it", "i.redditmedia.com"})
PREVIEW_FILE: Final = re.compile(r"^/(?:[\w%.-]*-v\d+-)?([a-z0-9]{6,24}\.(?:jpe?g|png|webp|gif))$", re.IGNORECASE)
HOST: Final = re.compile(r"^([a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f:.]*:[0-9a-f:.]*)$")
FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f\\]")


def absolute(base: str, address: str) -> str | None:
    """Return `address`, relative to `base`, as an absolute http(s) URL without a fragment; None when it cannot be one.

    Refused: other schemes, user names, names that are none, more than `MAX_URL` characters.
    """
    text = re.sub(r"[\t\r\n]", "", address.strip())
    if not text or len(text) > MAX_URL or FORBIDDEN.search(text):
        return None
    try:
        url = URL(base).join(URL(text)).with_fragment(None)
        host = (url.raw_host or "").rstrip(".")
        usable = url.scheme in {"http", "https"} and HOST.match(host) and url.raw_user is None and url.raw_password is None
        whole = str(url.with_host(host)) if usable else ""
    except (ValueError, UnicodeError):
        return None
    return whole if 0 < len(whole) <= MAX_URL else None


def normalised(url: str) -> str | None:
    """Return a product's address as its identity; None when it is none. Normalising twice changes nothing.

    Scheme and host in lower case, https where the port is the default one, no fragment, tracking parameters or trailing
    slash, parameters in order, percent-encoding as RFC 3986 section 6.2.2 has it.
    """
    whole = absolute(url, url)
    if whole is None:
        return None
    parsed = URL(whole)
    kept = sorted((name, value) for name, value in parsed.query.items() if not TRACKING.match(name))
    path = parsed.raw_path.rstrip("/") or "/"
    bare = parsed.with_path(path, encoded=True).with_query(kept or None)
    if bare.is_default_port():
        bare = bare.with_scheme("https").with_port(None)
    return str(bare) if len(str(bare)) <= MAX_URL else None


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
    parsed = URL(url)
    original = PREVIEW_FILE.match(parsed.raw_path) if parsed.raw_host == "preview.redd.it" else None
    return f"https://i.redd.it/{original.group(1)}" if original else None


def origin(url: str) -> str:
    """Return `scheme://host:port` of an absolute URL."""
    parsed = URL(url)
    return f"{parsed.scheme}://{parsed.raw_host}:{parsed.port}"
