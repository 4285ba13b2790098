"""What follows from a failed attempt, and when a job is the same as one before. Pure: no clock, no store, no chance."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from agents.jobs.job import Job, JobStatus, Verdict
from shared.clock import parse_time, to_iso
from shared.errors import (
    DeferredError,
    ModelGarbage,
    PermanentError,
    ProcessorError,
    Reason,
    RetryableError,
    StoreMisconfigured,
)
from shared.observe.log import scrub
from shared.retry import REDELIVERY, Backoff, QuickRetry
from shared.settings import JobSettings

DEFAULTS: Final = JobSettings()
MISCONFIGURED_SECONDS: Final = 300.0
DEFER_SPREAD: Final = 0.1  # of the stated delay, so that what was deferred together does not come back together
DEFER_SPREAD_MAXIMUM_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class JobPolicy:
    """Limits of a job's life: `attempts` in all, `quick` tries inside each, the rest in seconds."""

    attempts: int = DEFAULTS.max_attempts
    lease_seconds: float = DEFAULTS.lease_seconds
    defer_budget_seconds: float = DEFAULTS.defer_budget_seconds
    completed_ttl_seconds: float = DEFAULTS.completed_ttl_seconds
    dedupe_ttl_seconds: float = DEFAULTS.dedupe_ttl_seconds
    redelivery: Backoff = REDELIVERY
    quick: QuickRetry = field(default_factory=QuickRetry)

    @classmethod
    def of(cls, settings: JobSettings) -> "JobPolicy":
        """Return the limits that a kind's settings say."""
        return cls(
            attempts=settings.max_attempts, lease_seconds=settings.lease_seconds,
            defer_budget_seconds=settings.defer_budget_seconds, completed_ttl_seconds=settings.completed_ttl_seconds,
            dedupe_ttl_seconds=settings.dedupe_ttl_seconds,
            redelivery=Backoff(settings.requeue_base_seconds, settings.requeue_max_seconds, REDELIVERY.spread),
            quick=QuickRetry(
                settings.max_retries, settings.base_backoff_seconds, settings.max_backoff_seconds, settings.jitter_seconds
            ),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Retry:
    """Another attempt at `due`; this one is spent."""

    due: datetime


@dataclass(frozen=True, slots=True)
class Defer:
    """The job waits until `due` and keeps its attempt; `since`: when it was deferred for the first time."""

    due: datetime
    since: datetime


Decision = Retry | Defer | Verdict


def decide(
    policy: JobPolicy,
    *,
    attempt: int,
    last_reason: Reason | None,
    error: ProcessorError,
    deferred_since: datetime | None,
    at: datetime,
    jitter: float,
    held: timedelta = timedelta(0),
) -> Decision:
    """Return what follows from an attempt that failed with `error` at `at`.

    `attempt`: its number, 1 for the first; `last_reason`: why the one before failed; `jitter` is in 0..1. `held`: of the time
    since its first deferral, how long its queue was paused, which is no waiting for a dependency.
    """
    if isinstance(error, StoreMisconfigured):  # an operator's to mend, and no job's fault
        error = DeferredError(str(error), delay_seconds=MISCONFIGURED_SECONDS, reason=error.reason)
    if isinstance(error, DeferredError):
        since = deferred_since or at
        if at - since - held >= timedelta(seconds=policy.defer_budget_seconds):
            return Verdict(error.reason, f"deferred since {to_iso(since)}: {scrub(str(error))}")
        spread = jitter * min(DEFER_SPREAD_MAXIMUM_SECONDS, DEFER_SPREAD * error.delay_seconds)
        return Defer(at + timedelta(seconds=error.delay_seconds + spread), since)
    hopeless = isinstance(error, ModelGarbage) and last_reason is error.reason  # the same answer after a repair, twice
    if isinstance(error, PermanentError) or attempt >= policy.attempts or hopeless:
        return Verdict(error.reason, scrub(str(error)))
    wait = policy.redelivery.delay(attempt, jitter=jitter)
    if isinstance(error, RetryableError) and error.retry_after_seconds is not None:
        wait = max(wait, error.retry_after_seconds)
    return Retry(at + timedelta(seconds=wait))


def is_fresh(job: Job, *, at: datetime, policy: JobPolicy) -> bool:
    """True while a completed job answers an identical one as a duplicate: by its completion, or by its creation."""
    if job.withdrawn:
        return False
    completed = parse_time(job.last_completed_at, at_most=at)
    created = parse_time(job.created_at, at_most=at)
    return (completed is not None and at - completed < timedelta(seconds=policy.completed_ttl_seconds)) or (
        created is not None and at - created < timedelta(seconds=policy.dedupe_ttl_seconds)
    )


def asks_for_another(job: Job, created_at: str | None, *, at: datetime, policy: JobPolicy) -> bool:
    """Whether a producer's message, which names no generation, asks for another job than the one of its id that stands at `at`.

    `created_at`: when it says it was asked for. A copy of what the job was made of never does; any other does once that was
    taken back, or was completed too long ago to answer for it.
    """
    if created_at is not None and created_at == job.created_at:
        return False
    return job.withdrawn or (job.status is JobStatus.COMPLETED and not is_fresh(job, at=at, policy=policy))


def verdict_over_spent(job: Job) -> Verdict:
    """Return what is said of a job whose every attempt was taken, and none of them lived to say why: the payload may be killing
    its workers.
    """
    crashed = job.status is JobStatus.IN_FLIGHT or job.last_reason is None
    reason = Reason.HOST_CRASH_SUSPECTED if crashed or job.last_reason is None else job.last_reason
    return Verdict(reason, f"{job.attempt} attempts were begun and none was finished")
