"""Joining near-synonyms: the labelled pairs, the opposites, and an order that does not matter."""

import csv
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest

from agents.taste_analysis.profile import Kind, Signal, SignalTerm, TasteProfile, fold, fold_all
from agents.taste_analysis.terms import nearest, resolve, texts_to_embed
from shared.fashion.style import StyleDescription
from shared.local.embedding import SYNONYM_THRESHOLD, LocalEmbeddings

START = datetime(2026, 1, 1, tzinfo=UTC)
PAIRS = Path(__file__).parents[3] / "data/synonym_pairs.csv"


async def test_the_embedded_models_threshold_joins_no_wrong_pair_and_most_right_ones() -> None:
    with PAIRS.open() as lines:
        pairs = [(row["one"], row["other"], row["same"] == "1") for row in csv.DictReader(lines)]
    words = sorted({word for one, other, _ in pairs for word in (one, other)})
    vectors = dict(zip(words, await LocalEmbeddings().embed(words), strict=True))
    joined = [(same, nearest(one, [other], vectors, SYNONYM_THRESHOLD) is not None) for one, other, same in pairs]
    assert [pair for pair, (same, join) in zip(pairs, joined, strict=True) if join and not same] == []
    assert sum(join for same, join in joined if same) >= 0.75 * sum(same for same, _ in joined)


@pytest.mark.parametrize(("one", "other"), [("minimalist", "maximalist"), ("short", "long"), ("Old Money", "new money")])
def test_opposites_never_join_however_near_their_vectors(one: str, other: str) -> None:
    assert nearest(one, [other], {one: (1.0, 0.0), other: (1.0, 0.0)}, 0.5) is None


def test_the_nearest_of_several_is_taken_and_nothing_below_the_threshold() -> None:
    vectors = {"word": (1.0, 0.0), "near": (0.8, 0.6), "nearer": (0.96, 0.28), "far": (0.0, 1.0)}
    assert nearest("word", ["near", "far", "nearer"], vectors, 0.7) == "nearer"
    assert nearest("word", ["far"], vectors, 0.7) is None
    assert nearest("unknown", ["near"], vectors, 0.7) is None


def test_the_order_of_a_description_does_not_matter() -> None:
    words = ["zorblike", "zorbish", "tailored"]
    vectors = {"zorblike": (1.0, 0.0), "zorbish": (0.9, 0.4359), "tailored": (0.0, 1.0)}
    profile = TasteProfile.empty("u")
    seen = set()
    for order in permutations(words):
        described = StyleDescription(style_keywords=list(order), colours=[], garments=[], confidence=1.0)
        assert set(texts_to_embed(described, profile)) == set(words)
        seen.add(frozenset((term.term, term.surface) for term in resolve(described, profile, vectors, 0.8)))
    assert len(seen) == 1
    assert {term for term, _ in next(iter(seen))} == {"zorbish", "tailored"}


def learnt(profile: TasteProfile, **words: object) -> list[tuple[str, str]]:
    described = StyleDescription(**{"style_keywords": [], "colours": [], "garments": [], "confidence": 1.0, **words})
    assert texts_to_embed(described, profile) == (), "the vocabulary knows these words: nothing is left to embed"
    return [(term.key, term.surface) for term in resolve(described, profile, {}, 0.8)]


def test_words_that_mean_the_same_are_one_term_whichever_came_first() -> None:
    empty = TasteProfile.empty("u")
    assert learnt(empty, garments=["pants"], style_keywords=["boho"], colours=["gray"], brand="Levis") == [
        ("brand:Levis", "Levis"), ("colour:grey", "gray"), ("garment:trousers", "pants"), ("style:bohemian", "boho"),
    ]  # fmt: skip
    terms = [
        SignalTerm(Kind.GARMENT, "pants", "pants", 1.0), SignalTerm(Kind.BRAND, "Levi's", "Levi's", 1.0),
        SignalTerm(Kind.COLOUR, "burgundy", "burgundy", 1.0),
    ]  # fmt: skip
    before = fold(empty, Signal("signal:1", "u", "j", 1, "i", "https://x.example/y", START, tuple(terms)))
    assert sorted(learnt(before, garments=["trousers"], colours=["wine red"], brand="LEVI\u2019S")) == [
        ("brand:Levi's", "LEVI\u2019S"), ("colour:burgundy", "wine red"), ("garment:pants", "trousers"),
    ]  # fmt: skip


def test_a_word_met_once_long_ago_is_still_known_by_its_other_name() -> None:
    profile = fold_all("u", [
        Signal(f"signal:{n}", "u", "j", 1, f"i{n}", "https://x.example/y", START + timedelta(days=n), (
            SignalTerm(Kind.STYLE, "jumper" if n == 0 else f"word {n}", "x", 1.0),
        ))
        for n in range(100)
    ])  # fmt: skip
    assert "style:jumper" in profile.once
    assert learnt(profile, style_keywords=["sweater"]) == [("style:jumper", "sweater")]
