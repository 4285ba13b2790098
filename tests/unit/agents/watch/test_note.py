"""The incident note: the same word for word, with the numbers, the causes and the calls, and without anybody's data."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.dead_letters.open_records import Cause
from agents.watch.alerts.evaluation import evaluate
from agents.watch.alerts.facts import Facts, Ingress, Timer, Window
from agents.watch.alerts.state import Alert
from agents.watch.alerts.thresholds import Pace
from agents.watch.collect.memory import Change
from agents.watch.incident.hints import BY_REASON
from agents.watch.incident.markdown import to_markdown
from agents.watch.incident.note import IncidentNote, write_note
from agents.watch.incident.situation import Dependency, Situation
from agents.watch.safe_text import code, safe
from shared.errors import Reason
from tests.unit.agents.watch.facts_of import MINUTE, MONDAY, RULES, healthy, plan, run

GOLDEN = Path(__file__).parent / "incident_note.md"
AT = MONDAY + timedelta(hours=10, minutes=35)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MODEL = Cause(
    "9f3c2b1a00ffee42", Reason.MODEL_MISCONFIGURED, 9, AT - HOUR, AT - 4 * MINUTE, "401 from the model: key refused",
    ("ab" * 32 + ".1763971200000", "cd" * 32 + ".1763971200001"),
)  # fmt: skip
RAW = Cause("0011223344556677", Reason.PAYLOAD_UNDECODABLE, 2, AT - 3 * DAY, AT - 2 * HOUR, "not UTF-8", ("raw." + "0f" * 16,))


def incident() -> Situation:
    """A key was rotated on Monday morning: jobs die, and the digest did not run."""
    windows = Ingress(Window(10, 7), Window(70, 9), Window(290, 11), Window(880, 14), Window(2_080, 20))
    digest = Timer(plan("digest"), (run(MONDAY - 7 * DAY + 9 * HOUR), run(MONDAY + 9 * HOUR, "failed")))
    alerts: dict[str, Alert] = {}
    for back in (15, 10, 5):
        at = AT - back * MINUTE
        timers = {**(healthy(at).timers or {}), "digest": digest}
        facts = healthy(at, ingress=windows, timers=timers)
        alerts |= {one.rule.key: one.after for one in evaluate(RULES, facts, alerts, at, Pace())}
    return Situation(
        at=AT, build="3f9c2d1", rules=RULES, alerts=tuple(alerts.values()), facts=facts, causes=(RAW, MODEL),
        changes=(
            Change(AT - 2 * HOUR, "deployment", "3f9c2d1 replaces 88ab01c"),
            Change(AT - 3 * DAY, "deployment", "too long ago"),
        ),
        preflight=(
            Dependency("store"), Dependency("model", "401 at https://models.example.net/v1?key=abc"), Dependency("queue"),
        ),
        users=6,
    )  # fmt: skip


def test_the_note_is_the_same_word_for_word() -> None:
    assert to_markdown(write_note(incident())) == GOLDEN.read_text()


def test_the_order_in_which_things_come_changes_nothing() -> None:
    one = incident()
    turned = replace(
        one, alerts=one.alerts[::-1], causes=tuple(reversed(one.causes or ())), changes=tuple(reversed(one.changes or ())),
        preflight=tuple(reversed(one.preflight or ())),
        facts=replace(one.facts, timers=dict(reversed(list((one.facts.timers or {}).items())))),
    )  # fmt: skip
    assert write_note(turned) == write_note(one)


def test_the_json_has_the_condition_with_its_numbers_and_calls_that_change_nothing_yet() -> None:
    document = json.loads(write_note(incident()).to_json())
    assert [alert["rule"] for alert in document["alerts"]] == ["A1", "A6", "A2"]
    assert document["alerts"][0]["condition"].startswith("1 h: 7 dead and open of 10 (odds less than 1 in a billion")
    assert document["causes"][0]["share"] == pytest.approx(9 / 11, abs=1e-3)
    assert [change["text"] for change in document["changes"]] == ["3f9c2d1 replaces 88ab01c"]
    calls = {call["path"]: call for call in document["calls"]}
    assert calls["/api/ops/replays"]["body"] == {
        "action": "replay", "filter": {"status": "open", "fingerprint": MODEL.fingerprint}, "dryRun": True, "canary": 3,
        "reason": "predicting a replay of llm_misconfigured", "actor": "on-call",
    }  # fmt: skip
    assert "/api/ops/run/digest?window=2026-W48&actor=on-call" in calls
    assert f"/api/ops/dead-letters?status=open&fingerprint={RAW.fingerprint}" in calls
    assert len(calls) == len(document["calls"])


def test_a_cause_that_no_replay_can_mend_is_not_offered_for_replay() -> None:
    note = write_note(replace(incident(), causes=(replace(RAW, count=50), MODEL)))
    assert (
        "One cause stands behind 50 of the 59 open dead letters that were read, and a replay cannot mend it: repair or resolve."
        in note.document["hints"]
    )
    bodies = [call["body"] for call in note.document["calls"] if call["body"]]
    assert [body["filter"]["fingerprint"] for body in bodies] == [MODEL.fingerprint]


def test_what_could_not_be_read_is_a_question_and_never_a_zero() -> None:
    note = write_note(Situation(at=AT, build="x", rules=RULES, alerts=(), facts=Facts()))
    assert note.title == "Nothing fires"
    assert len(note.document["openQuestions"]) == 7
    assert set(note.document["impact"].values()) == {None}
    text = to_markdown(note)
    assert "unknown in 24 h" in text
    assert "- nothing that this app knows of" not in text


def test_an_alert_that_cannot_be_judged_now_says_so() -> None:
    at, alerts = AT, {alert.key: alert for alert in incident().alerts}
    alerts |= {one.rule.key: one.after for one in evaluate(RULES, Facts(), alerts, at, Pace())}
    note = write_note(replace(incident(), alerts=tuple(alerts.values()), facts=Facts()))
    assert note.document["alerts"][0]["unknownSince"] is not None
    assert "A1" in note.document["notJudged"]
    assert "cannot be judged since 2026-11-23 10:35Z: the numbers are older" in to_markdown(note)


NASTY = st.one_of(
    st.text(max_size=80),
    st.sampled_from([
        "see https://cdn.example.com/u/ada/photo.jpg?sig=abcdef", "ada@example.com wrote", "userId=ada-lovelace failed",
        "user 3f2504e0-4f89-11d3-9a0c-0305e82c3301", "` | <script>alert(1)</script> @everyone", "a\n# b\r\n```\nc",
        "[x](http://evil.example)", "www.example.com/p/1.png", "cdn.example.com/p/1.png", "\u202eevil\u2066", "x" * 5_000,
    ]),
)  # fmt: skip
FORBIDDEN = re.compile(r"://|@example|userId=ada|3f2504e0|www\.|example\.com/|[\u202a-\u202e\u2066-\u2069]|\r")


@given(NASTY, NASTY, NASTY)
@pytest.mark.slow
def test_outside_words_name_nobody_lead_nowhere_and_stay_in_their_code_span(one: str, two: str, three: str) -> None:
    situation = replace(
        incident(), build=three,
        causes=(replace(MODEL, description=one, sample_ids=(two, three)), replace(RAW, fingerprint=two)),
        changes=(Change(AT, one, two),), preflight=(Dependency(two, one or "down"),),
    )  # fmt: skip
    note = write_note(situation)
    calm = write_note(incident())
    for text in (to_markdown(note), note.to_json()):
        assert not FORBIDDEN.search(text)
        assert len(text) < 16_000
    headings = [line for line in to_markdown(note).split("\n") if line.startswith(("## ", "```"))]
    assert headings == [line for line in to_markdown(calm).split("\n") if line.startswith(("## ", "```"))]


@given(st.text(max_size=400))
def test_safe_text_is_one_line_of_bounded_length_and_a_code_span_has_no_way_out(text: str) -> None:
    made = safe(text)
    assert len(made) <= 200
    assert made.isprintable()
    assert code(made).count("`") == 2
    assert "|" not in code(made)


def test_every_reason_has_its_hint() -> None:
    assert set(BY_REASON) == set(Reason)


def test_the_title_names_the_gravest_first() -> None:
    assert write_note(incident()).title == "A1: More jobs die than usual, and 2 more"
    assert isinstance(write_note(incident()), IncidentNote)
