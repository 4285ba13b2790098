"""The instances, each a process of its own that is killed and begun again, and the client that calls whichever is up."""

import asyncio
import contextlib
import os
import random
import signal
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import aiohttp

from samples.serving import ROOT, HostProcess
from tests.soak.host import AHEAD
from tests.waiting import HANGS_SECONDS

KEY: Final = "soak-key"
LOCK_SECONDS: Final = "20"
OWN_CLOCK: Final = Path("tests/soak/host.py")  # older builds have none


class Fleet:
    """`skew`: how many seconds the clocks of the first and the last instance are apart. `ahead`: of all, from the next start
    on. `builds`: the checkouts that instances are begun from, in turn.
    """

    def __init__(
        self, environ: Mapping[str, str], count: int, folder: Path, inflicted: Counter[str], *, skew: float = 0.0,
        builds: Sequence[Path] = (ROOT,),
    ) -> None:  # fmt: skip
        self._environ, self._folder, self._inflicted = dict(environ), folder, inflicted
        self._hosts: list[HostProcess | None] = [None] * count
        self._skew, self._builds = skew, builds
        self._begun = 0
        self._alone = [asyncio.Lock() for _ in range(count)]
        self.ahead = 0.0

    async def begin(self, number: int) -> None:
        """Start an instance; where its store or queue is away it ends at once, and is tried again as a platform does."""
        while True:
            folder = self._folder / f"host-{number}-{self._begun}"
            build = self._builds[self._begun % len(self._builds)]
            self._begun += 1
            folder.mkdir(parents=True)
            host = HostProcess(
                {**self._environ, AHEAD: str(self.ahead + self._offset(number))}, port=0, log=folder / "devhost.log",
                timers=False, checkout=build, more=("--lock-seconds", LOCK_SECONDS),
                module="tests.soak.host" if (build / OWN_CLOCK).exists() else "devhost",
            )  # fmt: skip
            try:
                self._hosts[number] = await host.__aenter__()
                return
            except Exception as error:  # noqa: BLE001  (whatever keeps it from starting: the outage is ours)
                self._inflicted[f"starts refused ({type(error).__name__})"] += 1
                await asyncio.sleep(1)

    def _offset(self, number: int) -> float:
        return self._skew * (number / max(1, self.size - 1) - 0.5)

    async def start(self) -> None:
        await asyncio.gather(*(self.begin(number) for number in range(self.size)))

    async def kill(self, number: int) -> None:
        """End an instance as a crash does, and begin another in its place."""
        async with self._alone[number]:
            host, self._hosts[number] = self._hosts[number], None
            if host is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(host.pid, signal.SIGKILL)
                await host.__aexit__()
                self._inflicted["instances killed"] += 1
            await self.begin(number)

    async def deploy(self, number: int) -> None:
        """End an instance as a deployment does, and begin the next build in its place."""
        async with self._alone[number]:
            host, self._hosts[number] = self._hosts[number], None
            if host is not None:
                await host.__aexit__()
                self._inflicted["instances deployed"] += 1
            await self.begin(number)

    @property
    def size(self) -> int:
        return len(self._hosts)

    def url(self, rng: random.Random) -> str | None:
        up = [host.url for host in self._hosts if host is not None]
        return rng.choice(up) if up else None

    async def close(self) -> None:
        for host in self._hosts:
            if host is not None:
                await host.__aexit__()


class Client:
    """Calls the app as its callers do: until it is answered. `seen`: where the other end of the wire says what came in."""

    def __init__(self, fleet: Fleet, rng: random.Random, seen: str) -> None:
        self._fleet, self._rng, self.seen = fleet, rng, seen
        self.session = aiohttp.ClientSession(
            headers={"x-functions-key": KEY}, timeout=aiohttp.ClientTimeout(total=HANGS_SECONDS)
        )

    async def ask(self, method: str, path: str, body: object = None, *, take: Sequence[int] = (200, 202)) -> tuple[int, Any]:
        """Call an instance, another when it is away or says 503; returns the status and the answer."""
        while True:
            url = self._fleet.url(self._rng)
            if url is None:
                await asyncio.sleep(0.2)
                continue
            try:
                async with self.session.request(method, f"{url}{path}", json=body) as response:
                    told = await response.read()
                    if response.status in take:
                        is_json = "json" in response.content_type and told
                        return response.status, await response.json() if is_json else None
                    if response.status < 500 and response.status != 429:
                        raise AssertionError(f"{method} {path}: {response.status} {told[:300]!r}")
            except (aiohttp.ClientError, TimeoutError, OSError):
                pass
            await asyncio.sleep(0.3)

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """Call an endpoint of the app; returns the answer."""
        return (await self.ask(method, f"/api/{path}", body))[1]

    async def trigger(self, function: str) -> None:
        """Let an instance run a function now, as its timer would."""
        await self.ask("POST", f"/admin/functions/{function}", {"input": ""})
