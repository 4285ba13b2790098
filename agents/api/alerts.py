"""On-call's word on an alert: acknowledged, silenced, heard again."""

from typing import Annotated, Any, Final

from pydantic import Field

from agents.api.endpoint import Body, NoParameters, endpoint
from agents.api.http import BadRequest, Call, Response, not_found, wrong_fields
from agents.api.watch import RuleState
from agents.api.wording import another, shortened, wrong_value
from agents.jobs.filter import Instant
from agents.replays.requests import Actor, Why
from agents.watch.quieting import BadUntilError, NotFiringError, Quieting, UnknownAlertError
from shared.clock import from_iso

WORD: Final = {"reason": "the pictures' host is being moved", "actor": "ada"}
SILENCE: Final = {**WORD, "until": "2026-11-26T06:00:00Z"}


class Remark(Body):
    """Who does it, and why."""

    reason: Why
    actor: Actor


class SilenceRequest(Remark):
    """Until when, within the next day, who, and why."""

    until: Annotated[Instant, Field(description="Within the next 24 hours.")]


class AlertEndpoints:
    """See the module."""

    def __init__(self, *, quieting: Quieting) -> None:
        self._quieting = quieting

    @endpoint(
        "POST", "ops/alerts/{alert}/acknowledge", body=Remark, example=WORD, answers={200: RuleState},
        problems={409: "The alert does not fire: `phase` says where it stands."},
    )  # fmt: skip
    async def post_acknowledge_alert(self, call: Call[NoParameters, Remark]) -> Response:
        """Say that somebody is at a firing alert: it is not told again until it gets graver or fires anew."""
        return await self._said(call, "acknowledge")

    @endpoint("POST", "ops/alerts/{alert}/silence", body=SilenceRequest, example=SILENCE, answers={200: RuleState})
    async def post_silence_alert(self, call: Call[NoParameters, SilenceRequest]) -> Response:
        """Tell nothing of an alert until a time, a day at most, unless it gets graver than it is now."""
        return await self._said(call, "silence", until=from_iso(call.body.until))

    @endpoint("POST", "ops/alerts/{alert}/unsilence", body=Remark, example=WORD, answers={200: RuleState})
    async def post_unsilence_alert(self, call: Call[NoParameters, Remark]) -> Response:
        """Let an alert be heard again: if it fires, the next look tells it."""
        return await self._said(call, "unsilence")

    async def _said(self, call: Call[NoParameters, Any], what: str, **more: Any) -> Response:  # noqa: ANN401  (the action's)
        key = call.route["alert"]
        try:
            say = getattr(self._quieting, what)
            return Response(200, await say(key, actor=call.body.actor, reason=call.body.reason, **more))
        except UnknownAlertError:
            expected = another(key, self._quieting.keys).removeprefix("the name ")
            wrong = wrong_value("alert", key, expected)
            raise not_found(f"There is no alert {shortened(key)}: expected {expected}.", [wrong]) from None
        except NotFiringError as error:
            detail = f"{str(error)[:1].upper()}{str(error)[1:]}."
            raise BadRequest(409, "Conflict", detail, more={"phase": error.phase.value}) from None
        except BadUntilError as error:
            wrong = wrong_value("until", call.body.until, str(error))
            raise wrong_fields(422, "The body is not valid", [wrong]) from None
