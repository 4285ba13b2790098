"""What the composer asks the store for is what it reads of a garment."""

from datetime import UTC, datetime
from typing import Any

from agents.weekly_digest.composer import FIELDS, _taste_of
from agents.weekly_digest.items import owned_items
from samples.wardrobes import WARDROBES, wardrobe

NOW = datetime(2026, 11, 24, tzinfo=UTC)


class Watched(dict[str, Any]):
    """A document that notes what is read of it."""

    seen: set[str]

    def get(self, name: str, default: Any = None) -> Any:
        self.seen.add(name)
        return super().get(name, default)


def test_the_store_is_asked_for_every_field_that_is_read_and_for_no_other() -> None:
    Watched.seen = set()
    documents = [item for user in WARDROBES for item in wardrobe(user, NOW)]
    documents.append({**documents[0], "id": "untitled", "title": ""})
    owned_items(map(Watched, documents), now=NOW)
    assert Watched.seen == set(FIELDS)


def test_what_was_declared_comes_first_and_is_never_dropped_though_it_was_learnt_as_well() -> None:
    declared = [f"Declared {number}" for number in range(10)]
    profile = {
        "stylePreferences": [*declared, "boho", "linen"], "tasteInferred": {"stylePreferences": ["boho", "linen"]},
        "preferredColours": ["Navy"],
    }  # fmt: skip
    learnt = {"style": ["linen", "declared 9", *(f"learnt {number}" for number in range(20))], "colour": ["red", "navy"]}
    taste = _taste_of(profile, learnt)
    assert taste.styles[:12] == [*declared, "linen", "learnt 0"]
    assert taste.declared == {"styles": 10, "colours": 1, "brands": 0}
    assert taste.colours == ["Navy", "red"]
    assert _taste_of({**profile, "stylePreferences": ["boho", "Mine", "linen"]}, learnt).styles[:4] == [
        "Mine", "linen", "declared 9", "learnt 0",
    ]  # fmt: skip
