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
OWNER_NOT_FOUND: Final = "1003"  # sub-status
MISCONFIGURED: Final = {
    400: "it does not take such a request: is the container's partition key the one of our catalogue?",
    401: "the key, or the identity, is not known to it",
    403: "the identity has no role for this, or the account's network rules keep us out",
}
NOT_FOUND, CONFLICT, PRECONDITION, TOO_LARGE, THROTTLED = 404, 409, 412, 413, 429


def error_of(status: int, headers: Mapping[str, str]) -> ProcessorError:
    """Return our error for a status of the store. "Not found" is said of a document only, never of what should hold it."""
    if status == NOT_FOUND and str(headers.get(SUB_STATUS) or "") == OWNER_NOT_FOUND:
        return StoreMisconfigured("the container, or its database, does not exist: run `make provision`")
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


def batch_error(status: int, index: int) -> ProcessorError:
    """Return our error for a step of a batch."""
    if status == CONFLICT:
        return BatchAlreadyExists(f"step {index}: a document with this id exists", index=index)
    if status == PRECONDITION:
        return BatchPreconditionFailed(f"step {index}: the document has changed", index=index)
    if status == NOT_FOUND:
        return BatchItemNotFound(f"step {index}: there is no such document", index=index)
    return error_of(status, {})
