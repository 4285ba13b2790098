"""The job as a value: its document read field by field, a claim on it, a verdict over it. Pure.

The document's field names stand here and in the conditions and patches of `changes`, `lost` and `lifecycle`; others ask the
value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self

from agents.jobs.messages import SCHEMA_VERSION, encode
from agents.jobs.outcomes import Deferred
from shared.clock import from_iso, to_iso
from shared.errors import ProcessorError, Reason, known_reason
from shared.observe.log import scrub
from shared.observe.metering import Spending
from shared.store.base import Document, Item

MAX_ATTEMPTS_KEPT: Final = 20
WITHDRAWN_BEFORE: Final = "withdrawnBefore"
TIMELESS: Final = 1  # the generation of what does not say when it was asked for: it tells of no earlier and no later
LOST_ATTEMPTS: Final = "lostAttempts"  # see `agents.jobs.lost`
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
FREE: Final[Mapping[str, str]] = {"owner": "", "expiresAt": ""}  # the lease that nobody holds


class JobStatus(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    IN_FLIGHT = "in_flight"
    COMPLETED = "completed"
    FAILED = "failed"
    DEAD_LETTERED = "dead_lettered"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The job is to go to the dead letters: decided, and written on the job."""

    reason: Reason
    description: str

    def to_document(self, at: datetime) -> Document:
        """Return it as it is stored on the job."""
        return {"reason": self.reason.value, "description": self.description, "at": to_iso(at)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any] | None) -> Self | None:
        """Read it; None where there is none."""
        return cls(known_reason(document["reason"]), str(document["description"])) if document else None


@dataclass(frozen=True, slots=True)
class Job:
    """One job's document, read; `document` is what is stored. `Job({})` is the job of which nothing is stored."""

    document: Document

    @classmethod
    def of(cls, item: Item | None) -> Self | None:
        """Return the job of what a read has found."""
        return cls(item.body) if item else None

    @property
    def job_id(self) -> str:
        """Its id, which is its partition too."""
        return str(self.document["jobId"])

    @property
    def kind(self) -> str | None:
        """Its kind's name; None for one that was stored before there were several."""
        return self.document.get("kind")

    @property
    def status(self) -> JobStatus:
        """Where it stands."""
        return JobStatus(self.document["status"])

    @property
    def ended(self) -> bool:
        """True when nothing will work on it any more."""
        return self.status in {JobStatus.COMPLETED, JobStatus.DEAD_LETTERED}

    @property
    def generation(self) -> int:
        """Which job of this id it is: a larger one replaced the smaller ones."""
        return int(self.document["generation"])

    @property
    def attempt(self) -> int:
        """How many attempts were begun."""
        return int(self.document["attempt"])

    @property
    def attempts(self) -> list[Document]:
        """The last failed attempts, oldest first."""
        return list(self.document.get("attempts") or ())

    @property
    def replays(self) -> int:
        """How often on-call has replayed it."""
        return int(self.document.get("replays", 0))

    @property
    def outbox(self) -> bool:
        """Whether its message may not have been sent yet."""
        return bool(self.document.get("outbox"))

    @property
    def purged(self) -> bool:
        """Whether its dead letter was purged: the same job, sent anew, is a new one."""
        return bool(self.document.get("purged"))

    @property
    def withdrawn(self) -> bool:
        """Whether what asked for it was taken back since: the same job, sent anew, is a new one."""
        return "withdrawnAt" in self.document

    def marked(self, at: datetime) -> "Job":
        """Return it as taken back at `at`."""
        return Job({**self.document, "withdrawnAt": to_iso(at)})

    def withdrawn_at(self, generation: int | None) -> datetime | None:
        """When what asked for it, or for an earlier generation of it, was taken back; None where it was not."""
        if generation == self.generation:
            return from_iso(self.document["withdrawnAt"]) if self.withdrawn else None
        before = self.document.get(WITHDRAWN_BEFORE)
        if before is None or generation is None or (generation == TIMELESS and generation != before["generation"]):
            return None
        return from_iso(before["at"]) if generation <= before["generation"] else None

    @property
    def taken_back(self) -> Document:
        """What the generation after it has to know: the last one that was taken back, and when."""
        if self.withdrawn:
            return {WITHDRAWN_BEFORE: {"generation": self.generation, "at": self.document["withdrawnAt"]}}
        return {WITHDRAWN_BEFORE: self.document[WITHDRAWN_BEFORE]} if WITHDRAWN_BEFORE in self.document else {}

    @property
    def lease_owner(self) -> str:
        """Who holds it, empty for nobody."""
        return str(self.document["lease"]["owner"])

    @property
    def lease_until(self) -> datetime:
        """When the lease ends; only of a job that is leased."""
        return from_iso(self.document["lease"]["expiresAt"])

    def leased_at(self, at: datetime) -> bool:
        """True while its lease runs."""
        return bool(self.document["lease"]["expiresAt"] > to_iso(at))

    @property
    def due(self) -> datetime:
        """When its next attempt may begin."""
        return from_iso(self.document["nextAttemptAt"])

    @property
    def verdict(self) -> Verdict | None:
        """The verdict that stands; its dead letter may not have been sent."""
        return Verdict.from_document(self.document.get("verdict"))

    @property
    def last_reason(self) -> Reason | None:
        """Why its last failed attempt failed."""
        last = self.document.get("lastError")
        return known_reason(last["reason"]) if last else None

    @property
    def last_message(self) -> str:
        """What its last failed attempt said."""
        return str((self.document.get("lastError") or {}).get("message", ""))

    @property
    def deferred_since(self) -> datetime | None:
        """When it was deferred for the first time since it was queued."""
        text = self.document.get("deferredSince")
        return from_iso(text) if text else None

    @property
    def analysis(self) -> Document | None:
        """What attempts have learnt and later ones need not pay for."""
        return self.document.get("analysis")

    @property
    def created_at(self) -> str | None:
        """When it was asked for, as the asker wrote it."""
        return self.document.get("createdAt")

    @property
    def updated_at(self) -> str:
        """When it was written last."""
        return str(self.document["updatedAt"])

    @property
    def last_completed_at(self) -> str | None:
        """When it, or the generation before it, was completed."""
        return self.document.get("lastCompletedAt")

    @property
    def duplicates(self) -> list[str]:
        """When the same was asked for again, of late, ISO 8601."""
        return list(self.document.get("duplicatesAt") or ())

    @property
    def dead_letter_id(self) -> str | None:
        """The id of its dead letter."""
        return self.document.get("deadLetterId")

    def message(self) -> bytes:
        """Return the body of its queue message: its payload, its generation, and which replay of it."""
        return encode({
            **self.document["payload"], "generation": self.generation, "retryCount": self.document.get("retryCount", 0),
            "schemaVersion": SCHEMA_VERSION, "replays": self.replays,
        })  # fmt: skip

    def followed_by(self, fresh: Document) -> Document:
        """Return `fresh`, a first document of a later generation, as it takes this job's place."""
        return {**fresh, "lastCompletedAt": self.last_completed_at, **self.taken_back}

    def reset(self, fresh: Document) -> Document:
        """Return `fresh`, a first document, as this job's replay: its attempts stay as its history, and what the model said."""
        kept = {name: self.document.get(name) for name in ("attempts", "analysis", "lastError", "createdAt", "deadLetterId")}
        kept |= {name: self.document[name] for name in (LOST_ATTEMPTS, "actions", WITHDRAWN_BEFORE) if name in self.document}
        return {**fresh, **kept, "replays": self.replays + 1}


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is ours until `lease_until`: as it stood after the claim.

    `repeated`: it may have been begun before. The first delivery of a lazy kind has no document and no owner: `stored` is
    False, and nobody is kept from running it as well. `not_erased`: with this claim it was seen that its person is not erased.
    """

    job_id: str
    generation: int
    owner: str
    attempt: int
    lease_until: datetime
    job: Job
    repeated: bool = True
    not_erased: bool = False

    @property
    def stored(self) -> bool:
        """True when the claim stands in the job's document."""
        return bool(self.owner)


@dataclass(frozen=True, slots=True)
class Condemned:
    """Found at a claim: a verdict stands already, only the dead letter has not been sent, or not for sure."""

    generation: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Rescheduled:
    """The job comes back: its message is to be sent again, about this generation."""

    generation: int
    deferred: Deferred


def generation_at(at: datetime, *, after: int = 0) -> int:
    """Return a new generation: milliseconds since the epoch, above `after`. Unique even when the document expired."""
    return max((at - EPOCH) // timedelta(milliseconds=1), after + 1)


def new_document(fields: Mapping[str, Any], *, job_id: str, generation: int, at: datetime, outbox: bool) -> Document:
    """Return a job's first document of a generation; `fields` are the kind's own."""
    now = to_iso(at)
    return {
        "id": job_id, "jobId": job_id, "status": JobStatus.QUEUED.value, **fields,
        "generation": generation, "attempt": 0, "retryCount": 0, "outbox": outbox,
        "createdAt": fields.get("createdAt") or now, "updatedAt": now, "nextAttemptAt": now,
        "lease": dict(FREE), "attempts": [], "verdict": None, "analysis": None,
        "lastError": None, "deferredSince": None, "lastCompletedAt": fields.get("lastCompletedAt"), "replays": 0,
    }  # fmt: skip


def held_by(owner: str, *, since: datetime, until: datetime) -> Document:
    """Return the fields of a job that a worker has claimed, beside the number of its attempt."""
    now = to_iso(since)
    return {
        "status": JobStatus.IN_FLIGHT.value, "lease": {"owner": owner, "expiresAt": to_iso(until)}, "outbox": False,
        "updatedAt": now, "claimedAt": now,
    }  # fmt: skip


def failed_attempt(
    number: int, error: ProcessorError, at: datetime, traceparent: str | None, *, started: datetime, used: Spending,
    until: datetime | None,
) -> Document:  # fmt: skip
    """Return one failed attempt as the job remembers it. `until`: the job was deferred, and kept this attempt."""
    return {
        **ended_attempt(number, at, traceparent, started=started, used=used), "reason": error.reason.value,
        "errorType": type(error).__name__, "message": scrub(str(error)), "until": to_iso(until) if until else None,
    }  # fmt: skip


def ended_attempt(
    number: int, at: datetime, traceparent: str | None, *, started: datetime, used: Spending
) -> Document:  # fmt: skip
    """Return how an attempt went that began at `started` and ended at `at`. `used`: what the models took."""
    return {
        **({"used": used} if used else {}),
        "n": number, "at": to_iso(at), "startedAt": to_iso(started), "traceparent": traceparent,
        "seconds": round(max(0.0, (at - started).total_seconds()), 3),
    }  # fmt: skip
