"""Posts that a client collected with its user's access to Reddit: what they must be, and the items that they become. Pure.

A post is bound to the subreddit it was collected for, has a picture on one of Reddit's or Imgur's hosts, and is young.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr, ValidationError
from pydantic.alias_generators import to_camel
from yarl import URL

from shared.scraping.base import MAX_SHOWN, FoundItem
from shared.scraping.items import MAX_LINKS, MAX_PICTURES, MAX_TAGS, Draft, ItemSheet
from shared.scraping.json_pages import instant
from shared.scraping.reddit import HOME
from shared.scraping.urls import PREVIEW_FILE
from shared.text import one_line
from shared.web.urls import absolute

IMAGE_HOSTS: Final = frozenset({"i.redd.it", "preview.redd.it", "i.imgur.com"})
REDDIT_HOSTS: Final = frozenset({"reddit.com", "www.reddit.com", "old.reddit.com", "new.reddit.com"})
PERMALINK: Final = re.compile(r"^/r/([^/]+)/comments/[a-z0-9]{1,13}(/.*)?$", re.IGNORECASE)
MAX_AGE: Final = timedelta(days=30)
MAX_COMMENT: Final = 1_000
EARLY: Final = timedelta(minutes=10)  # a client's clock may be ahead of ours
MAX_PROBLEMS: Final = 20  # of one post that are named
MAX_SCORE: Final = 1_000_000_000
Address = Annotated[StrictStr, Field(max_length=500)]


class Post(BaseModel):
    """One post as a client sends it. Times are ISO 8601, or seconds since 1970."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)

    title: Annotated[StrictStr, Field(min_length=1, max_length=300)]
    permalink: Address
    image_url: Address
    created_at: StrictStr | StrictInt | StrictFloat
    subreddit: Annotated[StrictStr, Field(max_length=50)] | None = None
    gallery_images: Annotated[tuple[Address, ...], Field(max_length=MAX_PICTURES)] = ()
    description: Annotated[StrictStr, Field(max_length=2_000)] = ""
    comment_text: Annotated[StrictStr, Field(max_length=MAX_COMMENT)] = ""
    buy_links: Annotated[tuple[Address, ...], Field(max_length=MAX_LINKS)] = ()
    tags: Annotated[tuple[Annotated[StrictStr, Field(max_length=50)], ...], Field(max_length=MAX_TAGS)] = ()
    reddit_score: Annotated[StrictInt, Field(ge=-MAX_SCORE, le=MAX_SCORE)] | None = None
    over18: StrictBool = Field(default=False, alias="over18")

    def to_body(self) -> dict[str, Any]:
        """Return what travels in a message."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a post is not taken: which field, what came, what was expected."""

    field: str
    came: str
    expected: str


def read_post(value: Mapping[str, Any], *, subreddit: str, at: datetime) -> Post | list[Wrong]:
    """Return the post that was sent, or everything that is wrong with it."""
    try:
        post = Post.model_validate(dict(value))
    except ValidationError as error:
        return [
            Wrong(".".join(map(str, one["loc"])), "nothing" if one["type"] == "missing" else _shown(one["input"]), one["msg"])
            for one in error.errors(include_url=False, include_context=False)[:MAX_PROBLEMS]
        ]
    wrong = [*_wrong_subject(post, subreddit), *_wrong_pictures(post), *_wrong_age(post, at)]
    return wrong or post


def item_of(post: Post, *, subreddit: str, at: datetime) -> FoundItem | None:
    """Return the item that a post becomes, under the checks of every source; None where one of them refuses it."""
    path = _path_of(post.permalink, subreddit)
    sheet = ItemSheet(base=HOME, at=at, limit=1, seen=set())
    pictures = tuple(original for one in (post.image_url, *post.gallery_images) if (original := _original(one)) is not None)
    sheet.offer(
        Draft(
            product_url=path or "", title=post.title, description=post.description, images=pictures, tags=post.tags,
            buy_links=post.buy_links, reddit_score=post.reddit_score, created_at=instant(post.created_at),
        )
    )  # fmt: skip
    return replace(sheet.items[0], comment_text=one_line(post.comment_text, MAX_COMMENT)) if sheet.items else None


def _wrong_subject(post: Post, subreddit: str) -> list[Wrong]:
    wrong = []
    if post.subreddit is not None and post.subreddit.casefold() != subreddit.casefold():
        wrong.append(Wrong("subreddit", _shown(post.subreddit), f"{subreddit}, which the batch is for"))
    if _path_of(post.permalink, subreddit) is None:
        wrong.append(Wrong("permalink", _shown(post.permalink), f"the address of a post in r/{subreddit}"))
    if post.over18:
        wrong.append(Wrong("over18", "true", "a post that is not for adults only"))
    return wrong


def _wrong_pictures(post: Post) -> list[Wrong]:
    names = ["imageUrl", *(f"galleryImages.{number}" for number in range(len(post.gallery_images)))]
    expected = f"an https address of a picture on {', '.join(sorted(IMAGE_HOSTS))}"
    return [
        Wrong(name, _shown(address), expected)
        for name, address in zip(names, (post.image_url, *post.gallery_images), strict=True)
        if _original(address) is None
    ]


def _wrong_age(post: Post, at: datetime) -> list[Wrong]:
    created = instant(post.created_at)
    if created is None:
        return [Wrong("createdAt", _shown(post.created_at), "ISO 8601, or seconds since 1970")]
    if not at - MAX_AGE <= created <= at + EARLY:
        return [Wrong("createdAt", _shown(post.created_at), f"a time in the last {MAX_AGE.days} days")]
    return []


def _path_of(permalink: str, subreddit: str) -> str | None:
    """Return the path of a post's address where it is one of this subreddit's: it is one post on all of Reddit's hosts."""
    whole = absolute(HOME, permalink)
    url = URL(whole) if whole else None
    if url is None or (url.raw_host or "") not in REDDIT_HOSTS:
        return None
    found = PERMALINK.match(url.raw_path)
    return url.raw_path if found and found.group(1).casefold() == subreddit.casefold() else None


def _original(address: str) -> str | None:
    """Return a picture's address without what must not be stored: previews as their originals. None: it may not be used."""
    whole = absolute(HOME, address)
    url = URL(whole) if whole else None
    if url is None or url.scheme != "https" or url.raw_host not in IMAGE_HOSTS or not url.is_default_port():
        return None
    if url.raw_host != "preview.redd.it":
        return str(url.with_query(None))
    found = PREVIEW_FILE.match(url.raw_path)
    return f"https://i.redd.it/{found.group(1)}" if found else None


def _shown(value: object) -> str:
    return one_line(repr(value), MAX_SHOWN)
