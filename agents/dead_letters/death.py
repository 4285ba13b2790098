"""Why something died, and the record that is made of its death. Pure."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from agents.dead_letters.record import DeadLetter, DeadLetterStatus
from agents.jobs.job import MAX_ATTEMPTS_KEPT, Job, JobStatus
from shared.clock import to_iso
from shared.errors import Reason
from shared.observe import readable
from shared.observe.log import scrub
from shared.store.base import Document

MAX_USER_ID: Final = 255


@dataclass(frozen=True, slots=True)
class Death:
    """Why something died: the reason, the story for people, and the last failed attempts."""

    reason: Reason
    description: str
    attempts: tuple[Document, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The same for deaths of one cause: numbers in the description count for nothing."""
        last = self.attempts[-1].get("errorType", "") if self.attempts else ""
        words = "".join(letter for letter in scrub(self.description) if not letter.isdigit())
        return hashlib.sha256(f"{self.reason.value}|{last}|{words}".encode()).hexdigest()[:16]


def death_of(job: Job | None, generation: int, at: datetime, *, lazy: bool) -> Death:
    """Return why a generation of the job died, as the job's document knows it; one of a lazy kind has none if it died before
    it could fail.
    """
    if job is None and lazy:
        return Death(Reason.HOST_CRASH_SUSPECTED, "moved by the host, and no attempt lived to write down why")
    attempts = tuple(job.attempts[-MAX_ATTEMPTS_KEPT:]) if job else ()
    if job is None or job.generation != generation:
        return Death(Reason.UNKNOWN, "no document of this job tells why", attempts)
    verdict = job.verdict
    if verdict is not None:
        return Death(verdict.reason, verdict.description, attempts)
    if job.status is JobStatus.IN_FLIGHT:
        words = "its lease still runs" if job.leased_at(at) else "its lease has ended"
        what = f"moved by the host while in flight ({words}), {job.attempt} attempts"
        return Death(Reason.HOST_CRASH_SUSPECTED, what, attempts)
    if job.last_reason is not None:
        return Death(job.last_reason, f"moved by the host after: {job.last_message}", attempts)
    return Death(Reason.UNKNOWN, "moved by the host before any attempt was recorded", attempts)


def new_record(
    record_id: str, job_id: str, body: bytes, payload: dict[str, Any] | None, death: Death, *, queue: str, kind: str,
    replays: int, at: datetime,
) -> DeadLetter:  # fmt: skip
    """Return the record of one death; `payload`: the body, parsed, where it can be."""
    last = death.attempts[-1].get("traceparent") if death.attempts else None
    return DeadLetter({
        "id": record_id, "jobId": job_id, "status": DeadLetterStatus.OPEN.value, "reason": death.reason.value,
        "description": scrub(death.description), "fingerprint": death.fingerprint, "attempts": list(death.attempts),
        "payload": payload, "rawPayload": base64.b64encode(body).decode(), "payloadBytes": len(body),
        "createdAt": to_iso(at), "updatedAt": to_iso(at), "sourceQueue": queue, "replays": replays, "kind": kind,
        "traceparent": readable((payload or {}).get("traceparent")) or last, "occurrences": 1,
        "userId": _user_of(payload or {}), "deaths": [{"at": to_iso(at), "reason": death.reason.value}],
    })  # fmt: skip


def _user_of(payload: Mapping[str, Any]) -> str | None:
    """Whose job it was, as far as the payload says it; a field of its own, because payloads have no index."""
    named = payload.get("user_id", payload.get("userId"))
    return named if isinstance(named, str) and 0 < len(named) <= MAX_USER_ID else None
