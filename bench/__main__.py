"""`make bench`, or `python -m bench imports operations …` for some of it; `--json FILE`, `--tiny`, `--full`.

Exit code 1 when a part fails or a figure breaks its limit; the other parts go on.
"""

import argparse
import json
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from bench import (
    digests,
    first_job,
    imports,
    moods,
    near_duplicates,
    operations,
    pictures,
    scale,
    scraping,
    throughput,
)
from bench.report import Report

PARTS: dict[str, Callable[[Report], None]] = {
    "imports": imports.run,
    "operations": operations.run,
    "first_job": first_job.run,
    "pictures": pictures.run,
    "moods": moods.run,
    "digests": digests.run,
    "near_duplicates": near_duplicates.run,
    "scraping": scraping.run,
    "scale": scale.run,
    "throughput": throughput.run,
}


def measure(parts: list[str], report: Report) -> None:
    """Run the parts; what fails is noted, and the next one is run."""
    for name in parts:
        report.progress(name)
        started = time.perf_counter()
        try:
            PARTS[name](report)
        except Exception as error:  # noqa: BLE001  (one part's failure is its own; it is reported and ends in exit code 1)
            traceback.print_exc()
            report.fail(name, error)
        else:
            report.say(f"  [{name}: {time.perf_counter() - started:.0f} s]\n")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all without")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    parser.add_argument("--tiny", action="store_true", help="sizes that only show that it runs; times are not judged")
    parser.add_argument(
        "--full", action="store_true", help="of `scale`, a million as well: twenty minutes of CPU, 4 GB of disk"
    )
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.parts if name not in PARTS]:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    report = Report(tiny=asked.tiny, full=asked.full)
    measure(asked.parts or list(PARTS), report)
    if asked.json:
        asked.json.write_text(json.dumps(report.document(), indent=2) + "\n")
    for figure in report.broken:
        print(f"broken: {figure.name} is {figure.value:g}, {figure.limit}")
    for name, problem in report.failed.items():
        print(f"failed: {name}: {problem}")
    return 1 if report.broken or report.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
