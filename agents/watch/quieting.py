"""What on-call says of an alert: somebody is at it, be quiet until a time, be loud again. Written into the kept alert, audited.

Reads: what the rules are judged by, to know how grave the alert is. Writes: the alert's state in `ServiceState` by
compare-and-set, and before it the audit in `Operations`. Fails: `UnknownAlertError`, `NotFiringError`, `BadUntilError`;
`RetryableError` in an outage, and then at most the audit was written: the call can be made again.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from agents.audit import audit_document
from agents.watch.alerts.evaluation import evaluations
from agents.watch.alerts.hush import Acknowledgement, Hush
from agents.watch.alerts.rule import Evaluation, Rule, Severity
from agents.watch.alerts.state import Alert, Phase, acknowledged, silenced, unsilenced
from agents.watch.collect.collector import Collector
from agents.watch.status import rule_state, said_of
from shared.clock import Clock, to_iso
from shared.errors import Reason, RetryableError
from shared.observe.log import log_event
from shared.store.base import Document, Store
from shared.store.containers import OPERATIONS, SERVICE_STATE
from shared.store.updates import update

logger = logging.getLogger(__name__)
LONGEST: Final = timedelta(hours=24)


class UnknownAlertError(KeyError):
    """There is no alert of this name."""


class NotFiringError(Exception):
    """The alert does not fire: there is nothing to be at. `phase`: where it stands."""

    def __init__(self, phase: Phase) -> None:
        super().__init__(f"the alert does not fire: it is {phase.value}")
        self.phase = phase


class BadUntilError(ValueError):
    """The time is over already, or more than a day away."""


class Quieting:
    """Acknowledges and silences; each returns the rule's state afterwards, as the status shows it."""

    def __init__(self, *, store: Store, clock: Clock, collector: Collector, rules: Sequence[Rule]) -> None:
        self._store = store
        self._clock = clock
        self._collector = collector
        self._rules = {rule.key: rule for rule in rules}

    @property
    def keys(self) -> list[str]:
        """Every alert there is."""
        return list(self._rules)

    async def silence(self, key: str, *, until: datetime, actor: str, reason: str) -> Document:
        """Keep an alert quiet until a time; one that is silenced is silenced anew."""
        now = self._clock.now()
        if not now < until <= now + LONGEST:
            raise BadUntilError(f"an instant within the next {LONGEST // timedelta(hours=1)} hours")
        rule, found, evaluation = await self._look(key)
        hush = Hush(until, actor, reason, _gravity(rule, found, evaluation))
        return await self._say(
            "alert.silenced", rule, evaluation, lambda alert: silenced(alert, hush), actor=actor, reason=reason,
            what={"until": to_iso(until), "severity": hush.severity.value}, before=found,
        )  # fmt: skip

    async def unsilence(self, key: str, *, actor: str, reason: str) -> Document:
        """Let an alert be heard again; what fires is told at the next look."""
        rule, found, evaluation = await self._look(key)
        return await self._say(
            "alert.unsilenced", rule, evaluation, lambda alert: unsilenced(alert) if alert.silenced else alert, actor=actor,
            reason=reason, what={}, before=found,
        )  # fmt: skip

    async def acknowledge(self, key: str, *, actor: str, reason: str) -> Document:
        """Say that somebody is at a firing alert. Raises `NotFiringError`."""
        rule, found, evaluation = await self._look(key)
        if found is None or found.phase is not Phase.FIRING:
            raise NotFiringError(found.phase if found else Phase.OK)
        by, incident = Acknowledgement(self._clock.now(), actor, reason), found.incident
        return await self._say(
            "alert.acknowledged", rule, evaluation,
            lambda alert: acknowledged(alert, by) if alert.incident == incident and alert.phase is Phase.FIRING else alert,
            actor=actor, reason=reason, what={"incident": incident}, before=found,
        )  # fmt: skip

    async def _look(self, key: str) -> tuple[Rule, Alert | None, Evaluation]:
        rule = self._rules.get(key)
        if rule is None:
            raise UnknownAlertError(key)
        collected = await self._collector.collect(counting=False)
        if "the alerts" in collected.unread:
            raise RetryableError("the alerts cannot be read", reason=Reason.STORE_UNAVAILABLE)
        found = evaluations([rule], collected.facts, collected.alerts, collected.at)
        return rule, collected.alerts.get(key), found[key]

    async def _say(
        self, action: str, rule: Rule, evaluation: Evaluation, change: Callable[[Alert], Alert], *, actor: str, reason: str,
        what: dict[str, Any], before: Alert | None,
    ) -> Document:  # fmt: skip
        now = self._clock.now()
        known = before or Alert(rule.key, rule.name, rule.subject)
        audit = audit_document(
            f"alert.{rule.key}.{self._clock.new_id()}", action, at=to_iso(now), actor=actor, reason=reason,
            what={"alert": rule.key, **what}, before=_seen(known, rule, evaluation, now),
            after=_seen(change(known), rule, evaluation, now),
        )  # fmt: skip
        await self._store.create(OPERATIONS.key, audit)
        document_id = f"alert.{rule.key}"

        def write(document: Document | None) -> Document | None:
            alert = Alert.from_document(document) if document else Alert(rule.key, rule.name, rule.subject)
            after = change(alert)
            return None if after is alert else after.to_document()

        stored = await update(
            self._store, self._clock, SERVICE_STATE.key, document_id, document_id, write, what=f"{rule.key}: keeps changing"
        )
        log_event(logger, f"on-call: {action}", alert=rule.key, **what)
        return rule_state(rule, Alert.from_document(stored) if stored else None, evaluation, now)


def _gravity(rule: Rule, alert: Alert | None, evaluation: Evaluation) -> Severity:
    """How grave it is now, or would be: what is to be quiet, and no more."""
    if alert is not None and alert.phase is Phase.FIRING and alert.severity is not None:
        return alert.severity
    return evaluation.severity if evaluation.holds else rule.severity


def _seen(alert: Alert, rule: Rule, evaluation: Evaluation, at: datetime) -> Document:
    return {"phase": alert.phase.value, **said_of(alert, _gravity(rule, alert, evaluation), at)}
