"""Posts of a forum: links as their author sees them, and where their pictures are."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.scraping import reddit
from shared.scraping.base import parse_config
from shared.scraping.items import ItemSheet
from shared.web.fetch import Fetched

CONFIG = parse_config(reddit.RedditConfig, {"subreddit": "outfits"})
GALLERY = {
    "url_overridden_by_dest": "https://www.reddit.com/gallery/b",
    "gallery_data": {"items": [{"media_id": "bbbbbbb", "outbound_url": "https://acme.test/coat"}, {"media_id": "aaaaaaa"}]},
    "media_metadata": {
        one: {"e": "Image", "s": {"u": f"https://preview.redd.it/{one}.jpg?width=1080&amp;s=1"}}
        for one in ("aaaaaaa", "bbbbbbb")
    },
}


def post(**more: Any) -> dict[str, Any]:
    return {
        "subreddit": "outfits",
        "title": "Look",
        "permalink": "/r/outfits/comments/abc/look/",
        "over_18": False,
        "selftext": "",
        "url_overridden_by_dest": "https://i.redd.it/abcdef1234567.jpg",
        "author": "u",
        "score": 1,
        **more,
    }


def read(*posts: Any) -> ItemSheet:
    sheet = ItemSheet(
        base="https://www.reddit.com/r/outfits/new.json", at=datetime(2026, 11, 25, tzinfo=UTC), limit=50, seen=set()
    )
    body = json.dumps({"data": {"children": [{"kind": "t3", "data": one} for one in posts]}})
    reddit._read(Fetched(sheet.base, "application/json", body.encode()), sheet, CONFIG)
    return sheet


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("Coat https://acme.test/wool\\_coat\\_black in M", "https://acme.test/wool_coat_black"),
        ("[Acme](https://acme.test/coat_1)", "https://acme.test/coat_1"),
        ("(https://acme.test/a)", "https://acme.test/a"),
        ("boots https://shoes.test/b_(2)?x=1.", "https://shoes.test/b_(2)?x=1"),
        ("[b](https://shoes.test/b_(2))", "https://shoes.test/b_(2)"),
        ("[b](https://shoes.test/b\\_\\(2\\))", "https://shoes.test/b_(2)"),
        ("https://s.test/?a=1&amp;b=2", "https://s.test/?a=1&b=2"),
        ("**https://s.test/a**", "https://s.test/a"),
        ("| https://s.test/a|x |", "https://s.test/a"),
        ("https://s.test/a\\~b", "https://s.test/a~b"),
    ],
)
def test_links_are_read_as_their_author_sees_them(text: str, link: str) -> None:
    assert read(post(selftext=text)).items[0].buy_links == (link,)


def test_a_crosspost_shows_what_its_original_shows() -> None:
    [item] = read(
        post(
            url_overridden_by_dest="https://www.reddit.com/gallery/b",
            crosspost_parent_list=[post(**GALLERY, subreddit="other")],
        )
    ).items
    assert item.gallery_images == ("https://i.redd.it/bbbbbbb.jpg", "https://i.redd.it/aaaaaaa.jpg")
    assert {why.value for why in read(post(crosspost_parent_list=[post(over_18=True)])).dropped} == {"nsfw"}


def test_a_gallery_keeps_its_order_and_its_links() -> None:
    [item] = read(post(**GALLERY)).items
    assert (item.image_url, item.buy_links) == ("https://i.redd.it/bbbbbbb.jpg", ("https://acme.test/coat",))


@pytest.mark.parametrize(
    "text",
    [
        "look\n\nhttps://preview.redd.it/bbbbbbb.jpg?width=1080&format=pjpg&s=xx\n\nand aaaaaaa",
        "![img](bbbbbbb) ![img](aaaaaaa)",
    ],
)
def test_pictures_inside_a_text_are_found_in_its_order(text: str) -> None:
    own = post(url_overridden_by_dest=None, is_self=True, selftext=text, media_metadata=GALLERY["media_metadata"])
    assert read(own).items[0].image_url == "https://i.redd.it/bbbbbbb.jpg"


def test_an_address_of_a_picture_in_a_text_is_its_picture() -> None:
    own = post(url_overridden_by_dest=None, selftext="fit: https://i.redd.it/abcdef1234567.jpg and https://acme.test/a.jpg")
    assert read(own).items[0].image_url == "https://i.redd.it/abcdef1234567.jpg"


@pytest.mark.parametrize(
    "odd",
    [
        {"crosspost_parent_list": 5},
        {"gallery_data": {"items": 1e308}},
        {"media_metadata": [1]},
        {"preview": {"images": {"source": 5}}},
        {"created_utc": 1e308},
        {"link_flair_text": {"a": 1}},
        {"score": "7"},
        {"selftext": None},
        {"crosspost_parent_list": [None]},
    ],
)
def test_odd_fields_cost_the_field(odd: dict[str, Any]) -> None:
    assert len(read(post(**odd)).items) == 1
