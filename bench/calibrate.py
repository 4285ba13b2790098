"""`make calibrate`: precision and recall of joining names, by threshold, on the labelled pairs in tests/data.

Taste words join in `agents.taste_analysis.terms`, mood names in `agents.mood_processor.names`. Uses the model of the
settings: the embedded one without a key, the deployment otherwise.
"""

import asyncio
import csv
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from agents.mood_processor.documents import embedded_text
from agents.mood_processor.names import thresholds_of
from agents.taste_analysis.terms import nearest
from shared.services import Services, build
from shared.settings import Settings

DATA = Path(__file__).parent.parent / "tests/data"
THRESHOLDS = [index / 100 for index in range(40, 96, 5)]
Row = Mapping[str, str]


async def print_table(
    title: str, file: str, services: Services, text: Callable[[Row, str], str], marks: Mapping[float, str]
) -> None:
    with (DATA / file).open() as lines:
        rows = list(csv.DictReader(lines))
    texts = sorted({text(row, side) for row in rows for side in ("one", "other")})
    vectors = dict(zip(texts, await services.embeddings.embed(texts), strict=True))
    print(f"{title}: {len(rows)} pairs, model {services.embeddings.model}")
    for threshold in sorted({*THRESHOLDS, *marks}):
        joined = [
            (row["same"] == "1", nearest(text(row, "one"), [text(row, "other")], vectors, threshold) is not None)
            for row in rows
        ]
        hits, found = sum(same and join for same, join in joined), sum(join for _, join in joined)
        precision, recall = hits / found if found else 1.0, hits / sum(same for same, _ in joined)
        print(f"  {threshold:.2f}  precision {precision:.2f}  recall {recall:.2f}  {marks.get(threshold, '')}")


async def run() -> None:
    environ = {"StorageQueue": "UseDevelopmentStorage=true", **os.environ}  # no queue is touched
    services = await build(Settings.from_environment(environ), environ=environ)
    moods = thresholds_of(services.embeddings.model)
    await print_table(
        "taste words", "synonym_pairs.csv", services, lambda row, side: row[side], {services.synonym_threshold: "<- in use"}
    )
    await print_table(
        "mood names", "mood_pairs.csv", services, lambda row, side: embedded_text(row[side], row[f"{side}_description"]),
        {moods.grey: "<- from here on the model is asked", moods.sure: "<- from here on they are one"},
    )  # fmt: skip
    await services.close()


if __name__ == "__main__":
    asyncio.run(run())
