"""One message in, one outcome out: parse, claim, run, then acknowledge, send again later, or send to the dead letters.

The life of a failing job:
 1. A body that cannot be read goes to the dead-letter queue at once, byte for byte; a newer schema comes back later.
 2. A job that is leased or not due is sent again with a delay. It is never merely acknowledged: its worker may be dead.
 3. A retryable failure is written on the job, and a new message is sent with the delay. The host's own redelivery
    knows no backoff, and would count against the message.
 4. When nothing can be written because the store is down, the message alone is sent again, with a growing delay.
 5. A verdict (budget spent, or permanent) is written on the job first, then the exact body is sent to the dead letters.
 6. Whatever fails in these very steps escapes to the host, whose redelivery is the last net.
Returning acknowledges the message; by then the job is finished, or something else will wake it.
"""

import asyncio
import contextlib
import logging
import math
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Generic, Protocol, TypeVar

from agents.jobs.job import Claim, Condemned, Verdict, parse_time
from agents.jobs.kinds import JobKind
from agents.jobs.lifecycle import Jobs
from agents.jobs.messages import M, QueuedJob
from agents.jobs.outcomes import Deferred, Done, Duplicate, Outcome, Skipped
from shared import observe
from shared.clock import Clock, to_iso
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
from shared.store.base import Document

logger = logging.getLogger(__name__)
OUTAGE_BASE_SECONDS: Final = 15.0
OUTAGE_MAXIMUM_SECONDS: Final = 900.0
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


class Runner(Generic[M]):
    """Runs one kind's messages. `at_once` bounds how many of them are worked on together on this instance."""

    def __init__(
        self,
        *,
        kind: JobKind[M],
        workflow: Workflow[M],
        jobs: Jobs,
        queues: Queues,
        clock: Clock,
        dead_letters: DeadLetterSettler,
        at_once: int | None = None,
    ) -> None:
        self.kind = kind
        self.workflow = workflow
        self.jobs = jobs
        self._queues = queues
        self._clock = clock
        self._dead_letters = dead_letters
        self._slots = asyncio.Semaphore(at_once) if at_once else None

    async def deliver(self, body: bytes, *, redelivered: bool = False) -> Outcome | Verdict:
        """Handle one message; the returned value is for logs and tests, returning at all acknowledges. `redelivered`: the
        queue has given it out before.
        """
        started = self._clock.now()
        read = self._read(body)
        key, trace = (read.key, read.traceparent) if isinstance(read, QueuedJob) else ("", None)
        with measure() as usage, observe.processing(self.kind.queue, len(body), trace, key) as watched:
            if isinstance(read, QueuedJob):
                outcome, reason = await self._deliver(read, body, redelivered=redelivered)
            else:
                outcome, reason = await self._refuse(read, body), read.reason
            observe.job_finished(self.kind.name, type(outcome).__name__.lower(), reason, watched)
            self._log(outcome, key or None, usage, (self._clock.now() - started).total_seconds())
        return outcome

    def _read(self, body: bytes) -> M | PermanentError | DeferredError:
        try:
            return self.kind.parse(body)
        except (PermanentError, DeferredError) as error:
            return error

    async def _refuse(self, error: PermanentError | DeferredError, body: bytes) -> Outcome | Verdict:
        """The body cannot be read, now or ever."""
        if isinstance(error, PermanentError):
            await self._queues.send(self.kind.dead_letter_queue, body)
            return Verdict(error.reason, scrub(str(error)))
        await self._queues.send(self.kind.queue, body, delay_seconds=error.delay_seconds)
        return Deferred(self._clock.now() + timedelta(seconds=error.delay_seconds), scrub(str(error)))

    async def _deliver(self, message: M, body: bytes, *, redelivered: bool) -> tuple[Outcome | Verdict, Reason | None]:
        """Return the outcome, and the reason of a failure, whatever follows from it."""
        try:
            async with self._slot() as free:
                outcome = await self._attempt(message, redelivered=redelivered) if free else self._crowded(message)
        except RetryableError as error:  # nothing could be written: the message itself has to remember
            return await self._sit_out(message, error), error.reason
        except StoreConflict as error:
            return await self._sit_out(message, RetryableError(str(error), reason=error.reason)), error.reason
        if isinstance(outcome, _Sent):
            return await self._follow(message, body, outcome), outcome.reason
        return outcome, None

    async def _attempt(self, message: M, *, redelivered: bool) -> "Outcome | _Sent":
        if self.kind.lazy and message.generation is None:
            taken: Claim | Condemned | Outcome = self.jobs.unstored(message, repeated=redelivered)
        else:
            taken = await self._claim(message)
        observe.lease(self.kind.name, _met(taken))
        if not isinstance(taken, Claim):
            return _refused(taken, message)
        checkpoint = Checkpoint(taken.document.get("analysis"))
        try:
            outcome = await self._run(taken, message, checkpoint)
        except ProcessorError as error:
            return await self._fail(taken, message, error, checkpoint)
        if isinstance(outcome, Deferred):
            return await self._put_off(taken, message, outcome, checkpoint)
        late = await self._complete(taken)
        if late is None:
            self._observe_end(taken, message, outcome)
        return late or outcome

    def _observe_end(self, claim: Claim, message: M, outcome: Outcome) -> None:
        if observe.active():
            now = self._clock.now()
            asked = parse_time(claim.document.get("createdAt") or message.created_at, at_most=now)
            seconds = (now - asked).total_seconds() if asked and isinstance(outcome, Done) else None
            observe.job_ended(self.kind.name, type(outcome).__name__.lower(), max(1, claim.attempt), seconds)

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

    def _crowded(self, message: M) -> "_Sent":
        until = self._clock.now() + timedelta(seconds=CROWDED_SECONDS)
        return _Sent(Deferred(until, "every slot of this instance is taken"), message.generation)

    async def _claim(self, message: M) -> Claim | Condemned | Outcome:
        return await self.jobs.claim(message, self.kind.fields(message, to_iso(self._clock.now())))

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

    async def _fail(self, claim: Claim, message: M, error: ProcessorError, checkpoint: Checkpoint) -> "Outcome | _Sent":
        """Write the failure down; a job of a lazy kind gets its document only now."""
        taken = claim if claim.stored else await self._claim(message)
        if not isinstance(taken, Claim):
            return _refused(taken, message)
        decision = await self.jobs.fail(taken, error, checkpoint.value)
        if isinstance(decision, Verdict):
            observe.job_ended(self.kind.name, "verdict", taken.attempt)
        return _Sent(decision, taken.generation, error.reason)

    async def _put_off(self, claim: Claim, message: M, outcome: Deferred, checkpoint: Checkpoint) -> "Outcome | _Sent":
        """The work is to go on later: a stored job gives its lease and its attempt back, within the budget of deferrals."""
        if not claim.stored:
            return _Sent(outcome, message.generation)
        seconds = max(0.0, (outcome.until - self._clock.now()).total_seconds())
        put_off = DeferredError(outcome.reason, delay_seconds=seconds, reason=Reason.UNKNOWN)
        sent = await self._fail(claim, message, put_off, checkpoint)
        return replace(sent, reason=None) if isinstance(sent, _Sent) and isinstance(sent.decision, Deferred) else sent

    async def _complete(self, claim: Claim) -> Outcome | None:
        """None when the claim stood. The job may have a dead letter: from before its replay, or since its lease ended."""
        if not claim.stored:
            return None
        late = await self.jobs.complete(claim)
        if late is not None:
            observe.lease(self.kind.name, "lost")
        if late == Duplicate("was dead-lettered") or (late is None and claim.document.get("replays")):
            await self._dead_letters.resolve(claim.job_id, claim.generation)
        return late

    async def _follow(self, message: M, body: bytes, sent: "_Sent") -> Outcome | Verdict:
        decision = sent.decision
        if isinstance(decision, Verdict):
            await self._queues.send(self.kind.dead_letter_queue, body)
        else:
            seconds = max(0.0, (decision.until - self._clock.now()).total_seconds())
            again = _again(message, **({"generation": sent.generation} if sent.generation else {}))
            await self._queues.send(self.kind.queue, again, delay_seconds=math.ceil(seconds))
        return decision

    async def _sit_out(self, message: M, error: RetryableError) -> Outcome:
        """The store is down: no attempt is spent, the message comes back later and later."""
        spread = 0.5 + self._clock.uniform(0.0, 0.5)
        seconds = min(OUTAGE_MAXIMUM_SECONDS, OUTAGE_BASE_SECONDS * 2.0 ** min(message.deferrals, 10)) * spread
        seconds = max(seconds, error.retry_after_seconds or 0.0)
        again = _again(message, deferrals=message.deferrals + 1)
        await self._queues.send(self.kind.queue, again, delay_seconds=seconds)
        return Deferred(self._clock.now() + timedelta(seconds=seconds), f"{error.reason.value}: {scrub(str(error))}")

    def _log(self, outcome: Outcome | Verdict, job_id: str | None, usage: Usage, seconds: float) -> None:
        level, fields = logging.INFO, {}
        match outcome:
            case Done(note=word) | Duplicate(note=word):
                fields = {"note": word}
            case Skipped(reason=word):
                fields = {"note": word}
            case Deferred(until=until, reason=word):
                level, fields = logging.WARNING, {"until": until.isoformat(), "note": word}
            case Verdict(reason=reason, description=word):
                level, fields = logging.ERROR, {"reason": reason.value, "note": word}
        log_event(
            logger, f"{self.kind.name}: {type(outcome).__name__.lower()}", level=level, jobId=job_id, **fields,
            storeOperations=usage.operations, requestCharge=round(usage.charge, 2), modelCalls=usage.model_calls,
            seconds=round(seconds, 3),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sent:
    """A decision that something must be sent before the message may be acknowledged; `reason`: of the failure behind it."""

    decision: Deferred | Verdict
    generation: int | None
    reason: Reason | None = None


def _refused(taken: Condemned | Outcome, message: QueuedJob) -> "Outcome | _Sent":
    """What follows when there was nothing to claim."""
    if isinstance(taken, Condemned):
        return _Sent(taken.verdict, taken.generation, taken.verdict.reason)
    return _Sent(taken, message.generation) if isinstance(taken, Deferred) else taken


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


def _again(message: QueuedJob, **changes: object) -> bytes:
    """Return the body of a message that is sent again; it stays in its trace, or in that of its first delivery."""
    trace = message.traceparent or observe.traceparent()
    return message.encode(**changes, **({"traceparent": trace} if trace else {}))
