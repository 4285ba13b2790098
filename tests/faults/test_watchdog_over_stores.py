"""A look over both stores: what it counts, catches up with, and cannot read."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

import agents.dead_letters.open_records
import agents.watch.collect.counter
from agents.api.http import Request
from agents.dead_letters.open_records import read_open_records
from agents.jobs.kinds import JobKinds
from agents.runs.ledger import Ledger, Report, RunOutcome
from agents.scraper.message import scrape_kind
from agents.taste_analysis.message import taste_kind
from agents.timers import MOODS
from agents.watch.alerts.facts import Window
from agents.watch.assembly import Watch
from agents.watch.collect.counter import Counter
from agents.weekly_digest.message import digest_kind
from shared.clock import Clock, to_iso
from shared.errors import QueueUnavailable, Reason, StoreUnavailable
from shared.store.base import Document, Store
from shared.store.containers import BACKGROUND_JOBS, DEAD_LETTERS, DIGESTS, JOBS, PICTURES, SCRAPER_SOURCES
from tests.fakes.clock import VirtualTime
from tests.fakes.memory_queues import MemoryQueues
from tests.faults.watching import DAY, HOUR, MINUTE, TIMERS, Hook, watch_of
from tests.faults.world import QUEUE, World, embedded_store
from tests.stores import Bench

NOW = Clock().now()
KINDS = JobKinds((
    taste_kind("q", "q-poison"), digest_kind("digests", "digests-poison"), scrape_kind("scrapes", "scrapes-poison"),
))  # fmt: skip


def clock_at(at: datetime) -> Clock:
    return Clock(now=lambda: at)


async def letter(store: Store, name: str, at: datetime, **more: Any) -> None:
    await store.create(DEAD_LETTERS.key, {
        "id": f"{name}.1", "jobId": name, "status": "open", "reason": "llm_timeout", "description": "slow",
        "fingerprint": "0123456789abcdef", "payload": {"user_id": name},
        "createdAt": to_iso(at), "updatedAt": to_iso(at), "sourceQueue": "q-poison", **more,
    })  # fmt: skip


async def traffic(store: Store) -> None:
    """What a few minutes leave behind, of every kind, and what of it is not counted."""
    at = NOW - 3 * MINUTE
    attempt = {"n": 1, "at": to_iso(at), "reason": "llm_timeout", "errorType": "ModelUnavailable", "message": "slow"}
    deferred = {**attempt, "errorType": "ModelSuspended"}
    job: Document = {"status": "completed", "generation": 1, "userId": "u", "updatedAt": to_iso(at), "deferredSince": None}
    await store.create(JOBS.key, {**job, "id": "j1", "jobId": "j1", "lastCompletedAt": to_iso(at), "lastError": None})
    failing = {
        **job,
        "status": "failed",
        "attempts": [deferred, attempt, attempt],
        "lastError": attempt,
        "lastCompletedAt": None,
    }
    await store.create(JOBS.key, {**failing, "id": "j2", "jobId": "j2", "kind": "taste-analysis"})
    await store.create(BACKGROUND_JOBS.key, {**failing, "id": "b1", "jobId": "b1", "kind": "weekly-digest"})
    await store.create(DIGESTS.key, {"id": "d1", "userId": "u", "generatedAt": to_iso(at)})
    await store.create(SCRAPER_SOURCES.key, {"id": "s1", "sourceType": "rss", "lastScrapedAt": to_iso(at)})
    await store.create(SCRAPER_SOURCES.key, {"id": "s2", "sourceType": "rss", "lastScrapedAt": "2999, in an hour"})
    await store.create(PICTURES.key, {"id": "p1", "createdAt": to_iso(at)})
    await letter(store, "a", at)
    await letter(store, "b", NOW - 30 * HOUR)
    await letter(store, "c", at, reason="payload_undecodable")


async def test_a_look_reads_every_kind_of_document_in_the_same_way_on_both_stores(bench: Bench) -> None:
    hook, clock = Hook(), clock_at(NOW)
    await traffic(bench.store)
    ledger = Ledger(store=bench.store, clock=Clock(now=clock.now, sleep=asyncio.sleep))
    run_id = await ledger.request("digest", "me", {"window": "2026-W48", "userId": "ada"})
    await ledger.finish(run_id, "digest", Report(RunOutcome.OK))
    moods = await ledger.open_slot("moods", MOODS.schedule, grace=2 * DAY, started=True)
    assert moods is not None
    await ledger.finish(moods, "moods", Report(RunOutcome.OK))
    queues = MemoryQueues(clock.now)
    await queues.send("q-poison", b"\xff")
    watch = Watch.of(
        store=bench.store, queues=queues, clock=clock, kinds=KINDS, commands="runs",
        timers=TIMERS, marks=lambda: {"build": "one"}, webhook=hook,
    )  # fmt: skip
    transitions = {one.rule.key: one for one in await watch.dog.run()}
    assert all(one.evaluation.holds is not None for one in transitions.values())
    collected = await watch.collector.collect(counting=False)
    assert collected.facts.ingress is not None
    assert (collected.facts.ingress.hour, collected.facts.ingress.week) == (Window(5, 2, 2), Window(6, 3))
    assert collected.facts.attempts is not None
    assert (collected.facts.attempts.failed, collected.facts.attempts.total) == (4, 7)
    assert collected.facts.spend is not None
    assert collected.traffic is not None
    assert collected.traffic.recent("calls", HOUR) == 2
    assert collected.open_records is not None
    assert (len(collected.open_records.found), collected.open_records.users, collected.open_records.complete) == (3, 3, True)
    assert collected.facts.timers is not None
    assert [run.outcome for run in collected.facts.timers["moods"].runs] == ["ok"]
    assert collected.facts.timers["digest"].runs == (), "a run for one user is no run of the week"
    assert hook.told == [(key, "fired") for key in ("A2", "A3", "A4", "A11")]
    again = await watch.dog.run()
    assert {one.rule.key for one in again if one.event} == set()


async def test_after_a_pause_the_watchdog_catches_up_in_ranges_that_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a first look over eight days with more than it may read at once, some is left for the next."""
    monkeypatch.setattr(agents.watch.collect.counter, "PAGE", 5)
    monkeypatch.setattr(agents.watch.collect.counter, "PAGES", 2)
    time = VirtualTime()
    store, at = embedded_store(time), time.at
    for number in range(60):
        await store.create(DIGESTS.key, {"id": str(number), "userId": "u", "generatedAt": to_iso(at - number * 3 * HOUR)})
    counter, rounds = Counter(store=store, clock=time.clock(), kinds=KINDS), 0
    while True:
        counted, rounds = await counter.count(at, None), rounds + 1
        if counted.complete:
            break
        assert counted.traffic.counted_to < at
        assert rounds < 20
    assert rounds > 1
    assert counted.traffic.total("ended.", at - 9 * DAY, at) == 59, "the one of this very instant is the next look's"
    twice = await counter.count(at, None)
    assert twice.traffic.total("ended.", at - 9 * DAY, at) == 59
    await store.close()


async def test_more_open_letters_than_are_read_are_said_to_be_more_and_the_first_to_expire_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(agents.dead_letters.open_records, "PAGE", 5)
    monkeypatch.setattr(agents.dead_letters.open_records, "MAX_OPEN", 10)
    time = VirtualTime()
    store = embedded_store(time)
    for number in range(30):
        await letter(store, f"l{number}", time.at - number * DAY)
    await letter(store, "old", time.at - 85 * DAY)
    found = await read_open_records(store, time.clock(), timedelta(days=7))
    assert (len(found.found), found.complete) == (10, False)
    assert found.nearest_expiry == time.at + 5 * DAY
    await store.close()


# What cannot be read


class Down:
    """A collaborator that is down."""

    def __init__(self, error: Callable[[], Exception]) -> None:
        self._error = error

    def __getattr__(self, _name: str) -> Any:
        async def fail(*_args: Any, **_kwargs: Any) -> Any:
            raise self._error()

        return fail


async def test_with_the_store_down_the_status_is_503_says_when_to_ask_again_and_the_rest_is_told() -> None:
    world = World(embedded_store(VirtualTime()))
    await world.queues.send(QUEUE, b"{}")
    real, world.store = world.store, Down(lambda: StoreUnavailable("it is down"))  # type: ignore[assignment]
    wiring = world.restart()
    answer = await wiring.api.answer("get_status", Request())
    status = json.loads(answer.body)
    assert (answer.status, "Retry-After" in answer.headers) == (503, True)
    assert "cannot be read: the dead letters (store_unavailable)" in status["problems"]
    assert [one["depth"] for one in status["queues"] if one["queue"] == QUEUE] == [1]
    assert (status["deadLetters"], status["timers"]) == (None, None)
    told = {
        "get_metrics": f'wardrobe_queue_depth{{queue="{QUEUE}"}} 1', "get_incident_note": "could not be read",
        "get_queues": '"depth": 1',
    }  # fmt: skip
    for name, words in told.items():
        answer = await wiring.api.answer(name, Request())
        assert answer.status == 200, name
        assert words in answer.body.decode(), name
    with pytest.raises(StoreUnavailable):
        await wiring.watch.dog.run()
    await real.close()


async def test_with_the_queues_down_their_rules_are_unknown_and_all_others_are_judged() -> None:
    world, hook = World(embedded_store(VirtualTime())), Hook()
    queues = Down(lambda: QueueUnavailable("they are down"))
    watch = watch_of(world, hook, queues=queues, timers=TIMERS)
    transitions = await watch.dog.run()
    unknown = {one.rule.key for one in transitions if one.evaluation.holds is None}
    assert unknown == {"A4", "A5", "A9.digest-jobs", "A9.run-commands", "A9.taste-analysis-jobs"}
    assert hook.got == []
    world.queues = queues  # type: ignore[assignment]
    wiring = world.restart()
    answer = await wiring.api.answer("get_status", Request())
    status = json.loads(answer.body)
    assert (answer.status, status["problems"], status["queues"]) == (
        503,
        ["cannot be read: the queues (QueueUnavailable)"],
        None,
    )
    assert (await wiring.api.answer("get_queues", Request())).status == 503
    assert (await wiring.api.answer("get_metrics", Request())).status == 200
    note = await wiring.api.answer("get_incident_note", Request())
    assert b"could not be read: the queues" in note.body
    await world.store.close()


async def test_a_new_timer_owes_nothing_of_the_time_before_it_was_there() -> None:
    world = World(embedded_store(VirtualTime()))
    await watch_of(world, None, timers=TIMERS[:1]).dog.run()
    world.time.at += 10 * DAY
    transitions = {one.rule.key: one for one in await watch_of(world, None, timers=TIMERS).dog.run()}
    assert transitions["A7.moods"].evaluation.holds is False
    assert transitions["A6.digest"].evaluation.holds is True, "this one was there"


REASONS = [Reason.STORE_CONFLICT_EXHAUSTED, Reason.PAYLOAD_UNDECODABLE]


@pytest.mark.parametrize("reason", REASONS)
async def test_what_is_new_while_a_part_cannot_be_read_is_judged_by_the_next_look(reason: Reason) -> None:
    world, hook = World(embedded_store(VirtualTime())), Hook()
    await watch_of(world, hook).dog.run()
    await letter(world.store, "new", world.time.at + MINUTE, reason=reason.value)
    for queues in (Down(lambda: QueueUnavailable("they are down")), world.queues):
        world.time.at += 5 * MINUTE
        await watch_of(world, hook, queues=queues).dog.run()
    assert hook.told == [("A4" if reason is Reason.PAYLOAD_UNDECODABLE else "A11", "fired")]
    await world.store.close()
