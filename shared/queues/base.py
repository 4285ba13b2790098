"""The queue port; the adapter over azure-storage-queue stands in `shared.queues.azure`.

Bodies are exact bytes before the queue's own base64. Reading never decodes on its own: `Message.content` is the text on
the wire, `Message.body` the decoded bytes, or None where it is not base64.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

MAX_BODY_BYTES = 49_152  # 64 KiB on the wire is 48 KiB before base64
MAX_DELAY_SECONDS = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Message:
    """A received or peeked message; `receipt` is empty for a peeked one."""

    message_id: str
    receipt: str
    content: str
    dequeue_count: int
    inserted_at: datetime

    @property
    def body(self) -> bytes | None:
        """The decoded body; None when the content is not base64."""
        try:
            return base64.b64decode(self.content, validate=True)
        except (binascii.Error, ValueError):
            return None


def unwrap(content: bytes) -> bytes:
    """Return a trigger's body without the queue's base64; content that is not base64 is the body itself.

    The host is told `messageEncoding: none`: it would move what is not base64 to the poison queue without an invocation,
    and hide it there from every function.
    """
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return content


class Queues(Protocol):
    """What a workflow may ask of the queues. Raises `QueueUnavailable` in an outage; a send may have happened all the same."""

    async def send(self, queue: str, body: bytes, *, delay_seconds: float = 0) -> None:
        """Send without expiry, visible after `delay_seconds` (rounded up to whole seconds, at most 7 days).

        Creates a missing queue. Raises `PermanentError(PAYLOAD_TOO_LARGE)` over `MAX_BODY_BYTES`.
        """

    async def whole(self, body: bytes) -> bytes:
        """Return the body that a received one stands for: itself, or what was kept elsewhere because it did not fit.

        Raises the store's errors, and `PermanentError(PAYLOAD_UNDECODABLE)` where it is gone.
        """

    async def send_raw(self, queue: str, content: str, *, delay_seconds: float = 0) -> None:
        """Send `content` as it is on the wire, without encoding: for what was never base64."""

    async def receive(self, queue: str, *, limit: int = 32, visibility_seconds: float = 600) -> list[Message]:
        """Take up to `limit` (1 to 32) messages and hide them; empty when none is visible or the queue does not exist."""

    async def delete(self, queue: str, message: Message) -> bool:
        """Acknowledge; False when the receipt is stale or the message is gone."""

    async def peek(self, queue: str, *, limit: int = 32) -> list[Message]:
        """Look at up to 32 visible messages without taking them."""

    async def depth(self, queue: str) -> int:
        """The approximate number of messages, hidden ones included; 0 when the queue does not exist."""

    async def exists(self, queue: str) -> bool:
        """Whether there is such a queue."""

    async def ensure(self, queue: str) -> bool:
        """Create the queue if it is missing; True when it was created."""

    async def close(self) -> None:
        """Release connections."""
