"""The queues in memory, on the caller's time: visibility, receipts and dequeue counts as the service has them."""

import base64
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.errors import PermanentError, Reason
from shared.queues.base import MAX_BODY_BYTES, MAX_DELAY_SECONDS, Message


@dataclass(frozen=True)
class _Held:
    message: Message
    visible_at: datetime
    order: int


class MemoryQueues:
    """A `Queues` of one process."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._queues: dict[str, list[_Held]] = {}
        self._count = 0
        self.strict = False  # a queue that nobody has made does not exist; else all do

    async def send(self, queue: str, body: bytes, *, delay_seconds: float = 0) -> None:
        if len(body) > MAX_BODY_BYTES:
            raise PermanentError("the body is too large", reason=Reason.PAYLOAD_TOO_LARGE)
        await self.send_raw(queue, base64.b64encode(body).decode(), delay_seconds=delay_seconds)

    async def whole(self, body: bytes) -> bytes:
        return body

    async def send_raw(self, queue: str, content: str, *, delay_seconds: float = 0) -> None:
        self._count += 1
        seconds = min(math.ceil(max(delay_seconds, 0)), MAX_DELAY_SECONDS)
        message = Message(f"m-{self._count}", "", content, 0, self._now())
        held = _Held(message, self._now() + timedelta(seconds=seconds), self._count)
        self._queues.setdefault(queue, []).append(held)

    async def receive(self, queue: str, *, limit: int = 32, visibility_seconds: float = 600) -> list[Message]:
        taken = []
        for held in self._visible(queue)[:limit]:
            self._count += 1
            message = replace(held.message, receipt=f"r-{self._count}", dequeue_count=held.message.dequeue_count + 1)
            self._queues[queue].remove(held)
            hidden_until = self._now() + timedelta(seconds=visibility_seconds)
            self._queues[queue].append(_Held(message, hidden_until, held.order))
            taken.append(message)
        return taken

    async def delete(self, queue: str, message: Message) -> bool:
        for held in self._queues.get(queue, []):
            if held.message.message_id == message.message_id and held.message.receipt == message.receipt:
                self._queues[queue].remove(held)
                return True
        return False

    async def peek(self, queue: str, *, limit: int = 32) -> list[Message]:
        return [replace(held.message, receipt="") for held in self._visible(queue)[:limit]]

    async def depth(self, queue: str) -> int:
        return len(self._queues.get(queue, []))

    async def exists(self, queue: str) -> bool:
        return queue in self._queues or not self.strict

    async def ensure(self, queue: str) -> bool:
        missing = queue not in self._queues
        self._queues.setdefault(queue, [])
        return missing

    async def close(self) -> None:
        self._queues.clear()

    def take_over(self, others: "MemoryQueues") -> None:
        """Hold what the others hold, which keep it as well."""
        self._queues = {queue: list(held) for queue, held in others._queues.items()}
        self._count = others._count

    def next_visible(self, *queues: str) -> datetime | None:
        """Return when the next message of these comes to sight: in the past if one is there, None where all are empty."""
        return min((held.visible_at for queue in queues for held in self._queues.get(queue, [])), default=None)

    def _visible(self, queue: str) -> list[_Held]:
        now = self._now()
        ready = [held for held in self._queues.get(queue, []) if held.visible_at <= now]
        return sorted(ready, key=lambda held: (held.visible_at, held.order))
