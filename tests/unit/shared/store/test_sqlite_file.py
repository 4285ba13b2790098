"""The embedded store's file: upgraded without loss, shared by several, read while it is written, and given back."""

import asyncio
import base64
import itertools
import json
import multiprocessing
import sqlite3
import threading
from pathlib import Path

import pytest

from shared.clock import Clock
from shared.errors import InvalidItem, StoreMisconfigured, StoreUnavailable
from shared.store.base import Create
from shared.store.containers import CATALOGUE
from shared.store.query import Compare, Order, Query
from shared.store.sqlite import SqliteStore
from shared.store.sqlite_schema import FORM, UNREADABLE
from tests.fakes.clock import VirtualTime

OLDER = """
CREATE TABLE IF NOT EXISTS documents (
    container TEXT NOT NULL, partition TEXT NOT NULL, id TEXT NOT NULL, etag TEXT NOT NULL,
    expires_at REAL, body TEXT NOT NULL, PRIMARY KEY (container, partition, id)
) WITHOUT ROWID
"""  # what earlier builds run whenever they open a file


def older_file(path: Path, count: int = 20) -> None:
    """Write a file as earlier builds did: some documents in every container, one that has expired, two that are odd."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(OLDER)
    db.execute("CREATE TABLE provisioned (at TEXT)")
    db.execute("BEGIN")
    for container in CATALOGUE.values():
        for number in range(count):
            body = {container.partition_key: f"p{number % 3}", "id": f"d{number:04}", "updatedAt": f"2026-01-{number + 1:02}"}
            if container.partition_key == "id":
                body["id"] = f"d{number:04}"
            row = (container.key, body[container.partition_key], body["id"], f"etag{number}", None, json.dumps(body))
            db.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?)", row)
    db.execute("INSERT INTO documents VALUES ('jobs', 'x', 'x', 'e', 1.0, '{\"id\":\"x\",\"jobId\":\"x\"}')")
    db.execute("INSERT INTO documents VALUES ('gone', 'x', 'x', 'e', NULL, '{}')")
    db.execute("INSERT INTO documents VALUES ('jobs', 'y', 'y', 'e', NULL, 'no JSON')")
    db.execute("COMMIT")
    db.close()


async def everything(store: SqliteStore, container: str) -> list[str]:
    found, cursor = [], None
    while True:
        page = await store.page(container, Query(page_size=7), cursor=cursor)
        found += [str(one["id"]) for one in page.documents]
        cursor = page.cursor
        if cursor is None:
            return found


async def test_a_file_of_an_older_form_is_upgraded_without_loss(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    older_file(path)
    store = SqliteStore(str(path), clock=Clock())
    assert await store.ensure_containers() == [], "it was provisioned before"
    for container in CATALOGUE.values():
        assert sorted(await everything(store, container.key)) == [f"d{number:04}" for number in range(20)]
    item = await store.read("jobs", "d0004", "p1")
    assert (item.etag, item.body["updatedAt"]) == ("etag4", "2026-01-05")
    await store.replace("jobs", {**item.body, "new": True}, if_match="etag4")
    assert await store.find("jobs", "x", "x") is None, "it had expired"
    await store.close()
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (FORM,)
    assert db.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    assert sorted(db.execute(f"SELECT container, id FROM {UNREADABLE}")) == [("gone", "x"), ("jobs", "y")]  # noqa: S608
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    again = SqliteStore(str(path), clock=Clock())
    assert (await again.read("jobs", "d0004", "p1")).body["new"] is True
    await again.close()


def open_and_add(path: str, name: str, start: object) -> None:
    """A process of its own: opens the file at the same moment as the others, and writes."""

    async def run() -> None:
        store = SqliteStore(path, clock=Clock())
        for number in range(30):
            await store.create("jobs", {"id": f"{name}{number}", "jobId": f"{name}{number}"})
            await store.page("jobs", Query(order=Order("updatedAt")))
        await store.close()

    start.wait()  # type: ignore[attr-defined]
    asyncio.run(run())


def test_three_processes_open_an_older_file_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    older_file(path, count=28)
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(3)
    processes = [context.Process(target=open_and_add, args=(str(path), name, start)) for name in "abc"]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    db = sqlite3.connect(path)
    assert db.execute("SELECT count(*) FROM jobs WHERE id != 'x'").fetchone() == (28 + 90,)
    assert db.execute("SELECT count(*) FROM taste").fetchone() == (28,)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


async def test_an_older_build_beside_this_one_reads_and_writes_the_same_documents(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    older_file(path)
    older = sqlite3.connect(path, isolation_level=None)
    older.execute("SELECT body FROM documents").fetchall()
    store = SqliteStore(str(path), clock=Clock())
    made = await store.create("jobs", {"id": "new", "jobId": "p", "n": 1})
    older.execute(OLDER)
    one = "container = ? AND (expires_at IS NULL OR expires_at > 0) AND partition = ? AND id = ?"
    key = ("jobs", "p", "new")
    assert older.execute(f"SELECT etag FROM documents WHERE {one}", key).fetchall() == [(made.etag,)]  # noqa: S608
    older.execute("BEGIN IMMEDIATE")
    older.execute(
        "INSERT OR REPLACE INTO documents (container, partition, id, etag, expires_at, body) VALUES (?, ?, ?, ?, ?, ?)",
        (*key, "theirs", None, '{"id":"new","jobId":"p","n":2}'),
    )
    older.execute("COMMIT")
    item = await store.read("jobs", "new", "p")
    assert (item.etag, item.body["n"]) == ("theirs", 2)
    rows = older.execute(
        "SELECT id FROM documents WHERE container = 'jobs' AND json_extract(body, '$.updatedAt') > '2026-01-05' "
        "ORDER BY json_extract(body, '$.updatedAt'), id, partition LIMIT 3"
    )
    assert rows.fetchall() == [("d0005",), ("d0006",), ("d0007",)]
    older.execute("DELETE FROM documents WHERE container = ? AND partition = ? AND id = ?", key)
    assert await store.find("jobs", "new", "p") is None
    older.close()
    await store.close()


async def test_a_file_of_a_newer_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {FORM + 1}")
    db.close()
    store = SqliteStore(str(path), clock=Clock())
    with pytest.raises(StoreMisconfigured, match="newer build"):
        await store.find("jobs", "j", "j")
    await store.close()


async def test_indexes_that_another_build_had_are_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(str(path), clock=Clock())
    await store.create("jobs", {"id": "j", "jobId": "j", "updatedAt": "2026"})
    await store.close()
    db = sqlite3.connect(path)
    db.execute("DROP INDEX find_jobs_updatedAt")
    db.execute("CREATE INDEX find_jobs_other ON jobs (etag)")
    db.close()
    again = SqliteStore(str(path), clock=Clock())
    assert len((await again.page("jobs", Query(order=Order("updatedAt")))).documents) == 1
    await again.close()
    db = sqlite3.connect(path)
    names = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    assert "find_jobs_updatedAt" in names
    assert "find_jobs_other" not in names
    db.close()


async def test_a_long_page_holds_up_neither_a_write_nor_a_read(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "store.db"), clock=Clock())
    await store.create("jobs", {"id": "j", "jobId": "j", "n": 1})
    reading, goes_on = threading.Event(), threading.Event()

    def long_page(db: sqlite3.Connection) -> int:
        rows = db.execute("SELECT count(*) FROM jobs")
        reading.set()
        goes_on.wait()
        return int(rows.fetchone()[0])

    page = asyncio.ensure_future(store._lanes.run("pages", long_page))
    await asyncio.to_thread(reading.wait)
    await store.create("jobs", {"id": "k", "jobId": "k"})
    assert await store.find("jobs", "k", "k") is not None
    assert len((await store.page("jobs", Query())).documents) == 2, "another page, too"
    assert not page.done()
    goes_on.set()
    assert await page == 1, "it sees what was there when it began"
    await store.close()


async def test_a_page_that_is_read_when_the_store_closes_is_broken_off(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "store.db"), clock=Clock())
    await store.ensure_containers()
    reading = threading.Event()

    def endless(db: sqlite3.Connection) -> None:
        reading.set()
        db.execute("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c").fetchall()

    page = asyncio.ensure_future(store._lanes.run("pages", endless))
    await asyncio.to_thread(reading.wait)
    closing = asyncio.ensure_future(store.close())
    with pytest.raises(StoreUnavailable):
        await page
    await closing


async def test_what_has_expired_is_deleted_a_little_with_each_write_and_the_file_shrinks(tmp_path: Path) -> None:
    path, time = tmp_path / "store.db", VirtualTime()
    store = SqliteStore(str(path), clock=time.clock())
    for start in range(0, 4_000, 100):
        steps = [Create({"id": f"m{start + n}", "jobId": "p", "ttl": 60, "pad": "x" * 1_000}) for n in range(100)]
        await store.batch("dead_letters", "p", steps)
    await store.create("user_profiles", {"id": "u"})
    pages_then = await store._lanes.run("writes", lambda db: db.execute("PRAGMA page_count").fetchone()[0])
    time.advance(120)
    left = []
    for _ in range(530):
        await store.upsert("dead_letters", {"id": "kept", "jobId": "p"})
        left.append(await store._lanes.run("reads", lambda db: db.execute("SELECT count(*) FROM dead_letters").fetchone()[0]))
    assert left[0] == 4_000 + 1 - 8
    assert left[-1] == 1
    assert all(before - after <= 16 for before, after in itertools.pairwise(left)), "a few at a time"
    pages = await store._lanes.run("writes", lambda db: db.execute("PRAGMA page_count").fetchone()[0])
    assert pages < pages_then / 2
    await store.close()


async def test_a_container_that_nobody_writes_to_is_emptied_of_what_has_expired_as_well() -> None:
    time = VirtualTime()
    store = SqliteStore(":memory:", clock=time.clock())
    await store.create("pictures", {"id": "p", "ttl": 60})
    time.advance(120)
    for _ in range(20):
        await store.upsert("user_profiles", {"id": "u"})
    assert await store._lanes.run("writes", lambda db: db.execute("SELECT count(*) FROM pictures").fetchone()) == (0,)
    await store.close()


def older_cursor(*end: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(end).encode()).decode()


async def test_the_cursors_of_earlier_builds_go_on_where_they_ended() -> None:
    store = SqliteStore(":memory:", clock=VirtualTime().clock())
    for number in range(6):
        await store.create("user_profiles", {"id": f"u{number}"})
        await store.create("runs", {"id": f"r{number}", "timer": f"t{number % 2}", "plannedAt": f"2026-01-0{number + 1}"})

    async def ids(container: str, query: Query, cursor: str, partition: str | None = None) -> list[str]:
        return [one["id"] for one in (await store.page(container, query, cursor=cursor, partition=partition)).documents]

    assert await ids("user_profiles", Query(), older_cursor("", "u3", "u3")) == ["u4", "u5"]
    assert await ids("runs", Query(), older_cursor("", "r3", "t1"), "t1") == ["r5"]
    assert len(await ids("runs", Query(), older_cursor("", "r3", "t1"))) == 6, "the order was another: from the beginning"
    newest = Query(order=Order("plannedAt", descending=True))
    assert (await ids("runs", newest, older_cursor("2026-01-03", "r2", "t0")))[-2:] == ["r1", "r0"]
    for other in (Query(), Query(order=Order("startedAt"))):
        page = await store.page("runs", Query(order=Order("plannedAt"), page_size=2))
        with pytest.raises(ValueError, match="cursor"):
            await store.page("runs", other, cursor=page.cursor)
    await store.close()


async def test_a_document_that_sqlite_cannot_read_is_refused_and_is_no_outage() -> None:
    store = SqliteStore(":memory:", clock=VirtualTime().clock())
    for depth in (900, 2_500, 100_000):
        nested: dict = {}
        for _ in range(depth):
            nested = {"a": nested}
        try:
            await store.create("jobs", {"id": f"j{depth}", "jobId": "j", "deep": nested})
        except InvalidItem:
            continue
        assert len((await store.page("jobs", Query(where=Compare("jobId", "=", "j")))).documents) == 1
        assert depth < 2_500
    await store.close()
