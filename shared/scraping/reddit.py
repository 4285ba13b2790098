"""`reddit`: a subreddit's public listing as JSON, newest first. One request has up to 100 posts; comments are not fetched.

Preview addresses carry a signature: they become the original's address where it follows from them, and are left out where it
does not. Posts that are deleted, for adults, promoted or of another subreddit are left out.
"""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from pydantic import AfterValidator, Field

from shared.scraping.base import Drop, HttpUrl, PageOfItems, SourceConfig, Visit, not_readable, parse_config
from shared.scraping.items import Draft, ItemSheet
from shared.scraping.json_pages import instant, json_object, text_of, texts
from shared.scraping.walking import Listing, walk
from shared.web.fetch import Fetched

ACCEPT: Final = "application/json"
HOME: Final = "https://www.reddit.com"
PAGE_SIZE: Final = 100
SUBREDDIT: Final = re.compile(r"^/?(?:r/)?([A-Za-z0-9][A-Za-z0-9_]{1,20})/?$")
CURSOR: Final = re.compile(r"^t3_[a-z0-9]{1,13}$")
LINK: Final = re.compile(r"https?://[^\s<>()\[\]\"'\\]{1,1000}")
PICTURE: Final = re.compile(r"\.(jpe?g|png|webp)$", re.IGNORECASE)
OWN_HOSTS: Final = re.compile(r"^https?://([\w-]+\.)*(reddit\.com|redd\.it|redditmedia\.com)(:\d+)?/", re.IGNORECASE)
DELETED: Final = frozenset({"[deleted]", "[removed]", "[deleted by user]"})


def _subreddit(text: str) -> str:
    found = SUBREDDIT.match(text)
    if found is None:
        raise ValueError("the name of one subreddit: 2 to 21 letters, digits or underscores")
    return found.group(1)


class RedditConfig(SourceConfig):
    """A subreddit's `config`. `baseUrl`: where the listing is served, for development; default https://www.reddit.com."""

    subreddit: Annotated[str, AfterValidator(_subreddit)]
    base_url: HttpUrl = Field(HOME, alias="baseUrl")


class Reddit:
    """Implements `base.SourceAdapter`."""

    def check(self, config: Mapping[str, Any]) -> None:
        """Raise what is wrong with `config`."""
        parse_config(RedditConfig, config)

    def pages(self, config: Mapping[str, Any], visit: Visit) -> AsyncIterator[PageOfItems]:
        """Return the listing's pages."""
        reddit = parse_config(RedditConfig, config)

        def read(page: Fetched, sheet: ItemSheet) -> str | None:
            return _read(page, sheet, reddit)

        return walk(Listing(_page_address(reddit), ACCEPT, read), visit)


def _page_address(reddit: RedditConfig, after: str | None = None) -> str:
    query = {"limit": PAGE_SIZE, "raw_json": 1, **({"after": after} if after else {})}
    return f"{reddit.base_url.rstrip('/')}/r/{reddit.subreddit}/new.json?{urlencode(query)}"


def _read(page: Fetched, sheet: ItemSheet, reddit: RedditConfig) -> str | None:
    data = json_object(page).get("data")
    children = data.get("children") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(children, list):
        raise not_readable("the JSON has no list of posts: this is no Reddit listing")
    for child in children:
        post = child.get("data") if isinstance(child, dict) and child.get("kind") == "t3" else None
        refused = _refused(post, reddit.subreddit) if isinstance(post, dict) else Drop.NOT_READABLE
        if refused is not None or not isinstance(post, dict):
            sheet.drop(refused or Drop.NOT_READABLE)
        else:
            sheet.offer(_draft(post))
    after = data.get("after")
    return _page_address(reddit, after) if isinstance(after, str) and CURSOR.match(after) else None


def _refused(post: dict[str, Any], subreddit: str) -> Drop | None:
    if str(post.get("subreddit", "")).casefold() != subreddit.casefold():
        return Drop.OTHER_SUBREDDIT
    if post.get("over_18") is not False:  # what does not say that it is safe is not taken for it
        return Drop.NSFW
    if post.get("promoted") or post.get("is_created_from_ads_ui"):
        return Drop.ADVERTISEMENT
    gone = any(text_of(post.get(name)) in DELETED for name in ("selftext", "title", "author"))
    return Drop.DELETED if gone or post.get("removed_by_category") else None


def _draft(post: dict[str, Any]) -> Draft:
    body = text_of(post.get("selftext"))
    outward = text_of(post.get("url_overridden_by_dest") or post.get("url"))
    links = [link.rstrip(".,;:!*_") for link in LINK.findall(body)]
    links += [] if PICTURE.search(outward.partition("?")[0]) else [outward]
    score = post.get("score")
    return Draft(
        product_url=text_of(post.get("permalink")),
        title=text_of(post.get("title")),
        description=body,
        images=tuple(_gallery(post) or _single(post, outward)),
        buy_links=tuple(link for link in links if link.startswith("http") and not OWN_HOSTS.match(link)),
        tags=tuple(texts(post.get("link_flair_text"))),
        reddit_score=score if isinstance(score, int) and not isinstance(score, bool) else None,
        created_at=instant(post.get("created_utc")),
    )


def _gallery(post: dict[str, Any]) -> list[str]:
    """Return a gallery's pictures in its own order. Videos and what failed to process have no picture."""
    data, media = post.get("gallery_data"), post.get("media_metadata")
    entries = data.get("items") if isinstance(data, dict) else None
    if not isinstance(entries, list) or not isinstance(media, dict):
        return []
    found = []
    for entry in entries:
        known = media.get(str(entry.get("media_id"))) if isinstance(entry, dict) else None
        source = known.get("s") if isinstance(known, dict) and known.get("e") == "Image" else None
        found += list(texts(source.get("u"))) if isinstance(source, dict) else []
    return found


def _single(post: dict[str, Any], outward: str) -> list[str]:
    """Return the linked picture; where the link is no picture, the preview's original."""
    if PICTURE.search(outward.partition("?")[0]):
        return [outward]
    preview = post.get("preview")
    images = preview.get("images") if isinstance(preview, dict) else None
    first = images[0] if isinstance(images, list) and images else None
    source = first.get("source") if isinstance(first, dict) else None
    return list(texts(source.get("url"))) if isinstance(source, dict) else []
