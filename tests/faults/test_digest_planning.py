"""The plan of a window: killed, cancelled and lied to at every await, over the real embedded store; nobody is left out."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from agents.runs.commands import Commands, TimerWork
from agents.runs.ledger import Ledger
from agents.runs.stages import LOST_AFTER, Stages
from agents.timers import DIGEST
from agents.weekly_digest import planner as planning
from agents.weekly_digest.planner import DigestPlanner
from shared.errors import QueueUnavailable, RetryableError, StoreUnavailable
from shared.store.containers import RUNS, USER_PROFILES
from shared.store.query import Query
from tests.fakes.clock import VirtualTime
from tests.fakes.memory_queues import MemoryQueues
from tests.faults.world import MODES, Faults, Faulty, ProcessDied, embedded_store

QUEUE, COMMANDS = "digest-jobs", "run-commands"
LOCK_SECONDS = 600


class Office:
    """A store with users, the queues, and the process that plans."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.time = VirtualTime()  # a Monday, 09:00
        self.store = embedded_store(self.time)
        self.queues = MemoryQueues(lambda: self.time.at)
        self.faults = faults or Faults()
        self.restart()

    def restart(self) -> None:
        store: Any = Faulty(self.store, self.faults, "store", StoreUnavailable("reported as failed"))
        queues: Any = Faulty(self.queues, self.faults, "queues", QueueUnavailable("reported as failed"))
        clock = self.time.clock()
        planner = DigestPlanner(store=store, queues=queues, clock=clock, queue=QUEUE)
        ledger = Ledger(store=store, clock=clock)
        self.commands = Commands(
            ledger=ledger, stages=Stages(ledger=ledger, store=store, clock=clock), queues=queues, queue=COMMANDS, clock=clock,
            works={DIGEST.name: TimerWork(stages=planner, check=planner.check)},
        )  # fmt: skip

    async def users(self, count: int, **fields: Any) -> None:
        for number in range(count):
            await self.store.create(USER_PROFILES.key, {"id": f"u{number:03}", **fields})

    async def fire(self) -> None:
        """The timer; the host hears of a failure and does nothing."""
        try:
            await self.commands.start_slot(DIGEST.name, DIGEST.schedule, grace=DIGEST.grace)
        except (ProcessDied, asyncio.CancelledError, RetryableError):
            self.restart()

    async def drain(self, hours: float = 3) -> None:
        """Play the host for the commands, and the reconciler's timer."""
        until = self.time.at + timedelta(hours=hours)
        rescued = self.time.at
        while self.time.at < until:
            for message in await self.queues.receive(COMMANDS, limit=1, visibility_seconds=LOCK_SECONDS):
                try:
                    await self.commands.handle(message.body or b"")
                except (ProcessDied, asyncio.CancelledError):
                    self.restart()
                except RetryableError:
                    pass
                else:
                    await self.queues.delete(COMMANDS, message)
            rows = await self.rows()
            if rows and all(row["outcome"] for row in rows) and not await self.queues.depth(COMMANDS):
                return
            self.time.leap(15, until, rescued + timedelta(minutes=10), self.queues.next_visible(COMMANDS))
            if self.time.at - rescued >= timedelta(minutes=10):
                rescued = self.time.at
                try:
                    await self.commands.rescue()
                except (ProcessDied, asyncio.CancelledError, RetryableError):
                    self.restart()

    async def rows(self) -> list[dict[str, Any]]:
        return (await self.store.page(RUNS.key, Query())).documents

    async def sent(self) -> list[dict[str, Any]]:
        bodies: list[dict[str, Any]] = []
        while messages := await self.queues.receive(QUEUE, limit=32):
            bodies += [json.loads(message.body or b"") for message in messages]
        return bodies


@pytest.fixture
async def office(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setattr(planning, "PAGE", 4)
    made = Office()
    yield made
    await made.store.close()


async def test_every_user_is_enqueued_once_with_the_window_of_the_slot(office: Office) -> None:
    await office.users(10)
    await office.fire()
    await office.fire()  # a second instance, or the platform's catch-up
    await office.drain()
    bodies = await office.sent()
    assert Counter(body["user_id"] for body in bodies) == {f"u{number:03}": 1 for number in range(10)}
    assert {(body["window"], body["again"], body["force"]) for body in bodies} == {("2026-W48", False, False)}
    [row] = await office.rows()
    assert (row["outcome"], row["done"]["users"], row["done"]["enqueued"]) == ("ok", 10, 10)


async def test_opted_out_and_unchanged_users_get_no_message_and_a_first_digest_is_not_unchanged(office: Office) -> None:
    profiles = {
        "out": {"recommendationOptIn": False}, "new": {}, "new-fingerprint": {"wardrobeFingerprint": "f1"},
        "same": {"wardrobeFingerprint": "f1", "digestState": {"fingerprint": "f1"}},
        "same-hash": {"wardrobeFingerprint": "h1", "wardrobeHashAtLastDigest": "h1"},
        "changed": {"wardrobeFingerprint": "f2", "digestState": {"fingerprint": "f1"}, "wardrobeHashAtLastDigest": "h0"},
        "nulls": {"wardrobeFingerprint": None, "wardrobeHashAtLastDigest": None, "recommendationOptIn": None},
    }  # fmt: skip
    for user, fields in profiles.items():
        await office.store.create(USER_PROFILES.key, {"id": user, **fields})
    await office.fire()
    await office.drain()
    assert {body["user_id"] for body in await office.sent()} == {"new", "new-fingerprint", "changed", "nulls"}
    [row] = await office.rows()
    assert row["done"] == {"users": 7, "enqueued": 4, "unchanged": 2, "optedOut": 1}


async def count_awaits(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(planning, "PAGE", 4)
    office = Office()
    await office.users(10)
    await office.fire()
    await office.drain()
    await office.store.close()
    return office.faults.count


@pytest.mark.parametrize("mode", MODES)
async def test_a_plan_that_dies_anywhere_goes_on_and_what_may_be_sent_twice_says_so(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    total = await count_awaits(monkeypatch)
    assert total > 15
    for index in range(1, total + 1):
        office = Office(Faults(at=index, mode=mode))
        await office.users(10)
        await office.fire()
        await office.fire()
        await office.drain()
        bodies = await office.sent()
        where = f"{mode} at {index} ({office.faults.struck})"
        assert {body["user_id"] for body in bodies} == {f"u{number:03}" for number in range(10)}, where
        counts = Counter(body["user_id"] for body in bodies)
        first = Counter(body["user_id"] for body in bodies if not body["again"])
        ambiguous = mode == "ambiguous" and office.faults.struck == "queues.send"
        assert max(first.values(), default=0) <= (2 if ambiguous else 1), where
        assert max(counts.values()) <= 2, where
        [row] = await office.rows()
        assert row["outcome"] == "ok", where
        await office.store.close()


async def test_a_timer_within_the_grace_runs_and_a_later_one_is_recorded_as_missed(office: Office) -> None:
    await office.users(3)
    office.time.advance(DIGEST.grace.total_seconds() + 1)
    await office.fire()
    await office.drain(hours=0.1)
    [row] = await office.rows()
    assert (row["outcome"], await office.sent()) == ("skipped_late", [])
    office.time.advance(7 * 86_400 - 60)
    await office.fire()
    await office.drain()
    assert {body["window"] for body in await office.sent()} == {"2026-W49"}, "no backfill of the missed Monday"


async def test_an_outage_of_an_hour_fails_the_run_and_a_shorter_one_does_not(office: Office) -> None:
    await office.users(3)
    for minutes, outcome in ((30, "ok"), (120, "failed")):
        broken = Outage(office.queues)
        work = office.commands._works[DIGEST.name].stages
        assert isinstance(work, DigestPlanner)
        run_id = await office.commands.request(DIGEST.name, "test", {})
        work._queues = broken
        broken.until = office.time.at + timedelta(minutes=minutes)
        broken.now = lambda: office.time.at
        await office.drain(hours=4)
        row = next(row for row in await office.rows() if row["id"] == run_id)
        assert row["outcome"] == outcome, row["error"]
        work._queues = office.queues


class Outage:
    """Queues that fail until a moment."""

    def __init__(self, inner: MemoryQueues) -> None:
        self._inner = inner

    async def send(self, queue: str, body: bytes, *, delay_seconds: float = 0) -> None:
        if self.now() < self.until:
            raise QueueUnavailable("down")
        await self._inner.send(queue, body, delay_seconds=delay_seconds)


async def test_a_long_plan_goes_in_stages_and_an_unfinished_one_is_given_up_after_a_day(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "STAGE", timedelta(0))
    await office.users(10)
    await office.fire()
    await office.drain()
    bodies = await office.sent()
    assert len(bodies) == 10
    assert not any(body["again"] for body in bodies), "a stage that was handed over in order repeats nothing"
    office.time.advance(7 * 86_400)
    await office.fire()
    await office.queues.close()  # the command is gone
    office.time.advance(LOST_AFTER.total_seconds() + 60)
    assert await office.commands.rescue() == []
    outcomes = {row["plannedAt"][:10]: row["outcome"] for row in await office.rows()}
    assert outcomes == {"2026-11-23": "ok", "2026-11-30": "abandoned"}


async def test_a_forced_run_for_all_leaves_out_who_opted_out_and_one_user_is_named_by_hand(office: Office) -> None:
    same = {"wardrobeFingerprint": "f", "digestState": {"fingerprint": "f"}}
    await office.store.create(USER_PROFILES.key, {"id": "same", **same})
    await office.store.create(USER_PROFILES.key, {"id": "out", "recommendationOptIn": False})
    run_id = await office.commands.request(DIGEST.name, "test", {"force": "true", "window": "2026-W40"})
    await office.drain()
    [body] = await office.sent()
    assert (body["user_id"], body["window"], body["force"], body["run_id"]) == ("same", "2026-W40", True, run_id)
    await office.commands.request(DIGEST.name, "test", {"userId": "out"})
    await office.drain()
    [body] = await office.sent()
    assert (body["user_id"], body["window"], body["force"]) == ("out", "2026-W48", False)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"window": "2026-W49"}, "window: got '2026-W49'"), ({"window": "W48"}, "expected an ISO week"),
        ({"window": "2026-W54"}, "expected an ISO week"), ({"window": "2020-W01"}, "one of the year before"),
        ({"userId": "a/b"}, "userId"), ({"force": "yes"}, "expected true or false"), ({"sourceId": "x"}, "sourceId"),
    ],
)  # fmt: skip
async def test_wrong_parameters_are_named_and_nothing_is_begun(office: Office, parameters: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        await office.commands.request(DIGEST.name, "test", parameters)
    assert await office.rows() == []
