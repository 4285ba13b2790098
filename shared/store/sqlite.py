"""The embedded store: documents with ETags, partitions and TTL in one SQLite file, the same promises as Cosmos DB.

All statements of one operation run in one function on the store's own thread, in one IMMEDIATE transaction where they
write: nothing blocks the event loop, and several processes may share the file.
"""

import asyncio
import base64
import json
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from shared import observe
from shared.clock import Clock
from shared.errors import (
    AlreadyExists,
    InvalidItem,
    ItemNotFound,
    PreconditionFailed,
    StoreMisconfigured,
    StoreThrottled,
    StoreUnavailable,
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
from shared.store.patching import apply_patch, check_document, encode
from shared.store.query import Condition, PatchOperation, Query
from shared.store.sqlite_query import compile_condition, path_of

T = TypeVar("T")
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS documents (
    container TEXT NOT NULL, partition TEXT NOT NULL, id TEXT NOT NULL, etag TEXT NOT NULL,
    expires_at REAL, body TEXT NOT NULL, PRIMARY KEY (container, partition, id)
) WITHOUT ROWID
"""
LIVE: Final = "container = ? AND (expires_at IS NULL OR expires_at > ?)"


class SqliteStore:
    """A `Store` in the file `path`, or in memory with `:memory:`. Usable from one event loop.

    `thread` runs the statements, one after the other; by default it is a thread of the store's own.
    """

    def __init__(self, path: str, *, clock: Clock, thread: Executor | None = None) -> None:
        self._path = path
        self._clock = clock
        self._thread = thread or ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    async def read(self, container: str, item_id: str, partition: str) -> Item:
        """Point read; see the port."""
        return await self._run("read", container, lambda db: self._row(db, container, partition, item_id))

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
            return self._put(db, container, apply_patch(item.body, operations))

        return await self._write("patch", container, work)

    async def delete(self, container: str, item_id: str, partition: str, *, if_match: str | None = None) -> None:
        """Delete; see the port."""

        def work(db: sqlite3.Connection) -> None:
            self._row(db, container, partition, item_id, if_match)
            db.execute(
                "DELETE FROM documents WHERE container = ? AND partition = ? AND id = ?",
                (container, partition, item_id),
            )

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
        sql, parameters = self._select(container, query, partition, cursor)

        def work(db: sqlite3.Connection) -> Page:
            rows = db.execute(sql, parameters).fetchall()
            more = len(rows) > query.page_size
            documents = [json.loads(row[0]) for row in rows[: query.page_size]]
            last = rows[query.page_size - 1][1:] if more else None
            if query.select is not None:
                documents = [{name: doc[name] for name in query.select if name in doc} for doc in documents]
            return Page(documents, _encode_cursor(list(last)) if last else None)

        return await self._run("query", container, work)

    async def ensure_containers(self) -> list[str]:
        """Create the file and its table; names every container when the table was new."""

        def work(db: sqlite3.Connection) -> list[str]:
            known = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'provisioned'").fetchone()
            db.execute("CREATE TABLE IF NOT EXISTS provisioned (at TEXT)")
            return [] if known else [container.name for container in CATALOGUE.values()]

        return await self._write("provision", "provisioned", work)

    async def update_containers(self) -> list[str]:
        """Change nothing: indexes are the file's own, and a time to live is looked up when a document is read."""
        return []

    async def outdated_containers(self) -> list[str]:
        """Return nothing: see `update_containers`."""
        return []

    async def close(self) -> None:
        """Close the connection and end the thread."""
        if self._closed:
            return
        self._closed = True
        if self._connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown(wait=False)

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            if self._path != ":memory:":
                Path(self._path).parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self._path, timeout=5.0, isolation_level=None, check_same_thread=False)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute(SCHEMA)
            self._connection = db
        return self._connection

    async def _run(self, kind: str, container: str, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._closed:
            raise StoreUnavailable("the store was closed")
        record_operation(kind)
        with observe.store_call("sqlite", kind, container):
            return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: self._guarded(work))

    async def _write(self, kind: str, container: str, work: Callable[[sqlite3.Connection], T]) -> T:
        def transaction(db: sqlite3.Connection) -> T:
            db.execute("BEGIN IMMEDIATE")
            try:
                result = work(db)
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
            return result

        return await self._run(kind, container, transaction)

    def _guarded(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return work(self._open())
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                raise StoreThrottled(f"the embedded store is busy: {error}") from error
            if "readonly" in str(error) or "unable to open" in str(error):
                raise StoreMisconfigured(f"the embedded store at {self._path}: {error}") from error
            raise StoreUnavailable(f"the embedded store at {self._path} failed: {error}") from error
        except (sqlite3.DatabaseError, OSError) as error:
            raise StoreUnavailable(f"the embedded store at {self._path} failed: {error}") from error

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _row(self, db: sqlite3.Connection, container: str, partition: str, item_id: str, if_match: str | None = None) -> Item:
        row = db.execute(
            f"SELECT body, etag FROM documents WHERE {LIVE} AND partition = ? AND id = ?",  # noqa: S608  (a constant)
            (container, self._now(), partition, item_id),
        ).fetchone()
        if row is None:
            raise ItemNotFound(f"{container}: there is no such document")
        if if_match is not None and row[1] != if_match:
            raise PreconditionFailed(f"{container}: the document has changed")
        return Item(json.loads(row[0]), row[1])

    def _holds(self, db: sqlite3.Connection, container: str, partition: str, item_id: str, when: Condition) -> bool:
        sql, parameters = compile_condition(when)
        row = db.execute(
            f"SELECT {sql} FROM documents WHERE container = ? AND partition = ? AND id = ?",  # noqa: S608  (compiled)
            (*parameters, container, partition, item_id),
        ).fetchone()
        return bool(row and row[0])

    def _create(self, db: sqlite3.Connection, container: str, body: Document) -> Item:
        item_id, partition = check_document(_known(container), body)
        try:
            self._row(db, container, partition, item_id)
        except ItemNotFound:
            return self._put(db, container, body)
        raise AlreadyExists(f"{container}: a document with this id exists")

    def _replace(self, db: sqlite3.Connection, container: str, body: Document, if_match: str | None) -> Item:
        item_id, partition = check_document(_known(container), body)
        self._row(db, container, partition, item_id, if_match)
        return self._put(db, container, body)

    def _put(self, db: sqlite3.Connection, container: str, body: Document) -> Item:
        known = _known(container)
        item_id, partition = check_document(known, body)
        text, etag = encode(known, body).decode(), self._clock.new_id()
        db.execute(
            "INSERT OR REPLACE INTO documents (container, partition, id, etag, expires_at, body) VALUES (?, ?, ?, ?, ?, ?)",
            (container, partition, item_id, etag, self._expiry(known, body), text),
        )
        return Item(json.loads(text), etag)

    def _expiry(self, container: Container, body: Document) -> float | None:
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

    def _select(self, container: str, query: Query, partition: str | None, cursor: str | None) -> tuple[str, list[Any]]:
        where, parameters = compile_condition(query.where)
        clauses, values = [LIVE, where], [_known(container).key, self._now(), *parameters]
        if partition is not None:
            clauses.append("partition = ?")
            values.append(partition)
        key = f"json_extract(body, {path_of(query.order.field)})" if query.order else "''"
        if query.order:
            clauses.append(f"json_type(body, {path_of(query.order.field)}) NOT IN ('null', 'array', 'object')")
        down = bool(query.order and query.order.descending)
        if cursor is not None:
            clauses.append(f"({key}, id, partition) {'<' if down else '>'} (?, ?, ?)")
            values.extend(_decode_cursor(cursor))
        word = "DESC" if down else "ASC"
        sql = (
            f"SELECT body, {key}, id, partition FROM documents WHERE {' AND '.join(clauses)} "  # noqa: S608  (compiled)
            f"ORDER BY {key} {word}, id {word}, partition {word} LIMIT ?"
        )
        return sql, [*values, query.page_size + 1]


def _known(container: str) -> Container:
    try:
        return CATALOGUE[container]
    except KeyError:
        raise InvalidItem(f"there is no container with the key {container!r}") from None


def _encode_cursor(last: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(last).encode()).decode()


def _decode_cursor(cursor: str) -> list[Any]:
    """Raises ValueError on a cursor that is not ours."""
    last = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    if not isinstance(last, list) or len(last) != 3 or not all(isinstance(v, str | int | float) for v in last):  # noqa: PLR2004
        raise ValueError("not a cursor of this store")
    return last
