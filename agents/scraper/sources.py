"""The sources' documents: when one is due, who may scrape it, and how it is doing. Pure.

A lease is `leaseExpiresAt`, and a free one may be taken by whoever writes it first, clients included. We write `leaseOwner`
beside it, so a lease is ours while both fields are as we wrote them. A lease that claims to last more than an hour is a mistake
(they last fifteen minutes) and holds nobody off; a time of the last scrape that lies ahead is one, too, and says nothing.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from json import dumps
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from agents.jobs.messages import StoredId
from shared.clock import from_iso, to_iso
from shared.errors import ProcessorError
from shared.observe.log import scrub
from shared.store.base import Document
from shared.store.query import AllOf, Compare, Condition, Exists
from shared.text import one_line

LEASE: Final = timedelta(minutes=15)
LONGEST_LEASE: Final = timedelta(hours=1)
INTERVAL_HOURS: Final = 20.0  # less than a day: a daily timer finds it due although the last run took some minutes
BARREN_AFTER: Final = timedelta(days=7)
VALIDATORS_KEPT: Final = timedelta(days=7)  # then all is read again: what has expired in the store comes back
MAX_INTERVAL_HOURS: Final = 720.0
EARLY: Final = timedelta(minutes=10)  # what the clocks of workers and clients may be ahead of ours
_ID: Final[TypeAdapter[str]] = TypeAdapter(StoredId)


class Standing(StrEnum):
    """Whether a source is to be scraped now, or why not."""

    DUE = "due"
    NOT_DUE = "not_due"
    LEASED = "leased"
    SWITCHED_OFF = "switched_off"
    NOT_GLOBAL = "not_global"
    BY_CLIENTS = "by_clients"


@dataclass(slots=True)
class Tally:
    """What became of what a source offered. `later`: pictures that could not be had now; `left`: items there was no time for;
    `pending`: stored without an embedding. `dropped`: what can never be taken, by why.
    """

    found: int = 0
    new: int = 0
    duplicates: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    later: int = 0
    left: int = 0
    pending: int = 0
    stopped: str = ""
    not_modified: bool = False

    def add(self, other: "Tally") -> None:
        """Take in the counts of another batch."""
        self.found += other.found
        self.new += other.new
        self.duplicates += other.duplicates
        self.dropped += other.dropped
        self.later += other.later
        self.left += other.left
        self.pending += other.pending

    @property
    def complete(self) -> bool:
        """True when everything that was offered is stored, known or dropped for good."""
        return not self.later and not self.left


@dataclass(frozen=True, slots=True)
class Source:
    """One source. `document`: as it was read."""

    id: str
    source_type: str
    config: Mapping[str, Any]
    is_active: bool
    is_global: bool
    interval: timedelta
    last_scraped_at: datetime | None
    lease_ends: datetime | None
    document: Document = field(repr=False)

    @classmethod
    def from_document(cls, document: Document) -> "Source":
        """Raise ValueError naming the field, what came and what was expected."""
        config = document.get("config")
        if not isinstance(config, Mapping):
            raise ValueError(f"config: got {_shown(config)}, expected an object")  # noqa: TRY004  (no caller's mistake)
        return cls(
            id=_id(document, "id"),
            source_type=_id(document, "sourceType"),
            config=config,
            is_active=document.get("isActive") is True,
            is_global=document.get("isGlobal") is True,
            interval=_interval(config),
            last_scraped_at=_time(document, "lastScrapedAt"),
            lease_ends=_time(document, "leaseExpiresAt"),
            document=document,
        )

    @property
    def health(self) -> Mapping[str, Any]:
        """How it was doing."""
        return _object(self.document, "health")

    def validators(self, at: datetime) -> dict[str, str]:
        """Return the headers for a conditional request; none when the config has changed since, or they are old."""
        reading = _object(self.document, "reading")
        read = _noted(reading, "at")
        if reading.get("config") != fingerprint(self.config) or read is None or not -EARLY <= at - read <= VALIDATORS_KEPT:
            return {}
        return {str(name): str(value) for name, value in _object(reading, "validators").items()}

    def leased_until(self, at: datetime) -> datetime | None:
        """Return when the lease that somebody holds will end, None where it is free."""
        ends = self.lease_ends
        return ends if ends is not None and at < ends <= at + LONGEST_LEASE else None

    def is_leased_as(self, lease: str, owner: str) -> bool:
        """True while the lease is the one that was written with these values."""
        held = self.document.get("leaseExpiresAt"), self.document.get("leaseOwner")
        return bool(lease) and held == (lease, owner)

    def unchanged_lease(self) -> Condition:
        """Return the condition under which nobody has taken or freed the lease since this was read."""
        return AllOf(tuple(_as_seen(self.document, name) for name in ("leaseExpiresAt", "leaseOwner")))

    def standing(self, at: datetime, *, by_hand: bool) -> Standing:
        """Whether to scrape it now. `by_hand`: somebody named it, so that its interval does not count."""
        if not self.is_active:
            return Standing.SWITCHED_OFF
        if not self.is_global:
            return Standing.NOT_GLOBAL
        if self.config.get("collectedBy") == "clients" and not by_hand:
            return Standing.BY_CLIENTS
        last = self.last_scraped_at
        recent = last is not None and last <= at + EARLY and at - last < self.interval
        if recent and not by_hand and not self._has_failed_half_way:
            return Standing.NOT_DUE
        return Standing.LEASED if self.leased_until(at) else Standing.DUE

    def collected_since(self, asked: datetime, at: datetime) -> bool:
        """True when a run has succeeded after `asked`, or a client has collected it since. `at`: now."""
        success, last = _noted(self.health, "lastSuccessAt"), self.last_scraped_at
        if success is not None and asked < success <= at + EARLY:
            return True
        return last is not None and asked <= last <= at + EARLY and not self._was_last_read_by_us

    @property
    def _was_last_read_by_us(self) -> bool:
        last = self.last_scraped_at
        return last is not None and _noted(self.health, "scrapedAt") == last

    @property
    def _has_failed_half_way(self) -> bool:
        """True when the last that was read of it was by a run of ours that then failed: no client has collected it since."""
        return _count(self.health, "consecutiveFailures") > 0 and self._was_last_read_by_us


def fingerprint(config: Mapping[str, Any]) -> str:
    """Return what tells a config from a changed one."""
    return sha256(dumps(config, sort_keys=True, default=str).encode()).hexdigest()[:16]


def health_after(
    source: Source, tally: Tally, error: ProcessorError | None, *, at: datetime, read: bool, note: str = "", run_id: str = ""
) -> Document:
    """Return the health of a source after an attempt that ended at `at`. `read`: some of it was read, so `lastScrapedAt`
    moves; `note`: why an attempt without an error did not succeed; `run_id`: attempts of one run that fail count once.
    """
    before, now = source.health, to_iso(at)
    ok = error is None and not note
    found = _count(before, "found") if tally.not_modified else tally.found  # what was there is still there
    first = _noted(before, "firstRunAt") or at
    last_items = at if found else _noted(before, "lastItemsAt")
    failures = _count(before, "consecutiveFailures")
    counted = bool(run_id) and failures > 0 and before.get("runId") == run_id
    return {
        "runId": run_id,
        "firstRunAt": to_iso(first),
        "lastRunAt": now,
        "scrapedAt": now if read else before.get("scrapedAt"),
        "lastOutcome": ("not_modified" if tally.not_modified else "ok") if ok else "failed",
        "lastSuccessAt": now if ok else before.get("lastSuccessAt"),
        "consecutiveFailures": 0 if ok else failures + (not counted),
        "lastReason": error.reason.value if error else note or None,
        "lastError": scrub(str(error)) if error else "",
        "found": found,
        "new": tally.new,
        "duplicates": dict(tally.duplicates),
        "dropped": dict(tally.dropped),
        "later": tally.later,
        "left": tally.left,
        "stopped": tally.stopped or None,
        "lastItemsAt": to_iso(last_items) if last_items else None,
        "barren": at - (last_items or first) >= BARREN_AFTER,
    }


def _as_seen(document: Document, name: str) -> Condition:
    return Compare(name, "=", document[name]) if name in document else Exists(name, exists=False)


def _interval(config: Mapping[str, Any]) -> timedelta:
    hours = config.get("intervalHours", INTERVAL_HOURS)
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours <= MAX_INTERVAL_HOURS:
        raise ValueError(
            f"config.intervalHours: got {_shown(hours)}, expected hours, more than 0, up to {MAX_INTERVAL_HOURS:.0f}"
        )
    return timedelta(hours=hours)


def _id(document: Document, name: str) -> str:
    try:
        return _ID.validate_python(document.get(name))
    except ValidationError as error:
        raise ValueError(f"{name}: {error.errors()[0]['msg']}") from None


def _object(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a note of ours; none where somebody has broken it."""
    value = document.get(name)
    return value if isinstance(value, Mapping) else {}


def _noted(notes: Mapping[str, Any], name: str) -> datetime | None:
    value = notes.get(name)
    try:
        return from_iso(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def _count(notes: Mapping[str, Any], name: str) -> int:
    value = notes.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _time(document: Document, name: str) -> datetime | None:
    value = document.get(name)
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str) and value.isprintable():
            return from_iso(value)
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"{name}: got {_shown(value)}, expected a time as ISO 8601")


def _shown(value: object) -> str:
    return one_line(repr(value), 80)
