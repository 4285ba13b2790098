"""The rules of the dead letters: more of them than usual (A1, A2), not taken in (A4), evidence about to be lost (A5).

Only the dead letters that are still open count against a rule: what was replayed, purged or settled itself is nobody's alert.
A plain ratio alarms by chance at a few hundred jobs a day and is blind at thirty. So the question asked is how likely the
count would be if jobs failed at twice the ordinary ratio: `P(Bin(n, 2b) >= d)`, with at least three dead letters.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from agents.watch.alerts.binomial import lower_tail, tail
from agents.watch.alerts.facts import Facts, Ingress, Opened, Window
from agents.watch.alerts.next_calls import GROUPS, QUEUES, NextCall
from agents.watch.alerts.rule import Figures, Finding, Rule, Severity, hours, minutes, unknown
from agents.watch.alerts.thresholds import AlertThresholds

INGRESS: Final = "A1"
SLOW_RISE: Final = "A2"
CARE: Final = "A4"
EVIDENCE: Final = "A5"
RULES_OF_DEAD_LETTERS: Final = frozenset({INGRESS, SLOW_RISE, CARE, EVIDENCE})
_SHORT: Final = {INGRESS: "1 h", SLOW_RISE: "24 h"}
_LONG: Final = {INGRESS: "6 h", SLOW_RISE: "72 h"}
_FORMULA: Final = (
    "{short}: {dead_short} dead and open of {at_least}{ended_short} (odds {chance_short:odds}); "
    "{long}: {dead_long} of {at_least}{ended_long} (odds {chance_long:odds}); fires at {minimum} or more with odds below "
    "{alpha:odds} at {hypothesis:.2%}, twice the ordinary {baseline:.2%}"
)
_CARE: Final = "{persist_failures} could not be stored and {decode_failures} not decoded since the last look"
_EVIDENCE: Final = "{open_records} open records, {expiry} (fires below {notice_hours:.0f} h)"


def dead_letter_rules(thresholds: AlertThresholds) -> tuple[Rule, ...]:
    """Return A1, A2, A4 and A5."""
    return (
        Rule(
            INGRESS, "More jobs die than usual", Severity.PAGE, _FORMULA,
            _ingress_judge(INGRESS, thresholds.page_alpha, thresholds, lambda ingress: (ingress.hour, ingress.six_hours)),
            in_a_row=2, quiet=timedelta(minutes=30), echo=timedelta(hours=6), hint=_ingress_hint, calls=_by_cause,
        ),
        Rule(
            SLOW_RISE, "More jobs die than usual, slowly rising", Severity.TICKET, _FORMULA,
            _ingress_judge(SLOW_RISE, thresholds.ticket_alpha, thresholds, lambda ingress: (ingress.day, ingress.three_days)),
            echo=timedelta(hours=72), hint=_slow_hint, calls=_by_cause,
        ),
        Rule(
            CARE, "Dead letters cannot be decoded or stored", Severity.PAGE, _CARE, _care_judge(thresholds),
            quiet=timedelta(minutes=30), hint=_care_hint, calls=lambda _subject, _figures: (GROUPS, QUEUES),
        ),
        Rule(
            EVIDENCE, "Evidence is about to be lost", Severity.TICKET, _EVIDENCE, _evidence_judge(thresholds),
            hint=_evidence_hint, calls=_by_cause,
        ),
    )  # fmt: skip


def _ingress_judge(
    name: str, alpha: float, thresholds: AlertThresholds, windows: Callable[[Ingress], tuple[Window, Window]]
) -> Callable[[Facts, datetime], Finding]:
    """Judge a short and a long window, either of which may fire; for as long as the long one still holds the evidence of an
    incident that is over, only the short one may.
    """

    def judge(facts: Facts, _at: datetime) -> Finding:
        if facts.ingress is None:
            return unknown(short=_SHORT[name], long=_LONG[name], minimum=thresholds.minimum_dead, alpha=alpha, at_least="")
        opened = facts.opened.get(name)
        frozen = facts.opened.get(INGRESS) or opened
        baseline = frozen.baseline if frozen else facts.ingress.baseline(thresholds.baseline_floor)
        hypothesis = min(1.0, baseline * thresholds.baseline_factor)
        short, long = windows(facts.ingress)
        chances = [tail(window.open, window.trials, hypothesis) for window in (short, long)]
        firing = [
            window.open >= thresholds.minimum_dead and chance < alpha
            for window, chance in zip((short, long), chances, strict=True)
        ]
        clear = _is_over(short, long, chances, opened, thresholds)
        settled = long.dead - long.open
        echo = opened is not None and opened.over
        ratio = max([window.ratio for window, fires in zip((short, long), firing, strict=True) if fires], default=0.0)
        figures: Figures = {
            "short": _SHORT[name], "dead_short": short.open, "ended_short": short.trials, "chance_short": chances[0],
            "long": _LONG[name], "dead_long": long.open, "ended_long": long.trials, "chance_long": chances[1],
            "minimum": thresholds.minimum_dead, "alpha": alpha, "hypothesis": hypothesis, "baseline": baseline, "ratio": ratio,
            "at_least": "at least " if facts.ingress.at_least else "", "settled": settled,
            "recent": facts.ingress.six_hours.open,
        }  # fmt: skip
        formula = f"{_FORMULA}; {{settled}} more were settled since" if settled > 0 else _FORMULA
        repaired = clear and settled > 0
        return Finding(firing[0] or (firing[1] and not echo), figures, clear=clear, formula=formula, repaired=repaired)

    return judge


def _is_over(
    short: Window, long: Window, chances: Sequence[float], opened: Opened | None, thresholds: AlertThresholds
) -> bool:  # fmt: skip
    """Whether an incident is over: its dead letters are all settled, or the short window is ordinary, and the long one is too
    or the short one refutes the ratio that fired. By an ordinary short one alone, an hour that is quiet by chance would close
    a small incident as soon as it has opened.
    """
    if long.open == 0 < long.dead:
        return True
    refuted = opened is not None and lower_tail(short.open, short.trials, opened.ratio) < thresholds.refuted
    short_ordinary, long_ordinary = (chance > thresholds.clear_tail for chance in chances)
    return short.trials >= 1 and short_ordinary and (long_ordinary or refuted)


def _care_judge(thresholds: AlertThresholds) -> Callable[[Facts, datetime], Finding]:
    def judge(facts: Facts, _at: datetime) -> Finding:
        care, limit = facts.care, minutes(thresholds.unstored_age)
        if care is None:
            return unknown(limit_minutes=limit)
        oldest = care.oldest_age or timedelta(0)
        parts = [
            words
            for holds, words in (
                (care.persist_failures, "{persist_failures} could not be stored since the last look"),
                (care.decode_failures, "{decode_failures} that nobody can decode came since the last look"),
                (
                    oldest > thresholds.unstored_age,
                    "the oldest without a record waits {oldest_minutes:span}, over {limit_minutes:span}",
                ),
            )
            if holds
        ]
        figures = {
            "persist_failures": care.persist_failures, "decode_failures": care.decode_failures,
            "oldest_minutes": minutes(oldest), "limit_minutes": limit,
        }  # fmt: skip
        return Finding(bool(parts), figures, formula="; ".join(parts))

    return judge


def _evidence_judge(thresholds: AlertThresholds) -> Callable[[Facts, datetime], Finding]:
    def judge(facts: Facts, at: datetime) -> Finding:
        care, notice, page = facts.care, hours(thresholds.expiry_notice), hours(thresholds.unstored_page_age)
        if care is None:
            return unknown(notice_hours=notice, page_hours=page)
        left = care.nearest_expiry - at if care.nearest_expiry else None
        oldest = care.oldest_age or timedelta(0)
        expiring, old = left is not None and left < thresholds.expiry_notice, oldest > thresholds.unstored_page_age
        figures: Figures = {
            "open_records": care.open_records,
            "expiry": "none expires" if left is None else f"the first expires in {hours(left):.1f} h",
            "notice_hours": notice, "oldest_hours": hours(oldest), "page_hours": page,
        }  # fmt: skip
        waits = "; a message without a record is {oldest_hours:.1f} h old (pages after {page_hours:.0f})" if old else ""
        return Finding(expiring or old, figures, Severity.PAGE if old else Severity.TICKET, formula=_EVIDENCE + waits)

    return judge


def _by_cause(_subject: str, _figures: Figures) -> tuple[NextCall, ...]:
    return (GROUPS,)


def _ingress_hint(_figures: Figures) -> str:
    return "Look at the causes and at what changed; stop the cause before anything is replayed."


def _slow_hint(figures: Figures) -> str:
    """The windows are long, what is in them may be young."""
    recent, day, three_days = figures.get("recent"), figures.get("dead_short"), figures.get("dead_long")
    if not isinstance(recent, int) or not isinstance(three_days, int):
        return "Compare the first time seen of each cause with what changed."
    if recent == three_days:
        return f"All {three_days} died within the last 6 h: this is no slow rise. Look at the causes as for A1."
    return f"{day} of the last 24 h and {three_days} of the last 72 h wait: compare the first time seen with what changed."


def _care_hint(figures: Figures) -> str:
    """What cannot be stored is the store's trouble, what cannot be decoded the producer's."""
    found = []
    if figures.get("persist_failures") or (figures.get("oldest_minutes") or 0) > (figures.get("limit_minutes") or 0):  # type: ignore[operator]  # numbers, as the judge gives them
        found.append(
            "Payloads wait in a dead-letter queue without a record: see whether the store is up; do not clear the queue."
        )
    if figures.get("decode_failures"):
        found.append("A producer sends what nobody can decode: find it. The payloads are stored and wait in the queue as well.")
    return " ".join(found) or "Every dead letter has its record now."


def _evidence_hint(figures: Figures) -> str:
    if not figures.get("open_records"):
        return "No record is open: see why messages wait in a dead-letter queue without one; do not clear the queue."
    return f"Settle the {figures['open_records']} open records before they expire: replay, repair, or purge with a reason."
