"""Patch operations applied to a document in memory, and what every adapter refuses to store."""

import json
from collections.abc import Sequence
from typing import Final, NamedTuple

from shared.errors import InvalidItem
from shared.store.base import Document
from shared.store.containers import Container
from shared.store.query import Increment, PatchOperation, Remove, Set

MAX_DOCUMENT_BYTES: Final = 2 * 1024 * 1024
MAX_PATCH_OPERATIONS: Final = 10
FORBIDDEN_IN_IDS: Final = frozenset("/\\#?\t\r\n")


class Checked(NamedTuple):
    """A document that the store takes. `json`: as it is written."""

    item_id: str
    partition: str
    json: bytes


def check_document(container: Container, body: Document) -> tuple[str, str]:
    """Return the document's id and partition; raises `InvalidItem` for what the store would refuse."""
    return checked(container, body)[:2]


def checked(container: Container, body: Document) -> Checked:
    """As `check_document`, with the JSON that the document is measured by."""
    item_id, partition = body.get("id"), body.get(container.partition_key)
    if not isinstance(item_id, str) or not 0 < len(item_id) <= 255 or FORBIDDEN_IN_IDS & set(item_id):  # noqa: PLR2004
        raise InvalidItem(f"{container.name}: an id must be 1 to 255 characters without / \\ # ? or line breaks")
    if not isinstance(partition, str) or not partition:
        raise InvalidItem(f"{container.name}: the partition key {container.partition_key} must be text, not empty")
    written = encode(container, body)
    size = len(written)
    if size > MAX_DOCUMENT_BYTES:
        raise InvalidItem(f"{container.name}: the document has {size} bytes, at most {MAX_DOCUMENT_BYTES} can be stored")
    return Checked(item_id, partition, written)


def encode(container: Container, body: Document) -> bytes:
    """Return the document as JSON; raises `InvalidItem` where it is none."""
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidItem(f"{container.name}: the document is not JSON: {error}") from None


def apply_patch(body: Document, operations: Sequence[PatchOperation]) -> None:
    """Change `body`; raises `InvalidItem` when an operation cannot be applied, and then `body` is not to be used."""
    if not 0 < len(operations) <= MAX_PATCH_OPERATIONS:
        raise InvalidItem(f"a patch has 1 to {MAX_PATCH_OPERATIONS} operations, got {len(operations)}")
    for operation in operations:
        *parents, name = operation.path.split(".")
        target = body
        for parent in parents:
            inner = target.get(parent)
            if not isinstance(inner, dict):
                raise InvalidItem(f"patch of {operation.path}: {parent} is no object")
            target = inner
        match operation:
            case Set(value=value):
                target[name] = value
            case Increment(by=by):
                target[name] = target.get(name, 0) + by
            case Remove():
                if name not in target:
                    raise InvalidItem(f"patch of {operation.path}: there is nothing to remove")
                del target[name]
