"""The model is down for everybody: on-call is paged within ten minutes, told the truth meanwhile, and told when it is over."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents.api.http import Request
from shared.errors import ModelUnavailable
from tests.faults.outages import Fault, OutageWorld, play
from tests.faults.watching import Hook, watch_of

BEGAN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LOOK = timedelta(minutes=5)
TEN = timedelta(minutes=10)


@dataclass
class Night:
    """The watchdog every five minutes, and what on-call would have read in the midst of it."""

    read_at: datetime
    hook: Hook = field(default_factory=Hook)
    looked: datetime | None = None
    told: list[tuple[datetime, str, str]] = field(default_factory=list)
    preflight: dict[str, Any] = field(default_factory=dict)
    status: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    async def tick(self, world: OutageWorld) -> None:
        at = world.time.at
        if self.looked is None or at - self.looked >= LOOK:
            self.looked = at
            before = len(self.hook.got)
            await watch_of(world, self.hook).dog.run()
            self.told += [(at, document["alert"], document["event"]) for _, document in self.hook.got[before:]]
        if not self.status and at >= self.read_at:
            self.status = json.loads((await world.wiring.api.answer("get_status", Request())).body)
            self.preflight = json.loads((await world.wiring.api.answer("get_preflight", Request())).body)
            self.note = (await world.wiring.api.answer("get_incident_note", Request())).body.decode()


def down(since: timedelta, until: timedelta) -> Fault:
    def fault(_words: str, at: datetime) -> Exception | None:
        return ModelUnavailable("the model answered 503") if since <= at - BEGAN < until else None

    return fault


@pytest.mark.parametrize("minute", [10, 12, 14])
@pytest.mark.slow
async def test_an_outage_of_everything_pages_within_ten_minutes_and_resolves_when_it_is_over(minute: int) -> None:
    since, until = timedelta(minutes=minute), timedelta(minutes=minute + 30)
    night = Night(read_at=BEGAN + since + timedelta(minutes=12))
    likes = [(10.0 * number, f"p{number}") for number in range(6 * 60)]
    _, found = await play(down(since, until), likes, hours=3, on_tick=night.tick)
    assert found.dead == {}, "all of them wait, none dies"
    assert len(found.waits) == len(likes)
    fired = [at for at, alert, event in night.told if (alert, event) == ("A13", "fired")]
    resolved = [at for at, alert, event in night.told if (alert, event) == ("A13", "resolved")]
    assert len(fired) == len(resolved) == 1
    assert timedelta(0) < fired[0] - (BEGAN + since) <= TEN
    assert BEGAN + until < resolved[0] <= BEGAN + until + timedelta(minutes=25), "the next probe, and ten minutes of quiet"
    assert {alert for _, alert, _ in night.told} <= {"A3", "A13"}

    assert night.status["ok"] is False
    [dependency] = night.status["dependencies"]
    assert (dependency["state"], dependency["reason"]) == ("failing", "llm_unavailable")
    assert dependency["waiting"] > 0
    assert night.status["deadLetters"]["open"] == 0
    [model] = [one for one in night.preflight["checks"] if one["dependency"] == "model"]
    assert model["state"] == "failing"
    assert "llm_unavailable" in model["detail"]
    assert "`model`: FAILING" in night.note
    assert "No dead letter is open, so that nothing has to be replayed." in night.note
    assert "up" not in [one["state"] for one in night.preflight["checks"] if one["dependency"] == "model"]
