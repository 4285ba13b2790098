"""What an incident note is made of, beside the facts and the alerts: causes, changes, checks. Nothing names a user."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from agents.dead_letters.open_records import Cause
from agents.watch.alerts.facts import Facts
from agents.watch.alerts.rule import Rule
from agents.watch.alerts.state import Alert
from agents.watch.alerts.thresholds import AlertThresholds
from agents.watch.collect.memory import Change


@dataclass(frozen=True, slots=True)
class Dependency:
    """One preflight check; `problem` is empty unless it is down or failing. `detail`: the figures of what is not."""

    name: str
    problem: str = ""
    state: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that on-call is told. None: could not be read. `users`: how many have dead letters. `alerts_known`: the kept alerts
    could be read; else `alerts` is empty, and whether one fires is not known. `unread`: why a part could not be read, by name.
    """

    at: datetime
    build: str
    rules: tuple[Rule, ...]
    alerts: tuple[Alert, ...]
    facts: Facts = field(default_factory=Facts)
    causes: tuple[Cause, ...] | None = None
    changes: tuple[Change, ...] | None = None
    preflight: tuple[Dependency, ...] | None = None
    users: int | None = None
    alerts_known: bool = True
    unread: Mapping[str, str] = field(default_factory=dict)
    thresholds: AlertThresholds = field(default_factory=AlertThresholds)
