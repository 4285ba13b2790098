"""After the chaos: what is left comes to its end, what died is replayed, and time passes."""

import asyncio
import time
from collections.abc import Callable, Set
from typing import Final

from shared.clock import from_iso
from shared.store.base import Store
from shared.store.containers import JOBS, OPERATIONS
from tests.soak.checks import examine
from tests.soak.fleet import Client, Fleet
from tests.soak.ledgers import ENDED, Ledgers, Verdict, everything
from tests.soak.oncall import REASONS, WHY

SETTLE_SECONDS: Final = 900  # of no progress at all
LOOK_SHARE: Final = 4  # looking at everything takes at most a fifth of the time
LATER_SECONDS: Final = 40 * 60.0  # an erasure looks again after 25 minutes, and is sent for 5 minutes later
Tell = Callable[[str], None]


async def settle(store: Store, client: Client, ledgers: Ledgers, tell: Tell) -> None:
    """Let what is left come to its end: the reconciler and the sweep are asked as their timers would, only sooner."""
    moved, shown, sent = time.monotonic(), -1, ledgers.sent
    while time.monotonic() - moved < SETTLE_SECONDS:
        await client.call("POST", "ops/reconcile")
        await client.trigger("SweepDeadLetters")  # a killed instance may have hidden what a pause had held
        looked = time.monotonic()
        jobs = {one["jobId"]: one["status"] for one in await everything(store, JOBS.key)}
        left = sum(jobs.get(job_id) not in ENDED for job_id, like in sent.likes.items() if like.user not in sent.erased)
        if left != shown:
            tell(f"{left} likes have not ended")
            moved, shown = time.monotonic(), left
        if not left:
            return
        await asyncio.sleep(3 + LOOK_SHARE * (time.monotonic() - looked))


async def replay_the_dead(client: Client, ledgers: Ledgers, tell: Tell) -> None:
    """Replay what died, now that the world is whole; the garbage stays."""
    for reason in REASONS:
        asked = {"action": "replay", "filter": {"reason": reason, "kind": "taste-analysis"}, **WHY}
        predicted = await client.call("POST", "ops/replays", {**asked, "dryRun": True})
        if not predicted["total"]:
            continue
        body = {**asked, "snapshot": predicted["snapshot"], "rate": 20, "force": True}
        status, told = await client.ask("POST", "/api/ops/replays", body, take=(202, 409))
        if status == 409:  # another one runs, or the set has changed: the next round will see
            tell(f"no replay of {reason}: {told['detail']}")
            continue
        ledgers.operations.append(told["id"])
        tell(f"replaying {predicted['total']} dead letters: {reason}")
        await ended(client, told["id"])


async def ended(client: Client, operation: str) -> None:
    """Wait for the end of an operation."""
    moved, before = time.monotonic(), None
    while time.monotonic() - moved < SETTLE_SECONDS:
        state = await client.call("GET", f"ops/replays/{operation}")
        if state["status"] not in {"queued", "running"}:
            return
        if state != before:
            moved, before = time.monotonic(), state
        await asyncio.sleep(1)


async def quiet(store: Store, client: Client, ledgers: Ledgers, tell: Tell) -> Verdict:
    """Wait until the runs that were asked for and the other jobs have ended, and nothing is left to be mended."""
    moved, before = time.monotonic(), -1
    while True:
        left = (await client.call("POST", "ops/reconcile"))["repairs"]
        looked = time.monotonic()
        verdict = await examine(store, client, ledgers)
        waiting = [kind for kind in verdict.wrong if kind.endswith("not ended") or kind in {"lost", "still to be mended"}]
        if not left and not waiting:
            return verdict
        wrong = sum(map(len, verdict.wrong.values()))
        if wrong != before:
            moved, before = time.monotonic(), wrong
        if time.monotonic() - moved > SETTLE_SECONDS:
            return verdict
        tell(f"not yet quiet: {', '.join(waiting) or f'{len(left)} mended'}")
        await asyncio.sleep(3 + LOOK_SHARE * (time.monotonic() - looked))


async def later(store: Store, fleet: Fleet, client: Client, ledgers: Ledgers, tell: Tell) -> None:
    """Let time pass, on every instance: erasures look again, once more after each look that finds something, and are over."""
    moved, before, running = time.monotonic(), None, set(ledgers.sent.erased.values())
    await _time_passes(fleet, tell)
    while running and time.monotonic() - moved < SETTLE_SECONDS:
        await client.trigger("ReconcileJobs")  # it sends for erasures that are due, too
        await asyncio.sleep(10)
        states = {one: await client.call("GET", f"ops/erasures/{one}") for one in running}
        running = {one for one in running if states[one]["status"] == "running"}
        if states != before:
            moved, before = time.monotonic(), states
        if running and await _next_look(store, running) > time.time() + fleet.ahead:
            await _time_passes(fleet, tell)
    for _ in range(2):  # one tells what a killed one had still to tell; the second has nothing to tell
        await client.trigger("OpsWatch")
        await asyncio.sleep(5)


async def _time_passes(fleet: Fleet, tell: Tell) -> None:
    fleet.ahead += LATER_SECONDS
    await asyncio.gather(*(fleet.deploy(number) for number in range(fleet.size)))
    tell(f"{fleet.ahead / 60:.0f} minutes later")


async def _next_look(store: Store, erasures: Set[str]) -> float:
    """Return when the first of these erasures looks again, in seconds since the epoch; one that has ended does not."""
    due = [
        one["dueAt"] for one in await everything(store, OPERATIONS.key) if one["id"] in erasures and one["status"] == "running"
    ]
    return min((from_iso(at).timestamp() for at in due), default=0.0)
