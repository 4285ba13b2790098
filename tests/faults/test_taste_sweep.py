"""What has faded leaves the lists without a like, and profiles that an older build stored are made whole."""

from agents.taste_analysis.profile import PROFILE_ID, TasteProfile
from shared.store.containers import TASTE, USER_PROFILES
from shared.store.query import Remove, Set
from tests.faults.world import World

DAY = 86_400.0


async def styles(world: World) -> list[str]:
    return (await world.store.read(USER_PROFILES.key, "u", "u")).body["stylePreferences"]


async def like_two(world: World) -> None:
    await world.store.create(USER_PROFILES.key, {"id": "u", "stylePreferences": ["Mine"]})
    for item in ("i1", "i2"):
        await world.like("u", "minimalist|navy", item=item)
    await world.drain()


async def test_a_faded_word_leaves_the_lists_of_who_likes_nothing_any_more(world: World) -> None:
    await like_two(world)
    assert await world.wiring.chores["sweep-taste"]() == 0
    world.time.advance(60 * DAY)
    assert await world.wiring.chores["sweep-taste"]() == 0
    assert await styles(world) == ["Mine", "minimalist"]
    world.time.advance(120 * DAY)
    assert await world.wiring.chores["sweep-taste"]() == 1
    assert await styles(world) == ["Mine"]
    world.time.advance(DAY)
    assert await world.wiring.chores["sweep-taste"]() == 0
    profile = (await world.store.read(TASTE.key, PROFILE_ID, "u")).body
    assert profile["reviewAt"] is None
    assert profile["terms"][0]["evidence"] == 2, "the taste itself is kept"


async def test_a_profile_that_an_older_build_stored_is_reviewed_and_built_anew_with_the_next_like(world: World) -> None:
    await like_two(world)
    for name in ("reviewAt", "version", "form", "once", "withdrawn"):
        await world.store.patch(TASTE.key, PROFILE_ID, "u", [Remove(name)])
    await world.store.patch(TASTE.key, PROFILE_ID, "u", [Set("terms", [])])
    assert await world.wiring.chores["sweep-taste"]() == 1, "of the terms that it had forgotten, none stays in the lists"
    assert (await world.store.read(TASTE.key, PROFILE_ID, "u")).body["reviewAt"] is None
    await world.like("u", "tailored|navy", item="i3")
    await world.drain()
    profile = TasteProfile.from_document((await world.store.read(TASTE.key, PROFILE_ID, "u")).body)
    assert profile.terms["style:minimalist"].evidence == 2
    assert profile.terms["colour:navy"].evidence == 3
    assert await styles(world) == ["Mine"], "what was taken out counts as declined only when the user did it"
