"""The runs of the timers, runs by hand, and the moods that one of them makes."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from agents.api.endpoint import Answered, Flag, NoBody, PageParameters, Parameters, endpoint
from agents.api.http import Call, Response, checked_page, not_found, wrong_fields
from agents.api.paused import PausedThing, things
from agents.api.wording import one_of, wrong_value
from agents.jobs.messages import StoredId
from agents.mood_processor.documents import momentum_at
from agents.pauses.book import PauseBook
from agents.runs.commands import Commands, ParameterError, UnknownTimerError
from agents.runs.ledger import Ledger
from agents.timers import LEDGERED, TimerName
from shared.clock import Clock
from shared.store.base import Store
from shared.store.containers import MOODS
from shared.store.query import Order, Query

HIDDEN: Final = frozenset({"nameEmbedding", "countedArticles"})
Word = Annotated[str, Field(max_length=100)]
WEEK: Final = r"^[0-9]{4}-W[0-9]{2}$"


class RunsParameters(PageParameters):
    """Whose runs; of all timers without `timer`."""

    timer: Annotated[TimerName | None, Field(description="One timer's alone.")] = None


class Run(Answered):
    """One row of the ledger; `outcome` is null while it runs. `expected` and `done`: counts by name; `parameters`: what a run
    by hand was asked for.
    """

    id: str
    timer: TimerName
    trigger: Literal["timer", "manual"]
    outcome: Literal["ok", "partial", "failed", "zero_work", "skipped_late", "abandoned", "skipped_paused"] | None
    planned_at: str = Field(alias="plannedAt")
    started_at: str | None = Field(alias="startedAt")
    heartbeat_at: str = Field(alias="heartbeatAt")
    finished_at: str | None = Field(alias="finishedAt")
    lateness_seconds: float = Field(alias="latenessSeconds")
    expected: dict[str, int]
    done: dict[str, int]
    detail: dict[str, Any]
    error: str
    parameters: dict[str, str] | None = None
    actor: str | None = None


class RunPage(Answered):
    """A page of runs, newest first."""

    runs: list[Run]
    cursor: str | None


class RunRequested(Answered):
    """A run will start soon: its row in `ops/runs` shows how it goes. `paused`: its timer, which a run by hand does not mind,
    and queues for which it waits.
    """

    run_id: str = Field(alias="runId")
    timer: str
    paused: list[PausedThing]


class RunParameters(Parameters):
    """Who asks, and what the run is to do. `window`, `userId` and `force` are the digest's, `sourceId` is the scraper's."""

    actor: Annotated[str, Field(max_length=100, description="Who asks.")] = ""
    window: Annotated[Word, Field(pattern=WEEK)] | None = Field(None, description="The ISO week, as 2026-W48; the digest's.")
    user_id: Annotated[StoredId | None, Field(description="One user alone; the digest's.")] = Field(None, alias="userId")
    force: Annotated[Flag | None, Field(description="Although nothing has changed; the digest's.")] = None
    source_id: Annotated[StoredId | None, Field(description="One source alone; the scraper's.")] = Field(None, alias="sourceId")

    @property
    def asked(self) -> dict[str, str]:
        """What the run is to do, as the ledger keeps it."""
        given = self.model_dump(by_alias=True, exclude={"actor"}, exclude_none=True)
        return {name: str(value).lower() if isinstance(value, bool) else value for name, value in given.items()}


class MoodsParameters(PageParameters):
    """The moods of one primary mood, or all."""

    primary: Annotated[Word | None, Field(description="The primary mood, as Coastal.")] = None


class MoodSource(Answered):
    """An article about a mood."""

    title: str
    url: str
    source: str
    published_at: str | None = Field(alias="publishedAt")


class Mood(Answered):
    """One mood. `trendScore` counts articles; `momentum` as well, each for less the older it is, as of now."""

    id: str
    name: str
    primary_mood: str = Field(alias="primaryMood")
    description: str | None = None
    trend_score: float = Field(alias="trendScore")
    momentum: float
    sources: list[MoodSource] | None = None
    aliases: list[str] | None = None


class MoodPage(Answered):
    """A page of moods, most mentioned first."""

    moods: list[Mood]
    cursor: str | None


class RunsEndpoints:
    """See the module."""

    def __init__(
        self, *, store: Store, clock: Clock, ledger: Ledger, commands: Commands, book: PauseBook,
        queues: Mapping[str, str],
    ) -> None:  # fmt: skip
        self._store = store
        self._clock = clock
        self._ledger = ledger
        self._commands = commands
        self._book = book
        self._queues = queues

    @endpoint("GET", "ops/runs", query=RunsParameters, answers={200: RunPage})
    async def get_runs(self, call: Call[RunsParameters, NoBody]) -> Response:
        """Page through the runs of the timers, newest first."""
        query = call.query
        page = await checked_page(self._ledger.page(query.timer, limit=query.limit, cursor=query.cursor))
        return Response(200, {"runs": page.documents, "cursor": page.cursor})

    @endpoint(
        "POST", "ops/run/{timer}", query=RunParameters, answers={202: RunRequested},
        problems={
            404: "There is no such timer.", 422: "The timer does not take such a parameter, or not this value.",
        },
    )  # fmt: skip
    async def post_run(self, call: Call[RunParameters, NoBody]) -> Response:
        """Run a timer's work now."""
        timer = call.route["timer"]
        try:
            run_id = await self._commands.request(timer, call.query.actor, call.query.asked)
        except UnknownTimerError:
            *most, last = (one.name for one in LEDGERED)
            wrong = wrong_value("timer", timer, f"{', '.join(most)} or {last}")
            raise not_found(f"There is no timer {wrong['came']} to run: expected {wrong['expected']}.", [wrong]) from None
        except ParameterError as error:
            expected = error.expected if error.known is None else one_of(error.expected, error.known, error.came)
            wrong = wrong_value(error.field, error.came, expected)
            raise wrong_fields(422, "The query is not valid", [wrong]) from None
        pauses, now = (await self._book.known()).pauses, self._clock.now()
        names = [self._commands.queue, *([self._queues[timer]] if timer in self._queues else [])]
        found = [pauses.of("timer", timer, now), *(pauses.of("queue", name, now) for name in names)]
        return Response(202, {"runId": run_id, "timer": timer, "paused": things(found)})

    @endpoint("GET", "ops/moods", query=MoodsParameters, answers={200: MoodPage})
    async def get_moods(self, call: Call[MoodsParameters, NoBody]) -> Response:
        """Page through the moods, most mentioned first."""
        query = Query(order=Order("trendScore", descending=True), page_size=call.query.limit)
        page = await checked_page(self._store.page(MOODS.key, query, partition=call.query.primary, cursor=call.query.cursor))
        now = self._clock.now()
        moods = [
            {name: value for name, value in mood.items() if name not in HIDDEN} | {"momentum": round(momentum_at(mood, now), 3)}
            for mood in page.documents
        ]
        return Response(200, {"moods": moods, "cursor": page.cursor})
