"""The timers: one row each. The triggers, the ledger's work, the watchdog and the endpoints all read the same rows.

A row with a schedule of its own (`LEDGERED`) has one run a slot in the ledger, is judged by the watchdog and can be run by
hand; a chore (`CHORES`) keeps no rows. Which work belongs to which is said in `agents.assembly`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from agents.runs.schedule import Schedule


@dataclass(frozen=True, slots=True)
class LedgeredTimer:
    """`name`: in the ledger and the endpoints; `function`: its trigger's; `grace`: how late a slot may still begin;
    `longest_run`: after which the watchdog takes a run for stuck; `quiet_runs`: how many in a row may have had nothing to do.
    """

    name: str
    function: str
    schedule: Schedule
    grace: timedelta
    longest_run: timedelta
    quiet_runs: int = 0

    @property
    def ncrontab(self) -> str:
        """The trigger's expression."""
        return self.schedule.ncrontab


@dataclass(frozen=True, slots=True)
class Chore:
    """What is done again and again, late or not. `ncrontab`: the trigger's expression."""

    name: str
    function: str
    ncrontab: str


DIGEST: Final = LedgeredTimer(
    "digest", "PluckItWeeklyDigest", Schedule(hour=9, weekday=0),
    grace=timedelta(minutes=60),  # later than that the window is left out: on-call decides
    longest_run=timedelta(minutes=60),
)  # fmt: skip
MOODS: Final = LedgeredTimer(
    "moods", "PluckItMoodProcessor", Schedule(hour=6),
    grace=timedelta(hours=12),  # later than that the day is over for its readers: it waits for the next
    longest_run=timedelta(minutes=30),
    quiet_runs=2,  # feeds rest over a weekend
)  # fmt: skip
SCRAPER: Final = LedgeredTimer(
    "scraper", "PluckItScraper", Schedule(hour=7),
    grace=timedelta(hours=12),  # later than that the next morning is near
    longest_run=timedelta(minutes=120),
)  # fmt: skip
LEDGERED: Final = (DIGEST, MOODS, SCRAPER)

SWEEP: Final = Chore("sweep", "SweepDeadLetters", "30 */5 * * * *")
RECONCILE: Final = Chore("reconcile", "ReconcileJobs", "0 */10 * * * *")
WATCH: Final = Chore("watch", "OpsWatch", "0 */5 * * * *")
SWEEP_TASTE: Final = Chore("sweep-taste", "SweepTaste", "0 30 4 * * *")
CHORES: Final = (SWEEP, RECONCILE, WATCH, SWEEP_TASTE)

TimerName = Literal["digest", "moods", "scraper"]  # of those that can be run by hand
TimerRow = LedgeredTimer | Chore
