"""How much a garment is worn, and how lately; and the seasons that say what comes next. Pure."""

import heapq
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import log
from typing import Final, Literal

from agents.weekly_digest.items import WardrobeItem, Wear
from shared.fashion.climate import Hemisphere

Season = Literal["winter", "spring", "summer", "autumn"]

HALF_LIFE: Final = timedelta(days=60)
HALF_LIFE_SECONDS: Final = HALF_LIFE.total_seconds()
NEVER_WORN_AFTER: Final = timedelta(days=30)
NO_LONGER_WORN_AFTER: Final = timedelta(days=180)
SEASON_AHEAD: Final = timedelta(days=45)
WEATHER_OF: Final = timedelta(days=365)
KNOWN_AFTER: Final = timedelta(days=90)
MONTHS: Final = 12
NORTH: Final[tuple[Season, ...]] = ("winter", "spring", "summer", "autumn")
OPPOSITE: Final = 2


def wear_score(item: WardrobeItem, at: datetime) -> float:
    """Return how much a garment is worn of late: the sum over its wears of 2 ** (-age / 60 days).

    Only the last 30 wears have a date. Those beyond them lie between the day the garment was added and the oldest dated wear,
    and count as if spread evenly over that time; where no day of adding is known, as if all on the day of the oldest dated
    wear, which is the most they can count. Without any date at all they count nothing.
    """
    times = item.worn_at
    if times and times[0] > at:
        times = tuple([min(time, at) for time in times])
    # by seconds: to divide one duration by another takes longer than all else here
    dated: float = sum([2.0 ** -((at - time).total_seconds() / HALF_LIFE_SECONDS) for time in times])
    beyond = item.wears - len(times)
    latest = item.worn_at[-1] if item.worn_at else item.last_worn_at
    if beyond <= 0 or latest is None:
        return dated
    return dated + beyond * _mean_decay(at - latest, at - item.added_at if item.added_at else None)


def wears_a_year(item: WardrobeItem, at: datetime) -> int | None:
    """Return how often a garment is worn in a year: as it was in the last one, or on average where no wear has a date.

    None where that is not known. Of one that is owned for less than 90 days nothing is known yet.
    """
    owned = at - item.added_at if item.added_at else None
    if owned is not None and owned < KNOWN_AFTER:
        return None
    if item.worn_at:
        since = at - WEATHER_OF
        last = sum([time >= since for time in item.worn_at])
        days = WEATHER_OF if owned is None else min(owned, WEATHER_OF)
        return round(last * (WEATHER_OF / days))
    return round(item.wears * (WEATHER_OF / owned)) if owned is not None else None


def is_never_worn(item: WardrobeItem, at: datetime) -> bool:
    """Whether a garment owned for more than 30 days, or since nobody knows when, was never worn."""
    return item.wears == 0 and (item.added_at is None or at - item.added_at > NEVER_WORN_AFTER)


def is_no_longer_worn(item: WardrobeItem, at: datetime) -> bool:
    """Whether a garment was worn before, but not in the last 180 days."""
    return item.last_worn_at is not None and at - item.last_worn_at > NO_LONGER_WORN_AFTER


def wears_by_month(items: Sequence[WardrobeItem], at: datetime) -> tuple[tuple[str, int], ...]:
    """Return the dated wears of the last 12 months, oldest first, as (`2026-06`, wears); a month without any is there too."""
    newest = at.year * MONTHS + at.month - 1
    oldest = newest - MONTHS + 1
    counts = dict.fromkeys(range(oldest, newest + 1), 0)
    for item in items:
        for time in item.worn_at:
            month = time.year * MONTHS + time.month - 1
            if month < oldest:
                break  # they are newest first
            if month in counts:
                counts[month] += 1
    return tuple((f"{month // MONTHS:04d}-{month % MONTHS + 1:02d}", wears) for month, wears in counts.items())


def latest_weather(items: Sequence[WardrobeItem], at: datetime, limit: int) -> tuple[Wear, ...]:
    """Return the last wears, of the last year, whose weather is known: newest first."""
    since = at - WEATHER_OF
    known = [
        (time, weather)
        for item in items
        for time, weather in zip(item.worn_at, item.weathers, strict=True)
        if weather and time >= since
    ]
    oldest = min(heapq.nlargest(limit, (time for time, _ in known)), default=at)
    kept = [Wear(time, weather) for time, weather in known if time >= oldest]
    return tuple(sorted(kept, key=lambda wear: (wear.at, sorted(wear.weather)), reverse=True)[:limit])


def season_at(at: datetime, hemisphere: Hemisphere) -> Season:
    """Return the meteorological season: winter is December to February in the north, June to August in the south."""
    index = at.month % MONTHS // 3
    return NORTH[index if hemisphere == "north" else (index + OPPOSITE) % len(NORTH)]


def coming_season(at: datetime, hemisphere: Hemisphere) -> Season:
    """Return the season 45 days ahead: what is bought now is worn then."""
    return season_at(at + SEASON_AHEAD, hemisphere)


def _decay(age: timedelta) -> float:
    return float(2.0 ** -max(age / HALF_LIFE, 0.0))


def _mean_decay(youngest: timedelta, oldest: timedelta | None) -> float:
    """Return the mean of 2 ** (-age / half-life) over ages spread evenly: its integral over the span, divided by the span."""
    if oldest is None or oldest - youngest < timedelta(days=1):
        return _decay(youngest)
    return (_decay(youngest) - _decay(oldest)) / (log(2) * ((oldest - max(youngest, timedelta())) / HALF_LIFE))
