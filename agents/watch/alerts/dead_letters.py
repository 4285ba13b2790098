"""The rules of the dead letters: more of them than usual (A1, A2), not taken in (A4), evidence about to be lost (A5).

A plain ratio alarms by chance at a few hundred jobs a day and is blind at thirty. So the question asked is how likely the
count would be if jobs failed at twice the ordinary ratio: `P(Bin(n, 2b) >= d)`, with at least three dead letters.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from agents.watch.alerts.binomial import lower_tail, tail
from agents.watch.alerts.facts import Facts, Ingress, Window
from agents.watch.alerts.rule import Figures, Finding, Rule, Severity, hours, minutes, unknown
from agents.watch.alerts.thresholds import AlertThresholds

INGRESS: Final = "A1"
SLOW_RISE: Final = "A2"
_SHORT: Final = {INGRESS: "1 h", SLOW_RISE: "24 h"}
_LONG: Final = {INGRESS: "6 h", SLOW_RISE: "72 h"}
_FORMULA: Final = (
    "{short}: {dead_short} dead of {ended_short}, chance {chance_short:.1e}; {long}: {dead_long} of {ended_long}, "
    "chance {chance_long:.1e}; fires at {minimum} dead or more with a chance below {alpha:.0e} "
    "at {hypothesis:.2%} (twice the ordinary {baseline:.2%})"
)


def dead_letter_rules(thresholds: AlertThresholds) -> tuple[Rule, ...]:
    """Return A1, A2, A4 and A5."""
    return (
        Rule(
            INGRESS, "More jobs die than usual", Severity.PAGE, _FORMULA,
            _ingress_judge(INGRESS, thresholds.page_alpha, thresholds, lambda ingress: (ingress.hour, ingress.six_hours)),
            in_a_row=2, quiet=timedelta(minutes=30), echo=timedelta(hours=6),
        ),
        Rule(
            SLOW_RISE, "More jobs die than usual, slowly rising", Severity.TICKET, _FORMULA,
            _ingress_judge(SLOW_RISE, thresholds.ticket_alpha, thresholds, lambda ingress: (ingress.day, ingress.three_days)),
            echo=timedelta(hours=72),
        ),
        Rule(
            "A4", "Dead letters cannot be decoded or stored", Severity.PAGE,
            "{persist_failures} could not be stored and {decode_failures} not decoded since the last look (fires at 1); "
            "the oldest without a record waits {oldest_minutes:.0f} min (fires after {limit_minutes:.0f})",
            _care_judge(thresholds), quiet=timedelta(minutes=30),
        ),
        Rule(
            "A5", "Evidence is about to be lost", Severity.TICKET,
            "{open_records} open records, {expiry} (fires below {notice_hours:.0f} h); "
            "the oldest message without a record is {oldest_hours:.1f} h old (pages after {page_hours:.0f})",
            _evidence_judge(thresholds),
        ),
    )  # fmt: skip


def _ingress_judge(
    name: str, alpha: float, thresholds: AlertThresholds, windows: Callable[[Ingress], tuple[Window, Window]]
) -> Callable[[Facts, datetime], Finding]:
    """Judge a short and a long window, either of which may fire.

    An incident is over when the short window is ordinary, and the long one is too or the short one refutes the ratio that
    fired: without the second part, an hour that is quiet by chance would close a small incident as soon as it has opened. For
    as long as the long window then still holds the old evidence, only the short one may fire.
    """

    def judge(facts: Facts, _at: datetime) -> Finding:
        if facts.ingress is None:
            return unknown(short=_SHORT[name], long=_LONG[name], minimum=thresholds.minimum_dead, alpha=alpha)
        opened = facts.opened.get(name)
        frozen = facts.opened.get(INGRESS) or opened
        baseline = frozen.baseline if frozen else facts.ingress.baseline(thresholds.baseline_floor)
        hypothesis = min(1.0, baseline * thresholds.baseline_factor)
        short, long = windows(facts.ingress)
        chances = [tail(window.dead, window.trials, hypothesis) for window in (short, long)]
        firing = [
            window.dead >= thresholds.minimum_dead and chance < alpha
            for window, chance in zip((short, long), chances, strict=True)
        ]
        refuted = opened is not None and lower_tail(short.dead, short.trials, opened.ratio) < thresholds.refuted
        ordinary = [chance > thresholds.clear_tail for chance in chances]
        clear = short.trials >= 1 and ordinary[0] and (ordinary[1] or refuted)
        echo = opened is not None and opened.over
        ratio = max([window.ratio for window, fires in zip((short, long), firing, strict=True) if fires], default=0.0)
        figures: Figures = {
            "short": _SHORT[name], "dead_short": short.dead, "ended_short": short.trials, "chance_short": chances[0],
            "long": _LONG[name], "dead_long": long.dead, "ended_long": long.trials, "chance_long": chances[1],
            "minimum": thresholds.minimum_dead, "alpha": alpha, "hypothesis": hypothesis, "baseline": baseline, "ratio": ratio,
        }  # fmt: skip
        return Finding(firing[0] or (firing[1] and not echo), figures, clear=clear)

    return judge


def _care_judge(thresholds: AlertThresholds) -> Callable[[Facts, datetime], Finding]:
    def judge(facts: Facts, _at: datetime) -> Finding:
        care, limit = facts.care, minutes(thresholds.unstored_age)
        if care is None:
            return unknown(limit_minutes=limit)
        oldest = care.oldest_age or timedelta(0)
        holds = care.persist_failures + care.decode_failures > 0 or oldest > thresholds.unstored_age
        figures = {
            "persist_failures": care.persist_failures, "decode_failures": care.decode_failures,
            "oldest_minutes": minutes(oldest), "limit_minutes": limit,
        }  # fmt: skip
        return Finding(holds, figures)

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
        return Finding(expiring or old, figures, Severity.PAGE if old else Severity.TICKET)

    return judge
