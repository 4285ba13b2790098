"""The scraper: how its sources are doing, and posts that clients have collected."""

from typing import Annotated, Any, Final

from pydantic import Field

from agents.api.endpoint import Answered, Body, NoBody, NoParameters, PageParameters, endpoint
from agents.api.http import Call, Response, checked_page, not_found
from agents.api.wording import one_of, sentence, wrong_value
from agents.jobs.messages import StoredId
from agents.scraper.intake import PostIntake, UnknownSubredditError
from agents.scraper.message import MAX_POSTS
from shared.store.base import Store
from shared.store.containers import SCRAPER_SOURCES
from shared.store.query import Query

MAX_BATCH_BYTES: Final = 256 * 1024
POSTS: Final = {
    "subreddit": "outfits", "submitterId": "client-7",
    "posts": [{
        "title": "Grey coat, white trainers", "permalink": "/r/outfits/comments/1abcde/grey_coat/",
        "imageUrl": "https://i.redd.it/1abcde.jpg", "createdAt": "2026-11-23T08:00:00Z",
    }],
}  # fmt: skip
SHOWN: Final = (
    "id", "sourceType", "name", "isActive", "isGlobal", "lastScrapedAt", "leaseExpiresAt", "health", "clientBatches",
)  # fmt: skip


class SourcesParameters(PageParameters):
    """The sources of one `sourceType`, or all."""

    source_type: Annotated[str | None, Field(max_length=100, description="One kind alone, as brand_site.")] = Field(
        default=None, alias="sourceType"
    )


class ScraperSource(Answered):
    """One source; `health` is null before its first run, `health.barren` says that it has offered nothing for a week."""

    id: str
    source_type: str = Field(alias="sourceType")
    name: str | None = None
    is_active: bool | None = Field(default=None, alias="isActive")
    last_scraped_at: str | None = Field(default=None, alias="lastScrapedAt")
    lease_expires_at: str | None = Field(default=None, alias="leaseExpiresAt")
    health: dict[str, Any] | None = None


class SourcePage(Answered):
    """A page of sources."""

    sources: list[ScraperSource]
    cursor: str | None


class PostBatch(Body):
    """Posts that a client has collected from one subreddit. Each is checked by itself; see the documentation of scraping."""

    subreddit: Annotated[str, Field(min_length=2, max_length=21)]
    submitter_id: StoredId | None = Field(default=None, alias="submitterId")
    posts: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MAX_POSTS)]


class PostProblem(Answered):
    """What is wrong with one post: its place in the batch, the field, what came, what was expected."""

    index: int
    field: str
    came: str
    expected: str


class PostsTaken(Answered):
    """What became of a batch. `accepted`: will be taken in by `jobIds`; `duplicates`: are stored, or are in the batch twice."""

    accepted: int
    duplicates: int
    rejected: list[PostProblem]
    job_ids: list[str] = Field(alias="jobIds")


class ScraperEndpoints:
    """See the module."""

    def __init__(self, *, store: Store, intake: PostIntake) -> None:
        self._store = store
        self._intake = intake

    @endpoint("GET", "ops/scraper/sources", query=SourcesParameters, answers={200: SourcePage})
    async def get_scraper_sources(self, call: Call[SourcesParameters, NoBody]) -> Response:
        """Page through the scraper's sources, each with its health."""
        query = Query(select=SHOWN, page_size=call.query.limit)
        page = await checked_page(
            self._store.page(SCRAPER_SOURCES.key, query, partition=call.query.source_type, cursor=call.query.cursor)
        )
        return Response(200, {"sources": page.documents, "cursor": page.cursor})

    @endpoint(
        "POST", "ops/scraper/ingest/reddit", body=PostBatch, example=POSTS, right="send",
        answers={200: PostsTaken, 202: PostsTaken},
        max_bytes=MAX_BATCH_BYTES, problems={404: "No active source collects this subreddit."},
    )  # fmt: skip
    async def post_reddit_posts(self, call: Call[NoParameters, PostBatch]) -> Response:
        """Take in posts that a client has collected from a subreddit; 200 where none of them is new."""
        batch = call.body
        try:
            taken = await self._intake.accept(batch.subreddit, batch.posts, submitter_id=batch.submitter_id)
        except UnknownSubredditError as error:
            expected = one_of("one that an active source collects", error.known, batch.subreddit)
            wrong = wrong_value("subreddit", batch.subreddit, expected)
            raise not_found(f"{sentence([wrong])}.", [wrong]) from None
        rejected = [
            {"index": one.index, "field": problem.field, "came": problem.came, "expected": problem.expected}
            for one in taken.rejected
            for problem in one.problems
        ]
        content = {
            "accepted": taken.accepted, "duplicates": taken.duplicates, "rejected": rejected, "jobIds": list(taken.job_ids),
        }  # fmt: skip
        return Response(202 if taken.accepted else 200, content)
