"""OpenMetrics 1.0 text from typed samples: what a scraper reads. No registry, nothing kept between two answers."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

CONTENT_TYPE: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


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


def exposition(families: Iterable[Family]) -> str:
    """Return the text, families and labels in the order given. Raises ValueError on a name, label or value that is not
    allowed, and on a family or a label set that comes twice.
    """
    lines: list[str] = []
    names: set[str] = set()
    for family in families:
        if family.name in names:
            raise ValueError(f"{family.name}: comes twice")
        names.add(family.name)
        lines += _family(family)
    return "\n".join([*lines, "# EOF", ""])


def _family(family: Family) -> list[str]:
    if not _NAME.fullmatch(family.name) or family.name.endswith(("_total", "_created", "_info")):
        raise ValueError(f"{family.name}: expected letters, digits, _ and :, and no ending of the format's own")
    if family.unit and not family.name.endswith(f"_{family.unit}"):
        raise ValueError(f"{family.name}: expected to end with its unit, _{family.unit}")
    lines = [f"# TYPE {family.name} {family.kind}"]
    if family.unit:
        lines.append(f"# UNIT {family.name} {family.unit}")
    lines.append(f"# HELP {family.name} {_escape(family.help)}")
    name = f"{family.name}_total" if family.kind == "counter" else family.name
    seen: set[str] = set()
    for sample in family.samples:
        labels = _labels(family.name, sample.labels)
        identity = ",".join(sorted(labels))
        if identity in seen:
            raise ValueError(f"{family.name}: the same labels come twice: {identity}")
        seen.add(identity)
        if family.kind == "counter" and not sample.value >= 0:
            raise ValueError(f"{family.name}: a counter is never {sample.value}")
        lines.append(f"{name}{{{','.join(labels)}}} {_number(sample.value)}" if labels else f"{name} {_number(sample.value)}")
    return lines


def _labels(family: str, labels: Mapping[str, str]) -> list[str]:
    for label in labels:
        if not _LABEL.fullmatch(label) or label.startswith("__"):
            raise ValueError(f"{family}: {label!r} cannot be a label")
    return [f'{label}="{_escape(value)}"' for label, value in labels.items()]


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(int(value)) if value == int(value) and abs(value) < 2**53 else repr(float(value))
