"""The queue listener, by the rules of the real host.

Receive a batch, run it all at once, receive again when few enough are in flight. A message in work is locked for ten
minutes, renewed at half-time. Success deletes it; failure shows it again after `visibilityTimeout`; after
`maxDequeueCount` tries its body is copied to `<queue>-poison`. A body that is not base64 goes there without an invocation.
A queue whose name ends in `-poison` has no poison queue: a failed message waits for the end of its lock.
"""

import asyncio
import contextlib
import json
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any, Final

from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError
from azure.functions.queue import QueueMessage
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from devhost.loading import HostOptions, QueueTrigger
from shared.queues.base import Message

logger = logging.getLogger("devhost.queues")
POISON: Final = "-poison"
MIN_POLL_SECONDS: Final = 0.1


class QueueListener:
    """One queue function's loop on this instance."""

    def __init__(
        self,
        trigger: QueueTrigger,
        *,
        service: QueueServiceClient,
        options: HostOptions,
        invoke: Callable[[QueueTrigger, QueueMessage], Awaitable[bool]],
        notify: Callable[[str], None],
        lock_seconds: float = 600.0,
    ) -> None:
        self.trigger = trigger
        self._service = service
        self._client = service.get_queue_client(trigger.queue)
        self._options = options
        self._invoke = invoke
        self._notify = notify
        self._lock_seconds = lock_seconds
        self._wake = asyncio.Event()
        self.in_flight: set[asyncio.Task[None]] = set()
        self.stopping = False

    async def prepare(self) -> None:
        """Create the queue: the real host waits for it silently, a development host may help."""
        with contextlib.suppress(ResourceExistsError):
            await self._client.create_queue()

    def wake(self) -> None:
        """Look at once: something was sent to this queue by this host."""
        self._wake.set()

    async def run(self) -> None:
        """Listen until cancelled."""
        empty = 0
        while not self.stopping:
            try:
                found = await self._receive()
            except AzureError as error:
                logger.warning("%s: cannot receive (%s)", self.trigger.queue, type(error).__name__)
                found = 0
            empty = 0 if found else empty + 1
            if found == 0:
                await self._rest(empty)
            while len(self.in_flight) > self._options.new_batch_threshold:
                await asyncio.wait(self.in_flight, return_when=asyncio.FIRST_COMPLETED)

    async def drain(self, seconds: float) -> None:
        """Wait for the messages in work."""
        if self.in_flight:
            await asyncio.wait(self.in_flight, timeout=seconds)

    async def _rest(self, empty: int) -> None:
        """Back off: 100 ms, then doubling with a fifth of jitter up to the longest interval."""
        seconds = min(self._options.max_polling_seconds, MIN_POLL_SECONDS * (1 + 2.0 ** min(empty - 1, 20)))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds * random.uniform(0.8, 1.2))  # noqa: S311  (jitter)
        self._wake.clear()

    async def _receive(self) -> int:
        count = 0
        pages = self._client.receive_messages(
            messages_per_page=self._options.batch_size, max_messages=self._options.batch_size,
            visibility_timeout=round(self._lock_seconds),
        )  # fmt: skip
        async for raw in pages:
            count += 1
            task = asyncio.create_task(self._handle(raw))
            self.in_flight.add(task)
            task.add_done_callback(self.in_flight.discard)
        return count

    async def _handle(self, raw: Any) -> None:  # noqa: ANN401  (the SDK's untyped record)
        message = Message(raw.id, raw.pop_receipt, raw.content, raw.dequeue_count, raw.inserted_on)
        poisonous = self.trigger.queue.endswith(POISON)
        body = message.body if self._options.base64 else message.content.encode()
        if body is None:
            if not poisonous:
                logger.error("%s: decoding has failed, moved to poison without an invocation", self.trigger.queue)
                await self._to_poison(message)
            return
        if message.dequeue_count > self._options.max_dequeue_count and not poisonous:
            await self._to_poison(message)
            return
        receipt = [message.receipt]
        renewal = asyncio.create_task(self._renew(message, receipt))
        try:
            succeeded = await self._invoke(self.trigger, self._build(raw, body))
        finally:
            renewal.cancel()
        await self._complete(message, receipt[0], succeeded=succeeded, poisonous=poisonous)

    async def _complete(self, message: Message, receipt: str, *, succeeded: bool, poisonous: bool) -> None:
        try:
            if succeeded:
                await self._client.delete_message(message.message_id, receipt)
            elif poisonous:
                return
            elif message.dequeue_count >= self._options.max_dequeue_count:
                await self._to_poison(message, receipt)
            else:
                await self._client.update_message(
                    message.message_id, receipt, visibility_timeout=round(self._options.visibility_seconds)
                )
        except HttpResponseError as error:  # a stale receipt: somebody else has the message, which is no error here
            logger.debug("%s: completing failed (%s)", self.trigger.queue, error.status_code)
        except AzureError as error:
            logger.warning("%s: completing failed (%s)", self.trigger.queue, type(error).__name__)

    async def _renew(self, message: Message, receipt: list[str]) -> None:
        while True:
            await asyncio.sleep(self._lock_seconds / 2)
            try:
                renewed = await self._client.update_message(
                    message.message_id, receipt[0], visibility_timeout=round(self._lock_seconds)
                )
            except AzureError:
                return
            receipt[0] = renewed.pop_receipt or receipt[0]

    async def _to_poison(self, message: Message, receipt: str | None = None) -> None:
        """Copy, then delete: two steps, as the host does it; a crash between doubles the message."""
        name = f"{self.trigger.queue}{POISON}"
        target: QueueClient = self._service.get_queue_client(name)
        with contextlib.suppress(ResourceExistsError):
            await target.create_queue()
        await target.send_message(message.content)
        self._notify(name)
        await self._client.delete_message(message.message_id, receipt or message.receipt)

    def _build(self, raw: Any, body: bytes) -> QueueMessage:  # noqa: ANN401  (as above)
        """Build the message as the worker would, whose metadata a JSON body may override by its own properties."""
        metadata = {
            "id": raw.id, "dequeuecount": raw.dequeue_count, "insertiontime": raw.inserted_on,
            "expirationtime": raw.expires_on, "nextvisibletime": raw.next_visible_on, "popreceipt": raw.pop_receipt,
        }  # fmt: skip
        with contextlib.suppress(ValueError, RecursionError):
            fields = json.loads(body)
            if isinstance(fields, dict):
                metadata.update({key.lower(): value for key, value in fields.items() if key.lower() in metadata})
        return QueueMessage(  # type: ignore[no-untyped-call]  # the library leaves it untyped
            id=metadata["id"], body=body if self.trigger.binary else body.decode("utf-8", "replace"),
            dequeue_count=metadata["dequeuecount"], insertion_time=metadata["insertiontime"],
            expiration_time=metadata["expirationtime"], time_next_visible=metadata["nextvisibletime"],
            pop_receipt=metadata["popreceipt"],
        )  # fmt: skip
