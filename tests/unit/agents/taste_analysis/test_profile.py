"""The fold and the projection, by property: order-free, idempotent, bounded, and nothing declared is ever lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.taste_analysis.preferences import A_MOMENT, LISTS, MAX_INFERRED, fades_at, plan, wanted_lists
from agents.taste_analysis.profile import (
    MAX_TERMS_A_KIND,
    PROBATION,
    Kind,
    Signal,
    SignalTerm,
    TasteProfile,
    fold,
    fold_all,
    weight_at,
)
from agents.taste_analysis.terms import resolve, texts_to_embed
from shared.fashion.style import StyleDescription

START = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = [f"word{number}" for number in range(12)]


def signal(
    number: int, day: float, words: list[str], kind: Kind = Kind.STYLE, weight: float = 1.0, item: str = ""
) -> Signal:  # fmt: skip
    terms = tuple(SignalTerm(kind, word, word, weight) for word in words)
    at = START + timedelta(days=day)
    return Signal(f"signal:{number}", "u", f"job{number}", 1, item or f"item{number}", "https://x.example/y", at, terms)


signals = st.lists(
    st.tuples(st.floats(0, 400), st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True)), max_size=12
).map(lambda raw: [signal(number, day, words) for number, (day, words) in enumerate(raw)])


def same(one: TasteProfile, other: TasteProfile) -> bool:
    if (
        set(one.terms) != set(other.terms)
        or set(one.once) != set(other.once)
        or one.signals != other.signals
        or one.updated_at != other.updated_at
    ):
        return False
    return all(
        replace(one.terms[key], weight=0.0) == replace(other.terms[key], weight=0.0)
        and one.terms[key].weight == pytest.approx(other.terms[key].weight, rel=1e-9)
        for key in one.terms
    )


@given(signals, st.randoms(use_true_random=False))
def test_the_order_of_signals_does_not_matter(known: list[Signal], random: object) -> None:
    shuffled = list(known)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert same(fold_all("u", known), fold_all("u", shuffled))


@given(signals)
def test_a_signal_given_twice_counts_once(known: list[Signal]) -> None:
    assert same(fold_all("u", known), fold_all("u", [*known, *known]))


@given(signals, st.sampled_from(WORDS))
def test_more_evidence_never_weighs_less(known: list[Signal], word: str) -> None:
    before = fold_all("u", known)
    at = START + timedelta(days=401)
    after = fold(before, signal(99, 401, [word]))
    key = f"style:{word}"
    was = weight_at(before.terms[key], at) if key in before.terms else 0.0
    assert weight_at(after.terms[key], at) == pytest.approx(was + 1.0)
    assert after.terms[key].evidence == (before.terms[key].evidence if key in before.terms else 0) + 1


@given(signals)
def test_a_profile_survives_its_stored_form(known: list[Signal]) -> None:
    profile = fold_all("u", known)
    assert same(TasteProfile.from_document(profile.to_document()), profile) or any(
        one.at.microsecond % 1000
        for one in known  # stored to the millisecond
    )


many_words = st.integers(1, 2_000).flatmap(
    lambda words: st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, words)), min_size=1, max_size=60)
)


@given(many_words, st.randoms(use_true_random=False))
def test_the_order_does_not_matter_above_the_bound_either(raw: list[tuple[int, int]], random: object) -> None:
    """Each like has eight words, of up to 2,000: far more than are shown."""
    known = [signal(number, day, [f"w{first + 7 * at}" for at in range(8)]) for number, (day, first) in enumerate(raw)]
    shuffled = list(known)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    folded = TasteProfile.empty("u")
    for one in shuffled:
        folded = fold(folded, one)
    assert same(folded, fold_all("u", known))
    assert same(TasteProfile.from_document(folded.to_document()), folded)


def test_a_repeated_word_is_always_shown_and_so_are_the_last_seen_newcomers() -> None:
    profile = TasteProfile.empty("u")
    for number in range(400):
        profile = fold(profile, signal(number, number / 10, [f"dear{number % 80}", f"rare{number}"]))
    assert {f"style:dear{number}" for number in range(80)} <= set(profile.terms)
    assert {f"style:rare{400 - number}" for number in range(1, PROBATION + 1)} <= set(profile.terms)
    assert len(profile.terms) == 80 + PROBATION
    again = fold(profile, signal(400, 41, ["rare7"]))
    assert again.terms["style:rare7"].evidence == 2


def test_a_keen_users_new_taste_is_known_within_forty_likes() -> None:
    profile = TasteProfile.empty("u")
    for number in range(540):
        words = [f"{'old' if number < 500 else 'new'}{(number * 3 + at) % 5}" for at in range(5)]
        profile = fold(profile, signal(number, number * 0.365, [*words, *(f"rare{number}{at}" for at in range(3))]))
    assert {f"style:new{number}" for number in range(5)} <= set(profile.terms)


def test_one_item_liked_often_is_no_preference() -> None:
    gallery = [signal(number, 0, ["boho"], item="dress") for number in range(5)]
    assert wanted_lists(fold_all("u", gallery), START).strong["stylePreferences"] == ()
    other = signal(9, 0, ["boho"], item="blouse")
    assert wanted_lists(fold_all("u", [*gallery, other]), START).strong["stylePreferences"] == ("boho",)


def test_what_is_projected_is_beside_the_heaviest_and_strongest_first() -> None:
    known = [
        signal(number, 0, ["linen", *(["boho"] if number < 8 else []), *(["lace"] if number < 2 else [])])
        for number in range(10)
    ]
    wanted = wanted_lists(fold_all("u", known), START)
    assert wanted.strong["stylePreferences"] == ("linen", "boho")
    document = {
        "stylePreferences": ["Declared", "boho", "Mine", "linen"],
        "tasteInferred": {"stylePreferences": ["boho", "linen"]},
    }
    planned = plan(document, wanted)
    assert planned.lists["stylePreferences"] == ["Declared", "linen", "Mine", "boho"]
    assert not plan({**document, **planned.lists, "tasteInferred": planned.inferred}, wanted).changed


def test_a_profile_of_an_older_form_is_read_and_counts_its_evidence_as_items() -> None:
    document = fold_all("u", [signal(1, 0, ["boho"]), signal(2, 0, ["boho"])]).to_document()
    for name in ("once", "withdrawn", "version", "reviewAt", "form"):
        del document[name]
    document["terms"] = [{name: value for name, value in one.items() if name != "items"} for one in document["terms"]]
    profile = TasteProfile.from_document(document)
    assert (profile.form, profile.version, profile.terms["style:boho"].different_items) == (1, 2, 2)
    assert fold(profile, signal(3, 1, ["boho"])).terms["style:boho"].items is None


# A word that is too light beside another, and heavy enough by itself: it stands in no list.
FADED = [(285.0, "7"), (357.0, "0"), (375.0, "0"), (240.0, "07")]


@given(signals, st.floats(0, 900))
@example([signal(number, day, [f"word{word}" for word in words]) for number, (day, words) in enumerate(FADED)], 1.0)
def test_the_lists_change_by_time_alone_not_before_the_review(known: list[Signal], days: float) -> None:
    profile, now = fold_all("u", known), START + timedelta(days=401)
    review = fades_at(profile, now)
    later = now + timedelta(days=days)
    kept = {name: set(words) for name, words in wanted_lists(profile, now).kept.items()}
    if review is None:
        assert not any(kept.values())
    elif later < review - 2 * A_MOMENT:
        assert {name: set(words) for name, words in wanted_lists(profile, later).kept.items()} == kept
    else:
        at_review = {name: set(words) for name, words in wanted_lists(profile, review).kept.items()}
        assert at_review != kept or any(len(words) == MAX_INFERRED for words in kept.values())


def test_a_year_of_likes_stays_bounded_and_old_taste_fades() -> None:
    profile = TasteProfile.empty("u")
    document: dict[str, object] = {"id": "u", "stylePreferences": ["Declared"], "favoriteBrands": None}
    for day in range(375):
        profile = fold(profile, signal(day, day, [f"style{day // 30}", f"rare{day}", f"rare{day}b"]))
        planned = plan(document, wanted_lists(profile, START + timedelta(days=day)))
        document = {**document, **planned.lists, "tasteInferred": planned.inferred}
        assert len(profile.terms) <= MAX_TERMS_A_KIND
    styles = document["stylePreferences"]
    assert isinstance(styles, list)
    assert styles[0] == "Declared"
    assert len(styles) <= 1 + MAX_INFERRED
    assert "style12" in styles
    assert "style0" not in styles
    assert len(str(profile.to_document())) < 64 * 1024


lists = st.lists(st.one_of(st.sampled_from([*WORDS, "Declared", "WORD1"]), st.integers(), st.none()), max_size=6)


@given(signals, lists)
def test_what_is_declared_keeps_its_place_and_planning_twice_changes_nothing(
    known: list[Signal], declared: list[object]
) -> None:
    wanted = wanted_lists(fold_all("u", known), START + timedelta(days=200))
    document: dict[str, object] = {"id": "u", "stylePreferences": declared, "preferredColours": "odd"}
    first = plan(document, wanted)
    after = {**document, **first.lists, "tasteInferred": first.inferred}
    assert after["stylePreferences"][: len(declared)] == declared  # type: ignore[index]
    assert after["preferredColours"] == "odd"
    assert first.skipped == ("preferredColours",)
    assert not plan(after, wanted).changed


def test_what_the_user_takes_out_stays_out() -> None:
    profile = fold_all("u", [signal(1, 0, ["boho"]), signal(2, 1, ["boho"])])
    wanted = wanted_lists(profile, START + timedelta(days=2))
    first = plan({"id": "u"}, wanted)
    assert first.lists["stylePreferences"] == ["boho"]
    removed = plan({"id": "u", "stylePreferences": [], "tasteInferred": first.inferred}, wanted)
    assert removed.inferred["declined"]["stylePreferences"] == ["boho"]
    assert removed.lists == {}
    again = plan({"id": "u", "stylePreferences": [], "tasteInferred": removed.inferred}, wanted)
    assert not again.changed
    assert set(LISTS) == {"stylePreferences", "favoriteBrands", "preferredColours"}


def description(*styles: str, colours: tuple[str, ...] = ()) -> StyleDescription:
    return StyleDescription(style_keywords=list(styles), colours=list(colours), garments=[], confidence=1.0)


NEAR = {
    "boho": (1.0, 0.0),
    "bohemian": (0.9, 0.436),
    "tailored": (0.0, 1.0),
    "minimalist": (1.0, 0.0),
    "maximalist": (1.0, 0.0),
}


def test_near_synonyms_join_and_are_known_from_then_on() -> None:
    profile = fold(TasteProfile.empty("u"), signal(1, 0, ["boho"]))
    terms = resolve(description("bohemian"), profile, NEAR, 0.8)
    assert [(term.term, term.surface) for term in terms] == [("boho", "bohemian")]
    joined = fold(profile, replace(signal(2, 1, []), terms=terms))
    assert joined.terms["style:boho"].aliases == ("bohemian",)
    assert texts_to_embed(description("bohemian"), joined) == ()


def test_opposites_never_join_and_colours_join_by_equality_only() -> None:
    profile = fold(TasteProfile.empty("u"), signal(1, 0, ["minimalist"]))
    assert resolve(description("maximalist"), profile, NEAR, 0.8)[0].term == "maximalist"
    assert texts_to_embed(description(colours=("navy", "blue")), profile) == ()


@given(st.permutations(["boho", "bohemian", "tailored"]))
def test_the_order_of_the_words_does_not_matter(words: list[str]) -> None:
    terms = resolve(description(*words), TasteProfile.empty("u"), NEAR, 0.8)
    assert {(term.term, term.surface) for term in terms} == {
        ("bohemian", "boho"), ("bohemian", "bohemian"), ("tailored", "tailored"),
    } or {(term.term, term.surface) for term in terms} == {
        ("boho", "boho"), ("boho", "bohemian"), ("tailored", "tailored"),
    }  # fmt: skip
