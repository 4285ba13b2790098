"""Which dead letters: the filter that lists, replays and purges share."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.jobs.erased import subject_of
from agents.jobs.filter import Instant, WhoOrWhat, Word
from agents.jobs.kinds import TASTE, KindName
from shared.errors import Reason
from shared.store.query import AllOf, AnyOf, Compare, Condition, Exists

RecordStatus = Literal["open", "replayed", "resolved", "purged"]


class RecordFilter(BaseModel):
    """Which dead letters: all that match every field given. `since` is included, `until` is not."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    status: Annotated[RecordStatus | None, Field(description="Where it stands.")] = None
    reason: Annotated[Reason | None, Field(description="Why the job died.")] = None
    fingerprint: Annotated[Word | None, Field(description="What dead letters of one cause have in common.")] = None
    queue: Annotated[Word | None, Field(description="The queue that the job came from.")] = None
    kind: Annotated[KindName | None, Field(description="The kind of job.")] = None
    user_id: Annotated[WhoOrWhat | None, Field(description="Whose job.")] = Field(None, alias="userId")
    since: Annotated[Instant | None, Field(description="Dead since then, this instant included.")] = None
    until: Annotated[Instant | None, Field(description="Dead before then.")] = None

    def condition(self) -> AllOf:
        """Return it as a query's condition."""
        parts: list[Condition] = [
            Compare(field, "=", value)
            for field, value in (
                ("status", self.status), ("reason", self.reason), ("fingerprint", self.fingerprint),
                ("sourceQueue", self.queue),
            )
            if value is not None
        ]  # fmt: skip
        if self.kind is not None:
            named = Compare("kind", "=", self.kind)
            parts.append(AnyOf((named, Exists("kind", exists=False))) if self.kind == TASTE else named)
        if self.user_id is not None:
            parts.append(_is_of(self.user_id))
        if self.since is not None:
            parts.append(Compare("createdAt", ">=", self.since))
        if self.until is not None:
            parts.append(Compare("createdAt", "<", self.until))
        return AllOf(tuple(parts))

    def noted(self) -> dict[str, Any]:
        """Return it as it is kept for longer than what it is about: a person by the hash that an erasure knows them by."""
        given = self.model_dump(mode="json", exclude_none=True, exclude={"user_id"})
        return given if self.user_id is None else {**given, "subject": subject_of(self.user_id)}


def _is_of(user_id: str) -> Condition:
    """Records that are older than their field `userId` say it in their payload alone, in either case."""
    in_payload = AnyOf(tuple(Compare(f"payload.{name}", "=", user_id) for name in ("user_id", "userId")))
    return AnyOf((Compare("userId", "=", user_id), AllOf((Exists("userId", exists=False), in_payload))))
