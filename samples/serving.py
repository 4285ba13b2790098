"""What the samples run on: a folder served as a site, and the host as a process of its own."""

import asyncio
import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from devhost.azurite import die_with_parent
from devhost.errors import DevhostError

ROOT: Final = Path(__file__).parent.parent
START_SECONDS: Final = 240.0  # it takes two: a machine may be very busy
STOP_SECONDS: Final = 60.0  # the host gives its jobs ten


class _Site(SimpleHTTPRequestHandler):
    extensions_map: Final = {
        ".html": "text/html; charset=utf-8", ".json": "application/json", ".xml": "application/rss+xml", ".txt": "text/plain",
        ".atom": "application/atom+xml", ".jpg": "image/jpeg", ".webp": "image/webp", "": "application/octet-stream",
    }  # type: ignore[misc]  # fmt: skip  # as http.server documents it

    def translate_path(self, path: str) -> str:
        """Return the file: of the site, or of the pictures beside the sites."""
        pictures = Path(self.directory).parent / "pictures"
        if path.startswith("/pictures/") and pictures.is_dir():
            return str(pictures / Path(path.partition("?")[0]).name)
        return super().translate_path(path)

    def log_message(self, *_args: object) -> None:
        """Say nothing: the host's log tells of every job and page."""


@contextlib.contextmanager
def served(folder: str) -> Iterator[str]:
    """Serve a folder of `samples` (or an absolute one) on a free local port; yields `host:port`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Site, directory=str(ROOT / "samples" / folder)))
    over = threading.Event()
    thread = threading.Thread(target=_serve, args=(server, over), daemon=True)
    thread.start()
    host, port = server.server_address[:2]
    try:
        yield f"127.0.0.1:{port}"
    finally:
        over.set()
        with contextlib.suppress(OSError):  # it waits for a connection, and for nothing else
            socket.create_connection((host, port)).close()
        thread.join()
        server.server_close()


def _serve(server: ThreadingHTTPServer, over: threading.Event) -> None:
    """As `serve_forever`, which looks fifty times a second whether it is over, or ends late."""
    while not over.is_set():
        server.handle_request()


class HostProcess:
    """devhost as a child process. `checkout`: whose devhost and app it is, another build's for instance; `more`: options;
    `module`: what runs it.
    """

    def __init__(
        self, environ: dict[str, str], *, port: int, log: Path, directory: Path | None = None, timers: bool = True,
        checkout: Path = ROOT, more: Sequence[str] = (), module: str = "devhost",
    ) -> None:  # fmt: skip
        self._checkout = checkout
        self._module = module
        self._environ = environ
        self._port = port
        self._log = log
        self._directory = directory or checkout
        self._more = (*more, *(() if timers else ("--no-timers",)))
        self.lines: list[str] = []
        self.url = ""

    async def __aenter__(self) -> "HostProcess":
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", self._module, "--port", str(self._port), "--state", str(self._log.parent / "timers"),
                "--directory", str(self._directory), *self._more, cwd=self._checkout,
                env=self._environ, stdout=asyncio.subprocess.PIPE, stderr=log,
                start_new_session=True, preexec_fn=die_with_parent,
            )  # fmt: skip
        assert self._process.stdout is not None  # noqa: S101  (for the type checker: PIPE was asked for)
        try:
            async with asyncio.timeout(START_SECONDS):
                while line := (await self._process.stdout.readline()).decode().rstrip():
                    if line.startswith("devhost ready: "):
                        self.url = line.removeprefix("devhost ready: ")
                        return self
                    self.lines.append(line)
        except TimeoutError:
            pass
        except BaseException:  # cancelled while it starts: nobody else knows of the process yet
            await self.__aexit__()
            raise
        await self.__aexit__()
        last = [line for line in self._log.read_text(errors="replace").splitlines() if line.strip()][-1:]
        raise DevhostError((last[0] if last else "devhost did not start").removeprefix("devhost: "))

    @property
    def pid(self) -> int:
        """The host's process id."""
        return self._process.pid

    async def __aexit__(self, *_: object) -> None:
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
