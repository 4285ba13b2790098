"""The store port: documents with ETags, partitions and TTL. Two adapters: `cosmos.CosmosStore`, `sqlite.SqliteStore`.

Containers are named by their key in `shared.store.containers` (the deployed name comes from the settings).
Every method raises `StoreThrottled` or `StoreUnavailable` in an outage, and `InvalidItem` for what cannot be stored.
After `StoreUnavailable` on a write the write may have been applied: ids are the caller's, so that a second try is told
apart from a first (`AlreadyExists`, `PreconditionFailed`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shared.errors import AlreadyExists, ItemNotFound, PreconditionFailed
from shared.store.query import Condition, PatchOperation, Query

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """A stored document and the ETag that a later conditional write must match. `body` has no system fields."""

    body: Document
    etag: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of documents (bodies only, no system fields). `cursor` continues after it; None: this was the last."""

    documents: list[Document]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Create:
    """Batch step: create `body`; `AlreadyExists` fails the batch."""

    body: Document


@dataclass(frozen=True, slots=True)
class Replace:
    """Batch step: replace the document with `body`'s id; `if_match` None replaces whatever is there."""

    body: Document
    if_match: str | None = None


@dataclass(frozen=True, slots=True)
class Upsert:
    """Batch step: create or replace."""

    body: Document


BatchStep = Create | Replace | Upsert


class BatchAlreadyExists(AlreadyExists):
    """A batch's create met an existing document; `index` is that step. Nothing of the batch was applied."""

    def __init__(self, message: str, *, index: int) -> None:
        super().__init__(message)
        self.index = index


class BatchPreconditionFailed(PreconditionFailed):
    """A batch's step met a stale ETag; `index` is that step. Nothing of the batch was applied."""

    def __init__(self, message: str, *, index: int) -> None:
        super().__init__(message)
        self.index = index


class BatchItemNotFound(ItemNotFound):
    """A batch's replace met no document; `index` is that step. Nothing of the batch was applied."""

    def __init__(self, message: str, *, index: int) -> None:
        super().__init__(message)
        self.index = index


class Store(Protocol):
    """What a workflow may ask of the store."""

    async def read(self, container: str, item_id: str, partition: str) -> Item:
        """Point read. Raises `ItemNotFound`, and that only for 404."""

    async def find(self, container: str, item_id: str, partition: str) -> Item | None:
        """Point read; None when it does not exist (an outage still raises)."""

    async def create(self, container: str, body: Document) -> Item:
        """Create; raises `AlreadyExists`. The partition key is taken from the body."""

    async def replace(self, container: str, body: Document, *, if_match: str | None = None) -> Item:
        """Replace the whole document; raises `ItemNotFound`, `PreconditionFailed`."""

    async def upsert(self, container: str, body: Document) -> Item:
        """Create or replace, unconditionally."""

    async def write_mark(self, container: str, body: Document) -> None:
        """Create or replace a small document to see whether one can: a store without room for another one refuses that too."""

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
        """Apply up to 10 operations, all or none; the result is the document after it.

        Raises `ItemNotFound`, and `PreconditionFailed` when the ETag is stale or `when` does not hold.
        """

    async def delete(self, container: str, item_id: str, partition: str, *, if_match: str | None = None) -> None:
        """Delete; raises `ItemNotFound`, `PreconditionFailed`."""

    async def batch(self, container: str, partition: str, steps: Sequence[BatchStep]) -> None:
        """Apply up to 100 steps in one partition, all or none.

        Raises `BatchAlreadyExists`, `BatchPreconditionFailed` or `BatchItemNotFound` (each is the plain class too).
        """

    async def page(self, container: str, query: Query, *, partition: str | None = None, cursor: str | None = None) -> Page:
        """One page; `partition` None asks across partitions. Raises ValueError on a cursor that is not ours."""

    async def ensure_containers(self) -> list[str]:
        """Create the database and every container that is missing; returns the names of those created."""

    async def update_containers(self) -> list[str]:
        """Bring the containers that exist up to date with the catalogue: indexes, times to live. Returns a line a change.

        Raises `ConfigurationError` for what cannot be changed, or not by us.
        """

    async def outdated_containers(self) -> list[str]:
        """Return what is missing, or differs from the catalogue; empty when all is as it should be. Changes nothing."""

    async def close(self) -> None:
        """Release connections; the store is not used afterwards."""
