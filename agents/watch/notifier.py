"""Tells on-call what the watchdog has found: a log line that a rule of the platform can match, and a post to the webhook.

A notice is told by whoever wrote the state that holds it. What a webhook did not take stays untold in that state and is
sent again by a later look, with the same key. Nothing of this stops a look.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, Protocol

from agents.watch.alerts.rule import Rule, Severity
from agents.watch.alerts.state import Alert, Event, Notice
from agents.watch.incident.note import RUNBOOK
from agents.watch.safe_text import safe
from shared.clock import Clock, to_iso
from shared.errors import ProcessorError
from shared.observe.log import log_event

logger = logging.getLogger(__name__)
MAX_TEXT: Final = 500
PATIENCE: Final = timedelta(seconds=60)  # of one look: the next one is due in five minutes


class Receiver(Protocol):
    """Where notices are posted to."""

    async def post(self, document: Mapping[str, Any], *, key: str) -> None:
        """Deliver. Raises `ProcessorError` when it could not be delivered."""


class Notifier:
    """Tells the notices of one look; when the webhook fails once, the rest of the look does not try it again."""

    def __init__(self, *, clock: Clock, webhook: Receiver | None, build: str) -> None:
        self._clock = clock
        self._webhook = webhook
        self._build = build
        self._until = clock.now() + PATIENCE
        self._failing = False

    async def notify(self, rule: Rule, alert: Alert, notices: tuple[Notice, ...]) -> tuple[Notice, ...]:
        """Tell, oldest first; returns those that are delivered. All of them are in the log afterwards."""
        delivered = []
        for notice in notices:
            if not notice.logged:
                _log(alert, notice)
            if await self._post(rule, alert, notice):
                delivered.append(notice)
        return tuple(delivered)

    async def _post(self, rule: Rule, alert: Alert, notice: Notice) -> bool:
        if self._webhook is None:
            return True
        if self._failing or self._clock.now() > self._until:
            return False
        try:
            await self._webhook.post(document_of(rule, alert, notice, self._build), key=notice.key)
        except ProcessorError as error:
            self._failing = True
            log_event(
                logger, "the webhook did not take a notice, it is sent again at the next look", level=logging.ERROR,
                alert=alert.key, notice=notice.key, cause=str(error),
            )  # fmt: skip
            return False
        return True


def _log(alert: Alert, notice: Notice) -> None:
    level = logging.WARNING if notice.severity is Severity.TICKET else logging.ERROR
    log_event(
        logger, f"an alert has {notice.event.value}" if notice.event is not Event.REMINDED else "an alert still fires",
        level=logging.INFO if notice.event is Event.RESOLVED else level, alert=alert.key, event=notice.event.value,
        severity=notice.severity.value, incident=notice.incident, text=safe(notice.text, MAX_TEXT),
    )  # fmt: skip


def document_of(rule: Rule, alert: Alert, notice: Notice, build: str) -> dict[str, Any]:
    """Return what is posted: words and figures, no addresses, nobody's name. `id` tells doubles."""
    words = safe(notice.text, MAX_TEXT)
    return {
        "id": notice.key, "incident": notice.incident, "event": notice.event.value, "severity": notice.severity.value,
        "alert": alert.key, "rule": alert.rule, "subject": alert.subject, "title": rule.title, "at": to_iso(notice.at),
        "text": f"[{notice.severity.value}] {alert.key} {notice.event.value}: {rule.title}. {words}",
        "build": build, "runbook": RUNBOOK,
    }  # fmt: skip
