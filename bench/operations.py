"""What one taste job asks of the store and the model, counted where the calls leave the app, over Cosmos DB's wire."""

import asyncio
import tempfile
from pathlib import Path

from agents.taste_analysis.likes import Like
from agents.wiring import Wiring
from bench.throughput import child, environment
from devhost.azurite import Azurite
from shared.observe.metering import Usage, measure
from shared.queues.base import unwrap
from shared.services import build
from shared.settings import Settings

CASES = ("a user's first like", "second like: the lists change", "third like: nothing changes", "a picture seen before")
CONCURRENT = 48


async def count(folder: Path, model: str, pictures: str, store_url: str) -> tuple[list[tuple[str, Usage]], tuple[int, int]]:
    """Return each case's usage, and the calls and texts of `CONCURRENT` jobs that embed at once."""
    with Azurite(folder / "azurite") as azurite:
        environ = environment(azurite, "operations", model, pictures, store_url)
        services = await build(Settings.from_environment(environ), environ=environ)
        await services.store.ensure_containers()
        wiring = Wiring.of(services)

        async def like(user: str, name: str, item: str) -> Usage:
            await wiring.intake.accept(
                Like(userId=user, itemId=item, imageUrl=f"http://{pictures}/{name}", signal="up")
            )  # the same door as the endpoint's
            [message] = await services.queues.receive("operations", limit=1)
            with measure() as usage:
                await wiring.runners["taste-analysis"].deliver(unwrap(message.content.encode()))
            await services.queues.delete("operations", message)
            return usage

        names = ("one.jpg", "two.jpg", "three.jpg", "one.jpg")
        users = ("ada", "ada", "ada", "bruno")
        cases = [
            (case, await like(user, name, f"item-{index}"))
            for index, (case, user, name) in enumerate(zip(CASES, users, names, strict=True))
        ]
        provider = CountingProvider(services.embeddings._provider)
        services.embeddings._provider = provider
        words = [[f"word {user}.{index}" for index in range(3)] for user in range(CONCURRENT)]
        await asyncio.gather(*(services.embeddings.embed(texts) for texts in words))
        await services.close()
    return cases, (provider.calls, sum(map(len, words)))


class CountingProvider:
    """Counts the calls that leave the batched client."""

    def __init__(self, inner: object) -> None:
        self._inner, self.calls = inner, 0

    async def embed(self, texts: list[str]) -> object:
        self.calls += 1
        return await self._inner.embed(texts)

    async def close(self) -> None:
        await self._inner.close()


def run() -> None:
    """Print a line a case."""
    with tempfile.TemporaryDirectory() as text, child("model") as (model, pictures), child("store") as (store,):
        cases, (calls, texts) = asyncio.run(count(Path(text), model, pictures, store))
    print("one taste job: store operations (at most 8; 6 when nothing changes or the picture is known), model calls")
    for case, usage in cases:
        print(f"  {case:32} {usage.operations} operations  {usage.charge:5.1f} RU*  {usage.model_calls} model calls")
    print(f"  {CONCURRENT} jobs at once, {texts} words: {calls} embedding calls")
    print("  * summed from the responses; the test server charges 1.5 for each\n")


if __name__ == "__main__":
    run()
