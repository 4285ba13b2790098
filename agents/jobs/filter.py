"""Which jobs: the filter that lists and what acts on many jobs share."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictStr

from agents.jobs.ended import milliseconds
from agents.jobs.erased import subject_of
from agents.jobs.job import JobStatus
from agents.jobs.kinds import TASTE, AnyKind, JobKinds, KindName
from shared.clock import from_iso, to_iso
from shared.errors import Reason
from shared.store.query import AllOf, AnyOf, Compare, Condition, Exists

Word = Annotated[StrictStr, Field(min_length=1, max_length=100)]
FIRST: Final = datetime.min.replace(tzinfo=UTC)
LAST: Final = datetime.max.replace(tzinfo=UTC)
WhoOrWhat = Annotated[StrictStr, Field(min_length=1, max_length=255)]


# The `+` of an offset, which an address reads as a space.
SPACED: Final = re.compile(r"(\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?) (\d{2}:?\d{2})$")


def _instant(text: str) -> str:
    """Return the instant as the store writes it, so that text order is time order. What is no year of ours in UTC, by its
    offset, is the first or the last instant of all.
    """
    told = SPACED.sub(r"\1+\2", text).upper()
    try:
        return to_iso(from_iso(told))
    except OverflowError:
        return to_iso(FIRST if told < "5" else LAST)
    except ValueError:
        raise ValueError("expected an instant in ISO 8601, as 2026-11-25T18:00:00Z") from None


Instant = Annotated[StrictStr, Field(max_length=40, json_schema_extra={"format": "date-time"}), AfterValidator(_instant)]


class JobFilter(BaseModel):
    """Which jobs: all that match every field given. `since` is included, `until` is not; both are of when it was asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    user_id: Annotated[WhoOrWhat | None, Field(description="Whose.")] = Field(None, alias="userId")
    item_id: Annotated[WhoOrWhat | None, Field(description="About which item.")] = Field(None, alias="itemId")
    status: Annotated[JobStatus | None, Field(description="Where it stands.")] = None
    kind: Annotated[KindName | None, Field(description="The kind of job.")] = None
    reason: Annotated[Reason | None, Field(description="Why it failed the last time, or died.")] = None
    since: Annotated[Instant | None, Field(description="Asked for since then, this instant included.")] = None
    until: Annotated[Instant | None, Field(description="Asked for before then.")] = None

    def condition(self) -> AllOf:
        """Return it as a query's condition; which container to ask is not part of it (`kinds_of`)."""
        parts: list[Condition] = [
            Compare(field, "=", value)
            for field, value in (("userId", self.user_id), ("itemId", self.item_id), ("status", self.status))
            if value is not None
        ]
        if self.kind is not None:
            named = Compare("kind", "=", self.kind)
            parts.append(AnyOf((named, Exists("kind", exists=False))) if self.kind == TASTE else named)
        if self.reason is not None:  # of the verdict where one stands: what is shown as the job's last error
            failed = AllOf((Compare("verdict", "=", None), Compare("lastError.reason", "=", self.reason)))
            parts.append(AnyOf((Compare("verdict.reason", "=", self.reason), failed)))
        if self.since is not None:
            parts.append(Compare("generation", ">=", milliseconds(self.since)))
        if self.until is not None:
            parts.append(Compare("generation", "<", milliseconds(self.until)))
        return AllOf(tuple(parts))

    def noted(self) -> dict[str, Any]:
        """Return it as it is kept for longer than what it is about: a person by the hash that an erasure knows them by."""
        given = self.model_dump(mode="json", exclude_none=True, exclude={"user_id", "item_id"})
        given |= {"oneItem": True} if self.item_id is not None else {}
        return given if self.user_id is None else {**given, "subject": subject_of(self.user_id)}

    def kinds_of(self, kinds: JobKinds) -> tuple[AnyKind, ...]:
        """Return the kinds of job that it may find."""
        return tuple(one for one in kinds if self.kind in {None, one.name})
