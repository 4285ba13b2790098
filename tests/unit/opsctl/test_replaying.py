"""Replay and purge: predicted, confirmed, carried out with the snapshot and a key, followed to their end."""

from typing import Any

import pytest

from tests.unit.opsctl.fake_app import FakeApp, Reply, problem, run

PREDICTED = {
    "action": "replay", "dryRun": True, "total": 2, "counts": {"requeued": 1, "skipped": 1}, "snapshot": "snap", "down": [],
    "results": [{"id": "a.1", "outcome": "requeued", "detail": "x"}, {"id": "b.1", "outcome": "skipped", "detail": "y"}],
}  # fmt: skip
RUNNING: dict[str, Any] = {
    "id": "op-1", "action": "replay", "status": "running", "why": "", "total": 2, "handled": 1, "outcomes": {"requeued": 1},
    "fates": {}, "waiting": 1, "rate": {"asked": 5, "measured": 4.5}, "etaSeconds": 1, "items": [], "cursor": None,
}  # fmt: skip
ENDED = {**RUNNING, "status": "completed", "handled": 2, "outcomes": {"requeued": 2}, "fates": {"completed": 2}, "waiting": 0}
BY_FILTER = ("replay", "--filter", "reason=llm_garbage", "--filter", "since=1d", "--reason", "it is back", "--actor", "me")


def tell(app: FakeApp, *after: dict[str, Any], predicted: dict[str, Any] = PREDICTED) -> None:
    app.tell("POST replays", Reply(200, predicted), Reply(202, {**RUNNING, "status": "queued"}))
    app.tell("GET replays/op-1", *after)


def test_a_dry_run_shows_what_would_come_of_it_and_asks_nothing(app: FakeApp) -> None:
    tell(app)
    done = run(app, *BY_FILTER, "--dry-run", "--rate", "5", "--canary", "0")
    assert (done.code, "would be" in done.out, "snap" in done.out) == (0, True, True)
    [asked] = app.asked
    assert asked.body == {
        "action": "replay", "filter": {"reason": "llm_garbage", "since": "2026-11-23T12:00:00Z"}, "reason": "it is back",
        "actor": "me", "rate": 5.0, "canary": 0, "force": False, "dryRun": True,
    }  # fmt: skip
    assert "idempotency-key" not in asked.headers


def test_the_real_call_is_the_dry_run_with_its_snapshot_and_a_key(app: FakeApp) -> None:
    tell(app, RUNNING, ENDED)
    done = run(app, *BY_FILTER, "--yes")
    predicted, real, *looks = app.asked
    assert real.body == {**{name: value for name, value in predicted.body.items() if name != "dryRun"}, "snapshot": "snap"}
    assert real.headers["idempotency-key"] == "new-key"
    assert (done.code, done.slept, len(looks)) == (0, [1.0], 2)
    assert "1 of 2: running" in done.err
    assert "completed 2" in done.out


def test_machines_get_the_operation_alone(app: FakeApp) -> None:
    tell(app, ENDED)
    assert run(app, *BY_FILTER, "--yes", "--json").document == ENDED
    tell(app)
    assert run(app, *BY_FILTER, "--yes", "--json", "--no-wait", "--idempotency-key", "k").document["status"] == "queued"
    assert app.asked[-1].headers["idempotency-key"] == "k"


def test_a_repeated_call_has_the_same_key(app: FakeApp) -> None:
    app.tell("POST replays", PREDICTED, Reply(503, {}, {"Retry-After": "1"}), Reply(202, RUNNING))
    app.tell("GET replays/op-1", ENDED)
    assert run(app, *BY_FILTER, "--yes").code == 0
    assert [one.headers.get("idempotency-key") for one in app.asked[:3]] == [None, "new-key", "new-key"]


@pytest.mark.parametrize(("typed", "calls"), [("y\n", 3), ("YES\n", 3), ("n\n", 1), ("\n", 1), ("", 1)])
def test_a_person_is_asked(app: FakeApp, typed: str, calls: int) -> None:
    tell(app, ENDED)
    done = run(app, *BY_FILTER, typed=typed)
    assert (done.code, len(app.asked), "Replay 2 dead letters?" in done.err) == (0, calls, True)


def test_without_a_terminal_an_answer_must_be_given(app: FakeApp) -> None:
    tell(app)
    done = run(app, *BY_FILTER)
    assert (done.code, len(app.asked), "--yes" in done.err) == (2, 1, True)


def test_nothing_is_replayed_while_something_is_down_unless_forced(app: FakeApp) -> None:
    tell(app, ENDED, predicted={**PREDICTED, "down": [{"dependency": "model", "problem": "suspended"}]})
    done = run(app, *BY_FILTER, "--yes")
    assert (done.code, len(app.asked), "down: model" in done.out, "--force" in done.err) == (1, 1, True, True)
    tell(app, ENDED, predicted={**PREDICTED, "down": [{"dependency": "model", "problem": "suspended"}]})
    assert run(app, *BY_FILTER, "--yes", "--force").code == 0
    assert app.asked[-2].body["force"] is True


def test_of_nothing_nothing_is_asked(app: FakeApp) -> None:
    tell(app, predicted={**PREDICTED, "total": 0, "counts": {}, "results": []})
    assert (run(app, *BY_FILTER).code, len(app.asked)) == (0, 1)


def test_a_set_that_has_changed_is_refused_with_the_difference(app: FakeApp) -> None:
    changed = problem(409, "The set has changed.", difference={"added": {"count": 1, "ids": ["c.1"]}})
    app.tell("POST replays", PREDICTED, changed)
    done = run(app, *BY_FILTER, "--yes")
    assert (done.code, '"ids": ["c.1"]' in done.err) == (3, True)


@pytest.mark.parametrize(
    "options",
    [(), ("a.1", "--filter", "reason=x"), ("--filter", "reason"), ("--filter", "reason="), ("--filter", "color=red"),
     ("--filter", "reason=x", "--filter", "reason=y")],
)  # fmt: skip
def test_records_are_chosen_in_one_way(app: FakeApp, options: tuple[str, ...]) -> None:
    assert run(app, "replay", *options, "--reason", "why", "--yes").code == 2
    assert app.asked == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, 0), ({"status": "stopped", "why": "canaries 0 completed"}, 1), ({"status": "failed"}, 1),
        ({"status": "cancelled"}, 1), ({"fates": {"completed": 1, "died_again": 1}}, 1),
        ({"fates": {"completed": 1, "failed_again": 1}}, 1),
        ({"outcomes": {"failed": 1}}, 1), ({"outcomes": {"skipped": 2}}, 0),
    ],
)  # fmt: skip
def test_an_operation_that_did_not_go_well_is_exit_1_and_names_its_records(
    app: FakeApp, change: dict[str, Any], code: int
) -> None:
    items = [
        {"id": "a.1", "outcome": "requeued", "fate": "died_again"},
        {"id": "b.1", "outcome": "requeued", "fate": "completed"},
    ]
    tell(app, {**ENDED, **change, "items": items})
    done = run(app, *BY_FILTER, "--yes")
    assert (done.code, "died_again" in done.out.splitlines()[-1]) == (code, code == 1)


def test_a_purge_is_confirmed_by_its_number(app: FakeApp) -> None:
    wanted = ("purge", "a.1", "b.1", "--reason", "no use", "--actor", "me")
    tell(app, ENDED)
    done = run(app, *wanted, typed="2\n")
    assert (done.code, app.asked[0].body["action"], app.asked[1].body["snapshot"]) == (0, "purge", "snap")
    assert app.asked[0].body["ids"] == ["a.1", "b.1"]
    for typed, options, code in (("y\n", (), 0), (None, (), 2), (None, ("--confirm", "3"), 2)):
        tell(app, ENDED)
        before = len(app.asked)
        assert (run(app, *wanted, *options, typed=typed).code, len(app.asked) - before) == (code, 1)
    tell(app, ENDED)
    assert run(app, *wanted, "--confirm", "2").code == 0
    tell(app)
    assert run(app, *wanted, "--dry-run").code == 0


def test_operations_are_listed_shown_followed_and_cancelled(app: FakeApp) -> None:
    app.tell("GET replays", {"replays": [{**RUNNING, "createdAt": "2026-11-24T10:00:00.000Z"}], "cursor": None})
    assert "1/2" in run(app, "operations", "list").out
    item = {"id": "a.1", "outcome": "requeued", "fate": "waiting"}
    app.tell("GET replays/op-1", {**RUNNING, "items": [item], "cursor": "1"})
    done = run(app, "operations", "show", "op-1", "--limit", "1")
    assert (done.code, app.asked[-1].query, "--cursor 1" in done.err, "waiting" in done.out) == (0, {"limit": "1"}, True, True)
    app.tell("GET replays/op-1", RUNNING, {**ENDED, "status": "stopped"})
    assert run(app, "operations", "show", "op-1", "--follow").code == 1
    app.tell("POST replays/op-1/cancel", {**RUNNING, "status": "cancelled"})
    done = run(app, "operations", "cancel", "op-1", "--reason", "wrong set", "--actor", "me")
    assert (done.code, app.asked[-1].body) == (0, {"reason": "wrong set", "actor": "me"})


def test_an_interrupted_client_says_that_the_operation_goes_on(app: FakeApp) -> None:
    tell(app, RUNNING)
    done = run(app, *BY_FILTER, "--yes", interrupted=True)
    assert (done.code, "what was begun goes on" in done.err, "op-1" in done.err) == (130, True, True)
