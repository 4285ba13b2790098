"""A user's latest digest: its document, or the page that a person likes to look at."""

import asyncio
from typing import Any, Final

from pydantic import Field

from agents.api.http import (
    Answered,
    BadRequest,
    Call,
    NoBody,
    NoParameters,
    Response,
    endpoint,
    is_stored_id,
    negotiated,
    not_found,
)
from agents.digest_page import as_html, as_markdown, content_security_policy
from shared.store.base import Store
from shared.store.containers import DIGESTS
from shared.store.query import Order, Query

JSON, HTML, MARKDOWN = "application/json", "text/html", "text/markdown"
OFFERED: Final = (JSON, HTML, MARKDOWN)


class Digest(Answered):
    """One digest of a user."""

    id: str
    user_id: str = Field(alias="userId")
    generated_at: str = Field(alias="generatedAt")
    suggestions: list[dict[str, Any]]


class DigestEndpoints:
    """See the module."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    @endpoint(
        "GET", "ops/digests/{userId}/latest", answers={200: Digest},
        headers={"Accept": "`application/json` (the default), `text/html` or `text/markdown`"},
    )  # fmt: skip
    async def get_latest_digest(self, call: Call[NoParameters, NoBody]) -> Response:
        """Show a user's latest digest: as JSON, or by `Accept` as a page in HTML or Markdown."""
        kind = negotiated(call.headers.get("accept", ""), OFFERED)
        if kind is None:
            raise BadRequest(406, "Not Acceptable", f"Accept: expected one of {', '.join(OFFERED)}")
        user_id = call.route["userId"]
        newest = Query(order=Order("generatedAt", descending=True), page_size=1)
        found = (await self._store.page(DIGESTS.key, newest, partition=user_id)).documents if is_stored_id(user_id) else []
        if not found:
            raise not_found("This user has no digest.")
        vary = {"Vary": "Accept", "X-Content-Type-Options": "nosniff"}
        if kind == HTML:  # the first page loads its templates
            page, policy = await asyncio.to_thread(as_html, found[0]), await asyncio.to_thread(content_security_policy)
            return Response(200, page, HTML, {**vary, "Content-Security-Policy": policy})
        if kind == MARKDOWN:
            return Response(200, await asyncio.to_thread(as_markdown, found[0]), MARKDOWN, vary)
        return Response(200, found[0], JSON, vary)
