"""Pausing a queue or a timer, and running now what waits: as the app is asked, and as it is told."""

import re
from typing import Any

import pytest

from tests.unit.opsctl.fake_app import FakeApp, Reply, run

JOB = "b3cf0aa8" + "0" * 56
SIGNED = ("--reason", "the model is mended", "--actor", "me")
MANNER = {"rate": 1.0, "canary": 3, "force": False}
BODY = {"reason": "the model is mended", "actor": "me"}
HOLD = {"until": "2026-11-24T12:30:00Z", "by": "me", "reason": "the model is mended"}
PREDICTED: dict[str, Any] = {
    "action": "retry", "dryRun": True, "total": 2, "counts": {"retried": 2}, "snapshot": "snap", "down": [],
    "results": [{"id": JOB, "outcome": "retried", "detail": "waited until 13:00"}],
}  # fmt: skip
ENDED: dict[str, Any] = {
    "id": "op-1", "action": "retry", "status": "completed", "total": 2, "handled": 2, "outcomes": {"retried": 2}, "fates": {},
}  # fmt: skip


@pytest.mark.parametrize(("what", "name"), [("queue", "taste-analysis-jobs"), ("timer", "moods")])
def test_a_queue_or_a_timer_is_paused_until_a_time_and_resumed(app: FakeApp, what: str, name: str) -> None:
    app.tell(f"POST {what}s/{name}/pause", {what: name, "paused": HOLD})
    done = run(app, "pause", what, name, "--until", "30m", *SIGNED)
    assert app.asked[0].body == {**BODY, "until": "2026-11-24T12:30:00Z"}
    assert (done.code, bool(re.search("paused until +2026-11-24T12:30:00Z", done.out))) == (0, True)
    app.tell(f"POST {what}s/{name}/resume", {what: name, "paused": None})
    done = run(app, "resume", what, name, *SIGNED)
    assert (app.asked[1].body, bool(re.search("paused +no", done.out))) == (BODY, True)


def tell(app: FakeApp, predicted: dict[str, Any] = PREDICTED) -> None:
    app.tell("POST jobs/retry-now", predicted, Reply(202, {**ENDED, "status": "queued"}))
    app.tell("GET replays/op-1", ENDED)


@pytest.mark.parametrize(
    ("chosen", "which"),
    [
        (("--all",), {"all": True}), (("b3cf0a",), {"ids": [JOB]}),
        (("--filter", "user=ada", "--filter", "since=2h"), {"filter": {"userId": "ada", "since": "2026-11-24T10:00:00Z"}}),
    ],
)  # fmt: skip
def test_jobs_are_run_now_as_dead_letters_are_replayed(app: FakeApp, chosen: tuple[str, ...], which: dict[str, Any]) -> None:
    app.tell("GET jobs", {"jobs": [{"jobId": JOB}], "cursor": None})
    tell(app)
    assert run(app, "retry-now", *chosen, *SIGNED, "--dry-run").code == 0
    asked = app.asked[-1]
    assert (asked.path, asked.body) == ("/api/ops/jobs/retry-now", {**which, **BODY, **MANNER, "dryRun": True})
    tell(app)
    done = run(app, "retry-now", *chosen, *SIGNED, "--rate", "5", "--yes")
    real = [one for one in app.asked if one.method == "POST"][-1]
    assert (real.body, real.headers["idempotency-key"]) == (
        {**which, **BODY, **MANNER, "rate": 5.0, "snapshot": "snap"},
        "new-key",
    )
    assert (done.code, "retry of 2 jobs: retried 2" in done.err, "retried 2" in done.out) == (0, True, True)


def test_all_jobs_are_run_only_where_that_is_said(app: FakeApp) -> None:
    tell(app)
    for chosen in ((), ("--all", "--filter", "user=ada"), ("b3cf0a", "--all"), ("--filter", "queue=x")):
        assert run(app, "retry-now", *chosen, *SIGNED, "--yes").code == 2
    assert app.asked == []
    done = run(app, "retry-now", "--all", *SIGNED, typed="n\n")
    assert ("Retry 2 jobs? [y/N]" in done.err, len(app.asked)) == (True, 1)


def test_one_job_is_no_jobs_and_an_outcome_without_a_cause_has_no_colon(app: FakeApp) -> None:
    app.tell("POST jobs/retry-now", {**PREDICTED, "total": 1, "results": [{"id": JOB, "outcome": "requeued", "detail": ""}]})
    done = run(app, "retry-now", "--all", *SIGNED, typed="n\n")
    assert ("requeued 1 (as " in done.err, "retry of 1 job: " in done.err, "Retry 1 job? [y/N]" in done.err) == (True,) * 3


@pytest.mark.parametrize("outcome", ["missing", "invalid", "failed"])
def test_what_could_not_be_sent_again_is_no_success(app: FakeApp, outcome: str) -> None:
    app.tell("POST jobs/retry-now", PREDICTED, Reply(202, {**ENDED, "status": "queued"}))
    app.tell("GET replays/op-1", {**ENDED, "outcomes": {"requeued": 1, outcome: 1}, "items": []})
    assert run(app, "retry-now", "--all", *SIGNED, "--yes").code == 1


def test_a_prediction_of_many_causes_tells_ten_and_how_many_more_there_are(app: FakeApp) -> None:
    results = [{"id": f"{number:064x}", "outcome": "requeued", "detail": f"cause {number}"} for number in range(14)]
    app.tell("POST jobs/retry-now", {**PREDICTED, "total": 14, "results": results})
    done = run(app, "retry-now", "--all", *SIGNED, typed="n\n")
    assert (done.err.count("requeued 1: cause"), "4 more records of 4 other causes" in done.err) == (10, True)


def test_how_many_bytes_each_has_is_no_cause_of_a_purge(app: FakeApp) -> None:
    results = [{"id": f"raw.{number:032x}", "outcome": "purged", "detail": f"{number} bytes"} for number in range(14)]
    app.tell("POST replays", {**PREDICTED, "action": "purge", "total": 14, "counts": {"purged": 14}, "results": results})
    done = run(app, "purge", "--filter", "reason=payload_invalid", *SIGNED, typed="n\n")
    assert "  purged 14 (as " in done.err


def test_where_nothing_fits_that_is_said(app: FakeApp) -> None:
    app.tell("POST jobs/retry-now", {**PREDICTED, "total": 0, "counts": {}, "results": []})
    done = run(app, "retry-now", "--all", *SIGNED, "--yes")
    assert (done.code, "nothing was done: no job fits" in done.err) == (0, True)
