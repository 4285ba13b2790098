"""What a web address is: absolute, and the same one however it is written. Items and articles are known by it.

Addresses are read as browsers read them (https://url.spec.whatwg.org), by a library. `absolute` keeps every byte that can
travel: an address may be signed. `normalised` is an identity; it merges only what no server tells apart.
"""

import re
from typing import Final
from urllib.parse import unquote_plus

from url import URL, URLError

from shared.web.addresses import TRAVELS

MAX_URL: Final = 2_000
HOST: Final = re.compile(r"^([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$")
FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f\\]")
MISWRITTEN: Final = re.compile(r"^https?:(?!//[^/])", re.IGNORECASE)  # browsers mend `https:///x`; who wrote it meant no host
AUTHORITY: Final = re.compile(r"(?:https?:)?//[^/?#]*", re.IGNORECASE)
DOT: Final = re.compile(r"%2e", re.IGNORECASE)
ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})|(.)", re.DOTALL)
AMPERSANDS: Final = re.compile(r"^(amp;)+")  # of an address that was escaped for HTML, and once more
UNRESERVED: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
PLAIN_IN_BOTH: Final = frozenset(UNRESERVED + "!$'()*,:@")  # written as they are, whether they came escaped or not
PLAIN_IN_PATH: Final = PLAIN_IN_BOTH | frozenset("&=;")
PLAIN_IN_QUERY: Final = PLAIN_IN_BOTH | frozenset("/?")
DOT_SEGMENT: Final = re.compile(r"(^|/)\.{1,2}(/|$)")
ROUTE: Final = re.compile(r"^#!?/|^#!.")  # a page's own addresses behind the hash; any other fragment is a place on the page
TRACKING: Final = re.compile(
    r"^(utm_\w+|\w{1,4}clid|\w{2,4}_?clickid|msclkid|[gw]braid|gad_\w+|srsltid|epik|igsh(id)?|mc_[ce]id|ref_|ref_src|cmpid|soc_\w+"
    r"|_g[al]|_hs\w+|__hs\w+|hscta\w+|(pk|mtm|matomo|piwik)_\w+|at_\w+|ns_(mchannel|campaign|source|linkname|fee)|wt[_.]mc(_\w+)?"
    r"|wt[_.]zmc|xtor|ftag|gucc?e?_?(counter|referrer\w*)|mkt_tok|vero_(id|conv)|oly_(enc|anon)_id|s_kwcid|ef_id|_openstat"
    r"|_branch_\w+|li_fat_id|mibextid|pr_(prod_strat|rec_id|ref_pid|rec_pid|seq)|_(pos|sid|ss|psq|fid)|(php)?sess(ion)?id"
    r"|jsessionid)$",
    re.IGNORECASE,
)
# Names that a site may well use itself: they are tracking only where their value says so.
VALUED: Final = {
    name: re.compile(f"^({values})$", re.IGNORECASE)
    for name, values in {
        "ref": r"rss|feed|atom|home(page)?([-_.]\w+)?|index|start|top|nav(bar|igation)?([-_.]\w+)?|menu|header|footer|logo"
        r"|sidebar|banner|search|related|trending|popular|shar(e|ing)([-_.]\w+)?|social|newsletter|e?mail|mailing|nl|app|push|amp|twitter"
        r"|facebook|fb|instagram|ig|pinterest|tiktok|reddit|tumblr|youtube|linkedin|whatsapp|telegram|google|bing|producthunt"
        r"|https?://.*|([\w-]+\.)+[a-z]{2,}|(sr|pd|as|nb|cm|lp|ast|sspa|zg)_[\w-]+",
        "source": r"rss.*|feed|newsletter|social|twitter|facebook",
        "partner": r"rss.*", "emc": r"rss.*|\w+_\w+_\d+", "cmp": r"[a-z]+([-_][a-z]+)*",
        "mbid": r"(social|synd|email|nl|rss)(_.*)?", "rss": r"|1|true|yes", "amp": r"|1|true", "outputtype": r"amp",
    }.items()
}  # fmt: skip


def absolute(base: str, address: str) -> str | None:
    """Return `address`, relative to `base`, as an absolute http(s) URL without a fragment; None when it cannot be one.

    Path and query stay as they were given, byte for byte, but for steps (`..`) and for what cannot travel: a signature covers
    `'` and not `%27`. Refused: other schemes, user names, names that are none, more than `MAX_URL` characters.
    """
    url = _read(base, address)
    if url is None:
        return None
    text = _tidy(address).partition("#")[0]
    authority = AUTHORITY.match(text)
    path, mark, query = (text[authority.end() :] if authority else text).partition("?")
    stays = path.startswith("/") and not DOT_SEGMENT.search(DOT.sub(".", path))
    inherited = f"?{url.query}" if url.query and not path else ""
    asked = f"{mark}{_travelling(query)}" if mark else inherited
    whole = f"{url.scheme}://{_authority(url)}{_travelling(path) if stays else url.path}{asked}"
    return whole if len(whole) <= MAX_URL else None


def normalised(address: str, *, base: str | None = None) -> str | None:
    """Return an address as its identity; None when it is none. Normalising twice changes nothing.

    Scheme and host in lower case, names in other alphabets as punycode, no trailing dot; https where the port is the default
    one; no fragment (but a route), tracking parameters or trailing slash; parameters in order; percent-encoding as RFC 3986
    section 6.2.2 has it, octet by octet: what is no UTF-8 stays what it is.
    """
    url = _read(base or address, address)
    if url is None:
        return None
    path = _plain_path(url)
    query = "&".join(_kept_parameters(url.query or ""))
    fragment = f"#{url.fragment or ''}"
    route = fragment if ROUTE.match(fragment) else ""
    scheme = "https" if url.port is None else url.scheme
    whole = f"{scheme}://{_authority(url)}{path}{'?' if query else ''}{query}{_requoted(route, PLAIN_IN_QUERY | {'#', '%'})}"
    return whole if len(whole) <= MAX_URL else None


def _tidy(address: str) -> str:
    """As browsers read it: without what stands around it, and without line breaks inside."""
    return re.sub(r"[\t\r\n]", "", address.strip())


def _travelling(text: str) -> str:
    """Return a part of an address as a request line can carry it."""
    return "".join(chr(octet) if octet in TRAVELS else f"%{octet:02X}" for octet in text.encode())


def _read(base: str, address: str) -> URL | None:
    text = _tidy(address)
    if not text or len(text) > MAX_URL or FORBIDDEN.search(text) or MISWRITTEN.match(text):
        return None
    try:
        url = URL.parse(base).join(text)
        host = (url.host_str or "").rstrip(".")
        if url.scheme not in {"http", "https"} or not HOST.match(host) or url.username or url.password:
            return None
        return url.with_host(host)
    except (URLError, UnicodeEncodeError):  # half a character cannot be encoded
        return None


def _authority(url: URL) -> str:
    return f"{url.host_str}" if url.port is None else f"{url.host_str}:{url.port}"


def _plain_path(url: URL) -> str:
    """Return the path with one spelling. What `%2E` hid may be a step upwards, which is taken then."""
    path = _requoted(url.path, PLAIN_IN_PATH | frozenset("/+"), decoded=PLAIN_IN_PATH)
    if DOT_SEGMENT.search(path):
        path = url.with_path(path).path
    return path.rstrip("/") or "/"


def _kept_parameters(query: str) -> list[str]:
    """Return the parameters that are no tracking, each with one spelling, in order. `?x=` and `?x` are one."""
    kept = []
    for part in query.split("&"):
        name, _, value = AMPERSANDS.sub("", part).partition("=")
        if (name or value) and not _is_tracking(unquote_plus(name), unquote_plus(value)):
            spelled = _in_query(name), _in_query(value)
            kept.append(((unquote_plus(spelled[0]), unquote_plus(spelled[1])), "=".join(spelled) if value else spelled[0]))
    return [text for _, text in sorted(kept)]


def _is_tracking(name: str, value: str) -> bool:
    own = VALUED.get(name.casefold())
    return bool(TRACKING.match(name) or (own and own.match(value)))


def _in_query(text: str) -> str:
    return _requoted(text.replace("%20", "+"), PLAIN_IN_QUERY | frozenset("=+;"), decoded=PLAIN_IN_QUERY)


def _requoted(text: str, plain: frozenset[str], *, decoded: frozenset[str] = frozenset()) -> str:
    """Return `text` with escapes in upper case, those of `decoded` undone, and all but `plain` escaped."""

    def one(found: re.Match[str]) -> str:
        if found[1]:
            letter = chr(int(found[1], 16))
            return letter if letter in decoded else f"%{found[1].upper()}"
        return found[2] if found[2] in plain else "".join(f"%{octet:02X}" for octet in found[2].encode())

    return ESCAPE.sub(one, text)
