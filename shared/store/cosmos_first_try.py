"""A document's first try without what only a second one needs.

Before each request the SDK (4.17) makes ready eleven policies for trying again: a tenth of what a call costs. Here the first
try goes out without them. A failure is handed to the SDK's own function as what its first try met, at the place that it was
sent to, so that it alone decides, as always, whether to try again, where, and what is raised.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from weakref import WeakSet

from azure.core.exceptions import AzureError
from azure.cosmos.aio import CosmosClient, _retry_utility_async

DOCUMENTS: Final = "docs"
EXECUTE: Final = "ExecuteAsync"
Tries = Callable[..., Awaitable[Any]]
_light: Final[WeakSet[Any]] = WeakSet()


def without_preparation(client: CosmosClient) -> None:
    """Send the first tries of this client's requests for documents without preparing others."""
    execute = getattr(_retry_utility_async, EXECUTE)
    if execute.__module__ == _retry_utility_async.__name__:  # and not yet ours
        setattr(_retry_utility_async, EXECUTE, first_try_of(execute))
    _light.add(client.client_connection)


def first_try_of(execute: Tries) -> Tries:
    """Return `execute`, the SDK's function that tries a request until it succeeds, with a first try of its own."""

    async def quick(client: Any, places: Any, send: Tries, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  (the SDK's)
        asked: Any = args[0] if args and client in _light else None
        if asked is None or asked.resource_type != DOCUMENTS or kwargs.get("timeout") or _is_watched(places, asked):
            return await execute(client, places, send, *args, **kwargs)
        place = _fix_place(places, asked)
        try:
            return await send(places, *args, **kwargs)
        except AzureError as error:
            failures = [error]

        async def told(*again: Any, **options: Any) -> Any:  # noqa: ANN401  (the SDK's)
            if failures:
                asked.route_to_location(place)
                raise failures.pop()
            return await send(*again, **options)

        return await execute(client, places, told, *args, **kwargs)

    return quick


def _is_watched(places: Any, asked: Any) -> bool:  # noqa: ANN401  (the SDK's)
    """Whether the SDK keeps count of failures, and of successes, by parts of a container."""
    by_part = places.is_per_partition_automatic_failover_applicable(asked)
    return bool(by_part or places.is_circuit_breaker_applicable(asked))


def _fix_place(places: Any, asked: Any) -> str:  # noqa: ANN401  (the SDK's)
    """Decide where the request goes: a failure is that place's, wherever the next ones go by then."""
    asked.clear_route_to_location()
    place = str(places.resolve_service_endpoint_for_partition(asked, None))
    asked.route_to_location(place)
    return place
