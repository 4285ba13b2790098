"""A TCP proxy that breaks connections: before a request arrives, after it was carried out, or all of them for a while."""

import asyncio
import contextlib
import random
from collections import Counter
from typing import Self


class Proxy:
    """`async with Proxy(name, host, port, rng, inflicted) as proxy:` listens on `proxy.port`.

    `cut` is the share of chunks, each way, whose connection is broken instead: towards the service the request is never seen,
    back from it the request was carried out and nobody hears of it. While `down`, every connection is broken.
    """

    def __init__(self, name: str, host: str, port: int, rng: random.Random, inflicted: Counter[str]) -> None:
        self._name, self._target, self._rng, self._inflicted = name, (host, port), rng, inflicted
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.cut = 0.0
        self.down = False
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def stop(self) -> None:
        """Take the service away, with every connection that is open."""
        self.down = True
        self._inflicted[f"{self._name} taken away"] += 1
        for writer in list(self._open):
            writer.transport.abort()

    def start(self) -> None:
        """Let it be there again."""
        self.down = False

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._carry(reader, writer)
        except asyncio.CancelledError:
            return  # the proxy closes: asyncio would print what its own callback was told
        finally:
            self._tasks.discard(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.down:
            writer.transport.abort()
            return
        try:
            there_reader, there_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, there_writer}
        ways = [
            asyncio.create_task(self._pipe(reader, there_writer, "before the request")),
            asyncio.create_task(self._pipe(there_reader, writer, "before the answer")),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for one in (writer, there_writer):
                self._open.discard(one)
                one.transport.abort()

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, moment: str) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(65_536):
                if self.cut and self._rng.random() < self.cut:
                    self._inflicted[f"{self._name} cut {moment}"] += 1
                    return
                writer.write(chunk)
                await writer.drain()
