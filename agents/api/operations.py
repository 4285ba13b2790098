"""On-call's endpoints: the reconciler, health."""

from typing import Literal

from pydantic import Field

from agents.api.endpoint import Answered, Flag, NoBody, NoParameters, Parameters, endpoint
from agents.api.http import Call, Response, in_time
from agents.reconciler import Reconciler
from shared.clock import Clock, to_iso
from shared.store.probe import StoreProbe


class ReconcileParameters(Parameters):
    """`dryRun` only looks."""

    dry_run: Flag = Field(default=False, alias="dryRun", description="Only look.")


class Mending(Answered):
    """One thing that a crash had left behind; `done` is false where it was only looked at, and where it failed: `problem` says
    how, and the next run tries again. `jobId` names the operation where `kind` is `stalled_operation`.
    """

    kind: str
    job_id: str = Field(alias="jobId")
    done: bool
    problem: str = ""


class MendingReport(Answered):
    """What the reconciler found."""

    dry_run: bool = Field(alias="dryRun")
    repairs: list[Mending]


class Health(Answered):
    """The app is up, and its store can be read and written."""

    status: Literal["ok"]
    at: str


class OperationsEndpoints:
    """See the module."""

    def __init__(self, *, containers: StoreProbe, clock: Clock, reconciler: Reconciler) -> None:
        self._containers = containers
        self._clock = clock
        self._reconciler = reconciler

    @endpoint("POST", "ops/reconcile", query=ReconcileParameters, answers={200: MendingReport})
    async def post_reconcile(self, call: Call[ReconcileParameters, NoBody]) -> Response:
        """Run the reconciler now, or only look (`?dryRun=true`)."""
        await in_time(self._containers.problems())  # a store that hangs is told at once
        dry_run = call.query.dry_run
        repairs = await self._reconciler.run(dry_run=dry_run)
        found = [
            {"kind": repair.kind, "jobId": repair.job_id, "done": repair.done, "problem": repair.problem} for repair in repairs
        ]
        return Response(200, {"dryRun": dry_run, "repairs": found})

    @endpoint("GET", "health", answers={200: Health}, anonymous=True)
    async def get_health(self, _call: Call[NoParameters, NoBody]) -> Response:
        """Say whether the app is up and every container can be read and written; 503 when one cannot."""
        wrong = await self._containers.problems()
        if wrong:
            raise wrong[0].error
        return Response(200, {"status": "ok", "at": to_iso(self._clock.now())})
