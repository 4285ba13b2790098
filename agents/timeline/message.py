"""The exact message of a job, as far as it may be shown: text, bytes in hex, JSON. Pure.

It is the one place where what a user has sent is shown. Of a purged dead letter nothing is shown, although the job's own
document may still hold its payload: whoever purged it wanted it gone.
"""

from typing import Final

from agents.dead_letters.record import DeadLetter
from agents.jobs.job import Job
from agents.jobs.messages import decode_object
from shared.errors import PermanentError
from shared.store.base import Document

HEX_BYTES: Final = 4_096
TEXT_BYTES: Final = 65_536
JSON_DEPTH: Final = 32


def message_of(job: Job | None, record: DeadLetter | None) -> Document | None:
    """Return the bytes that died, or that the job is sent with; None where they are purged, or nobody has them."""
    if record is not None:
        return None if record.purged else shown(record.exact)
    return shown(job.message()) if job is not None and not job.purged and job.document.get("payload") else None


def shown(body: bytes) -> Document:
    """Return a body in every form that it has: `text` is null where it is no UTF-8, `json` where it is no JSON object."""
    try:
        text: str | None = body[:TEXT_BYTES].decode("utf-8") if len(body) <= TEXT_BYTES else _cut(body)
    except UnicodeDecodeError:
        text = None
    return {"bytes": len(body), "text": text, "hex": body[:HEX_BYTES].hex(), "json": _json(body)}


def _cut(body: bytes) -> str:
    """The first part of a long text: a letter that the cut has parted is left out."""
    body.decode("utf-8")
    return body[:TEXT_BYTES].decode("utf-8", "ignore")


def _json(body: bytes) -> Document | None:
    if len(body) > TEXT_BYTES:
        return None
    try:
        found = decode_object(body)
    except PermanentError:
        return None
    level: list[object] = [found]
    for _ in range(JSON_DEPTH):
        level = [inner for one in level for inner in _inside(one)]
    return found if not level else None


def _inside(one: object) -> list[object]:
    inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return [value for value in inner if isinstance(value, dict | list)]
