"""Bodies that no queue message can hold are kept in the store, and the message says where: the claim check pattern.

What arrives may be larger than what we can send: a foreign producer's plain text has 64 KiB, our base64 48 KiB of them. So a
body that has outgrown the limit, by what was added to it or by how it came, is never refused half-way.

Reads and writes: `MessageBodies`, by the hash of the body; each sending renews its life. A message waits for seven days at
most and is sent again then, so that its body outlives it.
"""

import base64
import contextlib
import hashlib
import json
import re
from typing import Final

from shared.clock import Clock, to_iso
from shared.errors import PermanentError, Reason, RetryableError
from shared.queues.base import MAX_BODY_BYTES, Message, Queues
from shared.store.base import Store
from shared.store.containers import MESSAGE_BODIES

MAX_WHOLE_BYTES: Final = 1_000_000  # of a body in the store, whose documents end at 2 MB
_REFERENCE: Final = re.compile(rb'\{"claimCheck":"(?P<digest>[0-9a-f]{64})"\}')


def reference_of(digest: str) -> bytes:
    """Return the message that stands for the body with this SHA-256, in hex."""
    return json.dumps({"claimCheck": digest}, separators=(",", ":")).encode()


def digest_of(body: bytes) -> str:
    """Return the SHA-256 of a body, or of the one that it stands for."""
    found = _REFERENCE.fullmatch(body)
    return found["digest"].decode() if found else hashlib.sha256(body).hexdigest()


def is_reference(body: bytes) -> bool:
    """True for a message whose body is in the store."""
    return _REFERENCE.fullmatch(body) is not None


class ClaimChecks:
    """A `Queues` over another one, for bodies of any size up to `MAX_WHOLE_BYTES`."""

    def __init__(self, queues: Queues, *, store: Store, clock: Clock) -> None:
        self._queues = queues
        self._store = store
        self._clock = clock

    async def send(self, queue: str, body: bytes, *, delay_seconds: float = 0) -> None:
        """Send; see the port. Raises the store's errors too where the body has to be kept."""
        if len(body) > MAX_BODY_BYTES:
            body = await self._keep(body)
        elif is_reference(body):
            await self._renew(digest_of(body))
        await self._queues.send(queue, body, delay_seconds=delay_seconds)

    async def whole(self, body: bytes) -> bytes:
        """Return the body that a message stands for; see the port."""
        if not is_reference(body):
            return body
        digest = digest_of(body)
        item = await self._store.find(MESSAGE_BODIES.key, digest, digest)
        if item is None:
            raise PermanentError("the message's body is in the store no longer", reason=Reason.PAYLOAD_UNDECODABLE)
        return base64.b64decode(item.body["body"])

    async def _keep(self, body: bytes) -> bytes:
        if len(body) > MAX_WHOLE_BYTES:
            raise PermanentError(
                f"the message has {len(body)} bytes, at most {MAX_WHOLE_BYTES} can be kept", reason=Reason.PAYLOAD_TOO_LARGE
            )
        digest = digest_of(body)
        document = {"id": digest, "body": base64.b64encode(body).decode(), "bytes": len(body)}
        await self._store.upsert(MESSAGE_BODIES.key, {**document, "at": to_iso(self._clock.now())})
        return reference_of(digest)

    async def _renew(self, digest: str) -> None:
        """Renew the life of a body; with the store down it lives for weeks all the same."""
        with contextlib.suppress(RetryableError):
            item = await self._store.find(MESSAGE_BODIES.key, digest, digest)
            if item is not None:
                await self._store.upsert(MESSAGE_BODIES.key, {**item.body, "at": to_iso(self._clock.now())})

    async def send_raw(self, queue: str, content: str, *, delay_seconds: float = 0) -> None:
        """See the port."""
        await self._queues.send_raw(queue, content, delay_seconds=delay_seconds)

    async def receive(self, queue: str, *, limit: int = 32, visibility_seconds: float = 600) -> list[Message]:
        """See the port."""
        return await self._queues.receive(queue, limit=limit, visibility_seconds=visibility_seconds)

    async def delete(self, queue: str, message: Message) -> bool:
        """See the port."""
        return await self._queues.delete(queue, message)

    async def peek(self, queue: str, *, limit: int = 32) -> list[Message]:
        """See the port."""
        return await self._queues.peek(queue, limit=limit)

    async def depth(self, queue: str) -> int:
        """See the port."""
        return await self._queues.depth(queue)

    async def exists(self, queue: str) -> bool:
        """See the port."""
        return await self._queues.exists(queue)

    async def ensure(self, queue: str) -> bool:
        """See the port."""
        return await self._queues.ensure(queue)

    async def close(self) -> None:
        """See the port."""
        await self._queues.close()
