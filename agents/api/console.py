"""The console's page and its files. Both are anonymous and hold no data: what is shown is asked for with the key."""

import asyncio
import re
from collections.abc import Mapping
from typing import Final

from agents.api.endpoint import NoBody, NoParameters, endpoint
from agents.api.http import Call, Response, not_found
from agents.console.assets import POLICY, TYPES, Asset, assets

YEAR: Final = "public, max-age=31536000, immutable"
CHECKED: Final = "no-cache"
SAFE: Final = {
    "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
}  # fmt: skip
GIVES: Final = {"ETag": "of these bytes", "Cache-Control": "how long they may be kept", "Vary": "`Accept-Encoding`"}
TAKES: Final = {"If-None-Match": "the ETag of what the caller has: 304 where it is still right"}


class ConsoleEndpoints:
    """See the module."""

    @endpoint("GET", "ops/console", answers={200: ("text/html",), 304: ()}, headers=TAKES, gives=GIVES, anonymous=True)
    async def get_console(self, call: Call[NoParameters, NoBody]) -> Response:
        """Show the console of on-call, a page for browsers."""
        found = await asyncio.to_thread(assets)
        return _sent(found.shell, call.headers, CHECKED)

    @endpoint(
        "GET", "ops/console/assets/{name}", answers={200: tuple(TYPES.values()), 304: ()}, headers=TAKES, gives=GIVES,
        anonymous=True,
    )  # fmt: skip
    async def get_console_asset(self, call: Call[NoParameters, NoBody]) -> Response:
        """Give a file of the console's page."""
        found = (await asyncio.to_thread(assets)).named(call.route["name"])
        if found is None:
            raise not_found("The console has no file of this name.")
        asset, for_ever = found
        return _sent(asset, call.headers, YEAR if for_ever else CHECKED)


def _sent(asset: Asset, headers: Mapping[str, str], kept: str) -> Response:
    """Answer with an asset, packed where the caller takes that; with nothing where the caller has it."""
    tag = f'W/"{asset.tag}"'  # weak: packed or not, it is the same
    told = {**SAFE, "ETag": tag, "Cache-Control": kept, "Vary": "Accept-Encoding"}
    if asset.tag in re.findall(r'"([^"]*)"', headers.get("if-none-match", "")):
        return Response(304, b"", asset.content_type, told)
    if _takes_gzip(headers.get("accept-encoding", "")):
        return Response(200, asset.packed, asset.content_type, {**told, "Content-Encoding": "gzip"})
    return Response(200, asset.content, asset.content_type, told)


def _takes_gzip(accepted: str) -> bool:
    """True where gzip is named and not refused (`q=0`)."""
    wishes = (one.replace(" ", "").lower() for one in accepted.split(","))
    return any(re.fullmatch(r"gzip(;q=(1(\.0*)?|0\.\d*[1-9]\d*))?", one) for one in wishes)
