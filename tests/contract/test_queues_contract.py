"""One suite for the queue port: Azure Storage Queues (Azurite, and the double at the wire) and the fake of the fault tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from devhost.azurite import Azurite
from shared.clock import Clock
from shared.errors import PermanentError, QueueUnavailable, Reason
from shared.queues.azure import DEVELOPMENT_CONNECTION, StorageQueues, resolve_connection
from shared.queues.base import MAX_BODY_BYTES, Message, Queues, unwrap
from shared.queues.claim_check import ClaimChecks
from shared.store.sqlite import SqliteStore
from tests.fakes.clock import VirtualTime
from tests.fakes.memory_queues import MemoryQueues
from tests.fakes.queue_service import QueueServiceDouble
from tests.waiting import until

real_time = pytest.mark.real_time("Azurite is another process")


@dataclass
class Bench:
    """Queues, and how a second passes for them."""

    queues: Queues
    second: Callable[[], Awaitable[None]]

    async def receive(self, queue: str, **options: float) -> list[Message]:
        """Receive what there is, or what becomes visible soon."""

        async def ask() -> list[Message]:
            found = await self.queues.receive(queue, **options)
            if not found:
                await self.second()
            return found

        return await until(ask, bool, "message")


@pytest.fixture(params=["azurite", "wire", "memory"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    if request.param == "wire":
        async with QueueServiceDouble() as service:
            wired = Bench(StorageQueues(service.connection_string), lambda: asyncio.sleep(0.2))
            yield wired
            await wired.queues.close()
        return
    if request.param == "memory":
        time = VirtualTime()
        in_memory = MemoryQueues(lambda: time.at)
        in_memory.strict = True
        made = Bench(in_memory, lambda: time.clock().sleep(1.0))
    else:
        running: Azurite = request.getfixturevalue("azurite")
        made = Bench(StorageQueues(running.connection_string), lambda: asyncio.sleep(0.2))
    yield made
    await made.queues.close()


@pytest.fixture
def queues(bench: Bench) -> Queues:
    return bench.queues


@pytest.mark.parametrize("body", [b"{}", b"", b"\x00\xff\xfe", "\u00fcml\u00e4ut \U0001f9e5".encode(), b"x" * MAX_BODY_BYTES])
@real_time
async def test_bodies_travel_byte_for_byte(bench: Bench, queue_name: str, body: bytes) -> None:
    await bench.queues.send(queue_name, body)
    message = (await bench.receive(queue_name))[0]
    assert message.body == body
    assert message.dequeue_count == 1
    assert await bench.queues.delete(queue_name, message)
    assert await bench.queues.depth(queue_name) == 0


@real_time
async def test_a_body_over_48_kib_is_refused(queues: Queues, queue_name: str) -> None:
    with pytest.raises(PermanentError) as caught:
        await queues.send(queue_name, b"x" * (MAX_BODY_BYTES + 1))
    assert caught.value.reason is Reason.PAYLOAD_TOO_LARGE


@real_time
async def test_what_is_not_base64_is_read_as_it_is_and_spoils_no_page(bench: Bench, queue_name: str) -> None:
    await bench.queues.send_raw(queue_name, "not base64 & <odd>")
    await bench.queues.send(queue_name, b"good")
    found = await bench.receive(queue_name)
    assert [(message.content, message.body) for message in found] == [("not base64 & <odd>", None), ("Z29vZA==", b"good")]


@real_time
async def test_a_delayed_message_is_counted_but_not_seen(bench: Bench, queue_name: str) -> None:
    await bench.queues.send(queue_name, b"later", delay_seconds=3_600)
    assert await bench.queues.receive(queue_name) == []
    assert await bench.queues.peek(queue_name) == []
    assert await bench.queues.depth(queue_name) == 1
    await bench.queues.send(queue_name, b"soon", delay_seconds=0.2)
    assert (await bench.receive(queue_name))[0].body == b"soon"


@real_time
async def test_what_is_not_deleted_comes_again_and_a_stale_receipt_deletes_nothing(bench: Bench, queue_name: str) -> None:
    await bench.queues.send(queue_name, b"locked")
    assert await bench.receive(queue_name, visibility_seconds=3_600)
    assert await bench.queues.receive(queue_name) == []
    await bench.queues.send(queue_name, b"again")
    first = (await bench.receive(queue_name, visibility_seconds=1))[0]
    second = (await bench.receive(queue_name))[0]
    assert second.dequeue_count == 2
    assert not await bench.queues.delete(queue_name, first)
    assert await bench.queues.delete(queue_name, second)


@real_time
async def test_peeking_takes_nothing(bench: Bench, queue_name: str) -> None:
    await bench.queues.send(queue_name, b"look")
    assert (await bench.queues.peek(queue_name))[0].body == b"look"
    assert (await bench.receive(queue_name))[0].dequeue_count == 1


@real_time
async def test_a_missing_queue_is_empty_and_ensuring_it_twice_does_no_harm(queues: Queues, queue_name: str) -> None:
    assert await queues.receive(queue_name) == []
    assert await queues.depth(queue_name) == 0
    await queues.ensure(queue_name)
    await queues.ensure(queue_name)
    assert await queues.peek(queue_name) == []


async def test_an_unreachable_service_is_an_outage_and_never_an_empty_queue() -> None:
    queues = StorageQueues(DEVELOPMENT_CONNECTION.format(port=1))
    with pytest.raises(QueueUnavailable):
        await queues.receive("anything")
    await queues.close()


def test_connections_are_strings_or_identities() -> None:
    assert ":10009/" in resolve_connection(
        "StorageQueue", {"StorageQueue": "UseDevelopmentStorage=true", "AZURITE_QUEUE_PORT": "10009"}
    )
    identity = {"StorageQueue__queueServiceUri": "https://a.queue.core.windows.net"}
    assert resolve_connection("StorageQueue", identity) == "https://a.queue.core.windows.net"


async def test_a_queue_that_does_not_exist_is_told_from_an_empty_one(queues: Queues, queue_name: str) -> None:
    await queues.ensure(queue_name)
    assert await queues.exists(queue_name)
    assert not await queues.exists(f"{queue_name}-never-made")


@real_time
async def test_a_producers_plain_text_of_sixty_kilobytes_comes_as_it_is_and_goes_on_as_a_claim_check(
    bench: Bench, queue_name: str
) -> None:
    text = '{"fill": "' + "ü" * 30_000 + '"}'
    await bench.queues.send_raw(queue_name, text)
    [came] = await bench.receive(queue_name)
    body = unwrap(came.content.encode())
    assert body.decode() == text
    store = SqliteStore(":memory:", clock=Clock())
    checks = ClaimChecks(bench.queues, store=store, clock=Clock())
    await bench.queues.delete(queue_name, came)
    await checks.send(queue_name, body)
    [again] = await bench.receive(queue_name)
    assert await checks.whole(unwrap(again.content.encode())) == body
    await store.close()
