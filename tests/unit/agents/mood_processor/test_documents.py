"""The fold of articles into a mood: each counts once, in any order, and everything stays bounded."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agents.mood_processor.documents import MAX_SOURCES, Mention, fold, momentum_at, mood_id
from shared.web.feeds import Article

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def article(number: int, days: float = 1.0) -> Article:
    return Article(f"{number:016x}", f"https://hem.example/{number}", f"Title {number}", "", "Hem", NOW - timedelta(days=days))


def mention(*articles: Article, name: str = "Quiet Luxury", **fields: object) -> Mention:
    return Mention(name, "Minimalist", "no logos", articles, **fields)  # type: ignore[arg-type]


def folded(stored: dict | None, one: Mention, days: float = 0.0) -> dict | None:
    return fold(stored, one, now=NOW + timedelta(days=days), vector=(1.0, 0.0), model="m")


def test_a_new_mood_has_the_contracts_fields() -> None:
    document = folded(None, mention(article(1), sub_moods=("calm",), signals={"fabrics": ("wool",)}))
    assert document is not None
    assert document["id"] == "minimalist-quiet-luxury"
    assert (document["trendScore"], document["primaryMood"], document["subMoods"]) == (1, "Minimalist", ["calm"])
    assert document["sources"] == [
        {"title": "Title 1", "url": "https://hem.example/1", "source": "Hem", "publishedAt": "2026-11-22T06:00:00.000Z"}
    ]
    assert (document["nameEmbedding"], document["embeddingModel"]) == ([1.0, 0.0], "m")
    assert mood_id("Dark Academia", "Café & Co.") == "dark academia-cafe-co"
    assert mood_id("Edgy", "!!") == ""


@given(st.lists(st.lists(st.integers(1, 30), max_size=8), max_size=8))
def test_a_score_counts_distinct_articles_whatever_the_runs_and_their_order(runs: list[list[int]]) -> None:
    stored: dict | None = None
    for day, numbers in enumerate(runs):
        stored = folded(stored, mention(*(article(number) for number in numbers)), days=day * 0.1) or stored
    again = stored
    for numbers in reversed(runs):
        again = folded(again, mention(*(article(number) for number in numbers)), days=1) or again
    expected = len({number for numbers in runs for number in numbers})
    if stored is None:
        assert expected == 0
        return
    assert stored["trendScore"] == expected
    assert again == stored


def test_sources_are_the_twenty_newest_and_counted_keys_go_after_half_a_year() -> None:
    stored = folded(None, mention(*(article(number, days=number) for number in range(1, 41))))
    assert stored is not None
    assert [source["title"] for source in stored["sources"]] == [f"Title {number}" for number in range(1, MAX_SOURCES + 1)]
    later = folded(stored, mention(article(99)), days=200)
    assert later is not None
    assert list(later["countedArticles"]) == [article(99).key]
    assert later["trendScore"] == 41


def test_momentum_halves_in_two_weeks_while_the_score_stays() -> None:
    stored = folded(None, mention(article(1, days=0), article(2, days=0)))
    assert stored is not None
    assert momentum_at(stored, NOW) == 2.0
    assert momentum_at(stored, NOW + timedelta(days=14)) == 1.0
    assert stored["trendScore"] == 2


def test_another_name_becomes_an_alias_and_words_are_added() -> None:
    stored = folded(None, mention(article(1), signals={"fabrics": ("wool",)}))
    other = folded(stored, mention(article(2), name="Stealth Wealth", signals={"fabrics": ("silk", "wool")}))
    assert other is not None
    assert (other["name"], other["aliases"]) == ("Quiet Luxury", ["Stealth Wealth"])
    assert other["moodSignals"]["fabrics"] == ["wool", "silk"]
