"""Follows `docs/adding.md`: the queue job that stands there is added as it says, and is as good as any other."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import agents.wiring
from agents.jobs.messages import encode
from agents.wiring import KindRow
from shared.errors import ModelUnavailable
from shared.queues.names import JOB_QUEUES
from shared.settings import Settings
from shared.store.containers import BACKGROUND_JOBS, DEAD_LETTERS, SERVICE_STATE
from tests.fakes.clock import VirtualTime
from tests.fakes.telemetry import points, recorded
from tests.faults.operations import asks, request
from tests.faults.world import World, embedded_store

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BODY = encode({"userId": "ada"})
# Paths that a reader makes, or that are named as an example of what is not there.
NOT_IN_THE_HOUSE = ("…", "*", "<", "{", "path/", "~", "/tmp", "/api", "http")


def page(title: str) -> str:
    text = (ROOT / "docs/adding.md").read_text()
    [found] = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, flags=re.S | re.M)
    return str(found)


@pytest.fixture
def welcome() -> ModuleType:
    [code] = re.findall(r"```python\n(.*?)```", page("A queue job"), flags=re.S)
    module = ModuleType("welcome")
    exec(compile(code, "docs/adding.md", "exec"), module.__dict__)  # noqa: S102  (our own page)
    return module


@pytest.fixture
async def world(welcome: ModuleType, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """The app with one row more in each of the two tables that the page names."""
    [row] = re.findall(r'`"(\w+)": "([\w-]+)"`', page("A queue job"))
    monkeypatch.setitem(JOB_QUEUES, *row)
    [kind] = re.findall(r"`(KindRow\(.*\))`", page("A queue job"))
    added = eval(kind, {**welcome.__dict__, "KindRow": KindRow})  # noqa: S307  (our own page)
    monkeypatch.setattr(agents.wiring, "KINDS", (*agents.wiring.KINDS, added))
    made = World(embedded_store(VirtualTime()))
    yield made
    await made.store.close()


async def play(world: World, rounds: int = 8) -> None:
    for _ in range(rounds):
        for queue, handler in (
            ("welcome-jobs", world.wiring.runners["welcome"].deliver),
            ("welcome-jobs-poison", world.wiring.dead_letters["welcome"].persist),
            ("run-commands", world.wiring.on_call.steps.handle),
        ):
            for message in await world.queues.receive(queue):
                await handler(message.body or b"")
                await world.queues.delete(queue, message)
        world.time.advance(1_000)


async def test_the_queue_job_of_the_page_is_delivered_counted_and_told_apart(world: World) -> None:
    with recorded() as telemetry:
        await world.queues.send("welcome-jobs", BODY)
        await play(world, 1)
        metrics = telemetry.metrics()
    assert await world.store.find(SERVICE_STATE.key, "welcome.ada", "welcome.ada") is not None
    assert points(metrics["wardrobe.welcome_job.outcome"]) == {"done,": 1}
    assert points(metrics["wardrobe.welcome_job.attempts"]) == {"done": 1}
    [job] = await world.documents(BACKGROUND_JOBS.key)
    assert (job["kind"], job["status"]) == ("welcome", "completed")
    world.time.advance(300)
    await world.wiring.chores["watch"]()
    collected = await world.wiring.watch.collector.collect(counting=False)
    assert "welcome-jobs" in {one.name for one in collected.backlogs or ()}
    assert Settings.from_environment({"WELCOME_JOB_MAX_ATTEMPTS": "2"}).jobs["WELCOME_JOB"].max_attempts == 2


async def test_the_queue_job_of_the_page_dies_and_is_replayed_like_any_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_args: Any) -> None:
        raise ModelUnavailable("503")

    await world.queues.send("welcome-jobs", BODY)
    with monkeypatch.context() as patched:
        patched.setattr(type(world.wiring.runners["welcome"].workflow), "run", down)
        await play(world)
    [record] = await world.documents(DEAD_LETTERS.key)
    assert (record["kind"], record["reason"]) == ("welcome", "llm_unavailable")
    await request(world, asks(record["id"]))
    await play(world)
    [record] = await world.documents(DEAD_LETTERS.key)
    assert record["status"] == "resolved"
    assert record["payload"]["userId"] == "ada"


@pytest.mark.parametrize(
    ("title", "most"), [("A queue job", 4), ("A timer", 3), ("An alert rule", 3), ("An endpoint", 3), ("A setting", 2)]
)
def test_a_page_asks_for_no_more_existing_files_than_promised(title: str, most: int) -> None:
    touched = [re.match(r"\d+\. [^`]*`([\w./]+)`", line) for line in page(title).splitlines() if re.match(r"\d+\. ", line)]
    paths = [found.group(1) for found in touched if found]
    assert len(paths) == len(touched) > 0, "each item begins with its file"
    assert len(set(paths)) == len(paths) <= most
    assert [path for path in paths if "." in path and not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_that_a_page_names_is_there(path: Path) -> None:
    named = set(re.findall(r"`([\w.*{}<>…~/-]+/[\w.*{}<>…-]*)`", path.read_text()))
    named |= {target for target in re.findall(r"\]\(([^)#\s]+)\)", path.read_text()) if "://" not in target}
    tops = {one.name for one in ROOT.iterdir() if one.is_dir() and not one.name.startswith(".")}
    ours = {
        one for one in named
        if not any(part in one for part in NOT_IN_THE_HOUSE)
        and (one.split("/")[0] in tops or one.endswith((".md", ".py", ".json")))
    }  # fmt: skip
    gone = [one for one in sorted(ours) if not ((ROOT / one).exists() or (path.parent / one).exists())]
    assert gone == []
