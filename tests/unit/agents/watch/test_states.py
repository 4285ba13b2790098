"""An alert's life: it fires once and resolves once, whoever looks, however often, and whatever cannot be read meanwhile."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.watch.alerts.evaluation import evaluate
from agents.watch.alerts.facts import Facts
from agents.watch.alerts.rule import Evaluation, Finding, Rule, Severity
from agents.watch.alerts.state import Alert, Event, Phase, due_notices, opened_of, step, told
from agents.watch.alerts.thresholds import Pace
from shared.clock import to_iso
from tests.unit.agents.watch.facts_of import MINUTE, MONDAY, RULES

PACE = Pace()
TICK, HOUR = timedelta(minutes=5), timedelta(hours=1)
RULE = Rule("A4", "a title", Severity.PAGE, "{n} things", lambda facts, at: Finding(None, {}))
TWICE = Rule("A1", "a title", Severity.PAGE, "{n} things", lambda facts, at: Finding(None, {}), in_a_row=2)


def evaluation(holds: bool | None, *, clear: bool | None = None, severity: Severity = Severity.TICKET) -> Evaluation:
    done = clear if clear is not None or holds is None else not holds
    return Evaluation(holds, done, severity, {"n": 3, "baseline": 0.01, "ratio": 0.4}, "3 things")


def walk(
    rule: Rule, evaluations: list[Evaluation], *, every: timedelta = TICK, before: Alert | None = None
) -> list[Event | None]:
    events, alert, at = [], before, MONDAY
    for one in evaluations:
        done = step(rule, alert, one, at, PACE)
        alert = done.alert
        events.append(done.event)
        at += every
    return events


YES, NO, BLIND = evaluation(holds=True), evaluation(holds=False), evaluation(holds=None)
FIRED, RESOLVED, REMINDED = Event.FIRED, Event.RESOLVED, Event.REMINDED


def test_a_rule_of_two_looks_fires_at_the_second_in_a_row() -> None:
    assert walk(TWICE, [YES, YES, YES, NO]) == [None, FIRED, None, RESOLVED]
    assert walk(TWICE, [YES, NO, YES, NO, YES, YES]) == [None, None, None, None, None, FIRED]
    assert walk(RULE, [YES, YES, NO, NO, YES]) == [FIRED, None, RESOLVED, None, FIRED]


def test_two_evaluators_of_the_same_minute_are_not_two_looks() -> None:
    assert walk(TWICE, [YES, YES, YES], every=timedelta(seconds=20)) == [None, None, None]
    assert walk(TWICE, [YES, YES], every=timedelta(seconds=270)) == [None, FIRED]


def test_a_look_that_knows_nothing_neither_fires_nor_resolves_nor_breaks_the_row() -> None:
    assert walk(RULE, [BLIND] * 5) == [None] * 5
    assert walk(RULE, [YES, BLIND, BLIND, NO]) == [FIRED, None, None, RESOLVED]
    assert walk(TWICE, [YES, BLIND, YES]) == [None, None, FIRED]
    alert = step(RULE, step(RULE, None, YES, MONDAY, PACE).alert, BLIND, MONDAY + TICK, PACE).alert
    assert (alert.phase, alert.unknown_since, alert.text) == (Phase.FIRING, MONDAY + TICK, "3 things")
    assert step(RULE, alert, YES, MONDAY + 2 * TICK, PACE).alert.unknown_since is None


def test_a_firing_alert_is_told_again_every_four_hours_also_while_nothing_can_be_read() -> None:
    events = walk(RULE, [YES, *([YES] * 60), *([BLIND] * 60)])
    assert [place for place, event in enumerate(events) if event is not None] == [0, 48, 96]
    assert {event for event in events[1:] if event is not None} == {REMINDED}


def test_a_reminder_in_its_quiet_time_says_what_it_fired_for() -> None:
    rule = Rule("A4", "a title", Severity.PAGE, "", RULE.judge, quiet=6 * HOUR)
    alert, none = None, replace(NO, text="0 things")
    for place, one in enumerate([YES, *([none] * 48)]):
        alert = step(rule, alert, one, MONDAY + place * TICK, PACE).alert
    assert alert is not None
    assert [(one.event, one.text) for one in alert.untold] == [(FIRED, "3 things"), (REMINDED, "3 things")]


def test_a_graver_condition_is_told_at_once_and_one_that_is_milder_again_is_not() -> None:
    page = evaluation(holds=True, severity=Severity.PAGE)
    assert walk(RULE, [YES, YES, page, page, YES, page]) == [FIRED, None, REMINDED, None, None, None]


def test_a_ticket_that_fires_for_more_than_an_hour_pages() -> None:
    rule = Rule("A3", "a title", Severity.TICKET, "", RULE.judge, page_after=HOUR)
    alert, events = None, []
    for place in range(15):
        done = step(rule, alert, YES, MONDAY + place * TICK, PACE)
        alert = done.alert
        events.append((done.event, alert.severity))
    assert events[0] == (FIRED, Severity.TICKET)
    assert events[12] == (None, Severity.TICKET)
    assert events[13] == (REMINDED, Severity.PAGE)
    assert events[14] == (None, Severity.PAGE)


def test_a_rule_with_quiet_resolves_only_after_it_has_been_clear_for_so_long() -> None:
    rule = Rule("A4", "a title", Severity.PAGE, "", RULE.judge, quiet=30 * MINUTE)
    assert walk(rule, [YES, *([NO] * 7)]) == [FIRED, *([None] * 6), RESOLVED]
    assert walk(rule, [YES, NO, NO, YES, *([NO] * 7)]) == [FIRED, *([None] * 9), RESOLVED]


def test_what_is_neither_true_nor_clear_goes_on_firing() -> None:
    between = evaluation(holds=False, clear=False)
    assert walk(RULE, [YES, between, between, NO]) == [FIRED, None, None, RESOLVED]
    assert walk(RULE, [between, between]) == [None, None]


def test_a_look_with_an_older_clock_changes_nothing() -> None:
    fired = step(RULE, None, YES, MONDAY, PACE).alert
    late = step(RULE, fired, NO, MONDAY - MINUTE, PACE)
    assert late.alert is fired
    assert late.event is None


def test_a_state_that_stays_as_it_is_need_not_be_written() -> None:
    once = step(RULE, None, NO, MONDAY, PACE).alert
    assert once.version == 0
    resolved = step(RULE, step(RULE, None, YES, MONDAY, PACE).alert, NO, MONDAY + TICK, PACE).alert
    assert step(RULE, resolved, NO, MONDAY + 2 * TICK, PACE).alert is resolved


class Cabinet:
    """The store's compare-and-set, in ten lines: a write must bring the version that it has read."""

    def __init__(self) -> None:
        self.document: str | None = None

    def read(self) -> Alert | None:
        return Alert.from_document(json.loads(self.document)) if self.document else None

    def write(self, before: Alert | None, after: Alert) -> bool:
        now = self.read()
        if (now.version if now else None) != (before.version if before else None):
            return False
        self.document = json.dumps(after.to_document())
        return True


def test_of_two_racing_evaluators_one_writes_and_tells() -> None:
    cabinet, notices = Cabinet(), []
    for place, one in enumerate([YES, YES, NO, NO, YES, NO]):
        at = MONDAY + place * TICK
        before = [cabinet.read() for _ in range(2)]
        after = [step(RULE, read, one, at, PACE) for read in before]
        assert after[0] == after[1]
        for read, done in zip(before, after, strict=True):
            won = cabinet.write(read, done.alert)
            notices += [done.event] if won and done.event else []
            if not won:  # as the loser does: read again, judge again
                assert step(RULE, cabinet.read(), one, at, PACE).event is None
    assert notices == [FIRED, RESOLVED, FIRED, RESOLVED]


def test_a_notice_that_nobody_could_send_is_due_again_later_and_gone_once_it_was_told() -> None:
    fired = step(RULE, None, YES, MONDAY, PACE).alert
    [notice] = due_notices(fired, MONDAY)
    assert (notice.event, notice.severity, notice.text) == (FIRED, Severity.TICKET, "3 things")
    assert due_notices(fired, MONDAY + MINUTE) == ()  # the writer is at it
    resolved = step(RULE, fired, NO, MONDAY + TICK, PACE).alert
    assert [one.event for one in due_notices(resolved, MONDAY + TICK)] == [FIRED, RESOLVED]
    stored = Alert.from_document(resolved.to_document())
    left = told(stored, due_notices(resolved, MONDAY + TICK))
    assert (left.untold, left.version) == ((), stored.version + 1)
    assert told(left, ()) is left
    keys = {one.key for one in resolved.untold}
    assert keys == {f"A4.{to_iso(MONDAY)}.fired.{to_iso(MONDAY)}", f"A4.{to_iso(MONDAY)}.resolved.{to_iso(MONDAY + TICK)}"}


def test_an_incident_is_remembered_while_it_fires_and_for_its_echo() -> None:
    rule = Rule("A1", "a title", Severity.PAGE, "", RULE.judge, echo=6 * HOUR)
    assert opened_of(rule, None, MONDAY) is None
    fired = step(rule, None, YES, MONDAY, PACE).alert
    opened = opened_of(rule, fired, MONDAY)
    assert opened is not None
    assert (opened.baseline, opened.ratio, opened.over) == (0.01, 0.4, False)
    resolved = step(rule, fired, NO, MONDAY + TICK, PACE).alert
    over = opened_of(rule, resolved, MONDAY + HOUR)
    assert over is not None
    assert over.over
    assert opened_of(rule, resolved, MONDAY + TICK + 6 * HOUR) is None


VERDICTS = st.lists(
    st.builds(evaluation, holds=st.sampled_from([True, False, None]), severity=st.sampled_from(list(Severity))), max_size=60
)


@given(VERDICTS, st.sampled_from([RULE, TWICE]), st.integers(1, 400))
def test_whatever_is_seen_firing_and_resolving_take_turns_and_every_state_survives_its_storing(
    evaluations: list[Evaluation], rule: Rule, minutes: int
) -> None:
    alert, turns, at, version = None, [], MONDAY, 0
    for one in evaluations:
        done = step(rule, alert, one, at, PACE)
        assert done == step(rule, alert, one, at, PACE)
        assert done.alert.version >= version
        assert Alert.from_document(json.loads(json.dumps(done.alert.to_document()))) == done.alert
        alert, version = done.alert, done.alert.version
        turns += [done.event] if done.event in {FIRED, RESOLVED} else []
        at += timedelta(minutes=minutes)
    assert turns == [FIRED, RESOLVED] * (len(turns) // 2) + [FIRED] * (len(turns) % 2)


def test_a_watchdog_that_can_read_nothing_says_since_when() -> None:
    transitions = evaluate(RULES, Facts(), {}, MONDAY, PACE)
    assert {one.after.unknown_since for one in transitions} == {MONDAY}
    assert all(one.changed and one.event is None for one in transitions)
    again = evaluate(RULES, Facts(), {one.rule.key: one.after for one in transitions}, MONDAY + TICK, PACE)
    assert not any(one.changed for one in again)


@pytest.mark.parametrize("broken", [{}, {"key": "A1"}, {**Alert("A1", "A1").to_document(), "phase": "odd"}])
def test_a_document_that_is_no_alert_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises((KeyError, ValueError)):
        Alert.from_document(broken)
