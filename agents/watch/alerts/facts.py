"""What the watchdog knows at one look: typed counts, ages and rows, collected elsewhere.

A part that could not be read is None and makes its rules unknown; nothing here stands for "empty" and "unread" at once.
Counts leave out what is nobody's incident: records that settled themselves, replays, and messages newer than this build.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from agents.runs.schedule import Schedule
from shared.clock import from_iso, parse_time

PRIOR_JOBS: Final = 200  # jobs assumed at one failure: with little history the baseline stays near its floor


@dataclass(frozen=True, slots=True)
class Window:
    """Jobs that ended in a window of time, either way, and the new dead letters in it. `still_open`: those of them that nobody
    has settled yet, all where it is None. `ratio`: of the open ones, 0 without trials.
    """

    terminal: int
    dead: int
    still_open: int | None = None

    @property
    def open(self) -> int:
        """The dead letters that wait: those that were replayed or purged since are nobody's alert."""
        return self.dead if self.still_open is None else self.still_open

    @property
    def trials(self) -> int:
        """Ended jobs; a dead letter that no job stands behind (raw bytes) is a trial as well."""
        return max(self.terminal, self.dead, self.open)

    @property
    def ratio(self) -> float:
        """Open dead letters to trials, 0 without trials."""
        return self.open / self.trials if self.trials else 0.0


@dataclass(frozen=True, slots=True)
class Ingress:
    """Windows that end now and begin 1 h, 6 h, 24 h, 72 h and 7 d ago. `at_least`: a cell of them was too full to be counted
    to its end.
    """

    hour: Window
    six_hours: Window
    day: Window
    three_days: Window
    week: Window
    at_least: bool = False

    def baseline(self, floor: float) -> float:
        """Return the ordinary failure ratio: of days 4 to 7, so that what is judged never feeds it, and `floor` at least."""
        dead = max(0, self.week.dead - self.three_days.dead)
        return min(1.0, max(floor, (dead + 1) / (max(0, self.week.trials - self.three_days.trials) + PRIOR_JOBS)))


@dataclass(frozen=True, slots=True)
class Opened:
    """What an incident of dead letters looked like when it fired: its baseline is frozen, its ratio has to be refuted. `over`:
    it was resolved a short while ago, and the longer windows still hold its dead letters.
    """

    baseline: float
    ratio: float
    over: bool = False


@dataclass(frozen=True, slots=True)
class Tries:
    """Attempts of jobs in the last `span`."""

    span: timedelta
    failed: int
    total: int

    @property
    def ratio(self) -> float:
        """Failed ones to all, 0 without any."""
        return self.failed / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Attempts:
    """Attempts of jobs in the last 30 minutes, and when the model's breaker opened (None: it is closed). `recent`: those of
    shorter spans, in which a sudden outage shows before it does in thirty minutes.
    """

    failed: int
    total: int
    breaker_open_since: datetime | None = None
    recent: tuple[Tries, ...] = ()


@dataclass(frozen=True, slots=True)
class FailingDependency:
    """What jobs wait for because different ones met the same failure. `limit`: it asks to wait (a rate, a quota) and is up.
    `at_once`: it is not set up at all, which is told at once, whether anything waits by now or not.
    """

    name: str
    since: datetime
    reason: str
    limit: bool = False
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class DeadLetterCare:
    """How the dead letters themselves fare. `oldest_age`: of a message in their queue that has no record yet; None: there is
    none. `nearest_expiry`: when the first open record ends its life; None: nothing is open.
    """

    persist_failures: int = 0  # since the last look
    decode_failures: int = 0  # since the last look
    oldest_age: timedelta | None = None
    nearest_expiry: datetime | None = None
    open_records: int = 0


@dataclass(frozen=True, slots=True)
class TimerPlan:
    """What a timer is meant to do. `quiet_runs`: how many runs in a row may find nothing to do before that is odd; `pauses`:
    from when to when on-call has paused it.
    """

    name: str
    schedule: Schedule
    max_runtime: timedelta
    deployed_at: datetime
    quiet_runs: int = 0
    pauses: tuple[tuple[datetime, datetime], ...] = ()

    def is_paused(self, slot: datetime) -> bool:
        """Whether a slot falls into a pause, its end included: a host's clock may be a little ahead."""
        return any(start <= slot <= end for start, end in self.pauses)


@dataclass(frozen=True, slots=True)
class TimerRun:
    """One row of the ledger. `outcome` is empty while it runs. A manual run stands in for the slot of the ISO week that
    its `window` names.
    """

    run_id: str
    trigger: str
    planned_at: datetime
    started_at: datetime | None = None
    heartbeat_at: datetime | None = None
    finished_at: datetime | None = None
    outcome: str = ""
    window: str = ""
    expected: Mapping[str, int] = field(default_factory=dict)
    done: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def from_document(cls, row: Mapping[str, Any]) -> "TimerRun":
        """Parse a row of `TimerRuns`. Raises KeyError or ValueError on what is none."""
        return cls(
            run_id=str(row["id"]), trigger=str(row["trigger"]), planned_at=from_iso(row["plannedAt"]),
            started_at=parse_time(row.get("startedAt")), heartbeat_at=parse_time(row.get("heartbeatAt")),
            finished_at=parse_time(row.get("finishedAt")), outcome=str(row.get("outcome") or ""),
            window=str((row.get("parameters") or {}).get("window") or ""),
            expected=dict(row.get("expected") or {}), done=dict(row.get("done") or {}),
        )  # fmt: skip

    def is_of(self, slot: datetime) -> bool:
        """Whether this run is the slot's, or stands in for it."""
        if self.trigger == "timer":
            return self.planned_at == slot
        return self.window != "" and self.window == window_of(slot)

    @property
    def duration(self) -> timedelta | None:
        """How long it took; None before its end."""
        return self.finished_at - self.started_at if self.finished_at and self.started_at else None


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer's plan and its rows, any order. `rows_since`: from when all of them are here; None: all that ever were."""

    plan: TimerPlan
    runs: tuple[TimerRun, ...] = ()
    rows_since: datetime | None = None

    @property
    def known_since(self) -> datetime:
        """From when a slot without a row was missed: the timer was there, and its rows were read."""
        return max(self.plan.deployed_at, self.rows_since or self.plan.deployed_at)


@dataclass(frozen=True, slots=True)
class AgeSample:
    """The age of a queue's oldest waiting work at an earlier look."""

    at: datetime
    age: timedelta


@dataclass(frozen=True, slots=True)
class QueueAge:
    """A queue's oldest waiting work: peeked messages and unfinished jobs, deferred ones left out, 0 where nothing is seen to be
    late; None: the jobs cannot be read. `oldest`: the deferred ones included, None where nothing is seen to wait;
    `deferred_since`: of those, in words; `paused`: by whom.
    """

    age: timedelta | None
    samples: tuple[AgeSample, ...] = ()
    dequeued: int = 0  # in the last 30 minutes
    depth: int = 0
    paused: str = ""
    oldest: timedelta | None = None
    deferred_since: str = ""


@dataclass(frozen=True, slots=True)
class Spend:
    """What the models cost today, in one `unit` (calls, tokens or USD), beside the whole days before, any order."""

    unit: str
    today: float
    days: tuple[float, ...]
    projected: float


@dataclass(frozen=True, slots=True)
class Invariants:
    """What must never be, as counted at this look, and the reconciler's repairs of the last hour."""

    completed_without_marker: int = 0
    conflicts_exhausted: int = 0
    repairs_last_hour: int = 0


@dataclass(frozen=True, slots=True)
class LastLook:
    """The watchdog's run before this one. `at` None: it has never run; then `deployed_at` counts."""

    at: datetime | None
    deployed_at: datetime


@dataclass(frozen=True, slots=True)
class LastCount:
    """Up to when everything that happened is counted; `deployed_at` counts where that is later: nobody counted before."""

    counted_to: datetime
    deployed_at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it. None: could not be read. `opened` comes from the kept alerts, by rule; `waiting`: messages in the queues of
    jobs, hidden ones included.
    """

    ingress: Ingress | None = None
    attempts: Attempts | None = None
    care: DeadLetterCare | None = None
    timers: Mapping[str, Timer] | None = None
    queues: Mapping[str, QueueAge] | None = None
    spend: Spend | None = None
    invariants: Invariants | None = None
    last_look: LastLook | None = None
    last_count: LastCount | None = None
    dependencies: tuple[FailingDependency, ...] | None = None
    waiting: int | None = None
    opened: Mapping[str, Opened] = field(default_factory=dict)


def window_of(slot: datetime) -> str:
    """Return the ISO week of a weekly slot, as a manual run takes it: `2026-W48`."""
    return slot.strftime("%G-W%V")
