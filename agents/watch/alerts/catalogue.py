"""The catalogue of alert rules, A1 to A14."""

from agents.watch.alerts.dead_letters import dead_letter_rules
from agents.watch.alerts.flow import flow_rules
from agents.watch.alerts.outage import outage_rules
from agents.watch.alerts.rule import Rule
from agents.watch.alerts.thresholds import AlertThresholds
from agents.watch.alerts.timers import timer_rules


def catalogue(
    thresholds: AlertThresholds, *, weekly: tuple[str, ...] = (), daily: tuple[str, ...] = (), queues: tuple[str, ...] = ()
) -> tuple[Rule, ...]:
    """Return every rule, in order of their names. `weekly`, `daily`, `queues`: what is watched, one alert each."""
    rules = (
        *dead_letter_rules(thresholds),
        *flow_rules(thresholds, queues=queues),
        *outage_rules(thresholds),
        *timer_rules(thresholds, weekly=weekly, daily=daily),
    )
    return tuple(sorted(rules, key=lambda rule: (int(rule.name[1:]), rule.subject)))
