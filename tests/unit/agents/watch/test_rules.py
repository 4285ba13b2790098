"""Each rule on both sides of its threshold, and what it says of the numbers."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.watch.alerts.facts import (
    AgeSample,
    Attempts,
    DeadLetterCare,
    Facts,
    FailingDependency,
    Ingress,
    Invariants,
    LastCount,
    LastLook,
    Opened,
    QueueAge,
    Spend,
    Timer,
    Tries,
    Window,
)
from agents.watch.alerts.rule import Severity, odds
from tests.unit.agents.watch.facts_of import DEPLOYED, MINUTE, MONDAY, QUEUE, RULES, healthy, plan, rule, run

AT = MONDAY + timedelta(hours=14, minutes=30)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
QUIET = {"six_hours": Window(75, 0), "day": Window(300, 1), "three_days": Window(900, 4), "week": Window(2_100, 9)}


def ingress(**windows: Window) -> Ingress:
    return Ingress(**{"hour": Window(12, 0), **QUIET, **windows})


def queue(age: timedelta, before: timedelta | None, **more: Any) -> QueueAge:
    samples = () if before is None else (AgeSample(AT - 30 * MINUTE, before),)
    return QueueAge(age, samples, **more)


def care(**fields: Any) -> DeadLetterCare:
    return DeadLetterCare(**fields)


def tries(failed: int, total: int) -> Attempts:
    return Attempts(failed, total, recent=(Tries(10 * MINUTE, failed, total),))


def down(minutes: int, *, limit: bool = False) -> tuple[FailingDependency, ...]:
    return (FailingDependency("the model", AT - minutes * MINUTE, "llm_unavailable", limit),)


PAGE, TICKET, CRITICAL = Severity.PAGE, Severity.TICKET, Severity.CRITICAL
CASES: list[tuple[str, dict[str, Any], bool | None, Severity]] = [
    # at twice a baseline of 0.5 %: P(Bin(12, 0.01) >= 3) = 2.0e-4 is not below 1e-4, P(Bin(9, 0.01) >= 3) = 8.0e-5 is
    ("A1", {"ingress": ingress(hour=Window(12, 3))}, False, PAGE),
    ("A1", {"ingress": ingress(hour=Window(9, 3))}, True, PAGE),
    ("A1", {"ingress": ingress(hour=Window(2, 2))}, False, PAGE),
    ("A1", {"ingress": ingress(six_hours=Window(75, 6))}, False, PAGE),
    ("A1", {"ingress": ingress(six_hours=Window(75, 7))}, True, PAGE),
    ("A1", {"ingress": ingress(hour=Window(0, 4), six_hours=Window(0, 4))}, True, PAGE),  # raw messages, no job behind
    ("A1", {"ingress": ingress(six_hours=Window(75, 7), week=Window(2_100, 49))}, False, PAGE),  # an ordinary 3 %
    ("A1", {"ingress": None}, None, PAGE),
    ("A2", {"ingress": ingress(day=Window(300, 11))}, True, TICKET),
    ("A2", {"ingress": ingress(day=Window(300, 10))}, False, TICKET),
    ("A2", {"ingress": ingress(three_days=Window(900, 21))}, True, TICKET),
    ("A3", {"attempts": Attempts(3, 5)}, True, TICKET),
    ("A3", {"attempts": Attempts(4, 4)}, False, TICKET),
    ("A3", {"attempts": Attempts(5, 10)}, False, TICKET),
    ("A3", {"attempts": Attempts(0, 0, AT - 10 * MINUTE)}, False, TICKET),
    ("A3", {"attempts": Attempts(0, 0, AT - 11 * MINUTE)}, True, TICKET),
    ("A3", {"attempts": Attempts(0, 0, AT - 61 * MINUTE)}, True, PAGE),
    ("A3", {"attempts": None}, None, TICKET),
    ("A4", {"care": care(persist_failures=1)}, True, PAGE),
    ("A4", {"care": care(decode_failures=1)}, True, PAGE),
    ("A4", {"care": care(oldest_age=10 * MINUTE)}, False, PAGE),
    ("A4", {"care": care(oldest_age=11 * MINUTE)}, True, PAGE),
    ("A4", {"care": None}, None, PAGE),
    ("A5", {"care": care(nearest_expiry=AT + 7 * DAY)}, False, TICKET),
    ("A5", {"care": care(nearest_expiry=AT + 7 * DAY - MINUTE)}, True, TICKET),
    ("A5", {"care": care(nearest_expiry=AT - DAY)}, True, TICKET),
    ("A5", {"care": care(oldest_age=3 * DAY)}, False, TICKET),
    ("A5", {"care": care(oldest_age=3 * DAY + MINUTE)}, True, PAGE),
    (f"A9.{QUEUE}", {"queues": {QUEUE: queue(24 * HOUR, 23 * HOUR)}}, False, PAGE),
    (f"A9.{QUEUE}", {"queues": {QUEUE: queue(25 * HOUR, 25 * HOUR - 6 * MINUTE)}}, False, PAGE),
    (f"A9.{QUEUE}", {"queues": {QUEUE: queue(25 * HOUR, 25 * HOUR - 7 * MINUTE)}}, True, PAGE),
    (f"A9.{QUEUE}", {"queues": {QUEUE: queue(25 * HOUR, None)}}, None, PAGE),
    (f"A9.{QUEUE}", {"queues": {QUEUE: queue(2 * HOUR, None)}}, False, PAGE),
    (f"A9.{QUEUE}", {"queues": {QUEUE: queue(72 * HOUR + MINUTE, None)}}, True, CRITICAL),
    (f"A9.{QUEUE}", {"queues": {}}, None, PAGE),
    ("A10", {"spend": Spend("calls", 450.0, (300.0,) * 14, 450.0)}, False, TICKET),
    ("A10", {"spend": Spend("calls", 451.0, (300.0,) * 14, 451.0)}, True, TICKET),
    ("A10", {"spend": Spend("calls", 451.0, (300.0,) * 6, 451.0)}, False, TICKET),  # too few days to compare with
    ("A10", {"spend": Spend("calls", 49.0, (3.0,) * 14, 49.0)}, False, TICKET),
    ("A11", {"invariants": Invariants(completed_without_marker=1)}, True, PAGE),
    ("A11", {"invariants": Invariants(conflicts_exhausted=1)}, True, PAGE),
    ("A11", {"invariants": Invariants(repairs_last_hour=3)}, False, PAGE),
    ("A11", {"invariants": Invariants(repairs_last_hour=4)}, True, PAGE),
    ("A12", {"last_look": LastLook(AT - 30 * MINUTE, DEPLOYED)}, False, PAGE),
    ("A12", {"last_look": LastLook(AT - 31 * MINUTE, DEPLOYED)}, True, PAGE),
    ("A12", {"last_look": LastLook(None, AT - 29 * MINUTE)}, False, PAGE),
    ("A12", {"last_look": LastLook(None, AT - 31 * MINUTE)}, True, PAGE),
    # over 80 % of 30 attempts; a dependency that fails for everybody at the second look, a limit after ten minutes
    ("A13", {"attempts": tries(24, 30)}, False, PAGE),
    ("A13", {"attempts": tries(25, 30)}, True, PAGE),
    ("A13", {"attempts": tries(29, 29)}, False, PAGE),
    ("A13", {"attempts": None}, None, PAGE),
    ("A13", {"attempts": None, "dependencies": down(11)}, True, PAGE),
    ("A13", {"dependencies": None}, None, PAGE),
    ("A13", {"dependencies": None, "attempts": tries(30, 30)}, True, PAGE),
    ("A13", {"dependencies": down(3)}, False, PAGE),
    ("A13", {"dependencies": down(4)}, True, PAGE),
    ("A13", {"dependencies": down(9, limit=True)}, False, PAGE),
    ("A13", {"dependencies": down(10, limit=True)}, True, PAGE),
    ("A13", {"dependencies": down(60), "waiting": 0}, False, PAGE),
    ("A13", {"dependencies": down(60), "waiting": None}, None, PAGE),
    ("A14", {"last_count": LastCount(AT - 30 * MINUTE, DEPLOYED)}, False, PAGE),
    ("A14", {"last_count": LastCount(AT - 31 * MINUTE, DEPLOYED)}, True, PAGE),
    ("A14", {"last_count": LastCount(AT - 8 * DAY, AT - 30 * MINUTE)}, False, PAGE),  # deployed a moment ago
    # what is settled is nobody's alert
    ("A1", {"ingress": ingress(hour=Window(9, 300, 2), six_hours=Window(75, 300, 2))}, False, PAGE),
    ("A1", {"ingress": ingress(hour=Window(300, 300, 14))}, True, PAGE),
    ("A2", {"ingress": ingress(day=Window(300, 200, 2), three_days=Window(900, 210, 3))}, False, TICKET),
]


@pytest.mark.parametrize(("key", "changed", "holds", "severity"), CASES)
def test_a_rule_holds_on_one_side_of_its_threshold_only(
    key: str, changed: dict[str, Any], holds: bool | None, severity: Severity
) -> None:
    evaluation = rule(key).evaluate(healthy(AT, **changed), AT)
    assert (evaluation.holds, evaluation.severity) == (holds, severity)


def test_a_healthy_app_breaks_no_rule_and_every_number_is_in_its_text() -> None:
    for one in RULES:
        evaluation = one.evaluate(healthy(AT), AT)
        assert (one.key, evaluation.holds, evaluation.clear) == (one.key, False, True)
        assert "unknown" not in evaluation.text
        assert "{" not in evaluation.text


def test_of_an_app_that_cannot_be_read_nothing_is_said_to_be_well() -> None:
    for one in RULES:
        evaluation = one.evaluate(Facts(), AT)
        assert (one.key, evaluation.holds, evaluation.clear) == (one.key, None, None)
        assert "unknown" in evaluation.text


def test_the_rules_are_fourteen_with_one_alert_a_timer_and_queue() -> None:
    assert [one.key for one in RULES] == [
        "A1", "A2", "A3", "A4", "A5", "A6.digest", "A7.moods", "A7.scraper", "A8.digest", "A8.moods", "A8.scraper",
        f"A9.{QUEUE}", "A10", "A11", "A12", "A13", "A14",
    ]  # fmt: skip


def test_the_condition_is_told_with_its_numbers() -> None:
    facts = healthy(AT, ingress=ingress(hour=Window(9, 3)))
    assert rule("A1").evaluate(facts, AT).text == (
        "1 h: 3 dead and open of 9 (odds 1 in 12,000); 6 h: 0 of 75 (odds even or more); "
        "fires at 3 or more with odds below 1 in 10,000 at 1.00%, twice the ordinary 0.50%"
    )
    facts = healthy(AT, queues={QUEUE: queue(26 * HOUR, 25.5 * HOUR, depth=41)})
    assert "waits 26.0 h" in rule(f"A9.{QUEUE}").evaluate(facts, AT).text
    assert "stuck" in rule(f"A9.{QUEUE}").evaluate(facts, AT).text
    facts = healthy(AT, queues={QUEUE: queue(26 * HOUR, 25.5 * HOUR, depth=41, dequeued=3)})
    assert "backlog" in rule(f"A9.{QUEUE}").evaluate(facts, AT).text


def test_the_baseline_of_an_open_incident_is_frozen_so_that_it_cannot_become_ordinary() -> None:
    lasting = ingress(day=Window(300, 30), three_days=Window(900, 90), week=Window(2_100, 210))
    assert rule("A2").evaluate(healthy(AT, ingress=lasting), AT).holds is False
    frozen = healthy(AT, ingress=lasting, opened={"A1": Opened(0.005, 0.1)})
    assert rule("A2").evaluate(frozen, AT).holds is True


@pytest.mark.parametrize(
    ("hour", "six_hours", "opened", "clear"),
    [
        (Window(0, 0), Window(75, 0), Opened(0.005, 0.5), False),  # no job, no news
        (Window(12, 0), Window(75, 1), Opened(0.005, 0.5), True),
        (Window(12, 0), Window(75, 12), Opened(0.005, 0.05), False),  # a quiet hour refutes no 5 %
        (Window(12, 0), Window(75, 40), Opened(0.005, 0.5), True),  # but it refutes 50 %
        (Window(12, 2), Window(75, 40), Opened(0.005, 0.5), False),
    ],
)
def test_an_incident_is_over_when_the_last_hour_has_jobs_and_refutes_it(
    hour: Window, six_hours: Window, opened: Opened, clear: bool
) -> None:
    facts = healthy(AT, ingress=ingress(hour=hour, six_hours=six_hours), opened={"A1": opened})
    assert rule("A1").evaluate(facts, AT).clear is clear


def test_the_dead_letters_of_an_incident_that_is_over_do_not_fire_again() -> None:
    old = ingress(six_hours=Window(75, 40))
    over = Opened(0.005, 0.5, over=True)
    assert rule("A1").evaluate(healthy(AT, ingress=old), AT).holds is True
    assert rule("A1").evaluate(healthy(AT, ingress=old, opened={"A1": over}), AT).holds is False
    anew = replace(old, hour=Window(9, 3))
    assert rule("A1").evaluate(healthy(AT, ingress=anew, opened={"A1": over}), AT).holds is True


@pytest.mark.parametrize(("failed", "total", "clear"), [(0, 0, True), (1, 4, True), (2, 5, False), (1, 1, False)])
def test_failing_attempts_are_over_when_attempts_succeed_or_none_is_made(failed: int, total: int, clear: bool) -> None:
    assert rule("A3").evaluate(healthy(AT, attempts=Attempts(failed, total)), AT).clear is clear


@pytest.mark.parametrize(
    ("age", "before", "clear"),
    [
        (25 * HOUR, 25 * HOUR - 3 * MINUTE, False),  # it grows more slowly, and still grows
        (25 * HOUR, 25 * HOUR, True),
        (25 * HOUR, None, None),
        (24 * HOUR, 20 * HOUR, True),
        (73 * HOUR, 80 * HOUR, False),
    ],
)
def test_an_old_queue_is_over_when_its_age_shrinks_or_is_small(
    age: timedelta, before: timedelta | None, clear: bool | None
) -> None:
    evaluation = rule(f"A9.{QUEUE}").evaluate(healthy(AT, queues={QUEUE: queue(age, before)}), AT)
    assert (None if evaluation.holds is None else evaluation.clear) is clear


@given(st.integers(0, 5_000), st.integers(0, 5_000), st.integers(0, 20_000), st.integers(0, 20_000))
def test_the_baseline_is_a_ratio_and_never_below_its_floor(three: int, three_dead: int, week: int, week_dead: int) -> None:
    made = replace(ingress(), three_days=Window(three, three_dead), week=Window(week, week_dead))
    assert 0.005 <= made.baseline(0.005) <= 1.0


def odd(runs: list[Any], at: datetime, quiet_runs: int = 0) -> bool | None:
    timers = {"moods": Timer(plan("moods", quiet_runs=quiet_runs), tuple(runs))}
    return rule("A8.moods").evaluate(healthy(at, timers=timers), at).holds


SIX = MONDAY + 6 * HOUR


def test_a_run_that_is_much_shorter_than_those_before_is_odd() -> None:
    before = [run(SIX - days * DAY, minutes=10) for days in range(8, 0, -1)]
    assert odd([*before, run(SIX, minutes=1.5)], AT) is False
    assert odd([*before, run(SIX, minutes=0.9)], AT) is True
    assert odd([*before[1:], run(SIX, minutes=0.9)], AT) is False  # seven runs are too few to know
    assert odd([*(run(SIX - days * DAY, minutes=0.5) for days in range(8, 0, -1)), run(SIX, minutes=0.01)], AT) is False


def test_runs_without_work_are_odd_once_there_are_more_than_are_ordinary() -> None:
    runs = [run(SIX - 2 * DAY), run(SIX - DAY, "zero_work"), run(SIX, "zero_work")]
    assert odd(runs, AT) is True
    assert odd(runs, AT, quiet_runs=1) is True
    assert odd(runs, AT, quiet_runs=2) is False


def test_a_run_without_heartbeat_has_died_and_one_with_it_may_run_for_its_time() -> None:
    running = run(SIX, None, heartbeat=SIX + 20 * MINUTE)
    assert odd([running], SIX + 30 * MINUTE) is False
    assert odd([running], SIX + 36 * MINUTE) is True  # silent for sixteen minutes
    assert odd([run(SIX, None, heartbeat=SIX + 31 * MINUTE)], SIX + 31 * MINUTE) is True  # it beats, beyond its time
    assert odd([run(SIX, "abandoned")], AT) is True
    assert odd([run(SIX, "abandoned"), run(SIX + HOUR, trigger="manual")], AT) is False


def test_an_incident_whose_dead_letters_are_all_settled_is_over_whether_jobs_end_or_not() -> None:
    facts = healthy(AT, ingress=ingress(hour=Window(0, 300, 0), six_hours=Window(0, 300, 0)), opened={"A1": Opened(0.005, 0.9)})
    found = rule("A1").evaluate(facts, AT)
    assert (found.holds, found.clear, found.repaired) == (False, True, True)
    assert found.text.endswith("300 more were settled since")


@pytest.mark.parametrize(("ten", "clear"), [(Tries(10 * MINUTE, 1, 40), True), (Tries(10 * MINUTE, 20, 40), False)])
def test_an_outage_is_over_when_attempts_of_the_last_ten_minutes_succeed(ten: Tries, clear: bool) -> None:
    half_an_hour = Tries(30 * MINUTE, 70, 100)
    found = rule("A13").evaluate(healthy(AT, attempts=Attempts(70, 100, recent=(ten, half_an_hour))), AT)
    assert (found.holds, found.clear) == (False, clear)


SENTENCES = [
    ("A3", {"attempts": Attempts(0, 0, AT - 12 * MINUTE)}, "the model's breaker has been open for 12 min (fires after 10 min)"),
    ("A3", {"attempts": Attempts(9, 10)}, "9 of 10 attempts failed in 30 min, 90% (fires above 50% of 5 or more)"),
    ("A4", {"care": care(persist_failures=2)}, "2 could not be stored since the last look"),
    ("A4", {"care": care(decode_failures=1)}, "1 that nobody can decode came since the last look"),
    ("A4", {"care": care(oldest_age=3 * HOUR)}, "the oldest without a record waits 3.0 h, over 10 min"),
    ("A11", {"invariants": Invariants(conflicts_exhausted=1)}, "1 profile given up after conflicts (fires at 1)"),
    ("A13", {"attempts": tries(97, 100)}, "97 of 100 attempts failed in 10 min, 97% (fires above 80% of 30 or more)"),
    ("A13", {"dependencies": down(11), "waiting": 41},
     "the model has failed for 11 min (llm_unavailable) while 41 messages wait (fires after 4 min)"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "changed", "text"), SENTENCES)
def test_a_sentence_shows_what_it_fired_for_and_no_figure_of_what_it_did_not(
    key: str, changed: dict[str, Any], text: str
) -> None:
    found = rule(key).evaluate(healthy(AT, **changed), AT)
    assert (found.holds, found.text) == (True, text)


NOTHING = [
    ("A3", {"attempts": Attempts(0, 0)}, "no attempt was made in 30 min (fires above 50% failed of 5 or more)"),
    ("A4", {}, "all that came since the last look could be decoded and stored"),
    ("A5", {"care": care(open_records=1)}, "1 open record, none expires (fires below 168 h)"),
    ("A13", {"attempts": tries(0, 0)}, "no attempt was made in 10 min; no dependency fails while work waits"),
]


@pytest.mark.parametrize(("key", "changed", "text"), NOTHING)
def test_a_sentence_of_what_does_not_fire_counts_nothing_that_was_not_there(
    key: str, changed: dict[str, Any], text: str
) -> None:
    found = rule(key).evaluate(healthy(AT, **changed), AT)
    assert (found.holds, found.text) == (False, text)


HINTS = [
    ("A3", {"care": care(open_records=0)}, "No dead letter is open"),
    ("A3", {"care": care(open_records=130)}, "130 dead letters are open"),
    ("A3", {"care": None}, "could not be read"),
    ("A3", {"attempts": Attempts(9, 10), "waiting": 1}, "No dependency is known to fail: see in the causes"),
    ("A3", {"attempts": Attempts(9, 10), "waiting": 1}, "1 message waits and comes back by itself."),
    ("A3", {"attempts": Attempts(9, 10), "dependencies": down(11)}, "Mend the dependency first."),
    ("A3", {"attempts": Attempts(0, 0, AT - 12 * MINUTE)}, "Mend the dependency first."),
    ("A13", {"dependencies": down(11), "waiting": 41}, "Mend the dependency first. 41 messages wait and come back"),
    (
        "A2",
        {"ingress": ingress(day=Window(300, 20), six_hours=Window(75, 20), three_days=Window(900, 20))},
        "within the last 6 h",
    ),
    (
        "A2",
        {"ingress": ingress(day=Window(300, 20), three_days=Window(900, 40))},
        "20 of the last 24 h and 40 of the last 72 h",
    ),
    ("A4", {"care": care(decode_failures=3)}, "A producer sends what nobody can decode"),
    ("A4", {"care": care(oldest_age=HOUR)}, "see whether the store is up"),
    ("A5", {"care": care(open_records=7, nearest_expiry=AT)}, "Settle the 7 open records"),
]


@pytest.mark.parametrize(("key", "changed", "words"), HINTS)
def test_a_hint_follows_the_figures(key: str, changed: dict[str, Any], words: str) -> None:
    one = rule(key)
    hint = one.hint(one.evaluate(healthy(AT, **changed), AT).figures)
    assert words in hint
    if "decode" in words:
        assert "store is up" not in hint


def test_every_rule_has_a_hint_and_a_call_whatever_is_known() -> None:
    for one in RULES:
        for facts in (healthy(AT), Facts()):
            figures = one.evaluate(facts, AT).figures
            assert one.hint(figures)
            assert one.calls(one.subject, figures)


@given(st.floats(0.0, 1.0))
def test_odds_are_for_people(chance: float) -> None:
    assert re.fullmatch(r"even or more|less than 1 in a billion|1 in \d{1,3}(,\d{3})*", odds(chance))
    assert "e-" not in odds(chance)


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (2.6e-289, "less than 1 in a billion"),
        (8.0e-5, "1 in 12,000"),
        (1e-4, "1 in 10,000"),
        (0.06, "1 in 17"),
        (0.9, "even or more"),
    ],
)
def test_odds_have_two_digits(chance: float, words: str) -> None:
    assert odds(chance) == words
