"""`make bench`, or `python -m bench imports operations …` for some of it."""

import sys

from bench import digests, imports, moods, near_duplicates, operations, scraping, throughput

PARTS = {
    "imports": imports.run,
    "operations": operations.run,
    "moods": moods.run,
    "digests": digests.run,
    "near_duplicates": near_duplicates.run,
    "scraping": scraping.run,
    "throughput": throughput.run,
}

if __name__ == "__main__":
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        sys.exit(f"unknown: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    for name in wanted:
        PARTS[name]()
