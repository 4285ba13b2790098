"""Session consistency: how many writes a container has seen, what it was before the last of them, and who may see that.

A write goes to the primary, and its answer carries a session token. A read that brings this token, or a later one, sees the
write; a read without it may be answered by a replica that trails behind. A replica that has not got so far as the token
says answers 404 with the sub-status 1002: "not yet", which is not "not there".
"""

from collections import deque
from collections.abc import Mapping
from typing import Any, Final

Key = tuple[str, str]
Documents = dict[Key, dict[str, Any]]
KEPT: Final = 1_000
SESSION: Final = "x-ms-session-token"
READ_SESSION_NOT_AVAILABLE: Final = 1002


class History:
    """`lsn`: the log sequence number of the last write."""

    def __init__(self) -> None:
        self.lsn = 0
        self._before: deque[tuple[int, Key, dict[str, Any] | None]] = deque(maxlen=KEPT)

    def note(self, key: Key, before: dict[str, Any] | None) -> None:
        """A write: what was there before it."""
        self.lsn += 1
        self._before.append((self.lsn, key, before))

    def back_to(self, lsn: int) -> None:
        """The writes since then did not happen."""
        while self._before and self._before[-1][0] > lsn:
            self._before.pop()
        self.lsn = lsn

    def as_of(self, lsn: int, documents: Documents) -> Documents:
        """Return the documents as they were after that write."""
        then = dict(documents)
        for at, key, before in reversed(self._before):
            if at <= lsn:
                break
            if before is None:
                then.pop(key, None)
            else:
                then[key] = before
        return then


def asked_lsn(headers: Mapping[str, str]) -> int:
    """Return the write that a read asks to see, 0 without a token; `0:-1#7` is the seventh of the only partition range."""
    tokens = [one for one in headers.get(SESSION, "").split(",") if "#" in one]
    return max((int(one.split("#")[1]) for one in tokens), default=0)


def token(lsn: int) -> str:
    """Return the session token of a write."""
    return f"0:-1#{lsn}"
