"""Puts together what an incident note tells: what was read, the causes, the checks, and what has changed. Pure."""

from collections.abc import Iterable, Sequence

from agents.replays.preflight import Check
from agents.watch.alerts.rule import Rule
from agents.watch.alerts.thresholds import AlertThresholds
from agents.watch.collect.collector import Collected
from agents.watch.collect.memory import Change
from agents.watch.incident.situation import Dependency, Situation


def situation_of(
    collected: Collected, rules: Sequence[Rule], checks: Iterable[Check] | None, thresholds: AlertThresholds
) -> Situation:  # fmt: skip
    """Return the situation; `checks` None: they could not be made."""
    open_records = collected.open_records
    changes = list(collected.memory.changes)
    changes += [
        Change(one.since, "breaker", f"the breaker of {one.dependency.name} opened: {one.reason}")
        for one in collected.suspensions or ()
    ]
    changes = list(dict.fromkeys(changes))  # a look may have noted the same
    keys = {rule.key for rule in rules}
    return Situation(
        at=collected.at, build=collected.marks.get("build", "unknown"), rules=tuple(rules),
        alerts=tuple(alert for alert in collected.alerts.values() if alert.key in keys), facts=collected.facts,
        causes=open_records.causes() if open_records else None, changes=tuple(changes) if collected.memory_known else None,
        users=open_records.users if open_records else None,
        alerts_known=collected.alerts_known, unread=collected.unread,
        preflight=None if checks is None else tuple(
            Dependency(check.name, check.problem, check.state, check.detail) for check in checks
        ),
        thresholds=thresholds,
    )  # fmt: skip
