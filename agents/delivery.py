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
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Generic, Protocol, TypeVar

from agents.jobs import Claim, Condemned, JobMessage, Jobs, Verdict
from shared.clock import Clock
from shared.errors import (
    DeferredError,
    PermanentError,
    ProcessorError,
    RetryableError,
    StoreConflict,
)
from shared.metering import Usage, measure
from shared.outcomes import Deferred, Done, Duplicate, Outcome, Skipped
from shared.queues import Queues
from shared.store.base import Document
from shared.telemetry import log_event, scrub

logger = logging.getLogger(__name__)
OUTAGE_BASE_SECONDS: Final = 15.0
OUTAGE_MAXIMUM_SECONDS: Final = 900.0
LEASE_SHARE: Final = 0.8  # an attempt is cut before its lease ends, so that two never work on purpose


class Message(JobMessage, Protocol):
    """A parsed message that can be sent again with changes, every other field kept."""

    @property
    def deferrals(self) -> int:
        """How often the message was sent again because nothing could be written."""

    def encode(self, **changes: object) -> bytes:
        """Return the body with `changes` on top."""


M = TypeVar("M", bound=Message)


@dataclass(slots=True)
class Checkpoint:
    """What an attempt has learnt so far and a later one need not pay for again; stored with a failure."""

    value: Document | None = None


class Workflow(Protocol[M]):
    """What the runner needs of a queue's workflow."""

    name: str
    queue: str
    dead_letter_queue: str

    def parse(self, body: bytes) -> M:
        """Read a body; raises `PermanentError` or `DeferredError`."""

    def fields(self, message: M) -> Mapping[str, Any]:
        """The workflow's own fields of a new job document."""

    async def run(self, claim: Claim, message: M, checkpoint: Checkpoint) -> Outcome:
        """Do the work and make it durable; the runner completes the job afterwards."""

    async def resolved(self, claim: Claim) -> None:
        """A job that was dead-lettered has finished after all: settle its dead letter."""


@dataclass(frozen=True, slots=True)
class Runner(Generic[M]):
    """Runs one workflow's messages."""

    workflow: Workflow[M]
    jobs: Jobs
    queues: Queues
    clock: Clock

    async def deliver(self, body: bytes) -> Outcome | Verdict:
        """Handle one message; the returned value is for logs and tests, returning at all acknowledges."""
        started = self.clock.now()
        with measure() as usage:
            outcome, job_id = await self._deliver(body)
        self._log(outcome, job_id, usage, (self.clock.now() - started).total_seconds())
        return outcome

    async def _deliver(self, body: bytes) -> tuple[Outcome | Verdict, str | None]:
        try:
            message = self.workflow.parse(body)
        except PermanentError as error:
            await self.queues.send(self.workflow.dead_letter_queue, body)
            return Verdict(error.reason, scrub(str(error))), None
        except DeferredError as error:
            await self.queues.send(self.workflow.queue, body, delay_seconds=error.delay_seconds)
            return Deferred(self.clock.now() + timedelta(seconds=error.delay_seconds), scrub(str(error))), None
        try:
            outcome = await self._attempt(message)
        except RetryableError as error:  # nothing could be written: the message itself has to remember
            return await self._sit_out(message, error), message.key
        except StoreConflict as error:
            return await self._sit_out(message, RetryableError(str(error), reason=error.reason)), message.key
        if isinstance(outcome, _Sent):
            return await self._follow(message, body, outcome), message.key
        return outcome, message.key

    async def _attempt(self, message: M) -> "Outcome | _Sent":
        taken = await self.jobs.claim(message, self.workflow.fields(message))
        if isinstance(taken, Condemned):
            return _Sent(taken.verdict, taken.generation)
        if not isinstance(taken, Claim):
            return _Sent(taken, message.generation) if isinstance(taken, Deferred) else taken
        checkpoint = Checkpoint(taken.document.get("analysis"))
        try:
            outcome = await self._run(taken, message, checkpoint)
        except ProcessorError as error:
            return _Sent(await self.jobs.fail(taken, error, checkpoint.value), taken.generation)
        if isinstance(outcome, Deferred):
            return _Sent(outcome, taken.generation)
        late = await self.jobs.complete(taken)
        if late is not None and late == Duplicate("was dead-lettered"):
            await self.workflow.resolved(taken)
        return late or outcome

    async def _run(self, claim: Claim, message: M, checkpoint: Checkpoint) -> Outcome:
        seconds = self.jobs.policy.lease_seconds * LEASE_SHARE
        try:
            async with asyncio.timeout(seconds):
                return await self.workflow.run(claim, message, checkpoint)
        except TimeoutError:
            raise RetryableError(f"the attempt took longer than {seconds:.0f} s") from None
        except ProcessorError:
            raise
        except Exception as error:  # the one place: a defect of ours must cost one job an attempt, not the host its loop
            logger.exception("an attempt failed in a way nobody foresaw")
            raise RetryableError(f"{type(error).__name__}: {error}") from error

    async def _follow(self, message: M, body: bytes, sent: "_Sent") -> Outcome | Verdict:
        decision = sent.decision
        if isinstance(decision, Verdict):
            await self.queues.send(self.workflow.dead_letter_queue, body)
        else:
            seconds = max(0.0, (decision.until - self.clock.now()).total_seconds())
            again = message.encode(**({"generation": sent.generation} if sent.generation else {}))
            await self.queues.send(self.workflow.queue, again, delay_seconds=math.ceil(seconds))
        return decision

    async def _sit_out(self, message: M, error: RetryableError) -> Outcome:
        """The store is down: no attempt is spent, the message comes back later and later."""
        spread = 0.5 + self.clock.uniform(0.0, 0.5)
        seconds = min(OUTAGE_MAXIMUM_SECONDS, OUTAGE_BASE_SECONDS * 2.0 ** min(message.deferrals, 10)) * spread
        seconds = max(seconds, error.retry_after_seconds or 0.0)
        again = message.encode(deferrals=message.deferrals + 1)
        await self.queues.send(self.workflow.queue, again, delay_seconds=seconds)
        return Deferred(self.clock.now() + timedelta(seconds=seconds), f"{error.reason.value}: {scrub(str(error))}")

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
            logger, f"{self.workflow.name}: {type(outcome).__name__.lower()}", level=level, jobId=job_id, **fields,
            storeOperations=usage.operations, requestCharge=round(usage.charge, 2), modelCalls=usage.model_calls,
            seconds=round(seconds, 3),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sent:
    """A decision that something must be sent before the message may be acknowledged."""

    decision: Deferred | Verdict
    generation: int | None
