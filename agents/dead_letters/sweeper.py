"""The sweeper: takes in what a dead-letter trigger might never see. Persisting is idempotent, so it may come at any time.

Trigger: a timer every five minutes. Some hosts skip a poison message after five tries; and what the host itself cannot deliver
it moves to `<queue>-poison`, whatever our settings call the dead-letter queue, and for the commands of the runs there is no
trigger at all. Reads: those queues, with a client that decodes nothing. Writes: as `persister`.
Fails: each message's failure is its own, logged and counted; it is visible again when two minutes are over.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from agents.dead_letters.persister import Persisted
from shared.errors import ProcessorError, QueueUnavailable
from shared.observe.log import log_event, scrub
from shared.queues.base import Message, Queues, unwrap

logger = logging.getLogger(__name__)
HIDDEN_SECONDS: Final = 120.0
PAGE: Final = 32
LIMIT: Final = 320  # messages of one queue and sweep

Persist = Callable[[bytes], Awaitable[Persisted | None]]


class Sweeper:
    """Sweeps the queues of `letters`: by queue, what persists a body of it."""

    def __init__(self, *, queues: Queues, letters: Mapping[str, Persist]) -> None:
        self._queues = queues
        self._letters = letters

    async def sweep(self) -> list[Persisted]:
        """Take in what is visible. Raises `QueueUnavailable` when no queue at all could be read."""
        swept: list[Persisted] = []
        unread: list[QueueUnavailable] = []
        for queue, persist in self._letters.items():
            try:
                swept += await self._sweep(queue, persist)
            except QueueUnavailable as error:
                unread.append(error)
                log_event(logger, "a queue cannot be swept", level=logging.ERROR, queue=queue, cause=scrub(str(error)))
        if len(unread) == len(self._letters) and unread:
            raise unread[0]
        return swept

    async def _sweep(self, queue: str, persist: Persist) -> list[Persisted]:
        swept: list[Persisted] = []
        for _ in range(0, LIMIT, PAGE):
            messages = await self._queues.receive(queue, limit=PAGE, visibility_seconds=HIDDEN_SECONDS)
            for message in messages:
                done = await self._take_in(queue, persist, message)
                if done is not None:
                    swept.append(done)
            if len(messages) < PAGE:
                break
        return swept

    async def _take_in(self, queue: str, persist: Persist, message: Message) -> Persisted | None:
        """Persist one message, which is acknowledged only after its record is stored or its copy was sent."""
        try:
            done = await persist(unwrap(message.content.encode("utf-8", "surrogatepass")))
            await self._queues.delete(queue, message)
        except ProcessorError as error:  # the others must not wait for this one
            log_event(
                logger, "a dead letter could not be taken in, the next sweep tries again", level=logging.ERROR, queue=queue,
                message=message.message_id, reason=error.reason.value, cause=scrub(str(error)),
            )  # fmt: skip
            return None
        return done
