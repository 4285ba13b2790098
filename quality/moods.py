"""Moods: whether two names are one, as `agents.mood_processor` has it with the embedded model, and which headlines name one.

The labelled sets are this app's own, and have none of the lexicon's sentences; see `quality/data/README.md`. The baselines:
names that are equal but for case; headlines that have one of the twelve primary moods as a word.
"""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from agents.mood_processor.documents import embedded_text
from agents.mood_processor.names import thresholds_of
from quality.figure import Figure
from quality.words import Pair, judged, wrong
from shared.fashion.mood_names import are_apart, canonical
from shared.fashion.moods import PRIMARY_MOODS
from shared.local.embedding import LocalEmbeddings
from shared.local.moods import moods_in

DATA = Path(__file__).parent / "data"
PRIMARY = re.compile(rf"\b({'|'.join(PRIMARY_MOODS)})\b", re.IGNORECASE)


def rows(name: str) -> list[dict[str, str]]:
    """Return a labelled set."""
    with (DATA / name).open() as lines:
        return list(csv.DictReader(lines))


async def joined(known: Sequence[dict[str, str]]) -> list[bool]:
    """Return which pairs the app would take for one mood: by their canonical names, or by what is said of them."""
    texts = [embedded_text(row[name], row[f"{name}_description"]) for row in known for name in ("one", "other")]
    embeddings = LocalEmbeddings()
    vectors = await embeddings.embed(texts)
    sure = thresholds_of(embeddings.model).sure
    cosines = [sum(a * b for a, b in zip(vectors[at], vectors[at + 1], strict=True)) for at in range(0, len(vectors), 2)]
    return [
        canonical(row["one"]) == canonical(row["other"]) or (cosine >= sure and not are_apart(row["one"], row["other"]))
        for row, cosine in zip(known, cosines, strict=True)
    ]


async def measure() -> list[Figure]:
    """Return the room's figures."""
    named = rows("mood_names.csv")
    pairs = [Pair(row["one"], row["other"], row["same"] == "1") for row in named]
    ours = await joined(named)
    (precision, recall) = judged(pairs, ours)
    (simply, simply_recall) = judged(pairs, [pair.one.casefold() == pair.other.casefold() for pair in pairs])
    headlines = rows("mood_headlines.csv")
    known = [Pair(row["headline"], row["standfirst"], row["moods"] == "1") for row in headlines]
    found = [bool(moods_in(row["headline"], row["standfirst"])) for row in headlines]
    plain = [bool(PRIMARY.search(f"{row['headline']} {row['standfirst']}")) for row in headlines]
    (right, share), (plain_right, plain_share) = judged(known, found), judged(known, plain)
    news = [is_found for pair, is_found in zip(known, found, strict=True) if not pair.same]
    plain_news = [is_found for pair, is_found in zip(known, plain, strict=True) if not pair.same]
    missed = [
        f"{pair.one}: {'missed' if pair.same else 'no mood'}" for pair, ok in zip(known, found, strict=True) if pair.same != ok
    ]
    return [
        Figure(f"names of moods, {len(pairs)} pairs: precision", precision, ">=", 0.97, simply, wrong(pairs, ours)),
        Figure(f"names of moods, {len(pairs)} pairs: recall", recall, ">=", 0.88, simply_recall),
        Figure(f"moods named in {len(known)} headlines: precision", right, ">=", 0.95, plain_right, missed),
        Figure(f"moods named in {len(known)} headlines: recall", share, ">=", 0.6, plain_share),
        Figure(
            f"headlines of other news, {len(news)}: without a mood", 1 - sum(news) / len(news), ">=", 0.95,
            1 - sum(plain_news) / len(plain_news),
        ),
    ]  # fmt: skip
