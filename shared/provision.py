"""`make provision`: creates the database and every container in the configured store; running it again changes nothing."""

import asyncio
import os
import sys

from shared.clock import Clock
from shared.errors import ConfigurationError, ProcessorError
from shared.services import build_store
from shared.settings import Settings


async def provision() -> list[str]:
    """Create what is missing; returns the names of what was created."""
    store = build_store(Settings.from_environment(os.environ), Clock())
    try:
        return await store.ensure_containers()
    finally:
        await store.close()


def main() -> int:
    """Return the exit code: 0, or 2 with a line a problem."""
    try:
        created = asyncio.run(provision())
    except (ConfigurationError, ProcessorError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write(f"created {', '.join(created)}\n" if created else "everything is there already\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
