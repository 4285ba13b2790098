"""The smoke test of a deployment: a line a thing, what to do where it is wrong, and patience with one that is starting."""

from typing import Any

import pytest

from tests.unit.opsctl.fake_app import FakeApp, Reply, problem, run

AT = "2026-11-24T12:00:00Z"  # the clock of `run`
STATUS = {"ok": True, "lastLookAt": AT, "timers": [{"timer": "moods", "expectedNext": AT}]}
QUEUES = {"queues": [{"queue": "likes", "role": "jobs", "visible": 3, "oldestAgeSeconds": 30.0}]}
STUCK = {"queue": "likes", "role": "jobs", "visible": 1, "oldestAgeSeconds": 3_600.0}
FINDINGS = [{"name": "store", "ok": True, "detail": "wrote and read a document", "toDo": ""}]


def well(app: FakeApp, **replies: Any) -> None:
    app.tell("GET openapi.json", {"paths": {"/api/health": {}, "/api/ops/status": {}}})
    app.tell("GET status", replies.get("status", STATUS))
    app.tell("GET queues", replies.get("queues", QUEUES))
    app.tell("POST doctor", replies.get("doctor", {"ok": True, "at": AT, "findings": FINDINGS}))


def test_a_deployment_that_has_all_it_needs(app: FakeApp) -> None:
    well(app)
    done = run(app, "doctor", "--json")
    assert done.code == 0
    assert done.document["ok"] is True
    assert [one["name"] for one in done.document["findings"]] == ["functions", "timers", "triggers", "store", "clock"]


@pytest.mark.parametrize(
    ("replies", "name", "words"),
    [
        ({"status": {"timers": []}}, "timers", "none is planned"),
        ({"status": {**STATUS, "lastLookAt": "2026-11-23T06:00:00Z"}}, "timers", "min ago"),
        ({"queues": {"queues": [STUCK]}}, "triggers", "likes (60 min)"),
        ({"doctor": {"at": "2026-11-23T09:00:00Z", "findings": FINDINGS}}, "clock", "differs"),
        ({"doctor": {"at": "not a time", "findings": FINDINGS}}, "clock", "no time"),
        (
            {"doctor": {"at": AT, "findings": [{"name": "chat", "ok": False, "detail": "401", "toDo": "look at the role"}]}},
            "chat", "401: look at the role",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_what_to_do(app: FakeApp, replies: dict[str, Any], name: str, words: str) -> None:
    well(app, **replies)
    done = run(app, "doctor")
    assert done.code == 1
    [line] = [line for line in done.out.splitlines() if line.startswith("wrong")]
    assert f"wrong  {name}: " in line
    assert words in line


def test_a_status_of_503_is_an_answer(app: FakeApp) -> None:
    well(app, status=Reply(503, {**STATUS, "ok": False, "problems": ["A1"]}))
    assert run(app, "doctor").code == 0, "somebody has to be woken, and the deployment is whole"


def test_a_deployment_that_is_starting_is_waited_for(app: FakeApp) -> None:
    well(app)
    starting = [Reply(502, {}) for _ in range(4)]
    app.tell("GET openapi.json", *starting, {"paths": {}})
    assert run(app, "doctor", "--wait", "60").code == 0
    app.tell("GET openapi.json", Reply(502, {}))
    assert run(app, "doctor", "--wait", "20").code == 4


def test_what_cannot_be_read_is_a_line_of_its_own_and_the_doctor_inside_is_asked_all_the_same(app: FakeApp) -> None:
    """While the store hangs: at once, and once."""
    well(app, status=Reply(503, {"ok": False, "timers": None, "problems": []}, {"Retry-After": "5"}))
    app.tell("GET queues", problem(503, "The queues cannot be read; try again."))
    done = run(app, "doctor")
    assert (done.code, done.slept) == (1, [])
    wrong = [line.partition(":")[0] for line in done.out.splitlines() if line.startswith("wrong")]
    assert wrong == ["wrong  timers", "wrong  triggers"]
    assert "ok     store: " in done.out


def test_work_that_a_dependency_has_put_off_is_no_trigger_that_stands_still(app: FakeApp) -> None:
    put_off = {**STUCK, "oldestAt": AT, "deferredSince": AT, "messages": [{"ageSeconds": 20}]}
    well(app, queues={"queues": [put_off]})
    assert run(app, "doctor").code == 0
    well(app, queues={"queues": [{**put_off, "messages": [{"ageSeconds": 900}]}]})
    assert "likes (15 min)" in run(app, "doctor").out
