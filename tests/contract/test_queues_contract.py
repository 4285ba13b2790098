"""One suite for the queue port: Azure Storage Queues (Azurite, over HTTP) and the fake of the fault tests."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from devhost.azurite import Azurite
from shared.errors import PermanentError, QueueUnavailable, Reason
from shared.queues.azure import DEVELOPMENT_CONNECTION, StorageQueues, resolve_connection
from shared.queues.base import MAX_BODY_BYTES, Queues
from tests.fakes.memory_queues import MemoryQueues


@pytest.fixture(params=["azurite", "memory"])
async def queues(request: pytest.FixtureRequest) -> AsyncIterator[Queues]:
    if request.param == "memory":
        in_memory = MemoryQueues(lambda: datetime.now(UTC))
        in_memory.strict = True
        made: Queues = in_memory
    else:
        running: Azurite = request.getfixturevalue("azurite")
        made = StorageQueues(running.connection_string)
    yield made
    await made.close()


async def receive(queues: Queues, queue: str, seconds: float = 5.0, **options: float) -> list:
    async with asyncio.timeout(seconds):
        while True:
            found = await queues.receive(queue, **options)
            if found:
                return found
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("body", [b"{}", b"", b"\x00\xff\xfe", "\u00fcml\u00e4ut \U0001f9e5".encode(), b"x" * MAX_BODY_BYTES])
async def test_bodies_travel_byte_for_byte(queues: Queues, queue_name: str, body: bytes) -> None:
    await queues.send(queue_name, body)
    message = (await receive(queues, queue_name))[0]
    assert message.body == body
    assert message.dequeue_count == 1
    assert await queues.delete(queue_name, message)
    assert await queues.depth(queue_name) == 0


async def test_a_body_over_48_kib_is_refused(queues: Queues, queue_name: str) -> None:
    with pytest.raises(PermanentError) as caught:
        await queues.send(queue_name, b"x" * (MAX_BODY_BYTES + 1))
    assert caught.value.reason is Reason.PAYLOAD_TOO_LARGE


async def test_what_is_not_base64_is_read_as_it_is_and_spoils_no_page(queues: Queues, queue_name: str) -> None:
    await queues.send_raw(queue_name, "not base64 & <odd>")
    await queues.send(queue_name, b"good")
    found = await receive(queues, queue_name)
    assert [(message.content, message.body) for message in found] == [("not base64 & <odd>", None), ("Z29vZA==", b"good")]


async def test_a_delayed_message_is_counted_but_not_seen(queues: Queues, queue_name: str) -> None:
    await queues.send(queue_name, b"later", delay_seconds=0.2)
    assert await queues.receive(queue_name) == []
    assert await queues.peek(queue_name) == []
    assert await queues.depth(queue_name) == 1
    assert (await receive(queues, queue_name))[0].body == b"later"


async def test_what_is_not_deleted_comes_again_and_a_stale_receipt_deletes_nothing(queues: Queues, queue_name: str) -> None:
    await queues.send(queue_name, b"again")
    first = (await receive(queues, queue_name, visibility_seconds=1))[0]
    assert await queues.receive(queue_name) == []
    second = (await receive(queues, queue_name))[0]
    assert second.dequeue_count == 2
    assert not await queues.delete(queue_name, first)
    assert await queues.delete(queue_name, second)


async def test_peeking_takes_nothing(queues: Queues, queue_name: str) -> None:
    await queues.send(queue_name, b"look")
    assert (await queues.peek(queue_name))[0].body == b"look"
    assert (await receive(queues, queue_name))[0].dequeue_count == 1


async def test_a_missing_queue_is_empty_and_ensuring_it_twice_does_no_harm(queues: Queues, queue_name: str) -> None:
    assert await queues.receive(queue_name) == []
    assert await queues.depth(queue_name) == 0
    await queues.ensure(queue_name)
    await queues.ensure(queue_name)
    assert await queues.peek(queue_name) == []


@pytest.mark.timeout(60)
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
