"""Two likes of one job id are told apart; ids that no address can hold, and dates that are none, are refused."""

import pytest
from pydantic import ValidationError

from agents.dead_letters.record import DeadLetter
from agents.jobs.job import Verdict, new_document
from agents.jobs.messages import encode
from agents.taste_analysis.likes import JobIdCollisionError, Like
from agents.taste_analysis.message import job_id_of, parse
from shared.clock import from_iso, parse_time
from shared.errors import PermanentError, Reason
from shared.store.containers import DEAD_LETTERS, JOBS
from tests.faults.operations import asks, done, items
from tests.faults.world import QUEUE, World

URL = "https://img.example/minimalist|navy"
FIRST, SECOND = ("a", "b:c"), ("a:b", "c")


def like(user: str, item: str) -> Like:
    return Like(userId=user, itemId=item, imageUrl=URL, signal="up")


def message(user: str, item: str) -> bytes:
    return encode({"userId": user, "itemId": item, "imageUrl": URL, "createdAt": "2026-11-23T08:00:00Z"})


async def test_a_like_that_has_anothers_job_id_is_refused_and_called_no_duplicate(world: World) -> None:
    assert job_id_of(*FIRST, URL, None) == job_id_of(*SECOND, URL, None)
    assert (await world.wiring.intake.accept(like(*FIRST))).status == "queued"
    with pytest.raises(JobIdCollisionError):
        await world.wiring.intake.accept(like(*SECOND))
    await world.drain()
    with pytest.raises(JobIdCollisionError):
        await world.wiring.intake.accept(like(*SECOND))
    assert (await world.wiring.intake.accept(like(*FIRST))).status == "duplicate"


@pytest.mark.parametrize("finished", [False, True])
async def test_a_message_that_has_anothers_job_id_is_a_dead_letter_and_the_other_job_never_hears_of_it(
    world: World, finished: bool
) -> None:
    await world.queues.send(QUEUE, message(*FIRST))
    if finished:
        await world.drain()
    runner = world.wiring.runners["taste-analysis"]
    if not finished:
        [sent] = await world.queues.receive(QUEUE)
        first = parse(sent.body or b"")
        queued = new_document(runner.kind.fields(first, "x"), job_id=first.key, generation=1, at=world.time.at, outbox=False)
        await world.store.create(JOBS.key, queued)
    outcome = await runner.deliver(message(*SECOND))
    assert isinstance(outcome, Verdict)
    assert outcome.reason is Reason.JOB_ID_COLLISION
    await world.drain(hours=1)
    [record] = map(DeadLetter, await world.documents(DEAD_LETTERS.key))
    assert (record.reason, record.raw, record.exact) == (Reason.JOB_ID_COLLISION, True, message(*SECOND))
    [job] = await world.documents(JOBS.key)
    assert (job["userId"], job["status"]) == ("a", "completed")
    assert [signal["userId"] for signal in await world.signals()] == ["a"]
    ended = await done(world, asks(record.record_id))
    assert [one["outcome"] for one in await items(world, ended["id"])] == ["invalid"]


@pytest.mark.parametrize("wrong", [".", ".."])
def test_an_id_that_no_address_can_hold_is_refused_at_both_doors(wrong: str) -> None:
    for user, item in ((wrong, "i"), ("u", wrong)):
        with pytest.raises(ValidationError, match=r"must not be \. or \.\."):
            like(user, item)
        with pytest.raises(PermanentError) as refused:
            parse(message(user, item))
        assert refused.value.reason is Reason.PAYLOAD_INVALID
    assert parse(message("...", ".a")).user_id == "..."


@pytest.mark.parametrize(
    "created",
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "1601-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z", "1970-01-01",
     "2000-01-01T00:00:00Z", "2001-01-01T00:00:00Z", "", "yesterday"],
)  # fmt: skip
async def test_a_default_date_says_nothing_of_when_a_like_was(world: World, created: str) -> None:
    at_first = world.time.at
    body = encode({"userId": "u", "itemId": "i", "imageUrl": URL, "createdAt": created})
    await world.queues.send(QUEUE, body)
    await world.drain()
    [signal] = await world.signals()
    assert at_first <= from_iso(signal["at"]) <= world.time.at
    assert parse_time(created) is None
    assert parse_time("2020-06-01") is not None
