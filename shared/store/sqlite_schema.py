"""The tables of the embedded store's file: one a container, its indexes, and the upgrade of files of an older form.

A field that the catalogue's `finds` name is a column, computed from the document and stored in indexes alone. An older form
had one table for all, in the order of the keys: its documents are moved, in one transaction, when the file is first opened. In
its table's place stands a view of all tables that takes writes too: an older build beside this one, or after it, reads and
writes the same documents.
"""

import functools
import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from shared.errors import StoreMisconfigured
from shared.observe.log import log_event
from shared.store.containers import CATALOGUE, Container, Find
from shared.store.sqlite_query import Columns, path_of

_copying = threading.Lock()  # stores of several threads copy one blank
logger = logging.getLogger(__name__)
FORM: Final = 2  # of the file, in its `user_version`
PREFIX: Final = "find_"
UNREADABLE: Final = "unreadable_documents"  # of an older file: what is no JSON, or of no container; nobody reads it
OPENING_MS: Final = 120_000  # another process may be moving documents
INCREMENTAL: Final = 2  # of `auto_vacuum`
STORED: Final = frozenset({"id", "partition"})


@contextmanager
def writing(db: sqlite3.Connection) -> Iterator[None]:
    """A transaction that writes, all or nothing: also where it is the end of it that fails, as on a full disk."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # some failures have ended it already
            db.execute("ROLLBACK")
        raise


def prepare_in_memory(db: sqlite3.Connection) -> None:
    """Make an empty database in memory one of this build's form: a copy, in a tenth of the time that making it takes."""
    with _copying:
        _blank().backup(db)


@functools.cache
def _blank() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    db.execute(f"PRAGMA auto_vacuum = {INCREMENTAL}")
    prepare(db)
    return db


def prepare(db: sqlite3.Connection) -> None:
    """Bring a file to this build's form: tables, indexes, documents of an older form. Of several processes one does it.

    Raises `StoreMisconfigured` for a file of a newer form.
    """
    if not _is_current(db):
        usual = db.execute("PRAGMA busy_timeout").fetchone()[0]
        db.execute(f"PRAGMA busy_timeout = {OPENING_MS}")
        with writing(db):
            moved = _bring_up_to_date(db)
        if moved is not None:
            log_event(logger, "the embedded store's file was upgraded", documents=moved)
        db.execute(f"PRAGMA busy_timeout = {usual}")
    _make_it_shrink(db)


def indexes_of(container: Container) -> dict[str, str]:
    """Return the SQL of a container's indexes by name."""
    table = container.key
    made = {f"{table}_key": f"CREATE UNIQUE INDEX {table}_key ON {table} (partition, id)"}
    if container.ttl_seconds is not None:
        name = f"{table}_expires"
        made[name] = f"CREATE INDEX {name} ON {table} (expires_at) WHERE expires_at IS NOT NULL"
    for find in container.finds:
        fields = (*((find.flag,) if find.flag else ()), *find.equal, *((find.by,) if find.by else ()))
        name = f"{PREFIX}{table}_{'_'.join(fields).replace('.', '_')}"
        made[name] = f"CREATE INDEX {name} ON {table} ({', '.join(_columns(container, find))}){_only(container, find)}"
    for field in container.persons:
        name = f"{PREFIX}{table}_person_{field.replace('.', '_')}"
        value = columns_of(container)[field]
        made[name] = f"CREATE INDEX {name} ON {table} ({value}) WHERE {value} IS NOT NULL"
    return made


@functools.cache
def columns_of(container: Container) -> Columns:
    """Return the columns of a container's table by the fields that they have."""
    named = {field for find in container.finds for field in (find.by, find.flag, *find.equal, *find.seen) if field is not None}
    return {
        **{field: f'"$.{field}"' for field in sorted({*named, *container.persons})},
        "id": "id",
        container.partition_key: "id" if container.partition_key == "id" else "partition",
    }


def _columns(container: Container, find: Find) -> list[str]:
    """What is given, what is ordered by, and the keys: pages go on behind a key, whatever is equal before it.

    Behind a field and an id stands the `seq` of the row, which every index of SQLite ends in.
    """
    columns = columns_of(container)
    flag = [columns[find.flag]] if find.flag else []
    equal = [columns[field] for field in find.equal]
    tail = [columns[find.by], "id"] if find.by else ["partition", "id"]
    seen = ["seq", *(columns[field] for field in find.seen)] if find.seen else []
    return [*flag, *equal, *(column for column in tail if column not in equal), *seen]


def _only(container: Container, find: Find) -> str:
    """Leave out the documents that the index cannot find, where they would stand before all others."""
    columns = columns_of(container)
    only = [f"{columns[find.flag]} = 1"] if find.flag else []
    only += [f"{columns[find.equal[0]]} IS NOT NULL"] if find.rare else []
    only += [f"{columns[find.by]} IS NOT NULL"] if find.by and not find.equal else []
    return f" WHERE {' AND '.join(only)}" if only else ""


def _is_current(db: sqlite3.Connection) -> bool:
    form = db.execute("PRAGMA user_version").fetchone()[0]
    if form > FORM:
        raise StoreMisconfigured(
            f"the embedded store's file is of form {form}, which a newer build wrote; this one knows {FORM}"
        )
    return form == FORM and _indexes(db) == _wanted()


def _wanted() -> dict[str, str]:
    return {name: sql for container in CATALOGUE.values() for name, sql in indexes_of(container).items()}


def _indexes(db: sqlite3.Connection) -> dict[str, str]:
    return dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"))


def _bring_up_to_date(db: sqlite3.Connection) -> int | None:
    """Returns how many documents of an older form were moved, None where the file was not of one."""
    for container in CATALOGUE.values():
        db.execute(
            f"CREATE TABLE IF NOT EXISTS {container.key} (seq INTEGER PRIMARY KEY, partition TEXT NOT NULL, id TEXT NOT NULL, "
            f"etag TEXT NOT NULL, expires_at REAL, body TEXT NOT NULL{''.join(_computed(container).values())})"
        )
        _add_columns(db, container)
    older = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'documents' AND type = 'table'").fetchone()
    moved = _move(db) if older else None
    wanted, there = _wanted(), _indexes(db)
    for name in there.keys() - {name for name, sql in wanted.items() if there.get(name) == sql}:
        db.execute(f"DROP INDEX {name}")
    for name, sql in wanted.items():
        if there.get(name) != sql:
            db.execute(sql)
    _keep_older_builds_going(db)
    db.execute(f"PRAGMA user_version = {FORM}")
    return moved


def _add_columns(db: sqlite3.Connection, container: Container) -> None:
    there = {row[1] for row in db.execute(f"PRAGMA table_xinfo({container.key})")}
    for name, sql in _computed(container).items():
        if name not in there:
            db.execute(f"ALTER TABLE {container.key} ADD COLUMN {sql.removeprefix(', ')}")


def _computed(container: Container) -> dict[str, str]:
    """Return the SQL of the columns that are computed from the document, by name, each behind a comma."""
    return {
        name: f", {column} GENERATED ALWAYS AS (json_extract(body, {path_of(field)})) VIRTUAL"
        for field, column in columns_of(container).items() if (name := column.strip('"')) not in STORED
    }  # fmt: skip


def _move(db: sqlite3.Connection) -> int:
    moved = 0
    for key in CATALOGUE:
        moved += db.execute(
            f"INSERT INTO {key} (partition, id, etag, expires_at, body) SELECT partition, id, etag, expires_at, body "  # noqa: S608  (our own name)
            "FROM documents WHERE container = ? AND json_valid(body)",
            (key,),
        ).rowcount
    keys = ", ".join("?" * len(CATALOGUE))
    left = f"FROM documents WHERE container NOT IN ({keys}) OR NOT json_valid(body)"
    if db.execute(f"SELECT 1 {left} LIMIT 1", tuple(CATALOGUE)).fetchone():
        db.execute(f"CREATE TABLE {UNREADABLE} AS SELECT * {left}", tuple(CATALOGUE))
        log_event(logger, f"not all documents could be moved; the others are in {UNREADABLE}", level=logging.ERROR)
    db.execute("DROP TABLE documents")
    return moved


def _keep_older_builds_going(db: sqlite3.Connection) -> None:
    """Put a view and its triggers in the place of the table that older builds ask."""
    db.execute("DROP VIEW IF EXISTS documents")  # and its triggers
    all_of_them = " UNION ALL ".join(
        f"SELECT '{key}' AS container, partition, id, etag, expires_at, body FROM {key}"  # noqa: S608  (our own names)
        for key in CATALOGUE
    )
    db.execute(f"CREATE VIEW documents AS {all_of_them}")
    added = "; ".join(
        f"INSERT OR REPLACE INTO {key} (partition, id, etag, expires_at, body) "
        f"SELECT NEW.partition, NEW.id, NEW.etag, NEW.expires_at, NEW.body WHERE NEW.container = '{key}'"
        for key in CATALOGUE
    )
    db.execute(f"CREATE TRIGGER documents_added INSTEAD OF INSERT ON documents BEGIN {added}; END")
    gone = "; ".join(
        f"DELETE FROM {key} WHERE OLD.container = '{key}' AND partition = OLD.partition AND id = OLD.id"  # noqa: S608  (our own names)
        for key in CATALOGUE
    )
    db.execute(f"CREATE TRIGGER documents_gone INSTEAD OF DELETE ON documents BEGIN {gone}; END")


def _make_it_shrink(db: sqlite3.Connection) -> None:
    """Rewrite a file once, so that it can give back what it does not use. Where somebody else is busy, it stays as it is until
    it is opened again: also where whoever upgraded it was killed before this.
    """
    if db.execute("PRAGMA auto_vacuum").fetchone()[0] == INCREMENTAL:
        return
    try:
        db.execute(f"PRAGMA auto_vacuum = {INCREMENTAL}")
        db.execute("VACUUM")
    except sqlite3.OperationalError as error:
        log_event(logger, "the embedded store's file keeps its size", level=logging.WARNING, cause=str(error))
