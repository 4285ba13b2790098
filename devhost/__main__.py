"""`python -m devhost`: serve the app in the current folder."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from agents.entry import ENTRY
from devhost.errors import DevhostError
from devhost.host import HostArguments, serve


def parse_arguments(argv: list[str]) -> HostArguments:
    """Read the command line; keys come from the environment where they are not given."""
    parser = argparse.ArgumentParser(prog="python -m devhost", description="Runs the Functions app without Azure's tools.")
    parser.add_argument("--directory", type=Path, default=Path.cwd(), help="the app's folder (default: this one)")
    parser.add_argument("--address", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=7071, help="the port, 0 for a free one (default: 7071)")
    parser.add_argument("--state", type=Path, default=Path(".local/devhost"), help="where timers keep their status")
    parser.add_argument("--no-timers", action="store_true", help="do not run timers on their schedule")
    parser.add_argument("--lock-seconds", type=float, default=600.0, help="how long a message in work is locked")
    given = parser.parse_args(argv)
    return HostArguments(
        directory=given.directory, address=given.address, port=given.port, state=given.state,
        timers=not given.no_timers, lock_seconds=given.lock_seconds,
        function_key=os.environ.get("DEVHOST_FUNCTION_KEY", ""), master_key=os.environ.get("DEVHOST_MASTER_KEY", ""),
    )  # fmt: skip


async def _main(arguments: HostArguments) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await serve(arguments, stop)
    finally:
        await ENTRY.close()


def main() -> int:
    """Return the exit code: 0 after a signal, 2 when the host cannot start."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    for noisy in ("azure", "httpx", "httpx2", "openai"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        asyncio.run(_main(parse_arguments(sys.argv[1:])))
    except DevhostError as error:
        print(f"devhost: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
