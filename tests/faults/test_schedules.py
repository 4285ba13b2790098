"""The product itself in the orders that the protocol's model tries: a like, its death, its withdrawal, a replay, a like again.

What holds afterwards is what holds in `protocol_withdrawn`: the model says which orders there are, and this that the product
does in them what the model says. Every fifth dead letter is purged, not replayed. Sixty drawn orders of each story;
`SCHEDULES=1500` tries more (five minutes).
"""

import asyncio
import json
import os
from dataclasses import replace
from typing import Any, Final

import pytest

from agents.dead_letters.record import WAITING
from agents.replays.one_record import Action, Orders
from agents.taste_analysis.likes import Like
from agents.wiring import Wiring
from shared.clock import to_iso
from shared.errors import ModelUnavailable, PermanentError, Reason
from shared.store.base import Document
from shared.store.containers import DEAD_LETTERS, JOBS
from shared.store.query import Compare
from tests.faults.schedules import Host, Process, Schedule, Turns
from tests.faults.world import DEAD_LETTER_QUEUE, QUEUE, VirtualTime, World, embedded_store

DRAWN: Final = int(os.environ.get("SCHEDULES", "60"))
PICTURE: Final = "minimalist|navy"
ORDERS: Final = Orders("replay", "on-call", "the picture is back", "operation-1")


class Story:
    """One world, and what its user has said and was answered."""

    def __init__(self, world: World, action: Action) -> None:
        self.world, self.action = world, action
        self.answered = self.asked = self.again = False
        self.over = asyncio.Event()

    async def like(self, wiring: Wiring) -> None:
        await wiring.intake.accept(self._signal("up"))

    async def by_the_queue(self, queue: str = QUEUE) -> None:
        at = to_iso(self.world.time.at)
        body = {"user_id": "u", "item_id": "i1", "image_url": f"https://img.example/{PICTURE}", "createdAt": at}
        await self.world.queues.send(queue, json.dumps(body).encode())

    def _signal(self, signal: str) -> Like:
        return Like(userId="u", itemId="i1", imageUrl=f"https://img.example/{PICTURE}", signal=signal)

    async def worker(self, wiring: Wiring, turns: Turns) -> None:
        for _ in range(3):
            await Host(self.world, QUEUE).deliver(turns, wiring.runners["taste-analysis"].deliver)

    async def persister(self, wiring: Wiring, turns: Turns) -> None:
        for _ in range(5):
            await Host(self.world, DEAD_LETTER_QUEUE).deliver(turns, wiring.dead_letters["taste-analysis"].persist)

    async def withdrawal(self, wiring: Wiring, turns: Turns) -> None:
        try:
            await turns.step("taken back")
            self.world.time.advance(1)
            await wiring.intake.accept(self._signal("none"))
            self.answered = True
        finally:
            self.over.set()

    async def liked_again(self, wiring: Wiring, turns: Turns) -> None:
        await self._after_the_withdrawal(turns)
        await self.like(wiring)
        self.again = True

    async def liked_again_by_the_queue(self, _wiring: Wiring, turns: Turns) -> None:
        await self._after_the_withdrawal(turns)
        await self.by_the_queue()
        self.again = True

    async def liked_again_and_moved(self, _wiring: Wiring, turns: Turns) -> None:
        await self._after_the_withdrawal(turns)
        await self.by_the_queue(DEAD_LETTER_QUEUE)
        self.again = True

    async def _after_the_withdrawal(self, turns: Turns) -> None:
        await turns.schedule.when(turns.name, self.over)
        self.world.time.advance(1)
        self.asked = True

    async def operator(self, wiring: Wiring, turns: Turns) -> None:
        for _ in range(8):
            await turns.step("look for dead letters")
            for record in await self.waiting():
                if record["status"] == "open":
                    await wiring.on_call.replaying.carry_out(record["id"], replace(ORDERS, action=self.action))
                    return
            turns.schedule.yields(turns.name)

    async def waiting(self) -> list[Document]:
        return [one for one in await self.world.documents(DEAD_LETTERS.key) if one["status"] in WAITING]

    async def examine(self) -> str:
        """Say what is wrong when all has come to rest."""
        waiting, signals = await self.waiting(), await self.world.signals()
        if not await self.world.is_quiet():
            return f"stuck: {await self.world.documents(JOBS.key)}"
        if any(one["status"] == "replayed" for one in waiting):
            return "a replay without an end"
        purged = await self.world.documents(DEAD_LETTERS.key, Compare("status", "=", "purged"))
        likes = {int(self.again), int(self.asked)}  # who was not answered may have been heard
        if purged:  # which of the likes it was is on-call's affair
            likes.add(0)
        if self.answered and len(signals) + len(waiting) not in likes:
            return f"liked again: {self.again}, {len(signals)} learnt, {len(waiting)} dead letters wait"
        if self.again and not signals and not waiting and not purged:
            return "the second like is lost"
        learnt = {(one["jobId"], one["generation"]) for one in signals}
        return "" if len(learnt) == len(signals) else "applied twice"


ACTIONS: Final[tuple[Action, ...]] = ("replay", "replay", "replay", "replay", "purge")
STORIES = ("liked_again", "liked_again_by_the_queue", "liked_again_and_moved")


@pytest.mark.slow
@pytest.mark.parametrize("again", STORIES)
@pytest.mark.parametrize("first", ["endpoint", "queue", "moved", "several"])
async def test_no_order_of_calls_harms_what_was_liked_again_or_leaves_what_was_taken_back(again: str, first: str) -> None:
    killed = 0
    for seed in range(DRAWN):
        world, action = World(embedded_store(VirtualTime())), ACTIONS[seed % len(ACTIONS)]
        story, schedule = Story(world, action), Schedule(seed, kill=seed % 2 == 1)
        await begun(story, first, seed)
        processes: dict[str, Process] = {
            name: getattr(story, name) for name in ("worker", "persister", "withdrawal", "operator", again)
        }
        await schedule.play(story.world, {**processes, "worker 2": story.worker})
        story.world.pictures.errors = []
        repairs = [*await story.world.drain(), *await story.world.wiring.reconciler.run(), *await story.world.drain()]
        wrong = await story.examine()
        if repairs and not schedule.killed:
            wrong = f"nobody died, and the reconciler mends {repairs}"
        assert wrong == "", "\n".join([f"{wrong}; {again}, {first}, seed {seed}", *schedule.told])
        killed += bool(schedule.killed)
        await story.world.store.close()
    assert killed > DRAWN / 5


async def begun(story: Story, first: str, seed: int) -> None:
    """The first like is on its way; of every three one will die at once, and one may be tried again."""
    errors: list[Any] = [PermanentError("404", reason=Reason.IMAGE_UNREACHABLE), ModelUnavailable("503")]
    story.world.pictures.errors = errors[seed % 3 : seed % 3 + 1]
    if first == "endpoint":
        await story.like(story.world.wiring)
    else:
        await story.by_the_queue(DEAD_LETTER_QUEUE if first == "moved" else QUEUE)
    if first == "several":
        story.world.time.advance(1)
        await story.by_the_queue()
