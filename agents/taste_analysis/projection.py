"""Projects the taste profile onto the user's three lists, which the web API writes too: added, bounded, nothing declared lost.

Reads and writes: `UserProfiles`, only these three fields and our own `tasteInferred`, by a patch conditional on the
document's ETag. Running it twice changes nothing; a projection older than the one stored does nothing.

Most likes change no list. So the taste profile remembers, in its own write, which lists it knows to be projected
(`projected`), and such a like costs no look at `UserProfiles` at all. What a projection confirms is noted with the next
write of the profile; this process remembers it until then, by the profile's version, so that nothing stale is believed.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from agents.taste_analysis.preferences import LISTS, Wanted, fades_at, plan, wanted_lists
from agents.taste_analysis.profile import TasteProfile
from shared.clock import Clock
from shared.recent import Recent
from shared.store.base import Item, Store
from shared.store.containers import USER_PROFILES
from shared.store.query import Set
from shared.store.updates import update_with

ROUNDS: Final = 20


class Projection:
    """Keeps the three lists of a user in step with the taste profile."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._confirmed: Recent[tuple[int, str]] = Recent(10_000)

    def stamp(self, before: TasteProfile, after: TasteProfile) -> TasteProfile:
        """Return `after` with its note of what is known to be projected; empty: it has to be looked at."""
        known = before.projected
        version, confirmed = self._confirmed.get(before.user_id) or (-1, "")
        if version == before.version:
            known = confirmed
        now = self._clock.now()
        wanted = _digest(wanted_lists(after, now))
        first = before.version == 0 and wanted == NOTHING_WANTED  # there is nothing of ours in the lists, nor to be
        return replace(after, projected=wanted if known == wanted or first else "", review_at=fades_at(after, now))

    def stamp_due(self, before: TasteProfile, after: TasteProfile) -> TasteProfile:
        """Return `after`, to be looked at by the next sweep: for a change that no later like may follow."""
        return replace(self.stamp(before, after), projected="", review_at=self._clock.now())

    async def project(self, profile: TasteProfile, *, creating: bool = True) -> bool:
        """Bring the lists in step; True when something was written. Raises `RetryableError`.

        `creating`: a user of whom the web API knows nothing yet gets a document of ours. Not from who only tidies up: it may
        have been erased.
        """
        wanted = wanted_lists(profile, self._clock.now())
        digest = _digest(wanted)
        if profile.projected == digest:
            return False
        changed = await self._write(profile, wanted, creating=creating)
        if changed is not None:
            self._confirmed.put(profile.user_id, (profile.version, digest))
        return bool(changed)

    async def _write(self, profile: TasteProfile, wanted: Wanted, *, creating: bool) -> bool | None:
        """Returns whether the lists were changed; None: there are none, and none were to be created."""
        has_lists = True

        async def write(item: Item | None) -> bool:
            nonlocal has_lists
            has_lists = item is not None or creating
            if not has_lists:
                return False
            document: Mapping[str, Any] = item.body if item else {"id": profile.user_id}
            if _version(document) > profile.version:
                return False  # somebody projected a later state of this profile
            planned = plan(document, wanted)
            if planned.changed:
                inferred = {**planned.inferred, "version": profile.version}
                await self._store_lists(item, profile.user_id, planned.lists, inferred)
            return planned.changed

        user_id = profile.user_id
        changed = await update_with(
            self._store, self._clock, USER_PROFILES.key, user_id, user_id, write, what="the user's profile keeps changing",
            rounds=ROUNDS,
        )  # fmt: skip
        return changed if has_lists else None

    async def _store_lists(
        self, item: Item | None, user_id: str, lists: Mapping[str, object], inferred: Mapping[str, object]
    ) -> None:
        if item is None:
            await self._store.create(USER_PROFILES.key, {"id": user_id, **lists, "tasteInferred": dict(inferred)})
            return
        changes = [Set(name, value) for name, value in lists.items()]
        await self._store.patch(
            USER_PROFILES.key, user_id, user_id, [*changes, Set("tasteInferred", dict(inferred))], if_match=item.etag
        )


def _version(document: Mapping[str, Any]) -> int:
    inferred = document.get("tasteInferred")
    version = inferred.get("version") if isinstance(inferred, dict) else None
    return version if isinstance(version, int) else -1


def _digest(wanted: Wanted) -> str:
    """Which terms are wanted, whatever their order: a mere change of weights is no change of the lists."""
    lists = {name: sorted(values) for name, values in wanted.as_lists().items()}
    return hashlib.sha256(json.dumps(lists, sort_keys=True).encode()).hexdigest()[:16]


NOTHING_WANTED: Final = _digest(Wanted(dict.fromkeys(LISTS, ()), dict.fromkeys(LISTS, ())))
