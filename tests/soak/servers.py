"""The other end of the wire, a process of its own: models, pictures, feeds, who receives alerts, and Cosmos DB.

`python -m tests.soak.servers` prints `models pictures cosmos`, and reads the address that Cosmos DB is to be known by.
"""

import asyncio
import hashlib
import io
import json
import logging
import sys
from functools import lru_cache
from typing import Any, Final

from aiohttp import web
from PIL import Image

from bench.wire import suggestions
from devhost.azurite import die_with_parent
from samples.serving import ROOT
from tests.fakes.azure_openai import FakeAzureOpenAI, completion
from tests.fakes.cosmos import FakeCosmos
from tests.fakes.site import serving

STYLES: Final = (
    "minimalist",
    "tailored",
    "vintage",
    "romantic",
    "sporty",
    "preppy",
    "bohemian",
    "utility",
    "grunge",
    "glamorous",
)
COLOURS: Final = ("navy", "black", "white", "red", "olive", "camel", "grey", "pink")
GARMENTS: Final = ("blazer", "jeans", "dress", "t-shirt", "boots", "skirt", "coat", "scarf")
LATENCY_SECONDS: Final = 0.02
SIDE: Final = 96  # pixels
MOODS: Final = (
    ("Quiet Harbour", "Coastal"), ("Velvet Library", "Dark Academia"), ("Night Courier", "Streetwear"),
    ("Meadow Lace", "Cottagecore"), ("Tennis Club Pleats", "Preppy"), ("Chrome Razor", "Edgy"),
)  # fmt: skip
missing: set[str] = set()
asked: set[str] = set()  # titles of articles
notices: list[dict[str, Any]] = []


def described(text: str) -> dict[str, Any]:
    """What the model sees in a picture: of the picture's own bytes, so that the same one is always described alike."""
    number = sum(text[-400:].encode())
    return {
        "style_keywords": [STYLES[number % 10], STYLES[number // 7 % 10]], "colours": [COLOURS[number // 3 % 8]],
        "garments": [GARMENTS[number // 5 % 8]], "brand": None, "confidence": 0.9,
    }  # fmt: skip


@lru_cache(maxsize=8_000)
def picture(name: str) -> bytes:
    """Return the JPEG of a name: small, so that the time goes into what is tried, and with pixels that no other name has."""
    digest = hashlib.sha256(name.encode()).digest()
    made = Image.frombytes("RGB", (3, 3), digest[:27]).resize((SIDE, SIDE), Image.Resampling.NEAREST)
    out = io.BytesIO()
    made.save(out, "JPEG", quality=85)
    return out.getvalue()


def moods_of(articles: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One mood an article, by its title; each article that was asked about is kept."""
    found = []
    for article in articles:
        title = str(article["title"])
        asked.add(title)
        name, primary = MOODS[sum(title.encode()) % len(MOODS)]
        found.append({
            "known": "new", "name": name, "primary_mood": primary, "quote": title, "articles": [article["number"]],
            "description": f"{name}, as {primary} is worn", "sub_moods": [], "color_palette": [], "patterns": [],
            "silhouettes": [], "fabrics": [], "key_pieces": [],
        })  # fmt: skip
    return found


def answer(body: dict[str, Any]) -> str:
    """A picture's description, a digest, the moods of articles, or that no two moods are the same."""
    told = json.dumps(body["messages"])
    if "image_url" in told:
        [url] = [part["image_url"]["url"] for part in body["messages"][-1]["content"] if part["type"] == "image_url"]
        return json.dumps(described(url))
    parts = body["messages"][1]["content"]
    text = parts if isinstance(parts, str) else parts[0]["text"]
    data = json.loads(text.partition("\n")[2]).get("data", "")
    listed = json.loads(data) if data.startswith("[") else []
    if listed and "summary" in listed[0]:
        return json.dumps({"moods": moods_of(listed)})
    if listed and "one" in listed[0]:
        return json.dumps({"same": [False for _ in listed]})
    return suggestions(data)


async def reply(_request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    return web.json_response(completion(answer(body)))


async def pictures(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    if name in missing:
        return web.Response(status=404)
    return web.Response(body=picture(name), content_type="image/jpeg")


async def mend(request: web.Request) -> web.Response:
    """`POST /missing` with the names of pictures that are not there."""
    missing.clear()
    missing.update(await request.json())
    return web.Response()


async def feed(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(ROOT / "samples/feeds" / request.match_info["name"])


async def hook(request: web.Request) -> web.Response:
    notices.append(await request.json())
    return web.Response()


async def seen(_request: web.Request) -> web.Response:
    """`GET /seen`: what came in, for the checks."""
    return web.json_response({"notices": notices, "articles": sorted(asked)})


async def main() -> None:
    site = web.Application()
    site.router.add_post("/hook", hook)
    site.router.add_get("/seen", seen)
    site.router.add_post("/missing", mend)
    site.router.add_get("/feeds/{name}", feed)
    site.router.add_get("/{name}", pictures)
    model = FakeAzureOpenAI(latency_seconds=LATENCY_SECONDS, keep_bodies=False, default=reply)
    async with model as fake, serving(site) as address, FakeCosmos() as cosmos:
        print(fake.endpoint, address, cosmos.endpoint, flush=True)
        cosmos.endpoint = (await asyncio.to_thread(sys.stdin.readline)).strip() or cosmos.endpoint
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    die_with_parent()
    logging.disable()  # that a connection broke is what was meant
    asyncio.run(main())
