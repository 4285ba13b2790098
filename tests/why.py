"""Why each test failed, a line each, at the very end and never cut at the width of a terminal."""

import re
from typing import Final

import pytest

LONGEST: Final = 400
EXAMPLE: Final = re.compile(r"^(?:E +)?((?:Falsifying example|Failing test case): .*?\))$", re.DOTALL | re.MULTILINE)


def why(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Return the first line of the failure, and what hypothesis found it with."""
    crash = getattr(report.longrepr, "reprcrash", None)
    message = crash.message if crash else str(report.longrepr or "").strip().rpartition("\n")[2]
    line = next((one for one in message.splitlines() if one.strip()), "it says nothing")
    if example := EXAMPLE.search(report.longreprtext):
        line += f"; {' '.join(example[1].replace(chr(10) + 'E', ' ').split())}"
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def tell_why(terminal: pytest.TerminalReporter) -> None:
    """Write the lines, those of the set-up and of collection too."""
    failed = [*terminal.getreports("failed"), *terminal.getreports("error")]
    if failed:
        terminal.write_sep("=", "why")
    for report in failed:
        where = report.nodeid if getattr(report, "when", "call") == "call" else f"{report.nodeid} ({report.when})"
        terminal.write_line(f"{where}: {why(report)}", red=True)
