"""What lists, groups, looks and loads cost as the work grows: by the thousand, by ten thousand, by a hundred thousand.

Over the embedded store; beside it the bare query of the same page, SQL that the same file answers from the same index. Counted
are the store's operations, which must not grow at all, and timed are medians of seconds of CPU, which may grow by a logarithm.
`--full` goes to a million: some twenty minutes of CPU, and 4 GB of disk in `TMPDIR`.
"""

import asyncio
import gc
import json
import logging
import sqlite3
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from agents.api.http import Request
from bench import scale_documents as documents
from bench import scale_large
from bench.report import Report
from shared.observe.metering import Usage, measure
from shared.store.containers import (
    BACKGROUND_JOBS,
    CATALOGUE,
    DEAD_LETTERS,
    JOBS,
    RUNS,
    SCRAPED_ITEMS,
    TASTE,
    USER_PROFILES,
)
from shared.store.patching import encode
from shared.store.query import Compare, Order, Query
from shared.store.sqlite import SqliteStore
from shared.store.sqlite_schema import writing
from tests.fakes.clock import VirtualTime
from tests.faults.world import World

SIZES, FULL_SIZES, TINY_SIZES = (1_000, 10_000, 100_000), (1_000, 10_000, 100_000, 1_000_000), (100, 200)
OTHERS: Final = (1_000, 10_000)  # of what no figure is promised for: profiles, runs, items
PROMISED: Final = 100_000  # of which the figures are
TURNS: Final = 5
STEADY: Final = ("page of 100", "a user's", "failed for one reason", "status", "reconciler")
PAGE: Final = 100
CACHE_KIB: Final = 512 * 1024  # while it is filled
SLOW_SECONDS: Final = 2.0  # what takes longer is not asked again

Ask = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class Row:
    """One thing that is asked: its operations and seconds of CPU by size."""

    operations: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """Times the largest takes longer than the smallest."""
        return self.seconds[-1] / self.seconds[0]

    def cells(self) -> Iterator[str]:
        """Yield the operations and the milliseconds of each size."""
        for operations, seconds in zip(self.operations, self.seconds, strict=True):
            yield f"{operations or '':>5}{' op' if operations else '':3}{seconds * 1e3:9.2f} ms"


class Table:
    """What was measured, by what was asked, in columns by size."""

    def __init__(self, report: Report, sizes: tuple[int, ...], what: str) -> None:
        self._report, self._sizes, self._what = report, sizes, what
        self.rows: dict[str, Row] = {}

    async def ask(self, name: str, ask: Ask, *, turns: int = TURNS) -> Usage:
        """Ask some times, and keep the operations of the first, which are returned, and the median of the seconds."""
        self._report.progress(f"scale: {self._what}: {name}")
        row = self.rows.setdefault(name, Row())
        with measure() as usage:
            seconds = [await worked(ask)]
        row.operations.append(usage.operations)
        while len(seconds) < turns and seconds[0] < SLOW_SECONDS:
            seconds.append(await worked(ask))
        row.seconds.append(median(seconds))
        return usage

    def show(self) -> None:
        """Print it: how often longer the largest takes than the smallest, also as a multiple of the bare query's growth."""
        bare = next(iter(self.rows.values())).growth
        heads = "".join(f"{f'{size:,}':>20}" for size in self._sizes)
        self._report.say(f"{self._what}{'':{max(0, 30 - len(self._what))}}{heads}   growth   to the bare query's")
        for name, row in self.rows.items():
            self._report.say(f"  {name:28}{''.join(row.cells())}   {row.growth:6.1f}   {row.growth / bare:6.1f}")

    def promised(self) -> int:
        """The place of the largest size of which something is promised."""
        return max(place for place, size in enumerate(self._sizes) if size <= PROMISED)

    def more_operations(self, names: Iterable[str]) -> int:
        """How many operations that size takes more than the smallest, of the row where that is most."""
        place = self.promised()
        return max(self.rows[name].operations[place] - self.rows[name].operations[0] for name in names)


async def worked(ask: Ask) -> float:
    """Return seconds of CPU, of all threads: what others on the machine do does not count."""
    started = time.process_time()
    await ask()
    return time.process_time() - started


async def fill(store: SqliteStore, container: str, made: Iterable[dict[str, Any]]) -> None:
    """Store documents that are not there yet, many in a transaction: rows as the app writes them, with room for the indexes."""
    waiting, known = iter(made), CATALOGUE[container]
    sql = f"INSERT INTO {container} (partition, id, etag, expires_at, body) VALUES (?, ?, ?, ?, ?)"  # noqa: S608  (our own name)

    def row(body: dict[str, Any]) -> tuple[Any, ...]:
        expires = store._expires_at(known, body)
        return body[known.partition_key], body["id"], store._clock.new_id(), expires, encode(known, body).decode()

    def some(db: sqlite3.Connection) -> int:
        db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        rows = [row(body) for body in islice(waiting, documents.AT_ONCE)]
        with writing(db):
            db.executemany(sql, rows)
        return len(rows)

    while await store._lanes.run("writes", some) == documents.AT_ONCE:
        pass


class Bare:
    """The floor: the file asked by SQL alone."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, cached_statements=256)

    def page(self, table: str, key: str) -> Ask:
        """Return what reads a page of a table, newest first."""
        where = f'"$.{key}" IS NOT NULL'
        sql = f'SELECT body FROM {table} WHERE {where} ORDER BY "$.{key}" DESC, id DESC LIMIT {PAGE + 1}'  # noqa: S608

        async def ask() -> None:
            [json.loads(body) for (body,) in self._db.execute(sql).fetchall()]

        return ask

    def close(self) -> None:
        self._db.close()


class Place:
    """A file with its world, in a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path, self.time = folder / f"{name}.db", VirtualTime()
        self.store: Any = SqliteStore(str(self.path), clock=self.time.clock())
        self.store.time = self.time
        self.world = World(self.store)

    async def ready(self) -> "Place":
        for kind in self.world.wiring.runners.values():
            for queue in (kind.kind.queue, kind.kind.dead_letter_queue):
                await self.world.queues.ensure(queue)
        await self.world.queues.ensure("run-commands")
        return self

    def endpoint(self, name: str, **query: str) -> Ask:
        async def ask() -> None:
            answer = await self.world.wiring.api.answer(name, Request(b"", query, {}, {}))
            if answer.status not in {200, 503}:
                raise AssertionError(f"{name} answered {answer.status}: {answer.body[:300]!r}")

        return ask


async def dead_letters(report: Report, folder: Path, sizes: tuple[int, ...]) -> None:
    """Lists, groups, status and note, with ever more open dead letters."""
    table, peaks = Table(report, sizes, "dead letters, all open"), []
    page_ratio = list_ratio = 0.0
    for size in sizes:
        place = await Place(folder, f"dead{size}").ready()
        report.progress(f"scale: {size:,} dead letters stored")
        await fill(place.store, DEAD_LETTERS.key, documents.dead_letters(size, place.time.at))
        bare = Bare(place.path)
        floor, listed = bare.page(DEAD_LETTERS.key, "createdAt"), place.endpoint("get_dead_letters", limit=str(PAGE))
        grouped = place.endpoint("get_dead_letters", groupBy="fingerprint")
        asked = {"status": "open", "reason": "image_unreachable", "limit": str(PAGE)}
        await table.ask("bare query of a page", floor)
        await table.ask("page of 100", listed)
        await table.ask("page, by status and reason", place.endpoint("get_dead_letters", **asked))
        await table.ask("a user's", place.endpoint("get_dead_letters", userId="user-7"))
        await table.ask("grouped by cause", grouped)
        await table.ask("status", place.endpoint("get_status"))
        await table.ask("incident note", place.endpoint("get_incident_note"))
        if size in sizes[:2]:  # tracing is slow
            peaks.append(await peak(grouped))
        newest = Query(order=Order("createdAt", descending=True), page_size=PAGE)
        page_ratio = await in_turns(lambda place=place, ask=newest: place.store.page(DEAD_LETTERS.key, ask), floor)  # type: ignore[misc]
        list_ratio = await in_turns(listed, floor)
        bare.close()
        await place.store.close()
        place.path.unlink()
    table.show()
    growth, grown = table.rows["page of 100"].growth, peaks[-1] - peaks[0]
    promised, seconds = sizes[table.promised()], table.rows["grouped by cause"].seconds[table.promised()]
    most, least = f"{sizes[-1]:,}", f"{sizes[0]:,}"
    report.figure("scale.page_growth", growth, f"a page of {most}, to one of {least}: {growth:.1f}")
    report.figure("scale.page_to_bare", page_ratio, f"CPU of the store's page of {most}, to the bare query: {page_ratio:.1f}")
    report.figure("scale.list_to_bare", list_ratio, f"CPU of the endpoint's list, to the bare query: {list_ratio:.1f}")
    report.figure("scale.grouping_s", seconds, f"grouping {promised:,} by cause: {seconds:.1f} s of CPU")
    text = f"memory of grouping {sizes[1]:,}, above that of grouping {least}: {grown:.1f} MiB"
    report.figure("scale.grouping_memory_mib", grown, text)


async def in_turns(ask: Ask, floor: Ask) -> float:
    """Return the ratio of the CPU of the two, asked in turns: of medians, in which what else the machine does counts least."""
    gc.collect()
    gc.disable()  # or one of the two pays for what both, and all before them, have left
    pairs = [(await worked(ask), await worked(floor)) for _ in range(10 * TURNS)]
    gc.enable()
    return median(one for one, _ in pairs) / median(other for _, other in pairs)


async def peak(ask: Ask) -> float:
    """Return what is held at most, in MiB."""
    gc.collect()
    tracemalloc.start()
    await ask()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 2**20


async def jobs(report: Report, folder: Path, sizes: tuple[int, ...]) -> None:
    """Lists, looks, status and the reconciler, with ever more jobs in the windows."""
    table, queries = Table(report, sizes, "jobs of the last six hours"), []
    for size in sizes:
        place = await Place(folder, f"jobs{size}").ready()
        report.progress(f"scale: {size:,} jobs stored")
        for container in (JOBS, BACKGROUND_JOBS):
            await fill(place.store, container.key, documents.jobs(size // 2, place.time.at, container.key))
        await fill(place.store, RUNS.key, documents.daily_runs(place.time.at))
        bare = Bare(place.path)
        await table.ask("bare query of a page", bare.page(JOBS.key, "generation"))
        await table.ask("page of 100", place.endpoint("get_jobs", limit=str(PAGE)))
        await table.ask("a user's", place.endpoint("get_jobs", userId="user-7"))
        await table.ask("failed for one reason", place.endpoint("get_jobs", status="failed", reason="image_unreachable"))
        one, number = next(documents.jobs(1, place.time.at, JOBS.key)), count()

        async def store_one(store: Any = place.store, one: Any = one, number: Any = number) -> None:
            key = documents.key_of(-1 - next(number))
            await store.create(JOBS.key, {**one, "id": key, "jobId": key})

        await table.ask("a job stored", store_one)
        collector = place.world.wiring.watch.collector

        async def look(collector: Any = collector, place: Any = place) -> None:
            await collector.collect(counting=True)
            place.time.advance(300)

        queries.append((await table.ask("first look", look, turns=1)).kinds["query"])
        await table.ask("later look", look)
        await table.ask("status", place.endpoint("get_status"))
        await table.ask("reconciler", lambda place=place: place.world.wiring.reconciler.run(dry_run=True))
        bare.close()
        await place.store.close()
        place.path.unlink()
    table.show()
    more, promised = table.more_operations(STEADY), sizes[table.promised()]
    text = f"operations of a list, the status or the reconciler among {promised:,}, more than among {sizes[0]:,}: {more}"
    report.figure("scale.more_operations", more, text)
    asked = queries[table.promised()]
    report.figure("scale.look_queries", asked, f"a first look with {promised:,} jobs in its windows: {asked} queries")


async def others(report: Report, folder: Path, sizes: tuple[int, ...]) -> None:
    """Profiles, runs and scraped items: pages of each, the sweep of what has faded, and the library of items."""
    table = Table(report, sizes, "profiles, runs, items")
    for size in sizes:
        place = await Place(folder, f"others{size}").ready()
        report.progress(f"scale: {size:,} profiles, runs and items stored")
        at, store = place.time.at, place.store
        await fill(store, USER_PROFILES.key, ({"id": f"user-{n}"} for n in range(size)))
        await fill(store, TASTE.key, documents.taste(size, at))
        await fill(store, RUNS.key, documents.runs(size, at))
        await fill(store, SCRAPED_ITEMS.key, documents.items(size, at))
        bare = Bare(place.path)
        pending = Query(where=Compare("embeddingPending", "=", value=True), page_size=PAGE)
        await table.ask("bare query of a page", bare.page(RUNS.key, "plannedAt"))
        await table.ask("page of users", lambda store=store: store.page(USER_PROFILES.key, Query(page_size=PAGE)))
        await table.ask("page of runs", place.endpoint("get_runs", limit=str(PAGE)))
        await table.ask("runs of a timer", place.endpoint("get_runs", timer="digest", limit=str(PAGE)))
        await table.ask(
            "items without embedding", lambda store=store, ask=pending: store.page(SCRAPED_ITEMS.key, ask, partition="global")
        )
        sweep = place.world.wiring.chores["sweep-taste"]
        await sweep()  # which looks for profiles of older builds, once a month
        await table.ask("sweep, nothing due", sweep)
        place.time.advance(2 * documents.HOURS.total_seconds())
        await table.ask(f"sweep, {documents.DUE} due", sweep, turns=1)
        await scale_large.library(report, place, size)
        bare.close()
        await place.store.close()
        place.path.unlink()
    table.show()


def run(report: Report) -> None:
    """Report all."""
    sizes = TINY_SIZES if report.tiny else FULL_SIZES if report.full else SIZES
    few = sizes if report.tiny or report.full else OTHERS
    with TemporaryDirectory() as folder, quiet():
        for part, of in ((dead_letters, sizes), (jobs, sizes), (others, few), (wardrobe, few)):
            asyncio.run(part(report, Path(folder), of))


async def wardrobe(report: Report, folder: Path, _: tuple[int, ...]) -> None:
    """A digest of ten thousand garments."""
    place = await Place(folder, "wardrobe").ready()
    await scale_large.wardrobe(report, place, fill, 200 if report.tiny else scale_large.WARDROBE_ITEMS)
    await place.store.close()


@contextmanager
def quiet() -> Iterator[None]:
    """Leave out what the app logs of documents that nobody made happen."""
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
