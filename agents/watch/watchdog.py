"""One round of the watchdog: collect, judge, keep, tell.

Trigger: a timer every five minutes. Reads: what `agents.watch.collect.collector` reads. Writes: `ServiceState`, one document
an alert that ever held, by compare-and-set, and what it remembers. Fails: `RetryableError` when the kept states cannot be
read or the look cannot be noted; a state that cannot be written, or a webhook that does not answer, waits for the next look.
A store that refuses what the look writes (a container that is missing, a full disk) is told without any state.

Of two evaluators at once one wins the write, and only the winner tells. A process that dies between write and telling has
not swallowed the notice: it is due again at the next look, and receivers tell doubles by its key.
"""

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from agents.watch.alerts.evaluation import Transition, evaluate
from agents.watch.alerts.rule import Rule, Severity
from agents.watch.alerts.slots import last_success
from agents.watch.alerts.state import Alert, Notice, Phase, due_notices, told
from agents.watch.alerts.thresholds import Pace
from agents.watch.collect.collector import Collected, Collector
from agents.watch.collect.facts_of import ages_of
from agents.watch.history.keeper import PointKeeper
from agents.watch.notifier import Notifier, Receiver
from shared import observe
from shared.clock import Clock, to_iso
from shared.errors import AlreadyExists, ItemNotFound, PreconditionFailed, ProcessorError, RetryableError, StoreMisconfigured
from shared.observe.log import log_event, scrub
from shared.observe.metering import measure
from shared.store.base import Document, Store
from shared.store.containers import SERVICE_STATE
from shared.store.updates import update

logger = logging.getLogger(__name__)
STATELESS: Final = "store"  # an alert that cannot be kept, so it has no phases
CRY_EVERY: Final = timedelta(minutes=30)


class Watchdog:
    """Evaluates every rule on what the collector reads, and keeps and tells what follows."""

    def __init__(
        self, *, store: Store, clock: Clock, collector: Collector, rules: Sequence[Rule], webhook: Receiver | None, pace: Pace
    ) -> None:  # fmt: skip
        self._store = store
        self._clock = clock
        self._collector = collector
        self.rules = tuple(rules)
        self._webhook = webhook
        self._pace = pace
        self._points = PointKeeper(store=store, clock=clock)
        self._cried_at: datetime | None = None

    async def run(self) -> tuple[Transition, ...]:
        """Look once: collect, judge, write, tell. Returns what became of every rule, whoever wrote it."""
        try:
            return await self._look()
        except StoreMisconfigured as error:
            await self._cry(error)
            raise

    async def _look(self) -> tuple[Transition, ...]:
        with measure() as usage:
            collected = await self._collector.collect(counting=True)
            transitions = evaluate(self.rules, collected.facts, collected.alerts, collected.at, self._pace)
            notifier = Notifier(clock=self._clock, webhook=self._webhook, build=collected.marks.get("build", ""))
            for one in transitions:
                await self._settle(one, collected.at, notifier)
            await self._points.keep(collected)
            await self._collector.memory_store.update(
                lambda memory: memory.looked(
                    collected.at, ages_of(collected.facts), collected.marks, judged=collected.judged,
                    breakers=collected.breakers,
                )
            )  # fmt: skip
        _observe(collected)
        self._log(transitions, collected, usage.operations, usage.charge)
        return transitions

    async def _cry(self, error: StoreMisconfigured) -> None:
        """Not even our own state can be kept: tell it all the same, from this process's memory alone."""
        at, last = self._clock.now(), self._cried_at
        log_event(
            logger, "the watchdog cannot keep its state", level=logging.CRITICAL, alert=STATELESS, event="fired",
            severity=Severity.PAGE.value, problem=scrub(str(error)),
        )  # fmt: skip
        if self._webhook is None or (last is not None and at - last < CRY_EVERY):
            return
        document = {
            "alert": STATELESS, "event": "fired", "severity": Severity.PAGE.value, "at": to_iso(at),
            "text": f"The watchdog cannot keep its state: {scrub(str(error))}",
        }  # fmt: skip
        with contextlib.suppress(ProcessorError):
            await self._webhook.post(document, key=f"{STATELESS}.{to_iso(at)}")
            self._cried_at = at

    async def repaired(self, count: int) -> None:
        """Note what the reconciler has mended. An outage is logged: the repairs themselves were made."""
        if not count:
            return
        at = self._clock.now()
        try:
            await self._collector.memory_store.update(lambda memory: memory.repaired(at, count))
        except RetryableError as error:
            log_event(
                logger, "the repairs cannot be noted for the watchdog", level=logging.WARNING, count=count,
                reason=error.reason.value,
            )  # fmt: skip

    async def _settle(self, one: Transition, at: datetime, notifier: Notifier) -> None:
        """Write one alert's next state, and tell what it has to tell if we were the one to write it."""
        due = due_notices(one.after, at)
        if not one.changed and not due:
            return
        after = one.after
        if due:
            after = replace(after, telling_at=at, version=after.version + (0 if one.changed else 1))
        try:
            if not await self._write(one.before, after):
                return
            if due:
                delivered = await notifier.notify(one.rule, after, due)
                await self._note(after.key, delivered, due)
        except RetryableError as error:
            log_event(
                logger, "an alert's state cannot be written, the next look goes on", level=logging.ERROR, alert=after.key,
                reason=error.reason.value, cause=scrub(str(error)),
            )  # fmt: skip
            if isinstance(error, StoreMisconfigured):  # no next look will be able to, either
                await self._cry(error)

    async def _write(self, before: Alert | None, after: Alert) -> bool:
        """Write the state that follows `before`. False: another evaluator was faster."""
        document = after.to_document()
        try:
            if before is None:
                await self._store.create(SERVICE_STATE.key, document)
                return True
            item = await self._store.find(SERVICE_STATE.key, document["id"], document["id"])
            if item is None or item.body["version"] != before.version:
                return False
            await self._store.replace(SERVICE_STATE.key, document, if_match=item.etag)
        except (AlreadyExists, PreconditionFailed, ItemNotFound):
            return False
        return True

    async def _note(self, key: str, delivered: tuple[Notice, ...], logged: tuple[Notice, ...]) -> None:
        """Take the notices out of the state, whatever it has become meanwhile."""
        document_id = f"alert.{key}"

        def without(document: Document | None) -> Document | None:
            before = Alert.from_document(document) if document else None
            after = told(before, delivered, logged) if before else None
            return None if after is None or after is before else after.to_document()

        await update(
            self._store, self._clock, SERVICE_STATE.key, document_id, document_id, without, what=f"{key}: keeps changing"
        )

    def _log(self, transitions: Sequence[Transition], collected: Collected, operations: int, charge: float) -> None:
        firing = [one.rule.key for one in transitions if one.after.phase is Phase.FIRING]
        unknown = [one.rule.key for one in transitions if one.evaluation.holds is None]
        log_event(
            logger, "the watchdog has looked", firing=firing or None, unknown=unknown or None, storeOperations=operations,
            requestCharge=round(charge, 2), seconds=round((self._clock.now() - collected.at).total_seconds(), 3),
        )  # fmt: skip


def _observe(collected: Collected) -> None:
    """Hand on what only a look knows, where spans and metrics are exported."""
    if collected.open_records is not None:
        oldest = collected.open_records.oldest or collected.at
        counts = {reason.value: count for reason, count in collected.open_records.by_reason().items()}
        observe.dead_letters_open(counts, (collected.at - oldest).total_seconds())
    for name, timer in (collected.facts.timers or {}).items():
        since = last_success(timer) or timer.plan.deployed_at
        observe.run_success_age(name, (collected.at - since).total_seconds())
