"""One suite for the store port, over every adapter."""

import asyncio

import pytest

from shared.errors import AlreadyExists, InvalidItem, ItemNotFound, PreconditionFailed, StoreUnavailable
from shared.observe.metering import measure
from shared.store.base import BatchAlreadyExists, BatchPreconditionFailed, Create, Replace, Upsert
from shared.store.query import AllOf, AnyOf, Compare, Contains, Exists, In, Increment, Order, Query, Remove, Set
from tests.stores import Bench


def job(item_id: str, **fields: object) -> dict:
    return {"id": item_id, "jobId": item_id, "status": "queued", "updatedAt": "2026-01-01", **fields}


def taste(item_id: str, user: str = "u", **fields: object) -> dict:
    return {"id": item_id, "userId": user, **fields}


async def test_what_is_created_is_read_back_and_cannot_be_created_again(bench: Bench) -> None:
    body = job("j1", nested={"a": [1, 2.5, None, True]}, text="Größe \U0001f9e5 \"'\\ </x>")
    made = await bench.store.create("jobs", body)
    read = await bench.store.read("jobs", "j1", "j1")
    assert (read.body, read.etag) == (body, made.etag)
    with pytest.raises(AlreadyExists):
        await bench.store.create("jobs", body)


async def test_a_mark_is_written_as_it_is_however_often(bench: Bench) -> None:
    for at in ("2026-01-01", "2026-01-02"):
        await bench.store.write_mark("service_state", {"id": "mark", "at": at})
        assert (await bench.store.read("service_state", "mark", "mark")).body == {"id": "mark", "at": at}


async def test_a_missing_document_is_not_found_in_every_way(bench: Bench) -> None:
    store = bench.store
    assert await store.find("jobs", "no", "no") is None
    for call in (
        lambda: store.read("jobs", "no", "no"),
        lambda: store.replace("jobs", job("no")),
        lambda: store.patch("jobs", "no", "no", [Set("status", "x")], when=Compare("status", "=", "queued")),
        lambda: store.delete("jobs", "no", "no"),
    ):
        with pytest.raises(ItemNotFound):
            await call()


async def test_the_same_id_lives_in_every_partition(bench: Bench) -> None:
    for user in ("u1", "u2"):
        await bench.store.create("taste", taste("profile", user, mine=user))
    assert (await bench.store.read("taste", "profile", "u2")).body["mine"] == "u2"
    with pytest.raises(ItemNotFound):
        await bench.store.read("taste", "profile", "u3")


async def test_a_stale_etag_writes_nothing(bench: Bench) -> None:
    store = bench.store
    first = await store.create("jobs", job("j"))
    second = await store.replace("jobs", job("j", n=2), if_match=first.etag)
    for call in (
        lambda: store.replace("jobs", job("j", n=3), if_match=first.etag),
        lambda: store.patch("jobs", "j", "j", [Set("n", 3)], if_match=first.etag),
        lambda: store.delete("jobs", "j", "j", if_match=first.etag),
    ):
        with pytest.raises(PreconditionFailed):
            await call()
    assert (await store.read("jobs", "j", "j")).body["n"] == 2
    await store.delete("jobs", "j", "j", if_match=second.etag)
    assert await store.find("jobs", "j", "j") is None


async def test_of_two_racers_with_one_etag_one_wins(bench: Bench) -> None:
    item = await bench.store.create("jobs", job("j"))
    racers = [bench.store.replace("jobs", job("j", n=n), if_match=item.etag) for n in range(6)]
    results = await asyncio.gather(*racers, return_exceptions=True)
    assert sum(isinstance(result, PreconditionFailed) for result in results) == 5


async def test_a_patch_changes_what_it_names_and_nothing_else(bench: Bench) -> None:
    await bench.store.create("jobs", job("j", n=1, gone=True, lease={"owner": "a", "expiresAt": "x"}))
    operations = [Set("status", "in_flight"), Increment("n", 2), Increment("fresh"), Remove("gone"), Set("lease.owner", "b")]
    after = await bench.store.patch("jobs", "j", "j", operations)
    expected = job("j", n=3, fresh=1, lease={"owner": "b", "expiresAt": "x"})
    assert after.body == {**expected, "status": "in_flight"}
    assert (await bench.store.read("jobs", "j", "j")) == after


CONDITIONS = [
    (Compare("status", "=", "queued"), True), (Compare("status", "=", "Queued"), False), (Compare("n", ">=", 5), True),
    (Compare("n", "<", 5), False), (Compare("flag", "=", value=True), True), (Compare("flag", "=", 1), False),
    (Compare("n", "=", "5"), False), (Compare("nothing", "=", None), True), (Compare("status", "=", None), False),
    (Compare("missing", "!=", "x"), False), (Compare("status", "!=", "x"), True), (In("n", (4, 5)), True),
    (Contains("list", "b"), True), (Contains("list", "z"), False), (Exists("nothing"), True), (Exists("missing"), False),
    (Exists("missing", exists=False), True), (Compare("deep.er", "=", "it's"), True), (AllOf(()), True), (AnyOf(()), False),
    (AnyOf((Compare("n", "=", 1), Compare("n", "=", 5))), True), (Compare("at", "<=", "2026-11-23T00:00:00.000Z"), True),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "holds"), CONDITIONS)
async def test_conditions_mean_the_same_in_a_patch_and_in_a_query(bench: Bench, condition, holds: bool) -> None:
    body = job("j", n=5, flag=True, nothing=None, list=["a", "b"], deep={"er": "it's"}, at="2026-01-01T00:00:00.000Z")
    await bench.store.create("jobs", body)
    page = await bench.store.page("jobs", Query(where=condition))
    assert bool(page.documents) == holds
    if holds:
        await bench.store.patch("jobs", "j", "j", [Set("seen", value=True)], when=condition)
    else:
        with pytest.raises(PreconditionFailed):
            await bench.store.patch("jobs", "j", "j", [Set("seen", value=True)], when=condition)


async def test_a_batch_is_all_or_nothing_and_names_the_step(bench: Bench) -> None:
    store = bench.store
    profile = await store.create("taste", taste("profile", n=0))
    await store.batch("taste", "u", [Create(taste("s1")), Replace(taste("profile", n=1), if_match=profile.etag)])
    with pytest.raises(BatchAlreadyExists) as again:
        await store.batch("taste", "u", [Create(taste("s1")), Upsert(taste("profile", n=9))])
    assert again.value.index == 0
    with pytest.raises(BatchPreconditionFailed) as stale:
        await store.batch("taste", "u", [Create(taste("s2")), Replace(taste("profile", n=9), if_match=profile.etag)])
    assert stale.value.index == 1
    assert (await store.read("taste", "profile", "u")).body["n"] == 1
    assert await store.find("taste", "s2", "u") is None
    with pytest.raises(InvalidItem):
        await store.batch("taste", "u", [Create(taste("s3", "other"))])


@pytest.mark.parametrize("descending", [False, True])
async def test_pages_are_complete_and_in_order_even_with_ties(bench: Bench, descending: bool) -> None:
    for number in range(11):
        await bench.store.create("jobs", job(f"j{number:02}", updatedAt=f"2026-01-{1 + number // 4:02}"))
    seen: list[tuple[str, str]] = []
    cursor = None
    pages = 0
    while True:
        query = Query(order=Order("updatedAt", descending=descending), page_size=3)
        page = await bench.store.page("jobs", query, cursor=cursor)
        assert len(page.documents) <= 3
        seen += [(document["updatedAt"], document["id"]) for document in page.documents]
        pages, cursor = pages + 1, page.cursor
        if cursor is None:
            break
    assert seen == sorted(seen, reverse=descending)
    assert len(seen) == 11
    assert pages == 4


async def test_a_query_keeps_to_its_partition_and_projects(bench: Bench) -> None:
    for user in ("u1", "u2"):
        for number in range(3):
            await bench.store.create("taste", taste(f"s{number}", user, type="signal", termKeys=["style:a"]))
    page = await bench.store.page("taste", Query(where=Contains("termKeys", "style:a"), select=("id",)), partition="u1")
    assert sorted(document["id"] for document in page.documents) == ["s0", "s1", "s2"]
    assert all(set(document) == {"id"} for document in page.documents)
    found = []
    cursor = None
    while True:
        page = await bench.store.page("taste", Query(page_size=4), cursor=cursor)
        found += page.documents
        cursor = page.cursor
        if cursor is None:
            break
    assert len(found) == 6


@pytest.mark.parametrize(
    "select", [("id",), ("a",), ("a", "b", "c"), ("c", "nothing", "missing", "id"), ("text", "deep", "big")]
)
async def test_what_is_selected_is_as_it_stands_in_the_document(bench: Bench, select: tuple[str, ...]) -> None:
    fields = {
        "a": "null", "b": [1, 2.5, None, {"x": True}], "c": False, "nothing": None, "text": "Größe \U0001f9e5 \"'\\ annulled",
        "deep": {"er": ["it's", {}]}, "big": 1234567890123, "real": 0.1,
    }  # fmt: skip
    await bench.store.create("jobs", job("j", **fields))
    await bench.store.create("jobs", job("k"))
    for order in (None, Order("updatedAt")):
        page = await bench.store.page("jobs", Query(select=select, order=order))
        found = sorted(page.documents, key=len, reverse=True)
        assert found[0] == {name: value for name, value in job("j", **fields).items() if name in select}
        assert found[1] == {name: value for name, value in job("k").items() if name in select}


async def test_a_cursor_that_is_not_ours_is_refused(bench: Bench) -> None:
    for cursor in ("zzz", "", "eyJhIjogMX0=", "\u00fc"):
        with pytest.raises(ValueError, match=r".*"):
            await bench.store.page("jobs", Query(order=Order("updatedAt")), cursor=cursor)


async def test_what_has_expired_is_gone_and_its_id_is_free(bench: Bench) -> None:
    if bench.advance is None:
        return  # a real account cannot be told to wait ninety days; its TTL is the service's own
    await bench.store.create("dead_letters", job("d", ttl=60))
    await bench.store.create("dead_letters", job("kept", ttl=-1))
    await bench.store.create("user_profiles", {"id": "u", "ttl": 1})
    bench.advance(120)
    assert await bench.store.find("dead_letters", "d", "d") is None
    assert [one["id"] for one in (await bench.store.page("dead_letters", Query())).documents] == ["kept"]
    assert await bench.store.find("user_profiles", "u", "u") is not None, "a container without a lifetime keeps all"
    await bench.store.create("dead_letters", job("d"))


@pytest.mark.parametrize("item_id", ["a/b", "a\\b", "a#b", "a?b", "", "x" * 256, "a\nb"])
async def test_ids_that_the_service_refuses_are_refused_at_once(bench: Bench, item_id: str) -> None:
    with pytest.raises(InvalidItem):
        await bench.store.create("jobs", job(item_id))


async def test_a_document_without_its_partition_or_too_large_is_refused(bench: Bench) -> None:
    with pytest.raises(InvalidItem):
        await bench.store.create("taste", {"id": "x"})
    with pytest.raises(InvalidItem):
        await bench.store.create("jobs", job("big", pad="x" * 2_200_000))
    with pytest.raises(InvalidItem):
        await bench.store.create("nowhere", job("x"))


async def test_operations_are_counted_with_their_charge(bench: Bench) -> None:
    with measure() as usage:
        await bench.store.create("jobs", job("j"))
        await bench.store.read("jobs", "j", "j")
        await bench.store.page("jobs", Query(where=Compare("status", "=", "queued")))
    assert usage.operations == 3
    assert usage.kinds == {"create": 1, "read": 1, "query": 1}


async def test_provisioning_twice_changes_nothing(bench: Bench) -> None:
    assert await bench.store.ensure_containers() == []


async def test_a_closed_store_is_an_outage(bench: Bench) -> None:
    await bench.store.close()
    if bench.store.__class__.__name__ == "SqliteStore":
        with pytest.raises(StoreUnavailable):
            await bench.store.read("jobs", "j", "j")
