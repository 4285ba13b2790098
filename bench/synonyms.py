"""`make calibrate`: precision and recall of joining near-synonyms, by threshold, on labelled pairs of taste words.

Uses the model of the settings: the embedded one without a key, the deployment otherwise.
"""

import asyncio
import csv
import os
from pathlib import Path

from agents.taste_profile import Kind
from agents.taste_terms import nearest
from shared.services import build
from shared.settings import Settings

PAIRS = Path(__file__).parent.parent / "tests/data/synonym_pairs.csv"
THRESHOLDS = [index / 100 for index in range(40, 96, 5)]


def scores(pairs: list[tuple[str, str, bool]], vectors: dict[str, tuple[float, ...]], threshold: float) -> tuple[float, float]:
    """Return precision and recall of what `taste_terms` would join."""
    joined = [(same, nearest(one, [other], vectors, threshold) is not None) for one, other, same in pairs]
    hits = sum(same and join for same, join in joined)
    found = sum(join for _, join in joined)
    return (hits / found if found else 1.0), hits / sum(same for same, _ in joined)


async def run() -> None:
    with PAIRS.open() as lines:
        pairs = [(row["one"], row["other"], row["same"] == "1") for row in csv.DictReader(lines)]
    environ = {"StorageQueue": "UseDevelopmentStorage=true", **os.environ}  # no queue is touched
    services = await build(Settings.from_environment(environ), environ=environ)
    words = sorted({word for one, other, _ in pairs for word in (one, other)})
    vectors = dict(zip(words, await services.embeddings.embed(words), strict=True))
    print(f"{len(pairs)} pairs of {Kind.STYLE} and {Kind.GARMENT} words, model {services.embeddings.model}")
    for threshold in THRESHOLDS:
        precision, recall = scores(pairs, vectors, threshold)
        mark = "  <- in use" if abs(threshold - services.synonym_threshold) < 0.001 else ""
        print(f"  {threshold:.2f}  precision {precision:.2f}  recall {recall:.2f}{mark}")
    await services.close()


if __name__ == "__main__":
    asyncio.run(run())
