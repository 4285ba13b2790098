"""devhost's queue rules against a real Azurite: delete, release, poison, no poison of poison."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from azure.functions.queue import QueueMessage

from devhost.azurite import Azurite
from devhost.loading import HostOptions, QueueTrigger
from devhost.queues import QueueListener
from shared.queues.azure import StorageQueues, open_service
from tests.waiting import until

OPTIONS = HostOptions(batch_size=4, new_batch_threshold=2, max_polling_seconds=0.2, max_dequeue_count=3)


class Bench:
    """A listener on a queue of its own; `answer` decides each message's fate."""

    def __init__(self, azurite: Azurite, queue: str) -> None:
        self.azurite, self.queue = azurite, queue
        self.queues = StorageQueues(azurite.connection_string)
        self.seen: list[QueueMessage] = []
        self.answer: Callable[[QueueMessage], bool] = lambda _: True
        self.running = self.most = 0

    async def invoke(self, _trigger: QueueTrigger, message: QueueMessage) -> bool:
        self.seen.append(message)
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0.02)  # for others to be there beside it
        self.running -= 1
        return self.answer(message)

    @asynccontextmanager
    async def listening(self, options: HostOptions = OPTIONS, **changes: Any) -> AsyncIterator[QueueListener]:
        async def never() -> None:
            raise AssertionError

        _, service = open_service(self.azurite.connection_string)
        listener = QueueListener(
            QueueTrigger("Test", never, "message", self.queue, "StorageQueue", binary=True),
            service=service, options=options, invoke=self.invoke, notify=lambda _: None, **{"lock_seconds": 600.0, **changes},
        )  # fmt: skip
        await listener.prepare()
        listener.start()
        yield listener
        await listener.stop(5)
        await service.close()


@pytest.fixture
async def bench(azurite: Azurite, queue_name: str) -> AsyncIterator[Bench]:
    made = Bench(azurite, queue_name)
    await made.queues.ensure(queue_name)
    yield made
    await made.queues.close()


async def eventually(holds: Callable[[], Any], what: str) -> None:
    async def ask() -> object:
        result = holds()
        return await result if asyncio.iscoroutine(result) else result

    await until(ask, bool, what)


async def test_a_success_is_deleted_and_no_more_than_batch_and_threshold_run_at_once(bench: Bench) -> None:
    for index in range(20):
        await bench.queues.send(bench.queue, f"{index}".encode())
    async with bench.listening():
        await eventually(lambda: len(bench.seen) == 20, "twentieth message")
        await eventually(lambda: empty(bench, bench.queue), "empty queue")
    assert bench.most <= 6
    assert sorted(int(one.get_body()) for one in bench.seen) == list(range(20))


async def empty(bench: Bench, queue: str) -> bool:
    return await bench.queues.depth(queue) == 0


async def test_a_failure_comes_again_and_goes_to_poison_after_the_last_try_with_its_body_alone(bench: Bench) -> None:
    bench.answer = lambda _: False
    await bench.queues.send(bench.queue, b"\xff\x00body")
    async with bench.listening():
        await eventually(lambda: has_poison(bench), "poison message")
    assert [one.dequeue_count for one in bench.seen] == [1, 2, 3]
    [poison] = await bench.queues.receive(f"{bench.queue}-poison")
    assert (poison.body, poison.dequeue_count) == (b"\xff\x00body", 1)
    assert await empty(bench, bench.queue)


async def has_poison(bench: Bench) -> bool:
    return await bench.queues.depth(f"{bench.queue}-poison") == 1


async def test_what_is_not_base64_goes_to_poison_unseen_unless_the_encoding_is_none(bench: Bench) -> None:
    await bench.queues.send_raw(bench.queue, "{not base64}")
    async with bench.listening():
        await eventually(lambda: has_poison(bench), "poison message")
    assert bench.seen == []
    await bench.queues.send_raw(bench.queue, "{not base64}")
    async with bench.listening(HostOptions(max_polling_seconds=0.2, base64=False)):
        await eventually(lambda: bench.seen, "message")
    assert bench.seen[0].get_body() == b"{not base64}"


async def test_a_poison_queue_has_no_poison_queue_and_a_failure_waits_for_its_lock(azurite: Azurite, queue_name: str) -> None:
    bench = Bench(azurite, f"{queue_name}-poison")
    bench.answer = lambda _: False
    await bench.queues.send(bench.queue, b"x")
    async with bench.listening(lock_seconds=600.0):
        await eventually(lambda: bench.seen and not bench.running, "first delivery")
    assert await bench.queues.depth(bench.queue) == 1
    assert await bench.queues.receive(bench.queue) == [], "it is locked, and was not shown again"
    await bench.queues.send(bench.queue, b"y")
    async with bench.listening(lock_seconds=1.0):
        await eventually(lambda: len(bench.seen) >= 3, "second delivery, when the lock has ended")
    assert [one.get_body() for one in bench.seen[:3]] == [b"x", b"y", b"y"]
    assert all(one.get_body() == b"y" for one in bench.seen[3:]), "as often as its lock ended while nobody looked"
    assert await bench.queues.depth(bench.queue) == 2
    assert await bench.queues.depth(f"{bench.queue}-poison") == 0
    await bench.queues.close()


async def test_metadata_is_overridden_by_a_json_body_as_in_the_real_worker(bench: Bench) -> None:
    await bench.queues.send(bench.queue, b'{"Id": "spoofed"}')
    async with bench.listening():
        await eventually(lambda: bench.seen, "message")
    assert bench.seen[0].id == "spoofed"
