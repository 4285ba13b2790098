"""The watchdog in the fault tests: one over a world's store and queues, its webhook, and timers through the real ledger."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.jobs.kinds import JobKinds
from agents.runs.ledger import Ledger, Report, RunOutcome
from agents.runs.schedule import Schedule
from agents.timers import LEDGERED
from agents.watch.alerts.state import Alert
from agents.watch.assembly import Watch
from agents.watch.collect.timers import WatchedTimer
from shared.clock import to_iso
from shared.errors import Reason, RetryableError
from shared.store.containers import DEAD_LETTERS, DIGESTS, SERVICE_STATE
from shared.store.query import Compare
from tests.faults.world import DEAD_LETTER_QUEUE, World

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
MINUTE, TICK, HOUR, DAY = timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)
SCHEDULES: Mapping[str, Schedule] = {one.name: one.schedule for one in LEDGERED}
GRACES = {one.name: one.grace for one in LEDGERED}
TIMERS = (*(WatchedTimer(one.name, one.schedule, one.longest_run) for one in LEDGERED),)


@dataclass
class Hook:
    """A webhook that keeps what it is sent, and fails as told."""

    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    down: bool = False

    async def post(self, document: Mapping[str, Any], *, key: str) -> None:
        if self.down:
            raise RetryableError("the webhook answered 503")
        self.got.append((key, dict(document)))

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(document["alert"], document["event"]) for _, document in self.got]


def watch_of(world: World, hook: Any, *, store: Any = None, queues: Any = None, timers: tuple[WatchedTimer, ...] = ()) -> Watch:
    """A watchdog of a process of its own, over what is durable."""
    wiring = world.wiring
    return Watch.of(
        store=store or world.store, queues=queues or world.queues, clock=world.time.clock(),
        kinds=JobKinds((wiring.runners["taste-analysis"].kind, wiring.runners["weekly-digest"].kind)),
        commands="run-commands", timers=timers, marks=lambda: {"build": "one"}, webhook=hook,
    )  # fmt: skip


async def alerts(world: World) -> dict[str, Alert]:
    found = await world.documents(SERVICE_STATE.key, Compare("type", "=", "alert"))
    return {one["key"]: Alert.from_document(one) for one in found}


Step = Callable[[], Awaitable[object]]


@dataclass
class Lives:
    """What the timers do, by the minute, through the real ledger; a run that is begun is ended by a later step."""

    ledger: Ledger
    steps: dict[datetime, list[Step]] = field(default_factory=dict)
    runs: dict[tuple[str, datetime], str] = field(default_factory=dict)

    def at(self, when: datetime, step: Step) -> None:
        self.steps.setdefault(when, []).append(step)

    def begin(self, timer: str, when: datetime) -> None:
        async def step() -> None:
            run_id = await self.ledger.open_slot(timer, SCHEDULES[timer], grace=GRACES[timer], started=True)
            if run_id is not None:
                self.runs[timer, when] = run_id

        self.at(when, step)

    def end(self, timer: str, begun: datetime, when: datetime, outcome: RunOutcome = RunOutcome.OK) -> None:
        self.at(when, lambda: self.ledger.finish(self.runs[timer, begun], timer, Report(outcome)))

    def run(self, timer: str, when: datetime, *, minutes: float = 5, outcome: RunOutcome = RunOutcome.OK) -> None:
        self.begin(timer, when)
        self.end(timer, when, when + timedelta(minutes=minutes), outcome)

    def by_hand(self, timer: str, when: datetime, **parameters: str) -> None:
        """A manual run that ends in the minute in which it begins."""

        async def work() -> Report:
            return Report(RunOutcome.OK)

        async def step() -> None:
            run_id = await self.ledger.request(timer, "me", parameters)
            await self.ledger.run_requested(timer, run_id, work)

        self.at(when, step)


async def died(world: World, name: str, *, reason: Reason = Reason.MODEL_UNAVAILABLE, **more: Any) -> None:
    """A dead letter, as it was stored a moment ago."""
    at = to_iso(world.time.at)
    await world.store.create(DEAD_LETTERS.key, {
        "id": f"{name}.1", "jobId": name, "status": "open", "reason": reason.value, "description": "it did not answer",
        "fingerprint": "0123456789abcdef", "payload": {"user_id": f"user-{name}"}, "rawPayload": "", "payloadBytes": 0,
        "attempts": [], "createdAt": at, "updatedAt": at, "sourceQueue": DEAD_LETTER_QUEUE, "replays": 0,
        "kind": "taste-analysis", **more,
    })  # fmt: skip


async def ended(world: World, name: str) -> None:
    """A digest, which is a job that ended well and left no document of its own."""
    await world.store.create(DIGESTS.key, {"id": name, "userId": name, "generatedAt": to_iso(world.time.at)})
