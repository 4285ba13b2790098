"""Which terms belong in the user's three lists, and how to put them there without touching what the user declared; pure.

The lists are the web API's and the user's; ours is the record `tasteInferred` beside them, which says which entries we
added. An entry of ours that has faded is taken out again; one that the user took out is remembered and stays out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from agents.taste_analysis.profile import Kind, TasteProfile, weight_at

LISTS: Final = {"stylePreferences": Kind.STYLE, "favoriteBrands": Kind.BRAND, "preferredColours": Kind.COLOUR}
MIN_EVIDENCE: Final = 2  # one like is an accident
MIN_WEIGHT: Final = 0.5  # about one sure like, a half-life ago
KEEP_WEIGHT: Final = 0.25  # hysteresis: an entry of ours goes a half-life later than it came
MAX_INFERRED: Final = 12
MAX_DECLINED: Final = 50


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
    """Return the terms with enough evidence and weight at `at`. Garments are no preference of their own."""
    strong: dict[str, tuple[str, ...]] = {}
    kept: dict[str, tuple[str, ...]] = {}
    for name, kind in LISTS.items():
        weighed = [
            (weight_at(state, at), state.term)
            for state in profile.terms.values()
            if state.kind is kind and state.evidence >= MIN_EVIDENCE
        ]
        weighed.sort(key=lambda pair: (-pair[0], pair[1]))
        strong[name] = tuple(term for weight, term in weighed if weight >= MIN_WEIGHT)[:MAX_INFERRED]
        kept[name] = tuple(term for weight, term in weighed if weight >= KEEP_WEIGHT)[:MAX_INFERRED]
    return Wanted(strong, kept)


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
    """Return the list's new entries, which of them are ours, and what the user has declined."""
    in_list = {entry.casefold() for entry in present if isinstance(entry, str)}
    gone = [term for term in ours if term.casefold() not in in_list]
    declined = list(dict.fromkeys([*declined, *gone]))[-MAX_DECLINED:]
    refused = {term.casefold() for term in declined}
    staying = [term for term in ours if term.casefold() in in_list]
    keep = {term.casefold() for term in kept}
    faded = {term.casefold() for term in staying if term.casefold() not in keep}
    entries = [entry for entry in present if not (isinstance(entry, str) and entry.casefold() in faded)]
    staying = [term for term in staying if term.casefold() not in faded]
    for term in strong:
        folded = term.casefold()
        if len(staying) < MAX_INFERRED and folded not in in_list and folded not in refused:
            entries.append(term)
            staying.append(term)
            in_list.add(folded)
    return entries, staying, declined


def _words(value: object) -> list[str]:
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []
