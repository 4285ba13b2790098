"""The dead letter's record: its id (`<job>.<generation>`, or `raw.<hash>` for bytes that belong to no job), what it replays,
its version, and when the store deletes it. Pure.
"""

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any, Final

from agents.jobs.messages import encode
from shared.clock import from_iso, to_iso
from shared.store.base import Document
from shared.store.containers import DEAD_LETTERS

RAW: Final = "raw."
SETTLED: Final = frozenset({"resolved", "replayed", "purged"})
WAITING: Final = frozenset({"open", "replayed"})
HIDDEN: Final = frozenset({"payload", "rawPayload", "repairedPayload", "repairs"})
LIFETIME: Final = timedelta(seconds=DEAD_LETTERS.ttl_seconds or 0)


def record_id_of(job_id: str, generation: int) -> str:
    """Return the id of the dead letter of one like."""
    return f"{job_id}.{generation}"


def is_raw(record: str) -> bool:
    """True for a dead letter that belongs to no job."""
    return record.startswith(RAW)


def partition_of(record: str) -> str:
    """Return the partition that a dead letter is stored in: its job's id, or its own."""
    return record if is_raw(record) else record.partition(".")[0]


def generation_of(record: str) -> int | None:
    """Return which like of the job a dead letter is about; None for one that belongs to no job."""
    digits = record.rpartition(".")[2]
    return int(digits) if not is_raw(record) and digits.isdigit() else None


def payload_of(record: Document) -> bytes:
    """Return the bytes to replay: the repaired payload, else the exact ones that died."""
    repaired = record.get("repairedPayload")
    return encode(repaired) if repaired is not None else base64.b64decode(record["rawPayload"])


def version_of(record: Document) -> str:
    """Return a record's version: a hash of all that it says."""
    return hashlib.sha256(json.dumps(record, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def expires_at(record: Document) -> str:
    """Return when the store deletes a record, if nobody writes it before."""
    return to_iso(from_iso(record["updatedAt"]) + LIFETIME)


def shown(record: Document, *, full: bool) -> dict[str, Any]:
    """Return a record as the endpoints show it: with its version and its end, and in a list without what is a user's."""
    known = record if full else {name: value for name, value in record.items() if name not in HIDDEN}
    repaired = {} if full else {"repaired": record.get("repairedPayload") is not None}
    return {**known, **repaired, "version": version_of(record), "expiresAt": expires_at(record)}
