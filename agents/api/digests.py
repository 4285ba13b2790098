"""A user's latest digest: its document, or the page that a person likes to look at."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field

from agents.api.endpoint import Answered, NoBody, NoParameters, Parameters, endpoint
from agents.api.http import BadRequest, Call, Response, not_found, wrong_fields
from agents.api.parts import is_stored_id, negotiated
from agents.weekly_digest.page import as_html, as_markdown, content_security_policy, pieces_shown
from agents.weekly_digest.standing import DigestCause, DigestStandings, DigestState
from shared.errors import RetryableError
from shared.store.base import Store
from shared.store.containers import DIGESTS, WARDROBE
from shared.store.query import In, Order, Query

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


class WhyParameters(Parameters):
    """`window`: of which week; the current one where it is not given."""

    window: Annotated[str | None, Field(description="The ISO week, as 2026-W48.", pattern=r"^[0-9]{4}-W[0-9]{2}$")] = None


class DigestWhy(Answered):
    """What became of a person's digest of a week (`state`), why (`cause`), and what to do (`text`). `jobs`: those of it that
    failed once at least; `runs`: those that planned this week for everybody, or for this person alone.
    """

    user_id: str = Field(alias="userId")
    window: str
    slot: str
    state: DigestState
    cause: DigestCause
    text: str
    digest: dict[str, Any] | None
    latest: dict[str, Any] | None
    jobs: list[dict[str, Any]]
    runs: list[dict[str, Any]]


class DigestEndpoints:
    """See the module."""

    def __init__(self, *, store: Store, standings: DigestStandings) -> None:
        self._store = store
        self._standings = standings

    @endpoint("GET", "ops/digests/{userId}/why", query=WhyParameters, answers={200: DigestWhy})
    async def get_digest_why(self, call: Call[WhyParameters, NoBody]) -> Response:
        """Say why a person has, or has not, the digest of a week."""
        user_id = call.route["userId"]
        if not is_stored_id(user_id):
            raise not_found("Nobody can have this id.")
        try:
            found = await self._standings.of(user_id, call.query.window)
        except ValueError as error:
            wrong = {"field": "window", "came": str(call.query.window), "expected": str(error).rpartition("expected ")[2]}
            raise wrong_fields(400, "The query is not valid", [wrong]) from None
        return Response(200, found, headers={"Cache-Control": "no-store"})

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
            raise not_found("This user has no digest: `ops/digests/{userId}/why` says why.")
        vary = {
            "Vary": "Accept", "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store",
            "ETag": _etag(found[0], kind),
        }  # fmt: skip
        if kind == HTML:  # the first page loads its templates
            pictures = await self._pictures(user_id, found[0])
            page = await asyncio.to_thread(as_html, found[0], pictures)
            policy = await asyncio.to_thread(content_security_policy, found[0], pictures)
            headers = vary | {"ETag": _etag(found[0], kind, pictures), "Content-Security-Policy": policy}
            return Response(200, page, HTML, headers)
        if kind == MARKDOWN:
            return Response(200, await asyncio.to_thread(as_markdown, found[0]), MARKDOWN, vary)
        return Response(200, found[0], JSON, vary)

    async def _pictures(self, user_id: str, digest: dict[str, Any]) -> dict[str, object]:
        """Return the addresses of the pictures of the pieces that the page shows, as they stand in the wardrobe now.

        They are not kept in the digest: they may be signed, and end. Where the wardrobe cannot be read, colours do.
        """
        ids = pieces_shown(digest)
        if not ids:
            return {}
        try:
            asked = Query(where=In("id", ids), select=("id", "imageUrl"), page_size=len(ids))
            documents = (await self._store.page(WARDROBE.key, asked, partition=user_id)).documents
        except RetryableError:
            return {}
        return {one["id"]: one.get("imageUrl") for one in documents if isinstance(one.get("id"), str)}


def _etag(digest: dict[str, Any], kind: str, pictures: Mapping[str, object] | None = None) -> str:
    text = json.dumps([kind, digest, *([pictures] if pictures else [])], sort_keys=True, default=str)
    return f'"{hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]}"'
