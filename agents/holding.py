"""Pausing and resuming of queues and timers, and what the end of a pause sets going again.

Trigger: `POST /api/ops/queues/…` and `/timers/…`; the command `{"pauses": "settle"}` of the runs' queue, sent for the moment at
which a pause ends, and never held itself; the sweep every five minutes, which finds what a crash or a slow instance left.
Reads and writes: the pauses, the ledger, the audit. Sends: what a queue beside a paused one holds, back to it.
A timer's slot that fell into its pause is run when the pause ends, unless it is too late for one by then (the timer's own
grace): then the ledger says that it was left out. A pause that ends by itself is written into the audit and the log as well.
Fails: an error of this module says what cannot be; `RetryableError` in an outage: what was not done is done by the next sweep.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from agents.audit import audit_document
from agents.pauses.book import PauseBook
from agents.pauses.hold import hold
from agents.pauses.pause import Pause, Pauses, What
from agents.runs.commands import Commands
from agents.runs.ledger import Ledger
from agents.runs.schedule import EARLY
from agents.timers import LedgeredTimer
from shared.clock import Clock, to_iso
from shared.errors import AlreadyExists, RetryableError
from shared.observe.log import log_event
from shared.queues.base import Message, Queues
from shared.queues.names import HELD
from shared.store.base import Document, Store
from shared.store.containers import OPERATIONS

logger = logging.getLogger(__name__)
LONGEST: Final = timedelta(days=6)  # below the seven days for which a queue may hide the command that ends it
SETTLED_AFTER: Final = timedelta(minutes=2)
STALE_SECONDS: Final = 30.0  # another instance may put messages aside for so long after a resume
AGAIN_SECONDS: Final = 30.0
PAGE: Final = 32
MAX_PAGES: Final = 40
HIDDEN_SECONDS: Final = 120.0
AT_ONCE: Final = 16
COMMAND: Final = b'{"pauses": "settle"}'


class UnknownTargetError(KeyError):
    """There is no such queue or timer to pause; `known`: those that there are."""

    def __init__(self, known: Sequence[str]) -> None:
        super().__init__("there is no such queue or timer")
        self.known = tuple(known)


class BadPauseError(ValueError):
    """The end is over already, or too far away."""


@dataclass(frozen=True, slots=True)
class DueSlot:
    """What becomes of a slot that fell into a pause: it runs now, or is too late for that."""

    slot: datetime
    runs: bool


@dataclass(frozen=True, slots=True)
class Resumed:
    """What was resumed: the pause that held, None for none; `due`: of a timer, the slot that waited."""

    pause: Pause | None
    due: DueSlot | None = None


class PauseKeeper:
    """Pauses, resumes, settles; `queues` are those that may be paused, `timers` those with slots."""

    def __init__(
        self, *, store: Store, messages: Queues, clock: Clock, book: PauseBook, queues: Sequence[str],
        timers: Mapping[str, LedgeredTimer], commands: Commands, ledger: Ledger,
    ) -> None:  # fmt: skip
        self._store = store
        self._messages = messages
        self._clock = clock
        self.book = book
        self.names: Mapping[What, tuple[str, ...]] = {"queue": tuple(queues), "timer": tuple(timers)}
        self._timers = timers
        self._commands = commands
        self._ledger = ledger

    async def pause(self, what: What, name: str, *, until: datetime, actor: str, reason: str) -> Pause:
        """Pause until a time; what is paused already goes on under these terms.

        Raises `UnknownTargetError` and `BadPauseError`.
        """
        self._check(what, name)
        now = self._clock.now()
        if not now < until <= now + LONGEST:
            raise BadPauseError(f"an instant within the next {LONGEST.days} days")
        pause = Pause(what, name, now, until, actor, reason)
        before = await self.book.paused(what, name)
        await self._audit(f"{what}.paused", pause, before, actor=actor, reason=reason, after=pause.shown())
        await self.book.change(lambda known: known.with_one(pause))
        log_event(logger, f"a {what} was paused by on-call", level=logging.WARNING, name=name, until=to_iso(until))
        await self._send_for(until - now + timedelta(seconds=1))
        return pause

    async def resume(self, what: What, name: str, *, actor: str, reason: str) -> Resumed:
        """End a pause now; what was not paused stays so. Raises `UnknownTargetError`."""
        self._check(what, name)
        now = self._clock.now()
        before = await self.book.paused(what, name)
        if before is not None:
            await self._audit(f"{what}.resumed", before, before, actor=actor, reason=reason, after={})
            await self.book.change(lambda known: known.without(what, name, now))
            log_event(logger, f"a {what} was resumed by on-call", level=logging.WARNING, name=name)
        await self._send_for(timedelta(0))
        await self._send_for(timedelta(seconds=STALE_SECONDS))
        return Resumed(before, self._due(before, now) if before else None)

    def _check(self, what: What, name: str) -> None:
        if name not in self.names[what]:
            raise UnknownTargetError(self.names[what])

    def _due(self, pause: Pause, now: datetime) -> DueSlot | None:
        """Return the last slot that the timer's pause has kept waiting."""
        timer = self._timers.get(pause.name)
        if timer is None:
            return None
        slot = timer.schedule.slot_at(now)
        return DueSlot(slot, now - slot <= timer.grace) if slot >= pause.since - EARLY else None

    async def _audit(
        self, action: str, pause: Pause, before: Pause | None, *, actor: str, reason: str, after: Document
    ) -> None:  # fmt: skip
        audit = audit_document(
            f"pause.{pause.what}.{pause.name}.{self._clock.new_id()}", action, at=to_iso(self._clock.now()), actor=actor,
            reason=reason, what={pause.what: pause.name}, before=before.shown() if before else {}, after=after,
        )  # fmt: skip
        await self._store.create(OPERATIONS.key, audit)

    async def _send_for(self, delay: timedelta) -> None:
        """Have the pauses settled then; where the command cannot be sent the sweep does it, some minutes later."""
        try:
            await self._messages.send(self._commands.queue, COMMAND, delay_seconds=max(0.0, delay.total_seconds()))
        except RetryableError as error:
            log_event(
                logger, "the end of a pause cannot be sent for: the sweep finds it", level=logging.WARNING,
                reason=error.reason.value,
            )  # fmt: skip

    async def handle(self, body: bytes) -> bool:
        """Do the work of one command; False: it is none of ours."""
        try:
            if json.loads(body).get("pauses") != "settle":
                return False
        except (ValueError, AttributeError, RecursionError):
            return False
        try:
            more = await self.settle()
        except RetryableError:
            await self._send_for(timedelta(seconds=AGAIN_SECONDS))
            return True
        if more:
            await self._send_for(timedelta(0))
        return True

    async def held(self, body: bytes) -> bool:
        """Put a command aside while their queue is paused. False: it is not, and nothing was done."""
        return await hold(self._messages, self.book, self._commands.queue, body, self._clock.now()) is not None

    async def settle(self) -> bool:
        """Give back what is held where nothing is paused, and see to the pauses that have ended. True: there is more to give
        back than one call does. Raises `RetryableError` when any of it could not be done, after all the rest was.
        """
        pauses, now = await self.book.read(), self._clock.now()
        more, failed, done = False, None, []
        for name in self.names["queue"]:
            if pauses.of("queue", name, now) is None:
                try:
                    more = await self._release(name) or more
                except RetryableError as error:
                    failed = error
        for one in [one for one in pauses.all if not one.settled and not one.active(now)]:
            try:
                await self._settle(one, pauses, now)
            except RetryableError as error:
                failed = error
            else:  # not before every slot of its last minute is due
                done += [one] if now >= one.end + SETTLED_AFTER else []
        if done:
            await self.book.change(lambda known: known.settled(done))
        if failed is not None:
            raise failed
        return more

    async def sweep(self) -> None:
        """Settle, of a timer: what an outage keeps from being done is done by the next one."""
        try:
            await self.settle()
        except RetryableError as error:
            log_event(
                logger, "the pauses cannot be seen to, the next sweep tries again", level=logging.WARNING,
                reason=error.reason.value,
            )  # fmt: skip

    async def _release(self, name: str) -> bool:
        moved = 0
        for _ in range(MAX_PAGES):
            messages = await self._messages.receive(name + HELD, limit=PAGE, visibility_seconds=HIDDEN_SECONDS)
            if not messages:
                break
            for at in range(0, len(messages), AT_ONCE):
                await asyncio.gather(*(self._move(name, one) for one in messages[at : at + AT_ONCE]))
            moved += len(messages)
        if moved:
            log_event(logger, "held messages are back in their queue", queue=name, messages=moved)
        return moved >= MAX_PAGES * PAGE

    async def _move(self, name: str, message: Message) -> None:
        """Send first, then delete: a crash between doubles the message, which is harmless."""
        await self._messages.send_raw(name, message.content)
        await self._messages.delete(name + HELD, message)

    async def _settle(self, pause: Pause, pauses: Pauses, now: datetime) -> None:
        timer = self._timers.get(pause.name) if pause.what == "timer" else None
        if timer is not None and pauses.of("timer", pause.name, now) is None:
            due = self._due(pause, now)
            for slot in timer.schedule.slots_between(pause.since - EARLY, min(now, pause.end + EARLY)):
                if due is not None and due.runs and due.slot == slot:
                    await self._commands.fire(timer.name, timer.schedule, grace=timer.grace)
                else:
                    await self._ledger.skip(timer.name, slot, f"by {pause.by} until {to_iso(pause.end)}")
        if pause.ended_at is None:
            await self._tell_expired(pause)

    async def _tell_expired(self, pause: Pause) -> None:
        audit = audit_document(
            f"pause.{pause.what}.{pause.name}.{to_iso(pause.since)}", f"{pause.what}.resumed", at=to_iso(pause.end),
            actor="the pause itself", reason="its time was over", what={pause.what: pause.name}, before=pause.shown(),
            after={},
        )  # fmt: skip
        with contextlib.suppress(AlreadyExists):
            await self._store.create(OPERATIONS.key, audit)
            log_event(
                logger, f"the pause of a {pause.what} is over", level=logging.WARNING, name=pause.name, until=to_iso(pause.end)
            )  # fmt: skip
