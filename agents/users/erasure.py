"""Erases all that is kept of a person, as an operation that is audited, survives any crash, and leaves a receipt.

Trigger: `DELETE /api/ops/users/{userId}` stores the operation and sends a command; queue `RUN_COMMANDS_QUEUE_NAME` carries it
out, a body `{"erasure": id}`. Reads and writes: every container of `holdings`. Fails: in an outage the command comes again.

First it is noted that the person is erased, under a hash of their id: messages from before that, whenever they come, are
dropped (`agents.jobs.erased`). Then what there is gets counted, and erased container by container; erasing twice is harmless.
A worker that was in the middle of something may still write: so a second pass comes after every lease and retry of that time
has ended, and another one as long as a pass has found anything; that it has is noted before it erases, since it may die, take
several steps, or be at work twice. Then the operation forgets who it was about, and stays as the receipt. What stands in the
queues goes with its delivery.
"""

import asyncio
import contextlib
import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from agents.audit import audit_document
from agents.jobs.erased import erased_id, subject_of
from agents.users.holdings import Holding, holdings_of
from shared.clock import Clock, from_iso, to_iso
from shared.errors import AlreadyExists, ItemNotFound, PreconditionFailed, RetryableError
from shared.observe.log import log_event
from shared.queues.base import Queues
from shared.store.base import Create, Document, Item, Replace, Store
from shared.store.containers import OPERATIONS
from shared.store.query import AllOf, Compare, Query, Set
from shared.store.reading import every
from shared.store.updates import update

logger = logging.getLogger(__name__)
SETTLE: Final = timedelta(minutes=25)  # longer than a lease and the longest pause between two deliveries
TIME: Final = timedelta(minutes=3)  # of one step, well below the host's limit for one invocation
OUTAGE_SECONDS: Final = 30.0
STALLED: Final = timedelta(minutes=5)
AT_ONCE: Final = 16
BEGINNING: Final = timedelta(minutes=1)  # between the note and the operation
FINDINGS: Final = "foundInThisPass"


@dataclass(frozen=True, slots=True)
class Requested:
    """An erasure that runs: `operation_id` is what to ask for."""

    operation_id: str
    status: str


class Erasures:
    """See the module."""

    def __init__(self, *, store: Store, queues: Queues, clock: Clock, queue: str) -> None:
        self._store = store
        self._queues = queues
        self._clock = clock
        self._queue = queue

    async def request(self, user_id: str, *, actor: str, reason: str) -> Requested:
        """Begin to erase a person; one erasure of a person runs at a time. Raises `RetryableError`: ask again."""
        subject, now = subject_of(user_id), self._clock.now()
        noted = erased_id(subject)
        item = await self._store.find(OPERATIONS.key, noted, noted)
        known = item.body if item is not None else None
        running = await self.find(known["operation"]) if known is not None else None
        if running is not None and running["status"] == "running":
            return Requested(running["id"], "running")
        operation_id = f"erasure.{subject[:16]}.{int(now.timestamp() * 1000)}"
        if known is not None and running is None and now - from_iso(known["at"]) < BEGINNING:
            operation_id = known["operation"]  # somebody is about to store it, or has died over it
        note = {"id": noted, "operationId": noted, "type": "erased", "at": to_iso(now), "operation": operation_id}
        stands = await update(
            self._store, self._clock, OPERATIONS.key, noted, noted, lambda before: note if before == known else None,
            what="the note that a person is erased keeps changing",
        )  # fmt: skip
        operation_id = (stands or note)["operation"]  # whoever noted it first
        head = {
            "id": operation_id, "operationId": operation_id, "type": "erasure", "status": "running", "userId": user_id,
            "subject": subject, "actor": actor, "reason": reason, "createdAt": to_iso(now), "finishedAt": None, "found": None,
            "later": 0, "passes": 0, "dueAt": to_iso(now),
        }  # fmt: skip
        audit = audit_document(
            operation_id, "erasure.requested", at=to_iso(now), actor=actor, reason=reason, what={"subject": subject},
            before={}, after={"status": "running"},
        )  # fmt: skip
        with contextlib.suppress(AlreadyExists):  # asked for twice at once, or our own write once more
            await self._store.batch(OPERATIONS.key, operation_id, [Create(head), Create(audit)])
        await self._send(operation_id)
        return Requested(operation_id, "running")

    async def find(self, operation_id: str) -> Document | None:
        """Return an erasure's document: the receipt, once it is completed."""
        item = await self._store.find(OPERATIONS.key, operation_id, operation_id)
        return item.body if item is not None and item.body.get("type") == "erasure" else None

    async def handle(self, body: bytes) -> bool:
        """Do the step of one command; False: the body is no command of an erasure."""
        operation_id = _command(body)
        if operation_id is None:
            return False
        try:
            wait = await self._step(operation_id)
        except RetryableError as error:
            log_event(logger, "an erasure waits for the end of an outage", level=logging.WARNING, operationId=operation_id)
            wait = max(OUTAGE_SECONDS, error.retry_after_seconds or 0.0)
        if wait is not None:
            await self._send(operation_id, delay_seconds=wait)
        return True

    async def rescue(self) -> list[str]:
        """Send for erasures that nobody works on: their process died, or their command was never sent."""
        before = to_iso(self._clock.now() - STALLED)
        where = AllOf((Compare("type", "=", "erasure"), Compare("status", "=", "running"), Compare("dueAt", "<", before)))
        ids = [str(document["id"]) async for document in every(self._store, OPERATIONS.key, Query(where=where))]
        for operation_id in ids:
            await self._send(operation_id)
        return ids

    async def _step(self, operation_id: str) -> float | None:
        """Erase what there is, as far as a step's time allows. Returns after how many seconds to go on; None: it is over."""
        item = await self._store.find(OPERATIONS.key, operation_id, operation_id)
        if item is None or item.body["status"] != "running":
            return None
        operation, now = item.body, self._clock.now()
        early = (from_iso(operation["dueAt"]) - now).total_seconds()
        if early > 0:
            return early
        holdings = holdings_of(operation["userId"])
        if operation["found"] is None:
            found = await self._count(holdings)
            await self._patch(operation_id, Set("found", found), Set("dueAt", to_iso(now)))
        erased, whole = await self._erase(operation, holdings, until=now + TIME)
        later = Set("later", operation["later"] + (erased if operation["passes"] else 0))
        if not whole:
            await self._patch(operation_id, later, Set("dueAt", to_iso(self._clock.now())))
            return 0.0
        if operation["passes"] and not erased and await self._complete(operation_id):
            return None
        due = self._clock.now() + SETTLE
        await self._patch(
            operation_id, later, Set("passes", operation["passes"] + 1), Set(FINDINGS, value=False),
            Set("dueAt", to_iso(due)),
        )  # fmt: skip
        return SETTLE.total_seconds()

    async def _count(self, holdings: tuple[Holding, ...]) -> dict[str, int]:
        counts: dict[str, int] = {}
        for holding in holdings:
            async for page in holding.pages(self._store):
                counts[holding.container.name] = counts.get(holding.container.name, 0) + len(page)
        return counts

    async def _erase(self, operation: Document, holdings: tuple[Holding, ...], *, until: datetime) -> tuple[int, bool]:
        """Return how many documents were erased, and whether that is all there was."""
        erased, noted = 0, not operation["passes"] or operation.get(FINDINGS, False)
        for holding in holdings:
            async for page in holding.pages(self._store):
                if page and not noted:
                    await self._patch(operation["id"], Set(FINDINGS, value=True))
                    noted = True
                for start in range(0, len(page), AT_ONCE):
                    some = page[start : start + AT_ONCE]
                    await asyncio.gather(*(holding.erase(self._store, document) for document in some))
                erased += len(page)
                if self._clock.now() >= until:
                    return erased, False
        return erased, True

    async def _complete(self, operation_id: str) -> bool:
        """Forget who it was about, with the audit in one batch; False: this pass has found something, in another step."""
        item: Item = await self._store.read(OPERATIONS.key, operation_id, operation_id)
        if item.body["status"] != "running":
            return True
        if item.body.get(FINDINGS):
            return False
        at = to_iso(self._clock.now())
        receipt: dict[str, Any] = {**item.body, "status": "completed", "finishedAt": at, "userId": None}
        audit = audit_document(
            operation_id, "erasure.completed", at=at, actor="the operation itself", reason="a pass has found nothing more",
            what={"subject": receipt["subject"]}, before={"found": receipt["found"]},
            after={"status": "completed", "left": 0, "foundLater": receipt["later"]},
        )  # fmt: skip
        try:
            await self._store.batch(OPERATIONS.key, operation_id, [Replace(receipt, item.etag), Create(audit)])
        except (PreconditionFailed, AlreadyExists, ItemNotFound):
            return True  # another delivery of the command completed it, or has found something and goes on
        log_event(logger, "a person was erased", operationId=operation_id, documents=sum((receipt["found"] or {}).values()))
        return True

    async def _patch(self, operation_id: str, *changes: Set) -> None:
        try:
            await self._store.patch(
                OPERATIONS.key, operation_id, operation_id, list(changes), when=Compare("status", "=", "running")
            )
        except PreconditionFailed:
            return  # another delivery of the command completed it

    async def _send(self, operation_id: str, *, delay_seconds: float = 0.0) -> None:
        await self._queues.send(self._queue, json.dumps({"erasure": operation_id}).encode(), delay_seconds=delay_seconds)


def _command(body: bytes) -> str | None:
    try:
        return str(json.loads(body)["erasure"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
