"""How answers tell of pauses."""

from collections.abc import Iterable
from typing import Any, Literal

from agents.api.endpoint import Answered
from agents.pauses.pause import Pause


class PausedBy(Answered):
    """Until when, who said so, and why."""

    until: str
    by: str
    reason: str


class PausedThing(PausedBy):
    """A queue or a timer that something waits for."""

    what: Literal["queue", "timer"]
    name: str


def things(pauses: Iterable[Pause | None]) -> list[dict[str, Any]]:
    """Return pauses for an answer."""
    return [{"what": one.what, "name": one.name, **one.shown()} for one in pauses if one is not None]
