"""What a fashion word means here: the name of its group, whatever it is written like; and which words never mean the same.

A phrase is read from its end: the longest word known there is the thing ("sports coat"), what stands before it are modifiers,
each by its own group ("woollen sports coat" is a wool blazer). Two phrases mean the same when thing and modifiers do.

Where both are known, the vocabulary has decided. Where one is not, an embedding may join them, unless they clash: the same
thing with other modifiers (long and short sleeves, linen and wool trousers), a thing and a kind of it, and opposites.
Vectors are near for all of these, since they are used alike.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from typing import Final

from shared.fashion.colours import HEX, OTHER_WORDS
from shared.fashion.vocabulary import (
    accessory_words,
    cloth_words,
    detail_words,
    fit_words,
    further_words,
    garment_words,
    pattern_words,
    style_words,
    world_words,
)
from shared.fashion.vocabulary.folding import ARTICLES, folded, singular
from shared.fashion.vocabulary.grammar import (
    BEHIND,
    ENDINGS,
    GENERIC,
    HAVING,
    HUES,
    LACKING,
    NEGATIONS,
    ONLY_PLURAL,
    OPPOSITES,
    SAID_OF_ALL,
)
from shared.fashion.vocabulary.kinds import KINDS

MIN_STEM: Final = 4
MAX_PHRASE: Final = 5


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a text means. `thing` and `modifiers` are names of groups where `known` says that all of them are."""

    thing: str
    modifiers: tuple[str, ...]
    known: bool

    @property
    def name(self) -> str:
        """How it is called here, the modifiers in the text's own order."""
        return " ".join((*self.modifiers, self.thing))

    @property
    def parts(self) -> frozenset[str]:
        """All of it, in no order."""
        return frozenset((*self.modifiers, self.thing))


@lru_cache(maxsize=16_384)
def meaning_of(text: str) -> Meaning:
    """Return what a word or a short phrase means."""
    meaning = _read(_in_order(folded(text)))
    name = _composed().get((frozenset(meaning.modifiers), meaning.thing)) if meaning.modifiers else None
    return Meaning(name, (), known=True) if name else meaning


def _in_order(words: tuple[str, ...]) -> tuple[str, ...]:
    """With what is said behind it before the thing: "a jacket with embroidery" as "embroidery jacket"."""
    at = next((at for at, word in enumerate(words) if word in BEHIND and 0 < at < len(words) - 1), None)
    if at is None or _name_of(words) is not None:
        return words
    behind = words[at + 1 :]
    return (*(behind[1:] if behind[0] in ARTICLES and len(behind) > 1 else behind), *words[:at])


@lru_cache(maxsize=16_384)
def _taken_apart(text: str) -> tuple[str, frozenset[str]]:
    """Return thing and modifiers, where each that is a phrase is its words: a midi skirt that is pleated is a pleated one of
    midi length.
    """
    meaning = meaning_of(text)
    modifiers = frozenset(chain.from_iterable(_words_in(part) for part in meaning.modifiers))
    *before, thing = _words_in(meaning.thing)
    return thing, modifiers | frozenset(before)


@lru_cache(maxsize=16_384)
def _words_in(name: str, above: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return the groups of a name's words, the thing last; the name itself where one of them is no word of ours, or leads back
    to one of those `above` ("denim trousers" are jeans).
    """
    words = folded(name)
    parts = _read(words, len(words) - 1) if len(words) > 1 else None
    if parts is None or not parts.known or not parts.modifiers or parts.parts & {name, *above}:
        return (name,)
    seen = above | {name}
    return tuple(chain.from_iterable(_words_in(part, seen) for part in (*parts.modifiers, parts.thing)))


def _read(words: tuple[str, ...], longest: int = MAX_PHRASE) -> Meaning:
    left = list(words)
    parts: list[str] = []
    known = True
    while left:
        name, used = _last_known(left, longest)
        droppable = SAID_OF_ALL if parts else GENERIC
        if name is None and (left[-1] in droppable or singular(left[-1]) in droppable) and (len(left) > 1 or parts):
            left.pop()
            continue
        if not parts and name in KINDS and _last_known(left[: len(left) - used], longest)[0] in KINDS[name]:
            del left[len(left) - used :]  # "fedora hat"
            continue
        known = known and name is not None
        parts.append(name or singular(left[-1]))
        del left[len(left) - used :]
    return Meaning(parts[0] if parts else "", tuple(reversed(parts[1:])), known and bool(parts))


def same_meaning(one: str, other: str) -> bool:
    """Whether two texts mean the same, by the vocabulary alone."""
    first, second = meaning_of(one), meaning_of(other)
    if first.thing == second.thing and set(first.modifiers) == set(second.modifiers):
        return True
    if first.known and second.known and _taken_apart(one) == _taken_apart(other):
        return True
    return _joined(one) == _joined(other)  # "handwear" and "hand wear", whatever they are


def is_known(text: str) -> bool:
    """Whether the vocabulary knows every word of a text: then there is nothing left to ask an embedding."""
    return meaning_of(text).known


def clash(one: str, other: str) -> bool:
    """Whether two texts cannot mean the same, however near their vectors are. It judges words and phrases, no sentences."""
    if max(len(folded(one)), len(folded(other))) > MAX_PHRASE:
        return False
    first, second = meaning_of(one), meaning_of(other)
    if same_meaning(one, other):
        return False
    if (first.known and second.known) or first.parts < second.parts or second.parts < first.parts:
        return True
    if first.thing == second.thing or _opposed(_words_of(one, first), _words_of(other, second)):
        return True
    return _share_a_word(one, other) or _begins_alike(one, other)


def brand_key(text: str) -> str:
    """Return what brands are compared by: "Levi's", "LEVIS" and "levis" are one, "H&M" and "H and M" too."""
    words = folded(text.replace(".", ""))  # "A.P.C."
    kept = [word for word in words if word not in {"inc", "ltd", "llc", "gmbh", "co", "corp", "plc", "sa", "ab"}]
    return "".join(kept or words)


def colour_name(text: str) -> str | None:
    """Return what a colour is called here: "Gray" is grey, "navy blue" navy; None for one that the table does not name.

    The whole text has to be a colour: "grey with stripes" is none.
    """
    words = [word for word in folded(text) if word not in {"color", "colored"}]
    colours = _colours()
    found = colours.get("".join(words))
    if found is None and len(words) > 1 and words[-1] in HUES:
        found = colours.get("".join(words[:-1]))
    return found


@lru_cache(maxsize=16_384)
def _joined(text: str) -> str:
    words = folded(text)
    return "".join(words if words and words[-1] in ONLY_PLURAL else (*words[:-1], *map(singular, words[-1:])))


def _share_a_word(one: str, other: str) -> bool:
    """Phrases with a word in common differ by the others, which is why both are said: "crew socks", "crew neck"."""
    return bool({singular(word) for word in folded(one)} & {singular(word) for word in folded(other)})


def _begins_alike(one: str, other: str) -> bool:
    """One word that goes on behind another by more than an ending: "pump" and "pumpkin", whose vectors are near."""
    short, long = sorted(("".join(folded(one)), "".join(folded(other))), key=len)
    return len(short) >= MIN_STEM and long.startswith(short) and long[len(short) :] not in ENDINGS


def _opposed(firsts: set[str], seconds: set[str]) -> bool:
    return any(
        frozenset((first, second)) in OPPOSITES or _negates(first, second) or _negates(second, first)
        for first in firsts - seconds
        for second in seconds - firsts
    )


def _words_of(text: str, meaning: Meaning) -> set[str]:
    """As it is written and as it is called: "collarless" is in the group of band collars."""
    return set(chain(folded(text), *map(folded, meaning.parts)))


def _negates(one: str, other: str) -> bool:
    """Whether `one` denies `other`: unworn and worn, sleeveless and sleeved."""
    for prefix in NEGATIONS:
        if one.startswith(prefix) and len(one) - len(prefix) >= MIN_STEM and one[len(prefix) :] == other:
            return True
    stems = [one[: -len(ending)] for ending in LACKING if one.endswith(ending)]
    return any(len(stem) >= MIN_STEM and other.startswith(stem[:-1] if stem.endswith("e") else stem) for stem in stems)


def _last_known(words: list[str], longest: int) -> tuple[str | None, int]:
    """Return the name of the longest known phrase at the end, and how many words it has; None and 1 for an unknown word."""
    for length in range(min(longest, len(words)), 0, -1):
        name = _name_of(tuple(words[len(words) - length :]))
        if name is not None:
            return name, length
    return None, 1


@lru_cache(maxsize=16_384)
def _name_of(words: tuple[str, ...]) -> str | None:
    table = _table()
    *first, last = words
    forms = [last, singular(last)]
    if f"{last}s" not in ONLY_PLURAL:
        forms.append(f"{last}s")
    if first and last in HAVING:
        forms.append(HAVING[last])
    for form in forms:
        key = "".join((*first, form))
        if key in table:
            return table[key]
    return table.get("".join(map(singular, words)))


def is_loaded() -> bool:
    """Whether the tables have been read."""
    return _composed.cache_info().currsize > 0


def load() -> None:
    """Read the tables, which the first question does else. Blocks for 0.1 s: call it in a thread."""
    _composed()
    _colours()


@cache
def _table() -> dict[str, str]:
    """Return joined words -> name of their group."""
    table: dict[str, str] = {}
    for name, aliases in groups():
        for alias in aliases:
            table.setdefault("".join(folded(alias)), name)
    return table


@cache
def _composed() -> dict[tuple[frozenset[str], str], str]:
    """Return the parts of a phrase that is known as a whole -> its group: "bellbottom pants" as "bellbottom trousers"."""
    found: dict[tuple[frozenset[str], str], str | None] = {}
    for name, aliases in groups():
        for alias in aliases:
            words = folded(alias)
            parts = _read(words, len(words) - 1) if len(words) > 1 else None
            if parts and parts.known and parts.modifiers:
                key = (frozenset(parts.modifiers), parts.thing)
                found[key] = name if found.get(key, name) == name else None
    return {key: name for key, name in found.items() if name}


@cache
def _colours() -> dict[str, str]:
    return {"".join(folded(text)): name for text, name in (*((name, name) for name in HEX), *OTHER_WORDS.items())}


@cache
def groups() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return every group: its name, and all its words, the name among them."""
    text = "".join(
        room.GROUPS
        for room in (
            garment_words,
            accessory_words,
            cloth_words,
            fit_words,
            style_words,
            further_words,
            world_words,
            detail_words,
            pattern_words,
        )
    )
    found = []
    for line in text.replace("\n|", " |").splitlines():  # a long group goes on in a line that begins with a bar
        if line.strip():
            aliases = tuple(part.strip() for part in line.split("|"))
            found.append((aliases[0], aliases))
    return tuple(found)
