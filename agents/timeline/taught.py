"""What a like has taught: the terms of its signal, and where each stands in the user's profile and lists now. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agents.taste_analysis.preferences import LISTS
from agents.taste_analysis.profile import TasteProfile, TermState, weight_at
from agents.taste_analysis.signals import Kind, Signal
from shared.clock import to_iso
from shared.store.base import Document


def taught_by(
    signal: Document | None, profile: Document | None, declared: Mapping[str, Any] | None, at: datetime
) -> Document | None:
    """Return a stored signal with its terms; None where there is none, or it was taken back.

    `profile`: the user's taste as it is stored; `declared`: their profile of the web API, with the lists.
    """
    if signal is None or signal.get("type") != "signal":
        return None
    known = TasteProfile.from_document(profile) if profile else TasteProfile.empty(signal["userId"])
    states = {**known.once, **known.terms}
    terms = [
        {
            "kind": term.kind.value, "term": term.term, "weight": term.weight,
            "inProfile": _standing(states.get(term.key), declared or {}, at),
        }
        for term in Signal.from_document(signal).terms
    ]  # fmt: skip
    return {"id": signal["id"], "at": signal["at"], "terms": terms}


def _standing(state: TermState | None, declared: Mapping[str, Any], at: datetime) -> Document | None:
    if state is None:
        return None
    return {
        "weight": weight_at(state, at), "evidence": state.evidence, "firstSeenAt": to_iso(state.first_seen),
        "lastSeenAt": to_iso(state.last_seen), "projected": _is_listed(state.kind, state.term, declared),
    }  # fmt: skip


def _is_listed(kind: Kind, term: str, declared: Mapping[str, Any]) -> bool:
    """Whether a term stands in the user's list of its kind, by whoever put it there. Garments have no list."""
    lists = [declared.get(name) for name, of in LISTS.items() if of is kind]
    entries = [entry for one in lists if isinstance(one, list) for entry in one if isinstance(entry, str)]
    return term.casefold() in {entry.casefold() for entry in entries}
