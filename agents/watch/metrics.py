"""Maps what was read to metric samples: the one place that knows their names. Pure.

Whoever wants them elsewhere than in the OpenMetrics text (an exporter of OpenTelemetry, say) takes `families` as they are.
No user, address or message is in a label.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from agents.watch.alerts.rule import Rule
from agents.watch.alerts.slots import last_success, missed, slots
from agents.watch.alerts.state import Phase
from agents.watch.alerts.thresholds import AlertThresholds
from agents.watch.collect.collector import Collected
from agents.watch.openmetrics import Family, Sample

WINDOWS: Final = {"1h": 1, "6h": 6, "24h": 24, "72h": 72, "7d": 168}
SLOTS_OVER: Final = timedelta(days=15)


def families(collected: Collected, rules: Sequence[Rule], thresholds: AlertThresholds) -> tuple[Family, ...]:
    """Return every metric; what could not be read has no samples. Counts of windows are gauges: they fall as well."""
    return (
        *_dead_letters(collected),
        *_traffic(collected),
        *_queues(collected),
        *_timers(collected, thresholds),
        *_alerts(collected, rules),
    )


def _gauge(name: str, words: str, samples: Iterable[Sample], unit: str = "") -> Family:
    return Family(f"wardrobe_{name}", "gauge", words, tuple(samples), unit)


def _dead_letters(collected: Collected) -> list[Family]:
    open_records, at = collected.open_records, collected.at
    open_samples, age, complete = [], [], []
    if open_records is not None:
        open_samples = [Sample(count, {"reason": reason.value}) for reason, count in sorted(open_records.by_reason().items())]
        oldest = open_records.oldest
        age = [Sample((at - oldest).total_seconds())] if oldest else []
        complete = [Sample(float(open_records.complete))]
    parked = [Sample(one.parked, {"queue": one.name}) for one in collected.backlogs or () if one.parked is not None]
    return [
        _gauge("dlq_open", "Dead letters that wait for on-call, of the newest thousand", open_samples),
        _gauge("dlq_open_complete", "1 when the open dead letters are all counted, 0 when there are more", complete),
        _gauge("dlq_oldest_open_age_seconds", "Age of the oldest open dead letter", age, "seconds"),
        _gauge("dlq_parked", "Payloads that nobody can decode, waiting in a dead-letter queue", parked),
    ]


def _traffic(collected: Collected) -> list[Family]:
    ended, ingress, attempts, calls = [], [], [], []
    if collected.traffic is not None:
        for name, hours in WINDOWS.items():
            window = collected.traffic.window(timedelta(hours=hours))
            ended.append(Sample(window.terminal, {"window": name}))
            ingress.append(Sample(window.dead, {"window": name}))
        failed, total = collected.traffic.attempts(timedelta(minutes=30))
        attempts = [Sample(failed, {"outcome": "failed"}), Sample(total - failed, {"outcome": "succeeded"})]
        calls = [Sample(collected.traffic.spend().today)]
    suspended = [Sample(float(bool(collected.suspensions)))] if collected.facts.attempts is not None else []
    return [
        _gauge("jobs_ended", "Jobs that completed or died in a window that ends now", ended),
        _gauge("dlq_ingress", "New dead letters in a window that ends now", ingress),
        _gauge("taste_job_attempts", "Attempts of jobs in 30 minutes, deferrals left out", attempts),
        _gauge("llm_calls_today", "Answers of the models that were paid for since midnight UTC", calls),
        _gauge("llm_breaker_state", "1 while the breaker of the model is open", suspended),
    ]


def _queues(collected: Collected) -> list[Family]:
    found = collected.backlogs or ()
    depths = [Sample(one.depth, {"queue": one.name}) for one in found]
    return [
        _gauge("queue_depth", "Messages in a queue, hidden ones included", depths),
        _gauge(
            "queue_oldest_age_seconds", "How long a queue's oldest visible message or unfinished job waits",
            (Sample(one.age(collected.at).total_seconds(), {"queue": one.name}) for one in found), "seconds",
        ),
    ]  # fmt: skip


def _timers(collected: Collected, thresholds: AlertThresholds) -> list[Family]:
    ages, outcomes, lost, late, took = [], [], [], [], []
    for name, timer in (collected.facts.timers or {}).items():
        ended = last_success(timer)
        if ended:
            ages.append(Sample(_seconds(collected.at, ended), {"timer": name}))
        counts: dict[str, int] = {}
        for run in timer.runs:
            counts[run.outcome or "running"] = counts.get(run.outcome or "running", 0) + 1
        outcomes += [Sample(count, {"timer": name, "outcome": outcome}) for outcome, count in sorted(counts.items())]
        found = slots(timer, since=collected.at - SLOTS_OVER, at=collected.at, thresholds=thresholds)
        lost.append(Sample(len(missed(found)), {"timer": name}))
        begun = [slot for slot in found if slot.lateness is not None]
        late += [Sample(slot.lateness.total_seconds(), {"timer": name}) for slot in begun[-1:] if slot.lateness is not None]
        last = max((run for run in timer.runs if run.duration), key=lambda run: run.finished_at or collected.at, default=None)
        took += [Sample(last.duration.total_seconds(), {"timer": name})] if last and last.duration else []
    return [
        _gauge("timer_last_success_age_seconds", "Time since a timer's last successful run ended", ages, "seconds"),
        _gauge("timer_runs", "Runs of the last 16 days by outcome", outcomes),
        _gauge("timer_slots_missed", "Slots of the last 15 days that produced nothing", lost),
        _gauge("timer_lateness_seconds", "From plan to start of the last slot that was begun", late, "seconds"),
        _gauge("timer_duration_seconds", "How long the last run took", took, "seconds"),
    ]


def _alerts(collected: Collected, rules: Sequence[Rule]) -> list[Family]:
    firing, unknown, untold = [], [], []
    for rule in rules:
        alert = collected.alerts.get(rule.key)
        labels = {"rule": rule.name, "subject": rule.subject}
        is_firing = alert is not None and alert.phase is Phase.FIRING
        severity = (alert.severity if alert else None) or rule.severity
        firing.append(Sample(float(is_firing), {**labels, "severity": severity.value}))
        unknown.append(Sample(float(alert is not None and alert.unknown_since is not None), labels))
        untold.append(Sample(len(alert.untold) if alert else 0, labels))
    last = collected.memory.last_look or collected.memory.deployed_at
    repairs = collected.memory.repairs_since(collected.at - timedelta(hours=1))
    return [
        _gauge("alert_firing", "1 while an alert fires", firing),
        _gauge("alert_unknown", "1 while an alert cannot be judged", unknown),
        _gauge("alert_untold", "Notices of an alert that the webhook has not taken", untold),
        _gauge(
            "watch_last_look_age_seconds",
            "Time since the watchdog last looked",
            [Sample(_seconds(collected.at, last))],
            "seconds",
        ),
        _gauge("reconcile_repairs", "What the reconciler mended in the last hour", [Sample(repairs)]),
    ]


def _seconds(at: datetime, since: datetime) -> float:
    return max(0.0, (at - since).total_seconds())
