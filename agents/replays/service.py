"""Replay and purge of dead letters, and retry of jobs that wait: predicted first, then carried out in steps, audited.

Trigger: `POST /api/ops/replays` and what follows it. Reads: the dead letters, their jobs, the operations. Writes: the
operation with its records, the snapshot of a dry run. Sends: the command of the first step; `replay_steps` does the work.
A call by filter, and every purge, must bring the snapshot of a dry run, and is refused when the set is another one by now.
A replay is refused while a dependency is down, unless forced. One operation is active at a time. A key makes a repeated call
the same operation.
Fails: a refusal is an error of this module that says why; `RetryableError` in an outage: the call can be made again.
"""

import asyncio
import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from agents.audit import audit_document
from agents.jobs.kinds import TASTE, JobKinds
from agents.pauses.book import PauseBook
from agents.pauses.pause import Pause, Pauses
from agents.replays.one_record import Handled
from agents.replays.operations import CHUNK, Operation, Operations, slot
from agents.replays.preflight import Check, Preflight
from agents.replays.progress import Fate
from agents.replays.requests import Asked
from agents.replays.selection import AT_ONCE, Chosen, Difference, Selection, token_of
from agents.replays.works import Works
from shared import observe
from shared.clock import Clock, to_iso
from shared.errors import AlreadyExists, ProcessorError, RetryableError
from shared.observe.log import log_event
from shared.queues.base import Queues
from shared.store.base import Document, Page

logger = logging.getLogger(__name__)
MAX_DETAILS: Final = 200


class ReplayRefusedError(Exception):
    """The call cannot be carried out as it stands; the message says why."""


class SnapshotMissingError(ReplayRefusedError):
    """The call must bring the snapshot of a dry run and does not."""


class SnapshotUnknownError(ReplayRefusedError):
    """The snapshot is none, or is older than a day, or is of another action or set."""


class SnapshotChangedError(ReplayRefusedError):
    """The set is not the one of the snapshot; `difference` says how."""

    def __init__(self, difference: Difference) -> None:
        super().__init__("the set has changed since the dry run; an `until` leaves out what came later")
        self.difference = difference


class KeyReusedError(ReplayRefusedError):
    """The idempotency key belongs to an operation that was asked for with another body."""


class OperationRunningError(ReplayRefusedError):
    """Another operation is active; `operation_id` names it."""

    def __init__(self, operation_id: str) -> None:
        super().__init__("another operation is active: wait for its end, or cancel it")
        self.operation_id = operation_id


class NotReadyError(ReplayRefusedError):
    """A dependency is down; `checks` says which."""

    def __init__(self, checks: list[Check]) -> None:
        problem = next(check for check in checks if check.problem and check.holds_back)
        super().__init__(f"nothing was replayed: {problem.name}: {problem.problem}")
        self.checks = checks


class OperationEndedError(ReplayRefusedError):
    """The operation has ended and cannot be cancelled; `status` says how."""

    def __init__(self, status: str) -> None:
        super().__init__(f"the operation has ended already: {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a call would do: the count of each outcome over all, details of the first records, and the snapshot to bring."""

    total: int
    counts: Mapping[str, int]
    results: tuple[Handled, ...]
    snapshot: str
    checks: tuple[Check, ...]


class Replays:
    """Predicts, accepts, shows and cancels operations. `queue`: where the commands of the steps go."""

    def __init__(
        self, *, operations: Operations, selection: Selection, works: Works, preflight: Preflight,
        queues: Queues, queue: str, clock: Clock, kinds: JobKinds, book: PauseBook,
    ) -> None:  # fmt: skip
        self._operations = operations
        self._selection = selection
        self._works = works
        self._preflight = preflight
        self._queues = queues
        self._queue = queue
        self._clock = clock
        self._kinds = kinds
        self._book = book

    async def predict(self, request: Asked) -> Prediction:
        """Say what would come of the call; nothing is changed. Raises `TooManyRecordsError`."""
        counts: Counter[str] = Counter()
        details: list[Handled] = []
        versions: list[tuple[str, str]] = []
        kinds: set[str] = set()
        async for chosen in self._selection.of(request):
            kinds |= _kinds_of(chosen)
            for at in range(0, len(chosen), AT_ONCE):
                some = chosen[at : at + AT_ONCE]
                handled = await asyncio.gather(*(self._predict(one, request) for one in some))
                counts.update(one.outcome for one in handled)
                details += handled[: MAX_DETAILS - len(details)]
            versions += [(one.record_id, one.version) for one in chosen]
        token = token_of(request.action, versions)
        await self._selection.keep(token, versions)
        checks = await self._checks(kinds) if request.action != "purge" else []
        return Prediction(len(versions), dict(counts), tuple(details), token, tuple(checks))

    async def _checks(self, kinds: Iterable[str]) -> list[Check]:
        """Check what a replay needs: the dependencies, and that no queue of the jobs is paused."""
        checks = await self._preflight.checks()
        for pause in paused_queues(await self._book.read(), self._kinds, kinds, self._clock.now()):
            checks.append(Check(f"queue {pause.name}", f"paused by {pause.by} until {to_iso(pause.until)}", "failing"))
        return checks

    async def _predict(self, one: Chosen, request: Asked) -> Handled:
        return await self._works.predict(one, request.action)

    async def request(self, request: Asked, key: str | None) -> Operation:
        """Accept the call: its operation will start soon. The same key and body give the same operation again.

        Raises `ReplayRefusedError` and `TooManyRecordsError`.
        """
        if request.needs_snapshot and request.snapshot is None:
            raise SnapshotMissingError("a call by filter, and every purge, brings the snapshot of a dry run")
        operation_id = f"op-{hashlib.sha256(key.encode()).hexdigest()[:24] if key else self._clock.new_id()}"
        known = await self._known(operation_id, request)
        if known is not None:
            return known
        versions, before = await self._choose(request)
        if request.action != "purge" and not request.force:
            checks = await self._checks(before["kinds"])
            if any(check.problem and check.holds_back for check in checks):
                raise NotReadyError(checks)
        holder = await self._operations.activate(operation_id)
        if holder is not None:
            raise OperationRunningError(holder)
        try:
            operation = await self._operations.create(operation_id, request, versions, before=before)
        except AlreadyExists:  # the same call, sent twice at once
            again = await self._known(operation_id, request)
            if again is None:
                raise RetryableError("the operation came and went") from None
            return again
        log_event(
            logger, "an operation on dead letters was asked for", operationId=operation_id, action=request.action,
            records=len(versions), forced=request.force,
        )  # fmt: skip
        await self._start(operation)
        return operation

    async def _known(self, operation_id: str, request: Asked) -> Operation | None:
        operation = await self._operations.find(operation_id)
        if operation is None:
            return None
        if operation.document["bodyHash"] != request.digest:
            raise KeyReusedError("this Idempotency-Key belongs to a call with another body")
        if operation.status == "queued":
            await self._start(operation)  # its command may never have been sent
        return operation

    async def _choose(self, request: Asked) -> tuple[list[tuple[str, str]], dict[str, Any]]:
        """Return the set and what it was like; raises where it is not the one of the snapshot."""
        versions: list[tuple[str, str]] = []
        statuses: Counter[str] = Counter()
        kinds: set[str] = set()
        async for chosen in self._selection.of(request):
            kinds |= _kinds_of(chosen)
            versions += [(one.record_id, one.version) for one in chosen]
            statuses.update(one.record.status.value if one.record else "missing" for one in chosen)
        if request.snapshot is not None and request.snapshot != token_of(request.action, versions):
            difference = await self._selection.difference(request.snapshot, versions)
            if difference is None or not (difference.added or difference.removed or difference.changed):
                raise SnapshotUnknownError("no dry run of this action gave this snapshot within a day: make one anew")
            raise SnapshotChangedError(difference)
        return versions, {"statuses": dict(statuses), "kinds": sorted(kinds)}

    async def _start(self, operation: Operation) -> None:
        """Send the command. A failure loses nothing: an operation that nobody works on gets one from the reconciler."""
        try:
            await self._queues.send(self._queue, command_of(operation))
        except RetryableError as error:
            log_event(
                logger, "an operation is stored, its command is not sent yet: the reconciler will send it",
                level=logging.WARNING, operationId=operation.operation_id, reason=error.reason.value,
            )  # fmt: skip

    async def rescue(self, *, dry_run: bool = False) -> list[str]:
        """Send for operations that nobody works on any more; returns their ids, none while their commands' queue is paused."""
        if await self._book.paused("queue", self._queue) is not None:
            return []
        stalled = await self._operations.stalled()
        failed: ProcessorError | None = None
        for operation in [] if dry_run else stalled:
            try:
                await self._queues.send(self._queue, command_of(operation))
            except ProcessorError as error:
                failed = error
                log_event(
                    logger, "an operation cannot be sent for", level=logging.ERROR, operationId=operation.operation_id,
                    reason=error.reason.value,
                )  # fmt: skip
        if failed is not None:
            raise failed
        return [operation.operation_id for operation in stalled]

    async def paused(self) -> Pauses:
        """Return what is known to be paused."""
        return (await self._book.known()).pauses

    def waits_for(self, operation: Operation, pauses: Pauses) -> list[Pause]:
        """Return the pauses for whose end an operation waits."""
        if operation.ended:
            return []
        now = self._clock.now()
        mine = pauses.of("queue", self._queue, now)
        return [*([mine] if mine else []), *paused_queues(pauses, self._kinds, operation.kinds, now)]

    async def find(self, operation_id: str) -> Operation | None:
        """Return one operation."""
        return await self._operations.find(operation_id)

    async def page(self, *, limit: int, cursor: str | None) -> Page:
        """Return operations' documents, newest first. Raises ValueError on a cursor that is not ours."""
        return await self._operations.page(limit=limit, cursor=cursor)

    async def audit(self, operation_id: str | None, *, limit: int, cursor: str | None = None) -> Page:
        """Return actions, newest first, of one operation or of all. Raises ValueError on a cursor that is not ours."""
        return await self._operations.audit(operation_id, limit=limit, cursor=cursor)

    async def items(self, operation: Operation, *, start: int, limit: int) -> list[Document]:
        """Return the operation's records from `start` on, each with its outcome so far and its job's fate as of now."""
        items: list[Document] = []
        for index in range(start, min(start + limit, operation.total)):
            if not items or index % CHUNK == 0:
                chunk = (await self._operations.chunk(operation.operation_id, index)).body
            items.append({"id": chunk["records"][index % CHUNK][0], "outcome": None, **chunk["done"].get(slot(index), {})})
        open_ = [one for one in items if one["outcome"] == "requeued" and one.get("fate", Fate.UNKNOWN) == Fate.UNKNOWN]
        for at in range(0, len(open_), AT_ONCE):
            some = open_[at : at + AT_ONCE]
            for one, fate in zip(
                some, await asyncio.gather(*(self._works.fate(one["id"], operation.orders) for one in some)), strict=True
            ):
                one["fate"] = fate.value if fate else "waiting"
        return items

    async def cancel(self, operation_id: str, *, reason: str, actor: str) -> Operation | None:
        """Stop before the next record; what was sent stays sent. Asked again it is cancelled still. None: there is none.

        Raises `OperationEndedError`.
        """
        closed = await self._operations.close(
            operation_id, "cancelled", f"cancelled by {actor}: {reason}",
            audit=lambda operation, at: audit_document(
                operation_id, "cancelled", at=at, actor=actor, reason=reason, what={"action": operation.orders.action},
                before={"status": operation.status, "cursor": operation.progress.cursor}, after={"status": "cancelled"},
            ),
        )  # fmt: skip
        if closed is not None and closed.status != "cancelled":
            raise OperationEndedError(closed.status)
        return closed


def _kinds_of(chosen: Iterable[Chosen]) -> set[str]:
    return {one.record.kind or TASTE for one in chosen if one.record is not None}


def paused_queues(pauses: Pauses, kinds: JobKinds, names: Iterable[str], at: datetime) -> list[Pause]:
    """Return the pauses that hold the queues of kinds of job."""
    queues = [kind.queue for name in sorted(names) if (kind := kinds.named(name)) is not None]
    return [pause for queue in queues if (pause := pauses.of("queue", queue, at)) is not None]


def command_of(operation: Operation) -> bytes:
    """Return the command for the operation's next step."""
    return json.dumps(observe.traced({"operation": operation.operation_id, "step": operation.step})).encode()
