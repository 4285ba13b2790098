"""What a bench says: figures with their floors, compared with their limits; on the terminal and as JSON.

A limit belongs to a figure by name, stands in `LIMITS` and in the table of docs/figures.md, and a test holds the two
together. What is counted (operations, calls) is compared at any size; what is timed, or a share of much, only at the full one.
"""

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final, Literal, TextIO


@dataclass(frozen=True)
class Limit:
    """`at most` or `at least` a value. `at_scale`: it is timed, or an average over many: tiny runs do not judge it."""

    word: Literal["at most", "at least"]
    value: float
    at_scale: bool = False

    def holds(self, value: float) -> bool:
        return value <= self.value if self.word == "at most" else value >= self.value

    def __str__(self) -> str:
        return f"{self.word} {self.value:g}"


def most(value: float, *, at_scale: bool = False) -> Limit:
    """Return an upper limit."""
    return Limit("at most", value, at_scale)


def least(value: float, *, at_scale: bool = False) -> Limit:
    """Return a lower limit."""
    return Limit("at least", value, at_scale)


LIMITS: Final[Mapping[str, Limit]] = {
    "imports.ratio": most(1.6, at_scale=True),
    "first_job.cpu_ratio": most(1.25, at_scale=True),
    "first_job.memory_ratio": most(1.25, at_scale=True),
    "first_job.modules_above": most(400),
    "operations.first_like": most(8),
    "operations.lists_change": most(8),
    "operations.nothing_changes": most(6),
    "operations.known_picture": most(6),
    "operations.from_producer": most(7),
    "operations.model_calls": most(1),
    "operations.embedding_calls": most(1),
    "pictures.peak_mib": most(700),
    "moods.model_calls_over_chunks": most(1),
    "moods.embedding_calls": most(1),
    "moods.operations_a_mood": most(3),
    "moods.memory_ratio": most(1.25, at_scale=True),
    "moods.naming_ratio": most(3, at_scale=True),
    "digests.planning_ratio": least(0.6, at_scale=True),
    "digests.planning_memory_mib": most(40),
    "digests.operations_composed": most(6),
    "digests.operations_unchanged": most(2),
    "digests.model_calls": most(1),
    "digests.throughput_ratio": least(0.7, at_scale=True),
    "near_duplicates.growth": most(20, at_scale=True),
    "near_duplicates.scan_ratio": least(5, at_scale=True),
    "near_duplicates.memory_mib": most(64),
    "scraping.embedding_calls_over_batches": most(0),
    "scraping.operations_an_item": most(1.1),
    "scraping.known_pictures": most(0),
    "scraping.bytes_an_item": most(250, at_scale=True),
    "scale.page_to_bare": most(3, at_scale=True),
    "scale.list_to_bare": most(3, at_scale=True),
    "scale.grouping_s": most(5, at_scale=True),
    "scale.grouping_memory_mib": most(8, at_scale=True),
    "scale.look_queries": most(20),
    "scale.more_operations": most(0),
    "scale.page_growth": most(4, at_scale=True),
    "scale.wardrobe_loop_ms": most(50, at_scale=True),
    "throughput.ratio": least(0.7, at_scale=True),
    "throughput.cpu_ratio": most(2.5, at_scale=True),
    "throughput.cpu_ratio_to_shrinking": most(1.3, at_scale=True),
}


@dataclass(frozen=True)
class Figure:
    """One measured value; `verdict` is None where no limit applies to this run."""

    name: str
    value: float
    limit: str | None
    verdict: Literal["kept", "broken"] | None


@dataclass
class Report:
    """Collects figures and failures. `tiny`: sizes that only show that everything still runs; `full`: sizes that take long."""

    tiny: bool = False
    full: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    figures: list[Figure] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def say(self, line: str = "") -> None:
        """Print a line that explains the figures after it."""
        self._clear()
        print(line, file=self.out, flush=True)

    def figure(self, name: str, value: float, text: str) -> None:
        """Print `text` with the value's limit and keep it; `name` is `<part>.<what>`."""
        limit = LIMITS.get(name)
        judged = limit is not None and not (limit.at_scale and self.tiny)
        verdict: Literal["kept", "broken"] | None = None
        if limit is not None and judged:
            verdict = "kept" if limit.holds(value) else "broken"
        self.figures.append(Figure(name, round(value, 4), str(limit) if limit else None, verdict))
        tail = f"   ({limit}{': BROKEN' if verdict == 'broken' else ''})" if limit else ""
        self.say(f"  {text}{tail}")

    def keep(self, name: str, value: float) -> None:
        """Keep a value that another line has told, for the JSON."""
        self.figures.append(Figure(name, round(value, 4), None, None))

    def progress(self, text: str) -> None:
        """Say on a terminal what is going on; the next line takes its place."""
        if sys.stderr.isatty():
            print(f"\r\033[K… {text}", end="", file=sys.stderr, flush=True)

    def fail(self, part: str, error: BaseException) -> None:
        """Note that a part could not be measured."""
        self.failed[part] = f"{type(error).__name__}: {error}"
        self.say(f"{part} FAILED: {self.failed[part]}\n")

    @property
    def broken(self) -> list[Figure]:
        return [figure for figure in self.figures if figure.verdict == "broken"]

    def document(self) -> dict[str, object]:
        """Everything as JSON."""
        return {"tiny": self.tiny, "figures": [asdict(figure) for figure in self.figures], "failed": self.failed}

    def _clear(self) -> None:
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)
