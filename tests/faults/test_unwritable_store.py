"""The embedded store's disk is full, or its place read-only: clear words, no job's fault, and it goes on by itself."""

import contextlib
import json
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agents.api.http import Request
from agents.doctor import TO_DO_EMBEDDED
from agents.jobs.outcomes import Deferred
from shared.clock import Clock
from shared.errors import RetryableError, StoreNotWritable
from shared.store.containers import DEAD_LETTERS, JOBS
from shared.store.query import Query
from shared.store.sqlite import SqliteStore
from tests.fakes.clock import VirtualTime
from tests.faults.watching import Hook
from tests.faults.world import QUEUE, World, embedded_store

NOBODY = 65_534
BUSY = {"id": "j", "jobId": "j"}


@contextmanager
def as_somebody(folder: Path) -> Iterator[None]:
    """Be a user whom a file's mode binds: root may write everywhere. The folder becomes that user's."""
    if os.geteuid() != 0:
        yield
        return
    for place in (folder, *folder.rglob("*")):
        os.chown(place, NOBODY, NOBODY)
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that another user can get to, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="store-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        for one in (folder, *folder.rglob("*")):
            one.chmod(0o755)


async def refused(store: SqliteStore) -> set[str]:
    """Write, read and page; returns what is said of it."""
    told = set()
    for ask in (
        lambda: store.upsert(JOBS.key, BUSY), lambda: store.find(JOBS.key, "j", "j"), lambda: store.page(JOBS.key, Query()),
    ):  # fmt: skip
        with pytest.raises(StoreNotWritable) as error:
            await ask()
        assert isinstance(error.value, RetryableError)
        told.add(str(error.value))
    return told


@pytest.mark.parametrize("there_is_a_file", [False, True])
@pytest.mark.parametrize("below", ["store.db", "sub/store.db"])
async def test_a_folder_that_is_read_only_at_the_start_is_an_outage_that_ends(
    place: Path, below: str, *, there_is_a_file: bool
) -> None:
    if there_is_a_file:
        before = SqliteStore(str(place / below), clock=Clock())
        await before.upsert(JOBS.key, BUSY)
        await before.close()
    with as_somebody(place):
        folder = (place / below).parent if there_is_a_file else place
        folder.chmod(0o555)
        store = SqliteStore(str(place / below), clock=Clock())
        [words] = await refused(store)
        assert f"its folder {folder} is read-only for this process: let it be written" in words
        folder.chmod(0o755)
        await store.upsert(JOBS.key, {**BUSY, "at": "after"})
        item = await store.find(JOBS.key, "j", "j")
        assert item is not None
        assert item.body["at"] == "after"
        await store.close()


async def test_a_file_that_was_read_only_when_it_was_opened_is_written_when_it_may_be(place: Path) -> None:
    """SQLite opens such a file for reading alone, and that connection never writes again."""
    path = place / "store.db"
    before = SqliteStore(str(path), clock=Clock())
    await before.upsert(JOBS.key, BUSY)
    await before.close()
    with as_somebody(place):
        path.chmod(0o444)
        store = SqliteStore(str(path), clock=Clock())
        with pytest.raises(StoreNotWritable, match=r"store\.db is read-only for this process"):
            await store.upsert(JOBS.key, BUSY)
        path.chmod(0o644)
        await store.upsert(JOBS.key, BUSY)
        await store.close()


async def limit(world: World, more: int | None) -> None:
    """Let the file grow by so many pages; None: without end."""

    def set_limit(db: Any) -> None:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {1_000_000 if more is None else pages + more}")

    await world.store._lanes.run("writes", set_limit)  # type: ignore[attr-defined]  # a `SqliteStore`


@pytest.fixture
async def world() -> AsyncIterator[World]:
    found = World(embedded_store(VirtualTime()))
    await found.store.ensure_containers()
    for kind in found.wiring.kinds:
        for name in (kind.queue, kind.dead_letter_queue):
            await found.queues.ensure(name)
    yield found
    await found.store.close()


@pytest.mark.parametrize("pages", [0, 1, 2, 3, 4, 6, 8, 12])
async def test_a_job_that_meets_a_full_disk_anywhere_waits_and_spends_no_attempt(world: World, pages: int) -> None:
    """What is small may still be written: the claim, and not the taste."""
    await world.like("u", "minimalist|navy")
    await limit(world, pages)
    for _ in range(60):
        await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver)
        world.time.advance(300)
    assert await world.documents(DEAD_LETTERS.key) == []
    await limit(world, None)
    await world.drain()
    await world.check()
    [job] = await world.documents(JOBS.key)
    assert (job["status"], job["attempt"]) == ("completed", 1)


async def fill(world: World) -> None:
    """Write until not even a small document finds room."""
    await limit(world, 0)
    for size in (3_000, 300, 30):
        while True:
            try:
                await world.store.upsert(JOBS.key, {"id": f"full-{world.time.at}", "jobId": "full", "pad": "x" * size})
            except StoreNotWritable:
                break
            world.time.advance(1)


async def test_a_full_disk_is_a_deferral_and_no_attempt(world: World) -> None:
    await world.like("u", "minimalist|navy")
    await fill(world)
    [message] = await world.queues.receive(QUEUE)
    assert isinstance(await world.wiring.runners["taste-analysis"].deliver(message.body or b""), Deferred)


async def ask(world: World, name: str, **body: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
    sent = json.dumps(body).encode() if body else b""
    answer = await world.wiring.api.answer(name, Request(body=sent, method="POST" if body else "GET"))
    return answer.status, json.loads(answer.body), dict(answer.headers)


async def test_a_full_disk_is_told_by_health_status_preflight_doctor_and_the_webhook_at_once(world: World) -> None:
    hook = Hook()
    world.wiring.watch.dog._webhook = hook
    await world.wiring.watch.dog.run()
    assert (await ask(world, "get_health"))[0] == 200
    world.time.advance(300)
    await fill(world)
    code, problem, headers = await ask(world, "get_health")
    assert (code, headers.get("Retry-After")) == (503, "5"), (code, problem)
    assert problem["detail"].startswith("The store takes no writes, its disk is full or its place read-only")
    code, status, _ = await ask(world, "get_status")
    assert code == 503
    assert any("its disk is full: make room" in line for line in status["problems"])
    _, found, _ = await ask(world, "get_preflight")
    assert any("its disk is full: make room" in one["problem"] for one in found["down"])
    code, problem, headers = await ask(
        world, "post_taste_job", userId="u", itemId="i", imageUrl="https://img.example/" + "x" * 1_500, signal="up"
    )
    assert (code, headers["Retry-After"]) == (503, "5")
    with contextlib.suppress(StoreNotWritable):  # its own state may find room, or not
        await world.wiring.watch.dog.run()
    assert any((one["event"], one["severity"]) == ("fired", "page") and "disk is full" in one["text"] for _, one in hook.got)
    count = len(hook.got)
    world.time.advance(300)
    with contextlib.suppress(StoreNotWritable):
        await world.wiring.watch.dog.run()
    assert len(hook.got) == count, "not every five minutes"
    await limit(world, None)
    world.time.advance(300)
    assert (await ask(world, "get_health"))[0] == 200


async def test_a_look_that_cannot_note_itself_cries_all_the_same(world: World) -> None:
    hook = Hook()
    dog = world.wiring.watch.dog
    dog._webhook = hook
    await dog.run()
    await fill(world)
    world.time.advance(300)

    async def refuse(_change: object) -> None:
        raise StoreNotWritable("its disk is full: make room")

    dog._collector.memory_store.update = refuse  # type: ignore[assignment,method-assign]  # of all writes the last
    with pytest.raises(StoreNotWritable):
        await dog.run()
    assert ("store", "fired") in hook.told


def test_what_is_to_do_is_said_of_the_store_that_is_used() -> None:
    assert all("EMBEDDED_STORE_PATH" in words for words in TO_DO_EMBEDDED.values())
