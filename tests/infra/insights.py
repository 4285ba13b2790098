"""Application Insights' tables, filled with what the app really writes, and asked in KQL by a translator to DuckDB.

`now()` and `ago()` are the world's: its time is written into the query.
"""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb_kql

from tests.fakes.telemetry import Recorder
from tests.infra.bicep import INFRA

SCHEMA = {
    "traces": {"timestamp": "datetime", "message": "string", "severityLevel": "int"},
    "customMetrics": {
        "timestamp": "datetime", "name": "string", "value": "real", "valueCount": "int", "customDimensions": "dynamic",
    },
}  # fmt: skip
_NOW = "2001-02-03T04:05:06Z"  # stands for the world's time while a query is translated
# How the translator writes a text that might be of another type, at each use: a query becomes so long that reading it is most
# of what it costs. A line of `traces` is a text.
_OF_ANY_TYPE = re.compile(r"""CASE typeof\("(message)"\) WHEN .*? END ELSE CAST\("\1" AS VARCHAR\) END""")
SEVERITY = {logging.DEBUG: 0, logging.INFO: 1, logging.WARNING: 2, logging.ERROR: 3, logging.CRITICAL: 4}


class Insights(logging.Handler):
    """`traces` and `customMetrics`; as a log handler it takes every line of the app, formatted as the worker sends it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(logging.INFO)
        self._now = now
        self._con = duckdb_kql.connect()
        self._con.execute("CREATE TABLE lines (timestamp TIMESTAMPTZ, message VARCHAR, severityLevel INTEGER)")
        self._con.execute(
            "CREATE TABLE figures (timestamp TIMESTAMPTZ, name VARCHAR, value DOUBLE, valueCount INTEGER,"
            " customDimensions JSON)"
        )

    def emit(self, record: logging.LogRecord) -> None:
        self.trace(record.getMessage(), SEVERITY[record.levelno])

    def trace(self, message: str, severity: int = 1) -> None:
        self._con.execute("INSERT INTO lines VALUES (?, ?, ?)", [self._now(), message, severity])

    def export(self, recorder: Recorder) -> None:
        """Take the metrics over as the exporter names them: a row a point, its attributes as dimensions."""
        for name, metric in recorder.metrics().items():
            for point in metric["data"]["data_points"]:
                value, count = point.get("value", point.get("sum")), point.get("count", 1)
                row = [self._now(), name, value, count, point["attributes"]]
                self._con.execute("INSERT INTO figures VALUES (?, ?, ?, ?, ?)", row)

    def ask(self, query: str, *, window: timedelta | None = None) -> list[dict[str, Any]]:
        """Run a query over the last `window`, as an alert rule does; returns its rows."""
        since = self._now() - (window or timedelta(days=3650))
        for view, table in (("traces", "lines"), ("customMetrics", "figures")):
            self._con.execute(f"CREATE OR REPLACE VIEW {view} AS SELECT * FROM {table} WHERE timestamp > '{since}'")  # noqa: S608
        found = self._con.execute(_sql(query).replace(_NOW, self._now().isoformat()))
        return [dict(zip([one[0] for one in found.description], row, strict=True)) for row in found.fetchall()]

    @contextmanager
    def listening(self) -> Iterator["Insights"]:
        """Hear what agents and shared log."""
        loggers = [logging.getLogger(name) for name in ("agents", "shared")]
        levels = [one.level for one in loggers]
        for one in loggers:
            one.addHandler(self)
            one.setLevel(logging.INFO)
        try:
            yield self
        finally:
            for one, level in zip(loggers, levels, strict=True):
                one.removeHandler(self)
                one.setLevel(level)


@cache
def _sql(query: str) -> str:
    at = f"datetime({_NOW})"
    told = duckdb_kql.to_sql(re.sub(r"\bago\((\w+)\)", rf"({at} - \1)", query).replace("now()", at), schema=SCHEMA)
    return _OF_ANY_TYPE.sub(r'"\1"', str(told))


def query_of(name: str) -> str:
    return Path(INFRA / "queries" / f"{name}.kql").read_text(encoding="utf-8")


def names() -> list[str]:
    return sorted(path.stem for path in (INFRA / "queries").glob("*.kql"))
