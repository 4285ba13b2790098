"""Plays the scenarios of queues on devhost's listener: time is the loop's own, the queue service a double at the wire."""

import asyncio
import base64
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

from azure.functions.queue import QueueMessage

from devhost.loading import QueueTrigger, load_options
from devhost.queues import POISON, QueueListener
from shared.clock import Clock
from shared.queues.azure import open_service
from tests.fakes.queue_service import Asked, QueueServiceDouble
from tests.unit.devhost.table import QueueScenario, QueueStep, in_turn

STOP_SECONDS: Final = 10.0


@dataclass
class Seen:
    """An event as it came; `fields` as the table names them."""

    at: float
    event: str
    queue: str
    fields: dict[str, object]

    @property
    def series(self) -> tuple[str, ...]:
        """Where its place in the order counts: among the events of its message, or the looks of its queue."""
        return (self.queue, str(self.fields["message"])) if "message" in self.fields else (self.queue, self.event)


@dataclass
class QueuePlayer:
    """One scenario on one host. `spread` answers for chance: the lowest, middle or highest of a range."""

    scenario: QueueScenario
    folder: Path
    spread: Callable[[float, float], float]
    service: QueueServiceDouble = field(default_factory=QueueServiceDouble)
    invoked: list[Seen] = field(default_factory=list)

    async def play(self) -> None:
        """Play to the end; what was seen is in `trace`, `pauses` and the service's queues then."""
        self._ids: dict[str, str] = {}
        self._turns: Counter[tuple[str, str]] = Counter()
        self._listeners: list[QueueListener] = []
        self._stopping: list[asyncio.Task[None]] = []
        (self.folder / "host.json").write_text(json.dumps({"extensions": {"queues": self.scenario.host}}))
        async with self.service:
            _, self._client = open_service(self.service.connection_string)
            for queue in (*self.scenario.functions, *(step.queue for step in self.scenario.steps if step.do == "send")):
                if queue not in self.scenario.without:
                    self.service.make(queue)
            self._zero = self.service.now()
            for step in self.scenario.steps:
                await self._until(step.at)
                await self._do(step)
            await self._until(self.scenario.until)
            await asyncio.gather(*self._stopping)
            await self._kill()
            await self._client.close()

    @property
    def trace(self) -> list[Seen]:
        """What the wire saw and the functions, in its order."""
        answered = [seen for one in self.service.asked if one.status < 300 and (seen := self._event(one)) is not None]
        return sorted([*answered, *self.invoked], key=lambda seen: seen.at)

    def pauses(self, queue: str) -> list[float]:
        """Seconds between the looks at a queue."""
        looks = [one.at for one in self.service.asked if one.what == "receive" and one.queue == queue]
        return [later - earlier for earlier, later in pairwise(looks)]

    def name(self, message_id: str) -> str:
        return self._ids[message_id]

    def time(self, at: float) -> float:
        """Seconds of the scenario."""
        return at - self._zero

    async def _until(self, at: float) -> None:
        await asyncio.sleep(max(0.0, self._zero + at - self.service.now()))

    async def _do(self, step: QueueStep) -> None:
        match step.do:
            case "start":
                self._start()
            case "stop":
                stopped, self._listeners = self._listeners, []
                self._stopping += [asyncio.create_task(one.stop(STOP_SECONDS)) for one in stopped]
            case "kill":
                await self._kill()
            case "send":
                self._ids[self.service.put(step.queue, self._text(step.message)).message_id] = step.message
            case "delete":
                self.service.take_away(next(known for known, name in self._ids.items() if name == step.message))
            case "createQueue":
                self.service.make(step.queue)
            case "deleteQueue":
                self.service.drop(step.queue)

    def _start(self) -> None:
        async def never() -> None:
            raise AssertionError

        for queue in self.scenario.functions:
            listener = QueueListener(
                QueueTrigger(queue, never, "message", queue, "StorageQueue", binary=True),
                service=self._client, options=load_options(self.folder), invoke=self._invoke, notify=self._notify,
                clock=Clock(uniform=self.spread),
            )  # fmt: skip
            self._listeners.append(listener)
            listener.start()

    async def _kill(self) -> None:
        killed, self._listeners = self._listeners, []
        for listener in killed:
            await listener.kill()

    def _notify(self, queue: str) -> None:
        for listener in self._listeners:
            if listener.trigger.queue == queue:
                listener.wake()

    async def _invoke(self, trigger: QueueTrigger, message: QueueMessage) -> bool:
        held = next(one for one in self.service.messages(trigger.queue) if one.message_id == message.id)
        name = self._name_of(held.text)
        fields = {"message": name, "dequeueCount": message.dequeue_count, "body": message.get_body().decode()}
        self.invoked.append(Seen(self.time(self.service.now()), "invoke", trigger.queue, fields))
        run = in_turn(self.scenario.functions[trigger.queue].get(name, ()), self._turns[trigger.queue, name])
        self._turns[trigger.queue, name] += 1
        await asyncio.sleep(run.seconds)
        if run.outcome == "postpone":
            held.receipt, held.visible_at = "by the function itself", self.service.now() + run.visibility
        return run.outcome != "fail"

    def _text(self, name: str) -> str:
        return self.scenario.texts.get(name) or base64.b64encode(name.encode()).decode()

    def _name_of(self, text: str) -> str:
        names = {*self.scenario.texts, *(step.message for step in self.scenario.steps if step.message)}
        return next(name for name in names if self._text(name) == text)

    def _event(self, asked: Asked) -> Seen | None:
        at = self.time(asked.at)
        match asked.what:
            case "receive" if asked.messages:
                names = [self.name(one) for one in asked.messages]
                return Seen(at, "receive", asked.queue, {"messages": names, "limit": asked.limit, "lock": asked.seconds})
            case "update":
                fields: dict[str, object] = {"message": self.name(asked.messages[0]), "visibility": asked.seconds}
                return Seen(at, "update", asked.queue, fields)
            case "delete":
                return Seen(at, "delete", asked.queue, {"message": self.name(asked.messages[0])})
            case "send":
                copied = self._name_of(asked.text or "")
                self._ids[asked.messages[0]] = copied
                return Seen(at, "copy", asked.queue.removesuffix(POISON), {"message": copied, "to": asked.queue})
            case "create":
                return Seen(at, "create", asked.queue, {})
        return None
