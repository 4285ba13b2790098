"""Our own want of memory, disk, files or sockets, told apart from what is wrong with an input.

A picture is not "no picture" because this instance ran out of memory while it was decoded: nothing is spent, and the job
comes back when there is room, here or on another instance.
"""

import errno
from typing import Final

from shared.errors import HostShortage

ERRNOS: Final = {
    errno.ENOMEM: "memory", errno.ENOSPC: "disk space", errno.EDQUOT: "disk space", errno.EMFILE: "file descriptors",
    errno.ENFILE: "file descriptors", errno.ENOBUFS: "socket buffers", errno.EADDRNOTAVAIL: "local ports",
}  # fmt: skip


def shortage_behind(error: BaseException) -> HostShortage | None:
    """Return the error to raise where `error`, or what it came of, is a shortage of ours; None where it is not."""
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if isinstance(cause, HostShortage):
            return cause
        if isinstance(cause, MemoryError):
            return HostShortage("this instance is short of memory")
        if isinstance(cause, OSError) and cause.errno in ERRNOS:
            return HostShortage(f"this instance is short of {ERRNOS[cause.errno]}")
        cause = cause.__cause__ or cause.__context__
    return None
