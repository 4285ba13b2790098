"""What one taste job asks of the store and the model, counted where the calls leave the app, over Cosmos DB's wire."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents.jobs.messages import encode
from agents.taste_analysis.likes import Like
from agents.wiring import Wiring
from bench.report import Report
from bench.throughput import child, environment
from devhost.azurite import Azurite
from shared.clock import to_iso
from shared.observe.metering import Usage, measure
from shared.queues.base import unwrap
from shared.services import build
from shared.settings import Settings

CASES = {
    "first_like": "a user's first like", "lists_change": "second like: the lists change",
    "nothing_changes": "third like: nothing changes", "known_picture": "a picture seen before",
    "from_producer": "a first like without the endpoint",
}  # fmt: skip
CONCURRENT = 48


async def count(folder: Path, model: str, pictures: str, store_url: str) -> tuple[list[Usage], tuple[int, int]]:
    """Return each case's usage, and the calls and texts of `CONCURRENT` jobs that embed at once."""
    with Azurite(folder / "azurite") as azurite:
        environ = environment(azurite, "operations", model, pictures, store_url)
        services = await build(Settings.from_environment(environ), environ=environ)
        await services.store.ensure_containers()
        wiring = Wiring.of(services)

        async def like(user: str, name: str, item: str, *, endpoint: bool = True) -> Usage:
            address = f"http://{pictures}/{name}"
            if endpoint:  # the same door as the endpoint's
                await wiring.intake.accept(Like(userId=user, itemId=item, imageUrl=address, signal="up"))
            else:  # a producer knows the message alone
                body = {"user_id": user, "item_id": item, "image_url": address, "createdAt": to_iso(services.clock.now())}
                await services.queues.send("operations", encode(body))
            [message] = await services.queues.receive("operations", limit=1)
            with measure() as usage:
                await wiring.runners["taste-analysis"].deliver(unwrap(message.content.encode()))
            await services.queues.delete("operations", message)
            return usage

        names = ("one.jpg", "two.jpg", "three.jpg", "one.jpg")
        users = ("ada", "ada", "ada", "bruno")
        cases = [await like(user, name, f"item-{index}") for index, (name, user) in enumerate(zip(names, users, strict=True))]
        cases.append(await like("carla", "five.jpg", "item-5", endpoint=False))
        provider = Counting(services.embeddings._provider)
        services.embeddings._provider = provider
        words = [[f"word {user}.{index}" for index in range(3)] for user in range(CONCURRENT)]
        await asyncio.gather(*(services.embeddings.embed(texts) for texts in words))
        await services.close()
    return cases, (provider.calls, sum(map(len, words)))


class Counting:
    """Counts the calls that leave the batched client; all else is the provider's own."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.calls = inner, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.calls += 1
        return await self._inner.embed(texts)


def run(report: Report) -> None:
    """Report each case."""
    with tempfile.TemporaryDirectory() as text, child("model") as (model, pictures), child("store") as (store,):
        cases, (calls, texts) = asyncio.run(count(Path(text), model, pictures, store))
    report.say("one taste job: store operations, request units by the service's table, model calls")
    for (name, words), usage in zip(CASES.items(), cases, strict=True):
        line = f"{words:32} {usage.operations} operations  {usage.charge:5.1f} RU  {usage.model_calls} model calls"
        report.figure(f"operations.{name}", usage.operations, line)
        report.keep(f"operations.{name}_charge", usage.charge)
    most = max(usage.model_calls for usage in cases)
    report.figure("operations.model_calls", most, f"model calls of a job, most: {most}")
    report.figure("operations.embedding_calls", calls, f"{CONCURRENT} jobs at once, {texts} words: {calls} embedding calls")
