"""The endpoint for deployments: is everything there that the app needs?"""

from pydantic import Field

from agents.api.endpoint import Answered, NoBody, NoParameters, endpoint
from agents.api.http import Call, Response
from agents.doctor import Doctor
from shared.clock import Clock, to_iso


class Found(Answered):
    """One thing that was looked at. `toDo` is empty where all is well."""

    name: str
    ok: bool
    detail: str
    to_do: str = Field(alias="toDo")


class Examined(Answered):
    """Everything that was looked at; `at` is the app's clock."""

    ok: bool
    at: str
    findings: list[Found]


class DoctorEndpoints:
    """See the module."""

    def __init__(self, *, doctor: Doctor, clock: Clock) -> None:
        self._doctor = doctor
        self._clock = clock

    @endpoint("POST", "ops/doctor", answers={200: Examined}, right="read")
    async def post_doctor(self, _call: Call[NoParameters, NoBody]) -> Response:
        """Look at store, containers, queues, models and telemetry: writes a mark, sends a message, asks each model once."""
        findings = await self._doctor.examine()
        shown = [{"name": one.name, "ok": one.ok, "detail": one.detail, "toDo": one.to_do} for one in findings]
        return Response(200, {"ok": all(one.ok for one in findings), "at": to_iso(self._clock.now()), "findings": shown})
