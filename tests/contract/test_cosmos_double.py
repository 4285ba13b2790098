"""The double of Cosmos DB answers as the service does, seen from the SDK and from bare HTTP.

`COSMOS_TEST_ENDPOINT` runs the store's suite against a real account; what stands here is what we rely on the double for.
"""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from azure.core import MatchConditions
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosBatchOperationError, CosmosHttpResponseError

from tests.fakes.cosmos import KEY, FakeCosmos, Fault
from tests.fakes.cosmos.sql import UNDEFINED, BadQuery, parsed

Opened = tuple[FakeCosmos, ContainerProxy]
COMPOSITE = [[{"path": "/at", "order": "ascending"}, {"path": "/id", "order": "ascending"}]]


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    async with FakeCosmos() as fake, CosmosClient(fake.endpoint, KEY, retry_throttle_total=1) as client:
        database = await client.create_database("d")
        container = await database.create_container(
            "c", PartitionKey(path="/userId"), default_ttl=60,
            indexing_policy={"indexingMode": "consistent", "includedPaths": [{"path": "/*"}],
                             "excludedPaths": [{"path": "/large/*"}], "compositeIndexes": COMPOSITE},
        )  # fmt: skip
        yield fake, container


async def refused(work: Any) -> tuple[int, int]:
    """Return the status and the sub-status of a refusal."""
    with pytest.raises(CosmosHttpResponseError) as error:
        await work
    return error.value.status_code, error.value.sub_status or 0


def item(item_id: str, **fields: Any) -> dict[str, Any]:
    return {"id": item_id, "userId": "u", **fields}


async def test_a_missing_container_is_told_from_a_missing_document_by_its_sub_status(opened: Opened) -> None:
    fake, container = opened
    assert await refused(container.read_item("no", "u")) == (404, 0)
    fake.drop("c")
    assert await refused(container.read_item("no", "u")) == (404, 1003)
    assert await refused(container.create_item(item("x"))) == (404, 1003)


@pytest.mark.parametrize("item_id", ["a%7Cb", "100%", "a%2Fb", "ü %20+&=", "a|b", "."])
async def test_an_id_is_read_under_the_letters_it_was_written_with(opened: Opened, item_id: str) -> None:
    fake, container = opened
    await container.create_item(item(item_id, n=1))
    assert await refused(container.create_item(item(item_id, n=2))) == (409, 0)
    assert list(fake.container("c").documents) == [("u", item_id)]


@pytest.mark.parametrize("item_id", ["a/b", "a\\b", "a?b", "a#b", "x" * 1_024])
async def test_an_id_that_the_service_refuses_is_refused_on_the_wire(opened: Opened, item_id: str) -> None:
    fake, _ = opened
    async with aiohttp.ClientSession() as session:
        headers = {"x-ms-documentdb-partitionkey": '["u"]'}
        async with session.post(f"{fake.endpoint}dbs/d/colls/c/docs", json=item(item_id), headers=headers) as answer:
            assert answer.status == 400


async def test_the_key_in_the_header_must_be_the_documents(opened: Opened) -> None:
    fake, _ = opened
    async with aiohttp.ClientSession() as session:
        headers = {"x-ms-documentdb-partitionkey": '["other"]'}
        async with session.post(f"{fake.endpoint}dbs/d/colls/c/docs", json=item("x"), headers=headers) as answer:
            assert (answer.status, answer.headers["x-ms-substatus"]) == (400, "1001")


async def test_a_patch_has_ten_operations_at_most(opened: Opened) -> None:
    _, container = opened
    await container.create_item(item("x", n=0))
    operations = [{"op": "set", "path": f"/f{number}", "value": number} for number in range(11)]
    assert await refused(container.patch_item("x", "u", operations)) == (400, 0)
    done = await container.patch_item("x", "u", operations[:10])
    assert done["f9"] == 9


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "set", "path": "/missing/deep", "value": 1}, {"op": "remove", "path": "/missing"},
        {"op": "replace", "path": "/missing", "value": 1}, {"op": "incr", "path": "/text", "value": 1},
    ],
)  # fmt: skip
async def test_a_patch_of_what_is_not_there_is_refused_and_changes_nothing(opened: Opened, operation: dict[str, Any]) -> None:
    _, container = opened
    before = await container.create_item(item("x", text="t"))
    first = {"op": "set", "path": "/text", "value": "changed"}
    assert await refused(container.patch_item("x", "u", [first, operation])) == (400, 0)
    assert (await container.read_item("x", "u"))["_etag"] == before["_etag"]


@pytest.mark.parametrize(("size", "status"), [(2 * 1024 * 1024 - 100, 201), (2 * 1024 * 1024, 413)])
async def test_two_megabytes_are_the_most(opened: Opened, size: int, status: int) -> None:
    fake, _ = opened
    body = io.BytesIO(json.dumps(item("x", pad="x" * size)).encode())
    async with aiohttp.ClientSession() as session:
        headers = {"x-ms-documentdb-partitionkey": '["u"]'}
        async with session.post(f"{fake.endpoint}dbs/d/colls/c/docs", data=body, headers=headers) as answer:
            assert answer.status == status


async def test_charges_grow_with_what_is_read_and_written(opened: Opened) -> None:
    fake, container = opened
    charges = []
    for size in (10, 100_000):
        made = await container.create_item(item(f"x{size}", pad="x" * size))
        read = await container.read_item(f"x{size}", "u")
        charges += [float(one.get_response_headers()["x-ms-request-charge"]) for one in (made, read)]
    assert (charges[0] > 4, charges[1]) == (True, 1.0)
    assert (charges[2] > 8 * charges[0], charges[3] > 5 * charges[1]) == (True, True)
    assert fake.charged == pytest.approx(sum(charges)), "what is said of containers is not billed"


async def test_throttling_says_how_long_and_a_client_that_waits_gets_through(opened: Opened) -> None:
    fake, container = opened
    fake.faults.append(Fault("create", 429, retry_after_ms=7, sub_status=3200))
    await container.create_item(item("x"))
    assert fake.counts["create"] == 2
    fake.faults.append(Fault("create", 429, times=9, sub_status=3200))
    assert await refused(container.create_item(item("y"))) == (429, 3200)


@pytest.mark.parametrize(
    ("order", "served"),
    [
        ('c["at"] ASC, c.id ASC', True), ('c["at"] DESC, c.id DESC', True), ('c["at"] ASC, c.id DESC', False),
        ('c["n"] ASC, c.id ASC', False), ('c["at"] ASC', True), ('c["large"] ASC', False),
    ],
)  # fmt: skip
async def test_an_order_of_two_fields_asks_for_its_composite_index(opened: Opened, order: str, served: bool) -> None:
    _, container = opened
    await container.create_item(item("x", at="2026", n=1, large=1))
    pages = container.query_items(f"SELECT * FROM c ORDER BY {order}", partition_key="u")  # noqa: S608
    if served:
        assert [one["id"] async for one in pages] == ["x"]
    else:
        with pytest.raises(CosmosHttpResponseError) as error:
            [one async for one in pages]
        assert error.value.status_code == 400


async def test_a_batch_is_atomic_checks_etags_and_ends_at_a_hundred_steps(opened: Opened) -> None:
    _, container = opened
    first = await container.create_item(item("x", n=0))
    await container.replace_item("x", item("x", n=1))
    steps = [("create", (item("y"),)), ("replace", ("x", item("x", n=2)), {"if_match_etag": first["_etag"]})]
    with pytest.raises(CosmosBatchOperationError) as error:
        await container.execute_item_batch(steps, partition_key="u")
    assert (error.value.error_index, error.value.status_code) == (1, 412)
    assert await refused(container.read_item("y", "u")) == (404, 0)
    with pytest.raises(CosmosHttpResponseError):
        await container.execute_item_batch([("upsert", (item(f"i{n}"),)) for n in range(101)], partition_key="u")


async def test_of_many_writers_with_one_etag_one_wins(opened: Opened) -> None:
    _, container = opened
    etag = (await container.create_item(item("x", n=0)))["_etag"]
    condition = {"etag": etag, "match_condition": MatchConditions.IfNotModified}
    writes = [container.replace_item("x", item("x", n=n), **condition) for n in range(5)]
    statuses = [getattr(one, "status_code", 200) for one in await asyncio.gather(*writes, return_exceptions=True)]
    assert sorted(statuses) == [200, 412, 412, 412, 412]


async def test_what_has_expired_is_neither_read_nor_found_and_its_id_is_free(opened: Opened) -> None:
    fake, container = opened
    await container.create_item(item("x"))
    await container.create_item(item("kept", ttl=-1))
    fake.skew_seconds += 61
    assert await refused(container.read_item("x", "u")) == (404, 0)
    assert [one["id"] async for one in container.query_items("SELECT * FROM c", partition_key="u")] == ["kept"]
    await container.create_item(item("x"))


async def test_a_role_that_only_reads_is_refused_every_write(opened: Opened) -> None:
    fake, container = opened
    await container.create_item(item("x"))
    fake.read_only = True
    assert (await container.read_item("x", "u"))["id"] == "x"
    for work in (container.create_item(item("y")), container.upsert_item(item("x")), container.delete_item("x", "u")):
        assert await refused(work) == (403, 5300)


DOCUMENT = {"n": 5, "text": "it's", "none": None, "list": ["a", 1], "deep": {"er": True}}
CASES = [
    ('c["n"] = 5', True), ("c.n = 5.0", True), ('c["n"] = \'5\'', UNDEFINED), ('NOT c["n"] = \'5\'', UNDEFINED),
    ('c["missing"] = 1', UNDEFINED), ('NOT IS_DEFINED(c["missing"])', True), ("IS_NULL(c.none)", True),
    ("c.none = null", True), ("c.text = 'it\\'s'", True), ("ARRAY_CONTAINS(c.list, 'a')", True),
    ("ARRAY_CONTAINS(c.list, 'b')", False), ("ARRAY_CONTAINS(c.n, 5)", UNDEFINED), ('c["deep"]["er"] = true', True),
    ("c.n = 1 OR c.n = 5 AND c.text = 'x'", False), ("(c.n = 1 OR c.n = 5) AND c.n >= 5", True),
    ("c.missing = 1 OR c.n = 5", True), ("c.missing = 1 AND c.n = 1", False), ("c.n = @p", True),
    ("STARTSWITH(c.text, 'it')", True),
    ("c.deep = 1", UNDEFINED), ("true", True), ("false", False), ("c.n != 4", True), ("c.n < -1.5e3", False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), CASES)
def test_conditions_have_three_values(text: str, value: Any) -> None:
    assert parsed(f"FROM c WHERE {text}", "condition")(DOCUMENT, {"@p": 5}) is value


@pytest.mark.parametrize(
    "text",
    ["SELECT * FROM c WHERE", "DROP c", "SELECT * FROM c ORDER BY", "SELECT VALUE 1", "SELECT * FROM c WHERE LOWER(c.a)"],
)
def test_what_the_dialect_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(BadQuery):
        parsed(text, "query")
