"""Turns a picture's words into the profile's terms, joining what means the same; pure.

The vocabulary decides first (`shared.fashion.vocabulary`): "pants" are trousers and a "woollen sports coat" is a wool blazer,
whatever the spelling. Only a style or garment word that it does not know may join the nearest known term, when their
embeddings are near enough and the two do not clash. Colours and brands join by their names alone: navy is near burgundy for a
language model, not for a wardrobe.
"""

from collections.abc import Mapping, Sequence
from operator import mul
from typing import Final

from agents.taste_analysis.profile import Kind, SignalTerm, TasteProfile, TermState, every_state
from shared.fashion.style import StyleDescription
from shared.fashion.vocabulary import brand_key, clash, colour_name, is_known, meaning_of, same_meaning

Vector = Sequence[float]
JOINABLE: Final = (Kind.STYLE, Kind.GARMENT)
STYLE_WEIGHT, GARMENT_WEIGHT, BRAND_WEIGHT = 1.0, 0.8, 1.0
COLOUR_WEIGHTS: Final = (1.0, 0.7, 0.5, 0.35, 0.25)  # most of the picture first


def words_of(description: StyleDescription) -> list[tuple[Kind, str, float]]:
    """Return every word with its kind and weight: the weight of its kind or rank, times how sure the model was of it."""
    if description.is_empty:
        return []
    sure = description.sure_of
    words = [(Kind.STYLE, word, STYLE_WEIGHT * sure(word)) for word in description.style_keywords]
    words += [(Kind.GARMENT, word, GARMENT_WEIGHT * sure(word)) for word in description.garments]
    colours = zip(description.colours, COLOUR_WEIGHTS, strict=False)
    words += [(Kind.COLOUR, word, weight * sure(word)) for word, weight in colours]
    brand = " ".join((description.brand or "").split())
    if brand:
        words.append((Kind.BRAND, brand, BRAND_WEIGHT * description.confidence))
    return words


def texts_to_embed(description: StyleDescription, profile: TasteProfile) -> tuple[str, ...]:
    """Return the texts whose vectors `resolve` needs: none while the profile or the vocabulary knows every word."""
    texts: dict[str, None] = {}
    for kind in JOINABLE:
        words = [word for its_kind, word, _ in words_of(description) if its_kind is kind]
        unknown = [word for word in words if not is_known(word) and _known(kind, word, profile) is None]
        if unknown and len(words) + len(_of_kind(kind, profile)) > 1:
            texts.update(dict.fromkeys(words))
            texts.update(dict.fromkeys(state.term for state in _of_kind(kind, profile)))
    return tuple(texts)


def resolve(
    description: StyleDescription, profile: TasteProfile, vectors: Mapping[str, Vector], threshold: float
) -> tuple[SignalTerm, ...]:
    """Return the signal's terms. `vectors`: unit vectors of `texts_to_embed`; `threshold`: the model's own cosine.

    Known words come first and unknown ones in alphabetical order, so the order of the description does not matter.
    """
    resolved: list[SignalTerm] = []
    anchors = {kind: [state.term for state in _of_kind(kind, profile)] for kind in JOINABLE}
    pending: list[tuple[Kind, str, float]] = []
    for kind, word, weight in words_of(description):
        term = _known(kind, word, profile)
        if term is None:
            pending.append((kind, word, weight))
        else:
            resolved.append(SignalTerm(kind, term, word, weight))
    for kind, word, weight in sorted(pending):
        anchors.setdefault(kind, [])
        term = nearest(word, anchors[kind], vectors, threshold) if kind in JOINABLE else _same_name(kind, word, anchors[kind])
        if term is None:
            term = _called(kind, word)
            anchors[kind].append(term)
        resolved.append(SignalTerm(kind, term, word, weight))
    return tuple(resolved)


def _of_kind(kind: Kind, profile: TasteProfile) -> list[TermState]:
    return [state for _, state in sorted(profile.terms.items()) if state.kind is kind]


def _known(kind: Kind, word: str, profile: TasteProfile) -> str | None:
    """The profile's term for this word: the term itself, what means the same, or one that it was joined to before."""
    folded = word.casefold()
    states = sorted((state for state in every_state(profile) if state.kind is kind), key=lambda state: state.term)
    for state in states:
        if state.term.casefold() == folded:
            return state.term
    same = _same_name(kind, word, [state.term for state in states])
    if same is not None:
        return same
    for state in states:
        if any(alias.casefold() == folded for alias in state.aliases):
            return state.term
    return None


def _same_name(kind: Kind, word: str, terms: Sequence[str]) -> str | None:
    """Return the term of this kind that is another way to write `word`."""
    if kind in JOINABLE:
        return next((term for term in sorted(terms) if same_meaning(word, term)), None)
    key = _key(kind, word)
    return next((term for term in sorted(terms) if _key(kind, term) == key), None)


def _key(kind: Kind, word: str) -> str:
    return brand_key(word) if kind is Kind.BRAND else _called(kind, word)


def _called(kind: Kind, word: str) -> str:
    """Return what a new term is called: by the vocabulary's name where it has one."""
    if kind is Kind.COLOUR:
        return colour_name(word) or word
    return meaning_of(word).name if kind in JOINABLE and is_known(word) else word


def nearest(word: str, terms: Sequence[str], vectors: Mapping[str, Vector], threshold: float) -> str | None:
    """Return the term that `word` joins: one that means the same; else the nearest of at least `threshold` that does not clash
    with it; None without one.
    """
    same = next((term for term in sorted(terms) if same_meaning(word, term)), None)
    mine = vectors.get(word)
    if same is not None or mine is None:
        return same
    best: tuple[float, str] | None = None
    for term in sorted(terms):
        other = vectors.get(term)
        if other is None or clash(word, term):
            continue
        nearness = sum(map(mul, mine, other))
        if nearness >= threshold and (best is None or nearness > best[0]):
            best = (nearness, term)
    return best[1] if best else None
