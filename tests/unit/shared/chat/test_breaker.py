"""The breaker's document as a value, its backoff, the beginning after an outage, and whom a guard blames."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.chat.breaker import Breaker
from shared.chat.breaker_state import BreakerState, Recovery, open_breakers
from shared.chat.guard import Admission, Guard
from shared.errors import ModelGarbage, ModelRejected, ModelSuspended, ModelUnavailable, ModelUnsound, PermanentError, Reason
from shared.store.containers import SERVICE_STATE
from tests.fakes.clock import VirtualTime
from tests.faults.world import embedded_store

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DOWN = ModelUnavailable("the model answered 503")
OUTAGE = ModelSuspended("all fail alike", delay_seconds=0, reason=Reason.MODEL_UNAVAILABLE)


def test_the_time_to_the_next_probe_grows_up_to_five_minutes_and_the_outage_keeps_its_beginning() -> None:
    state, at, waits = BreakerState("m"), AT, []
    for _ in range(13):
        state = state.tripped(OUTAGE, since=AT - timedelta(seconds=3), at=at)
        assert state.until is not None
        waits.append((state.until - at).total_seconds())
        at = state.until
    assert waits[:4] == [5, 7.5, 11.25, 16.875]
    assert waits[-2:] == [300, 300]
    assert waits == sorted(waits)
    assert state.since == AT - timedelta(seconds=3)
    assert BreakerState.from_document(state.to_document()) == state
    closed = state.closed(at)
    assert not closed.is_open
    assert closed.outage_seconds == (at - AT).total_seconds() + 3
    assert BreakerState.from_document(closed.to_document()) == closed


def test_an_announced_wait_is_longer_than_the_backoff_and_an_older_builds_document_is_read() -> None:
    quota = ModelSuspended("quota", delay_seconds=3_600, reason=Reason.MODEL_BUDGET_EXHAUSTED)
    assert BreakerState("m").tripped(quota, since=AT, at=AT).until == AT + timedelta(hours=1)
    old = {"id": "breaker.m", "openUntil": "2026-11-23T09:05:00.000Z", "reason": "llm_timeout", "probeUntil": ""}
    assert BreakerState.from_document(old).until == AT + timedelta(minutes=5)
    assert not BreakerState.from_document({"id": "breaker.m", "openUntil": "", "reason": "llm_timeout"}).is_open


def test_after_an_outage_the_calls_begin_slowly_and_a_turn_too_far_away_is_not_taken() -> None:
    recovery, state = Recovery(), BreakerState("m", closed_at=AT, outage_seconds=7_200)
    assert [recovery.wait(state, AT) for _ in range(4)] == [0.0, 0.5, 1.0, 1.5]
    waits = [recovery.wait(state, AT) for _ in range(100)]
    assert max(waits) <= 16
    assert waits[-1] == waits[-2], "nobody is sent away to take turns from those who come"
    fast = Recovery()
    later = AT + timedelta(minutes=10)
    assert [round(fast.wait(state, later), 3) for _ in range(3)] == [0.0, 0.05, 0.1]
    assert Recovery().wait(state, AT + timedelta(minutes=31)) == 0.0
    assert Recovery().wait(BreakerState("m", closed_at=AT, outage_seconds=10), AT) == 0.0


async def test_who_waits_asks_again_the_later_the_longer_it_lasts_and_the_one_that_tripped_is_first() -> None:
    time = VirtualTime()
    store = embedded_store(time)
    breaker = Breaker(store=store, clock=time.clock(), scope="m")
    first = await breaker.trip(OUTAGE)
    assert first.delay_seconds == 5
    waits = []
    for _ in range(12):
        with pytest.raises(ModelSuspended) as caught:
            await breaker.check()
        waits.append(caught.value.delay_seconds)
        state = (await open_breakers(store))[0]
        assert state.until is not None
        time.at = state.until
        assert (await breaker.check()).probe
        await breaker.trip(OUTAGE)
    assert waits == sorted(waits)
    assert waits[0] == 7.5
    assert waits[-1] > 400
    await store.close()


async def test_an_answer_to_what_was_asked_before_the_outage_does_not_end_it() -> None:
    time = VirtualTime()
    store = embedded_store(time)
    breaker = Breaker(store=store, clock=time.clock(), scope="m")
    before = time.at
    time.advance(1)
    await breaker.trip(OUTAGE)
    await breaker.close(asked_at=before)
    assert [state.scope for state in await open_breakers(store)] == ["m"]
    time.advance(1)
    await breaker.close(asked_at=time.at)
    assert await open_breakers(store) == []
    await store.close()


async def test_two_instances_probe_one_after_the_other() -> None:
    time = VirtualTime()
    store = embedded_store(time)
    one, other = (Breaker(store=store, clock=time.clock(), scope="m") for _ in range(2))
    await one.trip(OUTAGE)
    with pytest.raises(ModelSuspended):
        await other.check()
    time.advance(5)
    assert (await one.check()).probe
    with pytest.raises(ModelSuspended):
        await other.check()
    await one.close()
    time.advance(20)
    assert await other.check(anew=True) == Admission()
    assert (await store.read(SERVICE_STATE.key, "breaker.m", "breaker.m")).body["openUntil"] == ""
    await store.close()


class Calls:
    """A guard over two real breakers, requests that end as told, and a count of the comparisons."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.store = embedded_store(self.time)
        breaker = Breaker(store=self.store, clock=self.time.clock(), scope="m")
        self.guard = Guard(breaker=breaker, own=breaker.part("q"), clock=self.time.clock())
        self.control: Exception | None = None
        self.compared = 0

    async def ask(self, key: str, *ends: Exception | None) -> Any:
        left = list(ends)

        async def request() -> str:
            await asyncio.sleep(0)
            error = left.pop(0) if left else None
            if error is not None:
                raise error
            return "answer"

        async def control() -> None:
            self.compared += 1
            await asyncio.sleep(0)
            if self.control is not None:
                raise self.control

        return await self.guard.call(request, control, key=key)

    async def fails(self, key: str, error: Exception, *, raises: type[Exception] | None = None) -> Exception:
        with pytest.raises(raises or type(error)) as caught:
            await self.ask(key, error, error)
        return caught.value

    async def open(self) -> list[str]:
        return [state.scope for state in await open_breakers(self.store)]


async def test_one_failure_is_nobodys_trouble_and_a_second_in_a_row_is_compared() -> None:
    calls = Calls()
    await calls.fails("a", DOWN)
    assert await calls.ask("a") == "answer"
    await calls.fails("b", DOWN)
    assert calls.compared == 0
    await calls.fails("b", DOWN)
    assert (calls.compared, await calls.open()) == (1, [])
    calls.control = DOWN
    calls.time.advance(20)
    await calls.fails("c", DOWN, raises=ModelSuspended)
    assert (calls.compared, await calls.open()) == (2, ["m"])


async def test_many_different_requests_in_a_row_are_an_outage_whatever_the_comparison_says() -> None:
    calls = Calls()
    for number in range(5):
        await calls.fails(f"r{number}", DOWN)
    await calls.fails("r5", DOWN, raises=ModelSuspended)
    assert await calls.open() == ["m"]


async def test_a_4xx_of_unknown_cause_is_the_requests_own_where_a_harmless_one_is_answered() -> None:
    calls = Calls()
    unknown = ModelRejected("400", reason=Reason.MODEL_REJECTED, named=False)
    await calls.fails("a", unknown)
    assert (calls.compared, await calls.open()) == (1, [])
    assert await calls.ask("b", unknown) == "answer", "it is asked once more before it is believed"
    calls.control = unknown
    error = await calls.fails("c", unknown, raises=ModelSuspended)
    assert isinstance(error, ModelSuspended)
    assert (error.reason, error.delay_seconds) == (Reason.MODEL_MISCONFIGURED, 300)
    assert await calls.open() == ["m.q"], "another kind of question may still be answered"


async def test_a_4xx_that_names_its_cause_is_compared_from_the_third_different_request_on() -> None:
    calls = Calls()
    calls.control = named = ModelRejected("413", reason=Reason.MODEL_INPUT_TOO_LARGE, named=True)
    for key in "aab":
        await calls.fails(key, named)
    assert calls.compared == 0
    await calls.fails("c", named, raises=ModelSuspended)


async def test_a_refusal_is_an_answer_and_closes_the_breaker() -> None:
    calls = Calls()
    calls.control = DOWN
    await calls.fails("a", DOWN)
    await calls.fails("a", DOWN, raises=ModelSuspended)
    calls.time.advance(5)
    await calls.fails("b", PermanentError("refused", reason=Reason.MODEL_REFUSED))
    assert await calls.open() == []


async def test_an_answer_that_our_check_refuses_is_no_outage_however_often_it_comes() -> None:
    calls = Calls()
    for number in range(20):
        await calls.fails(f"r{number}", ModelUnsound("no figure is cited"))
    assert (calls.compared, await calls.open()) == (0, [])


async def test_unreadable_answers_are_compared_with_unreadable_ones_alone() -> None:
    calls = Calls()
    calls.control = ModelGarbage("it was empty")
    await calls.fails("a", DOWN)
    await calls.fails("b", DOWN)
    assert await calls.open() == [], "an answer came: the model is up"
    assert await calls.ask("c") == "answer"
    calls.time.advance(20)
    await calls.fails("a", ModelGarbage("HTML"))
    await calls.fails("b", ModelGarbage("HTML"), raises=ModelSuspended)
    assert await calls.open() == ["m.q"]


async def test_a_sick_request_that_probes_does_not_keep_the_others_waiting() -> None:
    calls = Calls()
    calls.control = DOWN
    await calls.fails("a", DOWN)
    await calls.fails("a", DOWN, raises=ModelSuspended)
    calls.time.advance(5)
    calls.control = None
    await calls.fails("sick", DOWN)
    assert await calls.open() == []
    assert await calls.ask("b") == "answer"


async def test_sixteen_failures_at_once_are_compared_once() -> None:
    calls = Calls()
    calls.control = DOWN
    ended = await asyncio.gather(*(calls.ask(f"r{number}", DOWN) for number in range(16)), return_exceptions=True)
    kinds = [type(one) for one in ended]
    assert set(kinds) <= {ModelUnavailable, ModelSuspended}
    assert kinds.count(ModelUnavailable) <= 1
    assert calls.compared == 1


async def test_with_the_store_down_calls_pass_and_outages_still_defer() -> None:
    calls = Calls()
    await calls.store.close()
    assert await calls.ask("a") == "answer"
    calls.control = DOWN
    await calls.fails("a", DOWN)
    await calls.fails("a", DOWN, raises=ModelSuspended)
