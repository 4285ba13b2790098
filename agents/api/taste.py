"""Likes in, taste out, and the state of a taste job."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from agents.api.endpoint import Answered, NoBody, NoParameters, PageParameters, endpoint
from agents.api.http import BadRequest, Call, Response, checked_page, no_such, not_found
from agents.api.parts import hex_digest, is_stored_id
from agents.jobs.job import JobStatus
from agents.taste_analysis.likes import Intake, JobIdCollisionError, Like
from agents.taste_analysis.profile import PROFILE_ID, TasteProfile, as_answer
from agents.taste_analysis.withdrawal import Withdrawals
from shared.clock import Clock
from shared.errors import Reason
from shared.store.base import Store
from shared.store.containers import JOBS, TASTE
from shared.store.query import AllOf, Compare, Contains, Order, Query

HIDDEN: Final = frozenset({"payload", "rawPayload", "analysis", "imageUrl", "lease"})
LIKE: Final = {"userId": "ada", "itemId": "item-7", "imageUrl": "https://cdn.example/photos/7.jpg", "signal": "up"}
SIGNAL_FIELDS: Final = ("id", "jobId", "itemId", "imageUrl", "at", "terms")


class AcceptedLike(Answered):
    """A like was taken. `deadLetterId`: the same like waits among the dead letters."""

    job_id: str = Field(alias="jobId")
    status: Literal["queued", "duplicate", "withdrawn", "ignored"]


class WithdrawnItem(Answered):
    """An item's likes were taken back."""

    user_id: str = Field(alias="userId")
    item_id: str = Field(alias="itemId")
    status: Literal["withdrawn"]


class Failure(Answered):
    """One attempt that failed, the `n`th, and why."""

    n: int | None = None
    at: str | None = None
    reason: Reason | None = None
    message: str | None = None
    error_type: str | None = Field(None, alias="errorType")


class JobState(Answered):
    """A job's document without its payload. `deadLetterId`: where it waits among the dead letters."""

    job_id: str = Field(alias="jobId")
    status: JobStatus
    attempt: int
    generation: int
    created_at: str | None = Field(None, alias="createdAt")
    updated_at: str | None = Field(None, alias="updatedAt")
    next_attempt_at: str | None = Field(None, alias="nextAttemptAt")
    last_completed_at: str | None = Field(None, alias="lastCompletedAt")
    attempts: list[Failure] | None = None
    last_error: Failure | None = Field(None, alias="lastError")
    dead_letter_id: str | None = Field(None, alias="deadLetterId")


class TasteTerm(Answered):
    """One term of a profile; `weight` is as of now."""

    term: str
    kind: Literal["style", "colour", "garment", "brand"]
    weight: float
    evidence: int
    first_seen_at: str = Field(alias="firstSeenAt")
    last_seen_at: str = Field(alias="lastSeenAt")


class SignalSummary(Answered):
    """One like, and the terms that it taught."""

    id: str
    job_id: str | None = Field(alias="jobId")
    item_id: str | None = Field(alias="itemId")
    image_url: str | None = Field(alias="imageUrl")
    at: str | None
    terms: list[dict[str, Any]] | None


class TasteAnswer(Answered):
    """What a user likes, heaviest first. `signals` and `cursor`: a page of the likes behind the term that was asked for."""

    user_id: str = Field(alias="userId")
    updated_at: str | None = Field(alias="updatedAt")
    terms: list[TasteTerm]
    signals: list[SignalSummary] | None = None
    cursor: str | None = None


class TasteParameters(PageParameters):
    """`term`, as `style:minimalist`, adds the signals behind it, a page at a time."""

    term: Annotated[str, Field(max_length=200, description="Add the signals behind it.")] | None = None


class TasteEndpoints:
    """See the module."""

    def __init__(self, *, store: Store, clock: Clock, intake: Intake, withdrawals: Withdrawals) -> None:
        self._store = store
        self._clock = clock
        self._intake = intake
        self._withdrawals = withdrawals

    @endpoint(
        "POST", "ops/taste-jobs", body=Like, example=LIKE, answers={202: AcceptedLike}, right="send",
        problems={422: "The body is not valid; or, with `reason` `job_id_collision`, another like has the same job id."},
    )  # fmt: skip
    async def post_taste_job(self, call: Call[NoParameters, Like]) -> Response:
        """Accept a like (`up`), or take back those of an item (`none`, `down`)."""
        try:
            accepted = await self._intake.accept(call.body)
        except JobIdCollisionError as error:
            more = {"reason": Reason.JOB_ID_COLLISION.value}
            raise BadRequest(422, "Unprocessable Content", str(error), more=more) from None
        document: dict[str, Any] = {"jobId": accepted.job_id, "status": accepted.status}
        if accepted.dead_letter_id:
            document["deadLetterId"] = accepted.dead_letter_id
        return Response(202, document)

    @endpoint("GET", "ops/taste-jobs/{jobId}", answers={200: JobState})
    async def get_taste_job(self, call: Call[NoParameters, NoBody]) -> Response:
        """Show one job's state, without its payload."""
        job_id = hex_digest(call.route["jobId"])
        item = await self._store.find(JOBS.key, job_id, job_id) if job_id else None
        if item is None:
            raise no_such("job", call.route["jobId"], "64 hex digits, as `ops/jobs` lists them")
        return Response(200, {name: value for name, value in item.body.items() if name not in HIDDEN})

    @endpoint("DELETE", "ops/taste-profiles/{userId}/items/{itemId}", answers={200: WithdrawnItem}, right="send")
    async def delete_taste_item(self, call: Call[NoParameters, NoBody]) -> Response:
        """Take back every like of an item: what it taught is unlearnt."""
        user_id, item_id = call.route["userId"], call.route["itemId"]
        known = is_stored_id(user_id) and is_stored_id(item_id) and await self._withdrawals.withdraw(user_id, item_id)
        if not known:
            raise not_found("No like of this item is stored.")
        return Response(200, {"userId": user_id, "itemId": item_id, "status": "withdrawn"})

    @endpoint("GET", "ops/taste-profiles/{userId}", query=TasteParameters, answers={200: TasteAnswer})
    async def get_taste_profile(self, call: Call[TasteParameters, NoBody]) -> Response:
        """Show a user's taste, and on demand the signals behind a term."""
        user_id = call.route["userId"]
        item = await self._store.find(TASTE.key, PROFILE_ID, user_id) if is_stored_id(user_id) else None
        if item is None:
            raise not_found("Nothing is known of this user's taste.")
        profile = TasteProfile.from_document(item.body)
        if not profile.signals:  # every like was taken back
            raise not_found("Nothing is known of this user's taste.")
        document = as_answer(profile, self._clock.now())
        if call.query.term is not None:
            where = AllOf((Compare("type", "=", "signal"), Contains("termKeys", call.query.term.casefold())))
            query = Query(where=where, order=Order("at", descending=True), page_size=call.query.limit)
            page = await checked_page(self._store.page(TASTE.key, query, partition=user_id, cursor=call.query.cursor))
            document["signals"] = [{name: signal.get(name) for name in SIGNAL_FIELDS} for signal in page.documents]
            document["cursor"] = page.cursor
        return Response(200, document)
