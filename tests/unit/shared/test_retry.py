"""Backoff in two tiers: bounded, growing, and obedient to an announced wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import Clock
from shared.errors import ModelGarbage, ModelUnavailable, PermanentError, Reason, StoreThrottled
from shared.retry import Backoff, QuickRetry, quick_retry

SHARES = st.floats(0, 1)
SECONDS = st.floats(0.01, 10_000)


@given(SECONDS, SECONDS, st.floats(0, 100), st.integers(1, 5_000), SHARES)
def test_a_quick_delay_never_exceeds_maximum_and_jitter(
    base: float, maximum: float, jitter_seconds: float, failures: int, share: float
) -> None:
    policy = QuickRetry(3, base, maximum, jitter_seconds)
    delay = policy.delay(failures, jitter=share)
    assert 0 < delay <= maximum + jitter_seconds
    assert policy.delay(failures + 1, jitter=share) >= delay


@given(SECONDS, SECONDS, st.integers(1, 5_000), SHARES)
def test_a_redelivery_waits_at_least_half_of_its_exponential_delay(
    base: float, maximum: float, failures: int, share: float
) -> None:
    policy = Backoff(base, maximum, spread=0.5)
    whole = min(maximum, base * 2.0 ** min(failures - 1, 60))
    assert whole / 2 <= policy.delay(failures, jitter=share) <= whole * 1.000001


class Recorder:
    """A call that fails as told, on a clock that remembers its sleeps."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0
        self.slept: list[float] = []

    async def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"

    def clock(self) -> Clock:
        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        return Clock(sleep=sleep, uniform=lambda low, high: (low + high) / 2)


async def test_the_default_settings_wait_as_the_contract_says() -> None:
    call = Recorder(*[ModelUnavailable("500")] * 3)
    assert await quick_retry(call, policy=QuickRetry(), clock=call.clock()) == "done"
    assert call.slept == [0.85, 1.6, 3.1]


async def test_an_announced_wait_is_obeyed_when_short_and_raised_when_long() -> None:
    call = Recorder(StoreThrottled("429", retry_after_seconds=2.0))
    assert await quick_retry(call, policy=QuickRetry(), clock=call.clock()) == "done"
    assert call.slept == [2.1]
    call = Recorder(StoreThrottled("429", retry_after_seconds=60.0))
    with pytest.raises(StoreThrottled):
        await quick_retry(call, policy=QuickRetry(), clock=call.clock())
    assert (call.calls, call.slept) == (1, [])


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        (ModelUnavailable("500"), 4),
        (ModelGarbage("no JSON"), 1),
        (PermanentError("no", reason=Reason.MODEL_REFUSED), 1),
        (ValueError("a defect"), 1),
    ],
)
async def test_what_is_tried_again_and_how_often(error: Exception, calls: int) -> None:
    call = Recorder(*[error] * 9)
    with pytest.raises(type(error)):
        await quick_retry(call, policy=QuickRetry(), clock=call.clock())
    assert call.calls == calls
