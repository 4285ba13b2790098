"""Every interleaving of the job's protocol with up to three faults, and what each safeguard is for."""

import pytest

from tests.faults.protocol_again import Again, AgainByTheQueue
from tests.faults.protocol_explorer import explore
from tests.faults.protocol_model import Model
from tests.faults.protocol_situations import Erased, Outage, Paused
from tests.faults.protocol_state import Safeguards
from tests.faults.protocol_withdrawn import LOST, OPEN, TAUGHT, Withdrawn


@pytest.mark.parametrize(("faults", "replay", "states"), [(3, False, 100_000), (2, True, 25_000)])
@pytest.mark.slow
def test_no_interleaving_loses_a_like_or_applies_it_twice(faults: int, replay: bool, states: int) -> None:
    """With a replay three faults hold as well (710,000 states, half a minute): `explore(Safeguards(), faults=3)`."""
    report = explore(Safeguards(), faults=faults, replay=replay)
    assert report.violations == {}
    assert report.states > states, "the model must have explored"
    assert report.ends > 10


@pytest.mark.parametrize(("faults", "replay"), [(3, False), (2, True)])
@pytest.mark.slow
def test_nor_does_any_of_a_like_that_comes_straight_from_a_producer(faults: int, replay: bool) -> None:
    report = explore(Safeguards(), faults=faults, replay=replay, endpoint=False)
    assert report.violations == {}
    assert report.ends > 10


@pytest.mark.parametrize(
    ("missing", "faults", "violation"),
    [
        ("signal_is_create_only", 1, "applied twice"),
        ("reconciler_runs", 1, "stuck: nothing will ever move it"),
        ("reconciler_runs", 2, "dead-lettered, and applied"),
        ("model_errors_are_raised", 1, "completed, and nothing applied"),
        ("record_before_ack", 1, "goes on for ever"),
        ("replayed_record_reopens", 2, "dead-lettered without an open record"),
        ("late_copies_are_known", 2, "dead-lettered without an open record"),
        ("dying_job_is_replayed", 1, "dead-lettered without an open record"),
    ],
)
@pytest.mark.slow
def test_without_a_safeguard_the_model_finds_what_it_was_for(missing: str, faults: int, violation: str) -> None:
    report = explore(Safeguards(**{missing: False}), faults=faults, until=violation)
    assert violation in report.violations, report.violations


@pytest.mark.parametrize("missing", ["leased_elsewhere_comes_again", "completed_beats_dead"])
@pytest.mark.slow
def test_what_only_saves_waiting_is_made_up_for_by_the_reconciler(missing: str) -> None:
    assert explore(Safeguards(**{missing: False}), faults=2).violations == {}
    assert explore(Safeguards(**{missing: False}, reconciler_runs=False), faults=2).violations != {}


@pytest.mark.parametrize(
    ("situation", "replay", "faults", "endpoint", "states"),
    [
        (Outage, False, 2, False, 30_000),
        (Outage, False, 1, True, 3_000),
        (Paused, False, 1, True, 6_000),
        (Paused, False, 1, False, 3_000),
        (Erased, False, 2, True, 50_000),
        (Erased, False, 2, False, 50_000),
    ],
)
@pytest.mark.slow
def test_nor_does_any_in_an_outage_a_pause_or_an_erasure(
    situation: type[Model], replay: bool, faults: int, endpoint: bool, states: int
) -> None:
    report = explore(Safeguards(), faults=faults, replay=replay, endpoint=endpoint, situation=situation)
    assert report.violations == {}
    assert report.states > states, "the model must have explored"
    assert report.ends > 1


LEFT, STUCK = "something of an erased person is left", "stuck: nothing will ever move it"


@pytest.mark.parametrize(
    ("situation", "missing", "faults", "violation"),
    [
        (Outage, "deferral_keeps_the_attempt", 0, "condemned, and nothing had failed"),
        (Outage, "probes_end", 1, "goes on for ever"),
        (Paused, "holding_is_no_failure", 0, "condemned, and nothing had failed"),
        (Paused, "held_before_ack", 1, STUCK),
        (Paused, "given_back_before_deleted", 1, STUCK),
        (Paused, "latecomers_are_given_back", 0, STUCK),
        (Erased, "messages_of_the_erased_are_dropped", 0, LEFT),
        (Erased, "letters_of_the_erased_are_dropped", 1, LEFT),
        (Erased, "erased_once_more", 0, LEFT),
        (Erased, "erased_after_who_was_at_work", 0, LEFT),
        (Erased, "findings_are_noted", 2, LEFT),
    ],
)
@pytest.mark.slow
def test_nor_is_a_safeguard_of_a_situation_there_for_nothing(
    situation: type[Model], missing: str, faults: int, violation: str
) -> None:
    """A like straight from a producer: of what is lost there no job is stored that the reconciler could find."""
    report = explore(
        Safeguards(**{missing: False}), faults=faults, replay=False, endpoint=False, situation=situation, until=violation
    )  # fmt: skip
    assert violation in report.violations, report.violations


@pytest.mark.parametrize(
    ("situation", "faults", "begins", "states"),
    [
        (Withdrawn, 1, {"dead": True}, 20_000),
        (Withdrawn, 1, {"replay": False}, 10_000),
        (Withdrawn, 1, {"replay": False, "endpoint": False}, 9_000),
        (Again, 0, {"dead": True}, 4_000),
        (Again, 1, {"dead": True, "replay": False}, 4_000),
        (Again, 1, {"replay": False}, 50_000),
        (Again, 1, {"replay": False, "endpoint": False}, 50_000),
        (AgainByTheQueue, 1, {"dead": True}, 70_000),
        (AgainByTheQueue, 1, {"replay": False, "endpoint": False}, 25_000),
    ],
)
@pytest.mark.slow
def test_no_withdrawal_leaves_what_it_takes_back_or_harms_the_next_like(
    situation: type[Model], faults: int, begins: dict[str, bool], states: int
) -> None:
    """One fault, beside a withdrawal that may die at any step: of a like that may still die, and of one whose dead letter is
    stored, with a replay.

    From the very beginning and with a replay it holds as well (170,000 states, 5 s): `explore(Safeguards(), faults=1,
    situation=Again)`; and with two faults of a withdrawal alone (2,500,000 states, two minutes).
    """
    report = explore(Safeguards(), faults=faults, situation=situation, **begins)
    assert report.violations == {}
    assert report.states > states, "the model must have explored"
    assert report.ends > 10


@pytest.mark.parametrize(
    ("situation", "missing", "endpoint", "violation"),
    [
        (Withdrawn, "withdrawn_is_not_applied", False, TAUGHT),
        (Withdrawn, "withdrawal_looks_again", False, TAUGHT),
        (Withdrawn, "withdrawal_settles_letters", False, OPEN),
        (Withdrawn, "persister_asks_for_withdrawals", False, OPEN),
        (Withdrawn, "reconciler_settles_withdrawn", True, OPEN),
        (Withdrawn, "dying_job_is_replayed", True, "a replay without an end"),
        (Again, "later_like_marks_what_came_first", False, LOST),
        (AgainByTheQueue, "later_message_is_another_job", False, LOST),
        (AgainByTheQueue, "later_letter_is_another_job", False, LOST),
    ],
)
@pytest.mark.slow
def test_without_a_safeguard_a_withdrawal_leaves_something_or_harms_the_next_like(
    situation: type[Model], missing: str, endpoint: bool, violation: str
) -> None:
    report = explore(
        Safeguards(**{missing: False}), faults=1, endpoint=endpoint, situation=situation, until=violation
    )  # fmt: skip
    assert violation in report.violations, report.violations
