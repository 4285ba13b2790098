"""Simulated traffic of jobs: Poisson arrivals with a daily cycle, a true failure ratio that drifts, counted every 5 minutes.

Seeded; a job ends in the minute it arrives, so the delay until a failing job is dead is not in the figures.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from agents.watch.alerts.evaluation import evaluate
from agents.watch.alerts.facts import Facts, Ingress, Window
from agents.watch.alerts.rule import Rule
from agents.watch.alerts.state import Alert, Event
from agents.watch.alerts.thresholds import Pace

START = datetime(2026, 3, 2, tzinfo=UTC)
TICK = timedelta(minutes=5)
HOUR, DAY = 12, 288  # ticks
PACE = Pace()


@dataclass(frozen=True, slots=True)
class Traffic:
    """Jobs and dead letters up to each tick."""

    ended: list[int]
    dead: list[int]

    def window(self, tick: int, length: int) -> Window:
        """The `length` ticks that end with `tick`."""
        since = max(0, tick - length)
        return Window(self.ended[tick] - self.ended[since], self.dead[tick] - self.dead[since])

    def ingress(self, tick: int) -> Ingress:
        return Ingress(*(self.window(tick, length) for length in (HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY)))


def poisson(source: random.Random, mean: float) -> int:
    """Knuth's method: counts uniform factors until their product is below exp(-mean)."""
    limit, count, product = math.exp(-mean), 0, source.random()
    while product > limit:
        count += 1
        product *= source.random()
    return count


def traffic(
    seed: int, *, jobs_a_day: float, days: float, outage: Callable[[int], float | None] = lambda _tick: None
) -> Traffic:
    """Make traffic; the true ratio wanders within 0.25 to 1 % from hour to hour, or is what `outage` says of a tick."""
    source = random.Random(seed)
    drift = 0.00625
    jobs, deaths = [0], [0]
    for tick in range(1, int(days * DAY) + 1):
        cycle = 1.0 + 0.6 * math.sin(2 * math.pi * (tick / DAY - 0.35))
        if tick % HOUR == 0:
            drift = min(0.01, max(0.0025, drift + source.gauss(0.0, 0.0006)))
        ratio = outage(tick)
        ratio = drift if ratio is None else ratio
        arrived = poisson(source, jobs_a_day / DAY * cycle)
        jobs.append(arrived)
        deaths.append(sum(source.random() < ratio for _ in range(arrived)))
    return Traffic(list(accumulate(jobs)), list(accumulate(deaths)))


@dataclass(slots=True)
class Watch:
    """An evaluator with its kept states: what it told, by tick."""

    rules: tuple[Rule, ...]
    alerts: dict[str, Alert] = field(default_factory=dict)
    told: list[tuple[datetime, str, Event]] = field(default_factory=list)

    def look(self, facts: Facts, at: datetime) -> list[tuple[str, Event]]:
        events = []
        for one in evaluate(self.rules, facts, self.alerts, at, PACE):
            if one.changed:
                self.alerts[one.rule.key] = one.after
            if one.event is not None:
                events.append((one.rule.key, one.event))
        self.told += [(at, key, event) for key, event in events]
        return events

    def fired(self, *keys: str) -> list[datetime]:
        return [at for at, key, event in self.told if event is Event.FIRED and key in keys]


def at_tick(tick: int) -> datetime:
    return START + tick * TICK
