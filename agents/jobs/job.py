"""The job document as a value: what a claim holds, what a verdict says, how a new one begins. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shared.clock import from_iso, to_iso
from shared.errors import Reason
from shared.store.base import Document

MAX_ATTEMPTS_KEPT: Final = 20


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is ours until `lease_until`: its document as it stood after the claim.

    `repeated`: it may have been begun before. The first delivery of a lazy kind has no document and no owner: `stored` is
    False, and nobody is kept from running it as well.
    """

    job_id: str
    generation: int
    owner: str
    attempt: int
    lease_until: datetime
    document: Document
    repeated: bool = True

    @property
    def stored(self) -> bool:
        """True when the claim stands in the job's document."""
        return bool(self.owner)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The job is to go to the dead letters: decided, and written on the job."""

    reason: Reason
    description: str


@dataclass(frozen=True, slots=True)
class Condemned:
    """Found at a claim: a verdict stands already, only the dead letter has not been sent, or not for sure."""

    generation: int
    verdict: Verdict


def generation_at(at: datetime, *, after: int = 0) -> int:
    """Return a new generation: milliseconds since the epoch, above `after`. Unique even when the document expired."""
    return max(int(at.timestamp() * 1000), after + 1)


def new_document(fields: Mapping[str, Any], *, job_id: str, generation: int, at: datetime, outbox: bool) -> Document:
    """Return a job's first document of a generation; `fields` are the workflow's own."""
    now = to_iso(at)
    return {
        "id": job_id, "jobId": job_id, "status": "queued", **fields,
        "generation": generation, "attempt": 0, "retryCount": 0, "outbox": outbox,
        "createdAt": fields.get("createdAt") or now, "updatedAt": now, "nextAttemptAt": now,
        "lease": {"owner": "", "expiresAt": ""}, "attempts": [], "verdict": None, "analysis": None,
        "lastError": None, "deferredSince": None, "lastCompletedAt": fields.get("lastCompletedAt"), "replays": 0,
    }  # fmt: skip


def parse_time(text: str | None, *, at_most: datetime) -> datetime | None:
    """Return a producer's time, never later than `at_most` (a clock ahead must not weigh more); None if unreadable."""
    if not text:
        return None
    try:
        return min(from_iso(text), at_most)
    except (ValueError, OverflowError):
        return None
