"""The scrape jobs: one source's collection, a client's batch of posts, or embeddings that are still missing.

They share a queue and a kind; `task` says which one a message is.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from agents.jobs.decide import JobPolicy
from agents.jobs.kinds import SCRAPE, EndedJobs, JobKind
from agents.jobs.messages import QueuedJob, StoredId, decode_object, read
from agents.scraper.posts import Post
from shared.store.containers import BACKGROUND_JOBS, SCRAPER_SOURCES

GLOBAL: Final = "global"  # the partition of what all users see
MAX_POSTS: Final = 100
USES: Final = "modelUses"  # of a source: what the models took for its last collections
MAX_ROUNDS: Final = 5  # messages that one collection may take when a source has more than one of them can look at
RunId = Annotated[StrictStr, Field(min_length=1, max_length=200)]


class ScrapeJobMessage(QueuedJob):
    """What all three have in common."""

    task: str

    @property
    def key(self) -> str:
        """The job's id."""
        return hashlib.sha256(f"scrape:{self.task}:{self.about}".encode()).hexdigest()

    @property
    def about(self) -> str:
        """What makes this job the same as another."""
        raise NotImplementedError


class CollectMessage(ScrapeJobMessage):
    """Scrape one source. `run_id`: the run that found it due; `lease`: the source's `leaseExpiresAt` as that run wrote it;
    `round`: counts the messages of one collection.
    """

    task: Literal["collect"]
    source_id: StoredId
    source_type: StoredId
    run_id: RunId
    lease: Annotated[StrictStr, Field(max_length=40)] = ""
    manual: StrictBool = False
    round: Annotated[StrictInt, Field(ge=1, le=MAX_ROUNDS)] = 1

    @property
    def about(self) -> str:
        """One job a source, run and round."""
        return f"{self.source_type}:{self.source_id}:{self.run_id}:{self.round}"


class PostsMessage(ScrapeJobMessage):
    """Take in posts that a client collected for a subreddit's source."""

    task: Literal["posts"]
    source_id: StoredId
    source_type: StoredId
    subreddit: Annotated[StrictStr, Field(min_length=2, max_length=21)]
    submitter_id: Annotated[StrictStr, Field(max_length=200)] | None = None
    posts: Annotated[list[Post], Field(min_length=1, max_length=MAX_POSTS)]

    @property
    def about(self) -> str:
        """One job a source and content."""
        content = json.dumps([post.model_dump(mode="json") for post in self.posts], sort_keys=True)
        return f"{self.source_type}:{self.source_id}:{content}"


class EmbedMessage(ScrapeJobMessage):
    """Embed the stored items that have no embedding yet. `day`: one job a day, however often it is asked for."""

    task: Literal["embed"]
    day: Annotated[StrictStr, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]

    @property
    def about(self) -> str:
        """One job a day."""
        return self.day


MODELS: Final[dict[object, type[ScrapeJobMessage]]] = {"collect": CollectMessage, "posts": PostsMessage, "embed": EmbedMessage}


def collect_body(
    source_type: str, source_id: str, *, run_id: str, lease: str, manual: bool, at: str, round_: int = 1
) -> dict[str, Any]:
    """Return a collection's message. `at`: when it was enqueued, ISO 8601: what is collected after that counts."""
    return {
        "task": "collect", "source_type": source_type, "source_id": source_id, "run_id": run_id, "lease": lease,
        "manual": manual, "round": round_, "createdAt": at,
    }  # fmt: skip


def posts_body(
    source_type: str, source_id: str, posts: Iterable[Post], *, subreddit: str, submitter_id: str | None, at: str
) -> dict[str, Any]:
    """Return the message of a client's posts."""
    return {
        "task": "posts", "source_type": source_type, "source_id": source_id, "subreddit": subreddit,
        "submitter_id": submitter_id, "posts": [post.to_body() for post in posts], "createdAt": at,
    }  # fmt: skip


def embed_body(at: str) -> dict[str, Any]:
    """Return the message that asks for missing embeddings."""
    return {"task": "embed", "day": at[:10], "createdAt": at}


def scrape_kind(
    queue: str, dead_letter_queue: str, *, policy: JobPolicy | None = None, at_once: int | None = None
) -> JobKind[ScrapeJobMessage]:
    """Return what the machinery of jobs knows of scrape jobs. Lazy: items are created once under ids of their own."""
    return JobKind(
        name=SCRAPE, family="scrape_job", function="ProcessScrapeJob", container=BACKGROUND_JOBS.key, queue=queue,
        dead_letter_queue=dead_letter_queue, parse=_parse, fields=_fields,
        ended=EndedJobs(SCRAPER_SOURCES.key, "lastScrapedAt", uses=USES), identity=("task", "sourceId"),
        policy=policy or JobPolicy(), at_once=at_once, lazy=True,
    )  # fmt: skip


def _parse(body: bytes) -> ScrapeJobMessage:
    """A task that this build does not know is an error that names the field, unless the schema is a newer one."""
    task = decode_object(body).get("task")
    return read(body, MODELS.get(task, CollectMessage) if isinstance(task, str) else CollectMessage)


def _fields(message: ScrapeJobMessage, at: str) -> dict[str, Any]:
    return {
        "kind": SCRAPE, "task": message.task, "sourceId": getattr(message, "source_id", None),
        "createdAt": message.created_at or at, "payload": message.body,
    }  # fmt: skip
