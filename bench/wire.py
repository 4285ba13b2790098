"""The other end of the wire, a process of its own: `python -m bench.wire model|stylist|store`. Prints its address, then serves.

`model`: a fake Azure OpenAI of half a second's latency, and pictures made up on demand, each different from all others.
`stylist`: the same, but it answers digests. `store`: Cosmos DB's wire. What these cost is not the app's CPU.
"""

import asyncio
import hashlib
import io
import json
import sys
from functools import lru_cache
from typing import Any

from aiohttp import web
from PIL import Image

from samples.draw import DRAWN, draw
from shared.chat.base import Question
from shared.fashion.suggestions import Suggestions
from shared.local.digest import suggest
from tests.fakes.azure_openai import FakeAzureOpenAI, completion
from tests.fakes.cosmos import FakeCosmos

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


@lru_cache(maxsize=100)
def suggestions(data: str) -> str:
    """The rule-based answer to a digest's question; the same question costs nothing twice."""
    question = Question("digest.compose", "1", "", Suggestions, text=data)
    return suggest(question).model_dump_json()


async def stylist(_request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    parts = body["messages"][1]["content"]
    data = json.loads((parts if isinstance(parts, str) else parts[0]["text"]).partition("\n")[2])["data"]
    return web.json_response(completion(suggestions(data)))


async def main(part: str) -> None:
    if part in {"model", "stylist"}:
        default = stylist if part == "stylist" else None
        async with FakeAzureOpenAI(latency_seconds=LATENCY_SECONDS, keep_bodies=False, default=default) as fake:
            print(fake.endpoint, f"127.0.0.1:{await serve_pictures()}", flush=True)
            await asyncio.Event().wait()
    async with FakeCosmos() as fake:
        print(fake.endpoint, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
