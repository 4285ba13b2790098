"""What has faded leaves the lists without a like, and profiles that an older build stored are made whole."""

from datetime import timedelta
from typing import Any

from agents.taste_analysis.profile import PROFILE_ID, TasteProfile
from agents.taste_analysis.projection import Projection
from agents.taste_analysis.sweep import ID, TasteSweep
from shared.clock import to_iso
from shared.observe.metering import measure
from shared.store.base import Page
from shared.store.containers import SERVICE_STATE, TASTE, USER_PROFILES
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


async def store_profiles(world: World, *users: str, **fields: Any) -> None:
    for user in users:
        profile = {
            "id": PROFILE_ID,
            "userId": user,
            "type": "profile",
            "signals": 0,
            "version": 0,
            "terms": [],
            "projected": "",
        }
        await world.store.create(TASTE.key, {**profile, **fields})


async def swept(world: World) -> dict[str, int]:
    with measure() as usage:
        await world.wiring.chores["sweep-taste"]()
    return dict(usage.kinds)


async def test_a_sweep_costs_what_is_due_whatever_else_is_stored(world: World) -> None:
    await store_profiles(
        world, *(f"later{number}" for number in range(300)), reviewAt=to_iso(world.time.at + timedelta(days=1))
    )
    await store_profiles(world, *(f"never{number}" for number in range(300)), reviewAt=None)
    await swept(world)
    await store_profiles(world, "due", reviewAt="2020-01-01T00:00:00.000Z")
    assert await swept(world) == {"query": 1, "read": 3, "patch": 1}, "the profile, the lists, and whether older ones are known"
    assert (await world.store.read(TASTE.key, PROFILE_ID, "due")).body["reviewAt"] is None


async def test_profiles_without_the_field_are_looked_for_until_there_are_none_and_again_after_a_month(world: World) -> None:
    await store_profiles(world, *(f"old{number}" for number in range(250)))
    await swept(world)
    assert (await world.store.read(TASTE.key, PROFILE_ID, "old249")).body["reviewAt"] is None
    assert await world.store.find(SERVICE_STATE.key, ID, ID) is None, "this one has found some: there may be more"
    assert await swept(world) == {"query": 2, "read": 1, "upsert": 1}
    await store_profiles(world, "put back")
    world.time.advance(DAY)
    assert await swept(world) == {"query": 1, "read": 1}
    world.time.advance(30 * DAY)
    await swept(world)
    assert "reviewAt" in (await world.store.read(TASTE.key, PROFILE_ID, "put back")).body


async def test_no_lists_are_made_for_who_is_being_erased(world: World) -> None:
    await like_two(world)
    await world.store.patch(TASTE.key, PROFILE_ID, "u", [Set("reviewAt", to_iso(world.time.at)), Set("projected", "")])
    await world.store.delete(USER_PROFILES.key, "u", "u")
    assert await world.wiring.chores["sweep-taste"]() == 0
    assert await world.store.find(USER_PROFILES.key, "u", "u") is None
    profile = TasteProfile.from_document((await world.store.read(TASTE.key, PROFILE_ID, "u")).body)
    assert profile.projected == "", "nothing stands in lists that there are not"


async def test_a_person_erased_after_the_page_was_read_stays_erased(world: World) -> None:
    class Erased:
        """A store from which everybody is gone behind every page."""

        def __getattr__(self, name: str) -> Any:
            return getattr(world.store, name)

        async def page(self, container: str, *args: Any, **kwargs: Any) -> Page:
            page = await world.store.page(container, *args, **kwargs)
            for user in {one["userId"] for one in page.documents}:
                await world.store.delete(TASTE.key, PROFILE_ID, user)
                await world.store.delete(USER_PROFILES.key, user, user)
            return page

    await like_two(world)
    world.time.advance(400 * DAY)
    store: Any = Erased()
    clock = world.time.clock()
    assert await TasteSweep(store=store, clock=clock, projection=Projection(store=store, clock=clock)).run() == 0
    for container, item_id in ((TASTE, PROFILE_ID), (USER_PROFILES, "u")):
        assert await world.store.find(container.key, item_id, "u") is None


async def test_a_profile_that_cannot_be_read_holds_up_no_other(world: World) -> None:
    await store_profiles(world, "sick", reviewAt="2020-01-01T00:00:00.000Z", signals="many")
    await store_profiles(world, "sound", reviewAt="2020-01-01T00:00:00.000Z")
    assert await world.wiring.chores["sweep-taste"]() == 0
    assert (await world.store.read(TASTE.key, PROFILE_ID, "sound")).body["reviewAt"] is None
