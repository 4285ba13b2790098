"""The rules of a host's robots.txt (RFC 9309), read safely.

The library takes any line with a colon for a record of the protocol, an agent's version for part of its name, and time for each
pair of agents and rules. So it is given our own rules alone, as one group, and the groups are told apart here.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from protego import Protego

from shared.web.fetch import USER_AGENT

PRODUCT_TOKEN: Final = USER_AGENT.partition("/")[0]
MAX_BYTES: Final = 512 * 1024  # RFC 9309 section 2.5 asks for at least 500 KiB
MAX_LINE: Final = 4_096
LONGEST_DELAY: Final = 86_400.0  # seconds; a longer one says the same: not in this run
LINE: Final = re.compile(r"[^\r\n]+")
RECORD: Final = re.compile(
    r"^\s*(?:(?P<agent>user[- ]?agent)"
    r"|(?P<rule>allow|dis+al+ow|dis+alaw|diasllow|crawl[- ]delay|request[- ]rate|visit[- ]time))"
    r"(?:\s*:|\s)\s*(?P<value>.*)$",
    re.IGNORECASE,
)
AGENT: Final = re.compile(r"[^\s/;,(*]+")


@dataclass(frozen=True, slots=True)
class Rules:
    """What one host asks for. `parsed` None: nothing but `everything` is known. `delay_seconds`: its Crawl-delay."""

    everything: bool
    parsed: Protego | None = None
    delay_seconds: float = 0.0

    def allow(self, url: str) -> bool:
        """True where this app may read `url`. Takes time in the number of rules: use a thread."""
        try:
            return self.everything if self.parsed is None else self.parsed.can_fetch(url, PRODUCT_TOKEN)
        except ValueError:  # of an address that the library cannot read nobody knows that it is allowed
            return False


ALL: Final = Rules(everything=True)
NONE: Final = Rules(everything=False)


def parse_robots(body: bytes) -> Rules:
    """Return the rules. Blocking; what is no robots.txt has no rules."""
    own = _own_records(body.decode("utf-8-sig", errors="replace"))
    if not own:
        return ALL
    parsed = Protego.parse("\n".join(["User-agent: *", *own]))
    rate = parsed.request_rate(PRODUCT_TOKEN)
    delay = parsed.crawl_delay(PRODUCT_TOKEN) or 0.0
    if rate is not None:
        delay = max(delay, float(min(Fraction(rate.seconds, rate.requests), Fraction(LONGEST_DELAY))))
    return Rules(everything=True, parsed=parsed, delay_seconds=min(delay, LONGEST_DELAY))


def _own_records(text: str) -> list[str]:
    """Return the records of the groups that name us, else of those that name everybody (section 2.2.1).

    A line that is none of the protocol's neither begins nor ends a group (section 2.2.4).
    """
    named: list[str] = []
    general: list[str] = []
    is_named = has_named = is_general = in_agents = False
    for found in LINE.finditer(text):
        record = RECORD.match(found[0][:MAX_LINE].partition("#")[0].strip())
        if record is None:
            continue
        if record["agent"]:
            if not in_agents:
                is_named = is_general = False
            in_agents = True
            is_general |= record["value"].startswith("*")
            is_named |= _is_us(record["value"])
            has_named |= is_named
            continue
        in_agents = False
        line = f"{'disallow' if record['rule'][0] in 'dD' else record['rule']}: {record['value']}"
        named += [line] * is_named
        general += [line] * is_general
    return named if has_named else general


def _is_us(value: str) -> bool:
    """True for our product token, with a version or a comment behind it or not."""
    name = AGENT.match(value)
    return name is not None and name[0].casefold() == PRODUCT_TOKEN.casefold()
