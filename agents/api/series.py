"""What was measured every five minutes of the last hour, day or week; with what changed and what was done as marks."""

import asyncio
from typing import Annotated, Final, Literal

from pydantic import Field

from agents.api.endpoint import Answered, NoBody, Parameters, endpoint
from agents.api.http import Call, Response
from agents.replays.operations import Operations
from agents.watch.collect.memory import MemoryStore
from agents.watch.history.keeper import PointKeeper
from agents.watch.history.series import bounds, series_of
from shared.clock import Clock
from shared.observe.prices import Prices

MAX_ACTIONS: Final = 100
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


class SeriesEndpoints:
    """See the module."""

    def __init__(
        self, *, points: PointKeeper, memory: MemoryStore, operations: Operations, clock: Clock, prices: Prices
    ) -> None:  # fmt: skip
        self._points = points
        self._memory = memory
        self._operations = operations
        self._clock = clock
        self._prices = prices

    @endpoint("GET", "ops/series", query=SeriesParameters, answers={200: MeasuredSeries})
    async def get_series(self, call: Call[SeriesParameters, NoBody]) -> Response:
        """Show what was measured every five minutes, and what changed meanwhile."""
        at, window = self._clock.now(), call.query.window
        since, until = bounds(window, at)
        days, memory, actions = await asyncio.gather(
            self._points.read(since, until), self._memory.find(), self._operations.actions(since, limit=MAX_ACTIONS)
        )
        changes = memory.changes if memory else ()
        found = await asyncio.to_thread(  # 2016 points of some thirty series: too long for the loop
            series_of, window, at, days, changes=changes, actions=actions, prices=self._prices
        )  # fmt: skip
        return Response(200, found, headers=NOT_KEPT)
