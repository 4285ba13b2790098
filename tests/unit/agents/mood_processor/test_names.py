"""The thresholds of mood names, on the labelled pairs with their descriptions."""

import csv
from pathlib import Path

from agents.mood_processor.documents import embedded_text
from agents.mood_processor.names import UNMEASURED, thresholds_of
from agents.taste_analysis.terms import nearest
from shared.local.embedding import MODEL, LocalEmbeddings

PAIRS = Path(__file__).parents[3] / "data/mood_pairs.csv"


async def scores(threshold: float) -> tuple[float, float]:
    with PAIRS.open() as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) >= 150
    texts = [[embedded_text(row[side], row[f"{side}_description"]) for side in ("one", "other")] for row in rows]
    flat = sorted({text for pair in texts for text in pair})
    vectors = dict(zip(flat, await LocalEmbeddings().embed(flat), strict=True))
    joined = [nearest(one, [other], vectors, threshold) is not None for one, other in texts]
    hits = sum(join and row["same"] == "1" for row, join in zip(rows, joined, strict=True))
    return hits / max(1, sum(joined)), hits / sum(row["same"] == "1" for row in rows)


async def test_the_embedded_models_sure_pairs_are_right_and_the_grey_zone_holds_nearly_all_others() -> None:
    chosen = thresholds_of(MODEL)
    precision, recall = await scores(chosen.sure)
    assert precision == 1.0
    assert recall >= 0.7
    assert (await scores(chosen.grey))[1] >= 0.9


def test_the_hard_pairs_are_among_the_labelled() -> None:
    with PAIRS.open() as lines:
        labels = {(row["one"], row["other"]): row["same"] for row in csv.DictReader(lines)}
    assert labels["Quiet Luxury", "Stealth Wealth"] == "1"
    assert labels["Old Money", "New Money"] == "0"


def test_a_model_that_was_not_measured_gets_careful_thresholds() -> None:
    assert thresholds_of("text-embedding-3-small") == UNMEASURED
