"""Reads parts side by side, each within its time: one that hangs, or that is down, is told as unread and holds up no other."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from shared.deadline import within
from shared.errors import SICK_DOCUMENT, ProcessorError, Reason
from shared.observe.log import log_event, scrub

logger = logging.getLogger(__name__)
T = TypeVar("T")
SECONDS: Final = 3.5  # on-call's endpoints answer within five
MOMENT: Final = 0.25


class Parts:
    """The parts of one reading. `unread`: why a part could not be read, in a few words, by its name. `seconds`: how long they
    may take together, from now on; None: as long as they do.
    """

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._until = None if seconds is None else asyncio.get_running_loop().time() + seconds
        self.unread: dict[str, str] = {}

    async def read(self, what: str, part: Coroutine[Any, Any, T]) -> T | None:
        """Return the part; None where it is down or too slow. A part that hangs is let go, whether it heeds that or not."""
        try:
            return await within(part, self._left())
        except TimeoutError:
            self._miss(what, f"no answer within {self._seconds:g} s", "timeout")
            return None
        except ProcessorError as error:
            known = error.reason is not Reason.UNKNOWN
            self._miss(what, error.reason.value if known else type(error).__name__, scrub(str(error)))
            return None
        except SICK_DOCUMENT as error:  # what somebody has stored there is that part's own trouble
            self._miss(what, "what is stored cannot be read", scrub(f"{type(error).__name__}: {error}"))
            return None

    def _left(self) -> float | None:
        """What follows another part gets a moment at least: that it is late is no fault of its own."""
        return None if self._until is None else max(MOMENT, self._until - asyncio.get_running_loop().time())

    def _miss(self, what: str, why: str, cause: str) -> None:
        self.unread[what] = why
        log_event(logger, "the watchdog cannot read a part", level=logging.WARNING, part=what, reason=why, cause=cause)
