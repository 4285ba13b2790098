"""The queries of the alert rules and the workbook, run on the lines and metrics that the app really writes."""

import json
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import duckdb_kql
import pytest

from agents.api.http import Request
from agents.app import App
from agents.runs.ledger import Ledger, RunOutcome
from agents.timers import DIGEST, LEDGERED, MOODS, SCRAPER
from agents.watch.alerts.rule import Severity
from agents.wiring import MANIFESTS
from devhost.loading import TimerTrigger, Trigger
from shared import observe
from shared.observe.table import INSTRUMENTS, of_jobs
from tests.fakes.telemetry import recorded
from tests.faults.watching import DAY, HOUR, MINUTE, MONDAY, TICK, TIMERS, Hook, Lives, watch_of
from tests.faults.world import DEAD_LETTER_QUEUE, VirtualTime, World, embedded_store
from tests.infra.bicep import INFRA, ROOT, variables
from tests.infra.insights import Insights, names, query_of

RULES: list[dict[str, Any]] = variables("modules/alerts.bicep")["rules"]
WORKBOOK = json.loads((INFRA / "workbook.json").read_text())
SPANS = {"PT5M": 5, "PT15M": 15, "PT30M": 30, "PT1H": 60, "PT2H": 120, "P2D": 2880}
ALLOWED_WINDOWS = {"PT5M", "PT10M", "PT15M", "PT30M", "PT45M", "PT1H", "PT2H", "PT3H", "PT4H", "PT5H", "PT6H", "P1D", "P2D"}
ALLOWED_FREQUENCIES = {"PT5M", "PT10M", "PT15M", "PT30M", "PT45M", "PT1H", "PT2H", "PT3H", "PT4H", "PT5H", "PT6H", "P1D"}
# The operations contract: what on-call has to hear of, and the rules that tell it without trusting the app's own watchdog.
CONTRACT = {
    "jobs die more often than they should": "dead-letter-ingress",
    "a poison message waits": "poison-depth",
    "a Monday was missed": "missed-monday",
    "a daily timer had no success for 36 hours": "no-success",
    "a queue's work is a day old": "queue-age",
    "the watchdog itself is silent": "watch-silent",
    "messages wait that only a newer build reads": "newer-producer",
}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    found = World(embedded_store(VirtualTime()))
    found.time.at = MONDAY
    yield found
    await found.store.close()


def rule(name: str) -> dict[str, Any]:
    [found] = [one for one in RULES if one["name"] == name]
    return found


def fires(insights: Insights, name: str) -> list[dict[str, Any]] | None:
    """What the rule's evaluation would find now; None: it does not fire."""
    one = rule(name)
    rows = insights.ask(query_of(name), window=timedelta(minutes=SPANS[one["window"]]))
    holds = len(rows) < one["threshold"] if one["when"] == "LessThan" else len(rows) > one["threshold"]
    return rows if holds else None


async def live(world: World, lives: Lives, until: datetime) -> None:
    """Let the timers do what they do until then."""
    for when in sorted(one for one in lives.steps if world.time.at < one <= until):
        world.time.at = when
        for step in lives.steps[when]:
            await step()
    world.time.at = until


def queries_of_the_workbook() -> list[tuple[str, str]]:
    return [(one["name"], one["content"]["query"]) for one in WORKBOOK["items"] if one["type"] == 3]


@pytest.mark.parametrize("name", names())
def test_a_query_is_kql(name: str) -> None:
    assert duckdb_kql.validate(query_of(name)) == []


@pytest.mark.parametrize(("title", "query"), queries_of_the_workbook())
def test_a_query_of_the_workbook_is_kql_and_runs(title: str, query: str) -> None:
    assert duckdb_kql.validate(query) == [], title
    Insights(lambda: MONDAY).ask(query.partition("| render")[0])


def test_every_query_has_its_rule_and_every_rule_its_place_in_the_runbook() -> None:
    assert sorted(one["name"] for one in RULES) == names()
    told = [one["query"]["function"]["parameters"]["file_path"] for one in RULES]
    assert told == [f"../queries/{one['name']}.kql" for one in RULES]
    runbook = (ROOT / "docs/operations.md").read_text()
    assert [one["name"] for one in RULES if f"`{one['name']}`" not in runbook] == []
    assert set(CONTRACT.values()) <= set(names())


def test_windows_and_frequencies_are_those_that_the_platform_takes() -> None:
    for one in RULES:
        assert one["window"] in ALLOWED_WINDOWS, one["name"]
        assert one["frequency"] in ALLOWED_FREQUENCIES, one["name"]
        assert SPANS[one["window"]] >= SPANS[one["frequency"]], one["name"]
        assert one["severity"] in {0, 1, 2, 3, 4}, one["name"]


def test_dimensions_are_columns_of_their_query() -> None:
    for one in RULES:
        columns = query_of(one["name"]).rpartition("| project")[2]
        assert not one["dimension"] or re.search(rf"\b{one['dimension']}\b", columns), one["name"]


def test_metrics_and_their_dimensions_are_those_of_the_table() -> None:
    kinds = [one for kind in MANIFESTS.values() for one in of_jobs(kind.family)]
    known = {one.name: set(one.attributes) for one in (*INSTRUMENTS, *kinds)}
    texts = [query_of(name) for name in names()] + [query for _, query in queries_of_the_workbook()]
    for text in texts:
        for name in re.findall(r'"([a-z_]+(?:\.[a-z_]+)+)"', re.sub(r'customDimensions\["[^"]+"\]', "", text)):
            assert name in known, name
            used = re.findall(r'customDimensions(?:\.(\w+)|\["([^"]+)"\])', text)
            assert {one or other for one, other in used} <= known[name], name


def test_slots_and_timers_are_those_of_the_schedules(triggers: list[Trigger]) -> None:
    schedules = {one.name: one.schedule for one in triggers if isinstance(one, TimerTrigger)}
    assert schedules["PluckItWeeklyDigest"] == "0 0 9 * * 1"
    assert DIGEST.schedule.slot_at(MONDAY + 12 * HOUR) == MONDAY + 9 * HOUR
    assert "startofweek(now()) + 1d + 9h" in query_of("missed-monday")  # weeks begin on Sunday in KQL
    assert f'run startswith "{DIGEST.name}."' in query_of("missed-monday")
    daily = [one.name for one in LEDGERED if one is not DIGEST]
    assert daily == [MOODS.name, SCRAPER.name]
    assert json.dumps(daily) in query_of("no-success")
    assert schedules["OpsWatch"] == "0 */5 * * * *"
    assert SPANS[rule("watch-silent")["window"]] == 30


async def test_what_the_watchdog_tells_is_found_with_its_severity(world: World) -> None:
    insights, hook = Insights(lambda: world.time.at), Hook()
    watch = watch_of(world, hook, timers=TIMERS)
    ledger = Ledger(store=world.store, clock=world.time.clock())
    lives = Lives(ledger)
    lives.run("moods", MONDAY + 6 * HOUR)
    lives.run("scraper", MONDAY + 7 * HOUR, outcome=RunOutcome.ZERO_WORK)
    paged: set[tuple[str, str]] = set()
    ticketed: set[str] = set()
    with insights.listening():
        while world.time.at < MONDAY + 2 * DAY:
            for step in lives.steps.get(world.time.at, ()):
                await step()
            await watch.dog.run()
            if not world.time.at.minute % 15:
                paged |= {(row["alert"], row["severity"]) for row in fires(insights, "alert-page") or ()}
                ticketed |= {row["alert"] for row in fires(insights, "alert-ticket") or ()}
            world.time.at += TICK
    told = {(document["alert"], document["severity"]) for _, document in hook.got if document["event"] != "resolved"}
    grave = {Severity.PAGE.value, Severity.CRITICAL.value}
    assert {"A6.digest", "A7.scraper"} <= {alert for alert, _ in told}
    assert paged == {(alert, severity) for alert, severity in told if severity in grave}
    assert ticketed == {alert for alert, severity in told if severity == "ticket"}


async def test_a_silent_watchdog_is_told_within_half_an_hour(world: World) -> None:
    insights = Insights(lambda: world.time.at)
    watch = watch_of(world, Hook())
    with insights.listening():
        for _ in range(4):
            await watch.dog.run()
            world.time.at += TICK
    assert fires(insights, "watch-silent") is None
    world.time.at += 24 * MINUTE
    assert fires(insights, "watch-silent") is None
    world.time.at += 2 * MINUTE
    assert fires(insights, "watch-silent") == []


async def test_a_missed_monday_is_told_from_half_past_ten_until_tuesday(world: World) -> None:
    insights = Insights(lambda: world.time.at)
    lives = Lives(Ledger(store=world.store, clock=world.time.clock()))
    lives.run("digest", MONDAY + 9 * HOUR)
    lives.run("digest", MONDAY + 14 * DAY + 9 * HOUR, outcome=RunOutcome.FAILED)
    lives.by_hand("digest", MONDAY + 14 * DAY + 15 * HOUR)
    fired = []
    with insights.listening():
        for half_hours in range(1, 2 * 24 * 16, 2):
            await live(world, lives, MONDAY + half_hours * HOUR / 2)
            if fires(insights, "missed-monday"):
                fired.append(world.time.at - MONDAY)
    second = [7 * DAY + timedelta(hours=hour, minutes=30) for hour in range(11, 33)]
    third = [14 * DAY + timedelta(hours=hour, minutes=30) for hour in range(11, 15)]
    assert fired == second + third


async def test_a_monday_that_on_call_has_paused_is_not_missed(world: World) -> None:
    insights = Insights(lambda: world.time.at)
    with insights.listening():
        world.time.at = MONDAY + 7 * DAY + 9 * HOUR
        await world.wiring.holding.pause("timer", "digest", until=world.time.at + DAY, actor="ada", reason="no mail now")
        await world.wiring.commands.fire("digest", DIGEST.schedule, grace=DIGEST.grace)
        world.time.at += 3 * HOUR
        assert not fires(insights, "missed-monday")


async def test_a_daily_timer_without_success_is_told_after_36_hours(world: World) -> None:
    insights = Insights(lambda: world.time.at)
    lives = Lives(Ledger(store=world.store, clock=world.time.clock()))
    for day in range(3):
        lives.run("moods", MONDAY + day * DAY + 6 * HOUR)
    lives.run("scraper", MONDAY + 7 * HOUR)
    lives.run("scraper", MONDAY + DAY + 7 * HOUR, outcome=RunOutcome.ZERO_WORK)
    lives.run("scraper", MONDAY + 2 * DAY + 7 * HOUR, outcome=RunOutcome.PARTIAL)
    fired = []
    with insights.listening():
        for hours in range(8, 3 * 24):
            await live(world, lives, MONDAY + hours * HOUR)
            fired += [(row["timer"], world.time.at - MONDAY) for row in fires(insights, "no-success") or ()]
    late = MONDAY + 7 * HOUR + 5 * MINUTE + 36 * HOUR - MONDAY
    assert {timer for timer, _ in fired} == {"scraper"}
    assert fired[0][1] - late < HOUR
    assert fired[-1][1] == 2 * DAY + 7 * HOUR, "ended by the partial success five minutes later"


async def test_jobs_that_die_are_told_and_healthy_ones_are_not(world: World) -> None:
    insights = Insights(lambda: world.time.at)
    with insights.listening():
        for number in range(12):
            await world.like(f"user-{number}", "minimalist|navy", item=f"item-{number}")
        await world.drain()
        assert fires(insights, "dead-letter-ingress") is None
        for number in range(3):
            await world.queues.send(DEAD_LETTER_QUEUE, b"\xff no json " + str(number).encode())
            await world.wiring.dead_letters["taste-analysis"].persist(b"\xff no json " + str(number).encode())
    [row] = fires(insights, "dead-letter-ingress") or [{}]
    assert (row["dead"], row["ended"]) == (3, 15)


def test_a_poison_queue_that_does_not_empty_is_told_by_its_name() -> None:
    at = [MONDAY]
    insights = Insights(lambda: at[0])
    for look in range(5):
        at[0] = MONDAY + look * TICK
        with recorded() as recorder:
            observe.queue_depth("taste-analysis-jobs-poison", 2)
            observe.queue_depth("scrape-jobs-poison", 0 if look == 3 else 1)
            observe.queue_depth("scrape-jobs", 40)
            observe.queue_oldest_age("scrape-jobs", 90_000.0)
            observe.queue_oldest_age("digest-jobs", 600.0)
            insights.export(recorder)
    assert fires(insights, "poison-depth") == [{"queue": "taste-analysis-jobs-poison", "least": 2.0}]
    assert fires(insights, "queue-age") == [{"queue": "scrape-jobs", "hours": 25.0}]


async def test_a_webhook_that_is_down_is_told(world: World) -> None:
    insights, hook = Insights(lambda: world.time.at), Hook(down=True)
    watch = watch_of(world, hook)
    with insights.listening():
        await world.queues.send(DEAD_LETTER_QUEUE, b'{"user_id": "u"}')
        for _ in range(8):
            await watch.dog.run()
            world.time.at += TICK
    assert fires(insights, "webhook-down") is not None


async def test_wrong_settings_are_told(world: World) -> None:
    insights = Insights(lambda: world.time.at)
    assert fires(insights, "settings-wrong") is None
    with insights.listening():
        answer = await App({"COSMOS_DB_KEY": "a key without an endpoint"}).answer("get_status", Request(b"", {}, {}, {}))
    assert answer.status == 503
    [row] = fires(insights, "settings-wrong") or [{}]
    assert "COSMOS_DB_KEY" in row["message"]


async def test_messages_that_wait_for_a_newer_build_are_told_after_an_hour_and_a_rolling_deployment_is_not(
    world: World,
) -> None:
    insights, body = Insights(lambda: world.time.at), b'{"schemaVersion": 99, "user_id": "u", "item_id": "i"}'
    runner, since = world.wiring.runners["taste-analysis"], world.time.at
    seen: list[float] = []
    with insights.listening():
        for _ in range(16):
            await runner.deliver(body)
            if fires(insights, "newer-producer") is not None:
                seen.append((world.time.at - since) / MINUTE)
            world.time.at += 5 * MINUTE
    assert seen[0] == 65
    assert fires(insights, "newer-producer") == [{"job": "taste-analysis", "seen": 16}]
