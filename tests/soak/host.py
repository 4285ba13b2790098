"""devhost with a clock of its own: `SOAK_CLOCK_AHEAD` seconds ahead of the machine's (behind, where that is negative)."""

import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Final

from agents.entry import ENTRY
from devhost.__main__ import main
from shared.clock import Clock

AHEAD: Final = "SOAK_CLOCK_AHEAD"


def ahead(seconds: float) -> Clock:
    """A clock that is so far ahead."""
    by = timedelta(seconds=seconds)
    return Clock(now=lambda: datetime.now(UTC) + by)


if __name__ == "__main__":
    ENTRY.clock = ahead(float(os.environ[AHEAD]))
    sys.exit(main())
