"""Every interleaving of the job's protocol with up to three faults, and what each safeguard is for."""

import pytest

from tests.faults.protocol_model import Model, Safeguards, explore
from tests.faults.protocol_situations import Erased, Outage, Paused, Withdrawn


@pytest.mark.parametrize(("faults", "replay", "states"), [(3, False, 100_000), (2, True, 25_000)])
@pytest.mark.slow
def test_no_interleaving_loses_a_like_or_applies_it_twice(faults: int, replay: bool, states: int) -> None:
    """With a replay three faults hold as well (550,000 states, half a minute): `explore(Safeguards(), faults=3)`."""
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
    ],
)
@pytest.mark.slow
def test_without_a_safeguard_the_model_finds_what_it_was_for(missing: str, faults: int, violation: str) -> None:
    report = explore(Safeguards(**{missing: False}), faults=faults)
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
        (Withdrawn, False, 2, False, 30_000),
        (Withdrawn, True, 1, True, 2_000),
    ],
)
@pytest.mark.slow
def test_nor_does_any_in_an_outage_a_pause_an_erasure_or_a_withdrawal(
    situation: type[Model], replay: bool, faults: int, endpoint: bool, states: int
) -> None:
    report = explore(Safeguards(), faults=faults, replay=replay, endpoint=endpoint, situation=situation)
    assert report.violations == {}
    assert report.states > states, "the model must have explored"
    assert report.ends > 1


LEFT, TAUGHT, LOST = (
    "something of an erased person is left", "taught after it was taken back", "stuck: nothing will ever move it",
)  # fmt: skip


@pytest.mark.parametrize(
    ("situation", "missing", "faults", "violation"),
    [
        (Outage, "deferral_keeps_the_attempt", 0, "condemned, and nothing had failed"),
        (Outage, "probes_end", 1, "goes on for ever"),
        (Paused, "holding_is_no_failure", 0, "condemned, and nothing had failed"),
        (Paused, "held_before_ack", 1, LOST),
        (Paused, "given_back_before_deleted", 1, LOST),
        (Paused, "latecomers_are_given_back", 0, LOST),
        (Erased, "messages_of_the_erased_are_dropped", 0, LEFT),
        (Erased, "letters_of_the_erased_are_dropped", 1, LEFT),
        (Erased, "erased_once_more", 0, LEFT),
        (Erased, "erased_after_who_was_at_work", 0, LEFT),
        (Erased, "findings_are_noted", 2, LEFT),
        (Withdrawn, "withdrawn_is_not_applied", 0, TAUGHT),
        (Withdrawn, "withdrawal_looks_again", 0, TAUGHT),
    ],
)
@pytest.mark.slow
def test_nor_is_a_safeguard_of_a_situation_there_for_nothing(
    situation: type[Model], missing: str, faults: int, violation: str
) -> None:
    """A like straight from a producer: of what is lost there no job is stored that the reconciler could find."""
    report = explore(Safeguards(**{missing: False}), faults=faults, replay=False, endpoint=False, situation=situation)
    assert violation in report.violations, report.violations
