"""What the steps of a job's life ask of its document and change in it: conditions and patches. Pure, as far as `lost` is."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from agents.jobs.decide import Decision, Defer, JobPolicy
from agents.jobs.job import FREE, MAX_ATTEMPTS_KEPT, Claim, Job, JobStatus, Verdict
from agents.jobs.lost import note_lost
from shared.clock import to_iso
from shared.store.base import Document
from shared.store.query import AllOf, AnyOf, Compare, PatchOperation, Set


def claimable(generation: int, policy: JobPolicy, about: Iterable[tuple[str, Any]], at: datetime) -> AllOf:
    """Return the condition that a job can be claimed: of this generation, with an attempt left, due, under no verdict, and
    `about` the same.
    """
    due = AllOf((Compare("status", "=", JobStatus.FAILED), Compare("nextAttemptAt", "<=", to_iso(at))))
    return AllOf((
        Compare("generation", "=", generation),
        Compare("attempt", "<", policy.attempts),
        Compare("verdict", "=", None),
        AnyOf((Compare("status", "=", JobStatus.QUEUED), due)),
        *(Compare(name, "=", value) for name, value in about),
    ))  # fmt: skip


def still_ours(claim: Claim) -> AllOf:
    """Return the condition that the lease is still the claim's."""
    return AllOf((Compare("status", "=", JobStatus.IN_FLIGHT), Compare("lease.owner", "=", claim.owner)))


def changes_of_completion(ended: Document, skipped: str | None, at: datetime) -> list[PatchOperation]:
    """Return what completing a job changes: below the platform's limit of ten operations a patch. `ended`: its last attempt."""
    now = to_iso(at)
    return [
        Set("status", JobStatus.COMPLETED), Set("lastCompletedAt", now), Set("updatedAt", now), Set("verdict", None),
        Set("lease", dict(FREE)), Set("analysis", None), Set("deferredSince", None), Set("skipped", skipped),
        Set("lastAttempt", ended),
    ]  # fmt: skip


def changes_of_verdict(job: Job, verdict: Verdict, at: datetime) -> list[PatchOperation]:
    """Return what a verdict changes that no attempt has come to; an attempt in work is lost."""
    return [
        Set("status", JobStatus.FAILED), Set("verdict", verdict.to_document(at)), Set("updatedAt", to_iso(at)),
        *([note_lost(job, at)] if job.status is JobStatus.IN_FLIGHT else ()),
    ]  # fmt: skip


def changes_of_failure(
    job: Job, decision: Decision, failed: Document, attempt: int, checkpoint: Document | None, at: datetime
) -> list[PatchOperation]:
    """Return what a failed attempt changes: below the platform's limit of ten operations a patch."""
    kept = attempt - 1 if isinstance(decision, Defer) else attempt
    due = at if isinstance(decision, Verdict) else decision.due
    changes: list[PatchOperation] = [
        Set("status", JobStatus.FAILED), Set("attempt", kept), Set("retryCount", kept), Set("lastError", failed),
        Set("attempts", [*job.attempts, failed][-MAX_ATTEMPTS_KEPT:]), Set("nextAttemptAt", to_iso(due)),
        Set("updatedAt", to_iso(at)),
    ]  # fmt: skip
    if isinstance(decision, Verdict):
        changes.append(Set("verdict", decision.to_document(at)))
    elif isinstance(decision, Defer):
        changes.append(Set("deferredSince", to_iso(decision.since)))
    if checkpoint != job.analysis:
        changes.append(Set("analysis", checkpoint))
    return changes
