"""The circuit breaker of a model, shared by all instances: one document says until when nobody should ask.

A worker reads the document again only every `refresh_seconds`, and that read is upkeep, not part of a job's cost. When the
time is over, one worker at a time probes: it claims a short probe window by compare-and-set, the others wait a little longer.
A probe that fails makes the time to the next one longer by half. Whoever is turned away comes back at a time of its own, the
later the longer the outage has lasted; after a long outage the calls of an instance begin slowly (`Recovery`).
"""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from shared import observe
from shared.chat.base import Answer, ChatModel, Question
from shared.chat.breaker_state import FIRST_PROBE_SECONDS, BreakerState, Recovery
from shared.chat.control import control_of
from shared.chat.guard import Admission, Guard
from shared.clock import Clock, to_iso
from shared.deadline import within
from shared.errors import (
    AlreadyExists,
    ModelGarbage,
    ModelSuspended,
    PreconditionFailed,
    RetryableError,
    StoreConflict,
    StoreUnavailable,
)
from shared.observe.log import log_event, scrub
from shared.observe.metering import unmeasured
from shared.store.base import Item, Store
from shared.store.containers import SERVICE_STATE

logger = logging.getLogger(__name__)
T = TypeVar("T", bound=BaseModel)
R = TypeVar("R")
STORE_SECONDS: Final = 3.0  # a store that takes a request and never answers must not hold up who asks the model
HANGS_SECONDS: Final = 5.0
PROBE_SECONDS: Final = 75.0  # a call and its comparison, with their time-outs
WAIT_SECONDS: Final = 15.0
COVERED: Final = 0.8  # of a wait: an opening that lasts nearly as long is not written anew
SPREAD_SHARE: Final = 0.25  # of the outage so far: jobs that wait ask again within such a span
MAX_SPREAD_SECONDS: Final = 900.0


class Breaker:
    """The breaker of one `scope` (a deployment, or one question of it)."""

    def __init__(self, *, store: Store, clock: Clock, scope: str, refresh_seconds: float = 30.0) -> None:
        self._store = store
        self.clock = clock
        self._state = BreakerState(scope)
        self._refresh_seconds = refresh_seconds
        self._lock = asyncio.Lock()
        self._etag: str | None = None
        self._read_at: datetime | None = None
        self._recovery = Recovery()
        self._hangs_until: datetime | None = None
        self._parts: dict[str, Breaker] = {}

    def part(self, name: str) -> "Breaker":
        """Return the breaker of what alone fails: one question, say, whose schema the deployment does not take."""
        if name not in self._parts:
            self._parts[name] = Breaker(
                store=self._store, clock=self.clock, scope=f"{self._state.scope}.{name}", refresh_seconds=self._refresh_seconds
            )
        return self._parts[name]

    async def check(self, *, anew: bool = False, early: bool = False) -> Admission:
        """Raise `ModelSuspended` while the breaker is open, or while another worker probes; else say whether this call is
        the probe, and how long it has to wait for its turn. `anew`: read the document whenever it was read last;
        `early`: that too, and at once: although the next probe is not due, beside one of another worker, and before others
        whose turn it is after an outage.

        An outage of the store lets the call through: the breaker saves calls, it must not stop the work.
        """
        try:
            with unmeasured():
                async with self._lock:
                    return await self._check(anew=anew or early, early=early)
        except (RetryableError, StoreConflict) as error:
            log_event(logger, "the breaker cannot be read", level=logging.WARNING, cause=scrub(str(error)))
            return Admission()

    async def _check(self, *, anew: bool, early: bool) -> Admission:
        now = self.clock.now()
        fresh = self._read_at is not None and now - self._read_at < timedelta(seconds=self._refresh_seconds)
        if anew or not fresh:
            await self._load()
        if not self._state.is_open:
            return self._turn(now, early=early)
        if not early:
            self._refuse_while_shut(now)
        try:
            await self._write(replace(self._state, probing_until=now + timedelta(seconds=PROBE_SECONDS)))
        except StoreConflict:
            await self._load()  # somebody probes, or has probed
            if not self._state.is_open:
                return self._turn(now, early=early)
            if not early:
                self._refuse_while_shut(now)
                raise self._suspended(now, WAIT_SECONDS) from None
        observe.breaker(self._state.scope, "probing")
        return Admission(probe=True)

    def _turn(self, now: datetime, *, early: bool) -> Admission:
        return Admission(wait_seconds=0.0 if early else self._recovery.wait(self._state, now))

    def _refuse_while_shut(self, now: datetime) -> None:
        probing = self._state.probing_until
        if probing is not None and probing > now:
            raise self._suspended(now, max((probing - now).total_seconds(), WAIT_SECONDS))
        if self._state.until is not None and self._state.until > now:
            raise self._suspended(now, (self._state.until - now).total_seconds())

    def _suspended(self, now: datetime, seconds: float) -> ModelSuspended:
        """Return what a caller is told that comes while the breaker is open: when to come back, not all at once."""
        age = (now - self._state.since).total_seconds() if self._state.since else 0.0
        spread = min(MAX_SPREAD_SECONDS, max(FIRST_PROBE_SECONDS, SPREAD_SHARE * age)) * self.clock.uniform(0.0, 1.0)
        return ModelSuspended(
            f"the breaker is open: {self._state.reason}", delay_seconds=seconds + spread, reason=self._state.reason
        )

    async def trip(self, error: ModelSuspended, *, since: datetime | None = None) -> ModelSuspended:
        """Open until the error's wait is over, or the backoff of probes; `since`: of the first failure. Returns what the
        caller is to raise: it comes back as the first one, to probe. One log line an opening, whoever of the fleet was first.
        """
        with unmeasured():
            async with self._lock:
                try:
                    return await self._trip(error, since)
                except (RetryableError, StoreConflict) as problem:
                    log_event(logger, "the breaker cannot be opened", level=logging.WARNING, cause=scrub(str(problem)))
                    return _at_least(error, FIRST_PROBE_SECONDS)

    async def _trip(self, error: ModelSuspended, since: datetime | None) -> ModelSuspended:
        await self._load()
        now, before = self.clock.now(), self._state
        left = (before.until - now).total_seconds() if before.until else 0.0
        if left > 0 and left >= COVERED * error.delay_seconds:
            return self._suspended(now, left)
        state = before.tripped(error, since=since or now, at=now)
        try:
            await self._write(state)
        except (AlreadyExists, PreconditionFailed):
            self._read_at = None  # somebody was faster: their state is read next
            return _at_least(error, FIRST_PROBE_SECONDS)
        until = to_iso(state.until) if state.until else ""
        observe.breaker(state.scope, "open")
        if not before.is_open:
            log_event(
                logger, "the model's breaker has opened: jobs wait, nothing is lost", level=logging.ERROR,
                breaker=state.scope, reason=error.reason.value, until=until, cause=scrub(str(error)),
            )  # fmt: skip
        wait = (state.until - now).total_seconds() if state.until else error.delay_seconds
        return _at_least(error, wait)

    async def close(self, *, asked_at: datetime | None = None) -> None:
        """A call succeeded that was made at `asked_at`: close the breaker where it has not opened since."""
        state = self._state
        if not state.is_open or (asked_at and state.tripped_at and asked_at <= state.tripped_at):
            return
        with unmeasured():
            async with self._lock:
                if not self._state.is_open:
                    return
                try:
                    closed = self._state.closed(self.clock.now())
                    await self._write(closed)
                except (RetryableError, StoreConflict):
                    self._read_at = None
                    return
                observe.breaker(closed.scope, "closed")
                log_event(
                    logger, "the model's breaker has closed", breaker=closed.scope, seconds=round(closed.outage_seconds)
                )  # fmt: skip

    async def _write(self, state: BreakerState) -> None:
        document = state.to_document()
        if self._etag is None:
            item = await self._answer(self._store.create(SERVICE_STATE.key, document))
        else:
            item = await self._answer(self._store.replace(SERVICE_STATE.key, document, if_match=self._etag))
        self._hold(item)

    async def _load(self) -> None:
        key = f"breaker.{self._state.scope}"
        self._hold(await self._answer(self._store.find(SERVICE_STATE.key, key, key)))
        observe.breaker(self._state.scope, "open" if self._state.is_open else "closed")

    async def _answer(self, call: Coroutine[Any, Any, R]) -> R:
        """A store that hangs is one that is down: whoever comes within some seconds does not wait for it again."""
        if self._hangs_until is not None and self.clock.now() < self._hangs_until:
            call.close()
            raise StoreUnavailable("the store did not answer a moment ago")
        try:
            return await within(call, STORE_SECONDS)
        except TimeoutError:
            self._hangs_until = self.clock.now() + timedelta(seconds=HANGS_SECONDS)
            raise StoreUnavailable(f"the store did not answer within {STORE_SECONDS:g} s") from None

    def _hold(self, item: Item | None) -> None:
        self._state = BreakerState.from_document(item.body) if item else BreakerState(self._state.scope)
        self._etag = item.etag if item else None
        self._read_at = self.clock.now()


class GuardedChat:
    """A `ChatModel` behind a breaker: what would fail for every call opens it, what is one request's fault does not."""

    def __init__(self, chat: ChatModel, breaker: Breaker) -> None:
        self._chat = chat
        self._breaker = breaker
        self._guards: dict[str, Guard] = {}

    @property
    def model(self) -> str:
        """The model behind."""
        return self._chat.model

    async def ask(self, question: Question[T]) -> Answer[T]:
        """Ask unless the breaker is open."""
        guard = self._guards.get(question.name)
        if guard is None:
            guard = self._guards[question.name] = Guard(
                breaker=self._breaker, own=self._breaker.part(question.name), clock=self._breaker.clock
            )

        async def control() -> object:
            try:
                return await self._chat.ask(await control_of(question))
            except ModelGarbage:
                if question.image is None:
                    return None  # there is no good answer to a question of no content: that one came is what counts
                raise

        return await guard.call(lambda: self._chat.ask(question), control, key=question.fingerprint, early=question.early)

    async def close(self) -> None:
        """Close the model behind."""
        await self._chat.close()


def _at_least(error: ModelSuspended, seconds: float) -> ModelSuspended:
    return ModelSuspended(str(error), delay_seconds=max(seconds, error.delay_seconds), reason=error.reason)
