"""Runs that a queue message starts: by hand, or in stages. They outlive the request, the invocation and the instance.

Trigger: `POST /api/ops/run/{timer}`, or a timer whose work goes in stages, write the run into the ledger and send a command;
queue `RUN_COMMANDS_QUEUE_NAME` starts it. A run happens once, however often its message comes; one whose message was lost
gets another from `rescue`. Fails: the ledger has it; the message is acknowledged.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from agents.pauses.book import NEVER, Pausing
from agents.runs.ledger import Ledger, RunFailedError, Work
from agents.runs.schedule import Schedule
from agents.runs.stages import OUTAGE, Next, StagedWork, Stages
from shared import observe
from shared.clock import Clock, to_iso
from shared.errors import ProcessorError, RetryableError
from shared.observe.log import log_event
from shared.queues.base import Queues

logger = logging.getLogger(__name__)
MAX_ACTOR: Final = 100
MAX_CAME: Final = 100
Parameters = Mapping[str, str]


class UnknownTimerError(KeyError):
    """There is no timer of this name."""


class ParameterError(ValueError):
    """A run by hand was asked for what cannot be: the parameter, what came, what was expected. `known`: where it is one of a
    list, those that there are; None: of no list.
    """

    def __init__(self, field: str, came: str, expected: str, known: Sequence[str] | None = None) -> None:
        super().__init__(f"{field}: got {came[:MAX_CAME]!r}, expected {expected}")
        self.field, self.came, self.expected, self.known = field, came, expected, known


def no_such_parameter(name: str, value: str) -> ParameterError:
    """Return the error for a parameter that a timer does not take."""
    return ParameterError(name, value, "nothing: this timer takes no such parameter")


async def no_parameters(parameters: Parameters) -> Parameters:
    """Refuse all: a timer whose work takes none. Raises `ParameterError`, which names the first one."""
    for name, value in parameters.items():
        raise no_such_parameter(name, value)
    return parameters


@dataclass(frozen=True, slots=True)
class TimerWork:
    """What a timer does: in one go, by `run`, or in stages.

    `check` returns a manual run's parameters as they are stored, or raises `ParameterError`: also where one is the name of
    something that is not there; what cannot be looked up now is an outage.
    """

    run: Callable[[Parameters], Work] | None = None
    stages: StagedWork | None = None
    check: Callable[[Parameters], Awaitable[Parameters]] = no_parameters


class Commands:
    """Requests, starts and continues runs. `works`: what each timer does, by its name."""

    def __init__(
        self, *, ledger: Ledger, stages: Stages, queues: Queues, queue: str, works: Mapping[str, TimerWork], clock: Clock,
        pauses: Pausing = NEVER,
    ) -> None:  # fmt: skip
        self._ledger = ledger
        self._stages = stages
        self._queues = queues
        self.queue = queue
        self._works = works
        self._clock = clock
        self._pauses = pauses

    async def request(self, timer: str, actor: str, parameters: Parameters) -> str:
        """Return the id of a run that will start soon.

        Raises `UnknownTimerError`, `ParameterError` for parameters that the timer does not take, `RetryableError` in an outage.
        """
        work = self._works.get(timer)
        if work is None:
            raise UnknownTimerError(timer)
        checked = await work.check(parameters)
        run_id = await self._ledger.request(timer, actor[:MAX_ACTOR], checked, staged=work.stages is not None)
        await self._send(timer, run_id)
        return run_id

    async def fire(self, timer: str, schedule: Schedule, *, grace: timedelta) -> None:
        """Take the slot that is due, where it has no run and it is not too late, and run it: here, or in stages.

        Raises `RunFailedError`, and `RetryableError` when the ledger cannot be written.
        """
        pause = (await self._pauses.known()).pauses.of("timer", timer, self._clock.now())
        if pause is not None:  # what becomes of the slot is decided when the pause ends
            run = f"{timer}.{to_iso(schedule.slot_at(self._clock.now()))}"
            log_event(logger, "a timer is paused, its slot waits", run=run, until=to_iso(pause.until))
            return
        work = self._works[timer]
        if work.run is not None:
            await self._ledger.run_slot(timer, schedule, work.run({}), grace=grace)
        else:
            await self.start_slot(timer, schedule, grace=grace)

    async def start_slot(self, timer: str, schedule: Schedule, *, grace: timedelta) -> str | None:
        """Take the slot that is due and have it run in stages. None: it has its run already, or it is too late."""
        run_id = await self._ledger.open_slot(timer, schedule, grace=grace, started=False)
        if run_id is not None:
            await self._send(timer, run_id)
        return run_id

    async def rescue(self) -> list[str]:
        """Send for runs that nobody works on: their process died, or their message was never sent. Returns their ids; none
        while the queue is paused, where their messages may wait.
        """
        if (await self._pauses.known()).pauses.of("queue", self.queue, self._clock.now()):
            return []
        staged = {timer: work for timer, work in self._works.items() if work.stages is not None}
        waiting = await self._stages.waiting(staged)
        failed: ProcessorError | None = None
        for timer, run_id in waiting:
            log_event(logger, "a run goes on that nobody worked on", level=logging.WARNING, run=run_id)
            try:
                await self._send(timer, run_id)
            except ProcessorError as error:
                failed = error
        if failed is not None:
            raise failed
        return [run_id for _, run_id in waiting]

    async def handle(self, body: bytes) -> None:
        """Start or continue the run of one command. Raises `RetryableError` when not even the queue can be reached."""
        try:
            command = json.loads(body)
            timer, run_id, tries = str(command["timer"]), str(command["runId"]), int(command.get("tries", 0))
            work = self._works[timer]
        except (ValueError, KeyError, TypeError, RecursionError):
            log_event(logger, "a command cannot be read, it is left out", level=logging.ERROR, bytes=len(body))
            return
        try:
            follow = await self._work_on(timer, run_id, work, tries)
        except RunFailedError as error:
            log_event(logger, "a run has failed", level=logging.ERROR, run=run_id, cause=str(error))
            return
        except RetryableError as error:  # the ledger is down
            pause = OUTAGE.delay(tries + 1)
            await self._send(timer, run_id, tries=tries + 1, delay_seconds=max(pause, error.retry_after_seconds or 0.0))
            return
        if follow.seconds is not None:
            await self._send(timer, run_id, tries=tries + 1 if follow.seconds else 0, delay_seconds=follow.seconds)

    async def _work_on(self, timer: str, run_id: str, work: TimerWork, tries: int) -> Next:
        if work.stages is not None:
            return await self._stages.advance(timer, run_id, work.stages, tries=tries)
        if work.run is not None:
            row = await self._ledger.find(timer, run_id)
            await self._ledger.run_requested(timer, run_id, work.run((row or {}).get("parameters") or {}))
        return Next(None)

    async def _send(self, timer: str, run_id: str, *, tries: int = 0, delay_seconds: float = 0.0) -> None:
        command: dict[str, Any] = {"timer": timer, "runId": run_id}
        if tries:
            command["tries"] = tries
        await self._queues.send(self.queue, json.dumps(observe.traced(command)).encode(), delay_seconds=delay_seconds)
