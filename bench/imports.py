"""Importing `function_app`, beside importing what it cannot do without."""

import subprocess
import sys
import time
from statistics import median

FLOOR = "import azure.functions, pydantic"
APP = "import function_app"
ROUNDS = 15


def seconds(statement: str) -> float:
    """Return what a fresh interpreter takes for one statement, its own start taken off."""
    code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def run() -> None:
    """Print both, and their ratio as the median of pairs."""
    seconds(FLOOR), seconds(APP)
    pairs = [(seconds(FLOOR), seconds(APP)) for _ in range(ROUNDS)]
    floor, app = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    ratio = median(after / before for before, after in pairs)
    print(f"import, {ROUNDS} pairs of fresh interpreters, medians")
    print(f"  floor  {FLOOR:40} {floor * 1000:7.0f} ms")
    print(f"  app    {APP:40} {app * 1000:7.0f} ms")
    print(f"  ratio  {ratio:.2f}   (at most 1.6)\n")


if __name__ == "__main__":
    started = time.perf_counter()
    run()
