"""What a breaker's document says, as a value; and how slowly calls begin when a long outage is over."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from shared.clock import read_iso, to_iso
from shared.errors import ModelSuspended, Reason
from shared.observe.log import scrub
from shared.store.base import Document, Store
from shared.store.containers import SERVICE_STATE
from shared.store.query import Compare, Query

FIRST_PROBE_SECONDS: Final = 5.0
LAST_PROBE_SECONDS: Final = 300.0
PROBE_GROWTH: Final = 1.5  # a wait is then about half as long as the outage so far: who waits learns of its end soon
SHORT_OUTAGE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class BreakerState:
    """What the document says. `since`: of the first failure, None while it is closed; `until`: the next probe is not before.

    `failed_probes` since it opened; `closed_at` and `outage_seconds` are of the last time that it closed.
    """

    scope: str
    since: datetime | None = None
    until: datetime | None = None
    reason: Reason = Reason.UNKNOWN
    description: str = ""
    failed_probes: int = 0
    tripped_at: datetime | None = None
    probing_until: datetime | None = None
    closed_at: datetime | None = None
    outage_seconds: float = 0.0

    @property
    def is_open(self) -> bool:
        """True until a call has succeeded again, also while the next probe is due."""
        return self.until is not None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "BreakerState":
        """Read the stored form, an older build's too."""
        until = read_iso(document.get("openUntil"))
        return cls(
            scope=str(document["id"]).removeprefix("breaker."),
            since=(read_iso(document.get("openedAt")) or until) if until else None,
            until=until,
            reason=Reason(document.get("reason") or Reason.UNKNOWN),
            description=str(document.get("description") or ""),
            failed_probes=int(document.get("failedProbes") or 0),
            tripped_at=read_iso(document.get("trippedAt")),
            probing_until=read_iso(document.get("probeUntil")),
            closed_at=read_iso(document.get("closedAt")),
            outage_seconds=float(document.get("outageSeconds") or 0.0),
        )

    def to_document(self) -> Document:
        """Return the stored form; times of what is not are empty."""
        return {
            "id": f"breaker.{self.scope}", "type": "breaker", "openUntil": _text(self.until), "openedAt": _text(self.since),
            "probeUntil": _text(self.probing_until), "trippedAt": _text(self.tripped_at), "reason": self.reason.value,
            "description": self.description, "failedProbes": self.failed_probes, "closedAt": _text(self.closed_at),
            "outageSeconds": self.outage_seconds,
        }  # fmt: skip

    def tripped(self, error: ModelSuspended, *, since: datetime, at: datetime) -> "BreakerState":
        """Return the state after a call that failed as every call would: open, or open for longer."""
        failed = self.failed_probes + (self.until is not None and self.until <= at)
        wait = max(error.delay_seconds, min(LAST_PROBE_SECONDS, FIRST_PROBE_SECONDS * PROBE_GROWTH ** min(failed, 40)))
        return replace(
            self, since=self.since or since, until=at + timedelta(seconds=round(wait, 3)), reason=error.reason,
            description=scrub(str(error)), failed_probes=failed, tripped_at=at, probing_until=None,
        )  # fmt: skip

    def closed(self, at: datetime) -> "BreakerState":
        """Return the state after a call that succeeded."""
        seconds = (at - self.since).total_seconds() if self.since else 0.0
        return replace(
            self, since=None, until=None, probing_until=None, failed_probes=0, closed_at=at, outage_seconds=max(0.0, seconds)
        )


@dataclass(slots=True)
class Recovery:
    """How fast one instance may ask after an outage: a few calls a second, twice as many each minute, up to `MAXIMUM`.

    It holds for a quarter of the outage's length (5 minutes to an hour) after the breaker has closed; an outage of less than
    a minute needs none.
    """

    FIRST: ClassVar[float] = 2.0
    MAXIMUM: ClassVar[float] = 20.0
    LONGEST: ClassVar[float] = 15.0
    next_at: datetime | None = None

    def wait(self, state: BreakerState, at: datetime) -> float:
        """Return how many seconds a call at `at` has to wait for its turn. The turn is taken, unless it is over
        `LONGEST` seconds away.
        """
        if state.closed_at is None or state.outage_seconds < SHORT_OUTAGE_SECONDS:
            return 0.0
        elapsed = (at - state.closed_at).total_seconds()
        if elapsed >= min(3_600.0, max(300.0, state.outage_seconds / 4)):
            return 0.0
        rate = min(self.MAXIMUM, self.FIRST * 2.0 ** (max(0.0, elapsed) / 60.0))
        turn = at if self.next_at is None else max(at, self.next_at)
        seconds = (turn - at).total_seconds()
        if seconds <= self.LONGEST:
            self.next_at = turn + timedelta(seconds=1.0 / rate)
        return seconds


def scope_of(provider: str, model: str, part: str = "") -> str:
    """Return the scope of a deployment's breaker, or of a part of it: a question's name, or `embeddings`."""
    return ".".join(one for one in (provider, model, part) if one)


async def open_breakers(store: Store) -> list[BreakerState]:
    """Return the breakers that no call has closed yet, the oldest trouble first. Raises `RetryableError` in an outage."""
    page = await store.page(SERVICE_STATE.key, Query(where=Compare("openUntil", ">", "")))
    found = [BreakerState.from_document(one) for one in page.documents if str(one["id"]).startswith("breaker.")]
    return sorted(found, key=lambda one: (one.since or one.until, one.scope))


def _text(at: datetime | None) -> str:
    return to_iso(at) if at else ""
