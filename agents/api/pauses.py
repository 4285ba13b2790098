"""Pausing and resuming of queues and timers."""

from typing import Annotated, Any, Final

from pydantic import Field

from agents.api.alerts import Remark
from agents.api.endpoint import Answered, NoParameters, endpoint
from agents.api.http import BadRequest, Call, Response, not_found, wrong_fields
from agents.api.paused import PausedBy
from agents.api.wording import another, shortened, wrong_value
from agents.holding import BadPauseError, PauseKeeper, Resumed, UnknownTargetError
from agents.jobs.filter import Instant
from agents.pauses.pause import What
from agents.timers import TimerName
from shared.clock import from_iso, to_iso
from shared.queues.names import POISON

WORD: Final = {"reason": "the store is being moved", "actor": "ada"}
PAUSE: Final = {**WORD, "until": "2026-11-26T06:00:00Z"}


class PauseRequest(Remark):
    """Until when, within the next six days, who, and why."""

    until: Annotated[Instant, Field(description="Within the next 6 days.")]


class WaitingSlot(Answered):
    """A timer's slot that fell into its pause. `runs`: it runs now; else it is too late, and its row in `ops/runs` says so."""

    slot: str
    runs: bool


class PausedQueue(Answered):
    """A queue; `paused` is null where it is not."""

    queue: str
    paused: PausedBy | None


class PausedTimer(Answered):
    """A timer; `paused` is null where it is not. `due`: of a timer that was resumed, the slot that has waited."""

    timer: TimerName
    paused: PausedBy | None
    due: WaitingSlot | None = None


class PauseEndpoints:
    """See the module."""

    def __init__(self, *, holding: PauseKeeper) -> None:
        self._holding = holding

    @endpoint(
        "POST", "ops/queues/{queue}/pause", body=PauseRequest, example=PAUSE, answers={200: PausedQueue},
        problems={422: "The body is not valid, or the queue is one of dead letters, which are never paused."},
    )  # fmt: skip
    async def post_pause_queue(self, call: Call[NoParameters, PauseRequest]) -> Response:
        """Hold a queue's messages until a time, within a minute on every instance: nothing is lost, no attempt is spent."""
        return await self._pause("queue", call)

    @endpoint(
        "POST", "ops/queues/{queue}/resume", body=Remark, example=WORD, answers={200: PausedQueue},
        problems={422: "The body is not valid, or the queue is one of dead letters, which are never paused."},
    )  # fmt: skip
    async def post_resume_queue(self, call: Call[NoParameters, Remark]) -> Response:
        """Give a queue's messages out again, those that were held first."""
        return await self._resume("queue", call)

    @endpoint("POST", "ops/timers/{timer}/pause", body=PauseRequest, example=PAUSE, answers={200: PausedTimer})
    async def post_pause_timer(self, call: Call[NoParameters, PauseRequest]) -> Response:
        """Let a timer's slots wait until a time; a run that has begun goes on, and one by hand is possible."""
        return await self._pause("timer", call)

    @endpoint("POST", "ops/timers/{timer}/resume", body=Remark, example=WORD, answers={200: PausedTimer})
    async def post_resume_timer(self, call: Call[NoParameters, Remark]) -> Response:
        """Resume a timer: the slot that has waited runs now, or is left out where it is too late for it; `due` says which."""
        return await self._resume("timer", call)

    async def _pause(self, what: What, call: Call[NoParameters, PauseRequest]) -> Response:
        name, body = call.route[what], call.body
        try:
            pause = await self._holding.pause(
                what, name, until=from_iso(body.until), actor=body.actor, reason=body.reason
            )  # fmt: skip
        except UnknownTargetError as error:
            raise _unknown(what, name, error) from None
        except BadPauseError as error:
            wrong = wrong_value("until", body.until, str(error))
            raise wrong_fields(422, "The body is not valid", [wrong]) from None
        return Response(200, {what: name, "paused": pause.shown()})

    async def _resume(self, what: What, call: Call[NoParameters, Any]) -> Response:
        name = call.route[what]
        try:
            done = await self._holding.resume(what, name, actor=call.body.actor, reason=call.body.reason)
        except UnknownTargetError as error:
            raise _unknown(what, name, error) from None
        return Response(200, {what: name, "paused": None, **({"due": _due(done)} if what == "timer" else {})})


def _due(done: Resumed) -> dict[str, Any] | None:
    return {"slot": to_iso(done.due.slot), "runs": done.due.runs} if done.due else None


def _unknown(what: What, name: str, error: UnknownTargetError) -> BadRequest:
    if name.endswith(POISON):
        return BadRequest(422, "Unprocessable Content", "A queue of dead letters is never paused: what dies is stored.")
    expected = another(name, error.known).removeprefix("the name ")
    wrong = wrong_value(what, name, expected)
    return not_found(f"There is no {what} {shortened(name)} to pause: expected {expected}.", [wrong])
