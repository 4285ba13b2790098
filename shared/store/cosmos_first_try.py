"""A document's first try without what only a second one, or a failure, needs.

Before each request the SDK (4.17) makes ready eleven policies for trying again, asks six times whether failures are counted by
parts of a container, and takes the address apart: a fifth of what a call costs. Here the first try goes out without them. That
there is no such document, or another than was thought, is an answer, and a job gets one of these at least. A failure is handed
to the SDK's own functions as what their first try met, at the place that it was sent to, so that they alone decide, as always,
whether to try again, where, and what is raised.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit
from weakref import WeakSet

import orjson
from azure.core.exceptions import AzureError
from azure.cosmos.aio import CosmosClient, _retry_utility_async
from azure.cosmos.exceptions import CosmosResourceNotFoundError

DOCUMENTS: Final = "docs"
EXECUTE: Final = "ExecuteAsync"
NOTED: Final = frozenset({"operationStartTime"})  # of a query; it ends where a time limit is set, and there is none
ANSWERS: Final = frozenset({HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED})
UNVERIFIED: Final = frozenset({"localhost", "127.0.0.1"})  # an emulator signs its certificate itself
Theirs = Any  # an object of the SDK's, which it leaves untyped
Tries = Callable[..., Awaitable[Any]]
Options = Mapping[str, Theirs]
_light: Final[WeakSet[Any]] = WeakSet()


def without_preparation(client: CosmosClient) -> None:
    """Send the first tries of this client's requests for documents without preparing others."""
    execute = getattr(_retry_utility_async, EXECUTE)
    if execute.__module__ == _retry_utility_async.__name__:  # and not yet ours
        setattr(_retry_utility_async, EXECUTE, first_try_of(execute))
    _light.add(client.client_connection)


def first_try_of(execute: Tries) -> Tries:
    """Return `execute`, the SDK's function that tries a request until it succeeds, with a first try of its own."""

    def quick(client: Theirs, places: Theirs, send: Tries, *args: Theirs, **options: Theirs) -> Awaitable[Theirs]:
        if client not in _light or options.get("timeout"):
            return execute(client, places, send, *args, **options)
        if not args:
            return try_page(client, places, send, options)
        if args[0].resource_type != DOCUMENTS or _is_counted(places, args[0]):
            return execute(client, places, send, *args, **options)
        return try_document(client, places, send, options, *args)

    async def try_page(client: Theirs, places: Theirs, send: Tries, options: Options) -> Theirs:
        """Fetch a page. `send` makes the request itself, which comes by `quick` once more, as one for documents."""
        try:
            return await send(**options)
        except AzureError as error:
            failures = [error]
        return await execute(client, places, _failing_first(failures, send), **options)

    async def try_document(
        client: Theirs, places: Theirs, send: Tries, options: Options, asked: Theirs, policy: Theirs, pipeline: Theirs,
        request: Theirs,
    ) -> Theirs:  # fmt: skip
        """Send a request to the place that is decided now; the SDK is told of a failure there as of that place."""
        place = _fixed_place(places, asked)
        try:
            return await _sent(send, place, places, asked, policy, pipeline, request, **options)
        except AzureError as error:
            if _is_an_answer(error):
                client._UpdateSessionIfRequired(request.headers, {}, getattr(error, "headers", None))
                raise
            failures = [error]
        failing = _failing_first(failures, send, lambda: asked.route_to_location(place))
        return await execute(client, places, failing, asked, policy, pipeline, request, **options)

    return quick


def _failing_first(failures: list[AzureError], send: Tries, go_back: Callable[[], None] = lambda: None) -> Tries:
    """Return `send`, but the first call fails as the try before it did, of which the SDK knows nothing yet.

    `go_back` undoes where the SDK's policies have sent the request meanwhile. The failure is taken out of its list, for it
    knows the frames that hold the list: kept there, only the garbage collector would free them.
    """

    async def told(*args: Theirs, **options: Theirs) -> Theirs:
        if failures:
            go_back()
            raise failures.pop()
        return await send(*args, **options)

    return told


def _is_an_answer(error: Theirs) -> bool:
    """Whether the document is not there, is there already, or is another by now: which the SDK never asks for again, but notes
    how far the service has got.
    """
    status = getattr(error, "status_code", None)
    return status in ANSWERS or (status == HTTPStatus.NOT_FOUND and not error.sub_status)


def _is_counted(places: Theirs, asked: Theirs) -> bool:
    """Whether the SDK keeps count of failures, and of successes, by parts of a container."""
    by_part = places.is_per_partition_automatic_failover_applicable(asked)
    return bool(by_part or places.is_circuit_breaker_applicable(asked))


def _fixed_place(places: Theirs, asked: Theirs) -> str:
    """Decide where the request goes: a failure is that place's, wherever the next ones go by then."""
    asked.clear_route_to_location()
    place = str(places.resolve_service_endpoint_for_partition(asked, None))
    asked.route_to_location(place)
    return place


async def _sent(
    send: Tries, place: str, places: Theirs, asked: Theirs, policy: Theirs, pipeline: Theirs, request: Theirs,
    **options: Theirs,
) -> Theirs:  # fmt: skip
    """Send a plain request and read its plain answer; everything else is for `send`, the SDK's function for one try."""
    special = asked.endpoint_override or asked.healthy_tentative_location or asked.read_timeout_override
    if options.keys() - NOTED or special or policy.SSLConfiguration or not request.url.startswith(place):
        return await send(places, asked, policy, pipeline, request, **options)
    await places.refresh_endpoint_list(None)
    request.headers.update([(name, str(value)) for name, value in request.headers.items() if type(value) is not str])
    verified = _is_verified(place) and not policy.DisableSSLVerification
    answer = await pipeline._pipeline.run(
        request, connection_timeout=policy.RequestTimeout, read_timeout=policy.ReadTimeout, connection_verify=verified,
        request_params=asked, global_endpoint_manager=places,
    )  # fmt: skip
    response = answer.http_response
    if response.status_code == HTTPStatus.NOT_FOUND:
        text = response.body().decode(errors="replace")
        raise CosmosResourceNotFoundError(message=text, response=response)  # type: ignore[no-untyped-call]  # theirs
    if response.status_code < HTTPStatus.BAD_REQUEST:
        try:
            body = response.body()
            return orjson.loads(body) if body else None, response.headers
        except ValueError:
            pass  # the SDK knows what to do with text that is none
    return await send(places, asked, policy, _Answered(answer), request, **options)


class _Answered:
    """A client whose request has been sent already, for the SDK to read the answer."""

    def __init__(self, answer: Theirs) -> None:
        self._answer = answer

    @property
    def _pipeline(self) -> "_Answered":
        return self  # not kept: it would be a cycle

    async def run(self, *_: Theirs, **_options: Theirs) -> Theirs:
        """Return the answer; see `AsyncPipeline`."""
        return self._answer


@lru_cache(64)
def _is_verified(place: str) -> bool:
    return urlsplit(place).hostname not in UNVERIFIED
