"""What on-call may ask of dead letters and of jobs that wait: the models of a replay, a purge, a retry."""

import hashlib
import json
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, model_validator

from agents.dead_letters.filter import RecordFilter
from agents.jobs.filter import JobFilter
from agents.jobs.job import JobStatus
from agents.jobs.messages import WHOLE

MAX_IDS: Final = 1_000
SNAPSHOT: Final = "^[0-9a-f]{32}$"
RecordId = Annotated[StrictStr, Field(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9._-]+$")]
JobId = Annotated[StrictStr, Field(pattern=r"^[0-9a-fA-F]{64}$"), AfterValidator(str.lower)]
Actor = Annotated[StrictStr, Field(min_length=1, max_length=100)]
Why = Annotated[StrictStr, Field(min_length=3, max_length=500)]


class WorkRequest(BaseModel):
    """What every such call says: why, who, and how carefully."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    reason: Why
    actor: Actor
    dry_run: StrictBool = Field(default=False, alias="dryRun")
    snapshot: Annotated[StrictStr, Field(pattern=SNAPSHOT)] | None = None
    rate: Annotated[float, Field(strict=True, ge=0.1, le=20.0, allow_inf_nan=False)] = 1.0
    canary: Annotated[StrictInt, Field(ge=0, le=20), WHOLE] = 3
    force: StrictBool = False


class ReplayRequest(WorkRequest):
    """What on-call asks for: records by `ids` or by `filter`, one of the two.

    `rate` in records a second; `canary`: so many first, the rest only when most of them complete; `snapshot`: the token of
    the dry run; `force` goes on although a dependency is down.
    """

    action: Literal["replay", "purge"]
    ids: Annotated[list[RecordId], Field(min_length=1, max_length=MAX_IDS)] | None = None
    filter: RecordFilter | None = None

    @model_validator(mode="after")
    def _one_way_to_choose(self) -> Self:
        if (self.ids is None) == (self.filter is None):
            raise ValueError("expected either ids or filter")
        return self

    @property
    def chosen(self) -> RecordFilter:
        """The filter; without a status it is about open records, the others are settled or on their way."""
        given = self.filter or RecordFilter()
        return given if given.status is not None else given.model_copy(update={"status": "open"})

    @property
    def needs_snapshot(self) -> bool:
        """True where the call must say which records it was told of: always for what cannot be undone."""
        return self.filter is not None or self.action == "purge"

    @property
    def digest(self) -> str:
        """A hash of all that was asked, to tell a repeated call from another one under the same key."""
        document = self.model_dump(mode="json", by_alias=True)
        if self.filter is not None and self.filter.user_id is None:
            del document["filter"]["userId"]  # builds that do not know the field make the same hash
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


class RetryRequest(WorkRequest):
    """Run jobs now that wait for a later attempt: by `ids`, by `filter`, or `all` of them, which has to be said. Without a
    status the filter is about jobs whose last attempt failed or was deferred; the others have nothing to retry.

    `rate` in jobs a second; `canary`: so many first, the rest only when most of them complete; `snapshot`: the token of the
    dry run; `force` goes on although a dependency is down.
    """

    ids: Annotated[list[JobId], Field(min_length=1, max_length=MAX_IDS)] | None = None
    filter: JobFilter | None = None
    all: StrictBool = False

    @model_validator(mode="after")
    def _one_way_to_choose(self) -> Self:
        narrow = self.filter is not None and self.filter != JobFilter()
        if (self.ids is not None) + narrow + self.all != 1 or (self.ids is not None and self.filter is not None):
            raise ValueError("expected either ids or filter, or all: true where everything is meant")
        return self

    @property
    def action(self) -> Literal["retry"]:
        """What is asked for."""
        return "retry"

    @property
    def chosen(self) -> JobFilter:
        """The filter; without a status it is about jobs whose last attempt failed or was deferred."""
        given = self.filter or JobFilter()
        return given if given.status is not None else given.model_copy(update={"status": JobStatus.FAILED})

    @property
    def needs_snapshot(self) -> bool:
        """True where the call must say which jobs it was told of."""
        return self.ids is None

    @property
    def digest(self) -> str:
        """A hash of all that was asked, to tell a repeated call from another one under the same key."""
        document = {"action": self.action, **self.model_dump(mode="json", by_alias=True)}
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


Asked = ReplayRequest | RetryRequest
