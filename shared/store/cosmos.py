"""The store over Azure Cosmos DB for NoSQL: one client a process, entered once in its event loop.

Without `__aenter__` the SDK sends no session token, and a worker might not read what it has just written; of a batch it keeps
none even then, so that is done here. The session is this process's own: what another instance has just written may not be
there yet for a read, but never for the condition of a write, whose refusal brings the token with it. Short throttling is sat
out; what is left becomes our errors, mapped once, by type and status. A lost answer to a write that was
applied shows as `AlreadyExists` or `PreconditionFailed` at the SDK's own second try: ids and conditions are the caller's.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import aiohttp
from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosBatchOperationError, CosmosHttpResponseError

from shared import identity, observe
from shared.clock import Clock
from shared.errors import (
    InvalidItem,
    ItemNotFound,
    ProcessorError,
    StoreMisconfigured,
    StoreUnavailable,
)
from shared.observe.log import log_event
from shared.observe.metering import record_operation
from shared.store.base import (
    BatchStep,
    Create,
    Document,
    Item,
    Page,
    Replace,
)
from shared.store.containers import CATALOGUE, Container
from shared.store.cosmos_errors import SUB_STATUS, batch_error, error_of
from shared.store.cosmos_lean import lighten
from shared.store.cosmos_log import tell_of_looks_seldom
from shared.store.cosmos_pages import decode_cursor, page_of, plain
from shared.store.cosmos_provision import bring_up_to_date, compare, create_missing
from shared.store.cosmos_query import compile_patch, compile_query, compile_when
from shared.store.cosmos_session import introduce, is_another, remember
from shared.store.cosmos_throttling import no_waits_of_the_sdk, sit_out
from shared.store.patching import check_document
from shared.store.query import Condition, PatchOperation, Query
from shared.unreached import UNREADABLE, met_in, why_unreached
from shared.web.azure_transport import azure_transport

logger = logging.getLogger(__name__)
T = TypeVar("T")
TIMEOUT_SECONDS: Final = 30
CHARGE: Final = "x-ms-request-charge"


class CosmosStore:
    """A `Store` in the account at `endpoint`. `key` None: the identity `client_id`. `names`: deployed names by our keys."""

    def __init__(
        self, endpoint: str, key: str | None, *, database: str, names: Mapping[str, str], clock: Clock,
        client_id: str | None = None,
    ) -> None:  # fmt: skip
        self._endpoint = endpoint
        self._key = key
        self._client_id = client_id
        self._database = database
        self._names = names
        self._clock = clock
        self._lock = asyncio.Lock()
        self._client: CosmosClient | None = None
        self._credential: Any = None
        self._containers: dict[str, ContainerProxy] = {}
        self._named: set[tuple[str, str]] = set()

    async def read(self, container: str, item_id: str, partition: str) -> Item:
        """Point read; see the port."""
        return await self._item("read", container, lambda proxy: proxy.read_item(item_id, partition_key=partition))

    async def find(self, container: str, item_id: str, partition: str) -> Item | None:
        """Point read or None; see the port."""
        try:
            return await self.read(container, item_id, partition)
        except ItemNotFound:
            return None

    async def create(self, container: str, body: Document) -> Item:
        """Create; see the port."""
        check_document(_known(container), body)
        return await self._item("create", container, lambda proxy: proxy.create_item(body))

    async def replace(self, container: str, body: Document, *, if_match: str | None = None) -> Item:
        """Replace; see the port."""
        item_id, _ = check_document(_known(container), body)
        condition = _if_match(if_match)
        return await self._item("replace", container, lambda proxy: proxy.replace_item(item_id, body, **condition))

    async def upsert(self, container: str, body: Document) -> Item:
        """Create or replace; see the port."""
        check_document(_known(container), body)
        return await self._item("upsert", container, lambda proxy: proxy.upsert_item(body))

    async def write_mark(self, container: str, body: Document) -> None:
        """A usual write; see the port."""
        await self.upsert(container, body)

    async def patch(
        self,
        container: str,
        item_id: str,
        partition: str,
        operations: Sequence[PatchOperation],
        *,
        if_match: str | None = None,
        when: Condition | None = None,
    ) -> Item:
        """Patch; see the port."""
        compiled = [compile_patch(operation) for operation in operations]
        condition: dict[str, Any] = _if_match(if_match)
        if when is not None:
            condition["filter_predicate"] = compile_when(when)
        return await self._item(
            "patch",
            container,
            lambda proxy: proxy.patch_item(item_id, partition_key=partition, patch_operations=compiled, **condition),
        )

    async def delete(self, container: str, item_id: str, partition: str, *, if_match: str | None = None) -> None:
        """Delete; see the port."""
        condition = _if_match(if_match)

        async def call(proxy: ContainerProxy) -> None:
            await proxy.delete_item(item_id, partition_key=partition, response_hook=_charge("delete", container), **condition)

        await self._call("delete", container, call)

    async def batch(self, container: str, partition: str, steps: Sequence[BatchStep]) -> None:
        """All or none; see the port."""
        known = _known(container)
        for index, step in enumerate(steps):
            if check_document(known, step.body)[1] != partition:
                raise InvalidItem(f"{container}: step {index} is of another partition")
        operations = [_batch_operation(step) for step in steps]

        async def call(proxy: ContainerProxy) -> None:
            try:
                done = await proxy.execute_item_batch(
                    operations, partition_key=partition, response_hook=_charge("batch", container)
                )
            except CosmosBatchOperationError as error:
                remember(self._client, error.headers)
                raise
            if len(done) != len(operations):  # whoever answered, it was not the service that did it
                raise StoreUnavailable(f"the store answered {len(done)} of the {len(operations)} steps of a batch")
            remember(self._client, done.get_response_headers())

        await self._call("batch", container, call)

    async def page(self, container: str, query: Query, *, partition: str | None = None, cursor: str | None = None) -> Page:
        """One page; see the port. Ordered pages continue by key: the service gives no continuation across partitions."""
        after = decode_cursor(cursor) if cursor is not None else None
        text, parameters = compile_query(query, after if query.order else None)
        token = after[0] if after and not query.order else None
        where: dict[str, Any] = {} if partition is None else {"partition_key": partition}

        async def call(proxy: ContainerProxy) -> tuple[list[Document], str | None]:
            pages = proxy.query_items(
                text, parameters=parameters, max_item_count=query.page_size + bool(query.order),
                response_hook=_charge("query", container), **where,
            ).by_page(token)  # fmt: skip
            found: list[Document] = []
            async for one in pages:
                found += [document async for document in one]
                if len(found) > query.page_size or (not query.order and found):
                    break
            if not all(isinstance(document, dict) for document in found):
                raise StoreUnavailable("the store answered a page of what are no documents")
            more = getattr(pages, "continuation_token", None)
            vars(pages).clear()  # it keeps its own methods: all of the page would stay until the collector comes
            return found, more

        found, more = await self._call("query", container, call)
        return page_of(query, found, more)

    async def ensure_containers(self) -> list[str]:
        """Create the database and the missing containers, with their indexes and lifetimes."""
        return await self._patiently(create_missing)

    async def update_containers(self) -> list[str]:
        """Bring the existing containers up to date; see the port."""
        return await self._patiently(bring_up_to_date)

    async def outdated_containers(self) -> list[str]:
        """Compare the containers with the catalogue; see the port."""
        return await self._patiently(compare)

    async def close(self) -> None:
        """Release connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.__aexit__(None, None, None)
        if self._credential is not None:
            await self._credential.close()

    async def _patiently(self, work: Callable[[CosmosClient, str, Mapping[str, str]], Awaitable[list[str]]]) -> list[str]:
        client = await self._connected()
        return await sit_out(lambda: self._mapped(work(client, self._database, self._names)), clock=self._clock)

    async def _item(self, kind: str, container: str, call: Callable[[ContainerProxy], Awaitable[Any]]) -> Item:
        async def run(proxy: ContainerProxy) -> Item:
            answer = await call(proxy)
            if "_etag" not in answer:
                raise StoreUnavailable("the store answered what is no document")
            _charge(kind, container)(answer.get_response_headers(), None)
            return Item(plain(answer), str(answer["_etag"]))

        return await self._call(kind, container, run)

    async def _call(self, kind: str, container: str, call: Callable[[ContainerProxy], Awaitable[T]]) -> T:
        with observe.store_call("azure.cosmosdb", kind, container) as watched:
            try:
                proxy = await self._proxy(container)

                async def work() -> T:
                    await introduce(self._client, proxy)
                    try:
                        return await call(proxy)
                    except CosmosHttpResponseError as error:
                        if not await is_another(self._client, proxy, error):
                            raise
                    return await call(proxy)

                return await sit_out(lambda: self._mapped(work()), clock=self._clock)
            except ProcessorError as error:
                _note_failure(watched, kind, container, error.__cause__)
                if isinstance(error, StoreMisconfigured):
                    self._name(kind, container, error)
                raise

    def _name(self, kind: str, container: str, error: StoreMisconfigured) -> None:
        """Say once, of each container, what an operator has to mend; every call would say the same."""
        if (container, str(error)) not in self._named:
            self._named.add((container, str(error)))
            log_event(
                logger, "the store is not set up as the app needs it", level=logging.CRITICAL, operation=kind,
                container=self._names.get(container, container), problem=str(error),
            )  # fmt: skip

    async def _mapped(self, work: Awaitable[T]) -> T:
        """Await the SDK's work and turn its errors into ours.

        Of an answer the SDK keeps the error in a frame of that error's own traceback: each document that is not there would
        leave the collector a hundred objects. What was answered says all; where in the SDK it was met says nothing.
        """
        try:
            return await work
        except CosmosBatchOperationError as error:
            raise batch_error(
                error.status_code or 0, error.error_index or 0, dict(error.headers or {})
            ) from error.with_traceback(None)
        except CosmosHttpResponseError as error:
            record_operation("failed", float((error.headers or {}).get(CHARGE) or 0))
            raise error_of(error.status_code or 0, error.headers or {}) from error.with_traceback(None)
        except (AzureError, aiohttp.ClientError, OSError, TimeoutError) as error:
            raise StoreUnavailable(f"the store cannot be reached: {why_unreached(error)}") from error
        except UNREADABLE as error:
            if "transport has already been closed" in str(error):
                raise StoreUnavailable("the store was closed") from error
            if met_in("azure", error):
                raise StoreUnavailable("the store answered what its library cannot read") from error
            raise

    async def _proxy(self, container: str) -> ContainerProxy:
        if container not in self._containers:
            client = await self._connected()
            database = client.get_database_client(self._database)
            self._containers[container] = database.get_container_client(self._names[_known(container).key])
        return self._containers[container]

    async def _connected(self) -> CosmosClient:
        if self._client is None:
            async with self._lock:
                if self._client is None:
                    client = self._build()
                    try:
                        await self._mapped(client.__aenter__())
                    except BaseException:
                        await client.__aexit__(None, None, None)  # the next call tries again, with a client of its own
                        raise
                    lighten(client)
                    tell_of_looks_seldom()
                    self._client = client
        return self._client

    def _build(self) -> CosmosClient:
        credential: Any = self._key
        if credential is None:
            credential = self._credential = identity.credential(self._client_id)
        return CosmosClient(
            self._endpoint, credential, connection_policy=no_waits_of_the_sdk(), connection_timeout=5,
            read_timeout=TIMEOUT_SECONDS, retry_connect=1, retry_read=1,
            transport=azure_transport(connection_timeout=5, read_timeout=TIMEOUT_SECONDS),
        )  # fmt: skip


def _batch_operation(step: BatchStep) -> tuple[Any, ...]:
    if isinstance(step, Create):
        return ("create", (step.body,))
    if isinstance(step, Replace):
        condition = {} if step.if_match is None else {"if_match_etag": step.if_match}
        return ("replace", (step.body["id"], step.body), condition)
    return ("upsert", (step.body,))


def _if_match(etag: str | None) -> dict[str, Any]:
    if etag is None:
        return {}
    return {"etag": etag, "match_condition": MatchConditions.IfNotModified}


def _charge(kind: str, container: str) -> Callable[[Mapping[str, str], object], None]:
    def hook(headers: Mapping[str, str], _body: object) -> None:
        charge = float(headers.get(CHARGE) or 0)
        record_operation(kind, charge)
        observe.request_charge(kind, container, charge, status=200, sub_status=0)

    return hook


def _note_failure(watched: observe.Watched, kind: str, container: str, cause: BaseException | None) -> None:
    """Tell telemetry the status that the service gave."""
    if not observe.active() or not isinstance(cause, HttpResponseError):
        return
    status, headers = cause.status_code or 0, dict(getattr(cause, "headers", None) or {})
    watched.note("db.response.status_code", str(status))
    sub_status = str(headers.get(SUB_STATUS) or "")
    observe.request_charge(
        kind, container, float(headers.get(CHARGE) or 0), status=status,
        sub_status=int(sub_status) if sub_status.isdecimal() else 0,
    )  # fmt: skip


def _known(container: str) -> Container:
    try:
        return CATALOGUE[container]
    except KeyError:
        raise InvalidItem(f"there is no container with the key {container!r}") from None
