"""The taste question: what a picture says of style, as a typed, bounded answer that every model provider gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from shared.fashion.words import clean_word, folded_word

PROMPT_VERSION = "taste-2"
MAX_STYLE_KEYWORDS, MAX_COLOURS, MAX_GARMENTS, MAX_WORD, MAX_BRAND = 8, 5, 8, 40, 80
MAX_BRAND_TOKENS: Final = 6
SPELLINGS: Final = {
    "colors": "colours", "styleKeywords": "style_keywords", "styles": "style_keywords", "otherStyles": "other_styles",
    "isFashion": "is_fashion",
}  # fmt: skip
UNSURE: Final = 0.5
MAX_NAMED_STYLES: Final = 6
USUAL: Final = frozenset(
    {"", "plain", "regular", "straight", "other", "cotton", "denim", "wool", "knitted", "nylon"}
)  # no style
_OTHERS_READ: Final = 200  # entries of a list that are looked at


def _bounded_words(limit: int) -> BeforeValidator:
    """Clean each word, drop what says nothing and repeats, keep the first `limit`; what is not a list of text is an error."""

    def clean(value: object) -> object:
        if not isinstance(value, list):
            return value
        seen: dict[str, None] = {}
        for word in value[:_OTHERS_READ]:
            if word is None:
                continue
            if not isinstance(word, str):
                raise ValueError(f"every entry must be text, one is {type(word).__name__}")  # noqa: TRY004  (pydantic wants ValueError)
            text = folded_word(word, limit=MAX_WORD)
            if text:
                seen.setdefault(text)
        return list(seen)[:limit]

    return BeforeValidator(clean)


def _brand(value: object) -> object:
    """A brand as it may be kept, cut at its bound; None where it says nothing."""
    if isinstance(value, str):
        return clean_word(value, limit=MAX_BRAND, tokens=MAX_BRAND_TOKENS, cut=True) or None
    return value


def _confidence(value: object) -> object:
    """A missing confidence is a middling one; what is no number at all is an error."""
    if isinstance(value, bool):
        raise ValueError("expected a number, true and false are none")  # noqa: TRY004  (as above)
    return UNSURE if value is None else value


def of_reading(fields: dict[str, Any]) -> dict[str, Any]:
    """Turn garments that have values of their own (see `style_question`) into words and how sure each is.

    The main garments come first, those of the background are left out; their colours are the picture's, and what the main
    one is made like is said of its style.
    """
    styles = fields.get("style_keywords")
    further = fields.get("other_styles")
    if isinstance(styles, list) and isinstance(further, list):
        fields["style_keywords"] = styles = [*styles, *further]
    garments = fields.get("garments")
    if not isinstance(garments, list) or not any(isinstance(one, Mapping) for one in garments):
        return fields
    seen = sorted((one for one in map(Seen.of, garments) if one is not None), key=lambda one: one.rank)
    strengths = {word: one.confidence for one in reversed(seen) for word in one.words if one.confidence is not None}
    said = fields.get("colours")
    fields["garments"] = [one.garment for one in seen]
    fields["colours"] = [one.colour for one in seen if one.colour] + (said if isinstance(said, list) else [])
    if isinstance(styles, list):
        fields["style_keywords"] = [*styles[:MAX_NAMED_STYLES], *(word for one in seen[:1] for word in one.made_like)]
    fields["strengths"] = strengths
    return fields


@dataclass(frozen=True, slots=True)
class Seen:
    """One garment as it is read: clean words, empty where nothing is said; `rank` 0 is a main one."""

    garment: str
    colour: str
    made_like: tuple[str, ...]
    rank: int
    confidence: float | None

    @classmethod
    def of(cls, entry: object) -> "Seen | None":
        """Return None for a garment of the background. Raises ValueError for what is neither text nor a garment."""
        if isinstance(entry, str):
            return cls(entry, "", (), 0, None)
        if not isinstance(entry, Mapping) or not isinstance(entry.get("garment"), str):
            raise ValueError(f"every garment must be an object with its word, one is {type(entry).__name__}")  # noqa: TRY004
        if entry.get("prominence") == "background":
            return None
        sure = entry.get("confidence")
        made_like = tuple(word for name in ("pattern", "fabric", "fit") if (word := _said(entry.get(name))) not in USUAL)
        return cls(
            folded_word(entry["garment"], limit=MAX_WORD), _said(entry.get("colour", entry.get("color"))), made_like,
            rank=1 if entry.get("prominence") == "second" else 0,
            confidence=float(min(1.0, max(0.0, sure))) if isinstance(sure, int | float) and sure == sure else None,  # noqa: PLR0124
        )  # fmt: skip

    @property
    def words(self) -> tuple[str, ...]:
        """All that is said of it."""
        return tuple(word for word in (self.garment, self.colour, *self.made_like) if word)


def _said(word: object) -> str:
    return folded_word(word, limit=MAX_WORD) if isinstance(word, str) else ""


class StyleDescription(BaseModel):
    """What a picture says of style. Words are clean, lower case, distinct; too many are cut, not refused, and a field that is
    missing says nothing.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    style_keywords: Annotated[list[str], _bounded_words(MAX_STYLE_KEYWORDS)] = Field(
        default_factory=list, description="1 to 8 style words of fashion, e.g. minimalist, tailored, bohemian"
    )
    colours: Annotated[list[str], _bounded_words(MAX_COLOURS)] = Field(
        default_factory=list, description="up to 5 colour names of the garments, most of it first"
    )
    garments: Annotated[list[str], _bounded_words(MAX_GARMENTS)] = Field(
        default_factory=list, description="up to 8 garments worn or shown, singular, e.g. blazer"
    )
    brand: Annotated[str | None, BeforeValidator(_brand)] = Field(
        default=None, description="the brand, only where a logo or label shows it; else null"
    )
    confidence: Annotated[float, BeforeValidator(_confidence)] = Field(
        default=UNSURE, ge=0.0, le=1.0, description="how sure you are, 0 to 1"
    )

    strengths: dict[str, Annotated[float, Field(ge=0.0, le=1.0)]] = Field(
        default_factory=dict, description="how sure of single words, where said"
    )

    @model_validator(mode="before")
    @classmethod
    def _is_one(cls, value: Any) -> Any:  # noqa: ANN401  (whatever came)
        """Refuse an object that has nothing of a description; take other spellings, and garments with values of their own."""
        if not isinstance(value, Mapping):
            return value
        fields = {SPELLINGS.get(str(name), str(name)): one for name, one in value.items()}
        if fields.get("is_fashion") is False:
            return {"confidence": fields.get("confidence")}
        if not {"style_keywords", "colours", "garments"} & set(fields):
            raise ValueError("style_keywords, colours and garments are missing")
        return of_reading(fields)

    @model_validator(mode="after")
    def _says_what_it_says(self) -> "StyleDescription":
        """A brand is no style or garment; and who is sure of nothing has said nothing."""
        brand = (self.brand or "").casefold()
        for words in (self.style_keywords, self.garments, self.colours):
            words[:] = [word for word in words if word != brand and self.confidence > 0]
        for word in set(self.strengths) - {*self.style_keywords, *self.garments, *self.colours}:
            del self.strengths[word]
        return self

    def sure_of(self, word: str) -> float:
        """How sure the model was of a word: of the garment that it belongs to, else of the picture."""
        return self.strengths.get(word, self.confidence)

    @property
    def is_empty(self) -> bool:
        """True when nothing can be learnt from it: the picture shows no fashion."""
        return self.confidence == 0 or not (self.style_keywords or self.colours or self.garments or self.brand)
