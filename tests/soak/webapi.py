"""The web API beside the app: users declare what they like and take out what was inferred, in the document that both write."""

import asyncio
import random
from collections import Counter, defaultdict
from typing import Any, Final

from shared.errors import ProcessorError
from shared.store.base import Item, Store
from shared.store.containers import USER_PROFILES
from shared.store.query import Set

LIST: Final = "stylePreferences"


class WebApi:
    """Keeps what was declared and declined, a user: what must stand, in this order, and what must not."""

    def __init__(self, store: Store, rng: random.Random, inflicted: Counter[str]) -> None:
        self._store, self._rng, self._inflicted = store, rng, inflicted
        self._alone: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._count = 0
        self.declared: dict[str, list[str]] = {}
        self.declined: defaultdict[str, set[str]] = defaultdict(set)
        self.size: dict[str, int] = {}

    async def declare(self, user: str) -> None:
        """Put a word into the user's list, somewhere, and change a measurement that is none of the app's business."""
        self._count += 1
        word, size = f"Declared {self._count}", self._count

        def change(document: dict[str, Any]) -> dict[str, Any] | None:
            words = list(document.get(LIST) or [])
            if word in words:
                return None  # it was written, and nobody heard of it
            words.insert(self._rng.randint(0, len(words)), word)
            return {LIST: words, "measurements": {"waist": size}}

        async with self._alone[user]:
            document = await self._write(user, change)
            self.declared[user] = [one for one in document[LIST] if str(one).startswith("Declared ")]
            self.size[user] = size
        self._inflicted["words declared"] += 1

    async def decline(self, user: str) -> None:
        """Take a word out of the user's list that the app has put there, if there is one."""
        taken: list[str] = []

        def change(document: dict[str, Any]) -> dict[str, Any] | None:
            ours = (document.get("tasteInferred") or {}).get(LIST) or []
            words = list(document.get(LIST) or [])
            if not taken:
                taken[:] = [one for one in ours if one in words][:1]
            left = [one for one in words if one not in taken]
            return {LIST: left} if left != words else None

        async with self._alone[user]:
            await self._write(user, change)
            self.declined[user].update(taken)
        self._inflicted["inferred words declined"] += len(taken)

    async def _write(self, user: str, change: Any) -> dict[str, Any]:
        """Read, change, write where nobody has written meanwhile; again until it stands. Returns the document."""
        while True:
            try:
                item: Item | None = await self._store.find(USER_PROFILES.key, user, user)
                document = dict(item.body) if item else {"id": user}
                changes = change(document)
                if changes is None:
                    return document
                document |= changes
                if item is None:
                    await self._store.create(USER_PROFILES.key, document)
                else:
                    new = [Set(name, value) for name, value in changes.items()]
                    await self._store.patch(USER_PROFILES.key, user, user, new, if_match=item.etag)
            except ProcessorError:  # somebody else has written, or the store is away
                await asyncio.sleep(0.2)
            else:
                return document
