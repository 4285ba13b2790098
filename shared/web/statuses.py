"""What a host's status means for whoever wants a body: it is there, it is not yet there, it is refused, or it is gone."""

import re
from datetime import datetime
from typing import Final

from multidict import CIMultiDictProxy

from shared.errors import PermanentError, ProcessorError, Reason, RetryableError
from shared.web.headers import retry_after_seconds

WHOLE: Final = frozenset({200, 201, 203})
NOT_YET: Final = 202
PARTIAL: Final = 206
FORBIDDEN: Final = frozenset({401, 403})
SERVER: Final = 500
# 408 and 425: too slow, too early. 421 and 423: this connection, this moment. 429: too often. 499: its proxy hung up.
FOR_NOW: Final = frozenset({408, 421, 423, 425, 429, 499})
RANGE: Final = re.compile(r"\s*bytes\s+0-(\d+)/(\d+)\s*")


def refusal(status: int, headers: CIMultiDictProxy[str], *, now: datetime) -> ProcessorError | None:
    """Return the error that an answer of `status` is, None where its body is what was asked for."""
    if status in WHOLE or (status == PARTIAL and _is_whole(headers.get("Content-Range"))):
        return None
    if status in {NOT_YET, PARTIAL} or status in FOR_NOW or status >= SERVER:
        what = {NOT_YET: ": it is not ready yet", PARTIAL: ", with a part of it only"}.get(status, "")
        return RetryableError(
            f"the host answered {status}{what}",
            retry_after_seconds=retry_after_seconds(headers, now=now),
            reason=Reason.IMAGE_UNREACHABLE,
        )
    if status in FORBIDDEN:
        return PermanentError(
            f"the host answered {status}: such hosts often want a browser's User-Agent, a Referer or cookies of their own, or "
            "the signature in the address has expired",
            reason=Reason.IMAGE_FORBIDDEN,
        )
    return PermanentError(f"the host answered {status}", reason=Reason.IMAGE_UNREACHABLE)


def _is_whole(content_range: str | None) -> bool:
    """A range was not asked for: where one is named it must be all there is."""
    if content_range is None:
        return True
    found = RANGE.fullmatch(content_range)
    return found is not None and int(found[1]) + 1 == int(found[2])
