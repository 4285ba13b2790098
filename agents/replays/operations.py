"""The documents of replays, purges and retries: the operation, its records in chunks, its audit, which one is active.

An operation and its records are created in one batch, so it exists whole or not at all. It is worked on in steps: a step
takes the lease by compare-and-set on the step's number, and lets it go with the next number, so that a command that comes
twice does its step once. One operation is active at a time: a pointer names it, and is free when that one has ended; there
is nothing to release, and so nothing that a crash could forget to release.
Every action has an audit document of its own, created and never changed: who, why, what, before and after.

Reads and writes: `Operations`. Fails: `RetryableError` in an outage.
"""

import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from agents.audit import audit_document
from agents.replays.one_record import Handled, Orders
from agents.replays.progress import Fate, Progress
from agents.replays.requests import Asked
from shared.clock import Clock, from_iso, to_iso
from shared.errors import SICK_DOCUMENT, AlreadyExists, ItemNotFound, PreconditionFailed, Reason, RetryableError
from shared.observe.log import log_event
from shared.store.base import BatchStep, Create, Document, Item, Page, Replace, Store
from shared.store.containers import OPERATIONS
from shared.store.patching import MAX_PATCH_OPERATIONS
from shared.store.query import AllOf, AnyOf, Compare, In, Order, Query, Set
from shared.store.reading import every
from shared.store.updates import update_with

logger = logging.getLogger(__name__)
CHUNK: Final = 100
ACTIVE: Final = ("queued", "running")
LEASE_SECONDS: Final = 12.0  # renewed before each record
STALLED_SECONDS: Final = 120.0
BEGINNING_SECONDS: Final = 60.0  # an operation that is named as active and not created by then will never be
ROUNDS: Final = 10
MAX_DETAIL: Final = 300
POINTER: Final = "active"


class OperationLostError(Exception):
    """Somebody else works on the operation, or it has ended: this step has to stop at once."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One replay or purge as it stands. `why`: of a status that needs an explanation; `rate`: records a second."""

    operation_id: str
    orders: Orders
    status: str
    why: str
    rate: float
    total: int
    step: int
    progress: Progress
    document: Document

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of job that it is about; none are known of one that an older build has accepted."""
        return tuple(self.document.get("kinds") or ())

    @property
    def ended(self) -> bool:
        """True when no step will follow."""
        return self.status not in ACTIVE

    @classmethod
    def from_document(cls, document: Document) -> Self:
        """Read it."""
        orders = Orders(document["action"], document["actor"], document["reason"], document["operationId"], document["forced"])
        return cls(
            operation_id=document["operationId"], orders=orders, status=document["status"], why=document["why"],
            rate=document["rate"], total=document["total"], step=document["step"],
            progress=Progress.from_document(document["progress"]), document=document,
        )  # fmt: skip


class Operations:
    """Stores operations; see the module."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def find(self, operation_id: str) -> Operation | None:
        """Return one operation."""
        item = await self._store.find(OPERATIONS.key, operation_id, operation_id)
        return Operation.from_document(item.body) if item and item.body.get("type") == "operation" else None

    async def page(self, *, limit: int, cursor: str | None) -> Page:
        """Return operations' documents, newest first. Raises ValueError on a cursor that is not ours."""
        query = Query(
            where=Compare("type", "=", "operation"), order=Order("createdAt", descending=True), page_size=limit
        )  # fmt: skip
        return await self._store.page(OPERATIONS.key, query, cursor=cursor)

    async def audit(self, operation_id: str | None, *, limit: int, cursor: str | None = None) -> Page:
        """Return actions, newest first, of one operation or of all. Raises ValueError on a cursor that is not ours."""
        query = Query(where=Compare("type", "=", "audit"), order=Order("createdAt", descending=True), page_size=limit)
        return await self._store.page(OPERATIONS.key, query, partition=operation_id, cursor=cursor)

    async def actions(self, since: datetime, *, limit: int) -> list[Document]:
        """Return what was done since then, of all operations, newest first."""
        where = AllOf((Compare("type", "=", "audit"), Compare("createdAt", ">=", to_iso(since))))
        query = Query(where=where, order=Order("createdAt", descending=True), page_size=limit)
        return (await self._store.page(OPERATIONS.key, query)).documents

    async def activate(self, operation_id: str) -> str | None:
        """Make it the active one; returns the id of the one that is, where that is another."""
        other: str | None = None

        async def write(item: Item | None) -> bool:
            nonlocal other
            now, other = self._clock.now(), None
            mine = {
                "id": POINTER, "operationId": POINTER, "type": "pointer", "holder": operation_id, "at": to_iso(now), "ttl": -1,
            }  # fmt: skip
            if item is None:
                await self._store.create(OPERATIONS.key, mine)
                return True
            holder = str(item.body["holder"])
            if holder == operation_id:
                return False
            if not await self._is_over(holder, since=from_iso(item.body["at"]), now=now):
                other = holder
                return False
            await self._store.replace(OPERATIONS.key, mine, if_match=item.etag)
            return True

        what = "the active operation keeps changing"
        await update_with(self._store, self._clock, OPERATIONS.key, POINTER, POINTER, write, what=what)
        return other

    async def _is_over(self, operation_id: str, *, since: datetime, now: datetime) -> bool:
        found = await self.find(operation_id)
        return found.ended if found else now - since > timedelta(seconds=BEGINNING_SECONDS)

    async def create(
        self, operation_id: str, request: Asked, versions: Sequence[tuple[str, str]], *, before: Mapping[str, Any]
    ) -> Operation:
        """Create it whole. Raises `AlreadyExists`. `before`: what the audit says of the set as it was."""
        now = to_iso(self._clock.now())
        common = {"operationId": operation_id, "createdAt": now}
        chosen: dict[str, Any] = {"ids": len(request.ids)} if request.ids else {"filter": request.chosen.noted()}
        canary = request.canary if request.action != "purge" else 0
        head = {
            **common, "id": operation_id, "type": "operation", "action": request.action, "actor": request.actor,
            "reason": request.reason, "forced": request.force, "rate": request.rate, "selection": chosen,
            "snapshot": request.snapshot, "bodyHash": request.digest, "status": "queued", "why": "", "total": len(versions),
            "progress": Progress.beginning(canary).to_document(), "step": 0, "lease": {"owner": "", "expiresAt": ""},
            "heartbeatAt": now, "startedAt": None, "finishedAt": None, "updatedAt": now, "lastError": "",
            "kinds": list(before.get("kinds") or ()),
        }  # fmt: skip
        chunks = [
            Create({**common, "id": _chunk_id(at), "type": "items", "done": {},
                    "records": [list(one) for one in versions[at : at + CHUNK]]})
            for at in range(0, len(versions), CHUNK)
        ]  # fmt: skip
        what = {"selection": chosen, "snapshot": request.snapshot, "rate": request.rate, "canary": request.canary}
        audit = audit_document(
            operation_id, f"{request.action}.requested", at=now, actor=request.actor, reason=request.reason,
            forced=request.force, what=what, before=before, after={"status": "queued", "records": len(versions)},
        )  # fmt: skip
        await self._store.batch(OPERATIONS.key, operation_id, [Create(head), *chunks, Create(audit)])
        return Operation.from_document(head)

    async def take(self, operation: Operation, owner: str) -> Operation:
        """Take the lease for the step that is next. Raises `PreconditionFailed`: it is taken, done, or has ended."""
        now = self._clock.now()
        free = AnyOf((Compare("lease.owner", "=", ""), Compare("lease.expiresAt", "<=", to_iso(now))))
        mine = AllOf((In("status", ACTIVE), Compare("step", "=", operation.step), free))
        changes = [
            Set("lease", self._lease(owner)), Set("heartbeatAt", to_iso(now)), Set("status", "running"),
            Set("startedAt", operation.document["startedAt"] or to_iso(now)),
        ]  # fmt: skip
        operation_id = operation.operation_id
        item = await self._store.patch(OPERATIONS.key, operation_id, operation_id, changes, when=mine)
        return Operation.from_document(item.body)

    async def renew(self, operation_id: str, owner: str) -> None:
        """Keep the lease before the next record. Raises `OperationLostError`: it was cancelled, or is no longer ours."""
        held = AllOf((In("status", ACTIVE), Compare("lease.owner", "=", owner)))
        changes = [Set("lease", self._lease(owner)), Set("heartbeatAt", to_iso(self._clock.now()))]
        try:
            await self._store.patch(OPERATIONS.key, operation_id, operation_id, changes, when=held)
        except (PreconditionFailed, ItemNotFound):
            raise OperationLostError from None

    async def wait(self, operation: Operation, why: str) -> None:
        """Say that somebody minds it, and what it waits for."""
        operation_id = operation.operation_id
        mine = AllOf((In("status", ACTIVE), Compare("step", "=", operation.step)))
        changes = [Set("heartbeatAt", to_iso(self._clock.now())), Set("lastError", why)]
        with contextlib.suppress(PreconditionFailed, ItemNotFound):
            await self._store.patch(OPERATIONS.key, operation_id, operation_id, changes, when=mine)

    async def falter(self, operation_id: str, owner: str, error: str) -> None:
        """Let the lease go after a step that failed, and say how; the step is to be done again."""
        now = to_iso(self._clock.now())
        changes = [Set("lease", {"owner": "", "expiresAt": ""}), Set("lastError", error), Set("heartbeatAt", now)]
        with contextlib.suppress(RetryableError, PreconditionFailed, ItemNotFound):  # the lease ends by itself
            await self._store.patch(
                OPERATIONS.key, operation_id, operation_id, changes, when=Compare("lease.owner", "=", owner)
            )

    async def release(self, operation: Operation, owner: str, progress: Progress) -> Operation:
        """Save the progress and let the lease go, cancelled meanwhile or not. Raises `OperationLostError`."""
        operation_id, now = operation.operation_id, to_iso(self._clock.now())
        changes = [
            Set("progress", progress.to_document()), Set("lease", {"owner": "", "expiresAt": ""}), Set("updatedAt", now),
            Set("step", operation.step + 1), Set("heartbeatAt", now),
        ]  # fmt: skip
        try:
            item = await self._store.patch(
                OPERATIONS.key, operation_id, operation_id, changes, when=Compare("lease.owner", "=", owner)
            )
        except (PreconditionFailed, ItemNotFound):
            raise OperationLostError from None
        return Operation.from_document(item.body)

    async def close(
        self, operation_id: str, status: str, why: str, *, audit: Callable[[Operation, str], Document]
    ) -> Operation | None:
        """End an active operation, with its audit in one batch. Returns it as it stands then, which is as it was when it had
        ended before; None where there is none.
        """
        for _ in range(ROUNDS):
            item = await self._store.find(OPERATIONS.key, operation_id, operation_id)
            if item is None:
                return None
            operation = Operation.from_document(item.body)
            if operation.ended:
                return operation
            now = to_iso(self._clock.now())
            closed = {**item.body, "status": status, "why": why, "finishedAt": now, "updatedAt": now}
            steps: list[BatchStep] = [Replace(closed, item.etag), Create(audit(operation, now))]
            try:
                await self._store.batch(OPERATIONS.key, operation_id, steps)
            except (PreconditionFailed, AlreadyExists):
                continue  # a step saved its progress meanwhile
            return Operation.from_document(closed)
        raise RetryableError("the operation keeps changing", reason=Reason.STORE_CONFLICT_EXHAUSTED)

    async def chunk(self, operation_id: str, index: int) -> Item:
        """Return the chunk that holds the record at `index`."""
        return await self._store.read(OPERATIONS.key, _chunk_id(index), operation_id)

    async def note(self, operation_id: str, index: int, handled: Handled) -> None:
        """Note what was done with the record at `index`."""
        entry: Document = {"outcome": handled.outcome, "detail": handled.detail[:MAX_DETAIL], "at": to_iso(self._clock.now())}
        if handled.evidence:
            entry["evidence"] = dict(handled.evidence)
        changes = [Set(f"done.{slot(index)}", entry)]
        await self._store.patch(OPERATIONS.key, _chunk_id(index), operation_id, changes)

    async def note_fates(self, operation_id: str, fates: Mapping[int, Fate]) -> None:
        """Note what became of jobs that were queued again."""
        by_chunk: dict[str, list[Set]] = {}
        for index, fate in fates.items():
            by_chunk.setdefault(_chunk_id(index), []).append(Set(f"done.{slot(index)}.fate", fate.value))
        for chunk_id, changes in by_chunk.items():
            for at in range(0, len(changes), MAX_PATCH_OPERATIONS):
                await self._store.patch(OPERATIONS.key, chunk_id, operation_id, changes[at : at + MAX_PATCH_OPERATIONS])

    async def stalled(self) -> list[Operation]:
        """Return active operations whose heartbeat has stopped: their process died, or their command was never sent."""
        before = to_iso(self._clock.now() - timedelta(seconds=STALLED_SECONDS))
        where = AllOf((Compare("type", "=", "operation"), In("status", ACTIVE), Compare("heartbeatAt", "<", before)))
        found = []
        async for document in every(self._store, OPERATIONS.key, Query(where=where)):
            try:
                found.append(Operation.from_document(document))
            except SICK_DOCUMENT as error:  # the others must not wait for this one
                log_event(
                    logger, "an operation cannot be read", level=logging.ERROR, operationId=document.get("id"),
                    cause=type(error).__name__,
                )  # fmt: skip
        return found

    def _lease(self, owner: str) -> Document:
        return {"owner": owner, "expiresAt": to_iso(self._clock.now() + timedelta(seconds=LEASE_SECONDS))}


def slot(index: int) -> str:
    """Return the name of a record's place in its chunk."""
    return f"i{index % CHUNK}"


def _chunk_id(index: int) -> str:
    return f"items.{index // CHUNK:04}"
