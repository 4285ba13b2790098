"""Addresses: the same product however it is written, and no token in what is stored."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.scraping.urls import MAX_URL, absolute, has_token, normalised, without_token

WORDS = st.text("abcXYZ019-._~ äß%&=+/?#:;@", min_size=1, max_size=8)
PAIRS = st.lists(st.tuples(st.text("abcxyz_é", min_size=1, max_size=5), WORDS), max_size=5)
HOSTS = st.sampled_from(["shop.example", "SHOP.Example", "www.shop.example.", "shop.example:443", "shop.example:8443"])


@st.composite
def addresses(draw: st.DrawFn) -> str:
    path = "/".join(
        quote(word, safe=draw(st.sampled_from(["", "~!$&'()*+,;=:@%"]))) for word in draw(st.lists(WORDS, max_size=4))
    )
    query = "&".join(f"{quote(name)}={quote(value)}" for name, value in draw(PAIRS))
    return f"{draw(st.sampled_from(['https', 'HTTP']))}://{draw(HOSTS)}/{path}?{query}#{draw(st.sampled_from(['', 'reviews']))}"


@given(addresses())
def test_normalising_twice_changes_nothing(address: str) -> None:
    once = normalised(address)
    assert once is not None
    assert normalised(once) == once
    assert "#" not in once


@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_parameters_and_what_is_added_for_tracking_do_not_matter(pairs, random) -> None:
    def address(parameters: list[tuple[str, str]]) -> str:
        return "https://shop.example/a?" + "&".join(
            f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in parameters
        )

    mixed = [*pairs, ("utm_source", "mail"), ("fbclid", "x"), ("_pos", "3")]
    random.shuffle(mixed)
    assert normalised(address(mixed)) == normalised(address(pairs))


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_none(text: str) -> None:
    for found in (normalised(text), absolute("https://shop.example/list/", text)):
        assert found is None or (found.startswith(("https://", "http://")) and found.isprintable() and " " not in found)
    has_token(text)


@pytest.mark.parametrize(
    "written",
    [
        "https://shop.example/Coat?colour=red&size=m", "HTTPS://Shop.Example:443/Coat/?size=m&colour=red#reviews",
        "http://shop.example/x/../Coat?size=m&colour=red&utm_campaign=x&gclid=1&srsltid=y",
        " https://shop.example/%43oat?size=m&colour=red ",
        "https://shop.example./Coat?size=m&colour=red&ref=home&_ga=2&msclkid=1&PHPSESSID=3",
    ],
)  # fmt: skip
def test_one_product_has_one_address(written: str) -> None:
    assert normalised(written) == "https://shop.example/Coat?colour=red&size=m"


def test_what_differs_stays_different() -> None:
    names = ["/coat", "/Coat", "/coat/red", "/coat?v=1", "/coat?v=2", "/coat?V=1", "/co%2Fat", "/coat?v=1&v=2", "/"]
    found = [normalised(f"https://shop.example{name}") for name in names]
    assert None not in found
    assert len(set(found)) == len(names)
    assert normalised("http://shop.example:8080/coat") == "http://shop.example:8080/coat"


@pytest.mark.parametrize(
    "address",
    [
        "", "javascript:alert(1)", "data:image/png;base64,AA", "ftp://shop.example/", "https://", "https:///x",
        "https://u:p@shop.example/",
        "https://shop.example\\@evil.example/", "https://[", "https://shop example/", "https://shop.example:99999/",
        "mailto:a@b.c",
        "https://shop.example/" + "x" * MAX_URL, "https://shop.example/\x00", "//", "https://sh<b>op.example/", "https://../x",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_none(address: str) -> None:
    assert absolute(address, address) is None
    assert normalised(address) is None


def test_relative_addresses_are_resolved() -> None:
    base = "https://shop.example/list/page?x=1"
    assert absolute(base, "item") == "https://shop.example/list/item"
    assert absolute(base, "//cdn.example/a b.jpg#top") == "https://cdn.example/a%20b.jpg"
    assert absolute(base, "?page=2") == "https://shop.example/list/page?page=2"
    assert absolute(base, "/\n item\t") == "https://shop.example/%20item"


@pytest.mark.parametrize(
    "address",
    [
        "https://preview.redd.it/abc123.jpg?width=640&auto=webp&s=0123456789abcdef0123456789abcdef01234567",
        "https://external-preview.redd.it/abc?format=pjpg", "https://bucket.s3.example/x?X-Amz-Signature=aa&X-Amz-Date=1",
        "https://storage.example/x?GoogleAccessId=a&Expires=1&Signature=b", "https://blob.example/x?sv=1&se=2&sig=abc",
        "https://x.example/?token=",
        "https://x.example/?access_token=1", "https://x.example/?authToken=1", "https://x.example/?a=1;sig=2",
        "https://x.example/?%73ig=1",
        "https://x.example/a?hdnts=exp=1", "https://x.fbcdn.example/a.jpg?oh=00_A&oe=66",
        "https://i.imgix.example/a.jpg?w=1&s=" + "ab" * 16,
        "https://proxy.example/?url=" + quote("https://preview.redd.it/a1b2c3.jpg?s=1", safe=""),
        "https://x.example/?api_key=1",
        "https://x.example/?Key-Pair-Id=1", "https://x.example/?x-oss-signature=1",
    ],
)  # fmt: skip
def test_signed_addresses_are_recognised(address: str) -> None:
    assert has_token(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://i.redd.it/abc123.jpg", "https://cdn.shopify.example/s/files/1/x.jpg?v=1712345678&width=800",
        "https://x.example/a?s=large",
        "https://x.example/design?signed=no", "https://x.example/?page=2&sort=new", "https://x.example/tokens",
        "https://x.example/?s=42",
    ],
)  # fmt: skip
def test_plain_addresses_are_not_suspected(address: str) -> None:
    assert not has_token(address)
    assert without_token(address) == address


@pytest.mark.parametrize(
    ("preview", "original"),
    [
        ("https://preview.redd.it/abc123def.jpg?width=640&s=1", "https://i.redd.it/abc123def.jpg"),
        ("https://preview.redd.it/my-autumn-fit-v0-abc123def.jpeg?width=640&s=1", "https://i.redd.it/abc123def.jpeg"),
        ("https://external-preview.redd.it/abc123def.jpg?s=1", None),
        ("https://preview.redd.it/../abc123def.jpg?s=1", "https://i.redd.it/abc123def.jpg"),
        ("https://preview.redd.it/award_images/t5_q0gj4/x.png?s=1", None),
        ("https://bucket.example/x.jpg?X-Amz-Signature=1", None),
    ],
)  # fmt: skip
def test_a_preview_becomes_its_original_or_is_given_up(preview: str, original: str | None) -> None:
    assert without_token(preview) == original
