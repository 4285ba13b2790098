"""A server that answers with exactly these bytes, and remembers the bytes it was asked with."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

HEAD = b"HTTP/1.1 200 OK\r\n"


@dataclass
class Wire:
    """`answers` go out one a connection, the last one for ever; then the connection is closed."""

    answers: list[bytes]
    host: str = ""
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def targets(self) -> list[str]:
        """What the request lines asked for."""
        return [request.split(b" ")[1].decode("ascii") for request in self.requests]


@asynccontextmanager
async def wire(*answers: bytes, split: int = 0, keep_open: bool = False) -> AsyncIterator[Wire]:
    """`split`: so many bytes go out first, the rest when they have been sent. `keep_open`: for further requests."""
    known = Wire(list(answers))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        known.connections += 1
        while True:
            try:
                known.requests.append(await reader.readuntil(b"\r\n\r\n"))
            except asyncio.IncompleteReadError:
                break
            whole_answer = known.answers.pop(0) if len(known.answers) > 1 else known.answers[0]
            for piece in (whole_answer[:split], whole_answer[split:]):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
            if not keep_open:
                break
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    known.host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield known
    finally:
        server.close()
        await server.wait_closed()


def whole(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """An answer with its length."""
    lines = b"".join(header + b"\r\n" for header in (b"Content-Length: %d" % len(body), b"Connection: close", *headers))
    return b"HTTP/1.1 " + status + b"\r\n" + lines + b"\r\n" + body
