"""The dead letter as a value: its ids, what a replay of it sends, its version, and its end. Pure.

An id is `<job>.<generation>`, or `raw.<hash>` for bytes that belong to no job. The record's field names stand here, in
`death`, which makes new ones, and in the queries and patches of those who write it; others ask the value.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, Self

import orjson

from agents.jobs.messages import encode
from shared.clock import from_iso, to_iso
from shared.errors import Reason, known_reason
from shared.queues.claim_check import digest_of
from shared.store.base import Document, Item
from shared.store.containers import DEAD_LETTERS
from shared.store.query import AllOf, Compare

RAW: Final = "raw."
HIDDEN: Final = frozenset({"payload", "rawPayload", "repairedPayload", "repairs"})
MAX_DEATHS: Final = 20
REPEATS: Final = frozenset({"occurrences", "lastSeenAt", "parkedUntil"})
LIFETIME: Final = timedelta(seconds=DEAD_LETTERS.ttl_seconds or 0)  # whole days
OUR_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z", re.ASCII)


class DeadLetterStatus(StrEnum):
    """Where a dead letter stands."""

    OPEN = "open"
    REPLAYED = "replayed"
    RESOLVED = "resolved"
    PURGED = "purged"


WAITING: Final = frozenset({DeadLetterStatus.OPEN, DeadLetterStatus.REPLAYED})
SETTLED: Final = frozenset({DeadLetterStatus.RESOLVED, DeadLetterStatus.REPLAYED, DeadLetterStatus.PURGED})


def last_written_by(at: datetime) -> AllOf:
    """Return the condition on records that nobody has written after `at`.

    A record was created before it was written last: so much follows, and bounds what is looked through where the order is that
    of creation. Clocks differ by far less than a day, which of ninety is little.
    """
    created = Compare("createdAt", "<=", to_iso(at + timedelta(days=1)))
    return AllOf((Compare("updatedAt", "<=", to_iso(at)), created))


def record_id_of(job_id: str, generation: int) -> str:
    """Return the id of the dead letter of one job."""
    return f"{job_id}.{generation}"


def raw_id_of(body: bytes) -> str:
    """Return the id of the dead letter of bytes that belong to no job, whole or where their message only stands for them."""
    return f"{RAW}{digest_of(body)[:32]}"


def is_raw(record_id: str) -> bool:
    """True for a dead letter that belongs to no job."""
    return record_id.startswith(RAW)


def partition_of(record_id: str) -> str:
    """Return the partition that a dead letter is stored in: its job's id, or its own."""
    return record_id if is_raw(record_id) else record_id.partition(".")[0]


def generation_of(record_id: str) -> int | None:
    """Return which generation of the job a dead letter is about; None for one that belongs to no job."""
    digits = record_id.rpartition(".")[2]
    return int(digits) if not is_raw(record_id) and digits.isdigit() else None


@dataclass(frozen=True, slots=True)
class ReplayedAs:
    """The other job that a dead letter's payload ran as."""

    job_id: str
    generation: int

    def to_document(self) -> Document:
        """Return it as it is stored."""
        return {"jobId": self.job_id, "generation": self.generation}


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record, read; `document` is what is stored."""

    document: Document

    @classmethod
    def of(cls, item: Item | None) -> Self | None:
        """Return the record of what a read has found."""
        return cls(item.body) if item else None

    @property
    def record_id(self) -> str:
        """Its id."""
        return str(self.document["id"])

    @property
    def job_id(self) -> str:
        """The job that died, which is the record's partition; its own id where it belongs to none."""
        return str(self.document["jobId"])

    @property
    def generation(self) -> int | None:
        """Which generation of the job died."""
        return generation_of(self.record_id)

    @property
    def raw(self) -> bool:
        """True when it belongs to no job."""
        return is_raw(self.record_id)

    @property
    def kind(self) -> str | None:
        """The kind of the job; None in records that are older than the second kind."""
        return self.document.get("kind")

    @property
    def status(self) -> DeadLetterStatus:
        """Where it stands."""
        return DeadLetterStatus(self.document["status"])

    @property
    def reason(self) -> Reason:
        """Why the job died; UNKNOWN for a reason of a newer build."""
        return known_reason(self.document["reason"])

    @property
    def stored_reason(self) -> str:
        """The reason as it is stored, a newer build's too."""
        return str(self.document["reason"])

    @property
    def description(self) -> str:
        """What happened, in words."""
        return str(self.document["description"])

    @property
    def fingerprint(self) -> str:
        """What records of one cause have in common."""
        return str(self.document["fingerprint"])

    @property
    def queue(self) -> str:
        """The dead-letter queue that it came from."""
        return str(self.document["sourceQueue"])

    @property
    def created_at(self) -> str:
        """When it was stored, ISO 8601."""
        return str(self.document["createdAt"])

    @property
    def updated_at(self) -> str:
        """When it was written last, ISO 8601."""
        return str(self.document["updatedAt"])

    @property
    def replays(self) -> int:
        """How often its job had been replayed when it died."""
        return int(self.document["replays"])

    @property
    def payload(self) -> Mapping[str, Any]:
        """What a replay would send, parsed: repaired, or as it came; empty where it could not be parsed."""
        repaired = self.document.get("repairedPayload")
        return repaired if repaired is not None else self.document["payload"] or {}

    @property
    def body(self) -> bytes:
        """The bytes that a replay sends: the repaired payload, else the exact ones that died. Not of a purged one."""
        repaired = self.document.get("repairedPayload")
        return encode(repaired) if repaired is not None else self.exact

    @property
    def exact(self) -> bytes:
        """The exact bytes that died. Not of a purged one."""
        return base64.b64decode(self.document["rawPayload"])

    @property
    def purged(self) -> bool:
        """True when its bytes are gone."""
        return self.document["rawPayload"] is None

    @property
    def size(self) -> int:
        """How many bytes died, purged or not."""
        return int(self.document["payloadBytes"])

    @property
    def repaired(self) -> bool:
        """Whether a repair replaced its payload."""
        return self.document.get("repairedPayload") is not None

    @property
    def repairs(self) -> list[Document]:
        """Every repair, oldest first."""
        return list(self.document.get("repairs") or ())

    @property
    def history(self) -> list[Document]:
        """What on-call did with it, oldest first."""
        return list(self.document.get("history") or ())

    @property
    def deaths(self) -> list[Document]:
        """When its job died and why, oldest first: the last ones, the first time and after each replay."""
        return list(self.document.get("deaths") or ({"at": self.created_at, "reason": None},))

    @property
    def replayed_as(self) -> ReplayedAs | None:
        """The other job that its payload ran as."""
        found = self.document.get("replayedAs")
        return ReplayedAs(str(found["jobId"]), int(found["generation"])) if found else None

    @property
    def replaced(self) -> bool:
        """Whether that other job died, with a record of its own."""
        return bool(self.document.get("replacedBy"))

    @property
    def occurrences(self) -> int:
        """How often the same bytes have died."""
        return int(self.document.get("occurrences", 1))

    def parked_at(self, at: datetime) -> bool:
        """Whether a copy of its bytes waits in the queue, so that one more that arrives is another."""
        until = self.document.get("parkedUntil")
        return until is not None and at < from_iso(until)

    @property
    def version(self) -> str:
        """A hash of all that it says, but for how often and when the same bytes came again."""
        said = _without(self.document, REPEATS)
        try:
            text = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
        except orjson.JSONEncodeError:  # a number beyond 64 bits, text that is no Unicode, too deep
            text = json.dumps(said, sort_keys=True).encode()
        return hashlib.sha256(text).hexdigest()[:16]

    def is_at(self, version: str) -> bool:
        """Whether `version` is this one's, as this build tells it or as an earlier one did whose operation goes on here."""
        return version in {self.version, self._earlier_version}

    @property
    def _earlier_version(self) -> str:
        text = json.dumps(_without(self.document, REPEATS), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def expires_at(self) -> datetime:
        """When the store deletes it, if nobody writes it before."""
        return from_iso(self.updated_at) + LIFETIME

    @property
    def expires(self) -> str:
        """The same, ISO 8601. Of a time in our own form another day is written, which spares a list reading a hundred times."""
        at = self.updated_at
        return _a_lifetime_after(at[:10]) + at[10:] if OUR_TIME.fullmatch(at) else to_iso(self.expires_at)

    def tombstone(self) -> dict[str, Any]:
        """Return what stays of it after a purge, for the audit."""
        names = ("jobId", "kind", "reason", "sha256", "payloadBytes")
        return {name: self.document.get(name) for name in names}

    def shown(self, *, full: bool) -> dict[str, Any]:
        """Return it as the endpoints show it: with its version and its end, and in a list without what is a user's."""
        shown = dict(self.document) if full else _without(self.document, HIDDEN)
        if not full:
            shown["repaired"] = self.repaired
        shown["version"] = self.version
        shown["expiresAt"] = self.expires
        return shown


@lru_cache(maxsize=512)
def _a_lifetime_after(day: str) -> str:
    return (date.fromisoformat(day) + LIFETIME).isoformat()


def _without(document: Document, names: Iterable[str]) -> Document:
    left = document.copy()
    for name in names:
        left.pop(name, None)
    return left
