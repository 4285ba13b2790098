"""When a source is due, whose lease holds, and how its health folds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.scraper.sources import LONGEST_LEASE, Source, Standing, Tally, fingerprint, health_after
from shared.clock import to_iso
from shared.errors import RetryableError

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def source(**fields: Any) -> Source:
    return Source.from_document(
        {"id": "s", "sourceType": "rss", "config": {}, "isActive": True, "isGlobal": True, **fields}
    )  # fmt: skip


def ago(**span: float) -> str:
    return to_iso(NOW - timedelta(**span))


@pytest.mark.parametrize(
    ("fields", "standing"),
    [
        ({}, "due"), ({"lastScrapedAt": None, "leaseExpiresAt": None}, "due"), ({"leaseExpiresAt": ""}, "due"),
        ({"lastScrapedAt": ago(hours=20)}, "due"), ({"lastScrapedAt": ago(hours=19.9)}, "not_due"),
        ({"lastScrapedAt": "2026-11-22T23:00:00+09:00"}, "not_due"), ({"lastScrapedAt": "2026-11-22T08:00:00"}, "due"),
        ({"lastScrapedAt": ago(hours=3), "config": {"intervalHours": 2}}, "due"),
        ({"leaseExpiresAt": ago(seconds=0)}, "due"), ({"leaseExpiresAt": ago(seconds=-1)}, "leased"),
        ({"leaseExpiresAt": "2026-11-23T08:05:00+01:00"}, "leased"), ({"leaseExpiresAt": ago(hours=-2)}, "due"),
        ({"lastScrapedAt": ago(minutes=-9)}, "not_due"), ({"lastScrapedAt": ago(minutes=-11)}, "due"),
        ({"lastScrapedAt": ago(hours=1), "health": {"scrapedAt": ago(hours=1), "consecutiveFailures": 1}}, "due"),
        ({"lastScrapedAt": ago(hours=1), "health": {"scrapedAt": ago(hours=2), "consecutiveFailures": 1}}, "not_due"),
        ({"lastScrapedAt": ago(hours=1), "health": {"scrapedAt": ago(hours=1), "consecutiveFailures": 0}}, "not_due"),
        ({"isActive": False}, "switched_off"), ({"isActive": "yes"}, "switched_off"), ({"isGlobal": None}, "not_global"),
        ({"config": {"collectedBy": "clients"}}, "by_clients"),
    ],
)  # fmt: skip
def test_whether_a_source_is_due(fields: dict[str, Any], standing: str) -> None:
    assert source(**fields).standing(NOW, by_hand=False) is Standing(standing)


def test_by_hand_neither_the_interval_nor_who_collects_counts() -> None:
    one = source(lastScrapedAt=ago(hours=1), config={"collectedBy": "clients"})
    assert one.standing(NOW, by_hand=True) is Standing.DUE
    assert source(leaseExpiresAt=ago(minutes=-1)).standing(NOW, by_hand=True) is Standing.LEASED


@pytest.mark.parametrize("hours", [0, -1, 721, True, "20", None])
def test_an_odd_interval_is_named(hours: object) -> None:
    with pytest.raises(ValueError, match=r"^config\.intervalHours: got .*, expected"):
        source(config={"intervalHours": hours})


@pytest.mark.parametrize("value", [3, "soon", {"a": 1}, "2026-11-23T07:00:00\x00Z"])
def test_an_odd_time_is_named(value: object) -> None:
    with pytest.raises(ValueError, match=r"^leaseExpiresAt: got .*, expected a time"):
        source(leaseExpiresAt=value)


@given(st.integers(-86_400, 86_400))
def test_a_lease_holds_until_its_end_and_never_longer_than_an_hour(seconds: int) -> None:
    ends = NOW + timedelta(seconds=seconds)
    held = source(leaseExpiresAt=to_iso(ends)).leased_until(NOW)
    assert held == (ends if NOW < ends <= NOW + LONGEST_LEASE else None)


def test_what_counts_as_collected_since() -> None:
    asked = NOW - timedelta(hours=1)
    assert not source().collected_since(asked, NOW)
    assert source(health={"lastSuccessAt": to_iso(NOW)}).collected_since(asked, NOW)
    assert not source(health={"lastSuccessAt": to_iso(asked)}).collected_since(asked, NOW)
    assert source(lastScrapedAt=to_iso(NOW)).collected_since(asked, NOW), "by a client"
    assert not source(lastScrapedAt=ago(hours=-1)).collected_since(asked, NOW), "a wrong clock's"
    assert not source(health={"lastSuccessAt": ago(hours=-1)}).collected_since(asked, NOW), "a wrong clock's"
    half = {"scrapedAt": to_iso(NOW), "lastRunAt": ago(minutes=-5), "lastOutcome": "failed"}
    assert not source(lastScrapedAt=to_iso(NOW), health=half).collected_since(asked, NOW), "our own run, which has failed"


def test_health_counts_failures_in_a_row_and_remembers_the_last_success() -> None:
    health: dict[str, Any] = {}
    for number in (1, 2):
        health = health_after(
            source(health=health), Tally(), RetryableError("https://x.example/?token=abcdefgh down"), at=NOW, read=False
        )
        assert (health["consecutiveFailures"], health["lastOutcome"], health["lastSuccessAt"]) == (number, "failed", None)
    assert "x.example" not in health["lastError"]
    health = health_after(source(health=health), Tally(found=3, new=2), None, at=NOW, read=True)
    assert (health["consecutiveFailures"], health["lastReason"], health["lastSuccessAt"]) == (0, None, to_iso(NOW))
    health = health_after(source(health=health), Tally(), None, at=NOW, read=True, note="interrupted")
    assert (health["lastReason"], health["lastSuccessAt"], health["consecutiveFailures"]) == ("interrupted", to_iso(NOW), 1)


def test_attempts_of_one_run_fail_once_and_those_of_the_next_again() -> None:
    health: dict[str, Any] = {}
    counts = []
    for run_id, error in (
        ("a", True),
        ("a", True),
        ("b", True),
        ("b", False),
        ("b", True),
        ("b", True),
        ("", True),
        ("", True),
    ):
        failed = RetryableError("down") if error else None
        health = health_after(source(health=health), Tally(), failed, at=NOW, read=False, run_id=run_id)
        counts.append(health["consecutiveFailures"])
    assert counts == [1, 1, 2, 0, 1, 1, 2, 3]


def test_validators_belong_to_their_config_and_to_a_week() -> None:
    one = source()
    reading = {"validators": {"If-None-Match": '"v"'}, "at": ago(days=6), "config": fingerprint(one.config)}
    assert source(reading=reading).validators(NOW) == {"If-None-Match": '"v"'}
    assert source(reading=reading, config={"sourceUrl": "x"}).validators(NOW) == {}
    assert source(reading={**reading, "at": ago(days=8)}).validators(NOW) == {}
