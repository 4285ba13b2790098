"""The events of one job, from its document, its dead letter and its signal. Pure.

A document holds the last twenty failed, deferred or lost attempts and repeats. A delivery that found the job leased, or no
free slot, is no attempt and is told by nobody.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from agents.dead_letters.record import DeadLetter, DeadLetterStatus
from agents.jobs.job import EPOCH, LOST_ATTEMPTS, Job, JobStatus
from agents.jobs.lost import lost_attempt
from shared.clock import parse_time, to_iso
from shared.store.base import Document

DEFERRALS: Final = frozenset({"DeferredError", "ModelSuspended"})  # of attempts that were noted before `until` was


class JobEvent(StrEnum):
    """What may happen to a job."""

    ACCEPTED = "accepted"
    ATTEMPT_LOST = "attempt_lost"
    ATTEMPT_STARTED = "attempt_started"
    ATTEMPT_FAILED = "attempt_failed"
    DEFERRED = "deferred"
    COMPLETED = "completed"
    SKIPPED = "skipped"
    DEAD_LETTERED = "dead_lettered"
    REPLAYED = "replayed"
    RETRIED = "retried"
    REPAIRED = "repaired"
    PURGED = "purged"
    RESOLVED = "resolved"
    DUPLICATE = "duplicate"
    SIGNAL_STORED = "signal_stored"
    WITHDRAWN = "withdrawn"


CAUSAL: Final = tuple(JobEvent)  # of one moment, the earlier name comes first
HANDLED: Final = {
    "requeued": JobEvent.REPLAYED,
    "purged": JobEvent.PURGED,
    "resolved": JobEvent.RESOLVED,
    "withdrawn": JobEvent.RESOLVED,
}
BEFORE_ANOTHER: Final = frozenset({JobEvent.SIGNAL_STORED})  # stored by the attempt that then completes


def events_of(
    job: Job | None, record: DeadLetter | None, signal: Document | None, *, at: datetime | None = None
) -> list[Document]:
    """Return what is known to have happened, oldest first; what has no readable time is left out. With `at`, the time of the
    reading, an attempt whose lease has ended by then is lost, whether anybody has found that or not.
    """
    found = [
        *(_of_job(job.document) if job else ()),
        *(_of_lost(job, at) if job else ()),
        *(_of_record(record) if record else ()),
        *(_of_signal(signal, job.document if job else {}) if signal else ()),
    ]  # fmt: skip
    timed = [(at, one) for one in found if (at := parse_time(one["at"])) is not None]
    timed.sort(key=lambda pair: (pair[0], _place(pair[1]["event"])))
    return [{**one, "at": to_iso(at)} for at, one in timed]


def _place(event: JobEvent) -> float:
    return CAUSAL.index(JobEvent.COMPLETED) - 0.5 if event in BEFORE_ANOTHER else CAUSAL.index(event)


def _event(event: JobEvent, at: object, **more: object) -> Document:
    return {"at": at, "event": event, **more}


def _of_job(job: Document) -> Iterator[Document]:
    yield _event(JobEvent.ACCEPTED, accepted_at(job))
    for one in job.get("attempts") or ():
        yield from _of_failure(one, job)
    last = job.get("lastAttempt") or {}
    status = job.get("status")
    if status == JobStatus.COMPLETED:
        if last.get("startedAt"):
            yield _event(JobEvent.ATTEMPT_STARTED, last["startedAt"], n=last.get("n"))
        ended = {"n": last.get("n"), "seconds": last.get("seconds")} if last else {}
        skipped = job.get("skipped")
        event, more = (JobEvent.SKIPPED, {"reason": skipped}) if skipped else (JobEvent.COMPLETED, {})
        yield _event(event, job.get("lastCompletedAt"), **ended, **more)
    elif status == JobStatus.IN_FLIGHT:
        yield _event(JobEvent.ATTEMPT_STARTED, job.get("claimedAt"), n=job.get("attempt"))
    verdict = job.get("verdict")
    if verdict and status == JobStatus.FAILED:  # decided, and its dead letter is not stored yet
        yield _event(JobEvent.DEAD_LETTERED, verdict.get("at"), deadLetterId=None, reason=verdict.get("reason"))
    for at in job.get("duplicatesAt") or ():
        yield _event(JobEvent.DUPLICATE, at)
    for one in job.get("actions") or ():
        if one.get("action") == "retry":
            yield _event(JobEvent.RETRIED, one.get("at"), **_who(one))
    if job.get("withdrawnAt"):
        yield _event(JobEvent.WITHDRAWN, job["withdrawnAt"])


def _of_lost(job: Job, at: datetime | None) -> Iterator[Document]:
    """Attempts of which nobody wrote an end. One whose worker was late and completed the job after all was not lost."""
    last = job.document.get("lastAttempt") or {}
    for one in job.document.get(LOST_ATTEMPTS) or ():
        if job.document.get("status") == JobStatus.COMPLETED and _moment(one) == _moment(last):
            continue
        yield _event(JobEvent.ATTEMPT_STARTED, one.get("startedAt"), n=one.get("n"))
        yield _lost(one)
    lease = parse_time((job.document.get("lease") or {}).get("expiresAt"))
    if at is not None and lease is not None and lease <= at and job.document.get("status") == JobStatus.IN_FLIGHT:
        yield _lost(lost_attempt(job.document, lease))


def _lost(one: Mapping[str, Any]) -> Document:
    return _event(
        JobEvent.ATTEMPT_LOST, one.get("at"), n=one.get("n"), startedAt=one.get("startedAt"), leasedUntil=one.get("leasedUntil")
    )


def _moment(one: Mapping[str, Any]) -> tuple[object, datetime | None]:
    return one.get("n"), parse_time(one.get("startedAt"))


def accepted_at(job: Mapping[str, Any]) -> str | None:
    """Return when a job was asked for: as the asker wrote it, or, where that is no time, by its generation."""
    asked = parse_time(job.get("createdAt"))
    if asked is not None:
        return to_iso(asked)
    generation = job.get("generation")
    return (
        to_iso(EPOCH + timedelta(milliseconds=generation)) if isinstance(generation, int) and 0 < generation < 2**45 else None
    )


def _of_failure(one: Mapping[str, Any], job: Document) -> Iterator[Document]:
    if one.get("startedAt"):
        yield _event(JobEvent.ATTEMPT_STARTED, one["startedAt"], n=one.get("n"))
    seconds, reason, message = one.get("seconds"), one.get("reason"), one.get("message")
    if one.get("until") or one.get("errorType") in DEFERRALS:
        waits = job.get("status") == JobStatus.FAILED and one.get("at") == (job.get("lastError") or {}).get("at")
        until = one.get("until") or (job.get("nextAttemptAt") if waits and not job.get("verdict") else None)
        yield _event(
            JobEvent.DEFERRED, one.get("at"), n=one.get("n"), until=until, reason=reason, message=message, seconds=seconds
        )
        return
    yield _event(
        JobEvent.ATTEMPT_FAILED, one.get("at"), n=one.get("n"), seconds=seconds, reason=reason, message=message,
        errorType=one.get("errorType"),
    )  # fmt: skip


def _of_record(record: DeadLetter) -> Iterator[Document]:
    deaths = record.deaths
    for index, one in enumerate(deaths):
        reason = one.get("reason") or (record.stored_reason if index == len(deaths) - 1 and not record.replays else None)
        yield _event(JobEvent.DEAD_LETTERED, one.get("at"), deadLetterId=record.record_id, reason=reason)
    for one in record.history:
        event = HANDLED.get(str(one.get("outcome")))
        if event is not None:
            yield _event(event, one.get("at"), deadLetterId=record.record_id, **_who(one))
    for one in record.repairs:
        yield _event(JobEvent.REPAIRED, one.get("at"), deadLetterId=record.record_id, **_who(one))
    by_hand = any(HANDLED.get(str(one.get("outcome"))) is JobEvent.RESOLVED for one in record.history)
    if record.status is DeadLetterStatus.RESOLVED and not by_hand:  # its job has completed after all
        yield _event(JobEvent.RESOLVED, record.updated_at, deadLetterId=record.record_id, actor=None, reason=None)


def _of_signal(signal: Document, job: Document) -> Iterator[Document]:
    if signal.get("type") == "signal":
        yield _event(JobEvent.SIGNAL_STORED, signal.get("storedAt") or job.get("lastCompletedAt"), signalId=signal["id"])


def _who(one: Mapping[str, Any]) -> Document:
    return {"actor": one.get("actor"), "reason": one.get("reason"), "operationId": one.get("operationId")}
