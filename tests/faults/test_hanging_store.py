"""The store takes every request and answers none: on-call hears at once what does not need it, and of the rest what is missing.

What nobody could read is never shown as nought, nothing or "all well".
"""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from agents.api.http import Request
from agents.doctor import Doctor
from shared.chat.breaker import Breaker, GuardedChat
from shared.clock import from_iso
from shared.errors import ModelUnavailable
from shared.queues.names import HELD
from tests.fakes.clock import VirtualTime
from tests.fakes.memory_queues import MemoryQueues
from tests.faults.outages import OutageWorld
from tests.faults.test_doctor import QUEUES, Chat, Embeddings, client_of
from tests.faults.world import DEAD_LETTER_QUEUE, QUEUE, World, embedded_store

AT_ONCE = 4.0  # seconds, of which the parts have three and a half


class Hanging:
    """Any store, whose calls do not come back while it `hangs`: all of them, or those of one container."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.hangs = False
        self.container = ""

    def __getattr__(self, name: str) -> Any:
        target = getattr(self._inner, name)
        if not asyncio.iscoroutinefunction(target):
            return target

        async def call(*args: Any, **named: Any) -> Any:
            if self.hangs and self.container in ("", args[0] if args else ""):
                await asyncio.Event().wait()
            return await target(*args, **named)

        return call


@pytest.fixture
async def world() -> AsyncIterator[World]:
    store = Hanging(embedded_store(VirtualTime()))
    found = World(store)
    await store.ensure_containers()
    for kind in found.wiring.kinds:
        for name in (kind.queue, kind.dead_letter_queue):
            await found.queues.ensure(name)
    yield found
    store.hangs = False
    await store.close()


async def ask(world: World, name: str, **query: str) -> tuple[int, Any, float]:
    """Return status, content and seconds of an answer."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    answer = await world.wiring.api.answer(name, Request(query=query))
    body = answer.body.decode()
    return answer.status, json.loads(body) if "json" in answer.content_type else body, loop.time() - began


def hang(world: World, container: str = "") -> None:
    world.store.hangs, world.store.container = True, container  # type: ignore[attr-defined]  # a `Hanging`


async def night(world: World) -> None:
    """An ordinary outage: dead letters of every kind wait that nobody can store."""
    for kind in world.wiring.kinds:
        await world.queues.send(kind.dead_letter_queue, b"{}")
    await world.queues.send(QUEUE, b"{}")
    world.time.advance(1)
    hang(world)


async def test_the_status_is_told_at_once_with_what_cannot_be_read_and_without_false_figures(world: World) -> None:
    await world.wiring.watch.dog.run()
    await night(world)
    code, status, seconds = await ask(world, "get_status")
    assert (code, status["ok"]) == (503, False)
    assert seconds < AT_ONCE, "however many parts follow one another"
    for part in ("the alerts", "the ledger", "the dead letters", "the unfinished jobs", "the pauses", "the breakers"):
        assert f"cannot be read: {part} (no answer within 3.5 s)" in status["problems"]
    assert all(one["phase"] is None and one["untold"] is None for one in status["rules"])
    assert {one["alert"] for one in status["rules"] if one["holds"] is not None} == {"A9.run-commands"}, "its queue answers"
    assert status["deployedAt"] is status["lastLookAt"] is status["deadLetters"] is status["timers"] is None
    queues = {one["queue"]: one for one in status["queues"]}
    assert (queues[QUEUE]["depth"], queues[QUEUE]["visible"]) == (1, 1), "the queues answer"
    assert (queues[QUEUE]["oldestAgeSeconds"], queues[QUEUE]["oldestKnown"]) == (1, False), "a job may be older"
    assert all(one["held"] is None for one in status["queues"])
    assert queues[DEAD_LETTER_QUEUE]["parked"] is None


async def test_the_note_is_told_at_once_and_does_not_say_that_nothing_fires_or_has_changed(world: World) -> None:
    await night(world)
    code, note, seconds = await ask(world, "get_incident_note", format="json")
    assert (code, note["title"]) == (200, "Whether anything fires is not known")
    assert seconds < AT_ONCE
    assert note["changes"] is None
    assert "A1" in note["notJudged"]
    _, text, _ = await ask(world, "get_incident_note")
    assert "Not known: the kept alerts cannot be read." in text
    assert "nothing that this app knows of" not in text
    assert "Nothing fires" not in text
    assert "- could not be read: the ledger (no answer within 3.5 s)" in text
    assert "`store`: FAILING" in text
    assert "`queue`: up" in text
    assert "messages waiting: 1" in text, "the queues answer"
    assert f"queue `{QUEUE}`: 1 wait, the oldest 0 min or more" in text


async def test_the_metrics_and_the_queues_are_told_at_once_without_samples_of_what_is_not_known(world: World) -> None:
    await night(world)
    code, text, seconds = await ask(world, "get_metrics")
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    assert (code, seconds < AT_ONCE) == (200, True)
    assert f'wardrobe_queue_depth{{queue="{QUEUE}"}} 1.0' in samples
    for name in ("queue_deferred_age", "queue_paused", "queue_held", "alert_firing", "timer_", "dlq_open"):
        assert not [line for line in samples if line.startswith(f"wardrobe_{name}")], name
    assert not [line for line in samples if line.startswith(f'wardrobe_queue_work_age_seconds{{queue="{QUEUE}"')]
    code, found, seconds = await ask(world, "get_queues")
    assert (code, seconds < AT_ONCE) == (200, True)
    assert [one["messages"] != [] for one in found["queues"] if one["queue"] == QUEUE] == [True]


async def test_what_needs_the_store_alone_says_so_within_five_seconds(world: World) -> None:
    await night(world)
    for name in ("get_dead_letters", "get_series", "get_jobs", "get_runs", "get_audit", "get_replays", "get_health"):
        code, problem, seconds = await ask(world, name)
        assert (name, code, seconds < 5) == (name, 503, True)
        assert problem["title"] == "Service Unavailable"
    code, problem, seconds = await ask(world, "post_reconcile", dryRun="true")
    assert (code, seconds < 5) == (503, True)
    assert problem["detail"].startswith("No answer within 4.8 s")
    code, found, seconds = await ask(world, "get_preflight")
    assert (code, seconds < AT_ONCE) == (200, True)
    states = {one["dependency"]: one["state"] for one in found["checks"]}
    assert (states["store"], states["queue"]) == ("failing", "up")


async def test_the_series_are_told_although_the_audit_cannot_be_read(world: World) -> None:
    hang(world, "operations")
    code, found, seconds = await ask(world, "get_series")
    assert (code, seconds < AT_ONCE, list(found["unread"])) == (200, True, ["what was done"])


async def test_the_doctor_asks_the_models_although_the_store_hangs(world: World) -> None:
    hang(world)
    breaker = Breaker(store=world.store, clock=world.time.clock(), scope="azure.gpt")
    queues = MemoryQueues(lambda: world.time.at)
    for name in QUEUES:
        await queues.ensure(name)
    loop = asyncio.get_running_loop()
    began = loop.time()
    findings = await Doctor(
        store=world.store, queues=queues, clock=world.time.clock(), chat=GuardedChat(Chat(), breaker),
        embeddings=client_of(Embeddings(), world.time.clock()), queue_names=QUEUES, provider="azure", deployed=False,
    ).examine()  # fmt: skip
    assert {one.name for one in findings if not one.ok} == {"store", "containers"}
    assert {one.detail for one in findings if not one.ok} == {"no answer within 10 s"}
    assert loop.time() - began < 11


async def test_a_breaker_whose_store_hangs_lets_calls_through_and_each_of_many_waits_for_it_once(world: World) -> None:
    hang(world)
    breaker = Breaker(store=world.store, clock=world.time.clock(), scope="azure.gpt")
    loop = asyncio.get_running_loop()
    began = loop.time()
    admissions = await asyncio.gather(*(breaker.check() for _ in range(20)))
    assert not any(one.probe for one in admissions)
    assert loop.time() - began < 4


async def deferred_world(store: Any) -> OutageWorld:
    world = OutageWorld(store, lambda _words, _at: ModelUnavailable("the model answered 503"))
    await store.ensure_containers()
    for kind in world.wiring.kinds:
        for name in (kind.queue, kind.dead_letter_queue):
            await world.queues.ensure(name)
    await world.like("u", "earlier")
    for _ in range(30):  # the first attempts, and some of the later ones
        if not await world.work_one():
            world.time.advance(60)
    return world


async def test_work_that_a_dependency_puts_off_is_as_old_as_it_is() -> None:
    world = await deferred_world(embedded_store(VirtualTime()))
    began = from_iso("2026-11-23T09:00:00.000Z")
    _, status, _ = await ask(world, "get_status")
    [queue] = [one for one in status["queues"] if one["queue"] == QUEUE]
    minutes = (world.time.at - began) / timedelta(minutes=1)
    assert minutes > 10
    assert (queue["depth"], queue["oldestKnown"]) == (1, True)
    assert queue["deferredSince"] == queue["oldestAt"]
    assert abs(from_iso(queue["oldestAt"]) - began) < timedelta(minutes=1)
    assert queue["oldestAgeSeconds"] > 60 * (minutes - 1)
    [rule] = [one for one in status["rules"] if one["alert"] == f"A9.{QUEUE}"]
    assert (rule["holds"], rule["text"]) == (False, f"nothing is late; deferred work waits since {queue['oldestAt']}")
    _, note, _ = await ask(world, "get_incident_note")
    assert f"queue `{QUEUE}`: 1 wait, the oldest {minutes:.0f} min, deferred work since 2026-11-23 09:0" in note
    _, metrics, _ = await ask(world, "get_metrics")
    [line] = [one for one in metrics.splitlines() if one.startswith(f'wardrobe_queue_deferred_age_seconds{{queue="{QUEUE}"')]
    assert float(line.rpartition(" ")[2]) > 60 * (minutes - 1)
    await world.wiring.watch.dog.run()
    _, series, _ = await ask(world, "get_series", window="1h")
    assert [one for one in series["series"][f"queue.{QUEUE}.age_seconds"] if one] != []
    await world.store.close()


async def test_messages_that_are_hidden_are_of_an_age_that_nobody_knows(world: World) -> None:
    """In an outage of the store messages are sent again with a delay, and have no document."""
    await world.queues.send(QUEUE, b"{}", delay_seconds=900)
    _, status, _ = await ask(world, "get_status")
    [queue] = [one for one in status["queues"] if one["queue"] == QUEUE]
    assert (queue["depth"], queue["oldestAgeSeconds"], queue["oldestAt"], queue["oldestKnown"]) == (1, None, None, False)
    [rule] = [one for one in status["rules"] if one["alert"] == f"A9.{QUEUE}"]
    assert rule["text"] == "1 hidden, in work or put off: none is seen to be late (fires above 24 h)"
    _, note, _ = await ask(world, "get_incident_note")
    assert f"queue `{QUEUE}`: 1 wait, for how long is not known" in note
    await world.wiring.watch.dog.run()
    _, series, _ = await ask(world, "get_series", window="1h")
    assert set(series["series"].get(f"queue.{QUEUE}.age_seconds", [None])) == {None}, "a gap, and no nought"


async def test_messages_that_a_pause_holds_are_of_an_age_that_nobody_knows(world: World) -> None:
    """A producer's message has no document, and stands beside its queue."""
    await world.wiring.holding.pause(
        "queue", QUEUE, until=world.time.at + timedelta(hours=1), actor="ada", reason="planned work"
    )
    await world.queues.ensure(QUEUE + HELD)
    await world.queues.send(QUEUE + HELD, b"{}")
    _, status, _ = await ask(world, "get_status")
    [queue] = [one for one in status["queues"] if one["queue"] == QUEUE]
    assert (queue["depth"], queue["held"], queue["oldestAgeSeconds"], queue["oldestKnown"]) == (0, 1, None, False)
