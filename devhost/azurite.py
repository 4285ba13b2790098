"""Azurite's queue service as a child process, gone when its parent is gone."""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from devhost.errors import DevhostError
from shared.queues.azure import DEVELOPMENT_CONNECTION

MIN_NODE: Final = 18
START_SECONDS: Final = 60.0
PACKAGE: Final = Path(__file__).parent.parent / "node_modules/azurite/dist/src/queue/main.js"


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_node() -> str:
    """Return Node's path; raises `DevhostError` where it is missing or too old."""
    node = shutil.which("node")
    if node is None:
        raise DevhostError(f"Node is not installed: install Node {MIN_NODE} or newer, Azurite runs on it")
    try:
        text = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout  # noqa: S603
        major = int(text.strip().lstrip("v").split(".")[0])
    except (OSError, subprocess.SubprocessError, ValueError):
        raise DevhostError(f"{node} does not run: install Node {MIN_NODE} or newer") from None
    if major < MIN_NODE:
        raise DevhostError(f"Node {text.strip()} is too old: install Node {MIN_NODE} or newer")
    return node


def die_with_parent() -> None:
    """Linux: ask the kernel to end this child with its parent, whatever ends that."""
    if sys.platform == "linux":
        ctypes.CDLL("libc.so.6", use_errno=True).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


class Azurite:
    """`with Azurite(folder) as azurite:`; synchronous, so that any event loop may use it. Port 0 takes a free one.

    `in_memory`: its messages live as long as it does; only its log is written to the folder.
    """

    def __init__(self, folder: Path, *, port: int = 0, in_memory: bool = False) -> None:
        self._folder = folder
        self._kept = ("--inMemoryPersistence",) if in_memory else ("--location", str(folder))
        self.port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def connection_string(self) -> str:
        """The storage connection of this Azurite."""
        return DEVELOPMENT_CONNECTION.format(port=self.port)

    @property
    def pid(self) -> int | None:
        """The process, while it runs: a test stops it to see what hangs."""
        return self._process.pid if self._process else None

    def __enter__(self) -> Self:
        node = find_node()
        if not PACKAGE.is_file():
            raise DevhostError("Azurite is not installed: run `make setup`")
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError:
                raise DevhostError(f"port {self.port} is in use, Azurite needs it: stop what uses it") from None
        self._folder.mkdir(parents=True, exist_ok=True)
        log = self._folder / "azurite.log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603  (our own command)
                [
                    node, str(PACKAGE), "--queueHost", "127.0.0.1", "--queuePort", str(self.port), *self._kept,
                    "--skipApiVersionCheck", "--disableTelemetry", "--silent",
                ],
                stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509  (no threads of ours run yet; it only calls prctl)
            )  # fmt: skip
        try:
            self._wait(log)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _wait(self, log: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                last = " ".join(log.read_text(errors="replace").split()[-30:])
                raise DevhostError(f"Azurite ended at once: {last or 'it printed nothing'}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.02)
        raise DevhostError(f"Azurite did not answer within {START_SECONDS:.0f} s")

    def stop(self) -> None:
        """End the process, by its id."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
