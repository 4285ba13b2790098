"""Posts JSON to the one address that on-call has set. The address is a secret: it is in no log, no error and no answer.

The settings let HTTPS through only, except for what `FETCH_ALLOWED_PRIVATE_HOSTS` names. No redirect is followed, and
nothing of the answer but its status is read. The receiver is the operator's own, so it may be at a private address.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import aiohttp

from shared.clock import Clock
from shared.errors import ProcessorError, RetryableError
from shared.retry import QuickRetry, quick_retry
from shared.unreached import why_unreached
from shared.web.fetch import USER_AGENT
from shared.web.headers import retry_after_seconds

TIMEOUT_SECONDS: Final = 8.0
TRIES: Final = QuickRetry(retries=2, base_seconds=0.5, maximum_seconds=4.0)
KEY_HEADER: Final = "Idempotency-Key"
TRANSIENT: Final = frozenset({408, 425, 429})


class WebhookRefused(ProcessorError):
    """The receiver will not have it: a status that another try at once does not mend, a redirect among them."""


class Webhook:
    """Posts; one connection pool, built in the loop at the first call."""

    def __init__(self, url: str, *, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def post(self, document: Mapping[str, Any], *, key: str) -> None:
        """Post a document; `key` is the same for the same document sent again, and goes along as `Idempotency-Key`.

        A few quick tries. Raises `RetryableError` when it could not be delivered for now, and `WebhookRefused`.
        """
        body = json.dumps(document, ensure_ascii=False).encode()
        await quick_retry(lambda: self._post(body, key), policy=TRIES, clock=self._clock)

    async def close(self) -> None:
        """Close the connection pool."""
        if self._session is not None:
            await self._session.close()

    async def _post(self, body: bytes, key: str) -> None:
        headers = {"Content-Type": "application/json", KEY_HEADER: key}
        try:
            async with self._open().post(self._url, data=body, headers=headers, allow_redirects=False) as answer:
                status, waits = answer.status, dict(answer.headers)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise RetryableError(f"the webhook cannot be reached: {why_unreached(error)}") from None  # the cause has the URL
        if 200 <= status < 300:  # noqa: PLR2004  (HTTP's own numbers)
            return
        if status >= 500 or status in TRANSIENT:  # noqa: PLR2004
            wait = retry_after_seconds(waits, now=self._clock.now())
            raise RetryableError(f"the webhook answered {status}", retry_after_seconds=wait)
        raise WebhookRefused(f"the webhook answered {status}")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                trust_env=False, cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": USER_AGENT},
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
            )  # fmt: skip
        return self._session
