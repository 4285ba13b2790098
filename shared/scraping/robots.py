"""The rules of a host's robots.txt (RFC 9309), read safely."""

from dataclasses import dataclass
from typing import Final

from protego import Protego

from shared.web.fetch import USER_AGENT

PRODUCT_TOKEN: Final = USER_AGENT.partition("/")[0]
MAX_BYTES: Final = 512 * 1024  # RFC 9309 section 2.5 asks for at least 500 KiB
MAX_WORK: Final = 1_000_000  # user agents times rules: what the library would build of them


@dataclass(frozen=True, slots=True)
class Rules:
    """What one host asks for. `parsed` None: nothing but `everything` is known. `delay_seconds`: its Crawl-delay."""

    everything: bool
    parsed: Protego | None = None
    delay_seconds: float = 0.0

    def allow(self, url: str) -> bool:
        """True where this app may read `url`."""
        return self.everything if self.parsed is None else self.parsed.can_fetch(url, PRODUCT_TOKEN)


ALL: Final = Rules(everything=True)
NONE: Final = Rules(everything=False)


def parse_robots(body: bytes) -> Rules:
    """Return the rules. Blocking; what is no robots.txt has no rules, one that is made to be expensive forbids all."""
    text = body.decode("utf-8-sig", errors="replace")
    folded = text.casefold()
    if folded.count("agent") * (folded.count("allow") + 1) > MAX_WORK:
        return NONE
    parsed = Protego.parse(text)
    rate = parsed.request_rate(PRODUCT_TOKEN)
    delay = max(parsed.crawl_delay(PRODUCT_TOKEN) or 0.0, rate.seconds / rate.requests if rate else 0.0)
    return Rules(everything=True, parsed=parsed, delay_seconds=delay)
