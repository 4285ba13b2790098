"""`reddit`: a subreddit's public listing as JSON, newest first. One request has up to 100 posts; comments are not fetched.

Preview addresses carry a signature: they become the original's address where it follows from them, and are left out where it
does not. Posts that are deleted, for adults, promoted or of another subreddit are left out.
"""

import html
import re
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from pydantic import AfterValidator, Field

from shared.scraping.base import Drop, HttpUrl, PageOfItems, SourceConfig, Visit, not_readable, parse_config
from shared.scraping.items import Draft, ItemSheet
from shared.scraping.json_pages import instant, json_object, objects, text_of, texts
from shared.scraping.walking import Listing, walk
from shared.web.fetch import Fetched

ACCEPT: Final = "application/json"
HOME: Final = "https://www.reddit.com"
PAGE_SIZE: Final = 100
SUBREDDIT: Final = re.compile(r"^/?(?:r/)?([A-Za-z0-9][A-Za-z0-9_]{1,20})/?$")
CURSOR: Final = re.compile(r"^t3_[a-z0-9]{1,13}$")
# of two parentheses in an address the second belongs to it, one alone closes what is around it; pairs are not nested
LINK: Final = re.compile(r"https?://(?:[^\s<>()\[\]\"'\\`|]|\([^\s<>()\[\]\"'\\`|]{0,200}\)){1,1000}")
ESCAPED: Final = re.compile(r"\\([\\`*_{}\[\]()#+\-.!~>|^&/:])")  # what Reddit's editor writes for a letter that Markdown knows
PICTURE: Final = re.compile(r"\.(jpe?g|png|webp)$", re.IGNORECASE)
OWN_HOSTS: Final = re.compile(r"^https?://([\w-]+\.)*(reddit\.com|redd\.it|redditmedia\.com)(:\d+)?/", re.IGNORECASE)
OWN_PICTURE: Final = re.compile(r"^https://(i|preview)\.redd\.it/[\w-]+\.(jpe?g|png|webp)(\?|$)", re.IGNORECASE)
REMOVED: Final = re.compile(r"^https?://i\.redd\.it/(removed|deleted)\.", re.IGNORECASE)
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
    posts = []
    for child in children:
        post = child.get("data") if isinstance(child, dict) and child.get("kind") == "t3" else None
        refused = _refused(post, reddit.subreddit) if isinstance(post, dict) else Drop.NOT_READABLE
        if refused is not None or not isinstance(post, dict):
            sheet.drop(refused or Drop.NOT_READABLE)
        else:
            posts.append(post)
    sheet.offer_each(posts, _draft)
    after = data.get("after")
    return _page_address(reddit, after) if isinstance(after, str) and CURSOR.match(after) else None


def _refused(post: dict[str, Any], subreddit: str) -> Drop | None:
    if str(post.get("subreddit", "")).casefold() != subreddit.casefold():
        return Drop.OTHER_SUBREDDIT
    # what does not say that it is safe is not taken for it; a crosspost shows what its original shows
    if post.get("over_18") is not False or any(one.get("over_18") is True for one in _originals(post)):
        return Drop.NSFW
    if post.get("promoted") or post.get("is_created_from_ads_ui"):
        return Drop.ADVERTISEMENT
    gone = any(text_of(post.get(name)) in DELETED for name in ("selftext", "title", "author"))
    return Drop.DELETED if gone or post.get("removed_by_category") else None


def _originals(post: dict[str, Any]) -> list[dict[str, Any]]:
    return objects(post.get("crosspost_parent_list"))


def _draft(post: dict[str, Any]) -> Draft:
    body = ESCAPED.sub(r"\1", html.unescape(text_of(post.get("selftext"))))
    outward = _linked(post)
    written = [link.rstrip(".,;:!*_~") for link in LINK.findall(body)]
    links = [*written, *_gallery_links(post)] + ([] if PICTURE.search(outward.partition("?")[0]) else [outward])
    score = post.get("score")
    return Draft(
        product_url=text_of(post.get("permalink")),
        title=html.unescape(text_of(post.get("title"))),
        description=body,
        images=tuple(_pictures(post, outward, body, written)),
        buy_links=tuple(link for link in links if link.startswith("http") and not OWN_HOSTS.match(link)),
        tags=tuple(texts(post.get("link_flair_text"))),
        reddit_score=score if isinstance(score, int) and not isinstance(score, bool) else None,
        created_at=instant(post.get("created_utc")),
    )


def _pictures(post: dict[str, Any], outward: str, body: str, written: list[str]) -> list[str]:
    """Return a post's pictures: its gallery, the one it links to, those in its text; a crosspost's are its original's."""
    found = _gallery(post) or _single(outward) or _inline(post, body, written) or _previewed(post)
    for original in _originals(post):
        found = found or _pictures({**original, "crosspost_parent_list": []}, _linked(original), "", [])
    return [one for one in found if not REMOVED.search(one)]


def _linked(post: dict[str, Any]) -> str:
    return text_of(post.get("url_overridden_by_dest") or post.get("url"))


def _entries(post: dict[str, Any]) -> list[dict[str, Any]]:
    data = post.get("gallery_data")
    return objects(data.get("items")) if isinstance(data, dict) else []


def _gallery(post: dict[str, Any]) -> list[str]:
    """Return a gallery's pictures in its own order, in any where it says none."""
    media = _media(post)
    if not _entries(post):
        return list(media.values()) if post.get("is_gallery") is True else []
    return [media[key] for entry in _entries(post) if (key := str(entry.get("media_id"))) in media]


def _gallery_links(post: dict[str, Any]) -> list[str]:
    return list(texts([entry.get("outbound_url") for entry in _entries(post)]))


def _media(post: dict[str, Any]) -> dict[str, str]:
    """Return the addresses of a post's pictures by their ids. Videos and what failed to process have none."""
    media = post.get("media_metadata")
    found = {}
    for key, known in media.items() if isinstance(media, dict) else []:
        source = known.get("s") if isinstance(known, dict) and known.get("e") == "Image" else None
        for address in texts(source.get("u")) if isinstance(source, dict) else []:
            found[str(key)] = html.unescape(address)
    return found


def _single(outward: str) -> list[str]:
    """Return the linked picture."""
    return [outward] if PICTURE.search(outward.partition("?")[0]) else []


def _inline(post: dict[str, Any], body: str, written: list[str]) -> list[str]:
    """Return the pictures in the text of a post, in its order: named by their ids, or as addresses of Reddit's own hosts."""
    media = {key: address for key, address in _media(post).items() if key in body}
    if media:
        return [media[key] for key in sorted(media, key=body.index)]
    return [link for link in written if OWN_PICTURE.match(link)]


def _previewed(post: dict[str, Any]) -> list[str]:
    """Return the preview of a link that is no picture itself."""
    preview = post.get("preview")
    images = objects(preview.get("images")) if isinstance(preview, dict) else []
    source = images[0].get("source") if images else None
    return [html.unescape(one) for one in texts(source.get("url"))] if isinstance(source, dict) else []
