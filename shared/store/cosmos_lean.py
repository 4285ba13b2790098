"""What the SDK (4.17) does for each call and need not: some 0.1 ms of CPU a call, which a job pays seven times.

Nothing that is sent, tried again, remembered or raised differs; `tests/contract/test_lean_store.py` holds the two beside each
other. Where a version of the SDK looks different from what is known here, it is left as it is.
"""

import copy
import logging
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from azure.core import AsyncPipelineClient
from azure.core.pipeline import AsyncPipeline, PipelineResponse
from azure.core.pipeline.transport import HttpRequest
from azure.core.settings import settings
from azure.cosmos import PartitionKey, __version__
from azure.cosmos.aio import CosmosClient
from multidict import CIMultiDict

from shared.store.cosmos_first_try import without_preparation

KNOWN_VERSION: Final = "4.17."
REQUEST_LOG: Final = "azure.cosmos._cosmos_http_logging_policy"
DECIDING: Final = ("_ConnectionRetryPolicy", "AsyncCosmosBearerTokenCredentialPolicy")  # try again, and prove who asks
KNOWN_OPTIONS: Final = frozenset(
    {"connection_timeout", "read_timeout", "connection_verify", "request_params", "global_endpoint_manager"}
)
NAME: Final = "User-Agent"
FILLED_IN: Final = frozenset("{}?")  # a path with one of these is a template, or more than a path
HASHES: Final = "_get_hashed_partition_key_string"
REMEMBERED_PARTITIONS: Final = 4_096
Hashed = Callable[..., object]


def lighten(client: CosmosClient) -> None:
    """Take the short way for the plain requests of an entered client, unless someone listens to the SDK on the long one."""
    if not __version__.startswith(KNOWN_VERSION):
        return
    _remember_hashes()
    without_preparation(client)
    connection = client.client_connection
    whole = getattr(connection.pipeline_client, "_pipeline", None)
    if not isinstance(whole, AsyncPipeline) or isinstance(whole, ShortPipeline):
        return
    if settings.tracing_enabled() or _is_asked_for(logging.getLogger(REQUEST_LOG)):
        return
    policies = [one for one in getattr(whole, "_impl_policies", ()) if type(one).__name__ in DECIDING]
    if policies and type(policies[0]).__name__ == DECIDING[0]:
        connection.pipeline_client = ShortClient(connection.url_connection, ShortPipeline(whole, policies))


class ShortPipeline(AsyncPipeline[Any, Any]):
    """The policies that decide something, for a request without options of its own; all of them for any other.

    Of the ten policies two decide: the one that tries again and the one that signs. The others add headers and proxies of
    which there are none, look for hooks and traces that nobody has asked for, and say each time who asks: which is kept
    from what they themselves wrote on the first request.
    """

    def __init__(self, whole: AsyncPipeline[Any, Any], policies: list[Any]) -> None:
        super().__init__(whole._transport, [copy.copy(one) for one in policies])  # each knows the next one
        self._whole = whole
        self._name: str | None = None

    async def run(self, request: HttpRequest, **kwargs: object) -> PipelineResponse[Any, Any]:
        """Send the request; see the SDK's own."""
        if self._name is None or not KNOWN_OPTIONS.issuperset(kwargs):
            response = await self._whole.run(request, **kwargs)
            self._name = request.headers.get(NAME)
            return response
        request.headers[NAME] = self._name
        return await super().run(request, **kwargs)


class ShortClient(AsyncPipelineClient[Any, Any]):
    """Joins the account's address and the path of a document, which is quoted, without taking both apart; and keeps headers as
    aiohttp does, which would turn each into its own again.
    """

    def __init__(self, base_url: str, pipeline: ShortPipeline) -> None:
        super().__init__(base_url, pipeline=pipeline)
        self._account = super().format_url("/")

    def format_url(self, url_template: str, **kwargs: object) -> str:
        """Return the address; see the SDK's own."""
        if kwargs or not url_template.startswith("/dbs/") or not FILLED_IN.isdisjoint(url_template):
            return super().format_url(url_template, **kwargs)
        return self._account + url_template[1:]

    def _request(self, method: str, url: str, params: Any, headers: Mapping[str, Any] | None, *body: Any) -> HttpRequest:  # noqa: ANN401  (theirs)
        request: HttpRequest = super()._request(method, url, params, None, *body)
        if headers:
            request.headers = CIMultiDict({**request.headers, **headers})
        return request


def _is_asked_for(logger: logging.Logger | None) -> bool:
    """Whether the SDK's line for each request is asked for: by a level of its own loggers, not by the root's."""
    while logger is not None and logger.name != "root":
        if logger.level:
            return logger.level <= logging.INFO
        logger = logger.parent
    return False


def _remember_hashes() -> None:
    """Keep the hashes of the last partitions: the SDK computes one, in Python, for each read, to find a session token."""
    known = getattr(PartitionKey, HASHES, None)
    if callable(known) and known.__module__ == PartitionKey.__module__:  # and not yet ours
        setattr(PartitionKey, HASHES, staticmethod(remembering(known)))


def remembering(hashed: Hashed) -> Hashed:
    """Return `hashed`, which computes a partition's hash from its values, with a memory for single texts."""

    @lru_cache(REMEMBERED_PARTITIONS)
    def of_text(text: str, **known: object) -> object:
        return hashed(pk_value=[text], **known)

    def quick(*args: object, **known: object) -> object:
        values = known.pop("pk_value", None)
        if args or not isinstance(values, list | tuple) or len(values) != 1 or type(values[0]) is not str:
            return hashed(*args, **({} if values is None else {"pk_value": values}), **known)
        return of_text(values[0], **known)

    return quick
