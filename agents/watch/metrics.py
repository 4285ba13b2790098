"""Maps what was read to metric samples: the one place that knows the names of what is scraped. Pure.

A name that telemetry (`shared.observe.table`) has as well means the same here, with the same labels; docs/telemetry.md lists
both. Counters are totals that the store keeps, and only grow. A gauge over a window has `window` in its name, and ends where
`wardrobe_window_end_timestamp_seconds` says. What is known to exist has a series from the first answer on, at 0, so that an
alert on it is never blind; "never" counts from the deployment. No user, address or message is in a label.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from agents.runs.ledger import RunOutcome
from agents.watch.alerts.facts import Timer
from agents.watch.alerts.rule import Rule
from agents.watch.alerts.slots import SUCCESS, Slot, last_success, missed, slots
from agents.watch.alerts.state import Phase
from agents.watch.alerts.thresholds import AlertThresholds
from agents.watch.collect.collector import Collected
from agents.watch.collect.traffic import CALLS, DEAD, DUPLICATES, ENDED, FAILED, RUNS
from agents.watch.openmetrics import Family, Sample
from shared.chat.breaker_state import BreakerState
from shared.errors import Reason

WINDOWS: Final = {"1h": 1, "6h": 6, "24h": 24, "72h": 72, "7d": 168}
OPEN_OVER: Final = 72  # hours: what is older and open is no news
SLOTS_OVER: Final = timedelta(days=15)
RUNS_OVER: Final = timedelta(days=16)
REASONS: Final = tuple(reason.value for reason in Reason)


def families(collected: Collected, rules: Sequence[Rule], thresholds: AlertThresholds) -> tuple[Family, ...]:
    """Return every metric; what could not be read has no samples."""
    return (
        *_dead_letters(collected),
        *_counters(collected),
        *_windows(collected, thresholds),
        *_dependencies(collected),
        *_queues(collected),
        *_timers(collected, thresholds),
        *_alerts(collected, rules),
    )


def _gauge(name: str, words: str, samples: Iterable[Sample], unit: str = "") -> Family:
    return Family(f"wardrobe_{name}", "gauge", words, tuple(samples), unit)


def _counter(name: str, words: str, samples: Iterable[Sample]) -> Family:
    return Family(f"wardrobe_{name}", "counter", words, tuple(samples))


def _dead_letters(collected: Collected) -> list[Family]:
    found, at = collected.open_records, collected.at
    open_samples, age, complete = [], [], []
    if found is not None:
        counts = {reason.value: count for reason, count in found.by_reason().items()}
        open_samples = [Sample(counts.get(reason, 0), {"reason": reason}) for reason in REASONS]
        age = [Sample(_seconds(at, found.oldest or at))]
        complete = [Sample(float(found.complete))]
    parked = [Sample(one.parked, {"queue": one.name}) for one in collected.backlogs or () if one.parked is not None]
    unstored = [
        Sample(one.age(at).total_seconds(), {"queue": one.name})
        for one in collected.backlogs or ()
        if one.role == "dead-letters"
    ]
    return [
        _gauge("dlq_open", "Dead letters that wait for on-call, of the newest thousand", open_samples),
        _gauge("dlq_open_complete", "1 when the open dead letters are all counted, 0 when there are more", complete),
        _gauge("dlq_oldest_open_age_seconds", "Age of the oldest open dead letter, 0 when none is", age, "seconds"),
        _gauge("dlq_parked", "Payloads that nobody can decode, waiting in a dead-letter queue", parked),
        _gauge("dlq_unstored_age_seconds", "How long the oldest dead letter without a record waits", unstored, "seconds"),
    ]


def _counters(collected: Collected) -> list[Family]:
    """Totals since the watchdog began to count; each is settled some minutes after the fact and never taken back."""
    jobs, failed, ingress, calls, runs = [], [], [], [], []
    if collected.counted is not None:
        ended, dead = collected.counted.totals(ENDED), collected.counted.totals(DEAD)
        doubles, attempts = collected.counted.totals(DUPLICATES), collected.counted.totals(FAILED)
        for kind in collected.kinds:
            jobs.append(Sample(ended.get(kind, 0), {"kind": kind, "outcome": "completed", "reason": ""}))
            jobs.append(Sample(doubles.get(kind, 0), {"kind": kind, "outcome": "duplicate", "reason": ""}))
            for reason in REASONS:
                count = dead.get(f"{kind}.{reason}", 0)
                jobs.append(Sample(count, {"kind": kind, "outcome": "dead_lettered", "reason": reason}))
                failed.append(Sample(attempts.get(f"{kind}.{reason}", 0), {"kind": kind, "reason": reason}))
        ingress = [
            Sample(sum(count for name, count in dead.items() if name.endswith(f".{reason}")), {"reason": reason})
            for reason in REASONS
        ]
        calls = [Sample(sum(collected.counted.totals(CALLS).values()))]
        ran = collected.counted.totals(RUNS)
        runs = [
            Sample(ran.get(f"{timer}.{outcome.value}", 0), {"timer": timer, "outcome": outcome.value})
            for timer in collected.timer_names
            for outcome in RunOutcome
        ]
    return [
        _counter("jobs", "Jobs that completed, died, or were dropped as duplicates", jobs),
        _counter("job_attempts_failed", "Attempts of jobs that failed, deferrals left out", failed),
        _counter("dlq_ingress", "dead letters stored for the first time", ingress),
        _counter("llm_answers", "Answers of the models that were paid for and stored", calls),
        _counter("timer_run", "runs of a timer that ended", runs),
    ]


def _windows(collected: Collected, thresholds: AlertThresholds) -> list[Family]:
    ended, dead, left, attempts, calls, baseline, until = [], [], [], [], [], [], []
    if collected.facts.last_count is not None:
        until = [Sample(collected.facts.last_count.counted_to.timestamp())]
    if collected.traffic is not None:
        times = collected.open_records.recent if collected.open_records else None
        for name, hours in WINDOWS.items():
            window = collected.traffic.window(timedelta(hours=hours), times)
            ended.append(Sample(window.terminal, {"window": name}))
            dead.append(Sample(window.dead, {"window": name}))
            left += [Sample(window.open, {"window": name})] if times is not None and hours <= OPEN_OVER else []
        for one in collected.traffic.tries():
            span = f"{one.span // timedelta(minutes=1)}m"
            attempts.append(Sample(one.failed, {"window": span, "outcome": "failed"}))
            attempts.append(Sample(one.total - one.failed, {"window": span, "outcome": "succeeded"}))
        calls = [Sample(collected.traffic.spend().today)]
        baseline = [Sample(collected.traffic.ingress().baseline(thresholds.baseline_floor))]
    return [
        _gauge("window_end_timestamp_seconds", "Up to when what happened is counted: where windows end", until, "seconds"),
        _gauge("window_jobs_ended", "Jobs that completed or died in a window", ended),
        _gauge("window_dead_letters", "New dead letters in a window, settled or not", dead),
        _gauge("window_dead_letters_open", "New dead letters in a window that nobody has settled", left),
        _gauge("window_attempts", "Attempts of jobs in a window, deferrals left out", attempts),
        _gauge("dlq_baseline_ratio", "The ordinary share of jobs that die, of days 4 to 7", baseline, "ratio"),
        _gauge("llm_answers_today", "Answers of the models that were paid for since midnight UTC", calls),
    ]


def _dependencies(collected: Collected) -> list[Family]:
    found: tuple[BreakerState, ...] = collected.breakers or ()
    states = [Sample(float(_breaker(one, collected.at)), {"scope": one.scope}) for one in found]
    ages = [Sample(_seconds(collected.at, one.since) if one.since else 0.0, {"scope": one.scope}) for one in found]
    count = [Sample(len(collected.suspensions))] if collected.suspensions is not None else []
    return [
        _gauge("llm_breaker_state", "0 closed, 1 open, 2 one worker probes", states),
        _gauge("llm_breaker_open_age_seconds", "For how long a breaker has been open, 0 when it is closed", ages, "seconds"),
        _gauge("dependencies_failing", "Dependencies that fail for different jobs alike", count),
    ]


def _breaker(state: BreakerState, at: datetime) -> int:
    if not state.is_open:
        return 0
    return 2 if state.probing_until is not None and state.probing_until > at else 1


def _queues(collected: Collected) -> list[Family]:
    found, at = collected.backlogs or (), collected.at
    heads = {one.name: min((message.inserted_at for message in one.messages), default=at) for one in found}
    return [
        _gauge(
            "queue_depth", "messages in a queue when somebody looked, hidden ones included",
            (Sample(one.depth, {"queue": one.name}) for one in found if not one.missing),
        ),
        _gauge(
            "queue_oldest_age_seconds", "age of the oldest visible message when somebody looked",
            (Sample(_seconds(at, heads[one.name]), {"queue": one.name}) for one in found), "seconds",
        ),
        _gauge(
            "queue_work_age_seconds", "How long the oldest visible message or unfinished job waits, deferred ones left out",
            (
                Sample(one.age(at).total_seconds(), {"queue": one.name})
                for one in found if one.role != "dead-letters" and one.jobs_known
            ), "seconds",
        ),
        _gauge(
            "queue_deferred_age_seconds", "How long the oldest job waits that a dependency has put off, 0 when none is",
            (
                Sample(_seconds(at, one.deferred.since) if one.deferred else 0.0, {"queue": one.name})
                for one in found if one.role == "jobs" and one.jobs_known
            ), "seconds",
        ),
        _gauge(
            "queue_paused", "1 while a queue is paused",
            (
                Sample(float(one.pause is not None), {"queue": one.name})
                for one in found if one.role != "dead-letters" and one.pauses_known
            ),
        ),
        _gauge(
            "queue_held", "Messages put aside because their queue is, or was, paused",
            (Sample(one.held, {"queue": one.name}) for one in found if one.role != "dead-letters" and one.held is not None),
        ),
    ]  # fmt: skip


def _timers(collected: Collected, thresholds: AlertThresholds) -> list[Family]:
    ages, never, outcomes, lost, late, took, paused = [], [], [], [], [], [], []
    for name, timer in (collected.facts.timers or {}).items():
        label = {"timer": name}
        ended = last_success(timer)
        ages.append(Sample(_seconds(collected.at, ended or timer.plan.deployed_at), label))
        never.append(Sample(float(ended is None), label))
        known = collected.pauses
        paused += [Sample(float(known.of("timer", name, collected.at) is not None), label)] if known is not None else []
        counts: dict[str, int] = dict.fromkeys((outcome.value for outcome in RunOutcome), 0)
        for run in (one for one in timer.runs if collected.at - one.planned_at <= RUNS_OVER):
            counts[run.outcome or "running"] = counts.get(run.outcome or "running", 0) + 1
        outcomes += [Sample(count, {**label, "outcome": outcome}) for outcome, count in sorted(counts.items())]
        found = slots(timer, since=collected.at - SLOTS_OVER, at=collected.at, thresholds=thresholds)
        lost.append(Sample(len(not_made_up(timer, found)), label))
        lateness = [slot.lateness for slot in found if slot.lateness is not None]
        late.append(Sample(lateness[-1].total_seconds() if lateness else 0.0, label))
        spans = [(run.finished_at, run.duration) for run in timer.runs if run.finished_at and run.duration]
        took.append(Sample(max(spans)[1].total_seconds() if spans else 0.0, label))
    return [
        _gauge(
            "timer_last_success_age_seconds",
            "time since the last run that ended well, or since the deployment while none has",
            ages,
            "seconds",
        ),
        _gauge("timer_paused", "1 while a timer is paused", paused),
        _gauge("timer_never_succeeded", "1 while no run has ended well; the age then counts from the deployment", never),
        _gauge("timer_recent_runs", "Runs of the last 16 days by outcome", outcomes),
        _gauge("timer_slots_missed", "Slots of the last 15 days that produced nothing and were not made up for", lost),
        _gauge("timer_last_lateness_seconds", "From plan to start of the last slot that was begun", late, "seconds"),
        _gauge("timer_last_duration_seconds", "How long the last run took", took, "seconds"),
    ]


def not_made_up(timer: Timer, found: Sequence[Slot]) -> list[Slot]:
    """Return the slots that were missed and still are: a day is made up for by any later success, a week by its own run."""
    weekly = timer.plan.schedule.weekday is not None
    good = [run.started_at for run in timer.runs if run.outcome in SUCCESS and run.started_at]
    return [one for one in missed(found) if weekly or not any(start >= one.slot for start in good)]


def _alerts(collected: Collected, rules: Sequence[Rule]) -> list[Family]:
    firing, unknown, untold, age, repairs = [], [], [], [], []
    silenced, until = [], []
    for rule in rules if collected.alerts_known else ():
        alert = collected.alerts.get(rule.key)
        labels = {"rule": rule.name, "subject": rule.subject}
        is_firing = alert is not None and alert.phase is Phase.FIRING
        severity = (alert.severity if alert else None) or rule.severity
        firing.append(Sample(float(is_firing), {**labels, "severity": severity.value}))
        grave = (alert.severity if alert and is_firing else None) or rule.severity
        hush = alert.quiet(grave, collected.at) if alert else None
        silenced.append(Sample(float(hush is not None), labels))
        until += [Sample(hush.until.timestamp(), labels)] if hush else []
        unknown.append(Sample(float(alert is not None and alert.unknown_since is not None), labels))
        untold.append(Sample(len(alert.untold) if alert else 0, labels))
    if collected.memory_known:
        last = collected.memory.last_look or collected.memory.deployed_at
        age = [Sample(_seconds(collected.at, last))]
        repairs = [Sample(collected.memory.repairs_since(collected.at - timedelta(hours=1)))]
    return [
        _gauge("alert_firing", "1 while an alert fires", firing),
        _gauge("alert_unknown", "1 while an alert cannot be judged", unknown),
        _gauge("alert_silenced", "1 while an alert is silenced, whether it fires or not", silenced),
        _gauge("alert_silenced_until_timestamp_seconds", "When a silence ends", until, "seconds"),
        _gauge("alert_untold", "Notices of an alert that the webhook has not taken", untold),
        _gauge("watch_last_look_age_seconds", "Time since the watchdog last looked", age, "seconds"),
        _gauge("window_reconcile_repairs", "What the reconciler mended in the last hour", repairs),
        _gauge("watch_unread_parts", "Parts that could not be read for this answer", [Sample(len(collected.unread))]),
    ]


def _seconds(at: datetime, since: datetime) -> float:
    return max(0.0, (at - since).total_seconds())
