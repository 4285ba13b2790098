"""Which terms belong in the user's three lists, and how to put them there without touching what the user declared; pure.

The lists are the web API's and the user's; ours is the record `tasteInferred` beside them, which says which entries we
added. An entry of ours that has faded is taken out again; one that the user took out is remembered and stays out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import log2
from typing import Any, Final

from agents.taste_analysis.profile import HALF_LIFE, Kind, TasteProfile, weight_at

LISTS: Final = {"stylePreferences": Kind.STYLE, "favoriteBrands": Kind.BRAND, "preferredColours": Kind.COLOUR}
MIN_ITEMS: Final = 2  # liking one thing, however often, is an accident
MIN_SHARE: Final = 0.3  # of the heaviest of its kind: what is met by chance stays far below it
KEEP_SHARE: Final = 0.2  # hysteresis: an entry of ours goes later than it came
MIN_WEIGHT: Final = 0.5  # about one sure like, a half-life ago
KEEP_WEIGHT: Final = 0.25
MAX_INFERRED: Final = 12
MAX_DECLINED: Final = 50
A_MOMENT: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Terms for each list, heaviest first: `strong` may be added, `kept` may stay where we added them before."""

    strong: Mapping[str, tuple[str, ...]]
    kept: Mapping[str, tuple[str, ...]]

    def as_lists(self) -> dict[str, tuple[str, ...]]:
        """Return what decides about the lists: both groups, by a name each."""
        named = {f"{name}:strong": terms for name, terms in self.strong.items()}
        return {**named, **{f"{name}:kept": terms for name, terms in self.kept.items()}}


@dataclass(frozen=True, slots=True)
class Plan:
    """The change of one document: whole `lists` to write, our record `inferred`, and `skipped` lists that are none."""

    changed: bool
    lists: dict[str, list[Any]] = field(default_factory=dict)
    inferred: dict[str, Any] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()


def wanted_lists(profile: TasteProfile, at: datetime) -> Wanted:
    """Return the terms that are known from two different items and weigh enough at `at`, also beside the heaviest such term.

    Garments are no preference of their own.
    """
    strong: dict[str, tuple[str, ...]] = {}
    kept: dict[str, tuple[str, ...]] = {}
    for name, kind in LISTS.items():
        weighed = _weighed(profile, kind, at)
        heaviest = weighed[0][0] if weighed else 0.0
        strong[name] = _at_least(weighed, max(MIN_WEIGHT, MIN_SHARE * heaviest))
        kept[name] = _at_least(weighed, max(KEEP_WEIGHT, KEEP_SHARE * heaviest))
    return Wanted(strong, kept)


def fades_at(profile: TasteProfile, at: datetime) -> datetime | None:
    """Return when the next of the words that may stand in the lists will have faded if nothing is liked; None without any.

    All weights shrink alike, so none falls beside the others by time alone, and what is too light beside them now stands in no
    list then: of the rest the absolute floor decides.
    """
    kept: list[float] = []
    for kind in LISTS.values():
        weights = [weight for weight, _ in _weighed(profile, kind, at)]
        kept += [weight for weight in weights if weight >= max(KEEP_WEIGHT, KEEP_SHARE * weights[0])]
    if not kept:
        return None
    lightest = min(kept)
    return at + HALF_LIFE * log2(lightest / KEEP_WEIGHT) + A_MOMENT


def _weighed(profile: TasteProfile, kind: Kind, at: datetime) -> list[tuple[float, str]]:
    weighed = [
        (weight_at(state, at), state.term)
        for state in profile.terms.values()
        if state.kind is kind and state.different_items >= MIN_ITEMS
    ]
    return sorted(weighed, key=lambda pair: (-pair[0], pair[1]))


def _at_least(weighed: Iterable[tuple[float, str]], floor: float) -> tuple[str, ...]:
    return tuple(term for weight, term in weighed if weight >= floor)[:MAX_INFERRED]


def plan(document: Mapping[str, Any], wanted: Wanted) -> Plan:
    """Return what to write, from the document as it stands. Applied, and planned again, it changes nothing more."""
    record = document.get("tasteInferred")
    record = record if isinstance(record, Mapping) else {}
    declined_record = record.get("declined")
    declined_record = declined_record if isinstance(declined_record, Mapping) else {}
    lists: dict[str, list[Any]] = {}
    inferred: dict[str, Any] = {"declined": {}}
    skipped = []
    for name in LISTS:
        value = document.get(name)
        if value is not None and not isinstance(value, list):
            skipped.append(name)  # not ours to mend
            continue
        present = list(value or [])
        entries, ours, declined = _one_list(
            present, _words(record.get(name)), _words(declined_record.get(name)), wanted.strong[name], wanted.kept[name]
        )
        inferred[name], inferred["declined"][name] = ours, declined
        if entries != present:
            lists[name] = entries
    before = {key: value for key, value in record.items() if key != "version"}
    nothing_known = not record and not any(inferred.get(name) for name in LISTS)
    changed = bool(lists) or (before != inferred and not nothing_known)
    return Plan(changed, lists, inferred, tuple(skipped))


def _one_list(
    present: list[Any], ours: list[str], declined: list[str], strong: tuple[str, ...], kept: tuple[str, ...]
) -> tuple[list[Any], list[str], list[str]]:
    """Return the list's new entries, which of them are ours, and what the user has declined.

    Ours stand strongest first in the places that they have, further ones at the end; no entry of the user's moves.
    """
    in_list = {entry.casefold() for entry in present if isinstance(entry, str)}
    gone = [term for term in ours if term.casefold() not in in_list]
    declined = list(dict.fromkeys([*declined, *gone]))[-MAX_DECLINED:]
    refused = {term.casefold() for term in declined}
    strength = {term.casefold(): place for place, term in enumerate(kept)}
    mine = {term.casefold() for term in ours} & in_list
    faded = mine - strength.keys()
    entries = [entry for entry in present if not (isinstance(entry, str) and entry.casefold() in faded)]
    staying = [term for term in ours if term.casefold() in mine - faded]
    for term in strong:
        folded = term.casefold()
        if len(staying) < MAX_INFERRED and folded not in in_list and folded not in refused:
            entries.append(term)
            staying.append(term)
            in_list.add(folded)
    staying.sort(key=lambda term: strength.get(term.casefold(), MAX_INFERRED))
    places: dict[str, int] = {}
    for place, entry in enumerate(entries):
        if isinstance(entry, str):
            places.setdefault(entry.casefold(), place)
    written = [entries[places[term.casefold()]] for term in staying]
    for place, entry in zip(sorted(places[term.casefold()] for term in staying), written, strict=True):
        entries[place] = entry
    return entries, staying, declined


def _words(value: object) -> list[str]:
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []
