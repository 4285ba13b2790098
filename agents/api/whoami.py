"""Who calls: by which name what they do is audited, and whether they may act."""

from typing import Literal

from pydantic import Field

from agents.api.endpoint import Answered, NoBody, NoParameters, endpoint
from agents.api.http import Call, Response
from agents.api.rights import Rights


class WhoAmI(Answered):
    """The caller. `actor`: the name in the audit, null where there is no token and each call names its own; `needs`: what
    acting would take, null where the caller may act.
    """

    actor: str | None
    may_read: bool = Field(alias="mayRead")
    may_act: bool = Field(alias="mayAct")
    needs: Literal["action_key", "role"] | None


class CallerEndpoints:
    """See the module."""

    def __init__(self, *, rights: Rights) -> None:
        self._rights = rights

    @endpoint("GET", "ops/whoami", answers={200: WhoAmI}, right="none", headers={"x-ops-action-key": "the action key"})
    async def get_whoami(self, call: Call[NoParameters, NoBody]) -> Response:
        """Say who calls, and whether they may act."""
        caller, needs = call.caller, self._rights.needs(call.caller, "act")
        reads = self._rights.needs(caller, "read") is None
        return Response(
            200, {"actor": caller.actor, "mayRead": reads, "mayAct": needs is None, "needs": needs},
            headers={"Cache-Control": "no-store"},
        )  # fmt: skip
