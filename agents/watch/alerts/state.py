"""The kept state of each alert: ok, pending, firing, resolved. An alert fires once and resolves once, Whoever looks.

`step` is pure: from the same document and evaluation two evaluators make the same next document, and the store's
compare-and-set lets one of them write it. The notices to send are part of that document, so that a process that dies after
the write has not swallowed the alert: what is still untold after a while is told by a later look. Receivers tell doubles
by the notice's key.

A silenced alert goes on with its life and tells nothing of it, unless it becomes graver than what was silenced; what still
fires when the silence ends is told then. An acknowledged one is not told again as long as it is no graver.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from agents.watch.alerts.facts import Opened
from agents.watch.alerts.hush import Acknowledgement, Hush
from agents.watch.alerts.rule import Evaluation, Figures, Rule, Severity
from agents.watch.alerts.thresholds import Pace
from shared.clock import from_iso, to_iso

RETELL: Final = timedelta(minutes=4)  # whoever wrote a notice had this long to send it
MAX_UNTOLD: Final = 20


class Phase(StrEnum):
    """Where an alert stands."""

    OK = "ok"
    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


class Event(StrEnum):
    """What a look made of it."""

    FIRED = "fired"
    RESOLVED = "resolved"
    REMINDED = "reminded"  # still firing after a while, or graver than it was told


@dataclass(frozen=True, slots=True)
class Notice:
    """One event of an incident that somebody has to be told of. `logged`: it stands in the log, its delivery has failed."""

    event: Event
    at: datetime
    severity: Severity
    text: str
    incident: str
    logged: bool = False

    @property
    def key(self) -> str:
        """What is the same in a double of this notice, and in nothing else."""
        return f"{self.incident}.{self.event.value}.{to_iso(self.at)}"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert's document. `version` counts its changes; `fired_text` and `fired_figures` are those of the moment it fired;
    `text` and `figures` those of the last look that knew something; `unknown_since`: looks have known nothing since.
    `told_at`: of the last notice; `telling_at`: when somebody last took it on to send what is untold. `owed`: its silence has
    ended while it fired, and it has to be told.
    """

    key: str
    rule: str
    subject: str = ""
    phase: Phase = Phase.OK
    version: int = 0
    severity: Severity | None = None
    updated_at: datetime | None = None
    held_since: datetime | None = None
    fired_at: datetime | None = None
    told_at: datetime | None = None
    telling_at: datetime | None = None
    clear_since: datetime | None = None
    resolved_at: datetime | None = None
    unknown_since: datetime | None = None
    text: str = ""
    figures: Figures = field(default_factory=dict)
    fired_figures: Figures = field(default_factory=dict)
    fired_text: str = ""
    untold: tuple[Notice, ...] = ()
    silenced: Hush | None = None
    acknowledged: Acknowledgement | None = None
    owed: bool = False

    def quiet(self, severity: Severity, at: datetime) -> Hush | None:
        """Return the silence that covers it at `at`, were it of this severity."""
        return self.silenced if self.silenced and self.silenced.covers(severity, at) else None

    @property
    def incident(self) -> str:
        """The id of its last incident: the same for everything told of it."""
        return f"{self.key}.{to_iso(self.fired_at)}" if self.fired_at else ""

    def to_document(self) -> dict[str, Any]:
        """Return the document to store; `id` is its key."""
        document: dict[str, Any] = {
            "id": f"alert.{self.key}", "type": "alert", "key": self.key, "rule": self.rule, "subject": self.subject,
            "phase": self.phase.value, "version": self.version, "severity": self.severity.value if self.severity else None,
            "text": self.text, "figures": dict(self.figures), "firedFigures": dict(self.fired_figures),
            "firedText": self.fired_text, "silenced": self.silenced.to_document() if self.silenced else None,
            "owed": self.owed,
            "acknowledged": self.acknowledged.to_document() if self.acknowledged else None,
            "untold": [
                {
                    "event": one.event.value, "at": to_iso(one.at), "severity": one.severity.value, "text": one.text,
                    "incident": one.incident, "logged": one.logged,
                }
                for one in self.untold
            ],
        }  # fmt: skip
        for name, field_name in _INSTANTS.items():
            at = getattr(self, field_name)
            document[name] = to_iso(at) if at else None
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Alert":
        """Parse a stored document. Raises KeyError or ValueError on what is none."""
        instants = {name: from_iso(document[key]) if document.get(key) else None for key, name in _INSTANTS.items()}
        return cls(
            key=document["key"], rule=document["rule"], subject=document["subject"], phase=Phase(document["phase"]),
            version=int(document["version"]), severity=Severity(document["severity"]) if document["severity"] else None,
            text=document["text"], figures=dict(document["figures"]), fired_figures=dict(document["firedFigures"]),
            fired_text=str(document.get("firedText", document["text"])),
            silenced=Hush.from_document(document.get("silenced")),
            acknowledged=Acknowledgement.from_document(document.get("acknowledged")), owed=bool(document.get("owed")),
            untold=tuple(
                Notice(
                    Event(one["event"]), from_iso(one["at"]), Severity(one["severity"]), one["text"], one["incident"],
                    one["logged"],
                )
                for one in document["untold"]
            ),
            **instants,
        )  # fmt: skip


_INSTANTS: Final = {
    "updatedAt": "updated_at", "heldSince": "held_since", "firedAt": "fired_at", "toldAt": "told_at",
    "tellingAt": "telling_at", "clearSince": "clear_since", "resolvedAt": "resolved_at", "unknownSince": "unknown_since",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """The next state and what happened. The same object as before: there is nothing to write."""

    alert: Alert
    event: Event | None = None


def step(rule: Rule, before: Alert | None, evaluation: Evaluation, at: datetime, pace: Pace) -> Step:
    """Return the state after a look at `at`.

    A look older than the state changes nothing: its facts are older too. An unknown evaluation neither fires nor resolves,
    and a firing alert is still told again.
    """
    alert = before or Alert(rule.key, rule.name, rule.subject)
    if alert.updated_at is not None and at < alert.updated_at:
        return Step(alert)
    if alert.silenced is not None and at >= alert.silenced.until:
        alert = replace(unsilenced(alert), updated_at=at)
    if evaluation.holds is None:
        blind = alert if alert.unknown_since else _changed(alert, at, unknown_since=at)
        return _remind(rule, blind, evaluation, at, pace) if alert.phase is Phase.FIRING else Step(blind)
    if alert.unknown_since is not None:
        alert = replace(alert, unknown_since=None, version=alert.version + 1, updated_at=at)
    if alert.phase is Phase.FIRING:
        return _while_firing(rule, alert, evaluation, at, pace)
    if not evaluation.holds:
        fallen = alert.phase is Phase.PENDING
        return Step(_changed(alert, at, phase=Phase.OK, held_since=None) if fallen else alert)
    held_since = alert.held_since if alert.phase is Phase.PENDING and alert.held_since else at
    if at - held_since < (rule.in_a_row - 1) * (pace.look - pace.slack):
        return Step(
            alert if alert.phase is Phase.PENDING else _changed(alert, at, evaluation, phase=Phase.PENDING, held_since=at)
        )
    fired = _changed(
        alert, at, evaluation, phase=Phase.FIRING, held_since=held_since, fired_at=at, severity=evaluation.severity,
        fired_figures=evaluation.figures, fired_text=evaluation.text, clear_since=None, resolved_at=None, acknowledged=None,
    )  # fmt: skip
    return _tell(fired, Event.FIRED, at)


def opened_of(rule: Rule, alert: Alert | None, at: datetime) -> Opened | None:
    """Return what the rule has to remember of its last incident: all the while it fires, and for `echo` after that."""
    if alert is None or "baseline" not in alert.fired_figures:
        return None
    over = alert.phase is not Phase.FIRING
    if over and (alert.resolved_at is None or at - alert.resolved_at >= rule.echo):
        return None
    figures = alert.fired_figures
    return Opened(float(figures["baseline"] or 0.0), float(figures["ratio"] or 0.0), over)


def silenced(alert: Alert, hush: Hush) -> Alert:
    """Return the alert with a silence; what waits to be told is part of what is to be quiet."""
    return replace(alert, silenced=hush, untold=(), version=alert.version + 1)


def unsilenced(alert: Alert) -> Alert:
    """Return the alert without its silence: what fires has to be told at the next look."""
    return replace(alert, silenced=None, owed=alert.phase is Phase.FIRING, version=alert.version + 1)


def acknowledged(alert: Alert, by: Acknowledgement) -> Alert:
    """Return the alert with somebody at it."""
    return replace(alert, acknowledged=by, version=alert.version + 1)


def due_notices(alert: Alert, at: datetime) -> tuple[Notice, ...]:
    """Return what the writer of this state has to tell: what it added itself, and what others had the time to tell."""
    taken = alert.telling_at is not None and at - alert.telling_at < RETELL
    return tuple(one for one in alert.untold if to_iso(one.at) == to_iso(at) or (not taken and at - one.at >= RETELL))


def told(alert: Alert, sent: tuple[Notice, ...], logged: tuple[Notice, ...] = ()) -> Alert:
    """Return the state after these notices were delivered, and those are in the log at least."""
    gone, noted = {one.key for one in sent}, {one.key for one in logged}
    left = tuple(replace(one, logged=True) if one.key in noted else one for one in alert.untold if one.key not in gone)
    return alert if left == alert.untold else replace(alert, untold=left, version=alert.version + 1)


def _while_firing(rule: Rule, alert: Alert, evaluation: Evaluation, at: datetime, pace: Pace) -> Step:
    if not evaluation.clear:
        return _remind(rule, _changed(alert, at, evaluation, clear_since=None), evaluation, at, pace)
    clear_since = alert.clear_since or at
    quiet = min(rule.quiet, pace.look - pace.slack) if evaluation.repaired else rule.quiet
    if at - clear_since < quiet:
        return _remind(rule, _changed(alert, at, evaluation, clear_since=clear_since), evaluation, at, pace)
    closed = _changed(alert, at, evaluation, phase=Phase.RESOLVED, held_since=None, clear_since=None, resolved_at=at)
    return _tell(closed, Event.RESOLVED, at)


def _remind(rule: Rule, alert: Alert, evaluation: Evaluation, at: datetime, pace: Pace) -> Step:
    """Tell a firing alert again when it is time, or at once when it has become graver than was told."""
    grave = alert.severity or rule.severity
    now = grave if evaluation.holds is None else max(grave, evaluation.severity, key=lambda one: one.rank)
    if rule.page_after is not None and alert.fired_at is not None and at - alert.fired_at > rule.page_after:
        now = max(now, Severity.PAGE, key=lambda one: one.rank)
    late = alert.told_at is None or alert.owed or at - alert.told_at >= pace.remind
    due = late and alert.acknowledged is None
    if now is grave and (not due or alert.quiet(now, at)):
        return Step(alert)
    stays = alert.acknowledged if now is grave else None
    return _tell(_changed(alert, at, severity=now, acknowledged=stays), Event.REMINDED, at)


def _tell(alert: Alert, event: Event, at: datetime) -> Step:
    """Add the notice of an event, unless the alert is silenced for it; what was never told to fire is not told to resolve."""
    severity = alert.severity or Severity.PAGE
    if event is Event.RESOLVED:
        alert = replace(alert, acknowledged=None, owed=False)
        if alert.told_at is None or (alert.fired_at is not None and alert.told_at < alert.fired_at):
            return Step(alert, event)
    elif alert.quiet(severity, at):
        return Step(alert, event)
    elif alert.silenced is not None:
        alert = replace(alert, silenced=None)  # broken by what is graver
    text = alert.fired_text if event is Event.REMINDED and alert.clear_since else alert.text
    notice = Notice(event, at, severity, text, alert.incident)
    return Step(replace(alert, told_at=at, owed=False, untold=(*alert.untold, notice)[-MAX_UNTOLD:]), event)


def _changed(alert: Alert, at: datetime, evaluation: Evaluation | None = None, **fields: Any) -> Alert:  # noqa: ANN401  (replace's)
    """Return the alert with these fields, and its version one higher."""
    if evaluation is not None:
        fields |= {"text": evaluation.text, "figures": evaluation.figures}
    return replace(alert, version=alert.version + 1, updated_at=at, **fields)
