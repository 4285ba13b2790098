"""Joining style and garment words, as `agents.taste_analysis.terms` does it with the embedded model, on labelled pairs.

The baseline joins by the embedding alone, at the threshold that was chosen for it. Labelled sets: `quality/data/README.md`.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.taste_analysis.terms import nearest
from quality.figure import Figure
from shared.fashion.vocabulary import brand_key
from shared.local.embedding import SYNONYM_THRESHOLD, LocalEmbeddings

DATA = Path(__file__).parent / "data"
BRANDS = (
    ("Levi's", "Levis", True), ("LEVI\u2019S", "levi's", True), ("H&M", "H and M", True), ("Dr. Martens", "Dr Martens", True),
    ("A.P.C.", "APC", True), ("Acne Studios", "ACNE STUDIOS", True), ("Comme des Garçons", "Comme des Garcons", True),
    ("J.Crew", "J Crew", True), ("Arket", "Arket AB", True), ("COS", "COAS", False), ("Gap", "Gant", False),
    ("Levi's", "Lee", False), ("Ganni", "Gucci", False),
)  # fmt: skip
FORMER_THRESHOLD = 0.6
# labelled set, what it is of, the goal of its recall
SETS = (
    ("wordnet_clothing_pairs.csv", "WordNet's words for clothes", 0.6), ("fashion_words.csv", "words of fashion", 0.6),
    ("shop_synonyms.csv", "words of shops", 1.0),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """Two words, and whether they mean the same."""

    one: str
    other: str
    same: bool


def pairs(name: str) -> list[Pair]:
    """Return a labelled set."""
    with (DATA / name).open() as lines:
        return [Pair(row["one"], row["other"], row["same"] == "1") for row in csv.DictReader(lines)]


def by_embedding_alone(pair: Pair, vectors: Mapping[str, Sequence[float]]) -> bool:
    """Whether the baseline joins them."""
    cosine = sum(one * other for one, other in zip(vectors[pair.one], vectors[pair.other], strict=True))
    return cosine >= FORMER_THRESHOLD


def judged(known: Sequence[Pair], joined: Sequence[bool]) -> tuple[float, float]:
    """Return precision and recall."""
    hits = sum(pair.same and join for pair, join in zip(known, joined, strict=True))
    return hits / max(sum(joined), 1), hits / sum(pair.same for pair in known)


async def joined_by(known: Sequence[Pair]) -> tuple[list[bool], list[bool]]:
    """Return which pairs are joined: ours, baseline."""
    words = sorted({word for pair in known for word in (pair.one, pair.other)})
    vectors = dict(zip(words, await LocalEmbeddings().embed(words), strict=True))
    ours = [nearest(pair.one, [pair.other], vectors, SYNONYM_THRESHOLD) is not None for pair in known]
    return ours, [by_embedding_alone(pair, vectors) for pair in known]


def wrong(known: Sequence[Pair], joined: Sequence[bool]) -> list[str]:
    """Return what is wrong: first what was joined and should not have been."""
    found = [(pair.same, f"{pair.one} / {pair.other}: {'apart' if pair.same else 'joined'}")
             for pair, join in zip(known, joined, strict=True) if pair.same != join]  # fmt: skip
    return [text for _, text in sorted(found, key=lambda one: one[0])]


async def measure() -> list[Figure]:
    """Return the room's figures."""
    figures = []
    for name, title, goal in SETS:
        known = pairs(name)
        ours, baseline = await joined_by(known)
        (precision, recall), (simply, simply_recall) = judged(known, ours), judged(known, baseline)
        figures += [
            Figure(f"joining {title}, {len(known)} pairs: precision", precision, ">=", 0.97, simply, wrong(known, ours)),
            Figure(f"joining {title}, {len(known)} pairs: recall", recall, ">=", goal, simply_recall),
        ]
    right = [(brand_key(one) == brand_key(other)) == same for one, other, same in BRANDS]
    simple = [(one.casefold() == other.casefold()) == same for one, other, same in BRANDS]
    figures.append(
        Figure(
            "brands written otherwise are one, and others are not", sum(right) / len(BRANDS), ">=", 1.0,
            sum(simple) / len(BRANDS),
            [f"{one} / {other}" for (one, other, _), ok in zip(BRANDS, right, strict=True) if not ok],
        )
    )  # fmt: skip
    return figures
