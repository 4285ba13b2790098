"""Who was erased: so that a message which was on its way does not bring back what was erased before it came.

Reads: `Operations`, a document a person under a hash of their id, which outlives what it is about. Fails: `RetryableError`.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from shared.clock import from_iso, parse_time
from shared.store.base import Store
from shared.store.containers import OPERATIONS

PERSON_FIELDS: Final = ("userId", "user_id", "submitterId", "submitter_id")  # of messages and payloads, that name a person
A_MOMENT: Final = timedelta(milliseconds=1)  # what is stored has no finer time: of the same moment is before


def subject_of(user_id: str) -> str:
    """Return what an erased person is known by: a hash of their id, 32 hex digits."""
    return hashlib.sha256(user_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def erased_id(subject: str) -> str:
    """Return the id, and the partition, of the note that a person was erased."""
    return f"erased.{subject}"


async def erased_since(store: Store, user_id: str, created_at: object) -> datetime | None:
    """Return when a person was erased, if that was after `created_at` (ISO 8601; unreadable: long ago); None if not."""
    noted = erased_id(subject_of(user_id))
    item = await store.find(OPERATIONS.key, noted, noted)
    if item is None:
        return None
    at, created = from_iso(item.body["at"]), parse_time(created_at)
    return at if created is None or created <= at + A_MOMENT else None
