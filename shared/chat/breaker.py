"""The circuit breaker of a model, shared by all instances: one document says until when nobody should ask.

A worker reads the document again only every `refresh_seconds`, and that read is upkeep, not part of a job's cost. When the
time is over, one worker at a time probes: it claims a short probe window by compare-and-set, the others wait a little longer.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final, TypeVar

from pydantic import BaseModel

from shared import observe
from shared.chat.base import Answer, ChatModel, Question
from shared.clock import Clock, from_iso, to_iso
from shared.errors import AlreadyExists, ModelSuspended, PreconditionFailed, Reason, RetryableError, StoreConflict
from shared.observe.log import log_event, scrub
from shared.observe.metering import unmeasured
from shared.store.base import Item, Store
from shared.store.containers import SERVICE_STATE

logger = logging.getLogger(__name__)
T = TypeVar("T", bound=BaseModel)
PROBE_SECONDS: Final = 45.0
WAIT_SECONDS: Final = 15.0


class Breaker:
    """The breaker of one `scope` (a deployment)."""

    def __init__(self, *, store: Store, clock: Clock, scope: str, refresh_seconds: float = 30.0) -> None:
        self._store = store
        self._clock = clock
        self._id = f"breaker.{scope}"
        self._scope = scope
        self._refresh = timedelta(seconds=refresh_seconds)
        self._lock = asyncio.Lock()
        self._item: Item | None = None
        self._read_at: datetime | None = None

    async def check(self) -> None:
        """Raise `ModelSuspended` while the breaker is open, or while another worker probes. An outage of the store lets
        the call through: the breaker saves calls, it must not stop the work.
        """
        try:
            with unmeasured():
                await self._check()
        except (RetryableError, StoreConflict) as error:
            log_event(logger, "the breaker cannot be read", level=logging.WARNING, cause=scrub(str(error)))

    async def _check(self) -> None:
        async with self._lock:
            now = self._clock.now()
            if self._read_at is None or now - self._read_at >= self._refresh:
                await self._load()
            if self._item is None or not self._item.body.get("openUntil"):
                return
            state = self._item.body
            until = max(from_iso(state["openUntil"]), from_iso(state["probeUntil"]))
            if until > now:
                wait = max((until - now).total_seconds(), WAIT_SECONDS)
                raise ModelSuspended(
                    f"the breaker is open: {state['reason']}", delay_seconds=wait, reason=Reason(state["reason"])
                )
            await self._claim_probe(self._item, now)

    async def _claim_probe(self, item: Item, now: datetime) -> None:
        probe = {**item.body, "probeUntil": to_iso(now + timedelta(seconds=PROBE_SECONDS))}
        try:
            self._item = await self._store.replace(SERVICE_STATE.key, probe, if_match=item.etag)
            observe.breaker(self._scope, "probing")
        except StoreConflict:
            self._read_at = None
            observe.breaker(self._scope, "probing")
            raise ModelSuspended(
                "another worker probes the model", delay_seconds=WAIT_SECONDS, reason=Reason(item.body["reason"])
            ) from None

    async def trip(self, error: ModelSuspended) -> None:
        """Open until the error's wait is over; one log line an opening, whoever of the fleet was first."""
        with unmeasured():
            async with self._lock:
                try:
                    await self._trip(error)
                except (RetryableError, StoreConflict) as problem:
                    log_event(logger, "the breaker cannot be opened", level=logging.WARNING, cause=scrub(str(problem)))

    async def _trip(self, error: ModelSuspended) -> None:
        await self._load()
        now = self._clock.now()
        until = to_iso(now + timedelta(seconds=error.delay_seconds))
        before = self._item.body if self._item else {}
        if before.get("openUntil", "") >= until:
            return
        state = {
            "id": self._id, "openUntil": until, "probeUntil": "1970-01-01T00:00:00.000Z", "reason": error.reason.value,
            "openedAt": before.get("openedAt") or to_iso(now), "description": scrub(str(error)),
        }  # fmt: skip
        first = not before.get("openUntil")
        try:
            if self._item is None:
                self._item = await self._store.create(SERVICE_STATE.key, state)
            else:
                self._item = await self._store.replace(SERVICE_STATE.key, state, if_match=self._item.etag)
        except (AlreadyExists, PreconditionFailed):
            self._read_at = None  # somebody was faster: their state is read next
            return
        observe.breaker(self._scope, "open")
        if first:
            log_event(
                logger, "the model's breaker has opened: jobs wait, nothing is lost", level=logging.ERROR,
                breaker=self._id, reason=error.reason.value, until=until, cause=scrub(str(error)),
            )  # fmt: skip

    async def close(self) -> None:
        """A call succeeded: close the breaker where it was open."""
        if self._item is None or not self._item.body.get("openUntil"):
            return
        with unmeasured():
            async with self._lock:
                try:
                    closed = {**self._item.body, "openUntil": "", "openedAt": ""}
                    self._item = await self._store.replace(SERVICE_STATE.key, closed, if_match=self._item.etag)
                    observe.breaker(self._scope, "closed")
                    log_event(logger, "the model's breaker has closed", breaker=self._id)
                except (RetryableError, StoreConflict):
                    self._read_at = None

    async def _load(self) -> None:
        self._item = await self._store.find(SERVICE_STATE.key, self._id, self._id)
        self._read_at = self._clock.now()
        observe.breaker(self._scope, "open" if self._item and self._item.body.get("openUntil") else "closed")


class GuardedChat:
    """A `ChatModel` behind a breaker."""

    def __init__(self, chat: ChatModel, breaker: Breaker) -> None:
        self._chat = chat
        self._breaker = breaker

    @property
    def model(self) -> str:
        """The model behind."""
        return self._chat.model

    async def ask(self, question: Question[T]) -> Answer[T]:
        """Ask unless the breaker is open; what would fail for every call opens it."""
        await self._breaker.check()
        try:
            answer = await self._chat.ask(question)
        except ModelSuspended as error:
            await self._breaker.trip(error)
            raise
        await self._breaker.close()
        return answer

    async def close(self) -> None:
        """Close the model behind."""
        await self._chat.close()
