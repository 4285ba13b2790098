"""What was measured every five minutes of the last hour, day or week; with what changed and what was done as marks."""

import asyncio
from typing import Annotated, Final, Literal

from pydantic import Field

from agents.api.endpoint import Answered, NoBody, Parameters, endpoint
from agents.api.http import Call, Response
from agents.replays.operations import Operations
from agents.watch.collect.memory import Change, MemoryStore
from agents.watch.collect.parts import SECONDS, Parts
from agents.watch.history.keeper import PointKeeper
from agents.watch.history.series import bounds, series_of
from shared.clock import Clock
from shared.errors import StoreUnavailable
from shared.observe.prices import Prices

MAX_ACTIONS: Final = 100
POINTS: Final = "the points"
NOT_KEPT: Final = {"Cache-Control": "no-store"}


class SeriesParameters(Parameters):
    """How far back."""

    window: Annotated[Literal["1h", "24h", "7d"], Field(description="How far back.")] = "24h"


class SeriesMark(Answered):
    """Something that changed, or that somebody did: a deployment, a setting, a flip of a breaker, an action of the audit."""

    at: str
    kind: Literal["deployment", "setting", "breaker", "action"]
    text: str
    actor: str | None


class MeasuredSeries(Answered):
    """Every five minutes of a window, `at` when they began; null where nothing is known, which is not zero. The last ones still
    run: they are counted up to `countedTo`. `series`: `jobs.ended` (completed or dead), `jobs.dead`, `jobs.deferred`,
    `attempts.failed`, `attempts.total`; of each queue `queue.<queue>.depth` and `.age_seconds`; `model.calls`,
    `model.tokens_in`, `model.tokens_out`, `model.cost` of all deployments, and the same of each, as `model.<deployment>.calls`.
    `unread`: which marks are missing, and why: those of what changed, or of what was done, could not be read.
    """

    window: Literal["1h", "24h", "7d"]
    since: str = Field(alias="from")
    until: str = Field(alias="to")
    step_seconds: int = Field(alias="stepSeconds")
    counted_to: str | None = Field(alias="countedTo")
    at: list[str]
    series: dict[str, list[float | None]]
    currency: str | None
    marks: list[SeriesMark]
    unread: dict[str, str]


class SeriesEndpoints:
    """See the module."""

    def __init__(
        self, *, points: PointKeeper, memory: MemoryStore, operations: Operations, clock: Clock, prices: Prices,
        patience_seconds: float = SECONDS,
    ) -> None:  # fmt: skip
        self._points = points
        self._memory = memory
        self._operations = operations
        self._clock = clock
        self._prices = prices
        self._patience = patience_seconds

    @endpoint("GET", "ops/series", query=SeriesParameters, answers={200: MeasuredSeries})
    async def get_series(self, call: Call[SeriesParameters, NoBody]) -> Response:
        """Show what was measured every five minutes, and what changed meanwhile."""
        at, window = self._clock.now(), call.query.window
        since, until = bounds(window, at)
        parts = Parts(self._patience)
        days, kept, actions = await asyncio.gather(
            parts.read(POINTS, self._points.read(since, until)), parts.read("what changed", self._changes()),
            parts.read("what was done", self._operations.actions(since, limit=MAX_ACTIONS)),
        )  # fmt: skip
        if days is None:
            raise StoreUnavailable(f"{POINTS}: {parts.unread[POINTS]}")
        found = await asyncio.to_thread(  # 2016 points of some thirty series: too long for the loop
            series_of, window, at, days, changes=kept or (), actions=actions or (), prices=self._prices
        )  # fmt: skip
        return Response(200, {**found, "unread": parts.unread}, headers=NOT_KEPT)

    async def _changes(self) -> tuple[Change, ...]:
        memory = await self._memory.find()
        return memory.changes if memory else ()
