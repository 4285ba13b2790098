"""Anything in any order: likes by both doors, copies, changes of mind, deaths, outages and time, and what must hold at the end.

The machine's model is small: of each user and item, which pictures were liked since it was last taken back. At the end all is
let settle, and every one of those is a signal once, or an open dead letter; of what was taken back nothing is left.
"""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from agents.taste_analysis.likes import Like
from agents.taste_analysis.profile import every_state, fold_all
from agents.taste_analysis.rebuilding import stored_signals
from shared.clock import to_iso
from shared.errors import ModelUnavailable, PermanentError, Reason, RetryableError
from shared.store.containers import DEAD_LETTERS, JOBS
from tests.faults.world import DEAD_LETTER_QUEUE, MODES, QUEUE, ProcessDied, VirtualTime, World, embedded_store, key_of

T = TypeVar("T")
USERS = st.sampled_from(["ada", "bruno"])
ITEMS = st.sampled_from(["i1", "i2", "i3"])
PICTURES = st.sampled_from(["minimalist|navy", "tailored,wool|black", "romantic|red"])
DIED = (ProcessDied, asyncio.CancelledError, RetryableError)


class AnythingInAnyOrder(RuleBasedStateMachine):
    """The world, and what the model knows of it."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.world = World(embedded_store(VirtualTime()))
        self.liked: dict[tuple[str, str], set[str]] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize()
    def nothing_is_known(self) -> None:
        assert self.run(self.world.is_quiet())

    @rule(user=USERS, item=ITEMS, picture=PICTURES)
    def like(self, user: str, item: str, picture: str) -> None:
        self.world.time.advance(1)  # no two things happen at one instant
        self.run(self.world.like(user, picture, item))
        self.liked.setdefault((user, item), set()).add(picture)

    @rule(user=USERS, item=ITEMS, picture=PICTURES, copies=st.integers(1, 3))
    def like_by_the_queue(self, user: str, item: str, picture: str, copies: int) -> None:
        self.world.time.advance(1)
        at = to_iso(self.world.time.at)
        body = {"user_id": user, "item_id": item, "image_url": f"https://img.example/{picture}", "createdAt": at}
        for number in range(copies):
            self.run(self.world.queues.send(QUEUE, json.dumps(body).encode(), delay_seconds=90.0 * number))
        self.liked.setdefault((user, item), set()).add(picture)

    @rule(user=USERS, item=ITEMS, signal=st.sampled_from(["none", "down"]))
    def take_back(self, user: str, item: str, signal: str) -> None:
        self.world.time.advance(1)
        like = Like(userId=user, itemId=item, imageUrl="https://img.example/any", signal=signal)
        for _ in range(10):  # the client sends again
            try:
                self.run(self.world.wiring.intake.accept(like))
                break
            except DIED:
                self.world.restart()
        self.liked.pop((user, item), None)

    @rule(count=st.integers(1, 4))
    def deliver(self, count: int) -> None:
        for _ in range(count):
            self.run(self.world.deliver_one(QUEUE, self.world.wiring.runners["taste-analysis"].deliver))

    @rule()
    def persist(self) -> None:
        self.run(self.world.deliver_one(DEAD_LETTER_QUEUE, self.world.wiring.dead_letters["taste-analysis"].persist))

    @rule(seconds=st.sampled_from([1, 31, 200, 700, 4_000]))
    def wait(self, seconds: int) -> None:
        self.world.time.advance(seconds)

    @rule()
    def reconcile(self) -> None:
        try:
            self.run(self.world.wiring.reconciler.run())
        except DIED:
            self.world.restart()

    @rule(mode=st.sampled_from(MODES), ahead=st.integers(1, 25))
    def something_will_fail(self, mode: str, ahead: int) -> None:
        self.world.faults.mode, self.world.faults.at = mode, self.world.faults.count + ahead

    @rule(times=st.integers(1, 6))
    def the_model_fails(self, times: int) -> None:
        self.world.chat.errors += [ModelUnavailable("503")] * times

    @rule()
    def a_picture_is_gone(self) -> None:
        self.world.pictures.errors.append(PermanentError("the picture is gone", reason=Reason.IMAGE_UNREACHABLE))

    def teardown(self) -> None:
        try:
            self.world.faults.at = 0
            self.world.chat.errors.clear()
            self.world.pictures.errors.clear()
            self.run(self.world.drain(hours=80))
            self.run(self.examine())
        finally:
            self.run(self.world.store.close())
            self.runner.close()

    async def examine(self) -> None:
        world = self.world
        assert await world.is_quiet(), [one for one in await world.documents(JOBS.key) if one["status"] != "completed"]
        signals = await world.signals()
        applied = {(one["jobId"], one["generation"]) for one in signals}
        assert len(applied) == len(signals), "a signal was applied twice"
        dead = {one["jobId"] for one in await world.documents(DEAD_LETTERS.key) if one["status"] == "open"}
        learnt = {one["jobId"] for one in signals}
        for (user, item), pictures in self.liked.items():
            for picture in pictures:
                job_id = key_of(user, picture, item)
                assert job_id in learnt or job_id in dead, f"lost: {user} {item} {picture}"
        for one in signals:
            assert (one["userId"], one["itemId"]) in self.liked, f"taken back, yet learnt: {one['userId']} {one['itemId']}"
        for user in {one["userId"] for one in signals}:
            profile = await world.profile(user)
            assert profile is not None
            anew = fold_all(user, await stored_signals(world.store, user))
            assert profile.signals == anew.signals
            told, again = ({state.key: state.evidence for state in every_state(one)} for one in (profile, anew))
            assert told == again, "the profile is not what its signals say"


AnythingInAnyOrder.TestCase.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)  # fmt: skip
TestAnythingInAnyOrder = AnythingInAnyOrder.TestCase
