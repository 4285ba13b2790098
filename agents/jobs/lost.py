"""Attempts that were begun and of which nobody ever wrote an end: the worker was killed, or lost the store for good.

Whoever takes the job over, or condemns it, finds that its lease has lapsed, and keeps what the document still knows of that
attempt: its number, when it began, until when it was leased. A worker that was late all the same may yet complete the job;
its attempt was none of these then. Pure, but for the line in the log.
"""

import logging
from datetime import datetime

from agents.jobs.job import LOST_ATTEMPTS, MAX_ATTEMPTS_KEPT, Job, JobStatus, held_by
from shared.clock import to_iso
from shared.observe.log import log_event
from shared.store.base import Document
from shared.store.query import AllOf, Compare, PatchOperation, Set

logger = logging.getLogger(__name__)


def lapsed(job: Job, at: datetime) -> AllOf:
    """Return the condition that a job is still as it was read: in work, by a worker whose lease has ended."""
    return AllOf((
        Compare("status", "=", JobStatus.IN_FLIGHT), Compare("generation", "=", job.generation),
        Compare("attempt", "=", job.attempt), Compare("lease.owner", "=", job.lease_owner),
        Compare("lease.expiresAt", "<=", to_iso(at)),
    ))  # fmt: skip


def take_over(job: Job, owner: str, at: datetime, until: datetime) -> list[PatchOperation]:
    """Return what makes a job ours whose worker is gone."""
    taken = [Set(name, value) for name, value in held_by(owner, since=at, until=until).items()]
    return [*taken, Set("attempt", job.attempt + 1), note_lost(job, at)]


def note_lost(job: Job, at: datetime) -> Set:
    """Return what keeps the last attempt among those that were lost. `at`: when that was found."""
    one = lost_attempt(job.document, at)
    log_event(
        logger, "an attempt was lost: it was begun, and its lease has ended without a word", level=logging.WARNING,
        jobId=job.job_id, attempt=one["n"], startedAt=one["startedAt"],
    )  # fmt: skip
    return Set(LOST_ATTEMPTS, [*(job.document.get(LOST_ATTEMPTS) or ()), one][-MAX_ATTEMPTS_KEPT:])


def lost_attempt(job: Document, at: datetime) -> Document:
    """Return what a document in work knows of its attempt. `startedAt` is None where an older build claimed it."""
    return {
        "n": job.get("attempt"), "at": to_iso(at), "startedAt": job.get("claimedAt"),
        "leasedUntil": (job.get("lease") or {}).get("expiresAt") or None,
    }  # fmt: skip
