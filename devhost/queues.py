"""The queue listener, by the rules of the real host; `devhost/scenarios.json` has them as data.

Receive a batch, run it all at once, receive again when few enough are in flight. A message in work is locked for ten
minutes, renewed at half-time. Success deletes it; failure shows it again after `visibilityTimeout`; after
`maxDequeueCount` tries its body is copied to `<queue>-poison`. A body that is not base64 goes there without an invocation.
A queue whose name ends in `-poison`, or has no room for that, has no poison queue: a failed message waits for the end of
its lock.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.functions.queue import QueueMessage
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from devhost.loading import HostOptions, QueueTrigger
from shared.clock import Clock
from shared.queues.base import Message

logger = logging.getLogger("devhost.queues")
POISON: Final = "-poison"
MAX_QUEUE_NAME: Final = 63
MIN_POLL_SECONDS: Final = 0.1
POLL_SPREAD: Final = (0.8, 1.2)


def poison_queue_of(queue: str) -> str | None:
    """Return the name of a queue's poison queue; None for a poison queue, and where the name would be too long."""
    name = f"{queue}{POISON}"
    return None if queue.endswith(POISON) or len(name) > MAX_QUEUE_NAME else name


class PollingDelay:
    """How long to wait after a look that found nothing: 100 ms, then doubling with a fifth of spread up to the longest."""

    def __init__(self, longest: float, uniform: Callable[[float, float], float]) -> None:
        self._longest = longest
        self._uniform = uniform
        self._empty = 0

    def found(self) -> None:
        """Begin anew."""
        self._empty = 0

    def next(self) -> float:
        """Return seconds; the longest itself has no spread."""
        grown = MIN_POLL_SECONDS * 2.0 ** min(self._empty - 1, 20) * self._uniform(*POLL_SPREAD) if self._empty else 0.0
        self._empty += 1
        return min(self._longest, MIN_POLL_SECONDS + grown)


class QueueListener:
    """One queue function's loop on this instance, from `start` to `stop` (or `kill`)."""

    def __init__(
        self,
        trigger: QueueTrigger,
        *,
        service: QueueServiceClient,
        options: HostOptions,
        invoke: Callable[[QueueTrigger, QueueMessage], Awaitable[bool]],
        notify: Callable[[str], None],
        lock_seconds: float = 600.0,
        clock: Clock | None = None,
    ) -> None:
        self.trigger = trigger
        self._service = service
        self._client = service.get_queue_client(trigger.queue)
        self._options = options
        self._invoke = invoke
        self._notify = notify
        self._lock_seconds = lock_seconds
        self._poison = poison_queue_of(trigger.queue)
        self._delay = PollingDelay(options.max_polling_seconds, (clock or Clock()).uniform)
        self._wake = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self.in_flight: set[asyncio.Task[None]] = set()

    async def prepare(self) -> None:
        """Create the queue: the real host waits for it silently, a development host may help."""
        with contextlib.suppress(ResourceExistsError):
            await self._client.create_queue()

    def wake(self) -> None:
        """Look at once: something was sent to this queue by this host."""
        self._wake.set()

    def start(self) -> None:
        """Begin to listen."""
        self._loop = asyncio.create_task(self._run())
        self._loop.add_done_callback(self._tell_end)

    async def stop(self, seconds: float) -> None:
        """Receive no more, and give what is in work so many seconds to end and be settled."""
        await self._receive_no_more()
        if self.in_flight:
            await asyncio.wait(self.in_flight, timeout=seconds)
        await self.kill()

    async def kill(self) -> None:
        """End at once, as a killed process does: nothing is settled, every lock stays."""
        await self._receive_no_more()
        for task in self.in_flight:
            task.cancel()
        await asyncio.gather(*self.in_flight, return_exceptions=True)

    def _tell_end(self, loop: asyncio.Task[None]) -> None:
        if not loop.cancelled():
            logger.critical("%s: listens no more", self.trigger.queue, exc_info=loop.exception())

    async def _receive_no_more(self) -> None:
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                found = await self._receive()
            except AzureError as error:
                logger.warning("%s: cannot receive (%s)", self.trigger.queue, type(error).__name__)
                found = 0
            if found:
                self._delay.found()
            else:
                await self._rest()
            while len(self.in_flight) > self._options.new_batch_threshold:
                await asyncio.wait(self.in_flight, return_when=asyncio.FIRST_COMPLETED)

    async def _rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), self._delay.next())
        self._wake.clear()

    async def _receive(self) -> int:
        """Return how many messages were found that a function may be given."""
        pages = self._client.receive_messages(
            messages_per_page=self._options.batch_size, visibility_timeout=round(self._lock_seconds)
        ).by_page()
        received: list[Any] = []
        async for page in pages:
            received = [raw async for raw in page]
            break  # one request a batch: the iterator would go on until the queue is empty
        readable = []
        for raw in received:
            message = Message(raw.id, raw.pop_receipt, raw.content, raw.dequeue_count, raw.inserted_on)
            body = message.body if self._options.base64 else message.content.encode()
            if body is None:
                await self._cannot_decode(message)
            else:
                readable.append((raw, message, body))
        for raw, message, body in readable:
            task = asyncio.create_task(self._handle(raw, message, body))
            self.in_flight.add(task)
            task.add_done_callback(self.in_flight.discard)
        return len(readable)

    async def _cannot_decode(self, message: Message) -> None:
        """Move it before anything of its batch runs; where there is no poison queue it is passed over, and stays locked."""
        if self._poison is not None:
            logger.error("%s: decoding has failed, moved to poison without an invocation", self.trigger.queue)
            await self._settle(message, message.receipt, succeeded=False, at_last=True)

    async def _handle(self, raw: Any, message: Message, body: bytes) -> None:  # noqa: ANN401  (the SDK's untyped record)
        if message.dequeue_count > self._options.max_dequeue_count and self._poison is not None:
            await self._settle(message, message.receipt, succeeded=False, at_last=True)
            return
        ended = asyncio.Event()
        renewal = asyncio.create_task(self._renew(message, ended))
        try:
            succeeded = await self._invoke(self.trigger, self._build(raw, body))
            ended.set()
            receipt = await renewal
        finally:
            renewal.cancel()
        at_last = message.dequeue_count >= self._options.max_dequeue_count
        await self._settle(message, receipt, succeeded=succeeded, at_last=at_last)

    async def _settle(self, message: Message, receipt: str, *, succeeded: bool, at_last: bool) -> None:
        try:
            if succeeded:
                await self._client.delete_message(message.message_id, receipt)
            elif self._poison is None:
                return
            elif at_last:
                await self._to_poison(message, self._poison, receipt)
            else:
                await self._client.update_message(
                    message.message_id, receipt, visibility_timeout=round(self._options.visibility_seconds)
                )
        except HttpResponseError as error:  # a stale receipt: somebody else has the message, which is no error here
            logger.debug("%s: completing failed (%s)", self.trigger.queue, error.status_code)
        except AzureError as error:
            logger.warning("%s: completing failed (%s)", self.trigger.queue, type(error).__name__)

    async def _renew(self, message: Message, ended: asyncio.Event) -> str:
        """Lock it anew at half-time until the run has ended; returns the receipt that is valid then."""
        receipt = message.receipt
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), self._lock_seconds / 2)
                return receipt
            try:
                renewed = await self._client.update_message(
                    message.message_id, receipt, visibility_timeout=round(self._lock_seconds)
                )
            except AzureError:  # somebody else has it: there is nothing left to renew
                return receipt
            receipt = renewed.pop_receipt or receipt

    async def _to_poison(self, message: Message, queue: str, receipt: str) -> None:
        """Copy, then delete: two steps, as the host does it; a crash between doubles the message."""
        target: QueueClient = self._service.get_queue_client(queue)
        try:
            await target.send_message(message.content)
        except ResourceNotFoundError:
            with contextlib.suppress(ResourceExistsError):
                await target.create_queue()
            await target.send_message(message.content)
        self._notify(queue)
        await self._client.delete_message(message.message_id, receipt)

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
