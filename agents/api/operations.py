"""On-call's endpoints: dead letters, replays, the reconciler, health."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from agents.api.http import (
    Answered,
    BadRequest,
    Call,
    NoBody,
    NoParameters,
    PageParameters,
    Parameters,
    Response,
    checked_page,
    endpoint,
    is_stored_id,
    not_found,
)
from agents.jobs.reconciler import Reconciler
from agents.jobs.record_ids import partition_of
from agents.jobs.replays import ReplayRequest, Replays, down
from shared.clock import Clock, to_iso
from shared.store.base import Store
from shared.store.containers import DEAD_LETTERS, JOBS
from shared.store.query import AllOf, Compare, Order, Query

HIDDEN: Final = frozenset({"payload", "rawPayload"})
Word = Annotated[str, Field(max_length=100)]


class DeadLetterParameters(PageParameters):
    """Which dead letters."""

    status: Word | None = None
    reason: Word | None = None
    fingerprint: Word | None = None


class DeadLetter(Answered):
    """One dead letter; `payload` and `rawPayload` only where a single one is asked for."""

    id: str
    job_id: str = Field(alias="jobId")
    status: str
    reason: str


class DeadLetterPage(Answered):
    """A page of dead letters, newest first."""

    dead_letters: list[DeadLetter] = Field(alias="deadLetters")
    cursor: str | None


class Preflight(Answered):
    """Whether what a replayed job needs is up."""

    ok: bool
    down: list[dict[str, Any]]


class ReplayResults(Answered):
    """What became of each record, or would."""

    action: str
    dry_run: bool = Field(alias="dryRun")
    results: list[dict[str, Any]]


class ReconcileParameters(Parameters):
    """`dryRun` only looks."""

    dry_run: Literal["", "true", "false", "1", "0"] = Field(default="false", alias="dryRun")


class Repairs(Answered):
    """What the reconciler found."""

    dry_run: bool = Field(alias="dryRun")
    repairs: list[dict[str, Any]]


class Health(Answered):
    """The app is up and its store can be read."""

    status: Literal["ok"]
    at: str


class OperationsEndpoints:
    """See the module."""

    def __init__(self, *, store: Store, clock: Clock, reconciler: Reconciler, replays: Replays) -> None:
        self._store = store
        self._clock = clock
        self._reconciler = reconciler
        self._replays = replays

    @endpoint("GET", "ops/dead-letters", query=DeadLetterParameters, answers={200: DeadLetterPage})
    async def get_dead_letters(self, call: Call[DeadLetterParameters, NoBody]) -> Response:
        """Page through the dead letters, newest first, without their payloads."""
        wanted = [(name, getattr(call.query, name)) for name in ("status", "reason", "fingerprint")]
        where = AllOf(tuple(Compare(name, "=", value) for name, value in wanted if value))
        query = Query(where=where, order=Order("createdAt", descending=True), page_size=call.query.limit)
        page = await checked_page(self._store.page(DEAD_LETTERS.key, query, cursor=call.query.cursor))
        shown = [{name: value for name, value in record.items() if name not in HIDDEN} for record in page.documents]
        return Response(200, {"deadLetters": shown, "cursor": page.cursor})

    @endpoint("GET", "ops/dead-letters/{id}", answers={200: DeadLetter})
    async def get_dead_letter(self, call: Call[NoParameters, NoBody]) -> Response:
        """Show one dead letter in full, its payload and exact bytes included."""
        record_id = call.route["id"]
        known = is_stored_id(record_id)
        item = await self._store.find(DEAD_LETTERS.key, record_id, partition_of(record_id)) if known else None
        if item is None:
            raise not_found("There is no dead letter with this id.")
        return Response(200, item.body)

    @endpoint("GET", "ops/preflight", answers={200: Preflight})
    async def get_preflight(self, _call: Call[NoParameters, NoBody]) -> Response:
        """Say whether what a replayed job needs is up."""
        checks = await self._replays.preflight()
        return Response(200, {"ok": not down(checks), "down": down(checks)})

    @endpoint("POST", "ops/replays", body=ReplayRequest, answers={200: ReplayResults})
    async def post_replays(self, call: Call[NoParameters, ReplayRequest]) -> Response:
        """Replay or purge dead letters by id; `dryRun` predicts. 409 while a dependency is down, unless forced."""
        wanted = call.body
        bad = [record_id for record_id in wanted.ids if not is_stored_id(record_id)]
        if bad:
            raise BadRequest(422, "Unprocessable Content", f"ids: {len(bad)} of them can be no dead letter's id")
        problems = down(await self._replays.preflight()) if wanted.action == "replay" and not wanted.dry_run else []
        if problems and not wanted.force:
            raise BadRequest(409, "Conflict", f"Nothing was replayed: {problems[0]['dependency']}: {problems[0]['problem']}")
        done = await self._replays.run(wanted)
        results = [{"id": one.record_id, "outcome": one.outcome, "detail": one.detail} for one in done]
        return Response(200, {"action": wanted.action, "dryRun": wanted.dry_run, "results": results})

    @endpoint("POST", "ops/reconcile", query=ReconcileParameters, answers={200: Repairs})
    async def post_reconcile(self, call: Call[ReconcileParameters, NoBody]) -> Response:
        """Run the reconciler now, or only look (`?dryRun=true`)."""
        dry_run = call.query.dry_run in {"true", "1", ""}
        repairs = await self._reconciler.run(dry_run=dry_run)
        found = [{"kind": repair.kind, "jobId": repair.job_id, "done": repair.done} for repair in repairs]
        return Response(200, {"dryRun": dry_run, "repairs": found})

    @endpoint("GET", "health", answers={200: Health}, anonymous=True)
    async def get_health(self, _call: Call[NoParameters, NoBody]) -> Response:
        """Say whether the app is up and its store can be read; 503 when it cannot."""
        await self._store.find(JOBS.key, "health", "health")
        return Response(200, {"status": "ok", "at": to_iso(self._clock.now())})
