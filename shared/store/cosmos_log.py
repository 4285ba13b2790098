"""What the SDK says of an outage, in one line now and then.

It looks at the account in the background. Of a look that has failed it tells with each call after that, at ERROR and with some
forty lines of traceback, until another one has succeeded: for minutes beyond the outage, at the rate of all calls. What the
calls themselves meet is told by those who made them.
"""

import logging
from typing import Final

LOOKS: Final = "azure.cosmos.aio._GlobalEndpointManager"
SELDOM_SECONDS: Final = 300.0  # so often the SDK looks where nothing fails


class _Seldom(logging.Filter):
    """Lets a line that has a traceback pass without it, unless one has passed within five minutes."""

    def __init__(self) -> None:
        super().__init__()
        self._last = 0.0  # in seconds since 1970, as a record is made

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.exc_info:
            return True
        if record.created - self._last < SELDOM_SECONDS:
            return False
        self._last, record.exc_info = record.created, None
        return True


SELDOM: Final = _Seldom()


def tell_of_looks_seldom() -> None:
    """See the module. To do it again changes nothing."""
    logging.getLogger(LOOKS).addFilter(SELDOM)
