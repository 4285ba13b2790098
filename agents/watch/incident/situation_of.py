"""Puts together what an incident note tells: what was read, the causes, the checks, and what has changed. Pure."""

from collections.abc import Iterable, Sequence

from agents.replays.preflight import Check
from agents.watch.alerts.rule import Rule
from agents.watch.alerts.thresholds import Thresholds
from agents.watch.collect.collector import Survey
from agents.watch.incident.situation import Change, Dependency, Situation


def situation_of(
    survey: Survey, rules: Sequence[Rule], checks: Iterable[Check] | None, thresholds: Thresholds
) -> Situation:  # fmt: skip
    """Return the situation; `checks` None: they could not be made."""
    letters, suspension = survey.letters, survey.suspension
    changes = list(survey.kept.changes)
    if suspension is not None:
        changes.append(Change(suspension.since, "breaker", f"the model's breaker opened: {suspension.reason}"))
    keys = {rule.key for rule in rules}
    return Situation(
        at=survey.at, build=survey.marks.get("build", "unknown"), rules=tuple(rules),
        alerts=tuple(alert for alert in survey.alerts.values() if alert.key in keys), facts=survey.facts,
        causes=letters.causes() if letters else None, changes=tuple(changes), users=letters.users if letters else None,
        preflight=None if checks is None else tuple(Dependency(check.name, check.problem) for check in checks),
        thresholds=thresholds,
    )  # fmt: skip
