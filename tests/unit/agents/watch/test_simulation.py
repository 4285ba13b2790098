"""The figures behind the thresholds of A1 and A2, simulated again: false alarms in healthy months, hours until a rise is told.

Fewer repetitions than the study that chose them (40 months and 60 runs a cell), so the tolerances are wide; the seeds are
fixed, so a change of a rule shows as a changed figure.
"""

import math
import random
import statistics

import pytest

from agents.watch.alerts.catalogue import catalogue
from agents.watch.alerts.facts import Attempts, Facts, FailingDependency, Tries
from agents.watch.alerts.state import Phase
from agents.watch.alerts.thresholds import AlertThresholds
from tests.unit.agents.watch.facts_of import MINUTE, healthy
from tests.unit.agents.watch.facts_of import RULES as ALL_RULES
from tests.unit.agents.watch.traffic import DAY, HOUR, Traffic, Watch, at_tick, traffic

RULES = tuple(rule for rule in catalogue(AlertThresholds()) if rule.name in {"A1", "A2"})
WEEK, MONTH, RUNS = 7 * DAY, 30 * DAY, 11
NEVER = math.inf


def watch_month(seed: int, jobs_a_day: int) -> tuple[Watch, Traffic]:
    made, watch = traffic(seed, jobs_a_day=jobs_a_day, days=37), Watch(RULES)
    for tick in range(WEEK, WEEK + MONTH):
        watch.look(Facts(ingress=made.ingress(tick)), at_tick(tick))
    return watch, made


def naive_alarms(made: Traffic) -> int:
    """How often "15 minutes above twice the baseline" would begin to fire."""
    alarms, fires = 0, False
    for tick in range(WEEK, WEEK + MONTH):
        window, before = made.window(tick, HOUR // 4), fires
        fires = window.ratio > 2 * made.ingress(tick).baseline(0.005)
        alarms += fires and not before
    return alarms


@pytest.mark.parametrize(("jobs_a_day", "months", "naive"), [(30, 4, 2), (300, 4, 25), (3_000, 2, 100)])
@pytest.mark.slow
def test_healthy_months_tell_next_to_nothing_where_a_plain_ratio_cries_all_the_time(
    jobs_a_day: int, months: int, naive: int
) -> None:
    seen = [watch_month(7 * month + jobs_a_day, jobs_a_day) for month in range(months)]
    assert sum(len(watch.fired("A1", "A2")) for watch, _ in seen) <= 1
    assert statistics.mean(naive_alarms(made) for _, made in seen) >= naive


@pytest.mark.slow
def test_a_month_of_healthy_traffic_timers_and_queues_tells_nothing_of_any_rule() -> None:
    made, watch = traffic(26, jobs_a_day=300, days=37), Watch(ALL_RULES)
    for tick in range(WEEK, WEEK + MONTH):
        watch.look(healthy(at_tick(tick), ingress=made.ingress(tick)), at_tick(tick))
    assert watch.told == []
    assert {alert.phase for alert in watch.alerts.values()} <= {Phase.OK}


def hours_to_fire(seed: int, jobs_a_day: int, ratio: float, keys: tuple[str, ...]) -> float:
    """Hours from the rise until one of the rules fires, within three days."""
    rise = WEEK + random.Random(seed).randrange(DAY)
    made = traffic(1_000 + seed, jobs_a_day=jobs_a_day, days=11, outage=lambda tick: ratio if tick > rise else None)
    watch = Watch(RULES)
    for tick in range(rise + 1, rise + 3 * DAY):
        watch.look(Facts(ingress=made.ingress(tick)), at_tick(tick))
        if watch.fired(*keys):
            return (at_tick(tick) - at_tick(rise)).total_seconds() / 3_600
    return NEVER


@pytest.mark.parametrize(
    ("jobs_a_day", "ratio", "keys", "least", "most"),
    [
        # the study's medians: 2.3, 14.4; 0.3, 2.3, 13.7 and 12.8; 0.1, 0.3, 1.5 h, its looks not counted twice
        (30, 1.0, ("A1",), 1.0, 3.5),
        (30, 0.2, ("A1", "A2"), 9.0, 22.0),
        (300, 1.0, ("A1",), 0.2, 0.6),
        (300, 0.2, ("A1",), 1.5, 3.5),
        (300, 0.05, ("A1", "A2"), 9.0, 18.0),
        (3_000, 1.0, ("A1",), 0.1, 0.25),
        (3_000, 0.2, ("A1",), 0.25, 0.6),
        (3_000, 0.05, ("A1",), 1.0, 3.5),
    ],
)
def test_a_rise_is_told_in_the_hours_that_its_size_and_the_traffic_allow(
    jobs_a_day: int, ratio: float, keys: tuple[str, ...], least: float, most: float
) -> None:
    assert least <= statistics.median(hours_to_fire(seed, jobs_a_day, ratio, keys) for seed in range(RUNS)) <= most


@pytest.mark.slow
def test_a_small_rise_at_thirty_jobs_a_day_is_mostly_beyond_statistics() -> None:
    found = [hours_to_fire(seed, 30, 0.05, ("A1", "A2")) for seed in range(RUNS)]
    assert 1 <= sum(hours < NEVER for hours in found) <= 8


@pytest.mark.parametrize("jobs_a_day", [300, 3_000])
def test_four_hours_of_outage_are_one_alert_that_ends_within_hours_of_the_repair(jobs_a_day: int) -> None:
    for seed in range(5):
        rise = WEEK + random.Random(seed).randrange(DAY)
        end = rise + 4 * HOUR
        made = traffic(
            seed, jobs_a_day=jobs_a_day, days=11, outage=lambda tick, low=rise, high=end: 1.0 if low < tick <= high else None
        )
        watch = Watch(RULES)
        for tick in range(rise + 1, rise + 2 * DAY):
            watch.look(Facts(ingress=made.ingress(tick)), at_tick(tick))
        told = [(event.value, at) for at, key, event in watch.told if key == "A1" and event.value != "reminded"]
        assert [event for event, _ in told] == ["fired", "resolved"]
        assert at_tick(end) < told[1][1] <= at_tick(end + 8 * HOUR)


# The extremes (A13): attempts fail now and then, a breaker opens for moments; and an outage of everything.

EXTREMES = tuple(rule for rule in catalogue(AlertThresholds()) if rule.name == "A13")


def attempts(made: Traffic, tick: int) -> Attempts:
    """Of a traffic whose dead are the attempts that failed."""
    spans = ((1, 5), (2, 10), (6, 30))
    windows = [(made.window(tick, ticks), minutes) for ticks, minutes in spans]
    recent = tuple(Tries(minutes * MINUTE, window.dead, window.terminal) for window, minutes in windows)
    return Attempts(recent[-1].failed, recent[-1].total, recent=recent)


@pytest.mark.parametrize("jobs_a_day", [30, 300, 3_000, 30_000])
def test_a_month_of_ordinary_failures_and_moments_of_suspension_is_no_outage(jobs_a_day: int) -> None:
    """Attempts fail at 5 %, for an hour a day at 40 %; twice a day the model fails for three minutes, or limits us for nine."""
    source, watch = random.Random(jobs_a_day), Watch(EXTREMES)
    bad = {day: source.randrange(DAY - HOUR) for day in range(31)}
    made = traffic(
        7, jobs_a_day=jobs_a_day, days=30,
        outage=lambda tick: 0.4 if bad[tick // DAY] <= tick % DAY < bad[tick // DAY] + HOUR else 0.05,
    )  # fmt: skip
    for tick in range(1, MONTH):
        at, down = at_tick(tick), tuple[FailingDependency, ...]()
        if source.random() < 2 / DAY:
            limit = source.random() < 0.5
            ago = source.uniform(0, 9.9 if limit else 3.9)
            down = (FailingDependency("the model", at - ago * MINUTE, "llm_unavailable", limit=limit),)
        watch.look(Facts(attempts=attempts(made, tick), dependencies=down, waiting=5), at)
    assert watch.told == []


@pytest.mark.parametrize(("jobs_a_day", "trips"), [(3_000, True), (30_000, True), (30_000, False)])
def test_an_outage_of_everything_is_told_within_ten_minutes(jobs_a_day: int, trips: bool) -> None:
    """It begins at any second between two looks. Either the breaker opens after five different jobs, and the others wait, or
    every attempt fails, of which there have to be thirty.
    """
    for seed in range(RUNS):
        source = random.Random(seed)
        rise, offset = DAY + source.randrange(DAY), source.random()
        made = traffic(
            seed, jobs_a_day=jobs_a_day, days=3,
            outage=lambda tick, rise=rise, left=1 - offset: left if tick == rise else float(tick > rise),
        )  # fmt: skip
        begins = at_tick(rise) - (1 - offset) * 5 * MINUTE
        opens = begins + 5 * (24 * 60 / jobs_a_day) * 2.5 * MINUTE  # the quietest hour has two fifths of the mean
        watch = Watch(EXTREMES)
        for tick in range(rise - HOUR, rise + HOUR):
            at = at_tick(tick)
            down = (FailingDependency("the model", opens, "llm_unavailable"),) if trips and opens <= at else ()
            seen = Attempts(0, 0) if down else attempts(made, min(tick, rise - 1) if trips else tick)
            watch.look(Facts(attempts=seen, dependencies=down, waiting=3), at)
            if watch.told:
                break
        [(told, key, event)] = watch.told
        assert (key, event.value) == ("A13", "fired")
        if trips and jobs_a_day < 30_000:
            assert told - begins <= 10 * MINUTE + (opens - begins), "ten minutes after it could be known"
        else:
            assert told - begins <= 10 * MINUTE
