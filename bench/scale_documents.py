"""Documents by the hundred thousand, as the app writes them, for `bench/scale.py`; made one by one, so that none is held."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from agents.dead_letters.death import Death, new_record
from agents.jobs.job import generation_at, new_document
from agents.jobs.kinds import DIGEST, TASTE
from agents.scraper.message import GLOBAL
from shared.clock import to_iso
from shared.errors import Reason
from shared.store.containers import JOBS

AT_ONCE: Final = 5_000  # in a transaction
CAUSES: Final = 40
DUE: Final = 20
HOURS: Final = timedelta(hours=6)  # of the windows, over which the jobs are spread
SPREAD: Final = timedelta(hours=48)  # of the dead letters: a weekend
REASONS: Final = (Reason.IMAGE_UNREACHABLE, Reason.MODEL_REFUSED, Reason.UNKNOWN, Reason.PAYLOAD_INVALID)
ATTEMPT: Final = {
    "n": 1, "at": "2026-11-20T09:00:00.000Z", "seconds": 0.4, "reason": "image_unreachable", "errorType": "PermanentError",
    "message": "the shop answered 404", "until": None, "traceparent": None,
}  # fmt: skip
Made = Iterator[dict[str, Any]]


def key_of(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def dead_letters(count: int, now: datetime) -> Made:
    """Open dead letters of `CAUSES` causes and four kinds of reason, one a second back from `now`."""
    causes = [
        Death(REASONS[number % len(REASONS)], f"shop {'abcdefghij'[number % 10] * (1 + number // 10)} is gone")
        for number in range(CAUSES)
    ]
    for number in range(count):
        key, user, at = (
            key_of(number),
            f"user-{number % 5_000}",
            now - timedelta(seconds=number * SPREAD.total_seconds() / count),
        )
        payload = {"job_id": key, "user_id": user, "item_id": f"item-{number}", "image_url": f"https://img.example/{key}.jpg"}
        body = json.dumps(payload).encode()
        record = new_record(
            f"{key}.1", key, body, payload, causes[number % CAUSES], queue="taste-analysis-jobs", kind=TASTE, replays=0, at=at
        )
        yield {**record.document, "attempts": [ATTEMPT]}


def jobs(count: int, now: datetime, container: str) -> Made:
    """Completed jobs, spread over the last six hours; of a hundred one has failed once, and one waits."""
    for number in range(count):
        key, at = key_of(number), now - HOURS * ((count - number) / count)
        fields = {
            "userId": f"user-{number % 5_000}", "itemId": f"item-{number}", "imageUrl": f"https://img.example/{key}.jpg",
            "kind": TASTE if container == JOBS.key else DIGEST, "payload": {"job_id": key, "user_id": f"user-{number % 5_000}"},
        }  # fmt: skip
        job = new_document(fields, job_id=key, generation=generation_at(at), at=at, outbox=False)
        ended = {"status": "completed", "lastCompletedAt": to_iso(at), "attempt": 1, "attempts": [ATTEMPT]}
        failed = {**ATTEMPT, "at": to_iso(at)}
        if number % 100 == 1:
            ended = {"status": "failed", "attempts": [failed], "lastError": failed, "nextAttemptAt": to_iso(now + HOURS)}
        elif number % 100 == 2:
            ended = {}
        yield {**job, **ended}


def taste(count: int, now: datetime) -> Made:
    """Profiles, of which `DUE` are to be reviewed in six hours and the rest in a hundred days; every tenth has two signals."""
    for number in range(count):
        user, review = f"user-{number}", now + (HOURS if number * DUE // count != (number - 1) * DUE // count else 400 * HOURS)
        yield {"id": "profile", "userId": user, "type": "profile", "signals": 2, "terms": [], "reviewAt": to_iso(review)}
        for signal in range(0 if number % 10 else 2):
            yield {"id": f"s{signal}", "userId": user, "type": "signal", "at": to_iso(now), "termKeys": ["style:x"]}


def runs(count: int, now: datetime) -> Made:
    """Runs of one timer, mostly for one user each, as an endpoint makes them."""
    for number in range(count):
        at = to_iso(now - timedelta(minutes=number))
        yield {
            "id": f"digest.{number:07}", "timer": "digest", "trigger": "manual", "plannedAt": at, "startedAt": at,
            "heartbeatAt": at, "finishedAt": at, "latenessSeconds": 0.0, "outcome": "ok", "expected": {}, "done": {},
            "detail": {}, "error": "", "parameters": {"userId": f"user-{number}"} if number % 20 else {}, "staged": False,
            "owner": "", "cursor": None,
        }  # fmt: skip


def daily_runs(now: datetime) -> Made:
    """Yesterday's run of every timer, which ended well."""
    at = to_iso(now - timedelta(days=1))
    for timer in ("digest", "moods", "scraper"):
        yield {
            "id": f"{timer}.yesterday", "timer": timer, "trigger": "timer", "plannedAt": at, "startedAt": at, "heartbeatAt": at,
            "finishedAt": at, "latenessSeconds": 0.0, "outcome": "ok", "expected": {}, "done": {}, "detail": {}, "error": "",
            "parameters": {}, "owner": "", "cursor": None, "staged": False,
        }  # fmt: skip


def items(count: int, now: datetime) -> Made:
    """Scraped items with an embedding of 256 numbers; of ten one waits for its own."""
    vector = [round(0.001 * number, 6) for number in range(256)]
    for number in range(count):
        yield {
            "id": f"shopify-{key_of(number)[:16]}", "userId": GLOBAL, "sourceType": "shopify", "saveId": "s",
            "productUrl": f"https://shop.example/products/{number}", "pHash": key_of(number)[:16], "embedding": vector,
            "embeddingPending": number % 10 == 0, "scrapedAt": to_iso(now - timedelta(days=29) * (number / count)),
        }  # fmt: skip
