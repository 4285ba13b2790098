"""Jobs of which nothing is stored but what they made: the first delivery of a lazy kind that ended well leaves no document.

Where what it made says which job that was (`EndedJobs.names_job`), the job is told of it: whose, when asked for, when done.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from agents.jobs.job import EPOCH, LOST_ATTEMPTS, Job, JobStatus
from agents.jobs.kinds import AnyKind
from shared.clock import from_iso, parse_time, to_iso
from shared.errors import SICK_DOCUMENT
from shared.store.base import Document

NAMED: Final = "jobId"  # of what a job has made
MADE: Final = "attempt"
LAST: Final = 253_402_300_799_999  # milliseconds, the end of the year 9999
FIELDS: Final = ("id", "userId", NAMED, MADE)


def made_by(job_id: str, *, asked_at: str | None, started_at: str, repeated: bool) -> Document:
    """Return the fields by which what a job has made tells of it. `repeated`: an earlier delivery ended without a word."""
    return {NAMED: job_id, MADE: {"askedAt": asked_at, "startedAt": started_at, "repeated": repeated}}


def job_of(kind: AnyKind, made: Mapping[str, Any]) -> Job | None:
    """Return the job that made something, as a document of it would be; None where what it made cannot be read."""
    try:
        return _job_of(kind, made)
    except SICK_DOCUMENT:
        return None


def _job_of(kind: AnyKind, made: Mapping[str, Any]) -> Job:
    done = from_iso(made[kind.ended.field])
    how = made.get(MADE) or {}
    started = parse_time(how.get("startedAt"))
    asked = parse_time(how.get("askedAt"), at_most=done)
    n = 2 if how.get("repeated") else 1
    lost = {"n": 1, "at": how.get("startedAt"), "startedAt": None, "leasedUntil": None}
    seconds = round(max(0.0, (done - started).total_seconds()), 3) if started else None
    document: Document = {
        "id": made[NAMED], "jobId": made[NAMED], "kind": kind.name, "status": JobStatus.COMPLETED.value,
        "userId": made.get("userId"), "attempt": n, "generation": milliseconds(to_iso(done)),
        "createdAt": to_iso(asked or started or done), "updatedAt": to_iso(done), "lastCompletedAt": to_iso(done),
        "lastAttempt": {"n": n, "startedAt": how.get("startedAt"), "seconds": seconds},
        LOST_ATTEMPTS: [lost] if how.get("repeated") else [],
    }  # fmt: skip
    return Job(document)


def milliseconds(instant: str) -> int:
    """Return an instant as a generation's number."""
    return (from_iso(instant) - EPOCH) // timedelta(milliseconds=1)


def instant(generation: int) -> str:
    """Return a generation's number as an instant, as it is stored."""
    return to_iso(EPOCH + timedelta(milliseconds=min(generation, LAST)))
