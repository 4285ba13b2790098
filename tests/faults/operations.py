"""On-call in the fault tests: asks for operations, and plays the host for their steps beside the jobs' own queues."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from agents.replays.operations import ACTIVE, Operation
from agents.replays.requests import ReplayRequest
from shared.errors import ModelUnavailable, PermanentError, Reason, RetryableError
from shared.store.base import Document
from shared.store.containers import DEAD_LETTERS, OPERATIONS, USER_PROFILES
from shared.store.query import Compare
from tests.faults.world import DEAD_LETTER_QUEUE, QUEUE, Faults, ProcessDied, World

COMMANDS = "run-commands"
OUTAGE = [ModelUnavailable("503")]


@dataclass
class OperationFaults(Faults):
    """Counts and strikes only while an operation is asked for or worked on."""

    active: bool = False

    async def call(self, name: str, method: Callable[..., Awaitable[Any]], error: Exception, *args: Any, **kwargs: Any) -> Any:
        if not self.active:
            return await method(*args, **kwargs)
        return await super().call(name, method, error, *args, **kwargs)

    async def within(self, work: Awaitable[Any]) -> Any:
        self.active = True
        try:
            return await work
        finally:
            self.active = False


def asks(*ids: str, action: str = "replay", **more: Any) -> ReplayRequest:
    chosen: dict[str, Any] = {"ids": list(ids)} if ids else {}
    return ReplayRequest.model_validate(
        {"action": action, "reason": "the model is back", "actor": "on-call", "rate": 20.0, **chosen, **more}
    )


async def dead(world: World, pictures: int = 1, *, user: str = "u") -> list[Document]:
    """Likes whose every attempt met an outage; returns all records, oldest first."""
    world.chat.errors = OUTAGE * 1_000
    for number in range(pictures):
        await world.like(user, f"minimalist|navy-{number}", item=f"item-{number}")
    await world.drain()
    world.chat.errors = []
    return await records(world)


async def unreachable(world: World, pictures: int) -> list[Document]:
    """Likes whose pictures are gone: they die at once, and again when they are replayed."""
    world.pictures.errors = [gone() for _ in range(pictures)]
    for number in range(pictures):
        await world.like("u", f"minimalist|navy-{number}", item=f"item-{number}")
    await world.drain()
    return await records(world)


def gone() -> PermanentError:
    return PermanentError("gone", reason=Reason.IMAGE_UNREACHABLE)


async def records(world: World) -> list[Document]:
    return sorted(await world.documents(DEAD_LETTERS.key), key=lambda one: (one["createdAt"], one["id"]))


async def user_exists(world: World) -> None:
    await world.store.create(USER_PROFILES.key, {"id": "u", "currency": "EUR"})


async def request(world: World, wanted: ReplayRequest, key: str | None = None) -> Operation:
    return await world.wiring.on_call.replays.request(wanted, key)


async def predicted(world: World, wanted: ReplayRequest) -> str:
    """Return the snapshot of a dry run."""
    return (await world.wiring.on_call.replays.predict(wanted)).snapshot


async def operations(world: World) -> list[Document]:
    return await world.documents(OPERATIONS.key, Compare("type", "=", "operation"))


async def operation(world: World) -> Document:
    [one] = await operations(world)
    return one


async def play(world: World, *, hours: float = 4.0, until: Callable[[], Awaitable[bool]] | None = None) -> None:
    """Play the host until no operation is active and all is quiet, or `until`; the reconciler runs every ten minutes."""
    end = world.time.at + timedelta(hours=hours)
    next_timer = world.time.at + timedelta(seconds=600)
    while world.time.at < end:
        busy = await world.deliver_one(COMMANDS, lambda body: step(world, body))
        busy = await world.deliver_one(QUEUE, world.wiring.runners["taste-analysis"].deliver) or busy
        busy = await world.deliver_one(DEAD_LETTER_QUEUE, world.wiring.dead_letters["taste-analysis"].persist) or busy
        if until is not None and await until():
            return
        if busy:
            continue
        active = [one for one in await operations(world) if one["status"] in ACTIVE]
        if until is None and not active and not await world.queues.depth(COMMANDS) and await world.is_quiet():
            return
        now = world.time.at if until is not None else None  # it may look at anything
        world.time.leap(2, end, next_timer, now, world.queues.next_visible(COMMANDS, QUEUE, DEAD_LETTER_QUEUE))
        if world.time.at >= next_timer:
            next_timer = world.time.at + timedelta(seconds=600)
            try:
                await world.wiring.reconciler.run()
            except (ProcessDied, asyncio.CancelledError, RetryableError):
                world.restart()
    raise AssertionError("it never became quiet")


async def step(world: World, body: bytes) -> None:
    handle = world.wiring.on_call.steps.handle(body)
    if isinstance(world.faults, OperationFaults):
        assert await world.faults.within(handle)
    else:
        assert await handle


async def done(world: World, wanted: ReplayRequest, key: str | None = None) -> Document:
    """Ask, play to the end, and return the operation's document."""
    accepted = await request(world, wanted, key)
    await play(world)
    found = await world.wiring.on_call.replays.find(accepted.operation_id)
    assert found is not None
    return found.document


async def items(world: World, operation_id: str) -> list[Document]:
    found = await world.wiring.on_call.replays.find(operation_id)
    assert found is not None
    return await world.wiring.on_call.replays.items(found, start=0, limit=10_000)


async def settled(world: World) -> list[Document]:
    """Return the records when the reconciler has looked as well, and every invariant holds."""
    world.time.advance(700)
    await world.wiring.reconciler.run()
    await world.check()
    return await records(world)


async def audit(world: World) -> list[tuple[str, str]]:
    """Who did what, in the order of time."""
    found = await world.documents(OPERATIONS.key, Compare("type", "=", "audit"))
    return [(one["action"], one["actor"]) for one in sorted(found, key=lambda one: one["createdAt"])]
