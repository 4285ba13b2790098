"""A user's latest digest: its document, or the page that a person likes to look at."""

import asyncio
import hashlib
import json
from typing import Any, Final

from pydantic import Field

from agents.api.endpoint import Answered, NoBody, NoParameters, endpoint
from agents.api.http import BadRequest, Call, Response, not_found
from agents.api.parts import is_stored_id, negotiated
from agents.weekly_digest.page import as_html, as_markdown, content_security_policy
from shared.store.base import Store
from shared.store.containers import DIGESTS
from shared.store.query import Order, Query

JSON, HTML, MARKDOWN = "application/json", "text/html", "text/markdown"
OFFERED: Final = (JSON, HTML, MARKDOWN)


class DigestSuggestion(Answered):
    """One thing worth buying; `figures` are the wardrobe's own, on which it rests."""

    item: str
    category: str
    colour: str | None = None
    rationale: str
    figures: list[str]
    pairs_with: list[dict[str, Any]] | None = Field(None, alias="pairsWith")
    expected_price: dict[str, Any] | None = Field(None, alias="expectedPrice")
    confidence: float | None = None


class Digest(Answered):
    """One digest of a user. `window`: the ISO week that it is of."""

    id: str
    user_id: str = Field(alias="userId")
    window: str
    generated_at: str = Field(alias="generatedAt")
    suggestions: list[DigestSuggestion]
    total_items: int | None = Field(None, alias="totalItems")
    climate_zone: str | None = Field(None, alias="climateZone")
    model: str | None = None
    run_id: str | None = Field(None, alias="runId")
    statistics: dict[str, Any] | None = None


class DigestEndpoints:
    """See the module."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    @endpoint(
        "GET", "ops/digests/{userId}/latest", answers={200: (Digest, HTML, MARKDOWN)},
        problems={406: "Nothing that is offered is accepted."},
        gives={"Vary": "`Accept`", "Cache-Control": "`private, no-store`", "ETag": "of this digest in this form"},
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
        vary = {
            "Vary": "Accept", "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store",
            "ETag": _etag(found[0], kind),
        }  # fmt: skip
        if kind == HTML:  # the first page loads its templates
            page, policy = await asyncio.to_thread(as_html, found[0]), await asyncio.to_thread(content_security_policy)
            return Response(200, page, HTML, {**vary, "Content-Security-Policy": policy})
        if kind == MARKDOWN:
            return Response(200, await asyncio.to_thread(as_markdown, found[0]), MARKDOWN, vary)
        return Response(200, found[0], JSON, vary)


def _etag(digest: dict[str, Any], kind: str) -> str:
    text = json.dumps([kind, digest], sort_keys=True, default=str)
    return f'"{hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]}"'
