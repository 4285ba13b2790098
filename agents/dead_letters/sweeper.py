"""The sweeper: takes in what a dead-letter trigger might never see. Persisting is idempotent, so it may come at any time.

Trigger: a timer every five minutes. Some hosts skip a poison message after five tries, and for what the host moves away from
the queue of the runs' commands there is no trigger at all. Reads: those queues, with a client that decodes nothing. Writes: as
`persister`.
Fails: each message's failure is its own, logged and counted; it is visible again when two minutes are over.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NoReturn

from agents.dead_letters.persister import Persisted
from agents.jobs.kinds import AnyKind, EndedJobs, JobKind
from shared.errors import PermanentError, ProcessorError, QueueUnavailable, Reason
from shared.observe.log import log_event, scrub
from shared.queues.base import Message, Queues, unwrap
from shared.queues.names import POISON

logger = logging.getLogger(__name__)
HIDDEN_SECONDS: Final = 120.0
PAGE: Final = 32
LIMIT: Final = 320  # messages of one queue and sweep

Persist = Callable[[bytes], Awaitable[Persisted | None]]


def command_letters(queue: str) -> AnyKind:
    """Return the kind of what the host moves away from the queue of the runs' commands. Its records are evidence and nothing to
    replay: the reconciler sends for a run again that nobody works on.
    """
    return JobKind(
        name="run-command", family="run_command", function="RunOnDemand", container="", queue=queue,
        dead_letter_queue=queue + POISON, parse=_no_job, fields=lambda _message, _at: {}, ended=EndedJobs("", ""),
    )  # fmt: skip


def _no_job(_body: bytes) -> NoReturn:
    raise PermanentError(
        "the host could not deliver a command: its run, where it still needs one, is sent for again",
        reason=Reason.HOST_CRASH_SUSPECTED,
    )


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
