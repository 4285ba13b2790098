"""The catalogue of containers: what `make provision` creates and what every adapter knows of each.

A time to live is in seconds; None keeps documents for ever. A job document outlives its dead letter, which keeps the
evidence for ninety days; the signals and the profile are the user's taste and are never expired.
"""

from dataclasses import dataclass

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Container:
    """One container: `key` is our name for it, `setting` overrides the deployed name, whose default is `name`.

    `orders`: the (field, descending) pairs that queries order by; each needs a composite index with the id.
    `unindexed`: top-level fields that no query reads, left out of the index to save request units.
    `anothers`: another app writes it, and may have indexes and a time to live of its own, which stay.
    """

    key: str
    setting: str
    name: str
    partition_key: str
    ttl_seconds: int | None = None
    orders: tuple[str, ...] = ()
    unindexed: tuple[str, ...] = ()
    anothers: bool = False


JOBS = Container(
    "jobs", "COSMOS_DB_TASTE_JOBS_CONTAINER", "TasteAnalysisJobs", "jobId",
    ttl_seconds=120 * DAY, orders=("updatedAt", "lastCompletedAt", "generation"),
    unindexed=("payload", "analysis", "attempts", "duplicatesAt", "lastAttempt", "actions"),
)  # fmt: skip
BACKGROUND_JOBS = Container(
    "background_jobs", "COSMOS_DB_BACKGROUND_JOBS_CONTAINER", "BackgroundJobs", "jobId",
    ttl_seconds=120 * DAY, orders=("updatedAt", "generation"),
    unindexed=("payload", "analysis", "attempts", "lastAttempt", "actions"),
)  # fmt: skip
DEAD_LETTERS = Container(
    "dead_letters", "COSMOS_DB_TASTE_JOB_DEAD_LETTER_CONTAINER", "TasteAnalysisJobDeadLetters", "jobId",
    ttl_seconds=90 * DAY, orders=("createdAt",), unindexed=("payload", "rawPayload", "attempts"),
)  # fmt: skip
TASTE = Container(
    "taste", "COSMOS_DB_TASTE_PROFILES_CONTAINER", "TasteProfiles", "userId",
    orders=("at",), unindexed=("terms",),
)  # fmt: skip
PICTURES = Container(
    "pictures", "COSMOS_DB_PICTURE_ANALYSES_CONTAINER", "PictureAnalyses", "id",
    ttl_seconds=180 * DAY, orders=("createdAt",), unindexed=("analysis",),
)  # fmt: skip
USER_PROFILES = Container("user_profiles", "COSMOS_DB_USER_PROFILES_CONTAINER", "UserProfiles", "id", anothers=True)
WARDROBE = Container("wardrobe", "COSMOS_DB_CONTAINER", "Wardrobe", "userId", anothers=True)
SERVICE_STATE = Container(
    "service_state", "COSMOS_DB_SERVICE_STATE_CONTAINER", "ServiceState", "id",
    unindexed=("series", "samples", "figures", "firedFigures"),
)  # fmt: skip
DIGESTS = Container(
    "digests", "COSMOS_DB_DIGESTS_CONTAINER", "Digests", "userId",
    orders=("generatedAt",), unindexed=("suggestions", "statistics", "modelUse"),
)  # fmt: skip
DIGEST_FEEDBACK = Container(
    "digest_feedback", "COSMOS_DB_DIGEST_FEEDBACK_CONTAINER", "DigestFeedback", "userId",
    ttl_seconds=90 * DAY, orders=("createdAt",), anothers=True,
)  # fmt: skip
MOODS = Container(
    "moods", "COSMOS_DB_MOODS_CONTAINER", "Moods", "primaryMood",
    orders=("trendScore",), unindexed=("nameEmbedding", "countedArticles"),
)  # fmt: skip
FEEDS = Container("feeds", "COSMOS_DB_FEEDS_CONTAINER", "MoodFeeds", "id", unindexed=("seen",))
RUNS = Container(
    "runs", "COSMOS_DB_TIMER_RUNS_CONTAINER", "TimerRuns", "timer",
    ttl_seconds=400 * DAY, orders=("plannedAt",), unindexed=("detail", "cursor", "modelUse"),
)  # fmt: skip
OPERATIONS = Container(
    "operations", "COSMOS_DB_OPERATIONS_CONTAINER", "Operations", "operationId",
    ttl_seconds=400 * DAY, orders=("createdAt",), unindexed=("records", "done", "progress", "what", "before", "after"),
)  # fmt: skip
SCRAPER_SOURCES = Container(
    "scraper_sources", "COSMOS_DB_SCRAPER_SOURCES_CONTAINER", "ScraperSources", "sourceType",
    unindexed=("health", "reading", "clientBatches"),
)  # fmt: skip
SCRAPED_ITEMS = Container(
    "scraped_items", "COSMOS_DB_SCRAPED_ITEMS_CONTAINER", "ScrapedItems", "userId",
    ttl_seconds=30 * DAY, unindexed=("embedding", "galleryImages", "buyLinks"),
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
