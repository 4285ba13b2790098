"""A small part of `make quality`: the everyday words of shops join, and what only seems alike does not."""

from quality.words import judged, pairs, wrong
from shared.fashion.vocabulary import same_meaning


def test_the_everyday_words_of_shops_join_without_an_embedding() -> None:
    known = pairs("shop_synonyms.csv")
    joined = [same_meaning(pair.one, pair.other) for pair in known]
    assert judged(known, joined) == (1.0, 1.0), wrong(known, joined)


def test_wordnets_words_for_clothes_join_with_hardly_an_error() -> None:
    known = pairs("wordnet_clothing_pairs.csv")
    precision, recall = judged(known, [same_meaning(pair.one, pair.other) for pair in known])
    assert precision >= 0.97
    assert recall >= 0.65


def test_words_of_fashion_join_without_an_error() -> None:
    known = pairs("fashion_words.csv")
    joined = [same_meaning(pair.one, pair.other) for pair in known]
    precision, recall = judged(known, joined)
    assert precision >= 0.99, wrong(known, joined)
    assert recall >= 0.85
