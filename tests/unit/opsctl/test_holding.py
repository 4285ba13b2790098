"""Holding the line: alerts silenced and acknowledged; and who is asking."""

from typing import Any

import pytest

from tests.unit.opsctl.fake_app import ACTION_KEY, FakeApp, problem, run

SIGNED = ("--reason", "the host is being moved", "--actor", "me")
BODY = {"reason": "the host is being moved", "actor": "me"}
HOLD = {"until": "2026-11-24T14:00:00Z", "by": "me", "reason": "the host is being moved"}
RULE: dict[str, Any] = {
    "alert": "A1",
    "title": "More jobs die",
    "phase": "firing",
    "figures": {"n": 3},
    "acknowledged": None,
    "silenced": None,
}


@pytest.mark.parametrize(("typed", "until"), [("2h", "2026-11-24T14:00:00Z"), ("2026-11-24T13:00:00Z", "2026-11-24T13:00:00Z")])
def test_an_alert_is_silenced_until_a_time(app: FakeApp, typed: str, until: str) -> None:
    app.tell("POST alerts/A1/silence", {**RULE, "silenced": HOLD})
    done = run(app, "silence", "A1", "--until", typed, *SIGNED)
    assert app.asked[0].body == {**BODY, "until": until}
    assert (done.code, "silenced until   2026-11-24T14:00:00Z" in done.out, "acknowledged     no" in done.out) == (
        0,
        True,
        True,
    )
    assert "figures" not in done.out
    assert run(app, "silence", "A1", "--until", "soon", *SIGNED).code == 2


def test_an_alert_is_acknowledged_and_heard_again(app: FakeApp) -> None:
    app.tell(
        "POST alerts/A7.moods/acknowledge", {**RULE, "acknowledged": {"at": "2026-11-24T12:00:00Z", "by": "me", "reason": "x"}}
    )
    done = run(app, "acknowledge", "A7.moods", *SIGNED)
    assert (app.asked[-1].body, "acknowledged by" in done.out) == (BODY, True)
    app.tell("POST alerts/A1/unsilence", RULE)
    assert (run(app, "unsilence", "A1", *SIGNED).code, app.asked[-1].body) == (0, BODY)
    app.tell("POST alerts/A1/acknowledge", problem(409, "The alert does not fire: it is ok.", phase="ok"))
    assert run(app, "acknowledge", "A1", *SIGNED).code == 3


@pytest.mark.parametrize(("needs", "code"), [(None, 0), ("action_key", 1)])
def test_one_is_told_who_one_is(app: FakeApp, needs: str | None, code: int) -> None:
    found = {"actor": "ada@example.com", "mayRead": True, "mayAct": needs is None, "needs": needs}
    app.tell("GET whoami", found)
    done = run(app, "whoami", "--action-key", ACTION_KEY)
    assert (done.code, "ada@example.com" in done.out, app.asked[-1].headers["x-ops-action-key"]) == (code, True, ACTION_KEY)
    app.tell("GET whoami", {**found, "actor": None})
    assert "the login name" in run(app, "whoami").out
