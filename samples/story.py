"""The sample story: who likes which picture, and what their wardrobe items say of themselves."""

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class SampleLike:
    """One like. `words` become the wardrobe item's tags: the embedded model reads them, a vision model does not."""

    user: str
    photo: str
    words: str = ""

    @property
    def item(self) -> str:
        """The wardrobe item's id."""
        return f"item-{self.photo.removesuffix('.jpg')}"


LIKES: Final = (
    SampleLike("ada", "navy-blazer.jpg", "tailored navy wool blazer, minimalist"),
    SampleLike("ada", "camel-coat.jpg", "classic camel wool coat, quiet luxury"),
    SampleLike("ada", "black-trousers.jpg", "tailored black trousers, minimalist"),
    SampleLike("ada", "striped-shirt.jpg", "breton striped cotton top, coastal"),
    SampleLike("ada", "navy-blazer.jpg"),  # a second tap: a duplicate
    SampleLike("bruno", "denim-jacket.jpg", "vintage denim jacket, western"),
    SampleLike("bruno", "olive-parka.jpg", "olive utility parka, outdoorsy, layered"),
    SampleLike("bruno", "astronaut.jpg", "orange utility jumpsuit, space age, vintage"),
    SampleLike("bruno", "broken.jpg", "a file that is no picture"),
    SampleLike("chiara", "red-dress.jpg", "red silk dress, romantic, glamorous"),
    SampleLike("chiara", "coffee.jpg", "cosy knitted jumper in rust"),
    SampleLike("chiara", "chelsea.jpg", "cosy bohemian cardigan, knitted"),
    SampleLike("dmitri", "navy-blazer.jpg", "tailored navy wool blazer, minimalist"),  # ada's picture: no second analysis
    SampleLike("dmitri", "striped-shirt.jpg", "breton striped cotton top, coastal"),
    SampleLike("dmitri", "black-trousers.jpg", "monochrome black trousers, minimalist"),
)
DECLARED: Final[dict[str, dict[str, Any]]] = {"ada": {"stylePreferences": ["Parisian"]}}
UNDECODABLE: Final = b"\xff\xfe this was never JSON \x00\x80"


def wardrobe_items(base_url: str) -> list[dict[str, Any]]:
    """Return the wardrobe documents behind the likes, in the web API's shape."""
    items: dict[str, dict[str, Any]] = {}
    for like in LIKES:
        if not like.words:
            continue
        item_id = like.item
        items[f"{like.user}/{item_id}"] = {
            "id": item_id, "userId": like.user, "imageUrl": f"{base_url}/{like.photo}",
            "tags": [word.strip() for word in like.words.split(",")], "colours": [], "brand": None, "category": None,
            "aestheticTags": [], "dateAdded": "2026-11-01T09:00:00.000Z", "wearCount": 0, "wearEvents": [],
            "draftStatus": None, "isWishlisted": False,
        }  # fmt: skip
    return list(items.values())
