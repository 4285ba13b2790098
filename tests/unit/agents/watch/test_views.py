"""What on-call and scrapers read: the status and its reasons, metrics, queues, what is posted. Nobody is named in it."""

import base64
import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from agents.dead_letters.open_records import OpenRecord, OpenRecords
from agents.replays.requests import ReplayRequest
from agents.watch.alerts.facts import AgeSample, Facts, LastLook, Timer, TimerRun
from agents.watch.alerts.rule import Severity
from agents.watch.alerts.state import Alert, Event, Notice, Phase
from agents.watch.alerts.thresholds import AlertThresholds
from agents.watch.collect.collector import Collected
from agents.watch.collect.facts_of import Suspension, suspensions_of
from agents.watch.collect.memory import Change, Memory, differences
from agents.watch.collect.queues import Backlog, shown, waiting_since
from agents.watch.collect.traffic import DEAD, ENDED, FAILED, Happening, Series, Traffic, cells_of
from agents.watch.incident.markdown import to_markdown
from agents.watch.incident.note import write_note
from agents.watch.incident.situation_of import situation_of
from agents.watch.metrics import families
from agents.watch.notifier import document_of
from agents.watch.openmetrics import exposition
from agents.watch.status import status_of
from agents.wiring import MANIFESTS
from shared.chat.breaker_state import BreakerState
from shared.clock import to_iso
from shared.errors import Reason
from shared.observe import table
from shared.observe.table import INSTRUMENTS, Instrument
from shared.queues.base import Message
from tests.unit.agents.watch.facts_of import DEPLOYED, MINUTE, MONDAY, QUEUE, RULES, healthy, plan, rule, run

AT = MONDAY + timedelta(hours=12)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
THRESHOLDS = AlertThresholds()
KEPT = Memory(DEPLOYED, AT - 5 * MINUTE, AT - 5 * MINUTE, {"digest": DEPLOYED})


def message(body: bytes, *, age: timedelta = MINUTE, raw: bool = False) -> Message:
    content = body.decode("latin-1") if raw else base64.b64encode(body).decode()
    return Message("m-1", "", content, 1, AT - age)


LETTER = OpenRecord(
    "0a.1", "poison", Reason.MODEL_TIMEOUT, "0123456789abcdef", "it took too long", AT - DAY, AT + DAY, "user-1"
)  # fmt: skip


def collected(**changed: Any) -> Collected:
    series = Series.beginning(AT)
    happened = [Happening(f"{ENDED}taste-analysis", AT - MINUTE)] * 3 + [
        Happening(f"{DEAD}taste-analysis.llm_timeout", AT - MINUTE)
    ]
    happened.append(Happening(f"{FAILED}taste-analysis.llm_timeout", AT - MINUTE))
    found: dict[str, Any] = {
        "memory": KEPT, "alerts": {}, "facts": healthy(AT),
        "open_records": OpenRecords((LETTER,), True, AT + DAY, (AT - MINUTE,)),
        "backlogs": (Backlog(QUEUE, "jobs", "taste-analysis", 3, (message(b"{}"),), AT - MINUTE),
                     Backlog("poison", "dead-letters", "taste-analysis", 2, (), None, 2)),
        "kinds": ("taste-analysis", "weekly-digest"), "timer_names": ("digest", "moods", "scraper"),
        "traffic": Traffic({"all": series.counted(series.start(), AT, cells_of(happened))}), "suspensions": (),
        "marks": {"build": "abc"},
    }  # fmt: skip
    found["counted"] = found["traffic"]
    return Collected(AT, **{**found, **changed})


def firing(key: str, severity: Severity) -> dict[str, Alert]:
    of = rule(key)
    return {
        key: Alert(
            key,
            of.name,
            of.subject,
            Phase.FIRING,
            3,
            severity,
            AT - MINUTE,
            fired_at=AT - HOUR,
            text="7 of 9",
            figures={"n": 7},
        )
    }


def status(**changed: Any) -> dict[str, Any]:
    return status_of(collected(**changed), RULES, THRESHOLDS)


def timers(**rows: tuple[TimerRun, ...]) -> Facts:
    others = healthy(AT).timers
    assert others is not None
    return healthy(AT, timers={**others, **{name: Timer(plan(name), runs) for name, runs in rows.items()}})


def test_a_healthy_app_is_ok_and_shows_every_rule_timer_and_queue() -> None:
    found = status()
    assert (found["ok"], found["problems"]) == (True, [])
    assert [one["alert"] for one in found["rules"]] == [one.key for one in RULES]
    assert all(one["text"] for one in found["rules"])
    assert [one["timer"] for one in found["timers"]] == ["digest", "moods", "scraper"]
    assert found["queues"][1] == {
        "queue": "poison", "role": "dead-letters", "kind": "taste-analysis", "depth": 2, "visible": 0,
        "oldestAgeSeconds": None, "oldestAt": None, "oldestKnown": False, "deferredSince": None,
        "parked": 2, "held": 0, "paused": None,
    }  # fmt: skip
    json.dumps(found)


@pytest.mark.parametrize(("severity", "ok"), [(Severity.TICKET, True), (Severity.PAGE, False), (Severity.CRITICAL, False)])
def test_what_pages_is_not_ok(severity: Severity, ok: bool) -> None:
    found = status(alerts=firing("A1", severity))
    assert found["ok"] is ok
    assert found["problems"] == ([] if ok else [f"A1 fires ({severity.value}): {found['rules'][0]['text']}"])


def test_the_headline_of_an_alert_that_no_longer_holds_says_what_it_fired_for_and_no_zero() -> None:
    fired = {"A1": replace(firing("A1", Severity.PAGE)["A1"], fired_text="1 h: 130 dead and open of 144")}
    [problem] = status(alerts=fired)["problems"]
    assert problem == "A1 fires (page): 1 h: 130 dead and open of 144; it no longer holds, and resolves if that lasts"
    note = to_markdown(write_note(situation_of(collected(alerts=fired), RULES, None, THRESHOLDS)))
    assert "- fired for: `1 h: 130 dead and open of 144`\n  - now: `1 h: 0 dead and open of 12" in note


def test_a_rule_that_cannot_be_judged_shows_the_figures_of_the_last_look_that_could() -> None:
    found = status(alerts=firing("A1", Severity.PAGE), facts=healthy(AT, ingress=None))
    assert (found["rules"][0]["text"], found["rules"][0]["figures"]) == ("7 of 9", {"n": 7})
    assert found["problems"] == ["A1 fires (page): 7 of 9"]


def test_an_alert_of_a_rule_that_is_no_longer_there_wakes_nobody() -> None:
    gone = Alert("A9.old-queue", "A9", "old-queue", Phase.FIRING, 1, Severity.CRITICAL, fired_at=AT)
    assert status(alerts={gone.key: gone})["ok"]


SEVEN, NINE = MONDAY + timedelta(hours=7), MONDAY + timedelta(hours=9)
BEFORE = run(SEVEN - DAY)


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        (timers(scraper=(BEFORE,)), "scraper: the slot of 2026-11-23T07:00:00.000Z is missed"),
        (timers(scraper=(BEFORE, run(SEVEN, "skipped_late", late=720))), "is skipped_late"),
        (timers(scraper=(BEFORE, run(SEVEN + HOUR, trigger="manual"))), ""),
        (timers(scraper=(BEFORE, run(SEVEN, "failed"))), ""),
        (timers(digest=()), "digest: the slot of 2026-11-23T09:00:00.000Z is missed"),
        (timers(digest=(run(NINE + HOUR, trigger="manual", parameters={"window": "2026-W47"}),)), "digest: the slot"),
        (timers(digest=(run(NINE + HOUR, trigger="manual", parameters={"window": "2026-W48"}),)), ""),
        (healthy(AT, last_look=LastLook(AT - 31 * MINUTE, DEPLOYED)), "A12 holds (page): 31 min since its last run"),
        (healthy(AT, last_look=LastLook(None, AT - 31 * MINUTE)), "A12 holds (page)"),
    ],
)
def test_a_missed_slot_and_a_watchdog_that_is_silent_are_seen_by_whoever_asks(facts: Facts, problem: str) -> None:
    problems = [one for one in status(facts=facts)["problems"] if not one.startswith("A6")]
    assert (problem in problems[0]) if problem else problems == []


def test_queues_that_cannot_be_read_are_a_problem_of_their_own() -> None:
    found = status(backlogs=None, facts=healthy(AT, queues=None), unread={"the queues": "no answer within 3.5 s"})
    problems = ["cannot be read: the queues (no answer within 3.5 s)"]
    assert (found["ok"], found["problems"], found["queues"]) == (False, problems, None)


def test_open_dead_letters_failing_attempts_and_dependencies_are_shown_although_nothing_fires() -> None:
    found = status(suspensions=(Suspension(AT - 3 * MINUTE, AT + MINUTE, "llm_unavailable", "azure.gpt"),))
    assert found["ok"]
    assert found["deadLetters"] == {
        "open": 1, "complete": True, "oldestAt": to_iso(AT - DAY), "byReason": {"llm_timeout": 1},
    }  # fmt: skip
    assert found["attempts"][0] == {"minutes": 5, "failed": 1, "total": 4, "failing": 0.25}
    [dependency] = found["dependencies"]
    assert (dependency["name"], dependency["state"], dependency["reason"]) == (
        "the model azure.gpt",
        "failing",
        "llm_unavailable",
    )
    assert (dependency["since"], dependency["nextProbeAt"]) == (to_iso(AT - 3 * MINUTE), to_iso(AT + MINUTE))


def samples(**changed: Any) -> dict[tuple[str, str], float]:
    """What a scraper of another house reads: by name and labels in the order of their names."""
    text = exposition(families(collected(**changed), RULES, THRESHOLDS))
    return {
        (sample.name, ",".join(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


BEFORE_MONDAY = (run(NINE - 14 * DAY), run(NINE - 7 * DAY))
BY_HAND = run(NINE + HOUR, trigger="manual", parameters={"window": "2026-W48"})
BREAKER = BreakerState("azure.gpt", since=AT - HOUR, until=AT + MINUTE, reason=Reason.MODEL_TIMEOUT)


def test_the_metrics_are_what_a_scraper_can_read() -> None:
    closed = BreakerState("azure.other")
    found = samples(
        alerts=firing("A1", Severity.PAGE), breakers=(BREAKER, closed), suspensions=suspensions_of((BREAKER,), 1, AT)
    )
    assert found["wardrobe_dlq_open", "llm_timeout"] == 1
    assert found["wardrobe_dlq_parked", "poison"] == 2
    assert found["wardrobe_window_jobs_ended", "1h"] == 4
    assert found["wardrobe_window_dead_letters", "7d"] == 1
    assert found["wardrobe_window_dead_letters_open", "1h"] == 1
    assert found["wardrobe_window_attempts", "failed,30m"] == 1
    assert found["wardrobe_window_end_timestamp_seconds", ""] == AT.timestamp()
    assert found["wardrobe_dlq_baseline_ratio", ""] == 0.005
    assert found["wardrobe_queue_depth", QUEUE] == 3
    assert found["wardrobe_queue_oldest_age_seconds", QUEUE] == 60
    assert found["wardrobe_timer_last_success_age_seconds", "scraper"] == 5 * 3_600 - 6 * 60
    assert found["wardrobe_timer_slots_missed", "digest"] == 0
    assert found["wardrobe_alert_firing", "A1,page,"] == 1
    assert found["wardrobe_alert_firing", f"A9,page,{QUEUE}"] == 0
    assert (found["wardrobe_llm_breaker_state", "azure.gpt"], found["wardrobe_llm_breaker_state", "azure.other"]) == (1, 0)
    assert found["wardrobe_llm_breaker_open_age_seconds", "azure.gpt"] == 3_600
    assert found["wardrobe_dependencies_failing", ""] == 1
    assert found["wardrobe_watch_last_look_age_seconds", ""] == 300
    assert not any("user-1" in "".join(key) for key in found)


def test_counters_are_totals_by_kind_outcome_and_reason_and_are_there_from_the_first_answer_on() -> None:
    before = samples()
    assert before["wardrobe_jobs_total", "taste-analysis,completed,"] == 0
    assert before["wardrobe_jobs_total", "weekly-digest,dead_lettered,image_not_image"] == 0
    assert before["wardrobe_jobs_total", "taste-analysis,duplicate,"] == 0
    assert before["wardrobe_job_attempts_failed_total", "taste-analysis,llm_timeout"] == 0
    assert before["wardrobe_dlq_ingress_total", "payload_undecodable"] == 0
    assert before["wardrobe_timer_run_total", "failed,moods"] == 0
    later = samples(counted=Traffic({"all": settled_traffic()}))
    assert later["wardrobe_jobs_total", "taste-analysis,completed,"] == 3
    assert later["wardrobe_jobs_total", "taste-analysis,dead_lettered,llm_timeout"] == 1
    assert later["wardrobe_job_attempts_failed_total", "taste-analysis,llm_timeout"] == 1
    assert later["wardrobe_dlq_ingress_total", "llm_timeout"] == 1
    assert all(later[key] >= value for key, value in before.items() if key[0].endswith("_total"))


def settled_traffic() -> Series:
    """The series of `collected`, counted again a quarter of an hour later: its cells are final by then."""
    traffic = collected().traffic
    assert traffic is not None
    return traffic.series["all"].counted(AT, AT + 15 * MINUTE, {})


def test_never_counts_from_the_deployment_and_what_is_missing_at_first_is_zero() -> None:
    found = samples(facts=timers(moods=(), digest=()), open_records=OpenRecords((), True, None))
    assert found["wardrobe_timer_last_success_age_seconds", "moods"] == (AT - DEPLOYED).total_seconds()
    assert (found["wardrobe_timer_never_succeeded", "moods"], found["wardrobe_timer_never_succeeded", "scraper"]) == (1, 0)
    assert found["wardrobe_timer_last_duration_seconds", "moods"] == 0
    assert found["wardrobe_timer_last_lateness_seconds", "moods"] == 0
    assert found["wardrobe_dlq_oldest_open_age_seconds", ""] == 0
    assert {found["wardrobe_dlq_open", reason.value] for reason in Reason} == {0}


@pytest.mark.parametrize(
    ("rows", "lost"),
    [
        ({"digest": (*BEFORE_MONDAY, run(NINE, "failed"))}, 1),
        ({"digest": (*BEFORE_MONDAY, run(NINE, "failed"), BY_HAND)}, 0),
        ({"digest": (*BEFORE_MONDAY, BY_HAND)}, 0),
        ({"digest": (*BEFORE_MONDAY, run(NINE + HOUR, trigger="manual", parameters={"window": "2026-W47"}))}, 1),
    ],
)  # fmt: skip
def test_a_missed_monday_stops_counting_once_it_was_made_up_for(rows: dict[str, tuple[TimerRun, ...]], lost: int) -> None:
    assert samples(facts=timers(**rows))["wardrobe_timer_slots_missed", "digest"] == lost


def test_a_missed_day_stops_counting_with_the_next_success() -> None:
    days = [run(SEVEN - ago * DAY) for ago in range(20, 3, -1)]
    assert samples(facts=timers(scraper=(*days, run(SEVEN - 3 * DAY, "failed"))))["wardrobe_timer_slots_missed", "scraper"] == 4
    mended = (*days, run(SEVEN - 3 * DAY, "failed"), run(SEVEN - DAY))
    assert samples(facts=timers(scraper=mended))["wardrobe_timer_slots_missed", "scraper"] == 1, "today's"
    assert (
        samples(facts=timers(scraper=(*mended, run(SEVEN + HOUR, trigger="manual"))))["wardrobe_timer_slots_missed", "scraper"]
        == 0
    )


def test_what_could_not_be_read_has_no_samples() -> None:
    unread = dict.fromkeys(("the alerts", "what the watchdog keeps", "the traffic"), "no answer within 3.5 s")
    found = samples(
        open_records=None,
        backlogs=None,
        traffic=None,
        counted=None,
        suspensions=None,
        breakers=None,
        facts=Facts(),
        unread=unread,
    )
    assert found == {("wardrobe_watch_unread_parts", ""): 3}


UNITS = {"s": "_seconds", "USD": "_USD"}


def exported_name(one: Instrument) -> str:
    """Return the name under which a collector hands an instrument of OTLP to Prometheus: its documented translation."""
    name = one.name.replace(".", "_") + UNITS.get(one.unit, "")
    return f"{name}_total" if one.kind == "counter" else name


def test_what_is_scraped_and_what_is_exported_share_one_vocabulary() -> None:
    """Both may end in one Prometheus: a name means one thing, with one type and one set of labels."""
    of_jobs = (one for kind in MANIFESTS.values() for one in table.of_jobs(kind.family))
    exported = {exported_name(one): one for one in (*INSTRUMENTS, *of_jobs)}
    taken = {
        f"{name}{end}" for name, one in exported.items() if one.kind == "histogram" for end in ("", "_bucket", "_sum", "_count")
    }
    both = set()
    for family in families(collected(breakers=(BREAKER,)), RULES, THRESHOLDS):
        name = f"{family.name}_total" if family.kind == "counter" else family.name
        assert name not in taken, "a histogram's"
        one = exported.get(name)
        if one is not None:
            labels = {tuple(sorted(sample.labels)) for sample in family.samples}
            assert (family.kind, labels) == (one.kind, {tuple(sorted(one.attributes))}), name
            both.add(name)
        assert family.name not in exported or family.name == name, "the same word for another type"
    assert both == {
        "wardrobe_dlq_open", "wardrobe_dlq_oldest_open_age_seconds", "wardrobe_dlq_ingress_total", "wardrobe_queue_depth",
        "wardrobe_queue_oldest_age_seconds", "wardrobe_timer_last_success_age_seconds", "wardrobe_timer_run_total",
        "wardrobe_llm_breaker_state",
    }  # fmt: skip


def test_the_documentation_lists_what_is_scraped() -> None:
    text = (Path(__file__).parents[4] / "docs/telemetry.md").read_text()
    rows = dict(re.findall(r"^\| `(wardrobe_\w+)` \| (gauge|counter) \|", text, re.MULTILINE))
    found = families(collected(), RULES, THRESHOLDS)
    assert rows == {f"{one.name}_total" if one.kind == "counter" else one.name: one.kind for one in found}


def test_the_note_tells_what_has_changed_and_when_the_breaker_opened() -> None:
    memory = replace(KEPT, changes=(Change(AT - HOUR, "deployment", "one is now two"),))
    found = collected(
        memory=memory,
        suspensions=(Suspension(AT - 2 * HOUR, AT, "llm_timeout", "azure.gpt"),),
        alerts=firing("A1", Severity.PAGE),
    )
    note = write_note(situation_of(found, RULES, None, THRESHOLDS))
    assert [(one["kind"], one["text"]) for one in note.document["changes"]] == [
        ("deployment", "one is now two"), ("breaker", "the breaker of the model azure.gpt opened: llm_timeout"),
    ]  # fmt: skip
    assert note.document["impact"]["users"] == 1
    assert "could not be read: the dependency checks" in note.document["openQuestions"]
    assert "user-1" not in to_markdown(note)


def test_the_replay_that_the_note_proposes_is_one_that_the_endpoint_takes() -> None:
    open_records = OpenRecords(
        tuple(replace(one, reason=Reason.MODEL_TIMEOUT) for one in (LETTER,) * 9), complete=True, nearest_expiry=None
    )
    note = write_note(
        situation_of(collected(alerts=firing("A1", Severity.PAGE), open_records=open_records), RULES, (), THRESHOLDS)
    )
    [body] = [call["body"] for call in note.document["calls"] if call["path"] == "/api/ops/replays"]
    request = ReplayRequest.model_validate(body)
    assert (request.action, request.dry_run, request.chosen.fingerprint) == ("replay", True, LETTER.fingerprint)


# Times of jobs

ISO = to_iso(AT)
EARLIER, LONG_AGO = to_iso(AT - HOUR), "2020-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("job", "since"),
    [
        ({"status": "queued", "createdAt": EARLIER, "updatedAt": ISO}, AT - HOUR),  # woken by the reconciler meanwhile
        ({"status": "in_flight", "createdAt": LONG_AGO, "updatedAt": EARLIER}, AT - HOUR),  # a producer's old time
        ({"status": "failed", "createdAt": LONG_AGO, "updatedAt": ISO, "attempts": [{"at": EARLIER}, {"at": ISO}]}, AT - HOUR),
        (
            {"status": "queued", "createdAt": LONG_AGO, "updatedAt": EARLIER, "replays": 1, "attempts": [{"at": LONG_AGO}]},
            AT - HOUR,
        ),
        ({"status": "queued", "createdAt": "tomorrow", "updatedAt": ISO}, None),
    ],
)  # fmt: skip
def test_a_job_waits_since_a_time_of_ours(job: dict[str, Any], since: datetime | None) -> None:
    assert waiting_since(job) == since


# Messages

PERSONAL = {"job_id": "ab" * 32, "user_id": "ada@example.com", "image_url": "https://x.example/p.jpg", "retryCount": 0}


def test_a_peeked_message_shows_its_kind_and_no_value_of_a_user() -> None:
    seen = shown(message(json.dumps(PERSONAL).encode()), AT, peek=True)
    assert seen["peek"]["fields"] == {"job_id": "str", "user_id": "str", "image_url": "str", "retryCount": "int"}
    assert seen["peek"]["about"] == "ab" * 32
    assert "ada" not in json.dumps(seen)
    assert "example" not in json.dumps(seen)
    assert "peek" not in shown(message(b"{}"), AT, peek=False)


@given(st.binary(max_size=300), st.booleans())
def test_any_message_can_be_shown_and_stays_small(body: bytes, raw: bool) -> None:
    seen = shown(message(body, raw=raw), AT, peek=True)
    assert len(json.dumps(seen)) < 3_000
    assert seen["ageSeconds"] == 60


def test_a_body_that_is_no_json_shows_its_first_bytes_and_no_more() -> None:
    seen = shown(message(b'{"user_id": "ada", trunc'), AT, peek=True)
    assert seen["peek"] == {"startsWith": b'{"user_id": "ada'[:16].hex()}
    assert seen["bytes"] == 24


# What is kept, and what is posted


def test_a_change_of_build_is_told_with_both_and_a_setting_by_its_name_alone() -> None:
    before, after = {"build": "one", "A": "11", "B": "22"}, {"build": "two", "A": "11", "B": "33", "C": "44"}
    assert [(one.kind, one.text) for one in differences(before, after, AT)] == [
        ("setting", "B has changed"), ("setting", "C has changed"), ("deployment", "one is now two"),
    ]  # fmt: skip
    assert differences({}, after, AT) == (), "the first look knows of no before"


def test_what_is_kept_survives_its_storing_and_stays_bounded() -> None:
    memory = KEPT
    for number in range(120):
        at = AT + number * 5 * MINUTE
        memory = memory.looked(at, {QUEUE: number * MINUTE}, {"build": str(number)}, judged=number % 2 == 0).repaired(at, 1)
        assert Memory.from_document(json.loads(json.dumps(memory.to_document()))) == memory
    assert len(memory.samples[QUEUE]) == 10
    assert memory.samples[QUEUE][-1] == AgeSample(AT + 595 * MINUTE, 119 * MINUTE)
    assert (memory.last_look, memory.judged_to) == (AT + 595 * MINUTE, AT + 590 * MINUTE)
    assert len(memory.repairs) == 13
    assert len(memory.changes) == 100
    assert memory.looked(AT, {}, {}, judged=True).last_look == memory.last_look, "a slower evaluator turns no time back"


def test_a_notice_is_posted_without_addresses_and_people() -> None:
    text = "ada@example.com saw https://x.example/p.jpg?sig=abcdefgh at user_id=17"
    notice = Notice(Event.FIRED, AT, Severity.PAGE, text, "A1.x")
    document = document_of(rule("A1"), Alert("A1", "A1"), notice, "abc")
    assert (document["id"], document["alert"], document["event"]) == (f"A1.x.fired.{to_iso(AT)}", "A1", "fired")
    for hidden in ("ada", "://", "sig", "17"):
        assert hidden not in document["text"].replace(f"{AT:%Y}", "")


def test_the_runbook_says_of_every_rule_what_it_means() -> None:
    runbook = (Path(__file__).parents[4] / "docs/operations.md").read_text()
    assert [name for name in {one.name for one in RULES} if f"| `{name}` |" not in runbook] == []
