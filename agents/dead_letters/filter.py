"""Which dead letters: the filter that lists, replays and purges share."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictStr

from agents.jobs.kinds import TASTE, KindName
from shared.clock import from_iso, to_iso
from shared.errors import Reason
from shared.store.query import AllOf, AnyOf, Compare, Condition, Exists

Word = Annotated[StrictStr, Field(min_length=1, max_length=100)]


def _instant(text: str) -> str:
    """Return the instant as the store writes it, so that text order is time order."""
    try:
        return to_iso(from_iso(text))
    except (ValueError, OverflowError):
        raise ValueError("expected an instant in ISO 8601") from None


Instant = Annotated[StrictStr, Field(max_length=40, json_schema_extra={"format": "date-time"}), AfterValidator(_instant)]


RecordStatus = Literal["open", "replayed", "resolved", "purged"]


class RecordFilter(BaseModel):
    """Which dead letters: all that match every field given. `since` is included, `until` is not."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    status: Annotated[RecordStatus | None, Field(description="Where it stands.")] = None
    reason: Annotated[Reason | None, Field(description="Why the job died.")] = None
    fingerprint: Annotated[Word | None, Field(description="What dead letters of one cause have in common.")] = None
    queue: Annotated[Word | None, Field(description="The queue that the job came from.")] = None
    kind: Annotated[KindName | None, Field(description="The kind of job.")] = None
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
        if self.since is not None:
            parts.append(Compare("createdAt", ">=", self.since))
        if self.until is not None:
            parts.append(Compare("createdAt", "<", self.until))
        return AllOf(tuple(parts))
