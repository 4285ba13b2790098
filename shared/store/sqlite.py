"""The embedded store: documents with ETags, partitions and TTL in one SQLite file, the same promises as Cosmos DB.

All statements of one operation run in one function on a thread of the store's own, in one IMMEDIATE transaction where they
write: nothing blocks the event loop, and several processes may share the file. What a query costs grows with its page and
not with its container (`sqlite_select`, `sqlite_schema`); what has expired is deleted, a few documents with each write.
"""

import contextlib
import json
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any, Final, TypeVar

from shared import observe
from shared.clock import Clock
from shared.errors import (
    AlreadyExists,
    InvalidItem,
    ItemNotFound,
    PreconditionFailed,
)
from shared.observe.metering import record_operation
from shared.store.base import (
    BatchAlreadyExists,
    BatchItemNotFound,
    BatchPreconditionFailed,
    BatchStep,
    Create,
    Document,
    Item,
    Page,
    Replace,
)
from shared.store.containers import CATALOGUE, Container
from shared.store.patching import Checked, apply_patch, checked
from shared.store.query import Condition, PatchOperation, Query
from shared.store.sqlite_expiry import Expiry
from shared.store.sqlite_lanes import Lane, Lanes
from shared.store.sqlite_query import compile_condition
from shared.store.sqlite_schema import writing
from shared.store.sqlite_select import LIVE, select

T = TypeVar("T")
KEY: Final = "partition = ? AND id = ?"
ROOM_BYTES: Final = 16_384


class SqliteStore:
    """A `Store` in the file `path`, or in memory with `:memory:`. Usable from one event loop.

    `thread` runs the statements, one after the other; by default they run in threads of the store's own (`sqlite_lanes`).
    """

    def __init__(self, path: str, *, clock: Clock, thread: Executor | None = None) -> None:
        self._clock = clock
        self._lanes = Lanes(path, thread)
        self._expiry = Expiry()

    async def read(self, container: str, item_id: str, partition: str) -> Item:
        """Point read; see the port."""
        return await self._run("reads", "read", container, lambda db: self._row(db, container, partition, item_id))

    async def find(self, container: str, item_id: str, partition: str) -> Item | None:
        """Point read or None; see the port."""
        try:
            return await self.read(container, item_id, partition)
        except ItemNotFound:
            return None

    async def create(self, container: str, body: Document) -> Item:
        """Create; see the port."""
        return await self._write("create", container, lambda db: self._create(db, container, body))

    async def replace(self, container: str, body: Document, *, if_match: str | None = None) -> Item:
        """Replace; see the port."""
        return await self._write("replace", container, lambda db: self._replace(db, container, body, if_match))

    async def upsert(self, container: str, body: Document) -> Item:
        """Create or replace; see the port."""
        return await self._write("upsert", container, lambda db: self._put(db, container, body))

    async def write_mark(self, container: str, body: Document) -> None:
        """Write it with room for another document, and then without; see the port. What is replaced in its place finds room on
        a full disk.
        """

        def work(db: sqlite3.Connection) -> None:
            self._put(db, container, {**body, "room": "x" * ROOM_BYTES})
            self._put(db, container, body)

        await self._write("upsert", container, work)

    async def patch(
        self,
        container: str,
        item_id: str,
        partition: str,
        operations: Sequence[PatchOperation],
        *,
        if_match: str | None = None,
        when: Condition | None = None,
    ) -> Item:
        """Patch; see the port."""

        def work(db: sqlite3.Connection) -> Item:
            item = self._row(db, container, partition, item_id, if_match)
            if when is not None and not self._holds(db, container, partition, item_id, when):
                raise PreconditionFailed(f"{container}: the patch's condition does not hold")
            apply_patch(item.body, operations)
            return self._put(db, container, item.body)

        return await self._write("patch", container, work)

    async def delete(self, container: str, item_id: str, partition: str, *, if_match: str | None = None) -> None:
        """Delete; see the port."""

        def work(db: sqlite3.Connection) -> None:
            self._row(db, container, partition, item_id, if_match)
            db.execute(f"DELETE FROM {container} WHERE {KEY}", (partition, item_id))  # noqa: S608  (our own name)

        await self._write("delete", container, work)

    async def batch(self, container: str, partition: str, steps: Sequence[BatchStep]) -> None:
        """All or none; see the port."""
        if not 0 < len(steps) <= 100:  # noqa: PLR2004  (the limit of Cosmos)
            raise InvalidItem(f"a batch has 1 to 100 steps, got {len(steps)}")

        def work(db: sqlite3.Connection) -> None:
            for index, step in enumerate(steps):
                if step.body.get(_known(container).partition_key) != partition:
                    raise InvalidItem(f"{container}: step {index} is of another partition")
                self._step(db, container, step, index)

        await self._write("batch", container, work)

    async def page(self, container: str, query: Query, *, partition: str | None = None, cursor: str | None = None) -> Page:
        """One page; see the port."""
        selected = select(_known(container), query, now=self._now(), partition=partition, cursor=cursor)

        def work(db: sqlite3.Connection) -> Page:
            documents: list[Document] = []
            end: list[Any] = []
            with contextlib.closing(db.execute(selected.sql, selected.parameters)) as rows:
                for picked, body, *place in rows:  # one at a time: what is not selected is not held
                    if len(documents) == query.page_size:
                        return Page(documents, selected.cursor(end))
                    document, end = selected.document(picked, body), place
                    if query.select is not None:
                        document = {name: document[name] for name in query.select if name in document}
                    documents.append(document)
            return Page(documents, None)

        return await self._run("pages", "query", container, work)

    async def ensure_containers(self) -> list[str]:
        """Create the file and its table; names every container when the table was new."""

        def work(db: sqlite3.Connection) -> list[str]:
            known = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'provisioned'").fetchone()
            db.execute("CREATE TABLE IF NOT EXISTS provisioned (at TEXT)")
            return [] if known else [container.name for container in CATALOGUE.values()]

        return await self._write("provision", "provisioned", work)

    async def update_containers(self) -> list[str]:
        """Change nothing: who opens the file brings its indexes up to date, and a document's end is written with it."""
        return []

    async def outdated_containers(self) -> list[str]:
        """Return nothing: see `update_containers`."""
        return []

    async def close(self) -> None:
        """Close the connections and end the threads."""
        await self._lanes.close()

    async def _run(self, lane: Lane, kind: str, container: str, work: Callable[[sqlite3.Connection], T]) -> T:
        record_operation(kind)
        with observe.store_call("sqlite", kind, container):
            return await self._lanes.run(lane, work)

    async def _write(self, kind: str, container: str, work: Callable[[sqlite3.Connection], T]) -> T:
        def transaction(db: sqlite3.Connection) -> T:
            with writing(db):
                result = work(db)
                self._expiry.tidy(db, container, self._now())
            self._lanes.keep_log_short(db)
            return result

        return await self._run("writes", kind, container, transaction)

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _row(self, db: sqlite3.Connection, container: str, partition: str, item_id: str, if_match: str | None = None) -> Item:
        row = db.execute(
            f"SELECT body, etag FROM {_known(container).key} WHERE {KEY} AND {LIVE}",  # noqa: S608  (our own names)
            (partition, item_id, self._now()),
        ).fetchone()
        if row is None:
            raise ItemNotFound(f"{container}: there is no such document")
        if if_match is not None and row[1] != if_match:
            raise PreconditionFailed(f"{container}: the document has changed")
        return Item(json.loads(row[0]), row[1])

    def _holds(self, db: sqlite3.Connection, container: str, partition: str, item_id: str, when: Condition) -> bool:
        sql, parameters = compile_condition(when)
        row = db.execute(
            f"SELECT {sql} FROM {container} WHERE {KEY}",  # noqa: S608  (compiled)
            (*parameters, partition, item_id),
        ).fetchone()
        return bool(row and row[0])

    def _create(self, db: sqlite3.Connection, container: str, body: Document) -> Item:
        document = checked(_known(container), body)
        try:
            self._row(db, container, document.partition, document.item_id)
        except ItemNotFound:
            return self._put(db, container, body, document)
        raise AlreadyExists(f"{container}: a document with this id exists")

    def _replace(self, db: sqlite3.Connection, container: str, body: Document, if_match: str | None) -> Item:
        document = checked(_known(container), body)
        self._row(db, container, document.partition, document.item_id, if_match)
        return self._put(db, container, body, document)

    def _put(self, db: sqlite3.Connection, container: str, body: Document, document: Checked | None = None) -> Item:
        """Write `body`; `document`: what it was checked as, where it was."""
        known = _known(container)
        item_id, partition, written = document or checked(known, body)
        text, etag = written.decode(), self._clock.new_id()
        db.execute(
            f"INSERT INTO {container} (partition, id, etag, expires_at, body) VALUES (?, ?, ?, ?, ?) "  # noqa: S608  (our own name)
            "ON CONFLICT (partition, id) "
            "DO UPDATE SET etag = excluded.etag, expires_at = excluded.expires_at, body = excluded.body",
            (partition, item_id, etag, self._expires_at(known, body), text),
        )
        return Item(json.loads(text), etag)

    def _expires_at(self, container: Container, body: Document) -> float | None:
        """As Cosmos: a document's own `ttl` counts only where the container has one; -1 is never."""
        if container.ttl_seconds is None:
            return None
        own = body.get("ttl")
        seconds = own if isinstance(own, int) else container.ttl_seconds
        return None if seconds < 0 else self._now() + seconds

    def _step(self, db: sqlite3.Connection, container: str, step: BatchStep, index: int) -> None:
        try:
            if isinstance(step, Create):
                self._create(db, container, step.body)
            elif isinstance(step, Replace):
                self._replace(db, container, step.body, step.if_match)
            else:
                self._put(db, container, step.body)
        except AlreadyExists as error:
            raise BatchAlreadyExists(f"step {index}: {error}", index=index) from None
        except PreconditionFailed as error:
            raise BatchPreconditionFailed(f"step {index}: {error}", index=index) from None
        except ItemNotFound as error:
            raise BatchItemNotFound(f"step {index}: {error}", index=index) from None


def _known(container: str) -> Container:
    try:
        return CATALOGUE[container]
    except KeyError:
        raise InvalidItem(f"there is no container with the key {container!r}") from None
