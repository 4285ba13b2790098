"""The queues over Azure Storage: one service client a process and loop, no policy that decodes, short retries.

The SDK's own decode policy loses a whole page to one message that is not base64, so bodies are encoded and decoded here.
"""

import asyncio
import base64
import importlib
import math
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar
from xml.etree.ElementTree import ParseError

from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError, ResourceNotFoundError

from shared import observe
from shared.errors import ConfigurationError, PermanentError, QueueUnavailable, Reason
from shared.identity import credential
from shared.queues.base import MAX_BODY_BYTES, MAX_DELAY_SECONDS, Message
from shared.unreached import UNREADABLE, met_in, why_unreached
from shared.web.azure_transport import azure_transport

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.storage.queue.aio import QueueClient, QueueServiceClient

T = TypeVar("T")
FORBIDDEN: Final = 403
DEVELOPMENT: Final = "UseDevelopmentStorage=true"
# Azurite's account and key are public constants of the emulator, the same on every machine.
DEVELOPMENT_CONNECTION: Final = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
    "QueueEndpoint=http://127.0.0.1:{port}/devstoreaccount1;"
)


def development_port(environ: Mapping[str, str]) -> int:
    """Return the port of a local Azurite's queues. Raises `ConfigurationError` for what is none."""
    text = environ.get("AZURITE_QUEUE_PORT", "").strip() or "10001"
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65_536):  # noqa: PLR2004  (what a port may be)
        raise ConfigurationError(f"AZURITE_QUEUE_PORT: got {text[:100]!r}, expected a port, 1 to 65535")
    return int(text)


def resolve_connection(name: str, environ: Mapping[str, str]) -> str:
    """Return the connection string of the setting `name`, or the service URI of its identity-based form.

    Raises `ConfigurationError` when neither is set.
    """
    text = environ.get(name, "").strip()
    if text.rstrip(";") == DEVELOPMENT:
        return DEVELOPMENT_CONNECTION.format(port=development_port(environ))
    uri = environ.get(f"{name}__queueServiceUri", "").strip()
    account = environ.get(f"{name}__accountName", "").strip()
    if not text and account:
        uri = uri or f"https://{account}.queue.core.windows.net"
    if not (text or uri):
        raise ConfigurationError(
            f"{name}: is not set, expected a storage connection string ({DEVELOPMENT} for Azurite), "
            f"or {name}__queueServiceUri for a managed identity"
        )
    return text or uri


def open_service(connection: str, client_id: str | None = None) -> tuple["AsyncTokenCredential | None", "QueueServiceClient"]:
    """Return a service client for what `resolve_connection` gave, and the credential that has to be closed with it.

    `client_id`: of the identity, where no key is given. Raises `ConfigurationError` for text that is no connection string.
    """
    from azure.storage.queue.aio import QueueServiceClient  # noqa: PLC0415  (a job that goes well sends nothing)

    options: dict[str, Any] = {
        "initial_backoff": 1, "increment_base": 2, "retry_total": 2,
        "transport": azure_transport(connection_timeout=5, read_timeout=20),
    }  # fmt: skip
    if connection.startswith(("http://", "https://")):
        identity = credential(client_id)
        return identity, QueueServiceClient(connection, credential=identity, **options)
    try:
        return None, QueueServiceClient.from_connection_string(connection, **options)
    except ValueError as error:
        raise ConfigurationError(f"StorageQueue: is no storage connection string ({error})") from None


class StorageQueues:
    """A `Queues` over azure-storage-queue; `connection` comes from `resolve_connection`, `client_id` from `client_id_of`."""

    def __init__(self, connection: str, *, client_id: str | None = None) -> None:
        self._connection = connection
        self._client_id = client_id
        self._lock = asyncio.Lock()
        self._service: QueueServiceClient | None = None
        self._credential: AsyncTokenCredential | None = None
        self._clients: dict[str, QueueClient] = {}

    async def send(self, queue: str, body: bytes, *, delay_seconds: float = 0) -> None:
        """Send; see the port."""
        if len(body) > MAX_BODY_BYTES:
            raise PermanentError(
                f"the message has {len(body)} bytes, at most {MAX_BODY_BYTES} fit", reason=Reason.PAYLOAD_TOO_LARGE
            )
        await self._send(queue, base64.b64encode(body).decode(), delay_seconds, size=len(body))

    async def whole(self, body: bytes) -> bytes:
        """Return the body itself; see the port."""
        return body

    async def send_raw(self, queue: str, content: str, *, delay_seconds: float = 0) -> None:
        """Send as it is on the wire; see the port."""
        await self._send(queue, content, delay_seconds, size=len(content))

    async def _send(self, queue: str, content: str, delay_seconds: float, *, size: int) -> None:
        seconds = min(math.ceil(max(delay_seconds, 0.0)), MAX_DELAY_SECONDS)

        async def call(client: "QueueClient") -> bool:
            sent = await client.send_message(content, visibility_timeout=seconds, time_to_live=-1)
            if not sent.id:  # it may be nowhere: whoever answered, it was not the queue
                raise QueueUnavailable(f"queue {queue}: the answer to a message that was sent has no id of it")
            watched.note("messaging.message.id", str(sent.id))
            return True

        with observe.queue_call("send", queue, size=size) as watched:
            if not await self._call(queue, call, missing=False):
                await self.ensure(queue)
                await self._call(queue, call)

    async def receive(self, queue: str, *, limit: int = 32, visibility_seconds: float = 600) -> list[Message]:
        """Take; see the port."""

        async def call(client: "QueueClient") -> list[Message]:
            pages = client.receive_messages(
                messages_per_page=limit, max_messages=limit, visibility_timeout=math.ceil(visibility_seconds)
            )
            return [_message(one) async for one in pages]

        with observe.queue_call("receive", queue) as watched:
            found = await self._call(queue, call, missing=[])
            observe.received(watched, queue, len(found))
        return found

    async def delete(self, queue: str, message: Message) -> bool:
        """Acknowledge; see the port."""

        async def call(client: "QueueClient") -> bool:
            await client.delete_message(message.message_id, message.receipt)
            return True

        with observe.queue_call("settle", queue) as watched:
            watched.note("messaging.message.id", message.message_id)
            return await self._call(queue, call, missing=False)

    async def peek(self, queue: str, *, limit: int = 32) -> list[Message]:
        """Look; see the port."""

        async def call(client: "QueueClient") -> list[Message]:
            return [_message(one) for one in await client.peek_messages(max_messages=limit)]

        found = await self._call(queue, call, missing=[])
        if observe.active():
            oldest = min((one.inserted_at for one in found), default=None)
            observe.queue_oldest_age(queue, (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0)
        return found

    async def depth(self, queue: str) -> int:
        """Count; see the port."""

        async def call(client: "QueueClient") -> int:
            counted = (await client.get_queue_properties()).approximate_message_count
            if counted is None:
                raise QueueUnavailable(f"queue {queue}: the answer has no count of its messages")
            return counted

        found = await self._call(queue, call, missing=0, what="counting its messages")
        observe.queue_depth(queue, found)
        return found

    async def exists(self, queue: str) -> bool:
        """Whether it exists; see the port."""

        async def call(client: "QueueClient") -> bool:
            await client.get_queue_properties()
            return True

        return await self._call(queue, call, missing=False)

    async def ensure(self, queue: str) -> bool:
        """Create if missing; see the port."""

        async def call(client: "QueueClient") -> bool:
            await client.create_queue()
            return True

        return await self._call(queue, call, missing=False, what="making it")

    async def close(self) -> None:
        """Release connections."""
        if self._service is not None:
            await self._service.close()
        if self._credential is not None:
            await self._credential.close()

    async def _call(
        self,
        queue: str,
        call: Callable[["QueueClient"], Awaitable[T]],
        *,
        missing: Any = ...,  # noqa: ANN401  (of whatever type the call gives)
        what: str = "using its messages",
    ) -> T:
        """Map the SDK's errors. `missing`: what a missing queue or message, or a stale receipt, comes to.

        `what` is asked of the queue, for the message that it is not allowed.
        """
        client = await self._client(queue)
        try:
            return await call(client)
        except ResourceExistsError:
            return missing  # type: ignore[no-any-return]  # "create" of a queue that is there
        except ResourceNotFoundError as error:
            if missing is ...:
                raise QueueUnavailable(f"queue {queue}: does not exist") from error
            return missing  # type: ignore[no-any-return]
        except HttpResponseError as error:
            if missing is not ... and getattr(error, "error_code", None) == "PopReceiptMismatch":
                return missing  # type: ignore[no-any-return]
            raise QueueUnavailable(f"queue {queue}: {_refusal(error, what)}") from error
        except AzureError as error:
            raise QueueUnavailable(f"queue {queue}: {why_unreached(error)}") from error
        except (ParseError, *UNREADABLE) as error:
            if isinstance(error, ParseError) or met_in("azure", error):
                raise QueueUnavailable(f"queue {queue}: the answer is none of a queue") from error
            raise

    async def _client(self, queue: str) -> "QueueClient":
        if self._service is None:
            async with self._lock:
                if self._service is None:
                    await asyncio.to_thread(importlib.import_module, "azure.storage.queue.aio")
                    self._credential, self._service = open_service(self._connection, self._client_id)
        if queue not in self._clients:
            self._clients[queue] = self._service.get_queue_client(queue)
        return self._clients[queue]


def _refusal(error: HttpResponseError, what: str) -> str:
    """Return what the service said; for an identity without the right, what to do."""
    if error.status_code == FORBIDDEN:
        return f"status {FORBIDDEN}: {what} is not allowed; the identity needs the role Storage Queue Data Contributor"
    return f"status {error.status_code}"


def _message(one: Any) -> Message:  # noqa: ANN401  (the SDK's own untyped record)
    if not one.id:
        raise QueueUnavailable("a queue answered what is no message")
    inserted: datetime = one.inserted_on or datetime.now(UTC)
    return Message(
        one.id, one.pop_receipt or "", "" if one.content is None else str(one.content), int(one.dequeue_count or 0), inserted
    )
