"""Metric samples as the text that a scraper reads: OpenMetrics 1.0, or Prometheus' own format for who asks for plain text.

The text itself is written by `prometheus_client`. No registry, nothing kept between two answers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from prometheus_client.core import Metric

OPEN: Final = "application/openmetrics-text"
PLAIN: Final = "text/plain"
CONTENT_TYPES: Final[Mapping[str, str]] = {
    OPEN: f"{OPEN}; version=1.0.0; charset=utf-8",
    PLAIN: f"{PLAIN}; version=0.0.4; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One value with its labels."""

    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Family:
    """A metric: `name` ends with `unit` where there is one; a counter's `_total` is written, and not part of the name."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    samples: tuple[Sample, ...]
    unit: str = ""


class _Collected:
    """What a registry is to the library: something that gives its metrics."""

    def __init__(self, metrics: list["Metric"]) -> None:
        self._metrics = metrics

    def collect(self) -> list["Metric"]:
        return self._metrics


def exposition(families: Iterable[Family], kind: str = OPEN) -> str:
    """Return the text in the format `kind`. Raises ValueError on a name or on labels that come twice."""
    from prometheus_client import exposition as plain  # noqa: PLC0415  (40 ms, and only where somebody scrapes)
    from prometheus_client.openmetrics import exposition as standard  # noqa: PLC0415

    found: dict[str, Metric] = {}
    for family in families:
        if family.name in found:
            raise ValueError(f"{family.name}: comes twice")
        found[family.name] = _metric(family)
    registry = _Collected(list(found.values()))
    text: bytes = (plain if kind == PLAIN else standard).generate_latest(registry)
    return text.decode()


def _metric(family: Family) -> "Metric":
    from prometheus_client.core import Metric  # noqa: PLC0415

    metric = Metric(family.name, family.help, family.kind, family.unit)
    name = f"{family.name}_total" if family.kind == "counter" else family.name
    seen: set[tuple[tuple[str, str], ...]] = set()
    for sample in family.samples:
        identity = tuple(sorted(sample.labels.items()))
        if identity in seen:
            raise ValueError(f"{family.name}: the same labels come twice: {identity}")
        seen.add(identity)
        metric.add_sample(name, dict(sample.labels), float(sample.value))
    return metric
