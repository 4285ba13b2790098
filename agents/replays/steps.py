"""Carries an operation out, a step of a few seconds at a time; each step's end sends the command of the next.

Trigger: queue `RUN_COMMANDS_QUEUE_NAME`, a body `{"operation": id, "step": n}`. Reads and writes: the operation, its dead
letters and their jobs. Sends: the jobs' queues, the next command.
A step: learn what became of the jobs sent so far, judge whether to go on, handle records at the operation's rate, save. Where
there is only to wait, for canaries or for the last fates, the next command comes with a delay: nothing sleeps in a function.
Fails: with the store down the same command is sent again later; what no time mends ends the operation as `failed`. A step
whose process dies is done again from its beginning: records that have their outcome are not touched twice, and handling one
twice is harmless. The reconciler sends for an operation whose heartbeat has stopped.
"""

import asyncio
import json
import logging
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from agents.audit import audit_document
from agents.jobs.kinds import JobKinds
from agents.pauses.book import PauseBook
from agents.replays.one_record import Handled
from agents.replays.operations import (
    CHUNK,
    LEASE_SECONDS,
    MAX_DETAIL,
    Operation,
    OperationLostError,
    Operations,
    slot,
)
from agents.replays.preflight import Preflight
from agents.replays.progress import Canaries, Fate, Progress
from agents.replays.service import command_of, paused_queues
from agents.replays.works import Works
from shared import observe
from shared.clock import Clock, from_iso, to_iso
from shared.errors import ItemNotFound, PreconditionFailed, ProcessorError, RetryableError
from shared.observe.log import log_event, scrub
from shared.queues.base import Queues

logger = logging.getLogger(__name__)
STEP_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 2.0
OUTAGE_SECONDS: Final = 30.0
PAUSED_SECONDS: Final = 30.0
QUEUE_SECONDS: Final = 15.0  # until another operation may have ended
LONGEST_PAUSE_SECONDS: Final = 2.0  # a longer one is spent in the queue
AT_ONCE: Final = 16


class ReplaySteps:
    """Handles the commands of operations. `queue`: where they come from and go."""

    def __init__(
        self, *, operations: Operations, works: Works, preflight: Preflight, queues: Queues, queue: str, clock: Clock,
        kinds: JobKinds, book: PauseBook,
    ) -> None:  # fmt: skip
        self._operations = operations
        self._works = works
        self._preflight = preflight
        self._queues = queues
        self._queue = queue
        self._clock = clock
        self._kinds = kinds
        self._book = book

    async def handle(self, body: bytes) -> bool:
        """Do the step of one command; False: the body is no command of an operation. Raises `RetryableError` when not even
        the command can be sent again.
        """
        command = _command(body)
        if command is None:
            return False
        operation_id, step = command
        try:
            await self._step(operation_id, step, body)
        except OperationLostError:
            log_event(logger, "an operation's step ends: it was cancelled, or taken over", operationId=operation_id)
        except RetryableError as error:
            log_event(
                logger, "an operation waits for the end of an outage", level=logging.WARNING, operationId=operation_id,
                reason=error.reason.value,
            )  # fmt: skip
            await self._queues.send(self._queue, body, delay_seconds=max(OUTAGE_SECONDS, error.retry_after_seconds or 0.0))
        return True

    async def _step(self, operation_id: str, step: int, body: bytes) -> None:
        found = await self._operations.find(operation_id)
        if found is None or found.ended or found.step != step:
            log_event(logger, "a command came late: its step is done", operationId=operation_id, step=step)
            return
        if await self._operations.activate(operation_id) is not None:
            await self._queues.send(self._queue, body, delay_seconds=QUEUE_SECONDS)
            return
        if await self._waits(found):
            await self._queues.send(self._queue, body, delay_seconds=PAUSED_SECONDS)
            return
        owner = self._clock.new_id()
        try:
            operation = await self._operations.take(found, owner)
        except PreconditionFailed:
            await self._come_again(operation_id, step, body)
            return
        except ItemNotFound:
            return
        try:
            progress, verdict = await self._work(operation, owner)
        except RetryableError as error:
            await self._operations.falter(operation_id, owner, scrub(f"{error.reason.value}: {error}"))
            raise
        except ProcessorError as error:  # its documents are not what they must be: no step could do better
            await self._finish(operation, "failed", scrub(f"{error.reason.value}: {error}"))
            return
        saved = await self._operations.release(operation, owner, progress)
        if verdict is not None:
            await self._finish(saved, *verdict)
        elif not saved.ended:
            await self._queues.send(self._queue, command_of(saved), delay_seconds=self._pause(saved))

    async def _waits(self, operation: Operation) -> bool:
        """Whether a queue of its jobs is paused: what it sent is held there, and what it would send as well."""
        if operation.orders.action == "purge" or operation.orders.forced:
            return False
        found = paused_queues(await self._book.read(), self._kinds, operation.kinds, self._clock.now())
        if found:
            words = ", ".join(f"the queue {one.name} is paused by {one.by} until {to_iso(one.until)}" for one in found)
            await self._operations.wait(operation, f"waits: {words}")
        return bool(found)

    async def _patient(self, operation: Operation, progress: Progress) -> datetime:
        """Return the time as those see it whose jobs were held: no fate is late for a pause."""
        now = self._clock.now()
        if not progress.outstanding or not operation.kinds:
            return now
        pauses, since = (await self._book.known()).pauses, min(one.at for one in progress.outstanding)
        kinds = [kind for name in operation.kinds if (kind := self._kinds.named(name)) is not None]
        return now - max((pauses.held("queue", kind.queue, since, now) for kind in kinds), default=timedelta(0))

    async def _come_again(self, operation_id: str, step: int, body: bytes) -> None:
        """The lease is another's, who may be dead: look again when it ends. Acknowledging alone could lose the operation."""
        again = await self._operations.find(operation_id)
        if again is None or again.ended or again.step != step:
            return
        expires = again.document["lease"]["expiresAt"]
        left = (from_iso(expires) - self._clock.now()).total_seconds() if expires else 0.0
        await self._queues.send(self._queue, body, delay_seconds=min(LEASE_SECONDS, max(1.0, left + 1.0)))

    async def _work(self, operation: Operation, owner: str) -> tuple[Progress, tuple[str, str] | None]:
        """Return the progress after this step, and the status with which the operation ends, if it does."""
        now = await self._patient(operation, operation.progress)
        progress = await self._learn(operation, operation.progress, now)
        if progress.cursor < operation.total:
            progress, why = progress.judged(now)
            why = why or await self._breaker(operation)
            if why:
                return progress, ("stopped", why)
            progress = await self._send(operation, owner, progress)
        if progress.cursor >= operation.total and not progress.outstanding:
            return progress, ("completed", "")
        return progress, None

    async def _breaker(self, operation: Operation) -> str:
        """The model's breaker stops a replay, unless on-call has forced it."""
        if operation.orders.action == "purge" or operation.orders.forced:
            return ""
        suspended = await self._preflight.suspension()
        return f"the model is {suspended}" if suspended else ""

    async def _learn(self, operation: Operation, progress: Progress, now: datetime) -> Progress:
        """Fold what has become of the jobs sent so far."""
        if not progress.outstanding:
            return progress
        learnt: dict[int, Fate] = {}
        ids = await self._ids_of(operation, [one.index for one in progress.outstanding])
        overdue = {one.index for one in progress.overdue(now)}
        indexes = list(ids)
        for at in range(0, len(indexes), AT_ONCE):
            some = indexes[at : at + AT_ONCE]
            for index, fate in zip(
                some, await asyncio.gather(*(self._works.fate(ids[one], operation.orders) for one in some)), strict=True
            ):
                if fate is not None or index in overdue:
                    learnt[index] = fate or Fate.UNKNOWN
        await self._operations.note_fates(operation.operation_id, learnt)
        for index, fate in learnt.items():
            progress = progress.learnt(index, fate)
        return progress

    async def _ids_of(self, operation: Operation, indexes: list[int]) -> dict[int, str]:
        chunks: dict[int, dict[str, Any]] = {}
        for number in {index // CHUNK for index in indexes}:
            chunks[number] = (await self._operations.chunk(operation.operation_id, number * CHUNK)).body
        return {index: chunks[index // CHUNK]["records"][index % CHUNK][0] for index in indexes}

    async def _send(self, operation: Operation, owner: str, progress: Progress) -> Progress:
        """Handle the next records, until the step's time is over or there is something to wait for."""
        until = self._clock.now() + timedelta(seconds=STEP_SECONDS)
        chunk: dict[str, Any] = {}
        pause = 1.0 / operation.rate
        while progress.cursor < operation.total and progress.may_send and self._clock.now() < until:
            index = progress.cursor
            if not chunk or index % CHUNK == 0:
                chunk = (await self._operations.chunk(operation.operation_id, index)).body
            noted = chunk["done"].get(slot(index))
            if noted is not None:  # by a step that died before it was saved
                progress = _refolded(progress, noted)
                continue
            await self._operations.renew(operation.operation_id, owner)
            began = self._clock.now()
            canary = progress.canaries is Canaries.SENDING and operation.total > progress.canary  # of others that wait
            handled = await self._handle(operation, *chunk["records"][index % CHUNK], canary=canary)
            await self._operations.note(operation.operation_id, index, handled)
            observe.operation_item(operation.orders.action, handled.outcome)
            progress = progress.handled(handled.outcome, self._clock.now())
            if pause > LONGEST_PAUSE_SECONDS:
                break
            spent = (self._clock.now() - began).total_seconds()
            if progress.cursor < operation.total and spent < pause:
                await self._clock.sleep(pause - spent)
        return progress

    async def _handle(self, operation: Operation, record_id: str, version: str, *, canary: bool) -> Handled:
        try:
            return await self._works.carry_out(record_id, operation.orders, version=version, canary=canary)
        except RetryableError:
            raise
        except ProcessorError as error:  # this record cannot be handled; the others can
            return Handled(record_id, "failed", scrub(f"{error.reason.value}: {error}")[:MAX_DETAIL])

    async def _finish(self, operation: Operation, status: str, why: str) -> None:
        progress = operation.progress
        counts = {"outcomes": dict(progress.outcomes), "fates": dict(progress.fates), "waiting": len(progress.outstanding)}
        closed = await self._operations.close(
            operation.operation_id, status, why,
            audit=lambda _operation, at: audit_document(
                operation.operation_id, status, at=at, actor="the operation itself", reason=why or "all records are handled",
                what={"action": operation.orders.action}, before={"status": "running"}, after={"status": status, **counts},
            ),
        )  # fmt: skip
        level = logging.INFO if status == "completed" else logging.ERROR
        log_event(
            logger, f"an operation on dead letters {status}", level=level, operationId=operation.operation_id, why=why or None,
            status=closed.status if closed else None, handled=progress.cursor, **progress.outcomes,
        )  # fmt: skip

    def _pause(self, operation: Operation) -> float:
        """Seconds until the next step has something to do."""
        progress = operation.progress
        if progress.cursor < operation.total and progress.may_send:
            pause = 1.0 / operation.rate
            return math.ceil(pause) if pause > LONGEST_PAUSE_SECONDS else 0.0
        return LOOK_SECONDS


def _refolded(progress: Progress, noted: Mapping[str, Any]) -> Progress:
    """Fold a record that a dead step had handled and noted."""
    index = progress.cursor
    progress = progress.handled(noted["outcome"], from_iso(noted["at"]))
    return progress.learnt(index, Fate(noted["fate"])) if noted.get("fate") else progress


def _command(body: bytes) -> tuple[str, int] | None:
    try:
        command = json.loads(body)
        return str(command["operation"]), int(command.get("step", 0))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
