"""What is said of a server that could not be reached: the cause, and never the class of a library's error."""

import errno
import socket
import ssl
from collections.abc import Callable

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from azure.core.exceptions import ServiceRequestError

from shared.unreached import why_unreached

KEY = ConnectionKey("shop.example", 443, True, True, None, None, None)


def wrapped(cause: OSError) -> Exception:
    """As aiohttp's connector does it, and the store's SDK on top."""
    return ServiceRequestError("no", error=aiohttp.ClientConnectorError(KEY, cause))


def raised_from(cause: OSError) -> Exception:
    """As the model's client does it."""
    try:
        try:
            raise cause
        except OSError as error:
            raise RuntimeError("Connection error.") from error
    except RuntimeError as error:
        return error


@pytest.mark.parametrize("wrap", [lambda cause: cause, wrapped, raised_from])
@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "the connection was refused"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "the connection was cut"),
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "its name cannot be resolved"),
        (ssl.SSLCertVerificationError("self-signed"), "its certificate is not valid"),
        (ssl.SSLError("wrong version"), "no TLS connection could be made"),
        (TimeoutError(), "no answer in time"),
        (OSError(errno.EHOSTUNREACH, "no route"), "there is no way to it in the network"),
        (OSError(errno.EIO, "what is this"), "the connection failed"),
    ],
)
def test_the_cause_is_told_however_it_is_wrapped(wrap: Callable[[OSError], Exception], cause: OSError, words: str) -> None:
    assert why_unreached(wrap(cause)) == words


def test_a_server_that_hung_up_has_cut_the_connection() -> None:
    assert why_unreached(aiohttp.ServerDisconnectedError()) == "the connection was cut"
