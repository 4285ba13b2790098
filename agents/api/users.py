"""A person's rights: all that is kept of them, handed out or erased; and the receipts of erasures."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from agents.api.endpoint import Answered, Body, NoBody, NoParameters, Parameters, endpoint
from agents.api.http import Call, Response, no_such, not_found
from agents.api.parts import is_stored_id
from agents.replays.requests import Actor, Why
from agents.users.erasure import Erasures
from agents.users.export import export_of
from shared.clock import Clock
from shared.store.base import Store

SHARED: Final = "global"  # the partition of what everybody reads: it is no person
ASKED: Final = {"reason": "ticket 7", "actor": "ada"}
PRIVATE: Final = {"Cache-Control": "private, no-store"}


class ErasureParameters(Parameters):
    """As the body's, for who sends none."""

    actor: Annotated[str, Field(max_length=100, description="Who asks.")] = ""
    reason: Annotated[str, Field(max_length=500, description="Why.")] = ""


class ErasureRequest(Body):
    """Who asks for it, and why: both stand in the audit, and no name of the erased person should. It may be left out; what is
    said here outweighs the query.
    """

    reason: Why | None = None
    actor: Actor | None = None


class ErasureRequested(Answered):
    """It runs; `ops/erasures/{id}` shows how far it is, and is the receipt in the end."""

    operation_id: str = Field(alias="operationId")
    status: Literal["running"]


class Receipt(Answered):
    """An erasure. `subject`: a hash of the user's id. `found`: documents erased, by container, as they were counted before;
    `foundLater`: what workers wrote in the meantime, erased as well. Completed means that a further look found nothing.
    """

    operation_id: str = Field(alias="operationId")
    status: Literal["running", "completed"]
    subject: str
    actor: str
    reason: str
    created_at: str = Field(alias="createdAt")
    finished_at: str | None = Field(alias="finishedAt")
    found: dict[str, int] | None
    found_later: int = Field(alias="foundLater")


class Export(Answered):
    """Everything that is kept of a user, by container."""

    user_id: str = Field(alias="userId")
    exported_at: str = Field(alias="exportedAt")
    document_count: int = Field(alias="documentCount")
    documents: dict[str, list[dict[str, Any]]]


class UserEndpoints:
    """See the module."""

    def __init__(self, *, store: Store, clock: Clock, erasures: Erasures) -> None:
        self._store = store
        self._clock = clock
        self._erasures = erasures

    @endpoint(
        "DELETE", "ops/users/{userId}", query=ErasureParameters, body=ErasureRequest, example=ASKED,
        answers={202: ErasureRequested},
    )  # fmt: skip
    async def delete_user(self, call: Call[ErasureParameters, ErasureRequest]) -> Response:
        """Erase all that is kept of a user, in every container."""
        user_id = _person(call.route["userId"])
        actor, reason = call.body.actor or call.query.actor, call.body.reason or call.query.reason
        asked = await self._erasures.request(user_id, actor=actor, reason=reason)
        return Response(202, {"operationId": asked.operation_id, "status": asked.status})

    @endpoint("GET", "ops/users/{userId}/export", answers={200: Export}, gives={"Cache-Control": "`private, no-store`"})
    async def get_user_export(self, call: Call[NoParameters, NoBody]) -> Response:
        """Hand out all that is kept of a user."""
        document = await export_of(self._store, self._clock, _person(call.route["userId"]))
        if document is None:
            raise not_found("Nothing is kept of this user.")
        return Response(200, document, headers=PRIVATE)

    @endpoint("GET", "ops/erasures/{id}", answers={200: Receipt})
    async def get_erasure(self, call: Call[NoParameters, NoBody]) -> Response:
        """Show an erasure, or its receipt."""
        operation_id = call.route["id"]
        found = await self._erasures.find(operation_id) if is_stored_id(operation_id) else None
        if found is None:
            raise no_such("erasure", operation_id, "one that erasing somebody gave")
        shown = ("operationId", "status", "subject", "actor", "reason", "createdAt", "finishedAt", "found")
        return Response(200, {**{name: found[name] for name in shown}, "foundLater": found["later"]})


def _person(user_id: str) -> str:
    if user_id == SHARED or not is_stored_id(user_id):
        raise not_found("This is the id of no user.")
    return user_id
