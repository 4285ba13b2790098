"""What becomes of a message that is delivered while its queue is paused: it waits in a queue beside, where nobody listens.

There it is visible to who looks and to nobody who works: it costs nothing while it waits, is given out to no instance, and its
body is what it was. It comes back as a new message, so that no delivery of before the pause counts against it. A crash between
the two steps of a move doubles a message, which is harmless, and loses none.
"""

import logging
from datetime import datetime
from typing import Final

from agents.pauses.book import Pausing
from agents.pauses.pause import Pause
from shared.observe.log import log_event
from shared.queues.base import Queues
from shared.queues.names import HELD

logger = logging.getLogger(__name__)
UNSURE_SECONDS: Final = 60.0


async def hold(queues: Queues, pausing: Pausing, queue: str, body: bytes, at: datetime) -> Pause | None:
    """Put a message of a paused queue aside and return the pause; None: it is not paused, and nothing was done.

    Where the pauses cannot be read the last that were known hold; then the message stays in its own queue, hidden for a while:
    the pause may be over, and what waits beside be moved back already.
    """
    known = await pausing.known()
    pause = known.pauses.of("queue", queue, at)
    if pause is None:
        return None
    if known.fresh:
        await queues.send(queue + HELD, body)
    else:
        await queues.send(queue, body, delay_seconds=UNSURE_SECONDS)
    log_event(logger, "a message is held: its queue is paused", queue=queue, until=pause.until.isoformat())
    return pause
