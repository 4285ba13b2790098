"""Reads feeds (RSS 2.0, RSS 1.0, Atom, JSON Feed), as broken as feedparser can stand, into articles. Slow: use a thread.

What a feed says is untrusted: its HTML is reduced to text, its addresses to http(s), its lengths to bounds.
"""

import calendar
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import feedparser
from bs4 import BeautifulSoup

from shared.clock import from_iso
from shared.errors import PermanentError, Reason

MAX_TITLE: Final = 200
MAX_SUMMARY: Final = 600
MAX_HTML: Final = 20_000
TRACKING: Final = re.compile(r"^(utm_\w+|fbclid|gclid|mc_[ce]id|ref|ref_src|cmpid|igshid|soc_\w+)$", re.IGNORECASE)
HTML_PAGE: Final = re.compile(rb"^\s*(<!doctype html|<html)", re.IGNORECASE)


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

    Raises `PermanentError` for what is no feed, an HTML page above all: that is a failure and not an empty feed.
    """
    if HTML_PAGE.match(body[:200]):
        raise PermanentError("an HTML page came where a feed was expected", reason=Reason.PAYLOAD_INVALID)
    is_json = "json" in content_type or body.lstrip()[:1] == b"{"
    entries = _json_entries(body) if is_json else _xml_entries(body, content_type)
    found: dict[str, Article] = {}
    for entry in entries:
        article = _article(entry, url, source, now)
        if article is not None:
            found.setdefault(article.key, article)
    ordered = sorted(found.values(), key=lambda one: (one.published or datetime.min.replace(tzinfo=UTC), one.key), reverse=True)
    return ordered[:limit]


def article_key(url: str) -> str:
    """Return the identity of an article's address."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def normalised(url: str) -> str | None:
    """Return an article's address without fragment, tracking parameters and trailing slash; None when it is none."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").lower(), parts.port
        url.encode()  # half a character of JSON has no address
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host:
        return None
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if not TRACKING.match(name)])
    netloc = host if port in {None, 80, 443} else f"{host}:{port}"
    return urlunsplit(("https", netloc, parts.path.rstrip("/") or "/", query, ""))


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
    parsed = feedparser.parse(
        body, response_headers={"content-type": content_type}, sanitize_html=False, resolve_relative_uris=False
    )
    if not parsed.get("version"):
        raise PermanentError("it is no feed of a known kind", reason=Reason.PAYLOAD_INVALID)
    return [
        {
            "url": entry.get("link") or entry.get("id"), "title": entry.get("title"), "summary": entry.get("summary"),
            "published": entry.get("published_parsed") or entry.get("updated_parsed"),
        }
        for entry in parsed["entries"]
    ]  # fmt: skip


def _json_entries(body: bytes) -> list[dict[str, Any]]:
    """JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""
    try:
        document = json.loads(body)
        items = document["items"] if "jsonfeed.org" in document["version"] else None
    except (ValueError, KeyError, TypeError, RecursionError):
        items = None
    if not isinstance(items, list):
        raise PermanentError("it is JSON, but no JSON Feed", reason=Reason.PAYLOAD_INVALID)
    return [
        {
            "url": item.get("url") or item.get("external_url"), "title": item.get("title"),
            "summary": item.get("summary") or item.get("content_text") or item.get("content_html"),
            "published": item.get("date_published"),
        }
        for item in items if isinstance(item, dict)
    ]  # fmt: skip


def _article(entry: dict[str, Any], base: str, source: str, now: datetime) -> Article | None:
    address = entry["url"]
    url = normalised(urljoin(base, address)) if isinstance(address, str) and address else None
    title = plain_text(str(entry["title"] or ""), MAX_TITLE)
    if url is None or not title:
        return None
    summary = plain_text(str(entry["summary"] or ""), MAX_SUMMARY)
    return Article(article_key(url), url, title, summary, source, _published(entry["published"], now))


def _published(value: Any, now: datetime) -> datetime | None:  # noqa: ANN401  (a struct_time, or text)
    """Return when it was published, never in the future: a feed may announce, or have a wrong clock."""
    try:
        at = from_iso(value) if isinstance(value, str) else datetime.fromtimestamp(calendar.timegm(value), UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(at, now)
