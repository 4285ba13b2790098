"""What a model finds in articles: a mood of ours under whatever name, one primary mood a name, and words that are there."""

import json
from typing import Any

import pytest

from agents.mood_processor.documents import KnownMood
from agents.mood_processor.extraction import Extraction, extract
from shared.chat.base import Question
from shared.chat.openai_chat import answer_schema
from shared.fashion.mood_names import canonical
from shared.fashion.moods import PRIMARY_MOODS, FoundMood, FoundMoods, MoodsAsked
from shared.retry import QuickRetry
from shared.web.feeds import Article
from tests.fakes.clock import VirtualTime
from tests.fakes.models import FakeChat

OLD_MONEY = KnownMood("preppy-old-money", "Old Money", "Preppy", ("Inherited Wealth",))
LEGACY = KnownMood("edgy-grunge-1", "Grunge", "Edgy")
TEXT = "The old-money wardrobe: \u201cpearls,  riding boots\u201d and cable knits."


async def found(*moods: dict[str, Any], texts: tuple[str, ...] = (TEXT,)) -> tuple[Extraction, Question[Any]]:
    whole = [
        FoundMood.model_validate({"primary_mood": "Classic", "description": "x", "articles": [0], **mood}) for mood in moods
    ]
    chat = FakeChat(lambda _question: FoundMoods(moods=whole))
    articles = [
        Article(key=f"k{at}", url=f"https://x.example/{at}", title=text, summary="", published=None, source="s")
        for at, text in enumerate(texts)
    ]
    known = (OLD_MONEY, LEGACY)
    result = await extract(articles, chat=chat, clock=VirtualTime().clock(), quick=QuickRetry(retries=0), known=known)
    return result, chat.questions[0]


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Heritage Chic", "preppy-old-money"), ("Old Money", "new"), ("old money aesthetic", None), ("Old-Money Style", ""),
        ("Inherited wealth", "preppy-no-such"), ("OLD MONEY LOOK", "new"),
    ],
)  # fmt: skip
async def test_a_known_mood_keeps_its_id_and_primary_mood_under_whatever_name(name: str, known: str | None) -> None:
    result, _ = await found({"name": name, "known": known, "primary_mood": "Classic"})
    (mention,) = result.mentions
    assert (mention.id, mention.name, mention.primary) == ("preppy-old-money", "Old Money", "Preppy")
    assert mention.also == (() if name == "Old Money" else (name,))


async def test_a_stored_mood_keeps_an_id_that_is_not_made_of_its_name() -> None:
    result, _ = await found({"name": "Grunge Style", "primary_mood": "Streetwear"})
    assert [mention.id for mention in result.mentions] == ["edgy-grunge-1"]


async def test_a_model_that_wavers_between_two_primary_moods_makes_one_mood() -> None:
    result, _ = await found(
        {"name": "Tomato Girl", "primary_mood": "Coastal"}, {"name": "tomato-girl aesthetic", "primary_mood": "Romantic"}
    )
    assert {mention.id for mention in result.mentions} == {"coastal-tomato-girl"}


@pytest.mark.parametrize(
    ("quote", "kept"),
    [
        ("pearls, riding boots", True), ("PEARLS RIDING  boots", True), ("the old money wardrobe", True), (None, True),
        ("pearls and loafers", False), ("", False), ("...", False),
    ],
)  # fmt: skip
async def test_a_quote_has_to_stand_in_an_article(quote: str | None, kept: bool) -> None:
    result, _ = await found({"name": "Stable Girl", "quote": quote})
    assert bool(result.mentions) is kept
    assert result.dropped["a quote that no article has"] == (not kept)


async def test_a_quote_of_another_article_proves_nothing() -> None:
    mood = {"name": "Stable Girl", "quote": "riding boots", "articles": [1]}
    result, _ = await found(mood, texts=(TEXT, "Sneakers 40 % off"))
    assert result.mentions == []


async def test_the_known_moods_are_shown_as_data_and_the_primary_mood_is_a_closed_list() -> None:
    _, question = await found({"name": "Grunge"})
    assert question.known.splitlines() == ["preppy-old-money: Old Money (Preppy)", "edgy-grunge-1: Grunge (Edgy)"]
    assert "Old Money" not in question.instructions
    assert json.loads(question.text)[0]["title"] == TEXT
    schema = answer_schema(MoodsAsked)["schema"]
    assert schema["$defs"]["MoodAsked"]["properties"]["primary_mood"]["enum"] == list(PRIMARY_MOODS)
    assert question.schema is MoodsAsked


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Old Money", "old-money aesthetic"), ("Ballet Core", "Balletcore"), ("Coquette", "The Coquette Look"),
        ("Quiet Luxury", "Quiet Luxury Style"), ("Gorpcore", "gorp core"), ("Café Chic", "Cafe Chic"),
    ],
)  # fmt: skip
def test_a_name_retold_otherwise_is_the_same(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Clean Girl", "Soft Girl"), ("Dark Academia", "Light Academia"), ("Old Money", "New Money"), ("Core", "Style")],
)
def test_names_of_different_moods_stay_apart(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)
    assert canonical(one)
