"""Pausing a queue or a timer."""

import re

import pytest

from tests.unit.opsctl.fake_app import FakeApp, run

SIGNED = ("--reason", "the model is mended", "--actor", "me")
BODY = {"reason": "the model is mended", "actor": "me"}
HOLD = {"until": "2026-11-24T12:30:00Z", "by": "me", "reason": "the model is mended"}


@pytest.mark.parametrize(("what", "name"), [("queue", "taste-analysis-jobs"), ("timer", "moods")])
def test_a_queue_or_a_timer_is_paused_until_a_time_and_resumed(app: FakeApp, what: str, name: str) -> None:
    app.tell(f"POST {what}s/{name}/pause", {what: name, "paused": HOLD})
    done = run(app, "pause", what, name, "--until", "30m", *SIGNED)
    assert app.asked[0].body == {**BODY, "until": "2026-11-24T12:30:00Z"}
    assert (done.code, bool(re.search("paused until +2026-11-24T12:30:00Z", done.out))) == (0, True)
    app.tell(f"POST {what}s/{name}/resume", {what: name, "paused": None})
    done = run(app, "resume", what, name, *SIGNED)
    assert (app.asked[1].body, bool(re.search("paused +no", done.out))) == (BODY, True)
