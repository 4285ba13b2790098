"""A fake app at the wire: answers as it was told, in order, and keeps what it was asked. And a way to run the client."""

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from opsctl.__main__ import World, main

KEY = "k3y-that-nobody-may-see"
ACTION_KEY = "another-that-nobody-may-see"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class Reply:
    """One answer; a document is sent as JSON."""

    status: int
    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"


def problem(status: int, detail: str, **more: Any) -> Reply:
    document = {"type": "about:blank", "status": status, "title": "A Title", "detail": detail, **more}
    return Reply(status, document, kind="application/problem+json")


@dataclass
class FakeApp:
    """`replies`: by `GET ops/path`, in order; the last one is repeated."""

    url: str = ""
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def tell(self, call: str, *replies: Reply | dict[str, Any]) -> None:
        self.replies[call] = [one if isinstance(one, Reply) else Reply(200, one) for one in replies]

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        waiting = self.replies.get(f"{asked.method} {asked.path.removeprefix('/api/ops/')}")
        if not waiting:
            return problem(404, "There is no such thing.")
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


@contextmanager
def serving() -> Iterator[FakeApp]:
    app = FakeApp()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), headers, json.loads(raw) if raw else None)
            reply = app.answer(asked)
            content = reply.content if isinstance(reply.content, bytes) else json.dumps(reply.content).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": reply.kind, "Content-Length": str(len(content)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = _any  # noqa: N815  (the library's names)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    app.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield app
    finally:
        server.shutdown()
        server.server_close()


class Stream(io.StringIO):
    """A stream in memory; `charset`: what it can encode."""

    charset = "utf-8"

    @property
    def encoding(self) -> str:  # type: ignore[override]  # the library's is read-only, and None
        return self.charset


class Terminal(Stream):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@dataclass
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str
    slept: list[float]

    @property
    def document(self) -> Any:
        return json.loads(self.out)


def run(
    app: FakeApp, *argv: str, typed: str | None = None, terminal: bool = False, interrupted: bool = False,
    charset: str = "utf-8", **environ: str,
) -> Done:  # fmt: skip
    """Run one command against the fake app. `typed`: what a person types, None for nobody; `interrupted`: when it waits;
    `charset`: of what it prints.
    """
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        if interrupted:
            raise KeyboardInterrupt
        slept.append(seconds)

    out, err = (Terminal() if terminal else Stream() for _ in range(2))
    out.charset = err.charset = charset
    stdin = Terminal(typed) if typed is not None else io.StringIO()
    world = World(
        {"PLUCKIT_URL": app.url, "PLUCKIT_KEY": KEY, **environ}, stdin, out, err, sleep=sleep, new_key=lambda: "new-key",
        now=lambda: NOW,
    )  # fmt: skip
    code = main(argv, world)
    for text in (out.getvalue(), err.getvalue()):
        assert KEY not in text, "the key is never printed"
        assert ACTION_KEY not in text, "nor is the other"
        text.encode(charset)
    return Done(code, out.getvalue(), err.getvalue(), slept)
