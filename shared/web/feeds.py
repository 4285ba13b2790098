"""Reads feeds (RSS 2.0, RSS 1.0, Atom, JSON Feed), as broken as feedparser can stand, into articles. Slow: use a thread.

What a feed says is untrusted: its HTML is reduced to text, its addresses to http(s), its lengths to bounds.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bs4 import BeautifulSoup

from shared.errors import PermanentError, Reason
from shared.web.feed_dates import read_date
from shared.web.feed_parser import parse_feed
from shared.web.json_body import looks_like_json, read_json
from shared.web.urls import normalised

MAX_TITLE: Final = 200
MAX_SUMMARY: Final = 600
MAX_HTML: Final = 20_000
ABSOLUTE: Final = re.compile(r"^\s*(https?:)?//", re.IGNORECASE)
WITHOUT_SCHEME: Final = re.compile(r"^\s*www\.[\w-]+\.", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Article:
    """One entry of a feed. `key`: 16 hex digits of its address; `published` None where the feed does not say."""

    key: str
    url: str
    title: str
    summary: str
    source: str
    published: datetime | None


def read_feed(body: bytes, content_type: str, *, url: str, source: str, limit: int, now: datetime) -> list[Article]:
    """Return up to `limit` articles, newest first, those without a date last; each address once.

    Raises `PermanentError` for what is no feed (an HTML page above all: that is a failure and not an empty feed) and for a feed
    of whose entries none has both a title and an address.
    """
    entries = _json_entries(body, content_type) if looks_like_json(body, content_type) else _xml_entries(body, content_type)
    found: dict[str, Article] = {}
    for entry in entries:
        article = _article(entry, url, source, now)
        if article is not None:
            found.setdefault(article.key, article)
    if entries and not found:
        untitled = sum(not entry["title"] for entry in entries)
        what = f"of {len(entries)} entries none has both a title and an address; {untitled} have no title"
        raise PermanentError(what, reason=Reason.PAYLOAD_INVALID)
    ordered = sorted(found.values(), key=lambda one: (one.published or datetime.min.replace(tzinfo=UTC), one.key), reverse=True)
    return ordered[:limit]


def article_key(url: str) -> str:
    """Return the identity of an article's address."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def link_of(entry: Mapping[str, Any]) -> str:
    """Return an entry's link as written, its guid where that is an address; "" where it has none.

    Of a feed that passes through FeedBurner, the site's own address: the other counts clicks, and is dead where it closed.
    """
    original = entry.get("feedburner_origlink")
    if isinstance(original, str) and ABSOLUTE.match(original):
        return original
    link, guid = entry.get("link"), entry.get("id")
    stands_in = link == guid and entry.get("guidislink")  # the library takes any guid for a link
    if isinstance(link, str) and link.strip() and (not stands_in or ABSOLUTE.match(link) or link.startswith("/")):
        return f"https://{link.strip()}" if WITHOUT_SCHEME.match(link) else link
    return guid if isinstance(guid, str) and ABSOLUTE.match(guid) else ""


def published_of(entry: Mapping[str, Any]) -> datetime | None:
    """Return when an entry says that it was published, or changed; None where it does not, or nobody can tell."""
    return next((at for name in ("published", "updated", "created") if name in entry and (at := read_date(entry[name]))), None)


def plain_text(html: str, limit: int) -> str:
    """Return the text of an HTML fragment in one line, at most `limit` characters."""
    text = html[:MAX_HTML].encode(errors="ignore").decode()  # JSON may hold halves of characters, which no parser takes
    if "<" in text or "&" in text:
        # lxml reads any tag soup in linear time, html.parser does not; in a `<div>`, a bare address or an XML declaration is
        # nothing to warn of
        soup = BeautifulSoup(f"<div>{text}</div>", "lxml")
        for element in soup(["script", "style"]):
            element.decompose()
        text = soup.get_text(" ")
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())[:limit]


def _xml_entries(body: bytes, content_type: str) -> list[dict[str, Any]]:
    return [
        {
            "url": link_of(entry), "title": entry.get("title") or entry.get("media_heading"),
            "summary": entry.get("summary") or _content(entry) or entry.get("media_caption"), "published": published_of(entry),
        }
        for entry in parse_feed(body, content_type)
    ]  # fmt: skip


def _content(entry: Mapping[str, Any]) -> str:
    contents = entry.get("content")
    first = contents[0] if isinstance(contents, Sequence) and contents else None
    return str(first.get("value") or "") if isinstance(first, Mapping) else ""


def _json_entries(body: bytes, content_type: str) -> list[dict[str, Any]]:
    """JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""
    try:
        document = read_json(body, content_type)
        items = document["items"] if "jsonfeed.org" in document["version"] else None
    except (ValueError, KeyError, TypeError):
        items = None
    if not isinstance(items, list):
        raise PermanentError("it is JSON, but no JSON Feed", reason=Reason.PAYLOAD_INVALID)
    return [
        {
            "url": item.get("url") or item.get("external_url") or link_of(item), "title": item.get("title"),
            "summary": item.get("summary") or item.get("content_text") or item.get("content_html"),
            "published": read_date(item.get("date_published")) or read_date(item.get("date_modified")),
        }
        for item in items if isinstance(item, dict)
    ]  # fmt: skip


def _article(entry: dict[str, Any], base: str, source: str, now: datetime) -> Article | None:
    address, title = entry["url"], entry["title"]
    url = normalised(address, base=base) if isinstance(address, str) and address else None
    title = plain_text(title, MAX_TITLE) if isinstance(title, str) else ""
    if url is None or not title:
        return None
    summary = plain_text(entry["summary"], MAX_SUMMARY) if isinstance(entry["summary"], str) else ""
    published: datetime | None = entry["published"]
    # never in the future: a feed may announce, or have a wrong clock
    return Article(article_key(url), url, title, summary, source, min(published, now) if published else None)
