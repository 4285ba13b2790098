"""The digest job: one user's digest of one window. Its identity, its message, its document's fields."""

import hashlib
from typing import Annotated, Any

from pydantic import Field, StrictBool, StrictStr, field_validator

from agents.jobs.decide import JobPolicy
from agents.jobs.kinds import DIGEST, EndedJobs, JobKind, Marker
from agents.jobs.messages import QueuedJob, StoredId, read
from agents.weekly_digest.windows import slot_of
from shared.store.base import Document
from shared.store.containers import BACKGROUND_JOBS, DIGESTS


class DigestJobMessage(QueuedJob):
    """`again`: this message may be a second one for the same job. `force`: made although nothing has changed, by the manual run
    `run_id`, which replaces an earlier digest of the window once.
    """

    user_id: StoredId
    window: StrictStr
    run_id: Annotated[StrictStr, Field(min_length=1, max_length=200)]
    force: StrictBool = False
    again: StrictBool = False

    @field_validator("window")
    @classmethod
    def _is_a_week(cls, value: str) -> str:
        slot_of(value)
        return value

    @property
    def key(self) -> str:
        """The job's id: a hash of user and window, and of the run that forces it."""
        run = self.run_id if self.force else "-"
        return hashlib.sha256(f"digest:{self.window}:{self.user_id}:{run}".encode()).hexdigest()


def digest_id(user_id: str, window: str) -> str:
    """Return the id of the one digest of a user and window."""
    return f"{user_id}.{window}"


def message_body(user_id: str, window: str, run_id: str, *, force: bool, again: bool, at: str) -> dict[str, Any]:
    """Return a message's fields. `at`: when it was planned, ISO 8601."""
    return {"user_id": user_id, "window": window, "run_id": run_id, "force": force, "again": again, "createdAt": at}


def digest_kind(
    queue: str, dead_letter_queue: str, *, policy: JobPolicy | None = None, at_once: int | None = None
) -> JobKind[DigestJobMessage]:
    """Return what the machinery of jobs knows of digest jobs. Lazy: the digest itself is created once under its id."""
    return JobKind(
        name=DIGEST, family="digest_job", function="ProcessDigestJob", container=BACKGROUND_JOBS.key, queue=queue,
        dead_letter_queue=dead_letter_queue, parse=lambda body: read(body, DigestJobMessage), fields=_fields, marker=_marker,
        ended=EndedJobs(DIGESTS.key, "generatedAt", calls_model=True, uses="modelUse", names_job=True),
        identity=("userId", "window"),
        policy=policy or JobPolicy(), at_once=at_once,
        lazy=True,
    )  # fmt: skip


def _fields(message: DigestJobMessage, at: str) -> dict[str, Any]:
    return {
        "kind": DIGEST, "userId": message.user_id, "window": message.window, "runId": message.run_id, "force": message.force,
        "createdAt": message.created_at or at, "payload": {**message.body, "again": True},
    }  # fmt: skip


def _marker(job: Document) -> Marker | None:
    """A forced digest replaces one that stood before: its existence would prove nothing."""
    return None if job["force"] else Marker(DIGESTS.key, digest_id(job["userId"], job["window"]), job["userId"])
