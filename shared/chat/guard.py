"""Whose fault is a failed call: the request's own, or everyone's? A request that fails is compared with one that should not.

The comparison (`control`) asks the same kind of question of something harmless. Where that fails as well, the breaker opens
and nobody is to blame; where it succeeds, the failure is the request's own. It is made

 - at once, for a 4xx that names no cause;
 - for a 4xx that names the request's own fault, from the third different request in a row on;
 - for an outage (5xx, time-out, connection, rate limit) or an answer that cannot be read, from the second failure in a row on;
   and when `MANY` different requests in a row have failed, the breaker opens whatever the comparison says;
 - for a probe that failed, however it failed: a sick request must not keep everybody waiting.

What is said of all requests (401, 404, quota) opens the breaker at once, unless it was lately said of one request alone.
A 4xx of the request's own is asked once more before it is believed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from shared.clock import Clock
from shared.errors import (
    ModelGarbage,
    ModelRejected,
    ModelSuspended,
    ModelUnavailable,
    ModelUnsound,
    PermanentError,
    ProcessorError,
    Reason,
)
from shared.recent import Recent

R = TypeVar("R")
Failure = ModelRejected | ModelUnavailable | ModelGarbage
SUSPECT_FAILURES: Final = 2
SUSPECT_NAMED: Final = 3
MANY: Final = 6
VERDICT_SECONDS: Final = 15.0  # how long a comparison that went well speaks for the model, where later tries follow
MISLED_SECONDS: Final = 3_600.0  # how long no single request is believed that says what would be true of all
LONGEST_TURN_SECONDS: Final = 15.0
MAX_KEYS: Final = 64
REJECTED_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Admission:
    """A call may be made: after `wait_seconds`, and as the fleet's only `probe` where the breaker is about to close."""

    probe: bool = False
    wait_seconds: float = 0.0


class GuardSwitch(Protocol):
    """What a guard needs of a breaker."""

    async def check(self, *, anew: bool = False, early: bool = False) -> Admission:
        """Raise `ModelSuspended` while nobody is to ask."""

    async def trip(self, error: ModelSuspended, *, since: datetime | None = None) -> ModelSuspended:
        """Open; returns what the caller is to raise."""

    async def close(self, *, asked_at: datetime | None = None) -> None:
        """A call has succeeded."""


class Guard:
    """Guards the calls of one kind. `breaker`: of the model, for what fails whatever is asked; `own`: of this kind alone."""

    def __init__(self, *, breaker: GuardSwitch, own: GuardSwitch, clock: Clock) -> None:
        self._breaker = breaker
        self._own = own
        self._clock = clock
        self._comparing = asyncio.Lock()
        self._failing: dict[str, None] = {}  # different requests that failed since the last success
        self._failures = 0
        self._failing_since: datetime | None = None
        self._compared_at: datetime | None = None
        self._own_trouble: Recent[str] = Recent(1_000)
        self._misled_at: datetime | None = None

    async def call(
        self, request: Callable[[], Awaitable[R]], control: Callable[[], Awaitable[object]], *, key: str, early: bool = False
    ) -> R:
        """Make the call where the breakers let it pass; `key` tells one request from another. `early`: it waits for
        nothing, neither the next probe, which it is, nor its turn after an outage.

        Raises what the call raises, and `ModelSuspended` where every call would fail alike.
        """
        probe = await self._admitted(early=early)
        asked_at = self._clock.now()
        try:
            answer = await request()
        except ModelSuspended as error:
            doubted = probe or self._within(self._misled_at, MISLED_SECONDS)
            if self._own_trouble.get(key) or (doubted and await self._compared_well(control, key)):
                raise
            raise await self._breaker.trip(error, since=self._failing_since or asked_at) from error
        except ModelUnsound:  # an answer, if not a good one
            await self._succeeded(asked_at)
            raise
        except (ModelRejected, ModelUnavailable, ModelGarbage) as error:
            self._note(key, asked_at)
            suspended = await self._blamed(error, control, asked_at, probe=probe)
            if suspended is not None:
                raise suspended from error
            if not isinstance(error, ModelRejected):
                raise
            answer = await request()  # once more: nothing is given up for a gateway's mood
        except PermanentError:  # a refusal is an answer: the model is up
            await self._succeeded(asked_at)
            raise
        await self._succeeded(asked_at)
        return answer

    async def _admissions(self, *, anew: bool = False, early: bool = False) -> list[Admission]:
        return [await one.check(anew=anew, early=early) for one in (self._breaker, self._own)]

    async def _admitted(self, *, early: bool = False) -> bool:
        admissions = await self._admissions(early=early)
        wait = max(one.wait_seconds for one in admissions)
        if wait > LONGEST_TURN_SECONDS:
            raise ModelSuspended(
                "the model has just recovered: calls begin slowly", delay_seconds=wait, reason=Reason.MODEL_UNAVAILABLE
            )
        if wait > 0:
            await self._clock.sleep(wait)
        return any(one.probe for one in admissions)

    def _note(self, key: str, asked_at: datetime) -> None:
        self._failures += 1
        self._failing_since = self._failing_since or asked_at
        if len(self._failing) < MAX_KEYS:
            self._failing[key] = None

    async def _succeeded(self, asked_at: datetime) -> None:
        self._failing.clear()
        self._failures, self._failing_since = 0, None
        await self._breaker.close(asked_at=asked_at)
        await self._own.close(asked_at=asked_at)

    async def _blamed(
        self, error: Failure, control: Callable[[], Awaitable[object]], asked_at: datetime, *, probe: bool
    ) -> ModelSuspended | None:
        """Return what to raise where it is everyone's fault; None where it is this request's."""
        if not probe and not self._is_suspect(error):
            return None
        async with self._comparing:  # one comparison at a time: who waited for it uses it
            if not probe:
                try:
                    probe = any(one.probe for one in await self._admissions(anew=True))
                except ModelSuspended as suspended:
                    return suspended
            if probe or not self._speaks_for_the_model(error, asked_at):
                found = await self._compare(control, error)
                if found is not None:
                    return found
            crowd = not isinstance(error, ModelRejected) and len(self._failing) >= MANY
            if crowd:
                return await self._trip(error)
            if probe:
                await self._breaker.close()
                await self._own.close()
            return None

    def _speaks_for_the_model(self, error: Failure, asked_at: datetime) -> bool:
        """Whether the last comparison that went well still counts: for a 4xx, which no later try mends, only a newer one."""
        if isinstance(error, ModelRejected):
            return self._compared_at is not None and self._compared_at > asked_at
        return self._within(self._compared_at, VERDICT_SECONDS)

    async def _compared_well(self, control: Callable[[], Awaitable[object]], key: str) -> bool:
        """A probe was told to wait, as everyone would be: is that true? Where it is not, this request opens nothing again."""
        async with self._comparing:
            if await self._compare(control) is not None:
                return False
            self._own_trouble.put(key, key)
            self._misled_at = self._clock.now()
            await self._breaker.close()
            await self._own.close()
            return True

    def _is_suspect(self, error: Failure) -> bool:
        if isinstance(error, ModelRejected):
            return not error.named or len(self._failing) >= SUSPECT_NAMED
        return self._failures >= SUSPECT_FAILURES

    async def _compare(
        self, control: Callable[[], Awaitable[object]], error: ProcessorError | None = None
    ) -> ModelSuspended | None:
        """Return what to raise where the harmless request fails as well; None where the model is up."""
        try:
            await control()
        except ModelSuspended as suspended:
            return await self._breaker.trip(suspended, since=self._failing_since)
        except (ModelUnavailable, ModelRejected) as same:
            return await self._trip(same)
        except ModelGarbage as same:
            if isinstance(error, ModelGarbage):
                return await self._trip(same)
        except PermanentError:
            pass  # it refuses: it is up
        self._compared_at = self._clock.now()
        return None

    async def _trip(self, error: Failure) -> ModelSuspended:
        """Open the breaker of all for an outage, that of this kind of question for what may be its own trouble."""
        suspended = _suspension(error)
        breaker = self._breaker if isinstance(error, ModelUnavailable) else self._own
        return await breaker.trip(suspended, since=self._failing_since)

    def _within(self, at: datetime | None, seconds: float) -> bool:
        return at is not None and self._clock.now() - at < timedelta(seconds=seconds)


def _suspension(error: ProcessorError) -> ModelSuspended:
    if isinstance(error, ModelRejected):
        return ModelSuspended(f"{error}, nor a harmless one", delay_seconds=REJECTED_SECONDS, reason=Reason.MODEL_MISCONFIGURED)
    wait = error.retry_after_seconds if isinstance(error, ModelUnavailable) else None
    return ModelSuspended(f"different requests fail alike: {error}", delay_seconds=wait or 0.0, reason=error.reason)
