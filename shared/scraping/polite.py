"""Reads other people's sites as a guest: robots.txt first, one request a host at a time, and as slowly as they ask.

One object a worker, shared by all sources: the pace of a host is kept here, in memory. Workers do not know of one another's
pace; the lease of a source keeps two of them from reading the same source.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from shared.clock import Clock
from shared.errors import PermanentError, Reason, RetryableError
from shared.locks import KeyedLocks
from shared.recent import Recent
from shared.retry import QuickRetry, quick_retry
from shared.scraping.base import NotModified, Stopped
from shared.scraping.robots import ALL, MAX_BYTES, NONE, Rules, parse_robots
from shared.scraping.urls import origin
from shared.web.addresses import joined
from shared.web.fetch import MAX_REDIRECTS, REDIRECTS, Fetched, Fetcher

LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
HOSTS: Final = 512
ROBOTS_REDIRECTS: Final = 5  # RFC 9309 section 2.3.1.2
NOT_MODIFIED: Final = 304
SOURCE_REASONS: Final = {
    Reason.IMAGE_BLOCKED: Reason.SOURCE_BLOCKED,
    Reason.IMAGE_FORBIDDEN: Reason.SOURCE_UNREACHABLE,
    Reason.IMAGE_UNREACHABLE: Reason.SOURCE_UNREACHABLE,
    Reason.IMAGE_TOO_LARGE: Reason.SOURCE_NOT_READABLE,
    Reason.IMAGE_NOT_IMAGE: Reason.SOURCE_NOT_READABLE,
}


@dataclass(frozen=True, slots=True)
class Politeness:
    """All in seconds. `delay`: between two requests to a host; a longer Crawl-delay wins. `longest_sleep`: waits up to here
    are slept, longer ones raised. `robots_kept`, `robots_failure_kept`: how long rules, or the lack of them, are believed.
    """

    delay: float = 1.0
    longest_sleep: float = 30.0
    robots_kept: float = 3_600.0
    robots_failure_kept: float = 300.0
    timeout: float = 20.0
    retries: int = 1


@dataclass(slots=True)
class _Host:
    """What is known of one host: when it may be asked again, and its rules or the failure to get them."""

    next_at: datetime = LONG_AGO
    rules: Rules | None = None
    failure: str = ""
    known_until: datetime = LONG_AGO


class PoliteFetcher:
    """Implements `base.PageFetcher` over the safe fetch."""

    def __init__(self, fetcher: Fetcher, *, clock: Clock, politeness: Politeness | None = None) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._policy = politeness or Politeness()
        self._hosts: Recent[_Host] = Recent(HOSTS)
        self._locks = KeyedLocks()

    async def get(
        self, url: str, *, accept: str, max_bytes: int, validators: Mapping[str, str] | None = None
    ) -> Fetched | NotModified:
        """Return the page at `url`, or `NotModified` where `validators` say so; each redirect is asked for as politely.

        Raises `PermanentError`: ROBOTS_DISALLOWED, SOURCE_BLOCKED (not public HTTPS), SOURCE_UNREACHABLE (4xx, endless
        redirects), SOURCE_NOT_READABLE (more than `max_bytes` unpacked); `RetryableError` for everything that time mends: 429,
        5xx, timeouts, a robots.txt that cannot be had, a wait longer than `Politeness.longest_sleep`.
        """
        headers = {"Accept": accept, "Accept-Encoding": "gzip", **(validators or {})}
        for _ in range(MAX_REDIRECTS + 1):
            site = _origin(url)
            rules = await self._rules(site)
            if not await asyncio.to_thread(rules.allow, url):
                raise PermanentError(
                    f"{_name(site)} does not want this page read (robots.txt)", reason=Reason.ROBOTS_DISALLOWED
                )
            answer = await self._ask(site, url, headers, max_bytes, delay=rules.delay_seconds)
            if answer.status in REDIRECTS:
                url = _joined(url, answer.headers["location"])
                continue
            return NotModified() if answer.status == NOT_MODIFIED else answer
        raise PermanentError(f"more than {MAX_REDIRECTS} redirects", reason=Reason.SOURCE_UNREACHABLE)

    async def objection(self, url: str) -> Stopped | None:
        """Return ROBOTS or SLOW_HOST where the page at `url` must not, or cannot in a run's time, be read. Raises as `get`."""
        rules = await self._rules(_origin(url))
        if not await asyncio.to_thread(rules.allow, url):
            return Stopped.ROBOTS
        return Stopped.SLOW_HOST if rules.delay_seconds > self._policy.longest_sleep else None

    async def _rules(self, site: str) -> Rules:
        """Return the host's rules, asking it when nobody did lately."""
        async with self._locks.hold(f"robots {site}"):
            host = self._host(site)
            now = self._clock.now()
            if now >= host.known_until:
                host.rules, host.failure, kept = await self._learn(site)
                host.known_until = now + timedelta(seconds=kept)
            if host.rules is None:
                left = (host.known_until - now).total_seconds()
                raise RetryableError(host.failure, retry_after_seconds=left, reason=Reason.SOURCE_UNREACHABLE)
            return host.rules

    async def _learn(self, site: str) -> tuple[Rules | None, str, float]:
        """Return the rules, or None and why, and for how many seconds that holds (RFC 9309 section 2.3.1)."""
        url = f"{site}/robots.txt"
        headers = {"Accept": "text/plain, */*;q=0.1", "Accept-Encoding": "gzip"}
        try:
            for _ in range(ROBOTS_REDIRECTS + 1):
                answer = await self._ask(_origin(url), url, headers, MAX_BYTES, delay=0.0)
                if answer.status not in REDIRECTS:
                    return await asyncio.to_thread(parse_robots, answer.body), "", self._policy.robots_kept
                url = _joined(url, answer.headers["location"])
        except PermanentError as error:
            if error.reason is Reason.SOURCE_BLOCKED:
                raise  # the host itself is forbidden ground: that its rules are unknown does not matter
            # 4xx: there are no rules. Too large or not unpackable: there are, and they cannot be read.
            rules = ALL if error.reason is Reason.SOURCE_UNREACHABLE else NONE
            return rules, "", self._policy.robots_kept
        except RetryableError as error:
            wait = max(self._policy.robots_failure_kept, error.retry_after_seconds or 0.0)
            return None, f"the robots.txt of {_name(site)} cannot be had: {error}", wait
        return ALL, "", self._policy.robots_kept

    async def _ask(self, site: str, url: str, headers: dict[str, str], max_bytes: int, *, delay: float) -> Fetched:
        """Send one request when it is this host's turn; announced waits are kept, and remembered for those who come next."""
        policy = self._policy
        pause = max(policy.delay, delay)
        quick = QuickRetry(retries=policy.retries, base_seconds=pause, maximum_seconds=max(policy.longest_sleep, pause))
        async with self._locks.hold(site):
            host = self._host(site)
            await self._wait_for_turn(site, host)
            try:
                return await quick_retry(
                    lambda: self._fetcher.fetch(
                        url, max_bytes=max_bytes, timeout_seconds=policy.timeout, headers=headers, follow=False
                    ),
                    policy=quick,
                    clock=self._clock,
                )
            except RetryableError as error:
                pause = max(pause, error.retry_after_seconds or 0.0)
                raise RetryableError(
                    str(error), retry_after_seconds=error.retry_after_seconds, reason=Reason.SOURCE_UNREACHABLE
                ) from error
            except PermanentError as error:
                raise PermanentError(str(error), reason=SOURCE_REASONS.get(error.reason, error.reason)) from error
            finally:
                host.next_at = self._clock.now() + timedelta(seconds=pause)

    async def _wait_for_turn(self, site: str, host: _Host) -> None:
        wait = (host.next_at - self._clock.now()).total_seconds()
        if wait > self._policy.longest_sleep:
            raise RetryableError(
                f"{_name(site)} asked for a longer pause", retry_after_seconds=wait, reason=Reason.SOURCE_UNREACHABLE
            )
        if wait > 0:
            await self._clock.sleep(wait)

    def _host(self, site: str) -> _Host:
        host = self._hosts.get(site)
        if host is None:
            host = _Host()
            self._hosts.put(site, host)
        return host


def _origin(url: str) -> str:
    try:
        return origin(url)
    except ValueError:
        raise PermanentError("the address is refused: it is not a URL", reason=Reason.SOURCE_BLOCKED) from None


def _joined(url: str, location: str) -> str:
    try:
        return joined(url, location)
    except PermanentError as error:
        raise PermanentError(str(error), reason=Reason.SOURCE_BLOCKED) from error


def _name(site: str) -> str:
    return site.partition("://")[2][:100]
