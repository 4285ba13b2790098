"""`python -m bench.capacity --users 1000000`: what so many users cost a month, and how near each limit is.

Pure arithmetic over what was measured (`MEASURED`, held against the bench by a test), published limits, and prices that are
inputs: `--price model_in=0.30`, `--usage likes=50`. Nothing is asked of the network.
"""

import argparse
import difflib
import json
import math
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from typing import Any, Final, TypeVar

from agents.weekly_digest.prompt import MAX_OUTPUT_TOKENS as DIGEST_OUTPUT
from agents.weekly_digest.summary import MAX_SUMMARY_TOKENS
from shared.chat.openai_chat import answer_schema
from shared.fashion.style_question import INSTRUCTIONS, PictureReading

MONTH_SECONDS: Final = 30 * 86_400
WEEKS: Final = 30 / 7
MOST: Final = 1e15  # of any input: beyond it nothing is meant
LIMITS: Final = {"known": (0, 1), "changed": (0, 1), "peak": (1, MOST)}  # of inputs that are shares, or a multiple
COLUMN: Final = 10  # of the table, which fits into 80 with three of them
CHARS_A_TOKEN: Final = 4  # English prose and JSON, the rule of thumb of the models' makers
T = TypeVar("T")


@dataclass(frozen=True)
class Usage:
    """What a user does. `known`: the share of likes whose picture was liked before. `peak`: the busiest hour to the mean."""

    likes: float = 20  # a month
    known: float = 0.3
    pieces: float = 60  # in a wardrobe
    changed: float = 0.5  # of the users, since their last digest
    scraped: float = 20_000  # new items a month, of all sources together
    articles: float = 9_000  # a month, of all feeds together
    peak: float = 6


@dataclass(frozen=True)
class Prices:
    """US dollars; list prices of autumn 2026 as far as known here."""

    model_in: float = 0.40  # a million tokens of gpt-4.1-mini
    model_out: float = 1.60
    embedding: float = 0.02  # a million tokens of text-embedding-3-small
    request_units: float = 0.25  # a million, serverless
    provisioned: float = 11.0  # 1,000 RU/s of autoscale a month, at the tenth that is always paid
    provisioned_used: float = 110.0  # the same at full load
    stored: float = 0.25  # a GB of documents a month
    queue_calls: float = 0.004  # ten thousand calls of the queue
    gb_seconds: float = 0.000026  # of an instance's memory while it runs
    log_gb: float = 2.30


@dataclass(frozen=True)
class Measured:
    """`python -m bench operations digests scraping`, over Cosmos DB's wire with the service's table of charges."""

    like_ru: float = 30.0  # a new picture, mean of the three cases
    known_like_ru: float = 22.6  # a picture that is described already
    digest_ru: float = 22.6  # composed, of 40 pieces
    unchanged_ru: float = 1.0
    item_ru: float = 8.0  # a scraped item, stored in batches
    hash_bytes: float = 195.0  # of the library in memory, an item of the last 30 days
    like_cpu_ms: float = 7.0  # `python -m bench throughput digests`, with the host's own
    digest_cpu_ms: float = 7.0
    like_kb: float = 4.0  # job, signal and description, kept 120 days and for ever
    log_kb: float = 1.5  # of a like


@dataclass(frozen=True)
class Ceilings:
    """Where a part ends. Each has its way out in docs/scale.md."""

    queue_per_second: float = 2_000  # messages of one queue
    account_per_second: float = 20_000  # requests of one storage account
    partition_ru: float = 10_000  # a second, of one physical partition
    logical_gb: float = 20  # of one partition key
    tokens_per_minute: float = 200_000  # the deployment's quota (`chatCapacity` in `prod`)
    serverless_ru: float = 5_000  # a second; more on request
    hashes_mb: float = 256  # of the 2 GB of an instance
    instances: float = 100  # `maximumInstanceCount` in `prod`
    jobs_at_once: float = 48  # of one instance
    model_seconds: float = 3.0  # of one call


SENT, RECEIVED, DELETED = 1, 1, 1


def tokens_of_a_like(side: int = 512) -> tuple[float, float]:
    """Tokens in and out of one picture: patches of 32 pixels times 1.62 as the model bills them, and the text around."""
    text = len(INSTRUCTIONS) + len(json.dumps(answer_schema(PictureReading)))
    return (side // 32) * (side * 5 // 4 // 32) * 1.62 + text / CHARS_A_TOKEN, 250


@dataclass(frozen=True)
class Month:
    """What so many users do and cause in a month, by what is given."""

    users: float
    usage: Usage
    prices: Prices
    measured: Measured
    ceilings: Ceilings

    @cached_property
    def likes(self) -> float:
        return self.users * self.usage.likes

    @cached_property
    def described(self) -> float:
        """Likes whose picture the model is asked about."""
        return self.likes * (1 - self.usage.known)

    @cached_property
    def digests(self) -> float:
        return self.users * self.usage.changed * WEEKS

    @cached_property
    def unchanged(self) -> float:
        """Digests that have nothing to say."""
        return self.users * (1 - self.usage.changed) * WEEKS

    @cached_property
    def tokens(self) -> tuple[float, float]:
        """Into the model, and out of it."""
        like_in, like_out = tokens_of_a_like()
        digest_in, digest_out = MAX_SUMMARY_TOKENS + 1_500, DIGEST_OUTPUT / 2
        chunks = self.usage.articles / 12
        return (
            self.described * like_in + self.digests * digest_in + chunks * 5_000,
            self.described * like_out + self.digests * digest_out + chunks * 800,
        )

    @cached_property
    def units(self) -> float:
        """Request units of the store."""
        known, measured = self.likes - self.described, self.measured
        return (
            self.described * measured.like_ru + known * measured.known_like_ru + self.digests * measured.digest_ru
            + self.unchanged * measured.unchanged_ru + self.usage.scraped * measured.item_ru
        )  # fmt: skip

    @property
    def second(self) -> float:
        """The share of the month that its busiest second has."""
        return self.usage.peak / MONTH_SECONDS

    @property
    def monday(self) -> float:
        """Digests planned in a second of Monday, in about an hour."""
        return (self.digests + self.unchanged) / WEEKS / 3_600

    @property
    def store_dollars(self) -> float:
        """What the cheaper of the two ways to pay for the store costs, of those that bear the peak."""
        prices, peak = self.prices, self.units * self.second
        serverless = self.units / 1e6 * prices.request_units
        provisioned = max(1.0, peak / 1_000) * (prices.provisioned + prices.provisioned_used / self.usage.peak)
        return min(serverless, provisioned) if peak < self.ceilings.serverless_ru else provisioned

    def counts(self) -> dict[str, float]:
        """What happens."""
        return {
            "likes a month": self.likes, "of them described by the model": self.described, "digests a month": self.digests,
            "model tokens a month": sum(self.tokens), "request units a month": self.units,
            "likes a second, at the peak": self.likes * self.second,
        }  # fmt: skip

    def dollars(self) -> dict[str, float]:
        """What each part costs."""
        usage, prices, measured = self.usage, self.prices, self.measured
        tokens_in, tokens_out = self.tokens
        messages = self.likes + self.digests + self.unchanged
        stored_gb = (self.likes * measured.like_kb * 4 + self.users * usage.pieces * 1.2) / 1e6
        busy_seconds = (self.likes * measured.like_cpu_ms + self.digests * measured.digest_cpu_ms) / 1_000
        return {
            "models": tokens_in / 1e6 * prices.model_in + tokens_out / 1e6 * prices.model_out,
            "embeddings": (self.described * 40 + usage.scraped * 60 + usage.articles * 20) / 1e6 * prices.embedding,
            "store": self.store_dollars,
            "documents": stored_gb * prices.stored,
            "queues": messages * (SENT + RECEIVED + DELETED) / 1e4 * prices.queue_calls,
            "instances": busy_seconds * 2 / 0.5 * prices.gb_seconds,  # 2 GB, busy for half of the time that is paid
            "logs": self.likes * measured.log_kb / 1e6 * prices.log_gb,
        }

    def limits(self) -> dict[str, tuple[float, float]]:
        """The load of each part at its busiest, and where it ends."""
        usage, measured, ceilings = self.usage, self.measured, self.ceilings
        like_rate, described_rate = self.likes * self.second, self.described * self.second
        tokens, scraped_ru = tokens_of_a_like()[0] + 700, usage.scraped * measured.item_ru / 30 / 3_600
        return {
            "messages a second of the taste queue": (like_rate * 3, ceilings.queue_per_second),
            "messages a second of the digest queue": (self.monday * 3, ceilings.queue_per_second),
            "requests a second of the storage account": ((like_rate + self.monday) * 3, ceilings.account_per_second),
            "tokens a minute of the chat deployment": (described_rate * 60 * tokens, ceilings.tokens_per_minute),
            "request units a second, serverless": (self.units * self.second, ceilings.serverless_ru),
            "request units a second of ScrapedItems/global": (scraped_ru, ceilings.partition_ru),
            "GB of ScrapedItems/global": (usage.scraped * 9 / 1e6, ceilings.logical_gb),
            "MB of picture hashes in an instance's memory": (usage.scraped * measured.hash_bytes / 1e6, ceilings.hashes_mb),
            "jobs at once, of all instances": (
                described_rate * ceilings.model_seconds, ceilings.instances * ceilings.jobs_at_once,
            ),
        }  # fmt: skip


def sheet(users: float, usage: Usage, prices: Prices, measured: Measured, ceilings: Ceilings) -> dict[str, Any]:
    """Return the month: `counts`, `dollars` by part with their sum, and `limits`: load, ceiling and share at the peak."""
    month = Month(users, usage, prices, measured, ceilings)
    dollars = month.dollars()
    return {
        "users": users,
        "counts": month.counts(),
        "dollars": {**dollars, "all": sum(dollars.values())},
        "limits": {
            name: {"load": load, "ceiling": most, "share": load / most} for name, (load, most) in month.limits().items()
        },
    }


def _told(value: float) -> str:
    """A number in nine characters at most; `--json` has all of its digits."""
    for size, word in ((1e15, ""), (1e12, " T"), (1e9, " G"), (1e6, " M")):
        if value >= size * 0.99995:
            return f"{value:.2e}" if not word else f"{value / size:,.{2 if value < 10 * size else 1}f}{word}"
    return f"{value:,.0f}" if value >= 100 or value == 0 else f"{value:,.2f}"


def _share(value: float) -> str:
    told = f"{value:.1%}" if value < 10 else f"{value:,.0%}" if value < 1_000 else f"{_told(value)} x"
    return told + ("!" if value > 1 else " ")


def _line(name: str, width: int, cells: Iterable[str]) -> str:
    """A row: `cells` end in a blank or a mark."""
    return (f"{name:{width}}" + "".join(f"{cell:>{COLUMN + 1}}" for cell in cells)).rstrip()


def printed(months: list[dict[str, Any]]) -> str:
    """The sheet as a table: a column for each number of users."""
    width = max(len(name) for month in months for part in ("counts", "dollars", "limits") for name in month[part]) + 2
    lines = [_line("users", width, (f"{_told(month['users'])} " for month in months))]
    for part, title in (("counts", "each month"), ("dollars", "US dollars a month")):
        lines += ["", title]
        lines += [_line(name, width, (f"{_told(month[part][name])} " for month in months)) for name in months[0][part]]
    lines += ["", "share of each limit at the busiest hour (over 100 %: see docs/scale.md)"]
    for name in months[0]["limits"]:
        lines.append(_line(name, width, (_share(month["limits"][name]["share"]) for month in months)))
    return "\n".join(lines)


def number(text: str) -> float:
    """Return a number as it is written on the command line: `1000000`, `1e6`, `1,000,000`. Raises `ArgumentTypeError`."""
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        value = math.nan
    if not 0 <= value <= MOST:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number from 0 to {MOST:.0e}")
    return value


def changed(parser: argparse.ArgumentParser, option: str, base: T, given: list[str]) -> T:
    """Return `base` with each `name=number`; an unknown name or no such number is an error of the command line."""
    names = [one.name for one in fields(base)]  # type: ignore[arg-type]  # each is a dataclass
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or name not in names:
            near = difflib.get_close_matches(name, names, 1)
            guess = f"; did you mean {near[0]}?" if near and sign else ""
            parser.error(f"--{option} {text!r}: expected name=number, of {', '.join(names)}{guess}")
        least, most = LIMITS.get(name, (1e-9, MOST) if option == "ceiling" else (0, MOST))
        try:
            wanted = number(value)
        except argparse.ArgumentTypeError as error:
            parser.error(f"--{option} {text!r}: {error}")
        if not least <= wanted <= most:
            parser.error(f"--{option} {text!r}: expected a number from {least:g} to {most:g}")
        base = replace(base, **{name: wanted})  # type: ignore[type-var]
    return base


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.capacity", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--users", type=number, nargs="+", default=[1e4, 1e6, 1e7], help="how many; default: 10^4, 10^6 and 10^7"
    )
    for name, words in (
        ("usage", "what a user does"), ("price", "what a thing costs"), ("measured", "what a thing takes"),
        ("ceiling", "where a part ends"),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", action="append", default=[], metavar="NAME=NUMBER", help=words)
    parser.add_argument("--json", action="store_true", help="as JSON, with the inputs")
    asked = parser.parse_args(arguments)
    inputs = (
        changed(parser, "usage", Usage(), asked.usage), changed(parser, "price", Prices(), asked.price),
        changed(parser, "measured", Measured(), asked.measured), changed(parser, "ceiling", Ceilings(), asked.ceiling),
    )  # fmt: skip
    months = [sheet(users, *inputs) for users in asked.users]
    if asked.json:
        names = ("usage", "prices", "measured", "ceilings")
        print(json.dumps({"inputs": dict(zip(names, map(asdict, inputs), strict=True)), "months": months}, indent=2))
    else:
        print(printed(months))
    return 0


def console() -> int:
    """Run it on this process's console."""
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # `… | head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


if __name__ == "__main__":
    sys.exit(console())
