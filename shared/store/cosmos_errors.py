"""What a status of Cosmos DB means: mapped once, for single operations and for the steps of a batch."""

from collections.abc import Mapping
from typing import Final

from shared.errors import (
    AlreadyExists,
    InvalidItem,
    ItemNotFound,
    PreconditionFailed,
    ProcessorError,
    StoreMisconfigured,
    StoreThrottled,
    StoreUnavailable,
)
from shared.store.base import BatchAlreadyExists, BatchItemNotFound, BatchPreconditionFailed

SUB_STATUS: Final = "x-ms-substatus"
OWNER_NOT_FOUND, SESSION_NOT_AVAILABLE = "1003", "1002"  # sub-statuses
WRITE_REGION_MOVES: Final = {"3", "1008"}  # a failover: the region takes no writes, or does not know the account yet
MISCONFIGURED: Final = {
    400: "it does not take such a request: are the container's partition key and indexes those of our catalogue? "
    "`make provision` brings indexes up to date, and names a partition key that is another",
    401: "the key, or the identity, is not known to it",
    403: "the identity has no role for this, or the account's network rules keep us out",
}
FORBIDDEN, NOT_FOUND, CONFLICT, PRECONDITION, TOO_LARGE, THROTTLED = 403, 404, 409, 412, 413, 429


def error_of(status: int, headers: Mapping[str, str]) -> ProcessorError:
    """Return our error for a status of the store.

    "Not found" is said of a document only: never of what should hold it, and never by a replica that has not got so far as
    this session's own writes (404 with the sub-status 1002).
    """
    sub_status = str(headers.get(SUB_STATUS) or "0")
    if status == NOT_FOUND and sub_status == OWNER_NOT_FOUND:
        return StoreMisconfigured("the container, or its database, does not exist: run `make provision`")
    if (status == NOT_FOUND and sub_status != "0") or (status == FORBIDDEN and sub_status in WRITE_REGION_MOVES):
        return StoreUnavailable(f"the store answered {status}, sub-status {sub_status}")
    if status in MISCONFIGURED:
        return StoreMisconfigured(f"the store answered {status}: {MISCONFIGURED[status]}")
    if status == NOT_FOUND:
        return ItemNotFound("there is no such document")
    if status == CONFLICT:
        return AlreadyExists("a document with this id exists")
    if status == PRECONDITION:
        return PreconditionFailed("the document has changed, or the condition does not hold")
    if status == THROTTLED:
        wait = float(headers.get("x-ms-retry-after-ms") or 0) / 1000
        return StoreThrottled("the store throttles", retry_after_seconds=wait or None)
    if status == TOO_LARGE:
        return InvalidItem("the document is too large for the store")
    return StoreUnavailable(f"the store answered {status}")


def batch_error(status: int, index: int, headers: Mapping[str, str]) -> ProcessorError:
    """Return our error for a step of a batch; `headers` are those of the whole answer."""
    if status == CONFLICT:
        return BatchAlreadyExists(f"step {index}: a document with this id exists", index=index)
    if status == PRECONDITION:
        return BatchPreconditionFailed(f"step {index}: the document has changed", index=index)
    if status == NOT_FOUND:
        return BatchItemNotFound(f"step {index}: there is no such document", index=index)
    return error_of(status, headers)
