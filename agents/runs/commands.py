"""Manual runs: asked for by endpoint, started by a queue message, so that they outlive the request and the instance.

Trigger: `POST /api/ops/run/{timer}` writes the run into the ledger and sends a command; queue `RUN_COMMANDS_QUEUE_NAME`
starts it. A run happens once, however often its message comes. Fails: the ledger has it; the message is acknowledged.
"""

import json
import logging
from collections.abc import Mapping
from typing import Final

from agents.runs.ledger import Ledger, RunFailedError, Work
from shared.queues import Queues
from shared.telemetry import log_event

logger = logging.getLogger(__name__)
MAX_ACTOR: Final = 100


class UnknownTimerError(KeyError):
    """There is no timer of this name."""


class Commands:
    """Requests and starts runs. `works`: what each timer does, by its name."""

    def __init__(self, *, ledger: Ledger, queues: Queues, queue: str, works: Mapping[str, Work]) -> None:
        self._ledger = ledger
        self._queues = queues
        self._queue = queue
        self._works = works

    async def request(self, timer: str, actor: str) -> str:
        """Return the id of a run that will start soon. Raises `UnknownTimerError`, and `RetryableError` in an outage."""
        if timer not in self._works:
            raise UnknownTimerError(timer)
        run_id = await self._ledger.request(timer, actor[:MAX_ACTOR])
        await self._queues.send(self._queue, json.dumps({"timer": timer, "runId": run_id}).encode())
        return run_id

    async def handle(self, body: bytes) -> None:
        """Start the run of one command. Raises `RetryableError` when the ledger is down: the message comes again."""
        try:
            command = json.loads(body)
            timer, run_id = str(command["timer"]), str(command["runId"])
            work = self._works[timer]
        except (ValueError, KeyError, TypeError, RecursionError):
            log_event(logger, "a command cannot be read, it is left out", level=logging.ERROR, bytes=len(body))
            return
        try:
            await self._ledger.run_requested(timer, run_id, work)
        except RunFailedError as error:
            log_event(logger, "a manual run has failed", level=logging.ERROR, run=run_id, cause=str(error))
