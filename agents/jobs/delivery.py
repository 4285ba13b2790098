"""One message in, one outcome out: parse, claim, run, then acknowledge, send again later, or send to the dead letters.

The life of a failing job:
 1. A body that cannot be read goes to the dead-letter queue at once, byte for byte; a newer schema comes back later.
 2. A job that is leased or not due is sent again with a delay. It is never merely acknowledged: its worker may be dead.
 3. A retryable failure is written on the job, and a new message is sent with the delay. The host's own redelivery
    knows no backoff, and would count against the message.
 4. When nothing can be written because the store is down, the message alone is sent again, with a growing delay.
 5. A verdict (budget spent, or permanent) is written on the job first, then the exact body is sent to the dead letters.
 6. Whatever fails in these very steps escapes to the host, whose redelivery is the last net.
 7. While the queue is paused a message is put aside unread, to come back when the pause has ended.
Returning acknowledges the message; by then the job is finished, or something else will wake it.
"""

import asyncio
import contextlib
import logging
import math
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Generic, Protocol, TypeVar

from agents.jobs.job import Claim, Condemned, Rescheduled, Verdict
from agents.jobs.kinds import JobKind
from agents.jobs.lifecycle import Jobs
from agents.jobs.messages import M, QueuedJob
from agents.jobs.outcomes import Completion, DeferReason, Deferred, Done, Duplicate, DuplicateReason, Outcome, Skipped
from agents.pauses.book import NEVER, Pausing
from agents.pauses.hold import hold
from shared import observe
from shared.clock import Clock, parse_time
from shared.errors import (
    DeferredError,
    PermanentError,
    ProcessorError,
    Reason,
    RetryableError,
    StoreConflict,
)
from shared.observe.log import log_event, scrub
from shared.observe.metering import Usage, measure
from shared.queues.base import Queues
from shared.queues.claim_check import is_reference
from shared.retry import Backoff
from shared.store.base import Document

logger = logging.getLogger(__name__)
OUTAGE: Final = Backoff(15.0, 900.0, spread=0.5)
SLOT_SECONDS: Final = 120.0  # waiting counts against the host's time limit for a function, so it is bounded
CROWDED_SECONDS: Final = 15.0
LEASE_SHARE: Final = 0.8  # an attempt is cut before its lease ends, so that two never work on purpose

W_contra = TypeVar("W_contra", bound=QueuedJob, contravariant=True)


@dataclass(slots=True)
class Checkpoint:
    """What an attempt has learnt so far and a later one need not pay for again; stored with a failure."""

    value: Document | None = None


class Workflow(Protocol[W_contra]):
    """What the runner needs of a kind's work."""

    async def run(self, claim: Claim, message: W_contra, checkpoint: Checkpoint) -> Outcome:
        """Do the work and make it durable; the runner completes the job afterwards."""


class DeadLetterSettler(Protocol):
    """Settles the dead letter of a job that has finished after all."""

    async def resolve(self, job_id: str, generation: int) -> None:
        """Do nothing where there is none."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a delivery ends. A `Deferred` is sent again with `changes` on its message, or exactly as it came where that is None;
    a `Verdict` goes to the dead letters; all else needs nothing more. `reason`: of the failure behind it, for telemetry.
    """

    outcome: Outcome | Verdict
    reason: Reason | None = None
    changes: Mapping[str, object] | None = field(default_factory=dict)


class Runner(Generic[M]):
    """Runs one kind's messages."""

    def __init__(
        self, *, kind: JobKind[M], workflow: Workflow[M], jobs: Jobs[M], queues: Queues, clock: Clock,
        dead_letters: DeadLetterSettler, pauses: Pausing = NEVER,
    ) -> None:  # fmt: skip
        self.kind = kind
        self.workflow = workflow
        self.jobs = jobs
        self._queues = queues
        self._clock = clock
        self._dead_letters = dead_letters
        self._pauses = pauses
        self._slots = asyncio.Semaphore(kind.at_once) if kind.at_once else None

    async def deliver(self, body: bytes, *, redelivered: bool = False, message_id: str = "") -> Outcome | Verdict:
        """Handle one message; the returned value is for logs and tests, returning at all acknowledges. `redelivered`: the
        queue has given it out before; `message_id`: its id there, for telemetry.
        """
        started = self._clock.now()
        pause = await hold(self._queues, self._pauses, self.kind.queue, body, started)
        if pause is not None:
            return Deferred(pause.until, DeferReason.PAUSED)
        message = await self._read(body)
        key, trace = (message.key, message.traceparent) if isinstance(message, QueuedJob) else ("", None)
        with measure() as usage, observe.processing(self.kind.queue, len(body), trace, key, message_id) as watched:
            if isinstance(message, QueuedJob):
                ended = await self._work_on(message, watched, redelivered=redelivered)
                await self._follow(ended, body, message)
            else:
                ended = self._unreadable(message)
                await self._follow(ended, body, None)
            name = type(ended.outcome).__name__.lower()
            observe.job_finished(self.kind.family, name, ended.reason, watched)
            self._log(ended.outcome, key or None, usage, (self._clock.now() - started).total_seconds())
        return ended.outcome

    async def _read(self, body: bytes) -> M | PermanentError | DeferredError:
        try:
            return self.kind.parse(await self._queues.whole(body) if is_reference(body) else body)
        except (PermanentError, DeferredError) as error:
            return error
        except RetryableError as error:  # the store that keeps the body is down
            seconds = max(OUTAGE.maximum_seconds, error.retry_after_seconds or 0.0)
            return DeferredError(str(error), delay_seconds=seconds, reason=error.reason)

    def _unreadable(self, error: PermanentError | DeferredError) -> Ended:
        """The body cannot be read, now or ever: it goes on byte for byte."""
        words = scrub(str(error))
        if isinstance(error, PermanentError):
            return Ended(Verdict(error.reason, words), error.reason, changes=None)
        until = self._clock.now() + timedelta(seconds=error.delay_seconds)
        newer = error.reason is Reason.DEPLOY_MISMATCH
        return Ended(
            Deferred(until, DeferReason.NEWER_SCHEMA if newer else DeferReason.STORE_DOWN, words), error.reason, changes=None
        )

    async def _work_on(self, message: M, watched: observe.Watched, *, redelivered: bool) -> Ended:
        """Claim the job, run it, and record what came of it."""
        try:
            async with self._slot() as free:
                if not free:
                    until = self._clock.now() + timedelta(seconds=CROWDED_SECONDS)
                    return self._ended(Deferred(until, DeferReason.CROWDED), message)
                taken = await self.jobs.claim(message, redelivered=redelivered)
                observe.lease(self.kind.family, _met(taken))
                if not isinstance(taken, Claim):
                    if taken == Duplicate(DuplicateReason.COMPLETED) and (redelivered or message.deferrals):
                        await self._settle_left_open(message)
                    return self._ended(taken, message)
                observe.attempt(watched, max(1, taken.attempt))
                checkpoint = Checkpoint(taken.job.analysis)
                try:
                    outcome = await self._run(taken, message, checkpoint)
                except ProcessorError as error:
                    failed = await self.jobs.fail(taken, message, error, checkpoint.value, held=await self._held(taken))
                    return self._ended(failed, message, error.reason)
                if isinstance(outcome, Deferred):
                    return self._ended(await self.jobs.put_off(taken, message, outcome, checkpoint.value), message)
                return await self._complete(taken, message, outcome)
        except RetryableError as error:  # nothing could be written: the message itself has to remember
            return self._sit_out(message, error)
        except StoreConflict as error:
            return self._sit_out(message, RetryableError(str(error), reason=error.reason))

    async def _settle_left_open(self, message: M) -> None:
        """Whoever completed the job may have died, or lost the store, before it settled the job's dead letter."""
        if message.generation is not None:  # a producer's own message knows of no dead letter
            await self._dead_letters.resolve(message.key, message.generation)

    async def _held(self, claim: Claim) -> timedelta:
        """Return for how long the queue was paused since the job was deferred: it did not wait for a dependency then."""
        since, now = claim.job.deferred_since, self._clock.now()
        if since is None:
            return timedelta(0)
        return (await self._pauses.known()).pauses.held("queue", self.kind.queue, since, now)

    async def _run(self, claim: Claim, message: M, checkpoint: Checkpoint) -> Outcome:
        seconds = self.jobs.policy.lease_seconds * LEASE_SHARE
        try:
            async with asyncio.timeout(seconds):
                return await self.workflow.run(claim, message, checkpoint)
        except TimeoutError:
            observe.attempt_timed_out(self.kind.name)
            raise RetryableError(f"the attempt took longer than {seconds:.0f} s") from None
        except ProcessorError:
            raise
        except Exception as error:  # the one place: a defect of ours must cost one job an attempt, not the host its loop
            logger.exception("an attempt failed in a way nobody foresaw")
            raise RetryableError(f"{type(error).__name__}: {error}") from error

    async def _complete(self, claim: Claim, message: M, outcome: Outcome) -> Ended:
        """Complete the job. It may have a dead letter: from before its replay, or since its lease ended."""
        completion = await self.jobs.complete(claim, skipped=outcome.reason if isinstance(outcome, Skipped) else None)
        stood = completion is Completion.CLAIM_STOOD
        if completion is Completion.DEAD_LETTERED_MEANWHILE or (stood and claim.job.replays):
            await self._dead_letters.resolve(claim.job_id, claim.generation)
        if not stood:
            observe.lease(self.kind.family, "lost")
            return Ended(Duplicate(completion))
        if observe.active():
            now = self._clock.now()
            asked = parse_time(claim.job.created_at or message.created_at, at_most=now)
            seconds = (now - asked).total_seconds() if asked and isinstance(outcome, Done) else None
            observe.job_ended(self.kind.family, type(outcome).__name__.lower(), max(1, claim.attempt), seconds)
        return Ended(outcome)

    def _ended(self, taken: Condemned | Rescheduled | Outcome, message: M, reason: Reason | None = None) -> Ended:
        """Say how the delivery ends, of what a claim or the record of a failure came to."""
        match taken:
            case Condemned(verdict=verdict):
                return Ended(verdict, verdict.reason)
            case Rescheduled(generation, deferred):
                return Ended(deferred, reason, {"generation": generation})
            case Deferred():
                return Ended(taken, reason, {"generation": message.generation} if message.generation else {})
            case _:
                return Ended(taken)

    def _sit_out(self, message: M, error: RetryableError) -> Ended:
        """The store is down: no attempt is spent, the message comes back later and later."""
        seconds = OUTAGE.delay(message.deferrals + 1, jitter=self._clock.uniform(0.0, 1.0))
        until = self._clock.now() + timedelta(seconds=max(seconds, error.retry_after_seconds or 0.0))
        deferred = Deferred(until, DeferReason.STORE_DOWN, f"{error.reason.value}: {scrub(str(error))}")
        return Ended(deferred, error.reason, {"deferrals": message.deferrals + 1})

    async def _follow(self, ended: Ended, body: bytes, message: M | None) -> None:
        """Send what must be on its way before this message may be acknowledged."""
        if isinstance(ended.outcome, Verdict):
            await self._queues.send(self.kind.dead_letter_queue, body)
        elif isinstance(ended.outcome, Deferred):
            seconds = max(0.0, (ended.outcome.until - self._clock.now()).total_seconds())
            again = body if message is None or ended.changes is None else _again(message, ended.changes)
            await self._queues.send(self.kind.queue, again, delay_seconds=math.ceil(seconds))

    @contextlib.asynccontextmanager
    async def _slot(self) -> AsyncIterator[bool]:
        """Hold one of the instance's slots for the block; False when none came free in time."""
        if self._slots is None:
            yield True
            return
        try:
            async with asyncio.timeout(SLOT_SECONDS):
                await self._slots.acquire()
        except TimeoutError:
            yield False
            return
        try:
            yield True
        finally:
            self._slots.release()

    def _log(self, outcome: Outcome | Verdict, job_id: str | None, usage: Usage, seconds: float) -> None:
        level, fields = logging.INFO, {}
        match outcome:
            case Done(word) | Duplicate(word) | Skipped(word):
                fields = {"note": str(word)}
            case Deferred(until, word, detail):
                level, fields = logging.WARNING, {"until": until.isoformat(), "note": f"{word}: {detail}" if detail else word}
            case Verdict(reason, description):
                level, fields = logging.ERROR, {"reason": reason.value, "note": description}
        log_event(
            logger, f"{self.kind.name}: {type(outcome).__name__.lower()}", level=level, jobId=job_id, **fields,
            storeOperations=usage.operations, requestCharge=round(usage.charge, 2), modelCalls=usage.model_calls,
            seconds=round(seconds, 3),
        )  # fmt: skip


def _met(taken: Claim | Condemned | Outcome) -> str:
    """What a claim came to, in one word."""
    match taken:
        case Claim():
            return "claimed"
        case Condemned():
            return "condemned"
        case Deferred():
            return "refused"
        case _:
            return "done"


def _again(message: QueuedJob, changes: Mapping[str, object]) -> bytes:
    """Return the body of a message that is sent again; it stays in its trace, or in that of its first delivery."""
    trace = message.traceparent or observe.traceparent()
    return message.encode(**changes, **({"traceparent": trace} if trace else {}))
