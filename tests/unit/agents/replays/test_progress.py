"""The folding of a replay's progress, and when it may go on."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.replays.progress import (
    CANARY_SECONDS,
    FATE_SECONDS,
    MAX_OUTSTANDING,
    WINDOW,
    Canaries,
    Fate,
    Progress,
)

AT = datetime(2026, 11, 23, 3, tzinfo=UTC)
OUTCOMES = st.sampled_from(["requeued", "skipped", "invalid", "resolved", "missing", "failed"])


def sent(count: int, *, canary: int = 0) -> Progress:
    progress = Progress.beginning(canary)
    for _ in range(count):
        progress = progress.handled("requeued", AT)
    return progress


def fates(progress: Progress, *learnt: Fate) -> Progress:
    for fate in learnt:
        progress = progress.learnt(progress.outstanding[0].index, fate)
    return progress


C, D, G = Fate.COMPLETED, Fate.DIED_AGAIN, Fate.GONE


@pytest.mark.parametrize(
    ("canary", "learnt", "state", "why"),
    [
        (3, [], Canaries.WAITING, ""),
        (3, [C], Canaries.WAITING, ""),
        (3, [C, C], Canaries.PASSED, ""),
        (3, [D], Canaries.WAITING, ""),
        (3, [D, D], Canaries.WAITING, "of 3 canaries 0 completed, 2 died again, 1 still waiting"),
        (3, [C, D, C], Canaries.PASSED, ""),
        (3, [C, D, G], Canaries.WAITING, "of 3 canaries 1 completed, 1 died again, 1 otherwise"),
        (1, [C], Canaries.PASSED, ""),
        (2, [C], Canaries.WAITING, ""),
        (2, [C, D], Canaries.WAITING, "of 2 canaries 1 completed, 1 died again"),
    ],
)
def test_the_canaries_let_the_others_follow_only_when_most_completed(
    canary: int, learnt: list[Fate], state: Canaries, why: str
) -> None:
    progress, said = fates(sent(canary, canary=canary), *learnt).judged(AT)
    assert (progress.canaries, said) == (state, why)


def test_canaries_are_waited_for_ten_minutes_and_nothing_is_sent_meanwhile() -> None:
    progress = sent(2, canary=3).handled("skipped", AT)
    assert (progress.canaries, progress.may_send) == (Canaries.SENDING, True), "a skipped record is no canary"
    progress = progress.handled("requeued", AT)
    assert (progress.canaries, progress.may_send) == (Canaries.WAITING, False)
    assert progress.judged(AT + timedelta(seconds=CANARY_SECONDS - 1))[1] == ""
    assert "3 still waiting" in progress.judged(AT + timedelta(seconds=CANARY_SECONDS))[1]


@pytest.mark.parametrize(
    ("learnt", "why"),
    [
        ([D] * 4, ""),
        ([D] * 5, "5 of the last 5 replayed jobs died again"),
        ([C] * 15 + [D] * 5, "5 of the last 20 replayed jobs died again"),
        ([D] + [C] * 16 + [D] * 4, ""),
        ([G] * 30 + [D] * 4, ""),
    ],
)
def test_more_than_a_fifth_of_the_last_twenty_stop_it(learnt: list[Fate], why: str) -> None:
    assert fates(sent(len(learnt)), *learnt).judged(AT)[1] == why


def test_no_more_than_two_hundred_are_sent_ahead_of_what_is_known_and_each_is_let_go_in_time() -> None:
    progress = sent(MAX_OUTSTANDING)
    assert not progress.may_send
    assert progress.overdue(AT + timedelta(seconds=FATE_SECONDS - 1)) == []
    assert len(progress.overdue(AT + timedelta(seconds=FATE_SECONDS))) == MAX_OUTSTANDING
    assert progress.learnt(7, Fate.UNKNOWN).may_send


@given(st.lists(OUTCOMES, max_size=60), st.integers(0, 20), st.data())
def test_every_record_is_counted_once_whatever_the_order_and_repetition_of_fates(
    outcomes: list[str], canary: int, data: st.DataObject
) -> None:
    progress = Progress.beginning(canary)
    for outcome in outcomes:
        progress = progress.handled(outcome, AT)
    indexes = [one.index for one in progress.outstanding]
    learnt = data.draw(st.lists(st.tuples(st.sampled_from(indexes), st.sampled_from(Fate)), max_size=80)) if indexes else []
    for index, fate in learnt:
        progress = progress.learnt(index, fate)
    assert progress.cursor == sum(progress.outcomes.values()) == len(outcomes)
    assert sum(progress.fates.values()) + len(progress.outstanding) == outcomes.count("requeued")
    assert len(progress.recent) <= WINDOW
    assert Progress.from_document(progress.to_document()) == progress
