"""Names of moods: the vocabulary agrees with itself, retellings are one, relatives are not; and headlines that name one."""

from itertools import combinations

import pytest

from quality import moods
from shared.fashion.mood_lexicon import MOODS
from shared.fashion.mood_names import canonical, fold
from shared.fashion.moods import PRIMARY_MOODS
from shared.local.moods import moods_in

CANONICAL = [canonical(mood.name) for mood in MOODS]


def test_every_mood_has_one_name_of_its_own() -> None:
    assert len(set(CANONICAL)) == len(MOODS)
    assert all(canonical(mood.name) == fold(mood.name) for mood in MOODS)
    assert {mood.primary for mood in MOODS} == set(PRIMARY_MOODS)


@pytest.mark.parametrize("mood", MOODS, ids=lambda mood: mood.name)
def test_every_alias_leads_to_its_mood_and_no_other(mood) -> None:
    for alias in mood.surfaces:
        assert canonical(alias) == canonical(mood.name), alias
        assert alias == alias.casefold()


def test_no_alias_stands_in_two_moods() -> None:
    said = [set(mood.surfaces) for mood in MOODS]
    assert not [one & other for one, other in combinations(said, 2) if one & other]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Old Money", "old-money aesthetic"), ("Cottagecore", "Cottage Core Style"), ("Gorpcore", "The Gorp-Core Look"),
        ("Anti-Fashion", "antifashion"), ("Model Off Duty", "Off-Duty Model"), ("Western", "Cowboycore"), ("Aliens", "alien"),
        ("70s Revival", "Seventies Style"), ("Caninecore", "Dogcore"), ("Minimalist", "Minimalism"),
        ("Skater Style", "Skatecore"),
    ],
)  # fmt: skip
def test_a_name_retold_is_the_same(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dark Academia", "Light Academia"), ("Old Money", "New Money"), ("Goth", "Pastel Goth"), ("Western", "Boho Western"),
        ("Steampunk", "Cyberpunk"), ("Uptown Girl", "Downtown Girl"), ("Cottagecore", "Farmcore"),
        ("Coastal Cowgirl", "Coastal Grandmother"),
    ],
)  # fmt: skip
def test_relatives_are_not(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("name", ["", "Style", "core", "\u30b4\u30b9", "the look", "100%"])
def test_any_text_has_a_canonical_name(name: str) -> None:
    assert canonical(name) == canonical(name.upper())


@pytest.mark.parametrize(
    "headline",
    [
        "Strengthen your core in ten minutes", "Common core standards", "Encore for a tenor", "Hardcore fans queue",
        "An eight-core chip",
        "Coastal flooding closes roads", "Western countries agree", "Gothic novel wins", "Military boots on the ground",
        "The core of the argument", "Metalcore band cancels its tour", "Cowboy hat thrown at judge",
        "Western dress code dispute at school", "British heritage sites reopen", "Retro video games are worth thousands",
        "Bloke core strength in ten minutes", "Slender minimal sneakers", "Futuristic layered sneaker models",
        "Back to basics: teaching children to read",
    ],
)  # fmt: skip
def test_other_news_has_no_mood(headline: str) -> None:
    assert moods_in(headline, "") == []


@pytest.mark.parametrize(
    ("headline", "name"),
    [
        ("Boho", "Boho Revival"), ("Victorian Lace Blouses", "Victorian"), ("80s-inspired tracksuits", "Eighties"),
        ("Urban Cowboy Looks", "Cowboycore"), ("Edgy Brazilian Footwear Brands", "Edgy Dressing"), ("Medieval", "Medievalcore"),
        ("Color-Blocked Swimwear", "Colour Blocking"), ("Androgynous Editorials", "Androgyny"),
        ("Boho dresses for warm evenings", "Boho Revival"),
        ("Goblincore takes over TikTok", "Goblincore"),
        ("How weirdcore became a trend", "Weirdcore"), ('"Fisherman core" is here', "Fishermancore"), ("Hot Goth", "Goth"),
        ("Coastal-inspired shoes", "Seaside Style"), ("Back to basics", "Back to Basics"), ("Head-to-toe black", "Monochrome"),
    ],
)  # fmt: skip
def test_fashion_has_the_mood_that_it_names(headline: str, name: str) -> None:
    assert [found for _, found, _ in moods_in(headline, "")] == [name]


async def test_the_figures_of_moods_reach_their_goals() -> None:
    assert not [figure.line() for figure in await moods.measure() if not figure.is_met]
