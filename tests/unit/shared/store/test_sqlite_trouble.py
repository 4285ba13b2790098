"""The embedded store's file in trouble: killed while it is upgraded, a full disk, a damaged file, readers without end."""

import asyncio
import os
import sqlite3
import threading
from pathlib import Path

import pytest

from shared.clock import Clock
from shared.errors import StoreMisconfigured, StoreUnavailable
from shared.store import sqlite_lanes
from shared.store.base import Create
from shared.store.query import Order, Query
from shared.store.sqlite import SqliteStore
from shared.store.sqlite_schema import FORM, INCREMENTAL, _bring_up_to_date, prepare, writing
from tests.unit.shared.store.test_sqlite_file import everything, older_file


def pragma(path: Path, name: str) -> int:
    db = sqlite3.connect(path)
    value = int(db.execute(f"PRAGMA {name}").fetchone()[0])
    db.close()
    return value


@pytest.mark.parametrize("steps", [1, 100, 1_000, 3_000])
async def test_an_upgrade_that_is_broken_off_has_done_nothing_and_is_done_by_the_next(tmp_path: Path, steps: int) -> None:
    path = tmp_path / "store.db"
    older_file(path)
    db = sqlite3.connect(path, isolation_level=None)
    left = steps

    def die() -> int:
        nonlocal left
        left -= 1
        return int(left <= 0)

    db.set_progress_handler(die, 10)
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        prepare(db)
    db.close()
    assert pragma(path, "user_version") == 0
    store = SqliteStore(str(path), clock=Clock())
    assert sorted(await everything(store, "jobs")) == [f"d{number:04}" for number in range(20)]
    await store.close()
    assert pragma(path, "user_version") == FORM


async def test_a_file_that_another_opens_in_the_same_moment_is_opened_a_little_later(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE anything (x)")
    other.execute("BEGIN IMMEDIATE")  # SQLite does not wait for it when the file's log is to be kept ahead
    waited: list[float] = []

    def let_go(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            other.execute("COMMIT")

    lanes = sqlite_lanes.Lanes(str(path), None, sleep=let_go)
    assert await lanes.run("writes", lambda db: db.execute("PRAGMA journal_mode").fetchone()) == ("wal",)
    assert len(waited) == 3
    await lanes.close()
    other.close()


async def test_a_file_that_was_upgraded_and_not_rewritten_is_rewritten_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    older_file(path)
    db = sqlite3.connect(path, isolation_level=None)
    with writing(db):
        _bring_up_to_date(db)
    db.close()
    assert pragma(path, "auto_vacuum") == 0
    store = SqliteStore(str(path), clock=Clock())
    assert len(await everything(store, "taste")) == 20
    await store.close()
    assert pragma(path, "auto_vacuum") == INCREMENTAL


async def test_on_a_full_disk_nothing_is_lost_and_it_goes_on_when_there_is_room(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "store.db"), clock=Clock())
    await store.create("jobs", {"id": "before", "jobId": "p"})
    pages = await store._lanes.run("writes", lambda db: db.execute("PRAGMA page_count").fetchone()[0])
    await store._lanes.run("writes", lambda db: db.execute(f"PRAGMA max_page_count = {pages + 20}"))
    kept = 0
    for number in range(10):
        steps = [Create({"id": f"j{number}.{n}", "jobId": "p", "pad": "x" * 2_000}) for n in range(10)]
        try:
            await store.batch("jobs", "p", steps)
            kept += 10
        except StoreUnavailable as error:
            assert "disk is full" in str(error)  # noqa: PT017  (some of the ten)
    assert 0 < kept < 100
    assert len(await everything(store, "jobs")) == kept + 1
    await store._lanes.run("writes", lambda db: db.execute("PRAGMA max_page_count = 1000000"))
    await store.create("jobs", {"id": "after", "jobId": "p"})
    assert len(await everything(store, "jobs")) == kept + 2
    await store.close()


async def test_a_log_that_cannot_be_begun_anew_takes_nothing_from_the_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk a write may find room in the log, and the file none for what stands there."""
    monkeypatch.setattr(sqlite_lanes, "WRITES", 1)
    monkeypatch.setattr(sqlite_lanes, "LOG_BYTES", 0)
    asked: list[str] = []

    class Full:
        def execute(self, sql: str) -> None:
            asked.append(sql)
            raise sqlite3.OperationalError("database or disk is full")

    store = SqliteStore(str(tmp_path / "store.db"), clock=Clock())
    await store.create("jobs", {"id": "j", "jobId": "p"})
    store._lanes.keep_log_short(Full())  # type: ignore[arg-type]  # a connection that refuses
    assert asked == ["PRAGMA wal_checkpoint(RESTART)"]
    await store.close()


def test_a_transaction_whose_end_fails_is_not_left_open() -> None:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    db.execute("CREATE TABLE child (of INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(sqlite3.IntegrityError), writing(db):
        db.execute("INSERT INTO child VALUES (7)")  # what the COMMIT refuses, and leaves open
    with writing(db):
        db.execute("INSERT INTO parent VALUES (1)")
    assert db.execute("SELECT (SELECT count(*) FROM child), (SELECT count(*) FROM parent)").fetchone() == (0, 1)
    db.close()


async def sound_file(path: Path) -> bytes:
    store = SqliteStore(str(path), clock=Clock())
    for start in range(0, 400, 100):
        steps = [Create({"id": f"j{start + n}", "jobId": "p", "updatedAt": "2026", "pad": "x" * 1_000}) for n in range(100)]
        await store.batch("jobs", "p", steps)
    await store.close()
    return path.read_bytes()


async def refusals(path: Path) -> list[str]:
    store = SqliteStore(str(path), clock=Clock())
    told = []
    for ask in (
        lambda: store.find("jobs", "j1", "p"), lambda: store.page("jobs", Query(order=Order("updatedAt"), page_size=1_000)),
        lambda: store.upsert("jobs", {"id": "j1", "jobId": "p"}),
    ):  # fmt: skip
        with pytest.raises(StoreMisconfigured) as refused:
            await ask()
        told.append(str(refused.value))
    await store.close()
    return told


async def test_a_damaged_file_is_told_as_what_an_operator_has_to_mend_and_is_not_made_worse(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    sound = await sound_file(path)
    damaged = sound[: len(sound) // 2]
    path.write_bytes(damaged)
    for told in await refusals(path):
        assert "is damaged" in told
        assert ".recover" in told
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("content", [b"no database at all\n" * 400, b"\0" * 8_192])
async def test_a_file_of_another_kind_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(content)
    assert all("EMBEDDED_STORE_PATH" in told for told in await refusals(path))
    assert path.read_bytes() == content


async def test_another_programs_tables_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE jobs (title TEXT)")
    db.execute("INSERT INTO jobs VALUES ('theirs')")
    db.commit()
    db.close()
    assert all("EMBEDDED_STORE_PATH" in told for told in await refusals(path))
    db = sqlite3.connect(path)
    assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("jobs",)]
    db.close()


@pytest.mark.parametrize("place", ["folder.db", "file/store.db"])
async def test_a_place_where_no_file_can_be_is_an_operators_to_mend(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder.db").mkdir()
    (tmp_path / "file").write_text("")
    assert all(str(tmp_path / place) in told for told in await refusals(tmp_path / place))


async def test_the_log_is_begun_anew_although_somebody_is_always_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_lanes, "LOG_BYTES", 2**18)
    monkeypatch.setattr(sqlite_lanes, "WRITES", 4)
    path = tmp_path / "store.db"
    store = SqliteStore(str(path), clock=Clock())
    await store.ensure_containers()
    ended, reading = threading.Event(), threading.Event()

    def read_without_end() -> None:
        """Two readers, one of whom has always begun before the other ends."""
        one, other = (sqlite3.connect(path, isolation_level=None) for _ in range(2))
        while not ended.is_set():
            other.execute("BEGIN")
            other.execute("SELECT count(*) FROM jobs").fetchone()
            if one.in_transaction:
                one.execute("COMMIT")
            one, other = other, one
            reading.set()
        one.close()
        other.close()

    readers = asyncio.create_task(asyncio.to_thread(read_without_end))
    await asyncio.to_thread(reading.wait)
    for number in range(400):
        await store.upsert("jobs", {"id": f"j{number % 7}", "jobId": "p", "pad": "x" * 20_000})
    size = os.stat(f"{path}-wal").st_size  # noqa: PTH116
    ended.set()
    await readers
    await store.close()
    assert size < 2**22, "of eight million bytes that were written"
