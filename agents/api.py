"""The HTTP answers: a request's parts in, a status and a JSON document out. Errors are RFC 9457 problem documents.

Knows nothing of Azure's request types; `function_app` turns one into the other.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from agents.jobs.reconciler import Reconciler
from agents.jobs.record_ids import partition_of
from agents.jobs.replays import ReplayRequest, Replays, down
from agents.moods.documents import momentum_at
from agents.runs.commands import Commands, UnknownTimerError
from agents.runs.ledger import Ledger
from agents.taste.likes import Intake, Like
from agents.taste.profile import PROFILE_ID, TasteProfile, as_answer
from shared.clock import Clock, to_iso
from shared.errors import ProcessorError, RetryableError
from shared.store.base import Document, Page, Store
from shared.store.containers import DEAD_LETTERS, JOBS, MOODS, TASTE
from shared.store.query import AllOf, Compare, Contains, Order, Query
from shared.telemetry import log_event

logger = logging.getLogger(__name__)
MAX_REQUEST_BYTES: Final = 16_384
MAX_PAGE: Final = 200
HIDDEN: Final = frozenset({"payload", "rawPayload"})
JSON_TYPE: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """The parts of a request that an answer may depend on."""

    body: bytes = b""
    query: Mapping[str, str] = field(default_factory=dict)
    route: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """Status, JSON body, content type, headers."""

    status: int
    document: Mapping[str, Any]
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """The body's bytes."""
        return json.dumps(self.document, ensure_ascii=False).encode()


class BadRequest(Exception):
    """The request is wrong; `status` and `title` say how, `errors` name the fields."""

    def __init__(self, status: int, title: str, detail: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(detail)
        self.response = problem(status, title, detail, errors)


def problem(status: int, title: str, detail: str, errors: list[dict[str, str]] | None = None) -> Response:
    """Return a problem document of RFC 9457."""
    document: dict[str, Any] = {"type": "about:blank", "status": status, "title": title, "detail": detail}
    if errors:
        document["errors"] = errors
    return Response(status, document, "application/problem+json")


async def answer(handler: Callable[[Request], Awaitable[Response]], request: Request) -> Response:
    """Run a handler; every failure becomes a problem document without internals."""
    try:
        return await handler(request)
    except BadRequest as error:
        return error.response
    except RetryableError as error:
        log_event(logger, "a request met an outage", level=logging.WARNING, reason=error.reason.value)
        seconds = str(max(1, round(error.retry_after_seconds or 5)))
        outage = problem(503, "Service Unavailable", f"A dependency is down ({error.reason.value}); try again.")
        return Response(outage.status, outage.document, outage.content_type, {"Retry-After": seconds})
    except ProcessorError as error:
        logger.exception("a request failed")
        return problem(500, "Internal Server Error", f"The request failed ({error.reason.value}).")


class Api:
    """The handlers of the management endpoints."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        intake: Intake,
        reconciler: Reconciler,
        replays: Replays,
        ledger: Ledger,
        commands: Commands,
    ) -> None:
        self._replays = replays
        self._ledger = ledger
        self._commands = commands
        self._store = store
        self._clock = clock
        self._intake = intake
        self._reconciler = reconciler

    async def post_taste_job(self, request: Request) -> Response:
        """Accept a like: 202 with the job's id and `queued`, `duplicate` or `ignored`."""
        try:
            like = Like.model_validate(_json_object(request.body))
        except ValidationError as error:
            raise BadRequest(422, "Unprocessable Content", "The like is not valid.", _field_errors(error)) from None
        accepted = await self._intake.accept(like)
        document: dict[str, Any] = {"jobId": accepted.job_id, "status": accepted.status}
        if accepted.dead_letter_id:
            document["deadLetterId"] = accepted.dead_letter_id
        return Response(202, document)

    async def get_taste_job(self, request: Request) -> Response:
        """Answer one job's state, without its payload."""
        job_id = request.route["jobId"]
        item = await self._store.find(JOBS.key, job_id, job_id) if _is_hex_digest(job_id) else None
        if item is None:
            raise BadRequest(404, "Not Found", "There is no job with this id.")
        hidden = HIDDEN | {"analysis", "imageUrl", "lease"}
        return Response(200, {name: value for name, value in item.body.items() if name not in hidden})

    async def get_taste_profile(self, request: Request) -> Response:
        """Answer a user's terms, heaviest first; with `?term=style:minimalist` also the signals behind that term."""
        user_id = request.route["userId"]
        item = await self._store.find(TASTE.key, PROFILE_ID, user_id) if _is_stored_id(user_id) else None
        if item is None:
            raise BadRequest(404, "Not Found", "Nothing is known of this user's taste.")
        document = as_answer(TasteProfile.from_document(item.body), self._clock.now())
        term = request.query.get("term")
        if term is not None:
            where = AllOf((Compare("type", "=", "signal"), Contains("termKeys", term.casefold())))
            page = await self._page(TASTE.key, where, "at", request, partition=user_id)
            names = ("id", "jobId", "itemId", "imageUrl", "at", "terms")
            document["signals"] = [{name: signal.get(name) for name in names} for signal in page.documents]
            document["cursor"] = page.cursor
        return Response(200, document)

    async def get_dead_letters(self, request: Request) -> Response:
        """Answer a page of dead letters, newest first: `status`, `reason`, `limit`, `cursor`. Payloads are left out."""
        wanted = [(name, request.query.get(name)) for name in ("status", "reason", "fingerprint")]
        where = AllOf(tuple(Compare(name, "=", value) for name, value in wanted if value))
        page = await self._page(DEAD_LETTERS.key, where, "createdAt", request, partition=None)
        shown = [{name: value for name, value in record.items() if name not in HIDDEN} for record in page.documents]
        return Response(200, {"deadLetters": shown, "cursor": page.cursor})

    async def get_dead_letter(self, request: Request) -> Response:
        """Answer one dead letter in full, its payload and exact bytes included."""
        record_id = request.route["id"]
        item = (
            await self._store.find(DEAD_LETTERS.key, record_id, partition_of(record_id)) if _is_stored_id(record_id) else None
        )
        if item is None:
            raise BadRequest(404, "Not Found", "There is no dead letter with this id.")
        return Response(200, item.body)

    async def get_preflight(self, _request: Request) -> Response:
        """Answer whether what a replayed job needs is up."""
        checks = await self._replays.preflight()
        return Response(200, {"ok": not down(checks), "down": down(checks)})

    async def post_replays(self, request: Request) -> Response:
        """Replay or purge dead letters by id; `dryRun` predicts. 409 while a dependency is down, unless forced."""
        try:
            wanted = ReplayRequest.model_validate(_json_object(request.body))
        except ValidationError as error:
            raise BadRequest(422, "Unprocessable Content", "The request is not valid.", _field_errors(error)) from None
        bad = [record_id for record_id in wanted.ids if not _is_stored_id(record_id)]
        if bad:
            raise BadRequest(422, "Unprocessable Content", f"ids: {len(bad)} of them can be no dead letter's id")
        problems = down(await self._replays.preflight()) if wanted.action == "replay" and not wanted.dry_run else []
        if problems and not wanted.force:
            raise BadRequest(409, "Conflict", f"Nothing was replayed: {problems[0]['dependency']}: {problems[0]['problem']}")
        done = await self._replays.run(wanted)
        results = [{"id": one.record_id, "outcome": one.outcome, "detail": one.detail} for one in done]
        return Response(200, {"action": wanted.action, "dryRun": wanted.dry_run, "results": results})

    async def post_reconcile(self, request: Request) -> Response:
        """Run the reconciler; `?dryRun=true` only looks."""
        dry_run = request.query.get("dryRun", "false").casefold() in {"true", "1", ""}
        repairs = await self._reconciler.run(dry_run=dry_run)
        found = [{"kind": repair.kind, "jobId": repair.job_id, "done": repair.done} for repair in repairs]
        return Response(200, {"dryRun": dry_run, "repairs": found})

    async def get_runs(self, request: Request) -> Response:
        """Answer a page of timer runs, newest first: `timer`, `limit`, `cursor`."""
        limit = _limit(request.query.get("limit"))
        page = await _checked(self._ledger.page(request.query.get("timer"), limit=limit, cursor=request.query.get("cursor")))
        return Response(200, {"runs": page.documents, "cursor": page.cursor})

    async def post_run(self, request: Request) -> Response:
        """Ask for a run of a timer now: 202 with the run's id, whose row in `ops/runs` shows the progress."""
        timer = request.route["timer"]
        try:
            run_id = await self._commands.request(timer, request.query.get("actor", ""))
        except UnknownTimerError:
            raise BadRequest(404, "Not Found", "There is no timer of this name to run.") from None
        return Response(202, {"runId": run_id, "timer": timer})

    async def get_moods(self, request: Request) -> Response:
        """Answer a page of moods, most mentioned first: `primary`, `limit`, `cursor`."""
        page = await self._page(MOODS.key, AllOf(()), "trendScore", request, partition=request.query.get("primary"))
        hidden = {"nameEmbedding", "countedArticles"}
        moods = [
            {name: value for name, value in mood.items() if name not in hidden}
            | {"momentum": round(momentum_at(mood, self._clock.now()), 3)}
            for mood in page.documents
        ]
        return Response(200, {"moods": moods, "cursor": page.cursor})

    async def get_health(self, _request: Request) -> Response:
        """Answer that the app is up and its store can be read; 503 when it cannot."""
        await self._store.find(JOBS.key, "health", "health")
        return Response(200, {"status": "ok", "at": to_iso(self._clock.now())})

    async def _page(self, container: str, where: AllOf, field_: str, request: Request, *, partition: str | None) -> Page:
        query = Query(where=where, order=Order(field_, descending=True), page_size=_limit(request.query.get("limit")))
        return await _checked(self._store.page(container, query, partition=partition, cursor=request.query.get("cursor")))


async def _checked(page: Awaitable[Page]) -> Page:
    """Await a page; a cursor that is not ours is the caller's mistake."""
    try:
        return await page
    except ValueError:
        raise BadRequest(400, "Bad Request", "cursor: is not one that this endpoint gave") from None


def _limit(text: str | None) -> int:
    if text is None:
        return 50
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_PAGE):
        raise BadRequest(400, "Bad Request", f"limit: expected a whole number from 1 to {MAX_PAGE}")
    return int(text)


def _json_object(body: bytes) -> Document:
    if len(body) > MAX_REQUEST_BYTES:
        raise BadRequest(413, "Content Too Large", f"The body has {len(body)} bytes, at most {MAX_REQUEST_BYTES} are read.")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest(400, "Bad Request", "The body is not JSON in UTF-8.") from None
    if not isinstance(value, dict):
        raise BadRequest(400, "Bad Request", f"The body is a JSON {type(value).__name__}, expected an object.")
    return value


def _field_errors(error: ValidationError) -> list[dict[str, str]]:
    problems = []
    for one in error.errors(include_url=False, include_context=False):
        came = "nothing" if one["type"] == "missing" else type(one["input"]).__name__
        problems.append({"field": ".".join(map(str, one["loc"])), "came": came, "expected": one["msg"]})
    return problems


def _is_hex_digest(text: str) -> bool:
    return len(text) == 64 and all(letter in "0123456789abcdef" for letter in text)  # noqa: PLR2004  (SHA-256 in hex)


def _is_stored_id(text: str) -> bool:
    return 0 < len(text) <= 255 and text.isprintable() and not set("/\\#?") & set(text)  # noqa: PLR2004  (the store's limit)
