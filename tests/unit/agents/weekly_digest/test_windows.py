"""Windows are ISO weeks, from Monday 09:00 UTC on; a user's own clock has no part in it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.weekly_digest.windows import checked_window, slot_of, window_of


@pytest.mark.parametrize(
    ("at", "window"),
    [
        (datetime(2026, 11, 23, 8, 58, tzinfo=UTC), "2026-W47"),
        (datetime(2026, 11, 23, 8, 59, 30, tzinfo=UTC), "2026-W48"),  # a host may fire a moment early
        (datetime(2026, 11, 29, 23, 59, tzinfo=UTC), "2026-W48"),
        (datetime(2026, 12, 28, 9, 0, tzinfo=UTC), "2026-W53"),
        (datetime(2027, 1, 3, 12, 0, tzinfo=UTC), "2026-W53"),
        (datetime(2027, 1, 4, 9, 0, tzinfo=UTC), "2027-W01"),
        (datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Paris")), "2026-W43"),  # the night the clocks go back
        (datetime(2026, 3, 30, 10, 30, tzinfo=ZoneInfo("Europe/Paris")), "2026-W13"),  # 08:30 UTC, the day after they went on
    ],
)
def test_a_window_begins_on_monday_at_nine_utc(at: datetime, window: str) -> None:
    assert window_of(at) == window


@given(st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  (hypothesis adds it)
def test_a_window_knows_its_slot_and_the_slot_its_window(at: datetime) -> None:
    slot = slot_of(window_of(at))
    assert window_of(slot) == window_of(at)
    assert (slot.weekday(), slot.hour) == (0, 9)
    assert slot - timedelta(seconds=60) <= at < slot + timedelta(days=7)


@pytest.mark.parametrize("text", ["", "2026-48", "2026-W00", "2026-W54", "2025-W53", "0000-W01", "2026-W48 ", "w48"])
def test_what_is_no_week_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"window: got .*, expected an ISO week"):
        slot_of(text)


def test_a_window_to_come_and_one_long_past_are_refused() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert checked_window("2026-W48", now) == "2026-W48"
    assert checked_window("2025-W49", now) == "2025-W49"
    for window in ("2026-W49", "2025-W40"):
        with pytest.raises(ValueError, match=window):
            checked_window(window, now)
