"""The watchdog over a real store and the real ledger: each alert at its minute, and a month without one."""

import asyncio
import json
from datetime import datetime, timedelta

import pytest

from agents.runs.ledger import Ledger, RunOutcome
from agents.watch.alerts.state import Phase
from shared.clock import Clock, to_iso
from shared.errors import Reason, RetryableError
from shared.pictures.nothing import Nothing
from shared.store.containers import DEAD_LETTERS, JOBS, RUNS, SERVICE_STATE
from tests.faults.watching import DAY, HOUR, MINUTE, MONDAY, TICK, TIMERS, Hook, Lives, alerts, died, ended, watch_of
from tests.faults.world import DEAD_LETTER_QUEUE, QUEUE, World


def on(day: int, clock: str) -> datetime:
    hour, minute = clock.split(":")
    return MONDAY + timedelta(days=day, hours=int(hour), minutes=int(minute))


@pytest.fixture
async def world(world: World) -> World:
    world.time.at = MONDAY
    return world


async def never(_seconds: float) -> None:
    await asyncio.Event().wait()


def fortnight(ledger: Ledger) -> Lives:
    """Two weeks of everything that can happen to a timer; what is not named runs as it should."""
    lives = Lives(ledger)
    odd = {
        "moods": {on(1, "06:00"), on(3, "06:00"), on(6, "06:00"), on(9, "06:00")},
        "scraper": {on(2, "07:00"), on(4, "07:00"), on(5, "07:00"), on(8, "07:00")},
        "digest": {on(0, "09:00"), on(7, "09:00")},
    }
    for day in range(15):
        for timer, clock in (("moods", "06:00"), ("scraper", "07:00"), ("digest", "09:00")):
            slot = on(day, clock)
            if slot not in odd[timer] and (timer != "digest" or day % 7 == 0):
                lives.run(timer, slot)
    lives.begin("moods", on(1, "06:00"))  # killed: nobody ends it
    lives.run("moods", on(3, "11:00"))  # late, within its grace
    lives.begin("moods", on(6, "19:00"))  # too late: left out
    for _ in range(3):
        lives.begin("moods", on(9, "06:00"))  # doubled by other instances: one of them runs
    lives.end("moods", on(9, "06:00"), on(9, "06:05"))
    lives.run("scraper", on(2, "07:00"), outcome=RunOutcome.ZERO_WORK)
    lives.run("scraper", on(4, "07:00") - timedelta(seconds=20))  # early
    lives.run("scraper", on(5, "07:00"), minutes=150)  # too long
    lives.run("scraper", on(8, "07:00"), outcome=RunOutcome.FAILED)
    lives.by_hand("scraper", on(8, "12:00"), sourceId="one-shop")  # of one source: no success of the timer's
    lives.by_hand("scraper", on(8, "21:00"))
    lives.by_hand("digest", on(0, "10:30"), window="2026-W48", userId="ada")  # for one user: the week is still missed
    lives.by_hand("digest", on(0, "11:30"), window="2026-W48")
    lives.begin("digest", on(7, "10:15"))  # beyond its grace: left out, and not made up for
    return lives


EXPECTED = [
    (on(0, "10:05"), "A6.digest", "fired"),  # more than an hour after Monday, 09:00
    (on(0, "11:30"), "A6.digest", "resolved"),
    (on(1, "06:20"), "A8.moods", "fired"),  # killed at 06:00, silent for more than 15 minutes
    (on(1, "18:10"), "A7.moods", "fired"),  # more than 36 h since 06:05 of the day before
    (on(2, "06:05"), "A7.moods", "resolved"),
    (on(2, "06:05"), "A8.moods", "resolved"),
    (on(2, "07:05"), "A8.scraper", "fired"),  # zero work
    (on(2, "19:10"), "A7.scraper", "fired"),
    (on(3, "07:05"), "A7.scraper", "resolved"),
    (on(3, "07:05"), "A8.scraper", "resolved"),
    (on(5, "09:05"), "A8.scraper", "fired"),  # beyond its two hours
    (on(5, "09:30"), "A8.scraper", "resolved"),
    (on(6, "18:10"), "A7.moods", "fired"),
    (on(7, "06:05"), "A7.moods", "resolved"),
    (on(7, "10:05"), "A6.digest", "fired"),
    (on(8, "19:10"), "A7.scraper", "fired"),
    (on(8, "21:00"), "A7.scraper", "resolved"),
    (on(12, "03:00"), "A12", "fired"),  # nobody had looked since 02:00
    (on(12, "03:05"), "A12", "resolved"),
    (on(14, "09:05"), "A6.digest", "resolved"),  # the next Monday's
]


@pytest.mark.slow
async def test_two_weeks_of_odd_timer_runs_in_the_real_ledger_tell_each_alert_at_its_minute(world: World) -> None:
    """The heartbeat of a run that is alive is moved by hand: the ledger's own would wait for virtual minutes."""
    hook = Hook()
    clock = Clock(now=lambda: world.time.at, sleep=never, new_id=world.time.clock().new_id, uniform=lambda low, _high: low)
    lives = fortnight(Ledger(store=world.store, clock=clock))
    watch = watch_of(world, hook, timers=TIMERS)
    world.time.at = on(0, "05:55")
    while world.time.at <= on(14, "12:00"):
        now = world.time.at
        for moment in sorted(one for one in lives.steps if now - TICK < one <= now):
            world.time.at = moment
            for step in lives.steps[moment]:
                await step()
        world.time.at = now
        if on(5, "07:00") < now < on(5, "09:30"):
            item = await world.store.read(RUNS.key, lives.runs["scraper", on(5, "07:00")], "scraper")
            await world.store.replace(RUNS.key, {**item.body, "heartbeatAt": to_iso(now)})
        if not on(12, "02:00") < now < on(12, "03:00"):
            await watch.dog.run()
        world.time.at = now + TICK
    told = [(document["at"], document["alert"], document["event"]) for _, document in hook.got]
    assert sorted(one for one in told if one[2] != "reminded") == [(to_iso(at), key, event) for at, key, event in EXPECTED]
    assert {key for _, key, event in told if event == "reminded"} <= {
        "A6.digest",
        "A7.moods",
        "A7.scraper",
        "A8.moods",
        "A8.scraper",
    }
    assert len({key for key, _ in hook.got}) == len(hook.got), "nothing was told twice"
    doubled = [run for run in await world.documents(RUNS.key) if run["plannedAt"] == to_iso(on(9, "06:00"))]
    assert len(doubled) == 1


@pytest.mark.slow
async def test_a_month_of_healthy_traffic_tells_nothing(world: World) -> None:
    """Thirty jobs a day, one in two hundred dies; the watchdog looks twice an hour, the slowest that it may."""
    hook, names = Hook(), iter(range(100_000))
    clock = Clock(now=lambda: world.time.at, sleep=never, new_id=world.time.clock().new_id, uniform=lambda low, _high: low)
    lives = Lives(Ledger(store=world.store, clock=clock))
    for day in range(31):
        for timer, hour in (("moods", "06:00"), ("scraper", "07:00"), ("digest", "09:00")):
            if timer != "digest" or day % 7 == 0:
                lives.run(timer, on(day, hour), minutes=30)
    watch = watch_of(world, hook, timers=TIMERS)
    world.time.at = on(0, "05:30")
    while world.time.at < on(30, "00:00"):
        number = next(names)
        if number % 320 == 319:
            await died(world, f"job-{number}")
        elif number % 8 < 5:
            await ended(world, f"user-{number}")
        for step in lives.steps.get(world.time.at, []):
            await step()
        transitions = await watch.dog.run()
        assert [one.rule.key for one in transitions if one.evaluation.holds is None] == []
        world.time.at += 30 * MINUTE
    assert hook.got == []
    assert {one.phase for one in (await alerts(world)).values()} <= {Phase.OK, Phase.PENDING}


async def test_jobs_that_die_are_told_of_at_the_second_look_that_sees_too_many(world: World) -> None:
    hook = Hook()
    watch = watch_of(world, hook)
    for number in range(400):
        world.time.at = MONDAY - 5 * DAY + number * 15 * MINUTE
        await ended(world, f"before-{number}")
    world.time.at = on(0, "12:00")
    await watch.dog.run()
    for number in range(3):
        world.time.at = on(0, "12:01") + number * MINUTE
        await died(world, f"job-{number}")
    for minutes in range(5, 30, 5):
        world.time.at = on(0, "12:00") + minutes * MINUTE
        await watch.dog.run()
    told = [(document["at"], document["alert"], document["event"]) for _, document in hook.got]
    assert told == [(to_iso(on(0, "12:05")), "A2", "fired"), (to_iso(on(0, "12:10")), "A1", "fired")]
    words = hook.got[1][1]["text"]
    assert "1 h: 3 dead and open of 3" in words
    assert "user-" not in json.dumps(hook.got)


async def test_what_is_nobodys_incident_is_not_counted(world: World) -> None:
    """A late copy of a completed job, a message newer than this build, and a replayed job that dies again."""
    watch = watch_of(world, None)
    await watch.dog.run()
    world.time.at += MINUTE
    await died(world, "late", status="resolved")
    await died(world, "newer", reason=Reason.DEPLOY_MISMATCH)
    await died(world, "real")
    world.time.at += 4 * MINUTE
    await watch.dog.run()
    world.time.at += MINUTE
    item = await world.store.read(DEAD_LETTERS.key, "real.1", "real")
    again = {"status": "open", "replays": 1, "updatedAt": to_iso(world.time.at), "history": [{"action": "replay"}]}
    await world.store.replace(DEAD_LETTERS.key, {**item.body, **again})
    world.time.at += 4 * MINUTE
    await watch.dog.run()
    collected = await watch.collector.collect(counting=False)
    assert collected.facts.ingress is not None
    assert (collected.facts.ingress.hour.dead, collected.facts.ingress.hour.terminal) == (1, 1)


async def test_failing_attempts_are_told_of_before_anything_dies(world: World) -> None:
    hook = Hook()
    watch = watch_of(world, hook)
    await watch.dog.run()
    world.chat.errors = [RetryableError("503", reason=Reason.MODEL_UNAVAILABLE)] * 40
    for number in range(6):
        await world.like("u", f"minimalist|navy-{number}", item=f"item-{number}")
    for _ in range(6):
        await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver)
    world.time.at = MONDAY + TICK
    transitions = {one.rule.key: one for one in await watch.dog.run()}
    assert hook.told == [("A3", "fired")]
    assert transitions["A3"].evaluation.figures["failed"] == transitions["A3"].evaluation.figures["total"]
    assert transitions["A1"].evaluation.holds is False


async def test_a_payload_that_nobody_can_decode_pages_once_and_waits_without_paging_again(world: World) -> None:
    hook = Hook()
    watch = watch_of(world, hook)
    await watch.dog.run()
    world.time.at += MINUTE
    await world.queues.send(DEAD_LETTER_QUEUE, b"\xff\xfe no json")
    await world.wiring.chores["sweep"]()
    for _ in range(60):
        world.time.at += TICK
        await watch.dog.run()
    assert hook.told == [("A4", "fired"), ("A4", "resolved")], "what is parked has its record, and is no news"
    collected = await watch.collector.collect(counting=False)
    assert [(one.name, one.depth, one.parked) for one in collected.backlogs or () if one.depth] == [(DEAD_LETTER_QUEUE, 1, 1)]


async def test_dead_letters_that_nobody_stores_page_after_ten_minutes(world: World) -> None:
    hook = Hook()
    watch = watch_of(world, hook)
    await world.queues.send(DEAD_LETTER_QUEUE, b'{"user_id": "u"}')
    for minutes in (5, 10, 15):
        world.time.at = MONDAY + minutes * MINUTE
        await watch.dog.run()
    assert [(document["at"], document["alert"]) for _, document in hook.got] == [(to_iso(MONDAY + 15 * MINUTE), "A4")]


async def test_a_queue_that_stands_still_for_a_day_is_told_of_and_named_stuck(world: World) -> None:
    """The reconciler wakes the job every six hours, which makes its document look young."""
    hook = Hook()
    watch = watch_of(world, hook)
    await world.like("u", "minimalist|navy")
    while world.time.at < MONDAY + 25 * HOUR:
        if world.time.at.minute == 0 and world.time.at.hour % 6 == 1:
            await world.wiring.reconciler.run()
        if world.time.at > MONDAY + 23 * HOUR:
            await watch.dog.run()
        world.time.at += TICK
    assert hook.told == [(f"A9.{QUEUE}", "fired")]
    document = hook.got[0][1]
    assert document["at"] == to_iso(MONDAY + 24 * HOUR + 10 * MINUTE), "older than 24 h at two looks in a row"
    assert "stuck" in document["text"]


async def test_the_breaker_of_the_model_is_told_of_after_ten_minutes_and_not_when_it_has_run_out(world: World) -> None:
    hook = Hook()
    watch = watch_of(world, hook)
    state = {
        "id": "breaker.azure.gpt", "openUntil": to_iso(MONDAY + HOUR), "probeUntil": to_iso(MONDAY),
        "reason": "llm_rate_limited", "openedAt": to_iso(MONDAY), "description": "429",
    }  # fmt: skip
    await world.store.create(SERVICE_STATE.key, state)
    for _ in range(20):
        await watch.dog.run()
        world.time.at += TICK
    told = [(document["at"], document["alert"], document["event"]) for _, document in hook.got]
    assert told == [(to_iso(MONDAY + 15 * MINUTE), "A3", "fired"), (to_iso(MONDAY + 65 * MINUTE), "A3", "resolved")]


async def test_a_like_that_was_rightly_skipped_breaks_no_invariant(world: World) -> None:
    hook = Hook()
    watch = watch_of(world, hook)
    await watch.dog.run()
    world.pictures.nothing["red"] = Nothing.ONE_COLOUR
    await world.like("u", "red")
    await world.drain()
    assert [(job["status"], job["skipped"]) for job in await world.documents(JOBS.key)] == [("completed", "one_colour")]
    for _ in range(3):
        world.time.at += TICK
        await watch.dog.run()
    assert hook.told == []


async def test_completed_jobs_without_their_signal_and_many_repairs_break_an_invariant(world: World) -> None:
    hook = Hook()
    watch = watch_of(world, hook)
    await world.like("u", "minimalist|navy")
    await world.drain()
    await watch.dog.run()
    assert hook.told == []
    world.time.at += MINUTE
    job = {
        "id": "j", "jobId": "j", "status": "completed", "generation": 1, "userId": "u", "updatedAt": to_iso(world.time.at),
        "lastCompletedAt": to_iso(world.time.at), "deferredSince": None,
    }  # fmt: skip
    await world.store.create(JOBS.key, job)
    world.time.at += 4 * MINUTE
    await watch.dog.run()
    assert hook.told == [("A11", "fired")]
    assert "1 job completed without a marker" in hook.got[0][1]["text"]
    for _ in range(10):
        world.time.at += TICK
        await watch.dog.run()
    assert hook.told[1:] == [("A11", "resolved")]
    await watch.dog.repaired(3)
    await watch.dog.repaired(1)
    world.time.at += TICK
    await watch.dog.run()
    assert hook.told[2:] == [("A11", "fired")]


async def test_an_alert_of_dead_letters_that_were_replayed_resolves_within_two_looks_and_does_not_come_back(
    world: World,
) -> None:
    """Thirty die, on-call mends the cause, and their replay completes: neither the short nor the long rule keeps them."""
    hook = Hook()
    watch = watch_of(world, hook)
    for number in range(400):
        world.time.at = MONDAY - 5 * DAY + number * 15 * MINUTE
        await ended(world, f"before-{number}")
    world.time.at = on(0, "12:00")
    await watch.dog.run()
    for number in range(30):
        world.time.at += timedelta(seconds=20)
        await died(world, f"job-{number}")
    world.time.at = on(0, "12:15")
    for _ in range(2):
        await watch.dog.run()
        world.time.at += TICK
    assert set(hook.told) == {("A1", "fired"), ("A2", "fired")}
    for number in range(30):
        item = await world.store.read(DEAD_LETTERS.key, f"job-{number}.1", f"job-{number}")
        settled = {"status": "resolved", "history": [{"action": "replay"}], "updatedAt": to_iso(world.time.at)}
        await world.store.replace(DEAD_LETTERS.key, {**item.body, **settled})
        await ended(world, f"replayed-{number}")
    repaired = world.time.at
    for _ in range(90):
        await watch.dog.run()
        world.time.at += TICK
    told = [(document["alert"], document["event"], document["at"]) for _, document in hook.got[2:]]
    assert sorted(one[:2] for one in told) == [("A1", "resolved"), ("A2", "resolved")]
    assert max(at for *_, at in told) <= to_iso(repaired + TICK), "the second look after the repair at the latest"
    collected = await watch.collector.collect(counting=False)
    assert collected.facts.ingress is not None
    assert (collected.facts.ingress.day.dead, collected.facts.ingress.day.open) == (30, 0)


async def test_a_model_that_fails_for_everybody_pages_at_the_second_look_and_status_names_it(world: World) -> None:
    hook = Hook()
    watch = watch_of(world, hook)
    await watch.dog.run()
    await world.like("u", "minimalist|navy")
    world.time.at += MINUTE
    state = {
        "id": "breaker.azure.gpt", "openUntil": to_iso(MONDAY + HOUR), "probeUntil": to_iso(MONDAY),
        "reason": "llm_unavailable", "openedAt": to_iso(world.time.at), "description": "503",
    }  # fmt: skip
    await world.store.create(SERVICE_STATE.key, state)
    told = []
    for _ in range(2):
        world.time.at += 4 * MINUTE + timedelta(seconds=30)
        await watch.dog.run()
        told.append(list(hook.told))
    assert told == [[("A13", "fired")], [("A13", "fired")]]
    assert "the model azure.gpt has failed for 4 min (llm_unavailable) while 1 message waits" in hook.got[0][1]["text"]
