"""Reddit's listing, in the shapes it comes in: pictures without tokens, and only what belongs to the source."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.errors import PermanentError, Reason
from shared.scraping.base import Drop, FoundItem, PageOfItems
from tests.faults.scraping_site import Site, guest, running

SIGNED = "?width=1080&auto=webp&s=0123456789abcdef0123456789abcdef01234567"
LISTING = "/r/outfits/new.json"


def post(name: str = "a1", **more: Any) -> dict[str, Any]:
    data = {
        "id": name, "subreddit": "outfits", "title": "An outfit", "author": "someone", "selftext": "", "over_18": False,
        "score": 12,
        "permalink": f"/r/outfits/comments/{name}/an_outfit/", "url_overridden_by_dest": f"https://i.redd.it/{name}picture.jpg",
        "created_utc": 1_795_420_800.0, "removed_by_category": None, **more,
    }  # fmt: skip
    return {"kind": "t3", "data": data}


def listing(*posts: Any, after: Any = None) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"after": after, "children": list(posts)}}


async def read(*posts: Any) -> PageOfItems:
    async with running(Site({LISTING: listing(*posts)})) as site, guest(site) as visitor:
        [page] = await visitor.pages("reddit", {"subreddit": "outfits", "baseUrl": site.url})
        return page


async def one(**more: Any) -> FoundItem:
    [item] = (await read(post(**more))).items
    return item


async def test_a_post_is_an_item() -> None:
    item = await one(
        selftext="Coat:\n[here](https://shop.example/coat?utm_source=r). https://www.reddit.com/r/x", link_flair_text="WIWT"
    )
    assert item.product_url.endswith("/r/outfits/comments/a1/an_outfit")
    assert item.image_url == "https://i.redd.it/a1picture.jpg"
    assert (item.title, item.description.startswith("Coat: [here]"), item.tags) == ("An outfit", True, ("WIWT",))
    assert (item.reddit_score, item.buy_links) == (12, ("https://shop.example/coat",))
    assert item.source_created_at == datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # never later than the run


async def test_a_gallery_keeps_its_order_and_loses_its_tokens() -> None:
    media = {
        "m1": {"status": "valid", "e": "Image", "s": {"u": f"https://preview.redd.it/firstpicture.jpg{SIGNED}"}},
        "m2": {"status": "valid", "e": "Image", "s": {"u": f"https://preview.redd.it/my-fit-v0-secondone1.png{SIGNED}"}},
        "m3": {"status": "valid", "e": "RedditVideo", "s": {"u": "https://v.redd.it/x.mp4"}}, "m4": {"status": "failed"},
        "m5": "odd",
    }  # fmt: skip
    order = [{"media_id": name} for name in ("m2", "m4", "m1", "m3", "m5", "m6", "m2")] + ["odd"]
    item = await one(
        is_gallery=True,
        url_overridden_by_dest="https://www.reddit.com/gallery/a1",
        gallery_data={"items": order},
        media_metadata=media,
    )
    assert item.gallery_images == ("https://i.redd.it/secondone1.png", "https://i.redd.it/firstpicture.jpg")
    assert item.image_url == item.gallery_images[0]
    assert item.buy_links == ()


async def test_a_preview_stands_in_for_a_link_that_is_no_picture() -> None:
    preview = {"images": [{"source": {"url": f"https://preview.redd.it/fromthelink.jpg{SIGNED}"}}]}
    item = await one(url_overridden_by_dest="https://shop.example/coat", preview=preview)
    assert (item.image_url, item.buy_links) == ("https://i.redd.it/fromthelink.jpg", ("https://shop.example/coat",))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"over_18": True}, {Drop.NSFW: 1}), ({"over_18": None}, {Drop.NSFW: 1}),
        ({"subreddit": "shoes"}, {Drop.OTHER_SUBREDDIT: 1}),
        ({"subreddit": None}, {Drop.OTHER_SUBREDDIT: 1}), ({"selftext": "[removed]"}, {Drop.DELETED: 1}),
        ({"author": "[deleted]"}, {Drop.DELETED: 1}),
        ({"removed_by_category": "moderator"}, {Drop.DELETED: 1}), ({"promoted": True}, {Drop.ADVERTISEMENT: 1}),
        ({"title": None}, {Drop.NO_TITLE: 1}),
        ({"permalink": 7}, {Drop.NO_PRODUCT_URL: 1}), ({"url_overridden_by_dest": None}, {Drop.NO_IMAGE: 1}),
        ({"title": ["x"]}, {Drop.NO_TITLE: 1}),
        ({"url_overridden_by_dest": "https://v.redd.it/a1", "preview": {"images": [{"source": {"url": f"https://external-preview.redd.it/a1b2c3.jpg{SIGNED}"}}]}},
         {Drop.IMAGE_WITH_TOKEN: 1, Drop.NO_IMAGE: 1}),
        ({"url_overridden_by_dest": None, "preview": {"images": []}}, {Drop.NO_IMAGE: 1}),
        ({"url_overridden_by_dest": None, "preview": 7}, {Drop.NO_IMAGE: 1}),
    ],
)  # fmt: skip
async def test_what_does_not_belong_is_left_out_and_counted(more: dict[str, Any], why: dict[Drop, int]) -> None:
    page = await read(post("b2"), post(**more))
    assert (len(page.items), dict(page.dropped)) == (1, why)


@pytest.mark.parametrize(
    "odd",
    [
        None,
        7,
        "text",
        {},
        {"kind": "t3"},
        {"kind": "t1", "data": {}},
        {"kind": "t3", "data": []},
        {"kind": "more", "data": {"children": []}},
    ],
)
async def test_entries_of_another_shape_are_counted(odd: Any) -> None:
    page = await read(odd, post())
    assert (len(page.items), dict(page.dropped)) == (1, {Drop.NOT_READABLE: 1})


@pytest.mark.parametrize("score", [None, "12", 1.5, True])
async def test_a_score_that_is_none_is_left_out(score: Any) -> None:
    assert (await one(score=score, created_utc="yesterday")).reddit_score is None


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b'{"data": {}}',
        b'{"data": {"children": {}}}',
        b"",
        b"null",
        b'{"a": ',
        b"[" * 100_000,
        b'{"data": 1}',
        b"\xff\xfe",
    ],
)
async def test_what_is_no_listing_is_an_error(body: bytes) -> None:
    async with running(Site({LISTING: body})) as site, guest(site) as visitor:
        with pytest.raises(PermanentError) as caught:
            await visitor.pages("reddit", {"subreddit": "outfits", "baseUrl": site.url})
        assert caught.value.reason is Reason.SOURCE_NOT_READABLE


async def test_the_listing_is_asked_for_by_the_configured_name_and_followed_by_its_cursor() -> None:
    first, second = f"{LISTING}?limit=100&raw_json=1", f"{LISTING}?limit=100&raw_json=1&after=t3_a1"
    site = Site({first: listing(post("a1"), after="t3_a1"), second: listing(post("b2"))})
    async with running(site), guest(site) as visitor:
        pages = await visitor.pages("reddit", {"subreddit": "r/outfits", "baseUrl": f"{site.url}/"})
        assert [len(page.items) for page in pages] == [1, 1]
        assert site.read == [first, second]


@pytest.mark.parametrize("after", ["", 7, {}, "t3_a1&limit=1", "https://evil.example/", "t3_" + "a" * 99])
async def test_a_cursor_that_is_none_ends_the_listing(after: Any) -> None:
    async with running(Site({LISTING: listing(post(), after=after)})) as site, guest(site) as visitor:
        [page] = await visitor.pages("reddit", {"subreddit": "outfits", "baseUrl": site.url})
        assert page.next is None


async def test_a_page_of_refused_posts_is_not_the_end() -> None:
    first, second = f"{LISTING}?limit=100&raw_json=1", f"{LISTING}?limit=100&raw_json=1&after=t3_a1"
    site = Site({first: listing(post("a1", over_18=True), after="t3_a1"), second: listing(post("b2"))})
    async with running(site), guest(site) as visitor:
        pages = await visitor.pages("reddit", {"subreddit": "outfits", "baseUrl": site.url})
        assert [len(page.items) for page in pages] == [0, 1]
