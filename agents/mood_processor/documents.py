"""A mood's document, and how articles are folded into it: pure, and the same article never counts twice.

`trendScore` counts distinct articles, for ever. `momentum` says what is rising: each article adds 2 ** (-age / HALF_LIFE), and
the sum decays by the same law, so it is one number, valid at `momentumAt` (exponential decay, as in `taste_profile`).
An article that was counted is known by its key for `COUNTED_DAYS`, longer than any feed goes back.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from shared.clock import from_iso, to_iso
from shared.fashion.moods import MAX_WORDS
from shared.store.base import Document
from shared.web.feeds import Article

MAX_SOURCES: Final = 20
MAX_ALIASES: Final = 20
MAX_NAME: Final = 60
MAX_DESCRIPTION: Final = 300
HALF_LIFE: Final = timedelta(days=14)
COUNTED_DAYS: Final = 180


@dataclass(frozen=True, slots=True)
class KnownMood:
    """A stored mood, as far as an extraction wants to know it."""

    id: str
    name: str
    primary: str
    aliases: tuple[str, ...] = ()

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "KnownMood":
        """Read what a query selected."""
        aliases = [one for one in document.get("aliases") or () if isinstance(one, str)]
        return cls(str(document["id"]), str(document["name"]), str(document["primaryMood"]), tuple(aliases))


@dataclass(frozen=True, slots=True)
class Mention:
    """A mood as found in this run: a name, and the articles that are about it."""

    name: str
    primary: str
    description: str
    articles: tuple[Article, ...]
    sub_moods: tuple[str, ...] = ()
    signals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    mood: str = ""

    @property
    def id(self) -> str:
        """The id of the stored mood that it is known to be, else of a mood of this name."""
        return self.mood or mood_id(self.primary, self.name)

    @property
    def text(self) -> str:
        """What is embedded: a bare name of two words says too little."""
        return embedded_text(self.name, self.description)

    def joined(self, other: "Mention") -> "Mention":
        """Return this mention with the other's articles, words and name."""
        names = (*self.signals, *other.signals)
        signals = {name: _joined(self.signals.get(name, ()), other.signals.get(name, ())) for name in names}
        return Mention(
            self.name, self.primary, self.description or other.description, (*self.articles, *other.articles),
            _joined(self.sub_moods, other.sub_moods), signals, (*self.also, other.name, *other.also), self.mood,
        )  # fmt: skip


def mood_id(primary: str, name: str) -> str:
    """Return `<primary mood, lower case>-<slug of the name>`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return f"{primary.casefold()}-{slug}" if slug else ""


def embedded_text(name: str, description: str) -> str:
    """Return the text whose vector stands for a mood."""
    return f"{name}: {description}" if description else name


def fold(
    stored: Document | None, mention: Mention, *, now: datetime, vector: Sequence[float] | None, model: str
) -> Document | None:
    """Return the mood's document with the mention's articles in it, or None when it would say nothing new.

    `vector`: the embedding for a mood that has none of `model` yet; None keeps what is stored.
    """
    document: dict[str, Any] = dict(stored or _new(mention, now))
    counted: dict[str, str] = dict(document.get("countedArticles") or {})
    fresh = list({article.key: article for article in mention.articles if article.key not in counted}.values())
    reembedded = vector is not None and document.get("embeddingModel") != model
    if stored is not None and not fresh and not reembedded:
        return None
    if reembedded and vector is not None:
        document |= {"nameEmbedding": [round(float(value), 7) for value in vector], "embeddingModel": model}
    if fresh or stored is None:
        document |= _counted(document, counted, fresh, now) | _described(document, mention)
    return document | {"updatedAt": to_iso(now)}


def momentum_at(document: Mapping[str, Any], at: datetime) -> float:
    """Return a mood's momentum, decayed to `at`."""
    since = from_iso(document["momentumAt"]) if document.get("momentumAt") else at
    return float(document.get("momentum", 0.0)) * _decay(at - since)


def _counted(document: Mapping[str, Any], counted: dict[str, str], fresh: list[Article], now: datetime) -> dict[str, Any]:
    oldest = to_iso(now - timedelta(days=COUNTED_DAYS))
    kept = {key: at for key, at in counted.items() if at >= oldest} | {article.key: to_iso(now) for article in fresh}
    added = sum(_decay(now - (article.published or now)) for article in fresh)
    sources = [
        *({"title": one.title, "url": one.url, "source": one.source, "publishedAt": _iso(one.published)} for one in fresh)
    ]
    known = {source["url"] for source in sources}
    sources += [source for source in document.get("sources") or [] if source.get("url") not in known]
    sources.sort(key=lambda source: source.get("publishedAt") or "", reverse=True)
    return {
        "countedArticles": kept, "trendScore": int(document.get("trendScore", 0)) + len(fresh),
        "momentum": round(momentum_at(document, now) + added, 6), "momentumAt": to_iso(now), "sources": sources[:MAX_SOURCES],
    }  # fmt: skip


def _described(document: Mapping[str, Any], mention: Mention) -> dict[str, Any]:
    """Words are added, never replaced; the first description stays."""
    signals = document.get("moodSignals") or {}
    aliases = list(document.get("aliases") or [])
    for name in (mention.name, *mention.also):
        if name.casefold() not in {known.casefold() for known in (document["name"], *aliases)}:
            aliases.append(name)
    return {
        "aliases": aliases[-MAX_ALIASES:],
        "description": document.get("description") or mention.description,
        "subMoods": list(_joined(document.get("subMoods") or (), mention.sub_moods)),
        "moodSignals": {
            name: list(_joined(signals.get(name) or (), mention.signals.get(name, ())))
            for name in {**signals, **mention.signals}
        },
    }


def _new(mention: Mention, now: datetime) -> Document:
    return {
        "id": mention.id, "primaryMood": mention.primary, "name": mention.name, "subMoods": [], "description": "",
        "moodSignals": {}, "sources": [], "nameEmbedding": [], "embeddingModel": None, "detectedAt": to_iso(now),
        "updatedAt": to_iso(now), "trendScore": 0, "momentum": 0.0, "momentumAt": to_iso(now), "aliases": [],
        "countedArticles": {},
    }  # fmt: skip


def _joined(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))[: 2 * MAX_WORDS]


def _decay(age: timedelta) -> float:
    return float(2.0 ** -(max(age, timedelta()) / HALF_LIFE))


def _iso(at: datetime | None) -> str | None:
    return to_iso(at) if at else None
