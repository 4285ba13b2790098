"""Deletes what has expired from the embedded store, a few documents with each write, and gives the room back, too.

A write adds one document and takes away up to `AT_ONCE` of its own container's, so that what expires never piles up; and as
many of another container's, in turn, so that those that nobody writes to are looked at as well.
"""

import itertools
import sqlite3
from typing import Final

from shared.store.containers import CATALOGUE

AT_ONCE: Final = 8
SPARE_PAGES: Final = 256  # of 4 KiB: new documents take them
GIVEN_BACK: Final = 32  # pages a write, while there are more to spare
EXPIRING: Final = tuple(container.key for container in CATALOGUE.values() if container.ttl_seconds is not None)


class Expiry:
    """Whose turn it is; see the module."""

    def __init__(self) -> None:
        self._turns = itertools.cycle(EXPIRING)

    def tidy(self, db: sqlite3.Connection, container: str, now: float) -> None:
        """Delete a few expired documents; within the write's transaction. `now`: in seconds since 1970."""
        tables = {next(self._turns), *({container} & set(EXPIRING))}
        for table in sorted(tables):
            expired = f"SELECT seq FROM {table} WHERE expires_at <= ? LIMIT {AT_ONCE}"  # noqa: S608  (our own names)
            db.execute(f"DELETE FROM {table} WHERE seq IN ({expired})", (now,))  # noqa: S608  (our own names)
        spare = db.execute("PRAGMA freelist_count").fetchone()[0] - SPARE_PAGES
        for _ in range(min(spare, GIVEN_BACK)):  # one by one: the driver takes one step of this statement
            db.execute("PRAGMA incremental_vacuum(1)")
