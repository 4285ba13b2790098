"""Reading all that a query finds, page by page, so that what stands behind the first page is not for ever left out."""

from collections.abc import AsyncIterator

from shared.store.base import Document, Store
from shared.store.query import Query


async def every(store: Store, container: str, query: Query, *, partition: str | None = None) -> AsyncIterator[Document]:
    """Yield every document that a query finds; holds one page at a time."""
    cursor = None
    while True:
        page = await store.page(container, query, partition=partition, cursor=cursor)
        for document in page.documents:
            yield document
        cursor = page.cursor
        if cursor is None:
            return
