"""The catalogue of containers: what `make provision` creates and what every adapter knows of each.

A time to live is in seconds; None keeps documents for ever. A job document outlives its dead letter, which keeps the
evidence for ninety days; the signals and the profile are the user's taste and are never expired.
"""

from dataclasses import dataclass
from typing import Final

DAY = 86_400
NARROW: Final = {
    "userId": 4, "itemId": 4, "fingerprint": 3, "reason": 2, "verdict.reason": 2, "lastError.reason": 2, "sourceQueue": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Find:
    """How a container is asked: the fields of `equal` have given values, `by` is what the page is ordered or bounded by.

    Without `by` the page comes in the order of the keys. `flag`: a field that is true in few documents, and asked for.
    `rare`: few documents have the first field of `equal`. `seen`: fields that are compared besides, on the way.
    """

    by: str | None
    equal: tuple[str, ...] = ()
    flag: str | None = None
    rare: bool = False
    seen: tuple[str, ...] = ()

    @property
    def narrow(self) -> int:
        """How few documents have one value of what is given: the higher, the fewer. 0: there may be any number."""
        return max((NARROW.get(field, 0) for field in self.equal), default=0)


@dataclass(frozen=True, slots=True)
class Container:
    """One container: `key` is our name for it, `setting` overrides the deployed name, whose default is `name`.

    `orders`: the fields that queries order by; each needs a composite index with the id.
    `unindexed`: top-level fields that no query reads, left out of the index to save request units.
    `anothers`: another app writes it, and may have indexes and a time to live of its own, which stay.
    `finds`: what the embedded store has an index for; Cosmos DB has one of every field by itself.
    `persons`: fields that few documents have and that name a person: the embedded store has a small index for each.
    """

    key: str
    setting: str
    name: str
    partition_key: str
    ttl_seconds: int | None = None
    orders: tuple[str, ...] = ()
    unindexed: tuple[str, ...] = ()
    anothers: bool = False
    finds: tuple[Find, ...] = ()
    persons: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """By its name: what is kept by a container is looked up with every query, and the finds are long to hash."""
        return hash(self.key)


IN_PAYLOADS: Final = tuple(
    f"{field}.{name}"
    for field in ("payload", "repairedPayload")
    for name in ("user_id", "userId", "submitter_id", "submitterId")
)  # where the body of a message may name a person
OF_JOBS: Final = (
    Find("updatedAt"), Find("updatedAt", ("status",)), Find("updatedAt", flag="outbox"), Find("lastError.at"),
    Find("generation"), *(Find("generation", (field,)) for field in ("status", "userId", "itemId", "kind")),
    Find("generation", ("kind", "status")),
    *(Find("generation", (field,), rare=True) for field in ("verdict.reason", "lastError.reason")),
)  # fmt: skip

JOBS = Container(
    "jobs", "COSMOS_DB_TASTE_JOBS_CONTAINER", "TasteAnalysisJobs", "jobId",
    ttl_seconds=120 * DAY, orders=("updatedAt", "lastCompletedAt", "generation"),
    unindexed=("payload", "analysis", "attempts", "duplicatesAt", "lastAttempt", "actions"),
    finds=(*OF_JOBS, Find("lastCompletedAt"), Find("lastDuplicateAt")), persons=IN_PAYLOADS,
)  # fmt: skip
BACKGROUND_JOBS = Container(
    "background_jobs", "COSMOS_DB_BACKGROUND_JOBS_CONTAINER", "BackgroundJobs", "jobId",
    ttl_seconds=120 * DAY, orders=("updatedAt", "lastCompletedAt", "generation"),
    unindexed=("payload", "analysis", "attempts", "lastAttempt", "actions"),
    finds=(*OF_JOBS, Find("lastCompletedAt")), persons=IN_PAYLOADS,
)  # fmt: skip
DEAD_LETTERS = Container(
    "dead_letters", "COSMOS_DB_TASTE_JOB_DEAD_LETTER_CONTAINER", "TasteAnalysisJobDeadLetters", "jobId",
    ttl_seconds=90 * DAY, orders=("createdAt",), unindexed=("payload", "rawPayload", "attempts"),
    finds=(
        Find("createdAt", seen=("updatedAt",)), Find("createdAt", ("status",), seen=("updatedAt",)),
        *(Find("createdAt", (field,)) for field in ("reason", "fingerprint", "sourceQueue", "kind", "userId")),
        *(Find("createdAt", (field, "status")) for field in ("reason", "fingerprint", "sourceQueue", "kind")),
    ),
    persons=IN_PAYLOADS,
)  # fmt: skip
TASTE = Container(
    "taste", "COSMOS_DB_TASTE_PROFILES_CONTAINER", "TasteProfiles", "userId",
    orders=("at",), unindexed=("terms",),
    finds=(Find("at", ("userId",)), Find(None, ("type",)), Find("reviewAt")),
)  # fmt: skip
PICTURES = Container(
    "pictures", "COSMOS_DB_PICTURE_ANALYSES_CONTAINER", "PictureAnalyses", "id",
    ttl_seconds=180 * DAY, orders=("createdAt",), unindexed=("analysis",), finds=(Find("createdAt"),),
)  # fmt: skip
USER_PROFILES = Container("user_profiles", "COSMOS_DB_USER_PROFILES_CONTAINER", "UserProfiles", "id", anothers=True)
WARDROBE = Container("wardrobe", "COSMOS_DB_CONTAINER", "Wardrobe", "userId", anothers=True)
SERVICE_STATE = Container(
    "service_state", "COSMOS_DB_SERVICE_STATE_CONTAINER", "ServiceState", "id",
    unindexed=("series", "samples", "figures", "firedFigures"),
    finds=(Find("openUntil"), Find(None, ("type",))),
)  # fmt: skip
DIGESTS = Container(
    "digests", "COSMOS_DB_DIGESTS_CONTAINER", "Digests", "userId",
    orders=("generatedAt", "jobId"), unindexed=("suggestions", "statistics", "modelUse"),
    finds=(Find("generatedAt"), Find("generatedAt", ("userId",)), Find("jobId")),
)  # fmt: skip
DIGEST_FEEDBACK = Container(
    "digest_feedback", "COSMOS_DB_DIGEST_FEEDBACK_CONTAINER", "DigestFeedback", "userId",
    ttl_seconds=90 * DAY, orders=("createdAt",), anothers=True, finds=(Find("createdAt", ("userId",)),),
)  # fmt: skip
MOODS = Container(
    "moods", "COSMOS_DB_MOODS_CONTAINER", "Moods", "primaryMood",
    orders=("trendScore",), unindexed=("nameEmbedding", "countedArticles"), finds=(Find("trendScore"),),
)  # fmt: skip
FEEDS = Container("feeds", "COSMOS_DB_FEEDS_CONTAINER", "MoodFeeds", "id", unindexed=("seen",))
RUNS = Container(
    "runs", "COSMOS_DB_TIMER_RUNS_CONTAINER", "TimerRuns", "timer",
    ttl_seconds=400 * DAY, orders=("plannedAt",), unindexed=("detail", "cursor", "modelUse"),
    finds=(
        Find("plannedAt"), Find("plannedAt", ("timer",)), Find("plannedAt", ("timer", "outcome")),
        Find("heartbeatAt", ("timer", "outcome")), Find("finishedAt"),
    ),
    persons=("parameters.userId",),
)  # fmt: skip
OPERATIONS = Container(
    "operations", "COSMOS_DB_OPERATIONS_CONTAINER", "Operations", "operationId",
    ttl_seconds=400 * DAY, orders=("createdAt",), unindexed=("records", "done", "progress", "what", "before", "after"),
    finds=(Find("createdAt", ("type",)), Find("createdAt", ("operationId", "type")), Find(None, ("type", "status"))),
)  # fmt: skip
SCRAPER_SOURCES = Container(
    "scraper_sources", "COSMOS_DB_SCRAPER_SOURCES_CONTAINER", "ScraperSources", "sourceType",
    unindexed=("health", "reading", "clientBatches", "modelUses"), finds=(Find("lastScrapedAt"),), persons=("createdBy",),
)  # fmt: skip
SCRAPED_ITEMS = Container(
    "scraped_items", "COSMOS_DB_SCRAPED_ITEMS_CONTAINER", "ScrapedItems", "userId",
    ttl_seconds=30 * DAY, unindexed=("embedding", "galleryImages", "buyLinks"),
    finds=(Find("scrapedAt", ("userId",)), Find(None, ("userId",), flag="embeddingPending")), persons=("submitterId",),
)  # fmt: skip

MESSAGE_BODIES = Container(
    "message_bodies", "COSMOS_DB_MESSAGE_BODIES_CONTAINER", "MessageBodies", "id", ttl_seconds=30 * DAY, unindexed=("body",)
)  # fmt: skip

CATALOGUE: dict[str, Container] = {
    container.key: container
    for container in (
        JOBS, BACKGROUND_JOBS, DEAD_LETTERS, TASTE, PICTURES, USER_PROFILES, WARDROBE, SERVICE_STATE,
        DIGESTS, DIGEST_FEEDBACK, MOODS, FEEDS, RUNS, OPERATIONS, SCRAPER_SOURCES, SCRAPED_ITEMS, MESSAGE_BODIES,
    )
}  # fmt: skip

READ_ONLY = frozenset({WARDROBE.key, DIGEST_FEEDBACK.key})  # the web API alone writes these
