"""The dead letters: listed, grouped by cause, one in full, what is wrong with it, and the repair of its payload."""

from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field

from agents.api.endpoint import WHOLE, Answered, Body, NoBody, NoParameters, Outage, PageParameters, endpoint
from agents.api.http import BadRequest, Call, Response, checked_page, in_time, no_such
from agents.api.parts import is_stored_id
from agents.dead_letters.filter import RecordFilter, RecordStatus
from agents.dead_letters.listing import Inspection
from agents.dead_letters.record import DeadLetter as Record
from agents.jobs.job import JobStatus
from agents.jobs.kinds import KindName
from agents.replays.repair import RecordChangedError, RepairRefusedError, Repairs
from agents.replays.requests import Actor, Why
from shared.errors import Reason
from shared.store.base import Item

MAX_PATCH_BYTES: Final = 65_536
REPAIR: Final = {
    "patch": {"image_url": "https://cdn.example/photos/1.jpg"}, "reason": "the picture has moved", "actor": "ada",
    "version": "0",
}  # fmt: skip


class DeadLetterParameters(PageParameters, RecordFilter):
    """Which dead letters: all that match every parameter given."""

    model_config = ConfigDict(extra="ignore")  # a query's unknown names are told in one place, with the nearest known one

    expiring_days: Annotated[
        int | None, Field(ge=0, le=365, description="Their evidence expires within so many days."), WHOLE
    ] = Field(None, alias="expiringWithinDays")
    group_by: Annotated[Literal["fingerprint"] | None, Field(description="Count them by cause instead.")] = Field(
        None, alias="groupBy"
    )

    @property
    def chosen(self) -> RecordFilter:
        """The filter."""
        return RecordFilter.model_validate({name: getattr(self, name) for name in RecordFilter.model_fields})


class FailedAttempt(Answered):
    """One attempt of a job that failed, the `n`th."""

    n: int | None = None
    reason: Reason | None = None
    message: str | None = None
    at: str | None = None
    error_type: str | None = Field(None, alias="errorType")


class Handling(Answered):
    """What on-call did with a dead letter, and what came of it."""

    at: str
    action: str
    actor: str
    reason: str
    outcome: str
    operation_id: str | None = Field(None, alias="operationId")


class DeadLetterSummary(Answered):
    """One dead letter without its payload. `expiresAt`: the store deletes it then, ninety days after its last write.
    `version` is what a repair must bring in `If-Match`. `fingerprint`: what dead letters of one cause have in common.
    `replacedBy`: the dead letter of the job that a repaired payload stands for.
    """

    id: str
    job_id: str = Field(alias="jobId")
    user_id: str | None = Field(None, alias="userId")
    status: RecordStatus
    reason: Reason
    description: str
    fingerprint: str
    attempts: list[FailedAttempt]
    payload_bytes: int = Field(alias="payloadBytes")
    created_at: str = Field(alias="createdAt")
    updated_at: str = Field(alias="updatedAt")
    source_queue: str = Field(alias="sourceQueue")
    kind: KindName | None = None
    replays: int | None = None
    history: list[Handling] | None = None
    replaced_by: str | None = Field(None, alias="replacedBy")
    version: str
    expires_at: str = Field(alias="expiresAt")


class DeadLetterDetail(DeadLetterSummary):
    """One dead letter in full. `rawPayload`: the exact bytes in base64, null once purged; `payload`: what they say, where
    they are a JSON object; `repairedPayload`: what a replay sends instead.
    """

    payload: dict[str, Any] | None
    raw_payload: str | None = Field(alias="rawPayload")
    repaired_payload: dict[str, Any] | None = Field(None, alias="repairedPayload")
    repairs: list[dict[str, Any]] | None = None


class CauseSummary(Answered):
    """The dead letters of one cause; `sampleId` is the newest of them."""

    fingerprint: str
    reason: Reason
    description: str
    count: int
    first_seen_at: str = Field(alias="firstSeenAt")
    last_seen_at: str = Field(alias="lastSeenAt")
    sample_id: str = Field(alias="sampleId")
    statuses: dict[str, int]
    queues: list[str]
    first_expires_at: str = Field(alias="firstExpiresAt")


class DeadLetterPage(Answered):
    """A page of dead letters, newest first."""

    dead_letters: list[DeadLetterSummary] = Field(alias="deadLetters")
    cursor: str | None


class DeadLetterGroups(Answered):
    """The causes, the largest first. `complete` is false when there were more records or causes than are looked at."""

    groups: list[CauseSummary]
    causes: int
    records: int
    complete: bool


class FieldProblem(Answered):
    """What is wrong with one field; without a field, with the whole."""

    field: str
    came: str
    expected: str


class DeadJob(Answered):
    """The job that a dead letter's payload stands for, as it is now."""

    job_id: str = Field(alias="jobId")
    status: JobStatus
    generation: int
    attempt: int


class Forecast(Answered):
    """What a replay would do with the record, and why."""

    outcome: str
    detail: str


class Validation(Answered):
    """What is wrong with a dead letter, and what a replay would do. `job` is null where a replay would run a new one."""

    id: str
    readable: bool
    problems: list[FieldProblem]
    job: DeadJob | None
    already_applied: bool = Field(alias="alreadyApplied")
    prediction: Forecast
    down: list[Outage]


class RepairRequest(Body):
    """A JSON merge patch over the payload: null removes a field. `version` where no `If-Match` header is sent."""

    patch: Annotated[dict[str, Any], Field(min_length=1)]
    reason: Why
    actor: Actor
    version: Annotated[str, Field(max_length=100)] | None = None


class Repaired(DeadLetterDetail):
    """The dead letter after its repair. `otherJob`: the payload stands for another job than the one that died."""

    other_job: bool = Field(alias="otherJob")


class DeadLetterEndpoints:
    """See the module."""

    def __init__(self, *, inspection: Inspection, repairs: Repairs) -> None:
        self._inspection = inspection
        self._repairs = repairs

    @endpoint(
        "GET", "ops/dead-letters", query=DeadLetterParameters, answers={200: (DeadLetterPage, DeadLetterGroups)},
        seconds=30.0,  # groups of fifty thousand records are many pages
    )  # fmt: skip
    async def get_dead_letters(self, call: Call[DeadLetterParameters, NoBody]) -> Response:
        """Page through the dead letters, newest first, without their payloads; or group them by cause."""
        query = call.query
        if query.group_by is not None:
            found = await self._inspection.groups(query.chosen, expiring_days=query.expiring_days)
            groups = [group.to_document() for group in found.groups]
            more = {"causes": len(groups), "records": found.records, "complete": found.complete}
            return Response(200, {"groups": groups[: query.limit], **more})
        asked = self._inspection.page(
            query.chosen, expiring_days=query.expiring_days, limit=query.limit, cursor=query.cursor
        )  # fmt: skip
        page = await in_time(checked_page(asked))
        return Response(200, {"deadLetters": page.documents, "cursor": page.cursor})

    @endpoint("GET", "ops/dead-letters/{id}", answers={200: DeadLetterDetail}, gives={"ETag": "the record's version"})
    async def get_dead_letter(self, call: Call[NoParameters, NoBody]) -> Response:
        """Show one dead letter in full, its payload and exact bytes included."""
        record = Record((await self._found(call.route["id"])).body)
        return Response(200, record.shown(full=True), headers={"ETag": f'"{record.version}"'})

    @endpoint("POST", "ops/dead-letters/{id}/validate", answers={200: Validation}, right="read")
    async def post_validate_dead_letter(self, call: Call[NoParameters, NoBody]) -> Response:
        """Say what is wrong with a dead letter: its payload field by field, its job, what a replay needs and would do."""
        item = await self._found(call.route["id"])
        found = await self._repairs.validate(Record(item.body))
        return Response(200, {
            "id": item.body["id"], "readable": found.readable, "problems": [dict(one) for one in found.problems],
            "job": found.job, "alreadyApplied": found.already_applied, "down": [dict(one) for one in found.down],
            "prediction": {"outcome": found.prediction.outcome, "detail": found.prediction.detail},
        })  # fmt: skip

    @endpoint(
        "PATCH", "ops/dead-letters/{id}/payload", body=RepairRequest, example=REPAIR, answers={200: Repaired},
        max_bytes=MAX_PATCH_BYTES,
        headers={"If-Match": "the version that the repair was made for; `*` for any"},
        gives={"ETag": "the record's version after the repair"},
        problems={
            412: "The record has changed: `version` is what it is now.",
            422: "The body is not valid, or nothing could read the repaired payload.", 428: "No version was sent.",
        },
    )  # fmt: skip
    async def patch_dead_letter_payload(self, call: Call[NoParameters, RepairRequest]) -> Response:
        """Repair a payload; the original is kept. 412 when the record has changed, 422 when nothing could read the result."""
        item = await self._found(call.route["id"])
        version = call.headers.get("if-match", "").removeprefix("W/").strip('"') or call.body.version
        if not version:
            raise BadRequest(428, "Precondition Required", "Send the version that you have seen in If-Match.")
        wanted = call.body
        try:
            record, other_job = await self._repairs.repair(
                item, wanted.patch, version=version, reason=wanted.reason, actor=wanted.actor
            )
        except RecordChangedError as error:
            raise BadRequest(412, "Precondition Failed", str(error), more={"version": error.version}) from None
        except RepairRefusedError as error:
            raise BadRequest(422, "Unprocessable Content", str(error), error.problems) from None
        return Response(
            200, {**record.shown(full=True), "otherJob": other_job}, headers={"ETag": f'"{record.version}"'}
        )  # fmt: skip

    async def _found(self, record_id: str) -> Item:
        item = await self._repairs.find(record_id) if is_stored_id(record_id) else None
        if item is None:
            raise no_such("dead letter", record_id, "one that `ops/dead-letters` lists")
        return item
