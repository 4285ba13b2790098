"""Turns a picture's words into the profile's terms, joining near-synonyms; pure.

Garment and style words join the nearest known term of their kind when their embeddings are near enough; "linen blazer"
and "linen jacket" are then one taste. Colours and brands join by equality only: navy is near burgundy for a language
model, not for a wardrobe. Opposites share their contexts and so their vectors, so some pairs never join.
"""

from collections.abc import Mapping, Sequence
from operator import mul
from typing import Final

from agents.taste_analysis.profile import Kind, SignalTerm, TasteProfile, TermState
from shared.fashion.style import StyleDescription

Vector = Sequence[float]
JOINABLE: Final = (Kind.STYLE, Kind.GARMENT)
STYLE_WEIGHT, GARMENT_WEIGHT, BRAND_WEIGHT = 1.0, 0.8, 1.0
COLOUR_WEIGHTS: Final = (1.0, 0.7, 0.5, 0.35, 0.25)  # most of the picture first
OPPOSITES: Final = frozenset(
    frozenset(pair)
    for pair in (
        ("minimalist", "maximalist"), ("minimal", "maximal"), ("minimalism", "maximalism"), ("oversized", "fitted"),
        ("casual", "formal"), ("masculine", "feminine"), ("loose", "tight"), ("cropped", "longline"),
        ("short", "long"), ("matte", "shiny"), ("plain", "patterned"), ("old money", "new money"),
        ("high waisted", "low waisted"), ("high-waisted", "low-waisted"), ("dark", "light"), ("vintage", "modern"),
    )
)  # fmt: skip


def words_of(description: StyleDescription) -> list[tuple[Kind, str, float]]:
    """Return every word with its kind and weight: the weight of its kind or rank, times the confidence."""
    sure = description.confidence
    words = [(Kind.STYLE, word, STYLE_WEIGHT * sure) for word in description.style_keywords]
    words += [(Kind.GARMENT, word, GARMENT_WEIGHT * sure) for word in description.garments]
    words += [(Kind.COLOUR, word, weight * sure) for word, weight in zip(description.colours, COLOUR_WEIGHTS, strict=False)]
    brand = " ".join((description.brand or "").split())
    if brand:
        words.append((Kind.BRAND, brand, BRAND_WEIGHT * sure))
    return words


def texts_to_embed(description: StyleDescription, profile: TasteProfile) -> tuple[str, ...]:
    """Return the texts whose vectors `resolve` needs: none while every word is known already."""
    texts: dict[str, None] = {}
    for kind in JOINABLE:
        words = [word for its_kind, word, _ in words_of(description) if its_kind is kind]
        unknown = [word for word in words if _known(kind, word, profile) is None]
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
        term = nearest(word, anchors[kind], vectors, threshold) if kind in JOINABLE else None
        if term is None:
            term = word
            anchors.setdefault(kind, []).append(word)
        resolved.append(SignalTerm(kind, term, word, weight))
    return tuple(resolved)


def _of_kind(kind: Kind, profile: TasteProfile) -> list[TermState]:
    return [state for _, state in sorted(profile.terms.items()) if state.kind is kind]


def _known(kind: Kind, word: str, profile: TasteProfile) -> str | None:
    """The profile's term for this very word: the term itself, or one that it was joined to before."""
    folded = word.casefold()
    states = _of_kind(kind, profile)
    for state in states:
        if state.term.casefold() == folded:
            return state.term
    for state in states:
        if any(alias.casefold() == folded for alias in state.aliases):
            return state.term
    return None


def nearest(word: str, terms: Sequence[str], vectors: Mapping[str, Vector], threshold: float) -> str | None:
    """Return the term that `word` joins: the nearest of at least `threshold` that is no opposite; None without one."""
    mine = vectors.get(word)
    if mine is None:
        return None
    best: tuple[float, str] | None = None
    for term in sorted(terms):
        other = vectors.get(term)
        if other is None or frozenset((word.casefold(), term.casefold())) in OPPOSITES:
            continue
        nearness = sum(map(mul, mine, other))
        if nearness >= threshold and (best is None or nearness > best[0]):
            best = (nearness, term)
    return best[1] if best else None
