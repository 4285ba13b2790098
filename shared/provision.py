"""`make provision`: makes what is missing in the configured store and storage, and brings what exists up to date.

Database, containers, indexes, times to live, queues. It prints a line for each thing made or changed; running it again
changes nothing. With an identity instead of keys the containers are deployed by `infra/`: what this may not do it says.
"""

import asyncio
import os
import sys
from collections.abc import Mapping

from shared.clock import Clock
from shared.errors import ConfigurationError, ProcessorError
from shared.queues.base import Queues
from shared.services import build_queues, build_store
from shared.settings import Settings, queue_names
from shared.store.base import Store


async def provision_store(store: Store) -> list[str]:
    """Make and update containers; returns a line a change."""
    created = await store.ensure_containers()
    changed = await store.update_containers()
    return [*(f"created container {name}" for name in created), *(f"changed container {line}" for line in changed)]


async def provision_queues(queues: Queues, names: list[str]) -> list[str]:
    """Make queues; returns a line each that was missing."""
    return [f"created queue {name}" for name in names if await queues.ensure(name)]


async def provision(environ: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Do all of it; returns what was done and what could not be: a store that refuses does not keep queues from being made."""
    settings = Settings.from_environment(environ)
    store, queues = build_store(settings, Clock()), build_queues(environ)
    done: list[str] = []
    problems: list[str] = []
    try:
        for step in (provision_store(store), provision_queues(queues, queue_names(settings))):
            try:
                done += await step
            except (ConfigurationError, ProcessorError) as error:
                problems += str(error).splitlines()
    finally:
        await store.close()
        await queues.close()
    return done, problems


def main() -> int:
    """Return the exit code: 0, or 2 with a line a problem."""
    try:
        done, problems = asyncio.run(provision(os.environ))
    except (ConfigurationError, ProcessorError) as error:
        done, problems = [], str(error).splitlines()
    sys.stdout.write("".join(f"{line}\n" for line in done))
    sys.stderr.write("".join(f"error: {line}\n" for line in problems))
    if not done and not problems:
        sys.stdout.write("everything is there already\n")
    return 2 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
