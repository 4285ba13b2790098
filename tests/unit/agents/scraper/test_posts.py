"""Posts of clients: what is refused, by which words, and what becomes of the rest."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.scraper.posts import MAX_AGE, Post, Wrong, item_of, read_post

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "title": "A coat", "permalink": "/r/outfits/comments/abc1/a_coat/", "imageUrl": "https://i.redd.it/abcdef123.jpg",
    "createdAt": "2026-11-22T10:00:00Z",
}  # fmt: skip


def read(**changes: Any) -> Post | list[Wrong]:
    return read_post({**GOOD, **changes}, subreddit="outfits", at=NOW)


def test_a_good_post_becomes_an_item_under_its_one_address() -> None:
    post = read(
        permalink="https://old.reddit.com/r/Outfits/comments/abc1/a_coat/?utm_source=share", commentText="a\n b",
        imageUrl="https://preview.redd.it/a-coat-v0-abcdef123.jpg?width=640&s=0123456789abcdef0123456789abcdef01234567",
        galleryImages=["https://i.imgur.com/x.png?1"], buyLinks=["https://shop.example/coat?utm_source=r"], tags=["WIWT"],
        redditScore=12, createdAt=1_795_420_000,
    )  # fmt: skip
    assert isinstance(post, Post)
    item = item_of(post, subreddit="outfits", at=NOW)
    assert item is not None
    assert item.product_url == "https://www.reddit.com/r/Outfits/comments/abc1/a_coat"
    assert (item.image_url, item.gallery_images) == (
        "https://i.redd.it/abcdef123.jpg", ("https://i.redd.it/abcdef123.jpg", "https://i.imgur.com/x.png"),
    )  # fmt: skip
    assert (item.buy_links, item.comment_text, item.reddit_score) == (("https://shop.example/coat",), "a b", 12)
    assert Post.model_validate(json.loads(json.dumps(post.to_body()))) == post


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"), ({"title": None}, "title"), ({"title": "x" * 301}, "title"),
        ({"permalink": "/r/other/comments/abc1/x/"}, "permalink"), ({"permalink": "/r/outfits/"}, "permalink"),
        ({"permalink": "https://evil.example/r/outfits/comments/a"}, "permalink"),
        ({"permalink": "https://reddit.com.evil.example/r/outfits/comments/abc1/"}, "permalink"),
        ({"imageUrl": "https://evil.example/x.jpg"}, "imageUrl"), ({"imageUrl": "http://i.redd.it/x.jpg"}, "imageUrl"),
        ({"imageUrl": "https://i.redd.it:8443/x.jpg"}, "imageUrl"), ({"imageUrl": "https://u@i.redd.it/x.jpg"}, "imageUrl"),
        ({"imageUrl": "https://preview.redd.it/no-original"}, "imageUrl"), ({"imageUrl": "file:///etc/passwd"}, "imageUrl"),
        ({"galleryImages": ["https://i.redd.it/abcdef123.jpg", "https://169.254.169.254/x.jpg"]}, "galleryImages.1"),
        ({"createdAt": "2026-10-01T00:00:00Z"}, "createdAt"), ({"createdAt": "2026-11-24T00:00:00Z"}, "createdAt"),
        ({"createdAt": "yesterday"}, "createdAt"), ({"createdAt": True}, "createdAt.str"), ({"createdAt": 1e300}, "createdAt"),
        ({"subreddit": "other"}, "subreddit"), ({"over18": True}, "over18"), ({"over18": "no"}, "over18"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_field(changes: dict[str, Any], field: str) -> None:
    wrong = read(**changes)
    assert isinstance(wrong, list)
    assert wrong[0].field == field
    assert wrong[0].expected
    assert len(wrong[0].came) <= 80


def test_a_missing_field_is_named_and_all_problems_come_at_once() -> None:
    wrong = read_post({"title": "x", "permalink": "/r/a/comments/b", "createdAt": "x"}, subreddit="outfits", at=NOW)
    assert wrong == [Wrong("imageUrl", "nothing", "Field required")]
    wrong = read(permalink="/r/a/comments/b", imageUrl="https://a.example/x", createdAt="x", over18=True)
    assert isinstance(wrong, list)
    assert [one.field for one in wrong] == ["permalink", "over18", "imageUrl", "createdAt"]


@pytest.mark.parametrize(("age", "taken"), [(timedelta(0), True), (MAX_AGE, True), (MAX_AGE + timedelta(seconds=1), False)])
def test_a_post_is_at_most_thirty_days_old(age: timedelta, *, taken: bool) -> None:
    assert isinstance(read(createdAt=(NOW - age).isoformat()), Post) is taken


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=60),
    st.lists(st.text(max_size=20), max_size=3),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from([*GOOD, "galleryImages", "tags", "over18"]), ODD))
def test_no_post_is_a_surprise_and_what_is_taken_never_leads_elsewhere(changes: dict[str, Any]) -> None:
    post = read(**changes)
    if isinstance(post, Post):
        item = item_of(post, subreddit="outfits", at=NOW)
        assert item is None or item.image_url.split("/")[2] in {"i.redd.it", "i.imgur.com"}
        assert item is None or item.product_url.startswith("https://www.reddit.com/r/")
