"""The taste job's message: its identity, and the fields of its document. Producers write the names in either case."""

import hashlib
from typing import Annotated, Any, Final

from pydantic import Field, StrictInt, StrictStr

from agents.jobs.decide import JobPolicy
from agents.jobs.kinds import TASTE, EndedJobs, JobKind, Marker
from agents.jobs.messages import WHOLE, QueuedJob, StoredId, named, read
from agents.taste_analysis.profile import signal_id
from agents.taste_analysis.taken_back import taken_back_since
from shared.errors import PermanentError, Reason
from shared.store.base import Document
from shared.store.containers import JOBS
from shared.store.containers import TASTE as TASTE_PROFILES

IDENTITY: Final = ("userId", "itemId", "imageUrl", "galleryImageIndex")


def job_id_of(user_id: str, item_id: str, image_url: str, gallery_image_index: int | None) -> str:
    """Return the job's id: hex SHA-256 of `user:item:image:index`, with `-` for no index."""
    index = "-" if gallery_image_index is None else str(gallery_image_index)
    return hashlib.sha256(f"{user_id}:{item_id}:{image_url}:{index}".encode()).hexdigest()


class TasteJobMessage(QueuedJob):
    """One like whose picture is to be analysed."""

    job_id: StrictStr | None = named("job_id", "jobId", default=None)
    user_id: StoredId = named("user_id", "userId")
    item_id: StoredId = named("item_id", "itemId")
    image_url: Annotated[StrictStr, Field(min_length=1, max_length=2048)] = named("image_url", "imageUrl")
    gallery_image_index: Annotated[StrictInt, Field(ge=0, le=10_000), WHOLE] | None = named(
        "gallery_image_index", "galleryImageIndex", default=None
    )

    @property
    def key(self) -> str:
        """The job's id, computed: the one in the body was checked against it."""
        return job_id_of(self.user_id, self.item_id, self.image_url, self.gallery_image_index)


def parse(body: bytes) -> TasteJobMessage:
    """Read a queue body; raises as `messages.read`, and PAYLOAD_INVALID for a job id that is not the one it has to be."""
    message = read(body, TasteJobMessage)
    if message.job_id is not None and message.job_id.lower() != message.key:  # C# writes hex in upper case
        raise PermanentError(
            "job_id: is not the SHA-256 of user, item, image and index that it has to be", reason=Reason.PAYLOAD_INVALID
        )
    return message


def job_fields(
    *,
    user_id: str,
    item_id: str,
    image_url: str,
    gallery_image_index: int | None,
    created_at: str,
    payload: dict[str, Any] | None,
) -> dict[str, Any]:
    """Return the taste job's own fields of a job document. `payload`: the body as it came, None for a like of ours."""
    job_id = job_id_of(user_id, item_id, image_url, gallery_image_index)
    return {
        "kind": TASTE, "userId": user_id, "itemId": item_id, "imageUrl": image_url, "galleryImageIndex": gallery_image_index,
        "createdAt": created_at,
        "payload": payload or {
            "job_id": job_id, "user_id": user_id, "item_id": item_id, "image_url": image_url,
            "gallery_image_index": gallery_image_index, "createdAt": created_at, "retryCount": 0,
        },
    }  # fmt: skip


def taste_kind(
    queue: str, dead_letter_queue: str, *, policy: JobPolicy | None = None, at_once: int | None = None
) -> JobKind[TasteJobMessage]:
    """Return what the machinery of jobs knows of taste jobs."""
    return JobKind(
        name=TASTE, family="taste_job", function="ProcessTasteAnalysisJob", container=JOBS.key, queue=queue,
        dead_letter_queue=dead_letter_queue, parse=parse, fields=_fields, marker=_marker,
        ended=EndedJobs(JOBS.key, "lastCompletedAt"),
        identity=IDENTITY, policy=policy or JobPolicy(), at_once=at_once, taken_back=taken_back_since,
    )  # fmt: skip


def _fields(message: TasteJobMessage, at: str) -> dict[str, Any]:
    return job_fields(
        user_id=message.user_id, item_id=message.item_id, image_url=message.image_url,
        gallery_image_index=message.gallery_image_index, payload=message.body, created_at=message.created_at or at,
    )  # fmt: skip


def _marker(job: Document) -> Marker:
    return Marker(TASTE_PROFILES.key, signal_id(job["jobId"], job["generation"]), job["userId"])
