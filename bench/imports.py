"""Importing `function_app`, beside importing what it cannot do without."""

import subprocess
import sys
from statistics import median

from bench.report import Report

FLOOR = "import azure.functions, pydantic"
APP = "import function_app"
ROUNDS = 15


def seconds(statement: str) -> float:
    """Return what a fresh interpreter takes for one statement, its own start taken off."""
    code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def run(report: Report) -> None:
    """Report both, and their ratio as the median of pairs."""
    rounds = 1 if report.tiny else ROUNDS
    seconds(FLOOR), seconds(APP)
    pairs = []
    for number in range(rounds):
        report.progress(f"imports: pair {number + 1} of {rounds}")
        pairs.append((seconds(FLOOR), seconds(APP)))
    floor, app = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    report.say(f"import, {rounds} pairs of fresh interpreters, medians")
    report.figure("imports.floor_ms", floor * 1000, f"floor  {FLOOR:40} {floor * 1000:7.0f} ms")
    report.figure("imports.app_ms", app * 1000, f"app    {APP:40} {app * 1000:7.0f} ms")
    ratio = median(after / before for before, after in pairs)
    report.figure("imports.ratio", ratio, f"ratio  {ratio:.2f}")
