"""Every interleaving of the job's protocol with up to three faults, and what each safeguard is for."""

import pytest

from tests.faults.protocol_model import Safeguards, explore


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
