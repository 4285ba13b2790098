"""The documents of `ScrapedItems`: their ids, their fields, and the text that stands for one in a search. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from agents.scraper.message import GLOBAL
from shared.clock import to_iso
from shared.scraping.base import FoundItem
from shared.store.base import Document
from shared.text import one_line

MAX_TEXT: Final = 1_000  # so that 256 texts are one call of the embedding client
DIGITS: Final = 7  # of an embedding's numbers: single precision has no more


@dataclass(frozen=True, slots=True)
class Origin:
    """Where items come from. `submitter_id`: the client's user, None where this app has read the source itself."""

    source_id: str
    source_type: str
    submitter_id: str | None = None


def item_id(origin: Origin, product_url: str) -> str:
    """Return the id of an item; `product_url` is normalised."""
    digest = hashlib.sha256(f"{origin.source_id}:{product_url}".encode()).hexdigest()
    return f"{origin.source_type}-{digest[:16]}"


def text_of(title: str, brand: str, tags: Sequence[str], description: str) -> str:
    """Return the text to embed: what names the thing first, cut at `MAX_TEXT` characters."""
    return one_line(". ".join(part for part in (title, brand, ", ".join(tags), description) if part), MAX_TEXT)


def text_of_item(item: FoundItem) -> str:
    """Return the text to embed of what was found."""
    return text_of(item.title, item.brand or "", item.tags, item.description)


def text_of_document(document: Mapping[str, Any]) -> str:
    """Return the text to embed of a stored item, which others may have written."""
    title, brand, description = (
        value if isinstance(value := document.get(name), str) else "" for name in ("title", "brand", "description")
    )
    tags = document.get("tags")
    return text_of(title, brand, [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else [], description)


def embedding_of(vector: Sequence[float]) -> list[float]:
    """Return a vector as it is stored."""
    return [round(float(value), DIGITS) for value in vector]


def document_of(
    item: FoundItem, origin: Origin, *, p_hash: str | None, vector: Sequence[float] | None, pending: bool, model: str,
    at: datetime, save_id: str,
) -> Document:  # fmt: skip
    """Return a new item's document. `p_hash` None: the picture is not comparable, or was not to be looked at; `pending`: it has
    no vector yet; `save_id`: tells our own write from somebody else's when its answer was lost.
    """
    price = {"amount": item.price.amount, "currency": item.price.currency} if item.price else None
    created = to_iso(item.source_created_at) if item.source_created_at else None
    return {
        "id": item_id(origin, item.product_url), "userId": GLOBAL, "sourceId": origin.source_id,
        "sourceType": origin.source_type, "title": item.title, "description": item.description, "imageUrl": item.image_url,
        "productUrl": item.product_url, "buyLinks": list(item.buy_links), "price": price, "brand": item.brand,
        "tags": list(item.tags), "galleryImages": list(item.gallery_images), "commentText": item.comment_text,
        "pHash": p_hash, "embedding": embedding_of(vector) if vector is not None else None,
        "embeddingModel": model if vector is not None else None, "embeddingPending": pending,
        "redditScore": item.reddit_score, "scoreSignal": 0, "scrapedAt": to_iso(at), "sourceCreatedAt": created,
        "imageExpired": False, "submitterId": origin.submitter_id, "verified": False, "saveId": save_id,
    }  # fmt: skip
