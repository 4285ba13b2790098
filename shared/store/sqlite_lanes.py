"""The connections to the embedded store's file, and the threads that they are used in.

One connection writes. Others read: one the single documents, some the pages, so that neither a long page nor another process
that writes holds up anybody (the file's log is kept ahead, "WAL": who reads sees the last whole state and takes no lock). What
was written is seen by every read that begins after it.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Final, Literal, TypeVar

from shared.errors import StoreUnavailable
from shared.store.sqlite_errors import STALE, error_of, let_in_again, place_error_of, primary_code
from shared.store.sqlite_schema import INCREMENTAL, prepare, prepare_in_memory

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
Lane = Literal["writes", "reads", "pages"]
THREADS: Final[dict[Lane, int]] = {"writes": 1, "reads": 1, "pages": 2}
MEMORY: Final = ":memory:"
STATEMENTS: Final = 256  # kept prepared
BUSY_SECONDS: Final = 5.0
PAUSE_SECONDS: Final = 0.02  # between two tries to open a file that others open
STEPS: Final = 50_000  # of a reading statement, some milliseconds: so often it looks whether the store was closed
LOG_BYTES: Final = 64 * 2**20  # the log's file is cut back to it
WRITES: Final = 64  # so often it is looked at


class Lanes:
    """Runs work on the file `path`; see the module. With `thread`, or in memory, there is one lane for everything."""

    def __init__(self, path: str, thread: Executor | None, sleep: Callable[[float], object] = time.sleep) -> None:
        self._path = path
        self._sleep = sleep
        self._thread = thread
        self._alone = thread is not None or path == MEMORY
        self._pools: dict[Lane, Executor] = {}
        self._idle: dict[Lane, list[sqlite3.Connection]] = {lane: [] for lane in THREADS}
        self._open: dict[Lane, list[sqlite3.Connection]] = {lane: [] for lane in THREADS}
        self._closed = False
        self._writes = 0

    async def run(self, lane: Lane, work: Work[T]) -> T:
        """Return what `work` returns, run in the lane's thread. Raises the store's errors."""
        if self._closed:
            raise StoreUnavailable("the store was closed")
        if self._alone:
            lane = "writes"
        return await asyncio.get_running_loop().run_in_executor(self._pool(lane), lambda: self._guarded(lane, work))

    async def close(self) -> None:
        """End the threads, break off what they read, and close the connections."""
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        if self._thread is not None:
            await loop.run_in_executor(self._thread, self._close_connections)
            self._thread.shutdown(wait=False)
        elif self._pools:
            await loop.run_in_executor(None, self._end)

    def _end(self) -> None:
        for pool in self._pools.values():
            pool.shutdown(wait=True)
        self._close_connections()

    def _close_connections(self) -> None:
        for connections in self._open.values():
            while connections:
                connections.pop().close()

    def _pool(self, lane: Lane) -> Executor:
        if self._thread is not None:
            return self._thread
        if lane not in self._pools:
            self._pools[lane] = ThreadPoolExecutor(max_workers=THREADS[lane], thread_name_prefix=f"sqlite-{lane}")
        return self._pools[lane]

    def _guarded(self, lane: Lane, work: Work[T]) -> T:
        idle = self._idle[lane]
        try:
            connection = idle.pop() if idle else self._connect(lane)
            try:
                result = work(connection)
            except sqlite3.Error as error:
                self._put_back(lane, connection, sound=primary_code(error) not in STALE)
                raise
            except BaseException:
                self._put_back(lane, connection, sound=True)
                raise
        except sqlite3.Error as error:
            raise error_of(error, self._path) from error
        except OSError as error:
            raise place_error_of(error, self._path) from error
        idle.append(connection)
        return result

    def _put_back(self, lane: Lane, connection: sqlite3.Connection, *, sound: bool) -> None:
        """Keep a connection for the next, unless what it met may be of the moment in which it was opened, as that the file was
        read-only: the next opens the file anew.
        """
        if sound or self._path == MEMORY:
            self._idle[lane].append(connection)
            return
        self._open[lane].remove(connection)
        connection.close()

    def _connect(self, lane: Lane) -> sqlite3.Connection:
        """Open the file. Where another opens it in the same moment, SQLite may refuse at once instead of waiting."""
        until = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                return self._opened(lane)
            except sqlite3.OperationalError as error:
                if primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                    raise
            self._sleep(PAUSE_SECONDS)

    def _opened(self, lane: Lane) -> sqlite3.Connection:
        if self._path != MEMORY:
            Path(self._path).parent.mkdir(parents=True, exist_ok=True)
            let_in_again(self._path)
        connection = sqlite3.connect(
            self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS
        )
        try:
            connection.execute(f"PRAGMA auto_vacuum = {INCREMENTAL}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
            if self._path == MEMORY:
                prepare_in_memory(connection)
            else:
                prepare(connection)
            if lane != "writes":
                connection.execute("PRAGMA query_only = ON")
                connection.set_progress_handler(lambda: int(self._closed), STEPS)
        except BaseException:
            connection.close()
            raise
        self._open[lane].append(connection)
        return connection

    def keep_log_short(self, connection: sqlite3.Connection) -> None:
        """Begin the log anew where it has grown beyond its limit: after a write, with the connection that wrote.

        SQLite does so by itself in a moment without a reader, and under load there may be none: this one waits for those who
        read now, as long as a write waits for another.
        """
        self._writes += 1
        if self._path == MEMORY or self._writes % WRITES:
            return
        log = Path(f"{self._path}-wal")
        with contextlib.suppress(OSError, sqlite3.OperationalError):  # the write stands; the log waits for a later one
            if log.exists() and log.stat().st_size >= LOG_BYTES:
                connection.execute("PRAGMA wal_checkpoint(RESTART)")
