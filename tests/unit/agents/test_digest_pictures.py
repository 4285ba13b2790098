"""The wearer's own pieces on the page: by their pictures, as the wardrobe has them now, or by their colours."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.api.digests import DigestEndpoints
from agents.api.http import Api, Request, Response
from agents.weekly_digest.page import as_html, content_security_policy, pieces_shown
from agents.weekly_digest.page.pictures import MAX_ADDRESS, origins, shown_address
from shared.clock import Clock
from shared.errors import StoreUnavailable
from shared.store.containers import DIGESTS, WARDROBE
from shared.store.sqlite import SqliteStore
from tests.pages import RICH, Elements

SIGNED = "https://pics.example/a%2Fb.jpg?sv=1&sig=rX7%2FXC&se=2026-01-01T00%3A00"
DIGEST: dict[str, Any] = {
    "id": "ada.2026-W48", "userId": "ada", "generatedAt": "2026-11-23T09:00:00Z", "totalItems": 4,
    "suggestions": [{"item": "Scarf", "rationale": "Warm.", "pairsWith": [
        {"id": "coat", "label": 'camel "coat" <b>', "colour": "camel", "hex": None},
        {"id": "boots", "label": "boots", "colour": "marineblau", "hex": "#1D2A4D"}, {"id": "bag", "label": "bag"},
    ]}],
    "statistics": {
        "mostWorn": [{"id": "coat", "label": "camel coat"}],
        "neverWorn": {"count": 1, "items": [{"id": "hat", "label": "hat", "addedAt": None}]},
        "noLongerWorn": {"count": 1, "items": [{"id": "belt", "label": "belt", "lastWornAt": None}]},
    },
}  # fmt: skip


def pictures_in(html: str) -> list[dict[str, str]]:
    return [attributes for tag, attributes in Elements(html).found if tag == "img"]


def test_a_piece_is_shown_by_its_picture_or_by_its_colour() -> None:
    html = as_html(DIGEST, {"coat": SIGNED, "hat": "https://other.example:8443/hat.png"})
    coat, again, hat = pictures_in(html)
    assert coat["src"] == again["src"] == SIGNED, "what was signed is not changed"
    assert (coat["alt"], hat["alt"]) == ('Your camel "coat" <b>', "Your hat")
    for one in (coat, again, hat):
        assert (one["referrerpolicy"], one["width"], one["height"]) == ("no-referrer", "44", "44")
    assert 'fill="#1d2a4d"' in html, "boots have no picture"
    assert "img-src https://other.example:8443 https://pics.example; " in content_security_policy(
        DIGEST, {"coat": SIGNED, "hat": "https://other.example:8443/hat.png"}
    )
    [meta] = [one for tag, one in Elements(html).found if tag == "meta" and "http-equiv" in one]
    assert "img-src https://other.example:8443 https://pics.example; " in meta["content"]


def test_without_pictures_the_page_asks_for_nothing() -> None:
    for pictures in ({}, {"coat": "http://pics.example/a.jpg", "hat": None, "bag": 7, "nobody": SIGNED}):
        assert pictures_in(as_html(DIGEST, pictures)) == []
        assert "img-src" not in content_security_policy(DIGEST, pictures)
    assert as_html(RICH) == as_html(RICH, {})


@pytest.mark.parametrize(
    "address",
    [
        None, 7, "", "http://pics.example/a.jpg", "//pics.example/a.jpg", "/a.jpg", "javascript:alert(1)",
        "data:image/png;base64,AA", "https://", "https:///a.jpg", "https://user:pass@pics.example/a.jpg", "https://localhost/a.jpg",
        "https://intranet/a.jpg", "https://127.0.0.1/a.jpg", "https://[::1]/a.jpg", "https://0x7f.1/a.jpg", "https://[x/1", "https://pics.example:99999/a.jpg",
        "https://pics.example;script-src *//a.jpg", "https://pics example/a.jpg", f"https://pics.example/{'x' * MAX_ADDRESS}",
        "https://pics_.example/a.jpg", "https://-.example/a",
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_shown_is_not(address: object) -> None:
    assert shown_address(address) is None


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        (SIGNED, SIGNED), ("HTTPS://Pics.Example/A.jpg", "HTTPS://Pics.Example/A.jpg"),
        ("https://pics.example/é a.jpg", "https://pics.example/%C3%A9%20a.jpg"),
        ('https://pics.example/"><script>', "https://pics.example/%22%3E%3Cscript%3E"),
        ("https://pics.example/a.jpg#top", "https://pics.example/a.jpg#top"),
    ],
)  # fmt: skip
def test_an_address_that_may_be_shown_is_as_it_was_given(given_: str, shown: str) -> None:
    assert shown_address(given_) == shown


@given(st.text(max_size=80).map(lambda text: f"https://{text}") | st.text(max_size=80))
def test_whatever_is_shown_can_stand_in_an_attribute_and_a_header(text: str) -> None:
    shown = shown_address(text)
    if shown is not None:
        assert re.fullmatch(r"[!#-;=?-\[\]_a-z~]+", shown), "printable, without quotes and angle brackets"
        for origin in origins([shown]):
            assert re.fullmatch(r"https://[a-z0-9.-]+(:[0-9]+)?", origin)


def test_many_hosts_are_one_rule() -> None:
    assert origins(f"https://pics{n}.example/a" for n in range(9)) == ("https:",)
    assert origins(["https://pics.example/a", "https://PICS.example/b"]) == ("https://pics.example",)


def test_the_pieces_of_a_page_are_named_once_and_whatever_a_document_holds() -> None:
    assert pieces_shown(DIGEST) == ("coat", "boots", "bag", "hat", "belt")
    odd = [
        {"suggestions": 7},
        {"suggestions": [7, {"pairsWith": {}}], "statistics": [1]},
        {"statistics": {"mostWorn": [{"id": 1}]}},
    ]
    assert [pieces_shown(one) for one in odd] == [(), (), ()]
    many = {"suggestions": [{"pairsWith": [{"id": str(number)} for number in range(500)]}]}
    assert len(pieces_shown(many)) == 100


class Broken(SqliteStore):
    """A store whose wardrobes cannot be read."""

    async def page(self, container: str, query: Any, **more: Any) -> Any:
        if container == WARDROBE.key:
            raise StoreUnavailable("the wardrobes are away")
        return await super().page(container, query, **more)


async def asked(store: SqliteStore) -> Response:
    api = Api.of([DigestEndpoints(store=store, standings=None)])  # type: ignore[arg-type]  (of why nothing is asked)
    return await api.answer("get_latest_digest", Request(b"", {}, {"userId": "ada"}, {"accept": "text/html"}))


async def test_the_endpoint_takes_the_pictures_from_the_wardrobe_as_it_is_now(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "store.db"), clock=Clock())
    await store.create(DIGESTS.key, DIGEST)
    await store.create(WARDROBE.key, {"id": "coat", "userId": "ada", "imageUrl": SIGNED})
    await store.create(WARDROBE.key, {"id": "boots", "userId": "ben", "imageUrl": "https://pics.example/bens.jpg"})
    first = await asked(store)
    assert [one["src"] for one in pictures_in(str(first.body))] == [SIGNED, SIGNED], "of nobody else's wardrobe"
    assert "img-src https://pics.example;" in first.headers["Content-Security-Policy"]
    item = await store.read(WARDROBE.key, "coat", "ada")
    await store.replace(WARDROBE.key, item.body | {"imageUrl": f"{SIGNED}&v=2"}, if_match=item.etag)
    second = await asked(store)
    assert pictures_in(str(second.body))[0]["src"] == f"{SIGNED}&v=2"
    assert second.headers["ETag"] != first.headers["ETag"]
    await store.close()


async def test_where_the_wardrobe_cannot_be_read_the_page_is_shown_all_the_same(tmp_path: Path) -> None:
    store = Broken(str(tmp_path / "store.db"), clock=Clock())
    await store.create(DIGESTS.key, DIGEST)
    answer = await asked(store)
    assert (answer.status, pictures_in(str(answer.body))) == (200, [])
    await store.close()
