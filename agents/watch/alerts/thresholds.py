"""The numbers of the alert rules, in one place. Those of the dead letters were chosen by simulation; a test repeats it."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class AlertThresholds:
    """When each rule fires. Ratios and probabilities are 0..1."""

    # dead letters: the smallest count, twice the baseline as the hypothesis, and how unlikely the count must be under it
    baseline_floor: float = 0.005
    minimum_dead: int = 3
    baseline_factor: float = 2.0
    page_alpha: float = 1e-4
    ticket_alpha: float = 1e-3  # from about 2,000 jobs a day on: 1e-4
    clear_tail: float = 0.05  # a window is ordinary again when its count is at least this likely
    refuted: float = 0.001  # or when it makes the ratio that fired less likely than this
    # attempts
    failing_attempts: float = 0.5
    minimum_attempts: int = 5
    recovered_attempts: float = 0.25
    breaker_open: timedelta = timedelta(minutes=10)
    breaker_page: timedelta = timedelta(minutes=60)
    # outages
    outage_attempts: float = 0.8
    outage_minimum: int = 30
    dependency_down: timedelta = timedelta(minutes=4)  # at the second look that sees it: within ten minutes of the outage
    dependency_limited: timedelta = timedelta(minutes=10)
    uncounted: timedelta = timedelta(minutes=30)
    # evidence
    unstored_age: timedelta = timedelta(minutes=10)
    unstored_page_age: timedelta = timedelta(days=3)
    expiry_notice: timedelta = timedelta(days=7)
    # timers
    slot_allowance: timedelta = timedelta(minutes=60)
    without_success: timedelta = timedelta(hours=36)
    heartbeat_gone: timedelta = timedelta(minutes=15)  # as the ledger says `abandoned`
    short_run_share: float = 0.1  # of the median of the runs before
    short_run_history: int = 8
    short_run_median: timedelta = timedelta(seconds=60)  # runs that are short anyway tell nothing by being shorter
    office_hours: tuple[int, int] = (7, 19)  # UTC, Monday to Friday: a missed digest pages in them
    watch_silence: timedelta = timedelta(minutes=30)
    # queues
    queue_age: timedelta = timedelta(hours=24)
    queue_slope: float = 0.2  # minutes of age a minute
    stuck_slope: float = 0.9
    critical_age: timedelta = timedelta(hours=72)
    # spend
    spend_factor: float = 1.5
    spend_history: int = 7  # whole days before anything is compared
    spend_floor: float = 50.0  # of the unit: a day below it is nobody's worry
    # invariants
    repairs_an_hour: int = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the watchdog looks, and how often a firing alert is told again."""

    look: timedelta = timedelta(minutes=5)
    remind: timedelta = timedelta(hours=4)

    @property
    def slack(self) -> timedelta:
        """Two looks this much closer than planned still count as two; two evaluators of the same minute do not."""
        return self.look / 5
