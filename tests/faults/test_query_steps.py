"""No query of the app takes more steps among ten times as many documents, but to find more: steps of SQLite's own machine.

The plans of `test_query_plans` say that an index is used; this says that it is one which finds few.
"""

import sqlite3
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from agents.dead_letters.open_records import OPEN
from agents.dead_letters.record import last_written_by
from agents.users.holdings import holdings_of
from bench import scale_documents as documents
from shared.clock import to_iso
from shared.store.containers import (
    BACKGROUND_JOBS,
    CATALOGUE,
    DEAD_LETTERS,
    DIGESTS,
    JOBS,
    OPERATIONS,
    PICTURES,
    RUNS,
    TASTE,
    USER_PROFILES,
)
from shared.store.patching import encode
from shared.store.query import AllOf, Compare, Exists, Order, Query
from shared.store.sqlite_schema import prepare
from shared.store.sqlite_select import select
from tests.fakes.clock import VirtualTime
from tests.faults.test_query_plans import SOURCES, Asked, Listening, ask_everything

FEW, MANY = 200, 2_000
AT = VirtualTime().at
STEP = 20
ACCEPTED = (  # what is looked through besides what is found
    {"reason", "sourceQueue"},  # the dead letters of a reason, of all queues
    {"status", "nextAttemptAt"},  # the jobs that failed and wait: the reconciler's, oldest first
)
OF_OLDER_BUILDS = AllOf((Compare("type", "=", "profile"), Exists("reviewAt", exists=False)))  # looked for once a month


def stored(count: int) -> sqlite3.Connection:
    """Return a file with so many documents in each container."""
    spread = [to_iso(AT - timedelta(minutes=number * 10_000 / count)) for number in range(count)]
    made: dict[str, Iterable[dict[str, Any]]] = {
        DEAD_LETTERS.key: documents.dead_letters(count, AT), TASTE.key: documents.taste(count, AT),
        JOBS.key: documents.jobs(count, AT, JOBS.key), RUNS.key: documents.runs(count, AT),
        BACKGROUND_JOBS.key: documents.jobs(count, AT, BACKGROUND_JOBS.key),
        USER_PROFILES.key: ({"id": f"user-{number}"} for number in range(count)),
        DIGESTS.key: ({"id": f"d{n}", "userId": f"user-{n % 5_000}", "generatedAt": at} for n, at in enumerate(spread)),
        PICTURES.key: ({"id": f"p{n}", "createdAt": at} for n, at in enumerate(spread)),
        OPERATIONS.key: (
            {"id": "o", "operationId": f"o{n}", "type": "operation" if n % 2 else "audit", "status": "done", "createdAt": at}
            for n, at in enumerate(spread)
        ),
    }  # fmt: skip
    db = sqlite3.connect(":memory:", isolation_level=None)
    prepare(db)
    for key, found in made.items():
        container = CATALOGUE[key]
        rows = [(one[container.partition_key], one["id"], encode(container, one).decode()) for one in found]
        db.executemany(f"INSERT INTO {key} (partition, id, etag, body) VALUES (?, ?, 'e', ?)", rows)  # noqa: S608
    return db


def steps(db: sqlite3.Connection, asked: Asked) -> tuple[int, int]:
    """Return the steps of a query's first page, and the rows that it has found."""
    container, query, partition = asked
    chosen = select(CATALOGUE[container], query, now=AT.timestamp(), partition=partition)
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += STEP
        return 0

    db.set_progress_handler(count, STEP)
    rows = db.execute(chosen.sql, chosen.parameters).fetchall()
    db.set_progress_handler(None, 0)
    return max(taken, STEP), max(len(rows), 1)


async def everything_asked() -> dict[str, Asked]:
    store = Listening(VirtualTime())
    await ask_everything(store)
    asked = dict(store.asked)
    for holding in holdings_of("user-7"):
        asked[f"holding {holding}"] = (holding.container.key, holding.query, holding.partition)
    for source in SOURCES:
        where = AllOf((Compare(source.field, ">=", to_iso(AT - timedelta(minutes=10))), Compare(source.field, "<", to_iso(AT))))
        query = Query(where=where, order=Order(source.field) if source.ordered else None)
        asked[f"source {source.name}"] = (source.container, query, None)
    expiring = AllOf((OPEN, last_written_by(AT - timedelta(days=83))))
    asked["of more open dead letters than are read, those that expire"] = (
        DEAD_LETTERS.key, Query(where=expiring, order=Order("createdAt")), None
    )  # fmt: skip
    return asked


def accepted(asked: Asked) -> bool:
    fields = {getattr(part, "field", "") for part in getattr(asked[1].where, "parts", ())}
    return any(fields.issuperset(one) for one in ACCEPTED) or asked[1].where == OF_OLDER_BUILDS


async def test_no_query_takes_more_steps_among_ten_times_as_many_but_to_find_more() -> None:
    asked = await everything_asked()
    few, many = stored(FEW), stored(MANY)
    grown = {}
    for name, one in asked.items():
        (before, found_then), (after, found) = steps(few, one), steps(many, one)
        if after > 2 * before and after / found > 2 * before / found_then and not accepted(one):
            grown[name] = (before, after, found_then, found)
    few.close()
    many.close()
    assert len(asked) > 100
    assert not grown
