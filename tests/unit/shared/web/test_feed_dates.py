"""Dates of feeds: read for certain, or left out."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.web.feed_dates import read_date

MORNING = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
UNIX = 1795514400


@pytest.mark.parametrize(
    "written",
    [
        UNIX, float(UNIX), UNIX * 1_000, str(UNIX), str(UNIX * 1_000), "2026-11-24T10:00:00Z", "2026-11-24 10:00:00",
        "2026-11-24T11:00:00.000+01:00", "Tue, 24 Nov 2026 10:00:00 GMT", "Tue, 24 Nov 26 10:00:00 +0000",
        "Tue, 24 Nov 2026 05:00:00 EST", "Tue, 24 November 2026 10:00:00 GMT", "Tue Nov 24 10:00:00 UTC 2026",
        "Mar, 24 nov. 2026 11:00:00 +0100", "Di, 24 Nov 2026 11:00:00 +0100", "mardi 24 novembre 2026 \u00e0 10h00",
        "24 de noviembre de 2026 10:00", "Tuesday, November 24, 2026 - 10:00", "11/24/2026 10:00:00 AM", "24.11.2026 10:00",
        "2026\u5e7411\u670824\u65e5 10:00", "2026/11/24 19:00:00 +0900",
    ],
)  # fmt: skip
def test_a_date_is_read_in_the_ways_that_feeds_write_it(written: object) -> None:
    assert read_date(written) == MORNING


@pytest.mark.parametrize(
    ("month", "words"),
    [(1, "January Januar janvier enero gennaio janeiro januari"), (2, "Feb. f\u00e9vrier febbraio fevereiro"),
     (3, "M\u00e4rz mars marzo mar\u00e7o maart"), (4, "avril abril aprile"), (5, "Mai mayo maggio maio mei"),
     (6, "juin Juni junio giugno"),
     (7, "juillet Juli luglio julho"), (8, "ao\u00fbt August agosto augustus"), (9, "septembre settembre setembro"),
     (10, "Oktober octobre ottobre outubro"), (12, "d\u00e9c. Dezember diciembre dicembre december")],
)  # fmt: skip
def test_months_are_known_in_seven_languages(month: int, words: str) -> None:
    for word in words.split():
        assert read_date(f"24 {word} 2026") == datetime(2026, month, 24, tzinfo=UTC), word


@pytest.mark.parametrize(
    "written",
    [
        "", "today", "5 hours ago", "1764", "-9", "0000-00-00 00:00:00", "Thu, 01 Jan 1970 00:00:00 GMT", "03/04/2026",
        "2026-11", "Wed, 30 Nov -0001 00:00:00 +0000", "Tue, 24 Nov 2026 24:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
        "99999-01-01",         "9" * 5_000, float("nan"), float("inf"), 1e308, 10**400, True, None, [], {},
    ],
)  # fmt: skip
def test_what_is_no_date_for_certain_is_none(written: object) -> None:
    assert read_date(written) is None


def test_a_second_that_was_put_in_is_the_one_before() -> None:
    assert read_date("24 nov 2026 10:00:60") == MORNING + timedelta(seconds=59)
