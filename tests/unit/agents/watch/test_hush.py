"""Silenced and acknowledged alerts: what is told, what is not, what breaks a silence, and what status and metrics say of it."""

from datetime import timedelta

import pytest

from agents.watch.alerts.hush import Acknowledgement, Hush
from agents.watch.alerts.rule import Evaluation, Finding, Rule, Severity
from agents.watch.alerts.state import Alert, Event, Phase, acknowledged, silenced, step, unsilenced
from agents.watch.alerts.thresholds import Pace
from tests.unit.agents.watch.facts_of import MONDAY

PACE, TICK, HOUR = Pace(), timedelta(minutes=5), timedelta(hours=1)
TICKET, PAGE, CRITICAL = Severity.TICKET, Severity.PAGE, Severity.CRITICAL
RULE = Rule("A9", "a title", PAGE, "{n} things", lambda facts, at: Finding(None, {}))


def sees(holds: bool | None, severity: Severity = PAGE) -> Evaluation:
    return Evaluation(holds, None if holds is None else not holds, severity, {"n": 3}, f"3 things, {severity}")


class Night:
    """One alert through many looks; `told` are its notices in order."""

    def __init__(self, rule: Rule = RULE) -> None:
        self.rule, self.at, self.alert = rule, MONDAY, Alert(rule.key, rule.name)
        self.told: list[tuple[Event, Severity]] = []

    def looks(self, *evaluations: Evaluation, every: timedelta = TICK) -> "Night":
        for one in evaluations:
            before = self.alert.untold
            self.alert = Alert.from_document(step(self.rule, self.alert, one, self.at, PACE).alert.to_document())
            self.told += [(notice.event, notice.severity) for notice in self.alert.untold if notice not in before]
            self.at += every
        return self

    def silence(self, span: timedelta, severity: Severity = PAGE) -> "Night":
        self.alert = silenced(self.alert, Hush(self.at + span, "ada", "moving", severity))
        return self

    def acknowledge(self) -> "Night":
        self.alert = acknowledged(self.alert, Acknowledgement(self.at, "ada", "at it"))
        return self

    @property
    def hush(self) -> Hush | None:
        return self.alert.quiet(self.alert.severity or self.rule.severity, self.at)


YES, NO, BLIND, WORSE = sees(holds=True), sees(holds=False), sees(holds=None), sees(holds=True, severity=CRITICAL)
FIRED, RESOLVED, REMINDED = (Event.FIRED, PAGE), (Event.RESOLVED, PAGE), (Event.REMINDED, PAGE)


def test_an_alert_that_fires_while_it_is_silenced_tells_nothing_and_lives_on() -> None:
    night = Night().silence(HOUR).looks(YES, YES)
    assert (night.alert.phase, night.told) == (Phase.FIRING, [])
    assert night.looks(NO).alert.phase is Phase.RESOLVED
    assert night.told == [], "what nobody heard begin nobody has to hear end"
    assert night.looks(YES, YES).told == [], "a silence is until its time, not of one incident"


def test_what_still_fires_when_its_silence_ends_is_told_then_and_once() -> None:
    night = Night().silence(HOUR).looks(*[YES] * 12)
    assert night.told == []
    assert night.looks(YES, YES, YES).told == [REMINDED]
    assert night.alert.silenced is None
    assert night.looks(NO).told == [REMINDED, RESOLVED]


def test_what_was_told_before_it_was_silenced_is_told_to_have_ended() -> None:
    assert Night().looks(YES).silence(HOUR).looks(YES, NO).told == [FIRED, RESOLVED]


def test_an_alert_that_ends_in_the_look_in_which_its_silence_ends_is_told_to_have_ended() -> None:
    silenced_for = timedelta(minutes=12)
    assert Night().looks(YES).silence(silenced_for).looks(YES, YES, YES, YES, NO).told == [FIRED, REMINDED, RESOLVED]
    assert Night().looks(YES).silence(silenced_for).looks(YES, YES, YES, NO).told == [FIRED, RESOLVED]


@pytest.mark.parametrize("first", [YES, NO])
def test_a_graver_state_breaks_a_silence_for_good(first: Evaluation) -> None:
    night = Night().looks(first).silence(20 * HOUR)
    heard = list(night.told)
    night.looks(WORSE)
    assert [one for one in night.told if one not in heard] == [
        (Event.REMINDED if first is YES else Event.FIRED, CRITICAL)
    ]  # fmt: skip
    assert night.hush is None
    assert night.looks(YES, YES).alert.silenced is None, "milder again, it is not quiet again"


def test_a_silence_of_what_is_grave_covers_what_is_grave() -> None:
    night = Night().looks(WORSE).silence(HOUR, CRITICAL)
    assert len(night.looks(WORSE, YES, WORSE).told) == 1
    assert night.hush is not None


def test_a_ticket_that_turns_into_a_page_breaks_its_silence() -> None:
    rule = Rule("A3", "a title", TICKET, "", lambda facts, at: Finding(None, {}), page_after=HOUR)
    mild = sees(holds=True, severity=TICKET)
    night = Night(rule).looks(mild).silence(20 * HOUR, TICKET).looks(*[mild] * 14)
    assert night.told == [(Event.FIRED, TICKET), (Event.REMINDED, PAGE)]


def test_reminders_are_silenced_also_while_nothing_can_be_read() -> None:
    assert Night().looks(YES).silence(12 * HOUR).looks(YES, BLIND, BLIND, YES, every=5 * HOUR).told == [FIRED, REMINDED]


def test_a_silence_that_is_taken_back_is_told_at_the_next_look() -> None:
    night = Night().silence(HOUR).looks(YES)
    night.alert = unsilenced(night.alert)
    assert night.looks(YES, YES).told == [REMINDED]
    quiet = Night().silence(HOUR)
    quiet.alert = unsilenced(quiet.alert)
    assert quiet.looks(NO, YES).told == [FIRED]


def test_an_acknowledged_alert_is_told_again_only_when_it_is_graver_and_when_it_ends() -> None:
    night = Night().looks(YES).acknowledge()
    assert night.looks(YES, BLIND, YES, every=9 * HOUR).told == [FIRED]
    assert night.looks(WORSE).told == [FIRED, (Event.REMINDED, CRITICAL)]
    assert night.alert.acknowledged is None
    assert night.acknowledge().looks(NO).told[-1] == (Event.RESOLVED, CRITICAL)
    assert night.alert.acknowledged is None
    assert night.looks(YES).told[-1] == FIRED, "the next incident is a new one"


def test_silencing_takes_back_what_no_receiver_has_taken_yet() -> None:
    night = Night().looks(YES)
    assert night.alert.untold
    assert night.silence(HOUR).alert.untold == ()


def test_a_document_of_a_build_without_silences_is_read() -> None:
    document = Night().looks(YES).alert.to_document()
    for name in ("silenced", "acknowledged", "owed"):
        document.pop(name)
    alert = Alert.from_document(document)
    assert (alert.silenced, alert.acknowledged, alert.owed) == (None, None, False)
