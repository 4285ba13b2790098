"""What the SDK (4.17) does not do of session consistency by itself: keep every token, under the right container, no longer than
that container exists.

The SDK keeps tokens by a container's own id and finds that id by the container's name. It learns the id from answers with a
document, keeps no token of a batch, and never asks again: a container that was deleted and made anew under its name would be
asked for writes of the old one, which it will not have for as long as the process lives.
"""

from collections.abc import Mapping
from typing import Any

from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosHttpResponseError

from shared.store.cosmos_errors import NOT_FOUND, OWNER_NOT_FOUND, SESSION_NOT_AVAILABLE, SUB_STATUS, error_of


def remember(client: CosmosClient | None, headers: Mapping[str, Any] | None) -> None:
    """Keep the session token of a batch's answer: the SDK keeps those of all other answers, but not this one."""
    connection = client.client_connection if client is not None else None
    if connection is not None and connection.session is not None and headers:
        connection.session.update_session(connection, {}, headers)  # type: ignore[no-untyped-call]  # the library leaves it untyped


async def introduce(client: CosmosClient | None, proxy: ContainerProxy) -> None:
    """Tell the session which container a name is, as it is asked for the first time.

    A refusal has no document to tell it by: it would keep its session token under no container, and give it out for every
    other one that it met in the same way, which does not know so late a token.
    """
    known = _known(client)
    if known is not None and proxy.container_link not in known:
        known[proxy.container_link] = await _id_of(proxy)  # which the SDK would ask for itself, and now need not


async def is_another(client: CosmosClient | None, proxy: ContainerProxy, error: CosmosHttpResponseError) -> bool:
    """Whether a read found no session because the container is not the one whose tokens we hold; from now on it is known as
    what it is. A replica that merely trails behind is the same container still.
    """
    sub_status = str((error.headers or {}).get(SUB_STATUS) or "0")
    known = _known(client)
    if error.status_code != NOT_FOUND or sub_status != SESSION_NOT_AVAILABLE or known is None:
        return False
    before, now = known.get(proxy.container_link), await _id_of(proxy)
    known[proxy.container_link] = now
    return bool(before != now)


async def _id_of(proxy: ContainerProxy) -> str:
    """Return the container's own id. Where there is no such container, that is no missing document."""
    try:
        return str((await proxy.read())["_rid"])
    except CosmosHttpResponseError as error:
        if error.status_code == NOT_FOUND:
            raise error_of(NOT_FOUND, {SUB_STATUS: OWNER_NOT_FOUND}) from error
        raise


def _known(client: CosmosClient | None) -> dict[str, Any] | None:
    session = client.client_connection.session if client is not None else None
    return session.session_container.collection_name_to_rid if session is not None else None
