"""What one like taught: the signal, stored once and create-only, and the terms that it holds. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.clock import from_iso, to_iso


class Kind(StrEnum):
    """What a term is about."""

    STYLE = "style"
    COLOUR = "colour"
    GARMENT = "garment"
    BRAND = "brand"


@dataclass(frozen=True, slots=True)
class SignalTerm:
    """One term of a signal: `term` is the profile's word for it, `surface` the word as the picture's description had it."""

    kind: Kind
    term: str
    surface: str
    weight: float

    @property
    def key(self) -> str:
        """`kind:term`, the term's key in the profile."""
        return term_key(self.kind, self.term)


@dataclass(frozen=True, slots=True)
class Signal:
    """What one like taught: stored once, create-only, and the marker that it was applied."""

    id: str
    user_id: str
    job_id: str
    generation: int
    item_id: str
    image_url: str
    at: datetime
    terms: tuple[SignalTerm, ...]
    model: str = ""
    prompt_version: str = ""
    picture_digest: str = ""
    stored_at: datetime | None = None

    def to_document(self) -> dict[str, Any]:
        """Return the stored form; `at` is of the like; `termKeys` answers "which signals are behind this term?"."""
        return {
            "id": self.id, "type": "signal", "userId": self.user_id, "jobId": self.job_id, "generation": self.generation,
            "itemId": self.item_id, "imageUrl": self.image_url, "at": to_iso(self.at), "model": self.model,
            "promptVersion": self.prompt_version, "pictureDigest": self.picture_digest,
            "storedAt": to_iso(self.stored_at) if self.stored_at else None, "termKeys": [term.key for term in self.terms],
            "terms": [
                {"kind": term.kind.value, "term": term.term, "surface": term.surface, "weight": term.weight}
                for term in self.terms
            ],
        }  # fmt: skip

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Signal":
        """Read the stored form."""
        terms = tuple(
            SignalTerm(Kind(term["kind"]), term["term"], term["surface"], float(term["weight"])) for term in document["terms"]
        )
        return cls(
            id=document["id"], user_id=document["userId"], job_id=document["jobId"], generation=document["generation"],
            item_id=document["itemId"], image_url=document["imageUrl"], at=from_iso(document["at"]), terms=terms,
            model=document["model"], prompt_version=document["promptVersion"], picture_digest=document["pictureDigest"],
            stored_at=from_iso(document["storedAt"]) if document.get("storedAt") else None,
        )  # fmt: skip


def tombstone(signal: Signal, at: datetime) -> dict[str, Any]:
    """Return what stays of a signal that was taken back at `at`: the marker that its job is done, and nothing it taught."""
    return {
        "id": signal.id, "type": "withdrawn", "userId": signal.user_id, "jobId": signal.job_id,
        "generation": signal.generation, "withdrawnAt": to_iso(at),
    }  # fmt: skip


def term_key(kind: Kind, term: str) -> str:
    """Return a term's key: `kind:term`."""
    return f"{kind.value}:{term}"


def signal_id(job_id: str, generation: int) -> str:
    """Return the id of the one signal that this like of this picture may ever make."""
    return f"signal:{job_id}.{generation}"


def item_mark(item_id: str) -> str:
    """Return what a profile remembers of an item: ten hex digits, enough to tell a user's items apart."""
    return hashlib.sha256(item_id.encode("utf-8", "surrogatepass")).hexdigest()[:10]
