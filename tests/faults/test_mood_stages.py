"""A morning of more articles than one invocation can ask about goes in stages, each of which saves what it learnt."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from agents.mood_processor.extraction import AT_ONCE
from agents.mood_processor.stages import MoodProgress, MoodRun
from agents.runs.commands import Commands, TimerWork
from agents.runs.ledger import Ledger
from agents.runs.stages import Stages
from agents.timers import MOODS
from shared.errors import PermanentError, Reason
from shared.fashion.mood_names import canonical
from shared.settings import Feed
from shared.store.base import Document
from shared.store.containers import MOODS as MOOD_DOCUMENTS
from shared.store.containers import RUNS
from shared.store.query import Query
from tests.fakes.memory_queues import MemoryQueues
from tests.faults.test_moods import Morning, Newsstand
from tests.faults.world import ProcessDied

COMMANDS, HOSTS_LIMIT = "run-commands", 600.0


@pytest.fixture
async def morning() -> AsyncIterator["Long"]:
    async with Newsstand().open() as stand:
        made = Long(stand)
        yield made
        await made.close()


class Long(Morning):
    """A morning through the ledger; every answer of the model takes its time, and no two at once."""

    def __init__(self, stand: Newsstand) -> None:
        super().__init__(stand)
        self.queues = MemoryQueues(lambda: self.time.at)
        self.lasted: list[float] = []
        self.seconds = 20.0
        ask = self.reader.ask

        async def slowly(question: Any) -> Any:
            await self.time.clock().sleep(self.seconds)
            return await ask(question)

        self.reader.ask = slowly  # type: ignore[method-assign]

    def feeds(self, count: int, articles: int) -> list[Feed]:
        return [
            self.stand.feed(f"feed-{feed}", *(f"Tenniscore {feed}-{article}" for article in range(articles)))
            for feed in range(count)
        ]

    def commands(self, feeds: list[Feed]) -> Commands:
        """A process."""
        clock = self.time.clock()
        ledger = Ledger(store=self.store, clock=replace(clock, sleep=_for_ever))  # its heartbeat must not move the time
        work = MoodRun(processor=self.processor(*feeds), clock=clock)
        return Commands(
            ledger=ledger, stages=Stages(ledger=ledger, store=self.store, clock=clock), queues=self.queues, queue=COMMANDS,
            clock=clock,
            works={MOODS.name: TimerWork(stages=work)},
        )  # fmt: skip

    async def to_its_end(self, feeds: list[Feed]) -> Document:
        commands = self.commands(feeds)
        await commands.fire(MOODS.name, MOODS.schedule, grace=MOODS.grace)
        for _ in range(200):
            for message in await self.queues.receive(COMMANDS, limit=1):
                began = self.time.at
                await commands.handle(message.body or b"")
                self.lasted.append((self.time.at - began).total_seconds())
                await self.queues.delete(COMMANDS, message)
            row = (await self.store.page(RUNS.key, Query())).documents[0]
            if row["outcome"]:
                return row
            self.time.advance(1)
        raise AssertionError("the run never ends")


async def _for_ever(_seconds: float) -> None:
    await asyncio.Event().wait()


async def test_eight_feeds_of_two_hundred_articles_are_read_in_stages_and_each_article_counts_once(morning: Long) -> None:
    morning.seconds = 20.0 / AT_ONCE  # which answer together
    row = await morning.to_its_end(morning.feeds(8, 200))
    asked = sum(question.name == "moods.extract" for question in morning.reader.questions)
    assert (row["outcome"], row["done"]["articles"], row["done"]["chunks"], asked) == ("ok", 1_600, 134, 134)
    assert len(morning.lasted) > 3
    assert max(morning.lasted) < HOSTS_LIMIT / 2
    documents = (await morning.store.page(MOOD_DOCUMENTS.key, Query())).documents
    assert sum(one["trendScore"] for one in documents if canonical("Tenniscore") in one["id"] or "tennis" in one["id"]) == 1_600


async def test_what_fails_in_one_stage_is_not_asked_again_in_the_next_and_comes_the_next_morning(morning: Long) -> None:
    feeds = morning.feeds(2, 150)
    ask = morning.reader.ask

    async def refusing(question: Any) -> Any:
        if '0-7"' in question.text or "0-7 " in question.text:
            raise PermanentError("refused", reason=Reason.MODEL_REFUSED)
        return await ask(question)

    morning.reader.ask = refusing  # type: ignore[method-assign]
    row = await morning.to_its_end(feeds)
    assert (row["outcome"], row["detail"]["chunkFailures"]) == ("partial", ["llm_refused"])
    assert row["done"]["articles"] == 300 - 12
    morning.reader.ask = ask  # type: ignore[method-assign]
    morning.time.advance(86_400)
    assert (await morning.run(*feeds)).done["articles"] == 12


async def test_a_stage_that_dies_loses_what_it_had_asked_and_counts_nothing_twice(morning: Long) -> None:
    feeds = morning.feeds(2, 150)
    commands = morning.commands(feeds)
    await commands.fire(MOODS.name, MOODS.schedule, grace=MOODS.grace)
    [first] = await morning.queues.receive(COMMANDS)
    ask, asked = morning.reader.ask, 0

    async def dying(question: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == 5:
            raise ProcessDied("in the middle of a stage")
        return await ask(question)

    morning.reader.ask = dying  # type: ignore[method-assign]
    with pytest.raises(ProcessDied):
        await commands.handle(first.body or b"")
    morning.reader.ask = ask  # type: ignore[method-assign]
    morning.time.advance(700)
    row = await morning.to_its_end(feeds)
    assert (row["outcome"], row["done"]["articles"]) == ("ok", 300)
    documents = (await morning.store.page(MOOD_DOCUMENTS.key, Query())).documents
    assert sum(one["trendScore"] for one in documents) == 300


def test_the_cursor_of_a_large_morning_is_far_below_what_a_document_may_hold() -> None:
    progress = MoodProgress(failed=frozenset(f"{number:016x}" for number in range(1_600)), outcome="partial")
    cursor = progress.to_cursor()
    assert len(cursor) < 50_000
    assert MoodProgress.from_cursor(cursor) == progress
