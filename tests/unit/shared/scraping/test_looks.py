"""Which picture of a post is the look."""

import pytest

from shared.scraping.html import pictures_shown
from shared.scraping.looks import Shown, looks, shared_by_many


def found(*markup: str) -> list[str]:
    return looks(pictures_shown("".join(markup)))


@pytest.mark.parametrize(
    "other",
    [
        '<img src="https://0.gravatar.com/avatar/abc?s=96">', '<img class="avatar" src="/u/7.jpg">',
        '<img src="/avatars/jo.jpg">',
        '<img class="wp-smiley" src="/s.jpg">', '<img src="https://s.w.org/images/core/emoji/15/72x72/1f609.png">',
        '<img src="/b.jpg" width="1" height="1">', '<img src="https://feeds.test/~r/x/~4/abc" height="1">',
        '<img src="/badges/new.png">', '<img src="/logo.png">', '<img src="/img/pixel.gif">', '<img src="/me-48x48.jpg">',
        '<img src="/me.jpg?w=60">', '<img src="https://stats.test/b.gif">', '<img class="post-author-image" src="/jo.jpg">',
        '<img src="/icons/share.png">', '<img src="data:image/gif;base64,AA">', '<img src="/profile-pic.jpg">',
    ],
)  # fmt: skip
def test_what_is_no_look_is_passed_over(other: str) -> None:
    look = '<img src="/look.jpg">'
    assert found(other, look) == found(look, other) == ["/look.jpg"]
    assert found(other) == []


def test_the_largest_by_its_own_word_comes_first() -> None:
    sized = '<img src="/a.jpg" width="300"><img src="/b.jpg" width="1200"><img src="/c.jpg">'
    assert found(sized) == [
        "/b.jpg",
        "/c.jpg",
        "/a.jpg",
    ]
    assert looks([Shown.said("/s.jpg", "150"), Shown.said("/l.jpg", "2000")]) == ["/l.jpg", "/s.jpg"]
    assert looks([Shown.said("/a-150x150.jpg"), Shown.said("/a.jpg")]) == ["/a.jpg"]
    assert looks([Shown.said("/a.jpg"), Shown.said("/b.jpg")]) == ["/a.jpg", "/b.jpg"]


def test_what_many_posts_share_is_none_of_theirs() -> None:
    posts = [["/me.jpg", f"/{number}.jpg", "/me.jpg"] for number in range(3)] + [["/twice.jpg"], ["/twice.jpg"]]
    shared = shared_by_many(posts)
    assert shared == {"/me.jpg"}
    assert looks([Shown.said("/me.jpg", 2_000), Shown.said("/1.jpg")], shared) == ["/1.jpg"]


@pytest.mark.parametrize(
    "name", ["/style/logo-tee.jpg", "/pixel-print-shirt.jpg", "/badge-cardigan.jpeg", "/looks/author-chic/1.jpg"]
)
def test_a_look_may_be_named_after_anything(name: str) -> None:
    assert found(f'<img src="{name}">') == [name]
