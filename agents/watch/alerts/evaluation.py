"""One look of the watchdog: every rule judged on the same facts, every alert's next state. Pure: nothing is stored or told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from agents.watch.alerts.facts import Facts
from agents.watch.alerts.rule import Evaluation, Rule
from agents.watch.alerts.state import Alert, Event, opened_of, step
from agents.watch.alerts.thresholds import Pace


@dataclass(frozen=True, slots=True)
class Transition:
    """One rule at one look. `before` is None where nothing was kept yet; `after is before`: there is nothing to write."""

    rule: Rule
    evaluation: Evaluation
    before: Alert | None
    after: Alert
    event: Event | None

    @property
    def changed(self) -> bool:
        """Whether there is something to write; a rule that never held has no document."""
        return self.after is not self.before and self.after.version > 0


def evaluate(
    rules: Sequence[Rule], facts: Facts, alerts: Mapping[str, Alert], at: datetime, pace: Pace
) -> tuple[Transition, ...]:
    """Judge `facts` as of `at`. `alerts`: the kept states by key. The same arguments give the same result."""
    known = _remembering(rules, facts, alerts, at)
    transitions = []
    for rule in rules:
        before = alerts.get(rule.key)
        evaluation = rule.evaluate(known, at)
        after = step(rule, before, evaluation, at, pace)
        transitions.append(Transition(rule, evaluation, before, after.alert, after.event))
    return tuple(transitions)


def evaluations(
    rules: Sequence[Rule], facts: Facts, alerts: Mapping[str, Alert], at: datetime
) -> dict[str, Evaluation]:  # fmt: skip
    """Judge `facts` as of `at` and change nothing; by the rule's key."""
    known = _remembering(rules, facts, alerts, at)
    return {rule.key: rule.evaluate(known, at) for rule in rules}


def _remembering(rules: Sequence[Rule], facts: Facts, alerts: Mapping[str, Alert], at: datetime) -> Facts:
    opened = {rule.name: found for rule in rules if (found := opened_of(rule, alerts.get(rule.key), at))}
    return replace(facts, opened=opened)
