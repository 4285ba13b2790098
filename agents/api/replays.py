"""Replays, purges and retries: predicted, asked for, followed, cancelled; and the audit of what on-call did."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from pydantic import Field

from agents.api.endpoint import Answered, Body, NoBody, NoParameters, Outage, PageParameters, endpoint
from agents.api.http import BadRequest, Call, Response, checked_page, no_such, wrong_fields
from agents.api.parts import is_stored_id
from agents.api.paused import PausedThing, things
from agents.api.wording import one_of, wrong_value
from agents.pauses.pause import Pauses
from agents.replays.operations import Operation
from agents.replays.preflight import Preflight, down, shown
from agents.replays.requests import Actor, Asked, ReplayRequest, RetryRequest, Why
from agents.replays.selection import TooManyRecordsError
from agents.replays.service import (
    NotReadyError,
    OperationEndedError,
    OperationRunningError,
    ReplayRefusedError,
    Replays,
    SnapshotChangedError,
    SnapshotMissingError,
)
from shared.clock import Clock, from_iso

MAX_BYTES: Final = 262_144  # a thousand ids
MAX_KEY: Final = 200
REPLAY: Final = {
    "action": "replay", "filter": {"reason": "image_unreachable"}, "reason": "the pictures are back", "actor": "ada",
    "dryRun": True,
}  # fmt: skip
RETRY: Final = {
    "filter": {"reason": "llm_unavailable"}, "reason": "the model is back", "actor": "ada", "dryRun": True,
}  # fmt: skip
ONCE: Final = {"Idempotency-Key": "the same key and body are the same operation, however often they are sent"}
IN_THE_WAY: Final = {
    409: "The set is not the one of the snapshot (`difference`), another operation is active (`operationId`), a dependency is"
    " down (`down`), or the key belongs to another body.",
    422: "The body is not valid, or the filter chooses too many records.", 428: "The call must bring a `snapshot`.",
}  # fmt: skip
CANCELLATION: Final = {"reason": "the model is down again", "actor": "ada"}
SHOWN: Final = (
    "action", "status", "why", "actor", "reason", "forced", "selection", "snapshot", "total", "createdAt", "startedAt",
    "finishedAt", "heartbeatAt", "lastError",
)  # fmt: skip


class CheckedDependency(Answered):
    """One dependency; `unknown`: nobody has asked it lately, and it is not known to be down. `detail`: by which figures."""

    dependency: str
    state: Literal["up", "failing", "unknown"]
    detail: str


class Preflighted(Answered):
    """Whether what a replayed job needs is up, as far as is known."""

    ok: bool
    down: list[Outage]
    checks: list[CheckedDependency]


class PredictedRecord(Answered):
    """What would become of one record, and why."""

    id: str
    outcome: str
    detail: str


class Predicted(Answered):
    """What a call would do: counts over all records, details of the first 200, and the `snapshot` that the call must bring."""

    action: Literal["replay", "purge", "retry"]
    dry_run: bool = Field(alias="dryRun")
    total: int
    counts: dict[str, int]
    results: list[PredictedRecord]
    snapshot: str
    down: list[Outage]


class Rate(Answered):
    """Records a second: as asked for, and as measured once it runs."""

    asked: float
    measured: float | None


class Canary(Answered):
    """How many records go first, and what is known of them."""

    asked: int
    state: str


class OperationState(Answered):
    """One operation. `outcomes`: what was done with the records; `fates`: what became of the jobs queued again; `waiting`: of
    how many that is not known yet; `why`: of a status that needs an explanation; `paused`: for whose end it waits.
    """

    id: str
    action: Literal["replay", "purge", "retry"]
    status: Literal["queued", "running", "completed", "stopped", "failed", "cancelled"]
    why: str
    actor: str
    reason: str
    forced: bool
    selection: dict[str, Any]
    snapshot: str | None
    total: int
    handled: int
    outcomes: dict[str, int]
    fates: dict[str, int]
    waiting: int
    canary: Canary
    rate: Rate
    eta_seconds: int | None = Field(alias="etaSeconds")
    created_at: str = Field(alias="createdAt")
    started_at: str | None = Field(alias="startedAt")
    finished_at: str | None = Field(alias="finishedAt")
    last_error: str = Field(alias="lastError")
    paused: list[PausedThing]


class OperationItem(Answered):
    """One record of an operation; `outcome` is null before its turn, `fate` is of a job that was queued again."""

    id: str
    outcome: str | None
    detail: str | None = None
    at: str | None = None
    fate: str | None = None
    evidence: dict[str, Any] | None = None


class AuditEntry(Answered):
    """What somebody did: who, why, what, before and after."""

    id: str
    created_at: str = Field(alias="createdAt")
    action: str
    actor: str
    reason: str
    forced: bool
    what: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]


class OperationDetail(OperationState):
    """One operation with a page of its records, in the order in which they are worked through, and its audit."""

    items: list[OperationItem]
    cursor: str | None
    audit: list[AuditEntry]


class OperationPage(Answered):
    """A page of operations, newest first."""

    replays: list[OperationState]
    cursor: str | None


class Cancellation(Body):
    """Who cancels, and why."""

    reason: Why
    actor: Actor


class AuditPage(Answered):
    """A page of actions, newest first."""

    audit: list[AuditEntry]
    cursor: str | None


class ReplayEndpoints:
    """See the module."""

    def __init__(self, *, replays: Replays, preflight: Preflight, clock: Clock, queues: Sequence[str]) -> None:
        self._queues = tuple(queues)
        self._replays = replays
        self._preflight = preflight
        self._clock = clock

    @endpoint("GET", "ops/preflight", answers={200: Preflighted})
    async def get_preflight(self, _call: Call[NoParameters, NoBody]) -> Response:
        """Say whether what a replayed job needs is up."""
        checks = await self._preflight.everything()
        return Response(200, {"ok": not down(checks), "down": down(checks), "checks": shown(checks)})

    @endpoint(
        "POST", "ops/replays", body=ReplayRequest, example=REPLAY, answers={200: Predicted, 202: OperationState},
        max_bytes=MAX_BYTES,
        headers=ONCE, gives={"Location": "of a 202: where the operation is followed"}, problems=IN_THE_WAY,
    )  # fmt: skip
    async def post_replays(self, call: Call[NoParameters, ReplayRequest]) -> Response:
        """Replay or purge dead letters, by ids or filter; `dryRun` predicts. 409 says what stands in the way."""
        return await self._ask(call.body, call.headers)

    @endpoint(
        "POST", "ops/jobs/retry-now", body=RetryRequest, example=RETRY, answers={200: Predicted, 202: OperationState},
        max_bytes=MAX_BYTES, headers=ONCE, gives={"Location": "of a 202: where the operation is followed"},
        problems=IN_THE_WAY,
    )  # fmt: skip
    async def post_retry_jobs(self, call: Call[NoParameters, RetryRequest]) -> Response:
        """Run jobs now that wait for a later attempt, by ids or filter; `dryRun` predicts. An operation as a replay is."""
        return await self._ask(call.body, call.headers)

    async def _ask(self, wanted: Asked, headers: Mapping[str, str]) -> Response:
        key = headers.get("idempotency-key", "").strip()
        if len(key) > MAX_KEY or not (key.isascii() and key.isprintable()):
            raise BadRequest(400, "Bad Request", f"Idempotency-Key: expected at most {MAX_KEY} printable ASCII characters")
        try:
            if wanted.dry_run:
                return await self._predicted(wanted)
            operation = await self._replays.request(wanted, key or None)
        except (ReplayRefusedError, TooManyRecordsError) as error:
            raise _refused(error) from None
        state = self._state(operation, await self._replays.paused())
        return Response(202, state, headers={"Location": f"/api/ops/replays/{operation.operation_id}"})

    async def _predicted(self, wanted: Asked) -> Response:
        found = await self._replays.predict(wanted)
        queue = wanted.filter.queue if isinstance(wanted, ReplayRequest) and wanted.filter else None
        if queue is not None and not found.total and queue not in self._queues:
            expected = one_of("a queue that jobs come from", self._queues, queue)
            wrong = wrong_value("filter.queue", queue, expected)
            raise wrong_fields(422, "The body is not valid", [wrong])
        return Response(200, {
            "action": wanted.action, "dryRun": True, "total": found.total, "counts": dict(found.counts),
            "results": [{"id": one.record_id, "outcome": one.outcome, "detail": one.detail} for one in found.results],
            "snapshot": found.snapshot, "down": down(found.checks),
        })  # fmt: skip

    @endpoint("GET", "ops/replays", query=PageParameters, answers={200: OperationPage})
    async def get_replays(self, call: Call[PageParameters, NoBody]) -> Response:
        """Page through the replays, purges and retries, newest first."""
        page = await checked_page(self._replays.page(limit=call.query.limit, cursor=call.query.cursor))
        pauses = await self._replays.paused()
        states = [self._state(Operation.from_document(document), pauses) for document in page.documents]
        return Response(200, {"replays": states, "cursor": page.cursor})

    @endpoint("GET", "ops/replays/{id}", query=PageParameters, answers={200: OperationDetail})
    async def get_replay(self, call: Call[PageParameters, NoBody]) -> Response:
        """Show one replay, purge or retry: how far it is, what became of each record, and who did what."""
        operation = await self._found(call.route["id"])
        cursor = call.query.cursor or "0"
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 7):  # noqa: PLR2004  (more than any operation holds)
            raise BadRequest(400, "Bad Request", "cursor: is not one that this endpoint gave")
        start, limit = int(cursor), call.query.limit
        items = await self._replays.items(operation, start=start, limit=limit)
        audit = await self._replays.audit(operation.operation_id, limit=10)
        more = str(start + limit) if start + limit < operation.total else None
        state = self._state(operation, await self._replays.paused())
        return Response(200, {**state, "items": items, "cursor": more, "audit": audit.documents})

    @endpoint(
        "POST", "ops/replays/{id}/cancel", body=Cancellation, example=CANCELLATION, answers={200: OperationState},
        problems={409: "It has ended already (`operationStatus`)."},
    )  # fmt: skip
    async def post_cancel_replay(self, call: Call[NoParameters, Cancellation]) -> Response:
        """Stop before the next record; what was sent stays sent, and is listed."""
        operation_id = (await self._found(call.route["id"])).operation_id
        try:
            operation = await self._replays.cancel(operation_id, reason=call.body.reason, actor=call.body.actor)
        except ReplayRefusedError as error:
            raise _refused(error) from None
        if operation is None:
            raise no_such("operation", operation_id, "one that `ops/replays` lists")
        return Response(200, self._state(operation, await self._replays.paused()))

    @endpoint("GET", "ops/audit", query=PageParameters, answers={200: AuditPage})
    async def get_audit(self, call: Call[PageParameters, NoBody]) -> Response:
        """Page through what on-call did with dead letters, newest first: who, why, what, before and after."""
        page = await checked_page(self._replays.audit(None, limit=call.query.limit, cursor=call.query.cursor))
        return Response(200, {"audit": page.documents, "cursor": page.cursor})

    async def _found(self, operation_id: str) -> Operation:
        operation = await self._replays.find(operation_id) if is_stored_id(operation_id) else None
        if operation is None:
            raise no_such("operation", operation_id, "one that `ops/replays` lists")
        return operation

    def _state(self, operation: Operation, pauses: Pauses) -> dict[str, Any]:
        progress, document = operation.progress, operation.document
        measured = None
        if document["startedAt"] and progress.cursor:
            end = from_iso(document["finishedAt"] or document["updatedAt"])
            measured = round(progress.cursor / max(0.001, (end - from_iso(document["startedAt"])).total_seconds()), 3)
        left = operation.total - progress.cursor
        speed = min(operation.rate, measured or operation.rate)
        return {
            "id": operation.operation_id, **{name: document[name] for name in SHOWN}, "handled": progress.cursor,
            "outcomes": dict(progress.outcomes), "fates": dict(progress.fates), "waiting": len(progress.outstanding),
            "canary": {"asked": progress.canary, "state": progress.canaries.value},
            "rate": {"asked": operation.rate, "measured": measured},
            "paused": things(self._replays.waits_for(operation, pauses)),
            "etaSeconds": None if operation.ended else math.ceil(left / speed),
        }  # fmt: skip


def _refused(error: Exception) -> BadRequest:
    """Return the answer to a call that cannot be carried out as it stands."""
    detail = f"{str(error)[:1].upper()}{str(error)[1:]}."
    match error:
        case SnapshotMissingError():
            return BadRequest(428, "Precondition Required", detail)
        case TooManyRecordsError():
            return BadRequest(422, "Unprocessable Content", detail)
        case SnapshotChangedError(difference=difference):
            return BadRequest(409, "Conflict", detail, more={"difference": difference.to_document()})
        case OperationRunningError(operation_id=operation_id):
            return BadRequest(409, "Conflict", detail, more={"operationId": operation_id})
        case NotReadyError(checks=checks):
            return BadRequest(409, "Conflict", detail, more={"down": down(checks)})
        case OperationEndedError(status=status):
            return BadRequest(409, "Conflict", detail, more={"operationStatus": status})
        case _:
            return BadRequest(409, "Conflict", detail)
