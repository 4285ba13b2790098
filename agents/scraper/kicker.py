"""The kick: every source that is due is leased and gets one job; workers scrape.

Trigger: timer 07:00 UTC, in stages through the run ledger; or a manual run, for all sources or one. Reads: the catalogue of
sources, a page at a time. Writes: their leases, by compare-and-set on what was read. Sends: the scrape queue. Fails: when the
sources cannot be listed, or nothing could be enqueued, for an hour; one source's failure is its own.

A page is enqueued before the cursor behind it is saved. A stage that goes on for a dead one sends again for sources that its
run has leased: the second message finds the source leased, then collected, and does nothing.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from agents.jobs.messages import StoredId, encode
from agents.runs.commands import ParameterError, no_such_parameter
from agents.runs.ledger import Report, RunOutcome
from agents.runs.stages import Save, Stage
from agents.scraper.leases import Lease, Sources
from agents.scraper.message import collect_body, embed_body
from agents.scraper.sources import Source, Standing
from shared import observe
from shared.clock import Clock, to_iso
from shared.errors import PermanentError, RetryableError
from shared.observe.log import scrub
from shared.queues.base import Queues
from shared.store.base import Document

STAGE: Final = timedelta(minutes=4)
MAX_NAMED: Final = 50
COUNTS: Final = ("sources", "due", "enqueued", "failed", *(one.value for one in Standing if one is not Standing.DUE))
_ID: Final[TypeAdapter[str]] = TypeAdapter(StoredId)


class ScraperKicker:
    """Kicks in stages; see the module."""

    def __init__(self, *, sources: Sources, queues: Queues, clock: Clock, queue: str) -> None:
        self._sources = sources
        self._queues = queues
        self._clock = clock
        self._queue = queue

    async def check(self, parameters: Mapping[str, str]) -> Mapping[str, str]:
        """Return a manual run's parameters: `sourceId`, of a source that there is. Raises `ParameterError`, and
        `RetryableError` where the sources cannot be listed.
        """
        for name, value in parameters.items():
            if name != "sourceId":
                raise no_such_parameter(name, value)
            try:
                _ID.validate_python(value)
                known = bool((await self._sources.page(cursor=None, source_id=value))[0])
            except ValidationError:
                known = False
            if not known:
                raise ParameterError(name, value, "the id of a source", await self._sources.ids())
        return parameters

    async def advance(self, stage: Stage, save: Save) -> Report | None:
        """Kick for some minutes. None: there are more sources, for the next stage."""
        state = json.loads(stage.cursor) if stage.cursor else {"page": None, "named": {}}
        done = {name: stage.done.get(name, 0) for name in COUNTS}
        named: dict[str, str] = state["named"]
        source_id = stage.parameters.get("sourceId")
        if stage.cursor is None:
            asked = observe.traced(embed_body(to_iso(self._clock.now())))
            await self._queues.send(self._queue, encode(asked))  # what a crash left without
        until, cursor = self._clock.now() + STAGE, state["page"]
        while True:
            documents, cursor = await self._sources.page(cursor=cursor, source_id=source_id)
            await self._kick_page(documents, stage, done, named)
            if cursor is None:
                return _report(done, named, source_id)
            await save(json.dumps({"page": cursor, "named": dict(list(named.items())[:MAX_NAMED])}), done)
            if self._clock.now() >= until:
                return None

    async def _kick_page(self, documents: list[Document], stage: Stage, done: dict[str, int], named: dict[str, str]) -> None:
        """Kick every source of a page. Raises the last error when every due one has failed: that is no source's own."""
        enqueued, last = 0, None
        for document in documents:
            done["sources"] += 1
            try:
                standing = await self._kick(document, stage)
            except (ValueError, PermanentError) as error:  # malformed, or made so a moment ago
                standing, named[_name(document)] = None, scrub(str(error))
            except RetryableError as error:
                standing, last, named[_name(document)] = None, error, scrub(f"{error.reason.value}: {error}")
            except Exception as error:  # noqa: BLE001  (what nobody foresaw about one source costs no other)
                standing, named[_name(document)] = None, f"unforeseen: {type(error).__name__}"
            if standing is None or standing is Standing.DUE:
                done["due"] += 1
                done["enqueued" if standing else "failed"] += 1
                enqueued += standing is not None
            else:
                done[standing.value] += 1
                if standing is Standing.LEASED or stage.parameters.get("sourceId"):
                    named[_name(document)] = standing.value
        if last is not None and not enqueued:
            raise last

    async def _kick(self, document: Document, stage: Stage) -> Standing:
        """Lease a source that is due and send its job; returns how it stands. Raises ValueError for one that is malformed."""
        if document.get("isActive") is not True:
            return Standing.SWITCHED_OFF
        source = Source.from_document(document)
        by_hand, now = "sourceId" in stage.parameters, self._clock.now()
        lease: Lease | None = None
        held = str(document.get("leaseExpiresAt") or "")
        if source.leased_until(now) and source.is_leased_as(held, stage.run_id):
            lease = Lease(source.source_type, source.id, held, stage.run_id)  # by the stage before, which may not have sent
        else:
            standing = source.standing(now, by_hand=by_hand)
            if standing is Standing.NOT_DUE and stage.resumed and (source.last_scraped_at or now) >= stage.planned:
                return Standing.DUE  # sent by the stage before, and done by now
            if standing is not Standing.DUE:
                return standing
            lease = await self._sources.take(source, stage.run_id)
        if lease is None:
            return Standing.LEASED
        body = collect_body(
            source.source_type, source.id, run_id=stage.run_id, lease=lease.ends, manual=by_hand, at=to_iso(now)
        )  # fmt: skip
        with observe.creating(self._queue):
            await self._queues.send(self._queue, encode(observe.traced(body)))
        return Standing.DUE


def _name(document: Document) -> str:
    return str(document.get("id"))[:100]


def _report(done: Mapping[str, int], named: Mapping[str, str], source_id: str | None) -> Report:
    detail: dict[str, Any] = {"sources": dict(list(named.items())[:MAX_NAMED])}
    expected = {"sources": done["due"]}
    if source_id is not None and not done["sources"]:
        return Report(RunOutcome.FAILED, expected, done, detail, "there is no source with this id")
    if done["failed"]:
        return Report(RunOutcome.PARTIAL, expected, done, detail)
    looked_after = (Standing.LEASED, Standing.NOT_DUE, Standing.BY_CLIENTS)  # somebody collects these, or did lately
    idle = not done["enqueued"] and not any(done[one.value] for one in looked_after)
    return Report(RunOutcome.ZERO_WORK if idle else RunOutcome.OK, expected, done, detail)
