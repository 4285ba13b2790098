"""The boundary to feedparser: what it chokes on is mended before, and what it raises all the same becomes our error.

Known faults of it, each met in feeds of the wild: characters written as two references of UTF-16 halves, or beyond Unicode;
backslashes in a DOCTYPE's entities; numbers of geographic namespaces that are none; quadratic time in the attributes of a tag;
a picture's caption (Media RSS) that takes the place of the entry's own title or summary.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import feedparser

from shared.errors import PermanentError, Reason
from shared.web.content_encoding import GZIP, unpacked
from shared.web.markup import made_to_be_expensive

HTML_PAGE: Final = re.compile(rb"^\s*(<!doctype html|<html)", re.IGNORECASE)
ROOT: Final = re.compile(rb"<(?:[\w.-]{1,20}:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
PROLOG: Final = 1_000  # of an HTML page, in which a feed's root may still come
END: Final = re.compile(rb"</(?:[\w.-]{1,20}:)?(?:rss|feed|rdf)", re.IGNORECASE)
DECLARATION: Final = re.compile(rb"\A\s*<\?xml[^>]{0,300}\?>")
HALVES: Final = re.compile(
    rb"&#0{0,8}(?:x0{0,8}(d[89ab][0-9a-f]{2})|(5[56][0-9]{3}));?&#0{0,8}(?:x0{0,8}(d[c-f][0-9a-f]{2})|(5[67][0-9]{3}));?",
    re.IGNORECASE,
)
REFERENCE: Final = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
BARE: Final = re.compile(rb"&(?!#|[A-Za-z][A-Za-z0-9]{1,31};)")
MAX_OPENED: Final = 8 * 1024 * 1024
MAX_MARKS: Final = 300_000
MAX_DIGITS: Final = 12
WHITESPACE: Final = frozenset({9, 10, 13})
MEDIA_TEXTS: Final = re.compile(rb"(</?media:)(title|description)\b", re.IGNORECASE)
RENAMED: Final = {b"title": b"heading", b"description": b"caption"}
OTHER_NAMESPACE: Final = re.compile(
    rb"</?(?!(?:atom|a10|rdf|rss|content|dc|dcterms|media|g|feedburner|itunes|xhtml|c)\b)"
    rb"[a-z][\w.-]{0,30}:[a-z][^<>]{0,2000}>",
    re.IGNORECASE,
)


def opened(body: bytes) -> bytes:
    """Return a feed that is served as a packed file (`feed.xml.gz`, of which no header says so) unpacked; any other as it is.

    Blocking. Raises `RetryableError` for a file that was cut short, `PermanentError` for what is none or is too large.
    """
    return unpacked(body, ["gzip"], MAX_OPENED) if body.startswith(GZIP) else body


def parse_feed(body: bytes, content_type: str) -> list[Mapping[str, Any]]:
    """Return the entries of an RSS or Atom feed, as feedparser names their fields; `media_heading` and `media_caption` are
    those of Media RSS. Blocking. Raises `PermanentError(PAYLOAD_INVALID)` for what is no feed: an HTML page above all is no
    empty feed.
    """
    text = _in_utf8(body.lstrip(b"\xef\xbb\xbf"))
    if HTML_PAGE.match(text[:200]) and not ROOT.search(text[:PROLOG]):
        raise _no_feed("an HTML page came where a feed was expected")
    if text.count(b"<") + text.count(b"&") > MAX_MARKS:
        raise _no_feed(f"it has more than {MAX_MARKS} tags and references")
    text = _mended(text)
    parsed = _parsed(text, content_type)
    if isinstance(parsed, Exception):  # of what nobody reads here, some raises
        parsed = _parsed(OTHER_NAMESPACE.sub(b"", text), content_type)
    if isinstance(parsed, Exception):
        raise _no_feed(f"it cannot be read as a feed: {type(parsed).__name__}") from parsed
    if not parsed.get("version"):
        raise _no_feed("it is no feed of a known kind")
    return list(parsed["entries"])


def is_whole(body: bytes) -> bool:
    """False for markup that ends before its root does: what was sent was cut off, however whole it looked to HTTP."""
    return ROOT.search(body.replace(b"\0", b"")) is None or END.search(body[-PROLOG:].replace(b"\0", b"")) is not None


def _no_feed(what: str) -> PermanentError:
    return PermanentError(what, reason=Reason.PAYLOAD_INVALID)


def _parsed(text: bytes, content_type: str) -> Mapping[str, Any] | Exception:
    """Return the parsed feed, or what the library raised: it has no error type of its own, any may come."""
    headers = {"content-type": content_type}
    try:
        found: Mapping[str, Any] = feedparser.parse(
            text, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # noqa: BLE001  (see above)
        return error
    return found


def _in_utf8(body: bytes) -> bytes:
    """Return a UTF-16 body as UTF-8, so that the rest may look at its bytes; any other as it is."""
    if not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body
    return DECLARATION.sub(b"", body.decode("utf-16", errors="replace").encode(errors="replace"), count=1)


def _mended(text: bytes) -> bytes:
    root = ROOT.search(text)
    if root is not None and b"<!" in text[: root.start()]:  # a DOCTYPE, with entities that only harm
        declaration = DECLARATION.match(text)
        text = (declaration[0] if declaration else b"") + text[root.start() :]
    text = _outside_cdata(text)
    text = MEDIA_TEXTS.sub(lambda found: found[1] + RENAMED[found[2].lower()], text)
    if b"&#" in text:
        text = REFERENCE.sub(_reference, HALVES.sub(_pair, text))
    return text


def _outside_cdata(text: bytes) -> bytes:
    """Escape the ampersands that begin no reference, as in `H&M`: the library takes the word behind for a reference's name.
    Raises for tags that are made to be expensive.
    """
    parts, at = [], 0
    while (begins := text.find(b"<![CDATA[", at)) >= 0 and (ends := text.find(b"]]>", begins)) >= 0:
        parts += [_plain(text[at:begins]), text[begins:ends]]
        at = ends
    return b"".join([*parts, _plain(text[at:])])


def _plain(part: bytes) -> bytes:
    if expensive := made_to_be_expensive(part):
        raise _no_feed(expensive)
    return BARE.sub(b"&amp;", part)


def _pair(found: re.Match[bytes]) -> bytes:
    """Return the one character that two halves of UTF-16 mean."""
    high, low = (int(one, 16) if one else int(other) for one, other in ((found[1], found[2]), (found[3], found[4])))
    if not (0xD800 <= high <= 0xDBFF and 0xDC00 <= low <= 0xDFFF):  # noqa: PLR2004  (Unicode's own numbers)
        return found[0]
    return b"&#%d;" % (0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _reference(found: re.Match[bytes]) -> bytes:
    """Return the reference of a character that exists; else a space, or the mark of what could not be read."""
    digits = (found[1] or found[2]).lstrip(b"0") or b"0"
    code = int(digits, 16 if found[1] else 10) if len(digits) <= MAX_DIGITS else -1
    if 0xD800 <= code <= 0xDFFF or not 0 <= code <= 0x10FFFF:  # noqa: PLR2004
        return b"&#65533;"
    return found[0] if code >= 32 or code in WHITESPACE else b" "  # noqa: PLR2004
