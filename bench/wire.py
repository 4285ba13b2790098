"""The other end of the wire, a process of its own: `python -m bench.wire model|store`. Prints its address, then serves.

`model`: a fake Azure OpenAI of half a second's latency, and pictures made up on demand, each different from all others.
`store`: Cosmos DB's wire. What these cost is not the app's CPU.
"""

import asyncio
import hashlib
import io
import sys
from functools import lru_cache

from aiohttp import web
from PIL import Image

from bench.cosmos_wire import MemoryCosmos
from samples.draw import DRAWN, draw
from tests.fakes.azure_openai import FakeAzureOpenAI
from tests.fakes.cosmos_proxy import CosmosServer

LATENCY_SECONDS = 0.5


@lru_cache(maxsize=16)
def base_picture(index: int) -> Image.Image:
    shape, cloth, accent, background = list(DRAWN.values())[index]
    return draw(shape, cloth, accent, background, stripes=False)


@lru_cache(maxsize=4_000)
def picture(name: str) -> bytes:
    """Return the JPEG of a name: a garment, and a patch that no other name has."""
    digest = hashlib.sha256(name.encode()).digest()
    made = base_picture(digest[0] % len(DRAWN)).copy()
    for index, value in enumerate(digest[1:13]):
        made.paste((value, 255 - value, value // 2), (40 * index, 0, 40 * index + 36, 36))
    out = io.BytesIO()
    made.save(out, "JPEG", quality=85)
    return out.getvalue()


async def serve_pictures() -> int:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=picture(request.match_info["name"]), content_type="image/jpeg")

    app = web.Application()
    app.router.add_get("/{name}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return int(runner.addresses[0][1])


async def main(part: str) -> None:
    if part == "model":
        async with FakeAzureOpenAI(latency_seconds=LATENCY_SECONDS, keep_bodies=False) as fake:
            print(fake.endpoint, f"127.0.0.1:{await serve_pictures()}", flush=True)
            await asyncio.Event().wait()
    with CosmosServer() as server:
        async with MemoryCosmos(server.port) as proxy:
            print(proxy.endpoint, flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
