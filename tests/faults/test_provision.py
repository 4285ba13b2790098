"""Provisioning: what is missing is made, what differs is changed, what cannot be is said; a second time changes nothing."""

import asyncio
from typing import Any

import pytest
from azure.cosmos import PartitionKey
from azure.cosmos.aio import CosmosClient

from shared.errors import ConfigurationError, StoreMisconfigured
from shared.provision import provision_queues, provision_store
from shared.settings import Settings, queue_names
from shared.store.containers import CATALOGUE, DAY, DIGEST_FEEDBACK, JOBS, TASTE, WARDROBE, Container
from shared.store.cosmos import CosmosStore
from shared.store.cosmos_provision import indexing_policy, new_lifetime
from shared.store.query import Order, Query
from tests.fakes.clock import VirtualTime
from tests.fakes.cosmos import KEY, FakeCosmos
from tests.fakes.memory_queues import MemoryQueues
from tests.faults.world import World
from tests.stores import NAMES

OLD_POLICY: dict[str, Any] = {"indexingMode": "consistent", "includedPaths": [{"path": "/*"}], "excludedPaths": []}
ANOTHERS = {
    **OLD_POLICY,
    "excludedPaths": [{"path": "/notes/*"}],
    "compositeIndexes": [[{"path": "/brand"}, {"path": "/dateAdded"}]],
}


class Account:
    """A service with containers that an older build, or another app, has made."""

    def __init__(self, fake: FakeCosmos) -> None:
        self.fake = fake
        self.store = CosmosStore(fake.endpoint, KEY, database="PluckIt", names=NAMES, clock=VirtualTime().clock())

    async def has(self, container: Container, *, key: str = "", policy: dict[str, Any] | None = None, **options: Any) -> None:
        async with CosmosClient(self.fake.endpoint, KEY) as client:
            database = await client.create_database_if_not_exists("PluckIt")
            path = PartitionKey(path=key or f"/{container.partition_key}")
            await database.create_container(container.name, path, indexing_policy=policy or OLD_POLICY, **options)

    def shown(self, container: Container) -> dict[str, Any]:
        return self.fake.container(container.name).properties


@pytest.fixture
async def account() -> Any:
    async with FakeCosmos() as fake:
        found = Account(fake)
        yield found
        await found.store.close()


async def test_an_older_container_is_brought_up_to_date_and_said_so(account: Account) -> None:
    await account.has(JOBS, default_ttl=14 * DAY)
    await account.has(TASTE, default_ttl=30 * DAY)
    done = await provision_store(account.store)
    assert len([line for line in done if line.startswith("created container")]) == len(CATALOGUE) - 2
    assert [line for line in done if line.startswith("changed")] == [
        "changed container TasteAnalysisJobs: indexes",
        "changed container TasteAnalysisJobs: time to live, 14 days to 120 days",
        "changed container TasteProfiles: indexes",
        "changed container TasteProfiles: time to live, 30 days to none",
    ]
    assert account.shown(JOBS)["indexingPolicy"] == indexing_policy(JOBS)
    assert account.shown(JOBS)["defaultTtl"] == 120 * DAY
    assert "defaultTtl" not in account.shown(TASTE), "a taste is kept"
    assert await provision_store(account.store) == []


async def test_over_an_old_index_policy_jobs_run_and_a_listing_says_what_to_do(account: Account) -> None:
    await account.has(JOBS)
    await account.store.ensure_containers()
    account.store.time = VirtualTime()  # type: ignore[attr-defined]
    world = World(account.store)
    await world.like("u", "linen|navy")
    await world.drain()
    await world.check()
    newest = Query(order=Order("updatedAt", descending=True))
    with pytest.raises(StoreMisconfigured, match="make provision"):
        await account.store.page(JOBS.key, newest)
    await provision_store(account.store)
    assert [one["status"] for one in (await account.store.page(JOBS.key, newest)).documents] == ["completed"]


async def test_a_container_of_another_app_gets_what_we_need_and_loses_nothing(account: Account) -> None:
    await account.has(WARDROBE, policy=ANOTHERS, default_ttl=-1)
    await account.has(DIGEST_FEEDBACK, policy=ANOTHERS, default_ttl=365 * DAY)
    done = await provision_store(account.store)
    assert [line for line in done if line.startswith("changed")] == ["changed container DigestFeedback: indexes"]
    assert account.shown(WARDROBE)["indexingPolicy"] == ANOTHERS
    policy = account.shown(DIGEST_FEEDBACK)["indexingPolicy"]
    assert policy["excludedPaths"] == ANOTHERS["excludedPaths"]
    assert policy["compositeIndexes"] == ANOTHERS["compositeIndexes"] + indexing_policy(DIGEST_FEEDBACK)["compositeIndexes"]
    assert account.shown(DIGEST_FEEDBACK)["defaultTtl"] == 365 * DAY
    assert await provision_store(account.store) == []


async def test_what_a_replacement_would_reset_is_kept(account: Account) -> None:
    computed = [{"name": "lower", "query": "SELECT VALUE LOWER(c.status) FROM c"}]
    await account.has(JOBS, computed_properties=computed)
    await provision_store(account.store)
    assert account.shown(JOBS)["computedProperties"] == computed


async def test_a_partition_key_that_is_not_ours_is_said_and_the_rest_is_done(account: Account) -> None:
    await account.has(JOBS, key="/userId")
    await account.has(TASTE)
    with pytest.raises(ConfigurationError, match=r"TasteAnalysisJobs: its partition key is \['/userId'\], expected /jobId"):
        await provision_store(account.store)
    assert account.shown(TASTE)["indexingPolicy"] == indexing_policy(TASTE)


async def test_an_identity_that_may_use_data_alone_is_told_what_to_do(account: Account) -> None:
    account.fake.data_only = True
    with pytest.raises(ConfigurationError, match=r"neither make nor change containers.*azd provision"):
        await account.store.ensure_containers()
    account.fake.data_only = False
    await account.has(JOBS)
    account.fake.data_only = True
    with pytest.raises(ConfigurationError, match="neither make nor change containers"):
        await account.store.update_containers()


@pytest.mark.parametrize(
    ("container", "found", "wanted"),
    [
        (JOBS, None, 120 * DAY), (JOBS, -1, 120 * DAY), (JOBS, DAY, 120 * DAY), (JOBS, 500 * DAY, 500 * DAY),
        (TASTE, None, None), (TASTE, -1, -1), (TASTE, DAY, None),
        (WARDROBE, None, None), (WARDROBE, DAY, DAY), (WARDROBE, -1, -1),
        (DIGEST_FEEDBACK, None, None), (DIGEST_FEEDBACK, DAY, 90 * DAY), (DIGEST_FEEDBACK, 100 * DAY, 100 * DAY),
    ],
)  # fmt: skip
def test_a_time_to_live_is_a_least_value(container: Container, found: int | None, wanted: int | None) -> None:
    assert new_lifetime(container, found) == wanted


async def test_every_queue_is_made_once() -> None:
    names = queue_names(Settings.from_environment({"TASTE_JOB_QUEUE_NAME": "likes"}))
    assert {
        "likes",
        "likes-poison",
        "digest-jobs",
        "scrape-jobs-poison",
        "run-commands",
        "run-commands-poison",
        "ops-probe",
    } <= set(names)
    queues = MemoryQueues(VirtualTime().clock().now)
    assert await provision_queues(queues, names) == [f"created queue {name}" for name in names]
    assert await provision_queues(queues, names) == []


async def test_the_queues_that_are_provisioned_are_those_that_are_deployed() -> None:
    from infra.catalogue import queues

    assert queue_names(Settings.from_environment({})) == queues()


async def test_concurrent_provisioning_makes_each_thing_once(account: Account) -> None:
    other = CosmosStore(account.fake.endpoint, KEY, database="PluckIt", names=NAMES, clock=VirtualTime().clock())
    both = await asyncio.gather(account.store.ensure_containers(), other.ensure_containers())
    await other.close()
    assert sorted(both[0] + both[1]) == sorted(NAMES.values())
