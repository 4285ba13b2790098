"""What everybody has done and was told, and what the checks have found."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from shared.store.base import Store
from shared.store.query import Query
from shared.store.reading import every
from tests.soak.story import Sent
from tests.soak.webapi import WebApi

SHOWN: Final = 10
ENDED: Final = frozenset({"completed", "dead_lettered"})


@dataclass
class Ledgers:
    """What everybody has done, and was told: what the app is held to. `pauses`: how many there were, and early ends."""

    sent: Sent
    web_api: WebApi
    operations: list[str]
    pauses: tuple[int, int] = (0, 0)
    later: bool = False  # whether time has passed, so that erasures are over and alerts are told


@dataclass
class Verdict:
    """What is wrong, by kind, and how much there is of everything."""

    wrong: dict[str, list[str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def say(self, kind: str, what: str) -> None:
        self.wrong.setdefault(kind, []).append(what)

    def lines(self) -> list[str]:
        told = [f"{count:7,} {name}" for name, count in self.counts.items()]
        for kind, found in self.wrong.items():
            told += [f"{kind} {len(found)}:", *(f"  {one}" for one in found[:SHOWN])]
        lost, doubled = (len(self.wrong.get(kind, ())) for kind in ("lost", "doubled"))
        return [*told, f"lost {lost}, doubled {doubled}, otherwise wrong {sum(map(len, self.wrong.values())) - lost - doubled}"]


async def everything(store: Store, container: str) -> list[dict[str, Any]]:
    """Return every document of a container."""
    return [dict(document) async for document in every(store, container, Query(page_size=500))]
