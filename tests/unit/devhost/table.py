"""`devhost/scenarios.json` as typed values; `docs/host-rules.md` says what each field means."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

PATH: Final = Path(__file__).parents[3] / "devhost/scenarios.json"
Window = float | tuple[float, float]


class Row(BaseModel):
    """A field that nobody knows is an error: a scenario must not say what no player does."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


class FunctionRun(Row):
    seconds: float = 0
    outcome: Literal["ok", "fail", "postpone"] = "ok"
    visibility: float = 0


class QueueStep(Row):
    at: float
    do: Literal["start", "stop", "kill", "send", "delete", "createQueue", "deleteQueue"]
    queue: str = ""
    message: str = ""


class Event(Row):
    at: Window
    event: Literal["receive", "invoke", "update", "delete", "copy", "create"]
    queue: str
    message: str | None = None
    messages: tuple[str, ...] | None = None
    limit: int | None = None
    lock: float | None = None
    dequeue_count: int | None = None
    body: str | None = None
    visibility: float | None = None
    to: str | None = None


class Left(Row):
    message: str
    dequeue_count: int
    visible_at: Window | None = None
    lives_seconds: float | None = None


class QueueScenario(Row):
    name: str
    rule: str
    functions: dict[str, dict[str, tuple[FunctionRun, ...]]]
    steps: tuple[QueueStep, ...]
    until: float
    trace: tuple[Event, ...]
    left: dict[str, tuple[Left, ...]]
    host: dict[str, str | int] = {}
    texts: dict[str, str] = {}
    without: tuple[str, ...] = ()
    pauses: dict[str, tuple[Window, ...]] = {}
    needs: str = ""


class TimerStep(Row):
    at: datetime
    do: Literal["start", "stop", "kill", "runByHand"]
    host: str = "one"


class TimerRun(Row):
    at: datetime
    past_due: bool
    host: str = "one"


class TimerStatus(Row):
    last: datetime | None = Field(alias="Last", default=None)
    next: datetime = Field(alias="Next")
    last_updated: datetime = Field(alias="LastUpdated")


class TimerScenario(Row):
    name: str
    rule: str
    schedule: str
    clock: datetime
    steps: tuple[TimerStep, ...]
    until: datetime
    trace: tuple[TimerRun, ...]
    left: TimerStatus | None
    use_monitor: bool = True
    status: TimerStatus | None = None
    runs: tuple[FunctionRun, ...] = (FunctionRun(),)
    needs: str = ""


class Table(Row):
    format: Literal[1]
    tolerance_seconds: float
    queues: tuple[QueueScenario, ...]
    timers: tuple[TimerScenario, ...]


TABLE: Final = Table.model_validate(json.loads(PATH.read_text()))


def within(at: float, window: Window) -> bool:
    """Whether a time is in its window, give or take the table's tolerance."""
    low, high = window if isinstance(window, tuple) else (window, window)
    return low - TABLE.tolerance_seconds <= at <= high + TABLE.tolerance_seconds


def in_turn(runs: Iterable[FunctionRun], turn: int) -> FunctionRun:
    """Return the run of this turn, counted from 0; the last one is that of all later turns."""
    known = tuple(runs) or (FunctionRun(),)
    return known[min(turn, len(known) - 1)]
