"""Backoff, in two tiers: a few quick tries inside an attempt, then deliveries minutes apart. The only retry loop there is.

Exponential backoff with jitter, so that what failed together does not come back together (Brooker, "Exponential Backoff and
Jitter", AWS Architecture Blog, 2015). The formula stands in `Backoff` and nowhere else.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from shared.clock import Clock
from shared.errors import ModelGarbage, RetryableError, StoreMisconfigured

T = TypeVar("T")
MAX_DOUBLINGS: Final = 60


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds that double from `base_seconds` up to `maximum_seconds`; `spread` (0..1) is the share that jitter decides."""

    base_seconds: float
    maximum_seconds: float
    spread: float = 0.0

    def delay(self, failures: int, *, jitter: float = 0.0) -> float:
        """Return the seconds to wait after `failures` (1, 2, …) failures in a row; `jitter` is in 0..1."""
        whole = min(self.maximum_seconds, self.base_seconds * 2.0 ** min(failures - 1, MAX_DOUBLINGS))
        return whole * (1.0 - self.spread) + whole * self.spread * jitter


@dataclass(frozen=True, slots=True)
class QuickRetry:
    """The inner tier: `retries` after the first try; delays in seconds. A longer announced wait ends the tries."""

    retries: int = 3
    base_seconds: float = 0.75
    maximum_seconds: float = 6.0
    jitter_seconds: float = 0.2

    def delay(self, failures: int, *, jitter: float) -> float:
        """Seconds to wait after `failures` (1, 2, …) failed tries; `jitter` is in 0..1."""
        return Backoff(self.base_seconds, self.maximum_seconds).delay(failures) + jitter * self.jitter_seconds


REDELIVERY: Final = Backoff(30.0, 900.0, spread=0.5)  # the outer tier: between the deliveries of a failing job


async def quick_retry(call: Callable[[], Awaitable[T]], *, policy: QuickRetry, clock: Clock) -> T:
    """Await `call()`, again after a `RetryableError`, as `policy` says; the last error is raised.

    An announced wait is obeyed where it is at most `policy.maximum_seconds`, else the error is raised at once.
    Garbage was repaired once by the provider already, and a store that is set up wrongly stays so: asking again at once would
    only cost.
    """
    failures = 0
    while True:
        try:
            return await call()
        except (ModelGarbage, StoreMisconfigured):
            raise
        except RetryableError as error:
            failures += 1
            wait = error.retry_after_seconds
            if failures > policy.retries or (wait is not None and wait > policy.maximum_seconds):
                raise
            pause = policy.delay(failures, jitter=clock.uniform(0.0, 1.0))
            await clock.sleep(pause if wait is None else max(wait, 0.0) + clock.uniform(0.0, 1.0) * policy.jitter_seconds)
