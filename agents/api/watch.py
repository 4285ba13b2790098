"""What on-call and outside probes look at: the status, the metrics, the queues, the incident note."""

import asyncio
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from agents.api.endpoint import Answered, Flag, NoBody, NoParameters, Parameters, endpoint
from agents.api.http import BadRequest, Call, Response
from agents.api.parts import negotiated
from agents.jobs.kinds import KindName
from agents.replays.preflight import Preflight
from agents.timers import TimerName
from agents.watch.alerts.rule import Rule, Severity
from agents.watch.alerts.state import Phase
from agents.watch.alerts.thresholds import AlertThresholds
from agents.watch.collect.collector import Collector
from agents.watch.collect.queues import shown
from agents.watch.incident.markdown import to_markdown
from agents.watch.incident.note import write_note
from agents.watch.incident.situation_of import situation_of
from agents.watch.metrics import families
from agents.watch.openmetrics import CONTENT_TYPES, OPEN, exposition
from agents.watch.slot_history import ShownSlot
from agents.watch.status import queues_of, status_of
from shared.clock import to_iso

JSON, MARKDOWN = "application/json", "text/markdown"
FORMATS: Final = {"md": MARKDOWN, "json": JSON}
MAX_PEEKED: Final = 5
NOT_KEPT: Final = {"Cache-Control": "no-store"}


class Silenced(Answered):
    """Until when it is quiet, or waits; who said so, and why."""

    until: str
    by: str
    reason: str


class Acknowledged(Answered):
    """Somebody is at it."""

    at: str
    by: str
    reason: str


class RuleState(Answered):
    """One alert rule. `holds`: its condition at this moment, null where it cannot be judged; `phase`: of the alert, as kept,
    null where what is kept cannot be read.
    `figures`: what `text` is made of; `untold`: notices that no receiver has taken yet. `silenced` is null as soon as the
    silence has ended, or the alert is graver than what was silenced.
    """

    alert: str
    title: str
    phase: Phase | None
    severity: Severity
    holds: bool | None
    text: str
    figures: dict[str, Any]
    fired_at: str | None = Field(alias="firedAt")
    resolved_at: str | None = Field(alias="resolvedAt")
    unknown_since: str | None = Field(alias="unknownSince")
    untold: int | None
    acknowledged: Acknowledged | None
    silenced: Silenced | None


class MissedSlot(Answered):
    """A slot that nobody ran, or too late, or whose run failed."""

    slot: str
    state: str
    run_id: str | None = Field(alias="runId")


class TimerSlot(Answered):
    """What became of one slot. `late`: done all the same, by a late run or one by hand; `unknown`: nothing tells of it, and the
    timer was not known then; `runId`, `startedAt` and `latenessSeconds` (from plan to start) are null where nothing began.
    """

    slot: str
    state: ShownSlot
    run_id: str | None = Field(alias="runId")
    started_at: str | None = Field(alias="startedAt")
    lateness_seconds: float | None = Field(alias="latenessSeconds")


class LastRun(Answered):
    """One of a timer's last runs; `outcome` is `running` while it runs."""

    id: str
    trigger: Literal["timer", "manual"]
    planned_at: str = Field(alias="plannedAt")
    finished_at: str | None = Field(alias="finishedAt")
    outcome: str


class TimerState(Answered):
    """One timer: when it runs next, and how its last slots went. `missed`: those of eight days that produced nothing; `slots`:
    all of thirty days, oldest first.
    """

    timer: TimerName
    expected_next: str = Field(alias="expectedNext")
    last_success_at: str | None = Field(alias="lastSuccessAt")
    paused: Silenced | None
    missed: list[MissedSlot]
    slots: list[TimerSlot]
    last_runs: list[LastRun] = Field(alias="lastRuns")


class QueueState(Answered):
    """One queue. `visible`: of up to 32 messages; `depth` is null, and `exists` false, where there is no such queue;
    `parked`: dead letters that wait in it; `held`: messages put aside while it is paused; null where they cannot be counted.
    `oldestAt`, `oldestAgeSeconds` (pauses left out): of the oldest work that is seen to wait, deferred or not; null: none is.
    `oldestKnown`: false where there may be older: the jobs cannot be read, or all messages are hidden, in work or put off.
    `deferredSince`: of the oldest job that a dependency has put off.
    """

    queue: str
    role: str
    kind: KindName | None
    visible: int
    depth: int | None
    oldest_age_seconds: int | None = Field(alias="oldestAgeSeconds")
    oldest_at: str | None = Field(alias="oldestAt")
    oldest_known: bool = Field(alias="oldestKnown")
    deferred_since: str | None = Field(alias="deferredSince")
    parked: int | None
    held: int | None
    paused: Silenced | None
    exists: bool | None = None


class PeekedQueue(QueueState):
    """One queue with a look at its first messages."""

    messages: list[dict[str, Any]]


class Status(Answered):
    """Whether somebody has to be woken (`ok` false, with 503) and why; every rule, timer and queue with its figures.
    `silenced`: what would be a problem and is silenced: by whom, until when. What is null could not be read.
    """

    ok: bool
    at: str
    problems: list[str]
    silenced: list[str]
    last_look_at: str | None = Field(alias="lastLookAt")
    rules: list[RuleState]
    timers: list[TimerState] | None
    queues: list[QueueState] | None


class QueuesParameters(Parameters):
    """`peek`: say of what kind the bodies of the shown messages are; never their values."""

    peek: Annotated[Flag, Field(description="Look into the first messages.")] = False


class QueueList(Answered):
    """Every queue: its depth, how many of up to 32 are visible, the oldest's age, parked payloads, and its first messages."""

    at: str
    queues: list[PeekedQueue]


class NoteParameters(Parameters):
    """`format` outweighs `Accept`."""

    format: Annotated[Literal["md", "json"] | None, Field(description="Outweighs `Accept`.")] = None


class Note(Answered):
    """An incident note."""

    title: str
    at: str
    alerts: list[dict[str, Any]]


class WatchEndpoints:
    """See the module."""

    def __init__(
        self, *, collector: Collector, rules: tuple[Rule, ...], preflight: Preflight, thresholds: AlertThresholds
    ) -> None:  # fmt: skip
        self._collector = collector
        self._rules = rules
        self._preflight = preflight
        self._thresholds = thresholds

    @endpoint("GET", "ops/status", answers={200: Status, 503: Status})
    async def get_status(self, _call: Call[NoParameters, NoBody]) -> Response:
        """Say whether somebody has to be woken; 503 when so. Computed on reading: it needs no timer of this app."""
        collected = await self._collector.collect(counting=False)
        status = status_of(collected, self._rules, self._thresholds)
        again = {"Retry-After": "5"} if collected.unread else {}
        return Response(200 if status["ok"] else 503, status, headers={**NOT_KEPT, **again}, expected=True)

    @endpoint(
        "GET", "ops/metrics", answers={200: tuple(CONTENT_TYPES.values())}, gives={"Vary": "`Accept`"},
        headers={"Accept": "`application/openmetrics-text` (the default) or `text/plain`"},
    )  # fmt: skip
    async def get_metrics(self, call: Call[NoParameters, NoBody]) -> Response:
        """Show every metric as OpenMetrics text, or in Prometheus' own format."""
        kind = negotiated(call.headers.get("accept", ""), tuple(CONTENT_TYPES)) or OPEN
        found = families(await self._collector.collect(counting=False), self._rules, self._thresholds)
        return Response(200, exposition(found, kind), CONTENT_TYPES[kind], {**NOT_KEPT, "Vary": "Accept"})

    @endpoint(
        "GET", "ops/queues", query=QueuesParameters, answers={200: QueueList}, problems={503: "The queues cannot be read."}
    )
    async def get_queues(self, call: Call[QueuesParameters, NoBody]) -> Response:
        """Show the queues, and look at a few messages of each without taking them."""
        collected = await self._collector.collect(counting=False)
        if collected.backlogs is None:
            raise BadRequest(503, "Service Unavailable", "The queues cannot be read; try again.")
        queues = [
            {**queue, "messages": [shown(one, collected.at, peek=call.query.peek) for one in backlog.messages[:MAX_PEEKED]]}
            for queue, backlog in zip(queues_of(collected) or [], collected.backlogs, strict=True)
        ]
        return Response(200, {"at": to_iso(collected.at), "queues": queues}, headers=NOT_KEPT)

    @endpoint(
        "GET", "ops/incident-note", query=NoteParameters, answers={200: (MARKDOWN, Note)},
        problems={406: "Nothing that is offered is accepted."},
        headers={"Accept": "`text/markdown` (the default) or `application/json`"}, gives={"Vary": "`Accept`"},
    )  # fmt: skip
    async def get_incident_note(self, call: Call[NoteParameters, NoBody]) -> Response:
        """Write the note of what is wrong now, to paste into an incident: what fires, of what, and what to call next."""
        kind = FORMATS.get(call.query.format or "") or negotiated(call.headers.get("accept", ""), (MARKDOWN, JSON))
        if kind is None:
            raise BadRequest(406, "Not Acceptable", f"Accept: expected {MARKDOWN} or {JSON}")
        collected, checks = await asyncio.gather(self._collector.collect(counting=False), self._preflight.everything())
        note = write_note(situation_of(collected, self._rules, checks, self._thresholds))
        headers = {**NOT_KEPT, "Vary": "Accept", "X-Content-Type-Options": "nosniff"}
        return Response(200, note.document if kind == JSON else to_markdown(note), kind, headers)
