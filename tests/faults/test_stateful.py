"""Anything in any order: likes by both doors, copies, changes of mind, deaths, outages, pauses, replays, erasures and time.

The machine's model is small: of each user and item, which pictures were liked since it was last taken back, and who was
erased. At the end all is let settle, and every one of those is a signal once, or an open dead letter; of what was taken back,
and of the erased, nothing is left. An erased user sends nothing until the erasure is over, and may come back then.
"""

import asyncio
import json
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from agents import timers
from agents.dead_letters.record import WAITING
from agents.replays.operations import ACTIVE
from agents.replays.requests import ReplayRequest
from agents.replays.service import ReplayRefusedError
from agents.taste_analysis.likes import Like
from agents.taste_analysis.profile import every_state, fold_all
from agents.taste_analysis.rebuilding import stored_signals
from agents.taste_analysis.taken_back import whose_and_what
from shared.chat.base import Question
from shared.clock import to_iso
from shared.errors import ModelUnavailable, PermanentError, Reason, RetryableError
from shared.fashion.style import StyleDescription
from shared.store.containers import DEAD_LETTERS, JOBS, OPERATIONS, TASTE
from tests.faults.operations import COMMANDS
from tests.faults.outages import OutageWorld
from tests.faults.world import DEAD_LETTER_QUEUE, MODES, QUEUE, ProcessDied, VirtualTime, described, embedded_store, key_of

T = TypeVar("T")
HELD = f"{QUEUE}-held"
WORD = {"actor": "ada", "reason": "it is one of the rules"}
USERS = st.sampled_from(["ada", "bruno"])
ITEMS = st.sampled_from(["i1", "i2", "i3"])
PICTURES = st.sampled_from(["minimalist|navy", "tailored,wool|black", "romantic|red"])
OPEN = {*ACTIVE, "running"}
DIED = (ProcessDied, asyncio.CancelledError, RetryableError)


class AnythingInAnyOrder(RuleBasedStateMachine):
    """The world, and what the model knows of it."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        time = VirtualTime()
        self.away_until = time.at
        self.world = OutageWorld(embedded_store(time), lambda _words, _at: None)
        self.world.model.reply = self._described
        self.liked: dict[tuple[str, str], set[str]] = {}
        self.erased: dict[str, str] = {}  # the id of the erasure of who has not come back

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def _described(self, question: Question[Any]) -> StyleDescription:
        if self.world.time.at < self.away_until:
            raise ModelUnavailable("503")
        image = question.image or b""
        if image.startswith(b"\xff\xd8"):  # a probe's control
            return StyleDescription(style_keywords=["control"], colours=[], garments=[], confidence=1.0)
        return described(question)

    def _is_here(self, user: str) -> bool:
        """Whether a user sends anything: who was erased comes back when the erasure is over."""
        if user not in self.erased:
            return True
        erasure = self.run(self.world.store.find(OPERATIONS.key, self.erased[user], self.erased[user]))
        assert erasure is not None
        if erasure.body["status"] != "completed":
            return False
        assert self.run(self._left_of(user)) == []
        del self.erased[user]
        return True

    @initialize()
    def nothing_is_known(self) -> None:
        assert self.run(self.world.is_quiet())

    @rule(user=USERS, item=ITEMS, picture=PICTURES)
    def like(self, user: str, item: str, picture: str) -> None:
        if not self._is_here(user):
            return
        self.world.time.advance(1)  # no two things happen at one instant
        self.run(self.world.like(user, picture, item))
        self.liked.setdefault((user, item), set()).add(picture)

    @rule(user=USERS, item=ITEMS, picture=PICTURES)
    def a_like_that_dies(self, user: str, item: str, picture: str) -> None:
        """Its picture is not there when it is looked at; whose turn it is then is the queue's to say."""
        self.like(user, item, picture)
        self.world.pictures.errors += [PermanentError("404", reason=Reason.IMAGE_UNREACHABLE)]
        self.deliver(1)

    @rule(user=USERS, item=ITEMS, picture=PICTURES, copies=st.integers(1, 3), moved=st.sampled_from([False, False, True]))
    def like_by_the_queue(self, user: str, item: str, picture: str, copies: int, moved: bool) -> None:
        """`moved`: no attempt lived to claim it, and the host has moved it to the dead letters."""
        if not self._is_here(user):
            return
        self.world.time.advance(1)
        at = to_iso(self.world.time.at)
        body = {"user_id": user, "item_id": item, "image_url": f"https://img.example/{picture}", "createdAt": at}
        for number in range(copies):
            queue = DEAD_LETTER_QUEUE if moved else QUEUE
            self.run(self.world.queues.send(queue, json.dumps(body).encode(), delay_seconds=90.0 * number))
        self.liked.setdefault((user, item), set()).add(picture)

    @rule(user=USERS, item=ITEMS, signal=st.sampled_from(["none", "down"]))
    def take_back(self, user: str, item: str, signal: str) -> None:
        if not self._is_here(user):
            return
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

    @rule(timer=st.sampled_from([timers.RECONCILE.name, timers.SWEEP.name]))
    def a_timer(self, timer: str) -> None:
        self._try(self.world.wiring.chores[timer]())

    @rule(count=st.integers(1, 3))
    def command(self, count: int) -> None:
        for _ in range(count):
            self.run(self.world.deliver_one(COMMANDS, self._command))

    @rule(minutes=st.integers(1, 90))
    def pause(self, minutes: int) -> None:
        until = self.world.time.at + timedelta(minutes=minutes)
        self._try(self.world.wiring.holding.pause("queue", QUEUE, until=until, **WORD))

    @rule()
    def resume(self) -> None:
        self._try(self.world.wiring.holding.resume("queue", QUEUE, **WORD))

    @rule(user=USERS)
    def erase(self, user: str) -> None:
        self.world.time.advance(1)
        for _ in range(10):
            try:
                asked = self.run(self.world.wiring.erasures.request(user, **WORD))
                break
            except DIED:
                self.world.restart()
        self.erased[user] = asked.operation_id
        for key in [key for key in self.liked if key[0] == user]:
            del self.liked[key]

    @rule()
    def replay(self) -> None:
        self._try(self._replayed())

    @rule(minutes=st.integers(1, 40))
    def the_model_is_away(self, minutes: int) -> None:
        """Long enough for the breaker: what fails alike for all is nobody's failure."""
        self.away_until = self.world.time.at + timedelta(minutes=minutes)

    def _try(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            self.run(work)
        except (*DIED, ReplayRefusedError):
            self.world.restart()

    async def _replayed(self) -> None:
        asked = {"action": "replay", "filter": {"kind": "taste-analysis"}, **WORD, "force": True, "rate": 20.0}
        replays = self.world.wiring.on_call.replays
        found = await replays.predict(ReplayRequest.model_validate(asked))
        if found.total:
            await replays.request(ReplayRequest.model_validate({**asked, "snapshot": found.snapshot}), None)

    async def _command(self, body: bytes) -> None:
        wiring = self.world.wiring
        if await wiring.holding.handle(body) or await wiring.holding.held(body):
            return
        if not await wiring.on_call.steps.handle(body) and not await wiring.erasures.handle(body):
            await wiring.commands.handle(body)

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
            self.away_until = self.world.time.at
            self.run(self.settle())
            self.run(self.examine())
        finally:
            self.run(self.world.store.close())
            self.runner.close()

    async def settle(self) -> None:
        """Play the host, its timers too, until nothing is left to do."""
        world, end = self.world, self.world.time.at + timedelta(hours=80)
        while world.time.at < end:
            busy = await world.deliver_one(COMMANDS, self._command)
            busy = await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver) or busy
            busy = await world.deliver_one(DEAD_LETTER_QUEUE, world.wiring.dead_letters["taste-analysis"].persist) or busy
            if busy:
                continue
            if await world.is_quiet() and not await self._open():
                return
            world.time.advance(60)
            for timer, minutes in ((timers.SWEEP, 5), (timers.RECONCILE, 10)):
                if world.time.at.minute % minutes == 0:
                    await world.wiring.chores[timer.name]()

    async def _open(self) -> list[object]:
        """What is still to be done beside the jobs."""
        found: list[object] = [one["id"] for one in await self.world.documents(OPERATIONS.key) if one.get("status") in OPEN]
        return found + [name for name in (HELD, COMMANDS) if await self.world.queues.depth(name)]

    async def _left_of(self, user: str) -> list[str]:
        found = [one for container in (JOBS, DEAD_LETTERS, TASTE) for one in await self.world.documents(container.key)]
        return [one["id"] for one in found if one.get("userId") == user or user in str(one.get("payload"))]

    async def examine(self) -> None:
        world = self.world
        assert await self._open() == []
        for user in self.erased:
            assert await self._left_of(user) == [], f"{user} was erased"
        assert await world.is_quiet(), [one for one in await world.documents(JOBS.key) if one["status"] != "completed"]
        signals = await world.signals()
        applied = {(one["jobId"], one["generation"]) for one in signals}
        assert len(applied) == len(signals), "a signal was applied twice"
        waiting = [one for one in await world.documents(DEAD_LETTERS.key) if one["status"] in WAITING]
        dead = {one["jobId"] for one in waiting if one["status"] == "open"}
        for one in waiting:
            about = whose_and_what(one["payload"] or {})
            assert about is None or about in self.liked, f"taken back, yet a dead letter: {about} {one['id']}"
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
