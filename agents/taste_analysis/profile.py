"""The taste profile and its fold: what a user likes, learnt from signals, pure and without I/O.

A profile is a projection of the user's signals. Each term's weight decays with a half-life and every signal adds to it:

    weight(t) = sum over signals i of  w_i * 2 ** (-(t - t_i) / HALF_LIFE)

which is exponential (forward) decay (Cormode et al., "Forward Decay", ICDE 2009). It is kept as one number, valid at the
term's `last_seen`, so a signal is folded in without the others, in any order, up to the rounding of floats.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from shared.clock import from_iso, to_iso

PROFILE_ID: Final = "profile"
HALF_LIFE: Final = timedelta(days=90)
MAX_TERMS_A_KIND: Final = 60
MAX_ALIASES: Final = 8


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

    def to_document(self) -> dict[str, Any]:
        """Return the stored form; `termKeys` answers "which signals are behind this term?"."""
        return {
            "id": self.id, "type": "signal", "userId": self.user_id, "jobId": self.job_id, "generation": self.generation,
            "itemId": self.item_id, "imageUrl": self.image_url, "at": to_iso(self.at), "model": self.model,
            "promptVersion": self.prompt_version, "pictureDigest": self.picture_digest,
            "termKeys": [term.key for term in self.terms],
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
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TermState:
    """What is known of one term. `weight` is valid at `last_seen`; `evidence` counts signals."""

    kind: Kind
    term: str
    weight: float
    evidence: int
    first_seen: datetime
    last_seen: datetime
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TasteProfile:
    """A user's terms by key. `signals` counts what was folded in and is the profile's version.

    `projected` notes which lists are known to stand in the user's profile; empty: unknown.
    """

    user_id: str
    terms: Mapping[str, TermState] = field(default_factory=dict)
    updated_at: datetime | None = None
    signals: int = 0
    projected: str = ""

    @classmethod
    def empty(cls, user_id: str) -> "TasteProfile":
        """Return the profile of a user of whom nothing is known."""
        return cls(user_id)

    def to_document(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "id": PROFILE_ID, "type": "profile", "userId": self.user_id, "signals": self.signals,
            "updatedAt": to_iso(self.updated_at) if self.updated_at else None, "projected": self.projected,
            "terms": [
                {
                    "kind": state.kind.value, "term": state.term, "weight": state.weight, "evidence": state.evidence,
                    "firstSeenAt": to_iso(state.first_seen), "lastSeenAt": to_iso(state.last_seen),
                    "aliases": list(state.aliases),
                }
                for _, state in sorted(self.terms.items())
            ],
        }  # fmt: skip

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "TasteProfile":
        """Read the stored form."""
        states = [
            TermState(
                Kind(one["kind"]), one["term"], float(one["weight"]), int(one["evidence"]),
                from_iso(one["firstSeenAt"]), from_iso(one["lastSeenAt"]), tuple(one.get("aliases", ())),
            )
            for one in document["terms"]
        ]  # fmt: skip
        updated = document.get("updatedAt")
        return cls(
            document["userId"], {term_key(state.kind, state.term): state for state in states},
            from_iso(updated) if updated else None, int(document["signals"]), str(document.get("projected", "")),
        )  # fmt: skip


def term_key(kind: Kind, term: str) -> str:
    """Return a term's key: `kind:term`."""
    return f"{kind.value}:{term}"


def signal_id(job_id: str, generation: int) -> str:
    """Return the id of the one signal that this like of this picture may ever make."""
    return f"signal:{job_id}.{generation}"


def decay(elapsed: timedelta) -> float:
    """Return the factor by which a weight shrinks in `elapsed` (at least 0)."""
    return float(2.0 ** (-max(elapsed, timedelta(0)) / HALF_LIFE))


def weight_at(state: TermState, at: datetime) -> float:
    """Return a term's weight at `at`; before its last signal it is the weight of that signal."""
    return state.weight * decay(at - state.last_seen)


def fold(profile: TasteProfile, signal: Signal) -> TasteProfile:
    """Fold one signal in. The caller sees to it that each signal is folded once: the store's create-only marker does."""
    terms = dict(profile.terms)
    for term in _once_a_key(signal.terms):
        terms[term.key] = _merge(terms.get(term.key), term, signal.at)
    newest = signal.at if profile.updated_at is None else max(profile.updated_at, signal.at)
    return replace(profile, terms=_bounded(terms, newest), updated_at=newest, signals=profile.signals + 1)


def fold_all(user_id: str, signals: Iterable[Signal]) -> TasteProfile:
    """Build a profile anew from its signals, in any order; a signal given twice counts once."""
    profile = TasteProfile.empty(user_id)
    for signal in {signal.id: signal for signal in signals}.values():
        profile = fold(profile, signal)
    return profile


def _once_a_key(terms: Iterable[SignalTerm]) -> list[SignalTerm]:
    """One like is one piece of evidence for a term, however many of its words mean it: the heaviest counts."""
    best: dict[str, SignalTerm] = {}
    for term in terms:
        if term.key not in best or best[term.key].weight < term.weight:
            best[term.key] = term
    return list(best.values())


def _merge(state: TermState | None, term: SignalTerm, at: datetime) -> TermState:
    aliases = () if term.surface == term.term else (term.surface,)
    if state is None:
        return TermState(term.kind, term.term, term.weight, 1, at, at, aliases)
    last = max(state.last_seen, at)
    weight = state.weight * decay(last - state.last_seen) + term.weight * decay(last - at)
    known = tuple(sorted({*state.aliases, *aliases}))[:MAX_ALIASES]
    return TermState(state.kind, state.term, weight, state.evidence + 1, min(state.first_seen, at), last, known)


def _bounded(terms: dict[str, TermState], newest: datetime) -> dict[str, TermState]:
    """Keep the heaviest `MAX_TERMS_A_KIND` of each kind, weighed at the profile's newest instant, ties by term."""
    if len(terms) <= MAX_TERMS_A_KIND:
        return terms
    kept: dict[str, TermState] = {}
    for kind in Kind:
        of_kind = [item for item in terms.items() if item[1].kind is kind]
        of_kind.sort(key=lambda item: (-weight_at(item[1], newest), item[0]))
        kept.update(of_kind[:MAX_TERMS_A_KIND])
    return kept


def as_answer(profile: TasteProfile, at: datetime) -> dict[str, Any]:
    """Return what `GET taste-profiles` answers: terms heaviest first, their weights as of `at`."""
    weighed = sorted(((weight_at(state, at), key, state) for key, state in profile.terms.items()), key=lambda w: (-w[0], w[1]))
    return {
        "userId": profile.user_id,
        "updatedAt": to_iso(profile.updated_at) if profile.updated_at else None,
        "terms": [
            {
                "term": state.term, "kind": state.kind.value, "weight": round(weight, 4), "evidence": state.evidence,
                "firstSeenAt": to_iso(state.first_seen), "lastSeenAt": to_iso(state.last_seen),
                "aliases": list(state.aliases),
            }
            for weight, _, state in weighed
        ],
    }  # fmt: skip
