"""The taste profile and its fold: what a user likes, learnt from signals, pure and without I/O.

A profile is a projection of the user's signals. Each term's weight decays with a half-life and every signal adds to it:

    weight(t) = sum over signals i of  w_i * 2 ** (-(t - t_i) / HALF_LIFE)

which is exponential (forward) decay (Cormode et al., "Forward Decay", ICDE 2009). It is kept as one number, valid at the
term's `last_seen`, so a signal is folded in without the others, in any order, up to the rounding of floats.

Nothing that the fold may need again is thrown away, or a profile would depend on the order of its signals: which of two
newcomers was dropped before it came a second time. A word met once is kept in a short form (`once`) and becomes a full term
with its second like, whatever the number of terms. Of the words met once, the last seen are shown: newcomers on probation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import nlargest
from itertools import chain
from typing import Any, Final

from agents.taste_analysis.signals import Kind, Signal, SignalTerm, item_mark, signal_id, term_key
from shared.clock import from_iso, to_iso

__all__ = [
    "HALF_LIFE", "MAX_TERMS_A_KIND", "PROFILE_ID", "Kind", "Signal", "SignalTerm", "TasteProfile", "TermState", "as_answer",
    "decay", "fold", "fold_all", "signal_id", "term_key", "weight_at",
]  # fmt: skip
PROFILE_ID: Final = "profile"
FORM: Final = 2  # of the stored profile: an older one has forgotten words, and is built anew from its signals
HALF_LIFE: Final = timedelta(days=45)  # a change of taste shows within 35 likes, a steady one stays put (`make quality`)
MAX_TERMS_A_KIND: Final = 60  # shown, unless more words than that were liked twice
PROBATION: Final = 15  # so many newcomers are shown in any case
MAX_ALIASES: Final = 8
MAX_ITEM_MARKS: Final = 3
MAX_ONCE_A_KIND: Final = 5_000  # some 300 KB of a document that may have 2 MB; the oldest would go first
MAX_WITHDRAWN: Final = 500
MAX_AHEAD: Final = 200
AHEAD_FOR: Final = timedelta(days=8)  # a message of a queue lives for seven, if its producer does not say otherwise


@dataclass(frozen=True, slots=True)
class TermState:
    """What is known of one term. `weight` is valid at `last_seen`; `evidence` counts signals.

    `items`: marks of different items behind it, the three smallest: with them it is known whether there are two or three,
    whatever the order. None: not known, of a profile that is older than they are.
    """

    kind: Kind
    term: str
    weight: float
    evidence: int
    first_seen: datetime
    last_seen: datetime
    aliases: tuple[str, ...] = ()
    items: tuple[str, ...] | None = None

    @property
    def key(self) -> str:
        """`kind:term`."""
        return term_key(self.kind, self.term)

    @property
    def different_items(self) -> int:
        """From how many different items it is known, counted up to three."""
        return min(self.evidence, MAX_ITEM_MARKS) if self.items is None else len(self.items)


@dataclass(frozen=True, slots=True)
class TasteProfile:
    """A user's terms by key. `signals` counts those folded in; `version` rises with every write, whatever it did.

    `terms` are shown and told; `once` are further words, each met once. `withdrawn`: item mark to when its likes were taken
    back; what was liked before that is not learnt any more; `ahead`: the same of items without a stored like, whose message may
    still be on its way. `projected` notes which lists are known to stand in the user's
    profile, and `review_at` when a word of them will have faded; empty and None: unknown.
    """

    user_id: str
    terms: Mapping[str, TermState] = field(default_factory=dict)
    updated_at: datetime | None = None
    signals: int = 0
    projected: str = ""
    once: Mapping[str, TermState] = field(default_factory=dict)
    withdrawn: Mapping[str, datetime] = field(default_factory=dict)
    ahead: Mapping[str, datetime] = field(default_factory=dict)
    version: int = 0
    review_at: datetime | None = None
    form: int = FORM

    @classmethod
    def empty(cls, user_id: str) -> "TasteProfile":
        """Return the profile of a user of whom nothing is known."""
        return cls(user_id)

    def to_document(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "id": PROFILE_ID, "type": "profile", "userId": self.user_id, "signals": self.signals, "version": self.version,
            "updatedAt": to_iso(self.updated_at) if self.updated_at else None, "projected": self.projected,
            "reviewAt": to_iso(self.review_at) if self.review_at else None, "form": self.form,
            "withdrawn": {mark: to_iso(at) for mark, at in self.withdrawn.items()},
            "ahead": {mark: to_iso(at) for mark, at in self.ahead.items()},
            "terms": [
                {
                    "kind": state.kind.value, "term": state.term, "weight": state.weight, "evidence": state.evidence,
                    "firstSeenAt": to_iso(state.first_seen), "lastSeenAt": to_iso(state.last_seen),
                    "aliases": list(state.aliases), "items": None if state.items is None else list(state.items),
                }
                for _, state in sorted(self.terms.items())
            ],
            "once": [_once_document(state) for _, state in sorted(self.once.items())],
        }  # fmt: skip

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "TasteProfile":
        """Read the stored form, an older one too."""
        states = [
            TermState(
                Kind(one["kind"]), one["term"], float(one["weight"]), int(one["evidence"]),
                from_iso(one["firstSeenAt"]), from_iso(one["lastSeenAt"]), tuple(one.get("aliases", ())),
                None if one.get("items") is None else tuple(one["items"]),
            )
            for one in document["terms"]
        ]  # fmt: skip
        updated, review = document.get("updatedAt"), document.get("reviewAt")
        once = [_once_state(entry) for entry in document.get("once", ())]
        return cls(
            document["userId"], {state.key: state for state in states},
            from_iso(updated) if updated else None, int(document["signals"]), str(document.get("projected", "")),
            once={state.key: state for state in once},
            withdrawn={mark: from_iso(at) for mark, at in document.get("withdrawn", {}).items()},
            ahead={mark: from_iso(at) for mark, at in document.get("ahead", {}).items()},
            version=int(document.get("version", document["signals"])), review_at=from_iso(review) if review else None,
            form=int(document.get("form", 1)),
        )  # fmt: skip

    def has_withdrawn(self, item_id: str, at: datetime) -> bool:
        """Whether a like of this item at `at` was taken back since."""
        withdrawn = self.withdrawn_at(item_id)
        return withdrawn is not None and at <= withdrawn

    def withdrawn_at(self, item_id: str) -> datetime | None:
        """When likes of this item were last taken back."""
        mark = item_mark(item_id)
        return max((marks[mark] for marks in (self.withdrawn, self.ahead) if mark in marks), default=None)


def withdrawn_in(document: Mapping[str, Any], item_id: str) -> datetime | None:
    """Return when likes of an item were last taken back, of a stored profile: the others of its words are not read for that."""
    mark = item_mark(item_id)
    noted = (document.get(name, {}).get(mark) for name in ("withdrawn", "ahead"))
    return max((from_iso(at) for at in noted if at), default=None)


def _once_document(state: TermState) -> list[Any]:
    entry = [state.kind.value, state.term, state.weight, to_iso(state.last_seen), *(state.items or ("",))]
    return [*entry, *state.aliases]


def _once_state(entry: list[Any]) -> TermState:
    kind, term, weight, at, mark, *aliases = entry
    seen = from_iso(at)
    return TermState(Kind(kind), term, float(weight), 1, seen, seen, tuple(aliases), (mark,) if mark else None)


def decay(elapsed: timedelta) -> float:
    """Return the factor by which a weight shrinks in `elapsed` (at least 0)."""
    return float(2.0 ** (-max(elapsed, timedelta(0)) / HALF_LIFE))


def weight_at(state: TermState, at: datetime) -> float:
    """Return a term's weight at `at`; before its last signal it is the weight of that signal."""
    return state.weight * decay(at - state.last_seen)


def fold(profile: TasteProfile, signal: Signal) -> TasteProfile:
    """Fold one signal in. The caller sees to it that each signal is folded once: the store's create-only marker does."""
    newest = signal.at if profile.updated_at is None else max(profile.updated_at, signal.at)
    states = {**profile.once, **profile.terms}
    _learn(states, signal)
    terms, once = _parted(states)
    return replace(profile, terms=terms, once=once, updated_at=newest, signals=profile.signals + 1, version=profile.version + 1)


def fold_all(user_id: str, signals: Iterable[Signal]) -> TasteProfile:
    """Build a profile anew from its signals, in any order; a signal given twice counts once."""
    known = sorted({signal.id: signal for signal in signals}.values(), key=lambda signal: (signal.at, signal.id))
    states: dict[str, TermState] = {}
    for signal in known:
        _learn(states, signal)
    terms, once = _parted(states)
    newest = known[-1].at if known else None
    return TasteProfile(user_id, terms, newest, len(known), once=once, version=len(known))


def _learn(states: dict[str, TermState], signal: Signal) -> None:
    mark = item_mark(signal.item_id)
    for term in _once_a_key(signal.terms):
        states[term.key] = _merge(states.get(term.key), term, signal.at, mark)


def _once_a_key(terms: Iterable[SignalTerm]) -> list[SignalTerm]:
    """One like is one piece of evidence for a term, however many of its words mean it: the heaviest counts."""
    best: dict[str, SignalTerm] = {}
    for term in terms:
        if term.key not in best or (best[term.key].weight, best[term.key].surface) < (term.weight, term.surface):
            best[term.key] = term
    return list(best.values())


def _merge(state: TermState | None, term: SignalTerm, at: datetime, mark: str) -> TermState:
    aliases = () if term.surface == term.term else (term.surface,)
    if state is None:
        return TermState(term.kind, term.term, term.weight, 1, at, at, aliases, (mark,))
    last = max(state.last_seen, at)
    weight = state.weight * decay(last - state.last_seen) + term.weight * decay(last - at)
    known = tuple(sorted({*state.aliases, *aliases}))[:MAX_ALIASES]
    items = None if state.items is None else tuple(sorted({*state.items, mark}))[:MAX_ITEM_MARKS]
    return TermState(state.kind, state.term, weight, state.evidence + 1, min(state.first_seen, at), last, known, items)


def _parted(states: Mapping[str, TermState]) -> tuple[dict[str, TermState], dict[str, TermState]]:
    """Return the terms that are shown, and the words met once that are kept beside them: by what is known, not by when.

    Of each kind every repeated word is shown, and of the others the last seen, up to 60 in all and never fewer than 15.
    """
    terms: dict[str, TermState] = {}
    once: dict[str, TermState] = {}
    for kind in Kind:
        of_kind = [state for state in states.values() if state.kind is kind]
        single = [state for state in of_kind if state.evidence == 1]
        terms.update((state.key, state) for state in of_kind if state.evidence > 1)
        places = max(MAX_TERMS_A_KIND - (len(of_kind) - len(single)), PROBATION)
        ranked = nlargest(MAX_ONCE_A_KIND, single, key=lambda state: (state.last_seen, state.weight, state.term))
        terms.update((state.key, state) for state in ranked[:places])
        once.update((state.key, state) for state in ranked[places:])
    return terms, once


def without(profile: TasteProfile, item_id: str, left: Iterable[Signal], at: datetime) -> TasteProfile:
    """Return the profile after an item's likes were taken back at `at`, built anew from the signals that are `left`."""
    mark = item_mark(item_id)
    latest = max(at, profile.withdrawn.get(mark, at))
    withdrawn = sorted({**profile.withdrawn, mark: latest}.items(), key=lambda one: (one[1], one[0]))[-MAX_WITHDRAWN:]
    return replace(fold_all(profile.user_id, left), version=profile.version + 1, withdrawn=dict(withdrawn), ahead=profile.ahead)


def taken_back_ahead(profile: TasteProfile, item_id: str, at: datetime) -> TasteProfile:
    """Return the profile after a like of which nothing is stored was taken back at `at`: its message may come yet."""
    recent = {mark: when for mark, when in profile.ahead.items() if at - when < AHEAD_FOR}
    ahead = sorted({**recent, item_mark(item_id): at}.items(), key=lambda one: (one[1], one[0]))[-MAX_AHEAD:]
    return replace(profile, version=profile.version + 1, ahead=dict(ahead))


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


def every_state(profile: TasteProfile) -> Iterable[TermState]:
    """Return all that is known, shown or not."""
    return chain(profile.terms.values(), profile.once.values())
