"""The jobs of every kind: listed, one in full, and its timeline."""

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field

from agents.api.endpoint import Answered, NoBody, NoParameters, PageParameters, endpoint
from agents.api.http import Call, Response, checked_page, no_such
from agents.api.parts import hex_digest
from agents.jobs.filter import JobFilter
from agents.jobs.job import JobStatus
from agents.jobs.kinds import KindName
from agents.jobs.listing import JobListing, as_row
from agents.timeline.events import JobEvent
from agents.timeline.reading import Timelines
from shared.errors import Reason

PRIVATE = {"Cache-Control": "no-store"}


class JobParameters(PageParameters, JobFilter):
    """Which jobs: all that match every parameter given; or those whose ids begin with `id`, whatever the other parameters."""

    id: Annotated[
        Annotated[str, Field(pattern=r"^[0-9a-fA-F]{6,64}$"), AfterValidator(str.lower)] | None,
        Field(description="How the job's id begins, 6 hex digits or more."),
    ] = None
    model_config = ConfigDict(extra="ignore")  # a query's unknown names are told in one place, with the nearest known one

    @property
    def chosen(self) -> JobFilter:
        """The filter."""
        return JobFilter.model_validate({name: getattr(self, name) for name in JobFilter.model_fields})


class LastError(Answered):
    """Why a job died, or failed the last time."""

    at: str | None
    reason: Reason | None
    message: str | None


class AttemptRecord(Answered):
    """An attempt that failed, the `n`th; or one that was put off, `until` then, and does not count. `seconds`: how long it
    took; null of one that an older build noted.
    """

    n: int | None = None
    at: str | None = None
    started_at: str | None = Field(None, alias="startedAt")
    seconds: float | None = None
    reason: Reason | None = None
    error_type: str | None = Field(None, alias="errorType")
    message: str | None = None
    until: str | None = None


class JobRow(Answered):
    """One job without its payload. `lastError`: why it died, or failed the last time; `deadLetterId`: where it waits."""

    job_id: str = Field(alias="jobId")
    kind: KindName
    status: JobStatus
    user_id: str | None = Field(alias="userId")
    item_id: str | None = Field(alias="itemId")
    attempt: int
    generation: int
    created_at: str | None = Field(alias="createdAt")
    updated_at: str | None = Field(alias="updatedAt")
    next_attempt_at: str | None = Field(alias="nextAttemptAt")
    last_error: LastError | None = Field(alias="lastError")
    dead_letter_id: str | None = Field(alias="deadLetterId")


class JobDetail(JobRow):
    """One job with its last failed attempts, oldest first."""

    attempts: list[AttemptRecord]


class JobPage(Answered):
    """A page of jobs of every kind, newest first."""

    jobs: list[JobRow]
    cursor: str | None


class TimelineEvent(Answered):
    """One thing that happened to a job; which fields it has depends on `event`. `actor`, `reason` and `operationId` of what
    somebody did are theirs; of a failure `reason` is why. Of an `attempt_lost`, whose worker was killed, `at` is when that was
    found, and `leasedUntil` when its time was over.
    """

    at: str
    event: JobEvent
    n: int | None = None
    seconds: float | None = None
    reason: str | None = None
    message: str | None = None
    error_type: str | None = Field(None, alias="errorType")
    until: str | None = None
    started_at: str | None = Field(None, alias="startedAt")
    leased_until: str | None = Field(None, alias="leasedUntil")
    dead_letter_id: str | None = Field(None, alias="deadLetterId")
    signal_id: str | None = Field(None, alias="signalId")
    actor: str | None = None
    operation_id: str | None = Field(None, alias="operationId")


class TermStanding(Answered):
    """Where a term stands in the user's taste now. `projected`: it is in the user's list of its kind."""

    weight: float
    evidence: int
    first_seen_at: str = Field(alias="firstSeenAt")
    last_seen_at: str = Field(alias="lastSeenAt")
    projected: bool


class TaughtTerm(Answered):
    """A term that the like has taught, and its standing; null where the taste does not hold it any more."""

    kind: str
    term: str
    weight: float
    in_profile: TermStanding | None = Field(alias="inProfile")


class TaughtSignal(Answered):
    """What a like has taught; `at` is of the like."""

    id: str
    at: str
    terms: list[TaughtTerm]


class ExactMessage(Answered):
    """A job's message. `text`: null where it is no UTF-8; `hex`: of the first 4096 bytes; `json`: null where it is no JSON
    object. What is longer than 64 KiB is cut, and has no `json`.
    """

    bytes: int
    text: str | None
    hex: str
    json_object: dict[str, Any] | None = Field(alias="json")


class Timeline(Answered):
    """What happened to a job, oldest first, and what came of it. `message`: null where it was purged; `signal`: null where
    nothing was learnt, or it was taken back.
    """

    job_id: str = Field(alias="jobId")
    kind: KindName
    status: JobStatus
    user_id: str | None = Field(alias="userId")
    item_id: str | None = Field(alias="itemId")
    generation: int | None
    trace_id: str | None = Field(alias="traceId")
    events: list[TimelineEvent]
    signal: TaughtSignal | None
    dead_letter_id: str | None = Field(alias="deadLetterId")
    message: ExactMessage | None


class JobEndpoints:
    """See the module."""

    def __init__(self, *, listing: JobListing, timelines: Timelines) -> None:
        self._listing = listing
        self._timelines = timelines

    @endpoint("GET", "ops/jobs", query=JobParameters, answers={200: JobPage})
    async def get_jobs(self, call: Call[JobParameters, NoBody]) -> Response:
        """Page through the jobs of every kind, newest first."""
        query = call.query
        if query.id is not None:
            rows = await self._listing.beginning(query.id, limit=query.limit)
            return Response(200, {"jobs": rows[: query.limit], "cursor": None}, headers=PRIVATE)
        page = await checked_page(self._listing.page(query.chosen, limit=query.limit, cursor=query.cursor))
        return Response(200, {"jobs": page.documents, "cursor": page.cursor}, headers=PRIVATE)

    @endpoint("GET", "ops/jobs/{jobId}", answers={200: JobDetail})
    async def get_job(self, call: Call[NoParameters, NoBody]) -> Response:
        """Show one job of whatever kind, without its payload."""
        job_id = hex_digest(call.route["jobId"])
        job = await self._listing.find_any(job_id) if job_id else None
        if job is None:
            raise no_such("job", call.route["jobId"], "64 hex digits, as `ops/jobs` lists them")
        return Response(200, {**as_row(job.document), "attempts": job.attempts}, headers=PRIVATE)

    @endpoint("GET", "ops/jobs/{jobId}/timeline", answers={200: Timeline})
    async def get_job_timeline(self, call: Call[NoParameters, NoBody]) -> Response:
        """Follow one job: its attempts, what was done with it, what it taught, and its exact message."""
        job_id = hex_digest(call.route["jobId"])
        found = await self._timelines.of(job_id) if job_id else None
        if found is None:
            raise no_such("stored job", call.route["jobId"], "64 hex digits, as `ops/jobs` lists them")
        return Response(200, found, headers=PRIVATE)
