"""Why a server could not be reached, in words for whoever reads an error: no class name of a library tells that; and whether
it was reached and answered what the library cannot read, as what stands in its place does (a proxy, a page of maintenance).
"""

import errno
import socket
import ssl
import traceback
from typing import Final

# What a library fails with that expected an answer of another shape.
UNREADABLE: Final = (LookupError, TypeError, ValueError, AttributeError)

NO_WAY: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})
MAX_CAUSES: Final = 20


def met_in(package: str, error: BaseException) -> bool:
    """Whether the error arose in a module of `package` itself, and not in what we gave it to do or to write."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return bool(frames) and str(frames[-1].f_globals.get("__name__", "")).partition(".")[0] == package


def why_unreached(error: BaseException) -> str:
    """Return what stands behind a client's error: its own cause where there is one, however the libraries have wrapped it."""
    cause: BaseException | None = error
    for _ in range(MAX_CAUSES):
        if cause is None:
            break
        words = _words(cause)
        if words:
            return words
        inner = getattr(cause, "os_error", None) or getattr(cause, "inner_exception", None)
        cause = inner if isinstance(inner, BaseException) else cause.__cause__ or cause.__context__
    return "the connection failed"


def _words(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not valid"
    if isinstance(error, ssl.SSLError):
        return "no TLS connection could be made"
    if isinstance(error, socket.gaierror):
        return "its name cannot be resolved"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, OSError) and error.errno in NO_WAY:
        return "there is no way to it in the network"
    hung_up = str(error).startswith("Server disconnected")  # so say both HTTP clients, each by a class of its own
    if hung_up or isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionAbortedError):
        return "the connection was cut"
    return ""
