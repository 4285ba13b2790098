"""Short throttling is sat out here: the SDK would wait within the call for as long as the service says, once a page."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from azure.cosmos.documents import ConnectionPolicy

from shared.clock import Clock
from shared.errors import StoreThrottled

T = TypeVar("T")
TRIES: Final = 4
PATIENCE_SECONDS: Final = 6.0  # of all waits of a call
SPREAD: Final = 0.2  # so that what was refused together does not come back together


def no_waits_of_the_sdk() -> ConnectionPolicy:
    """Return a connection policy without retries after 429; the client's own arguments cannot say none."""
    policy = ConnectionPolicy()
    policy.RetryOptions._max_retry_attempt_count = 0  # it has no setter
    return policy


async def sit_out(call: Callable[[], Awaitable[T]], *, clock: Clock) -> T:
    """Await `call()`, again after a short wait that the service asks for. Raises `StoreThrottled` where the waits get long."""
    waited, tries = 0.0, 1
    while True:
        try:
            return await call()
        except StoreThrottled as error:
            wait = (error.retry_after_seconds or 0.0) * (1.0 + clock.uniform(0.0, SPREAD))
            if tries >= TRIES or waited + wait > PATIENCE_SECONDS:
                raise
            tries, waited = tries + 1, waited + wait
            await clock.sleep(wait)
