"""The taste question: what a picture says of style, as a typed, bounded answer that every model provider gives."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from shared.fashion.words import clean_word, folded_word

PROMPT_VERSION = "taste-1"
MAX_STYLE_KEYWORDS, MAX_COLOURS, MAX_GARMENTS, MAX_WORD, MAX_BRAND = 8, 5, 8, 40, 80
MAX_BRAND_TOKENS: Final = 6
SPELLINGS: Final = {"colors": "colours", "color": "colours", "styles": "style_keywords", "keywords": "style_keywords"}
UNSURE: Final = 0.5
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

    @model_validator(mode="before")
    @classmethod
    def _is_one(cls, value: Any) -> Any:  # noqa: ANN401  (whatever came)
        """Refuse an object that has nothing of a description; take other spellings of the fields."""
        if not isinstance(value, Mapping):
            return value
        fields = dict(value)
        for spelling, name in SPELLINGS.items():
            if spelling in fields:
                fields.setdefault(name, fields[spelling])
        if not {"style_keywords", "colours", "garments"} & set(fields):
            raise ValueError("style_keywords, colours and garments are missing")
        return fields

    @model_validator(mode="after")
    def _says_what_it_says(self) -> "StyleDescription":
        """A brand is no style or garment; and who is sure of nothing has said nothing."""
        brand = (self.brand or "").casefold()
        for words in (self.style_keywords, self.garments, self.colours):
            words[:] = [word for word in words if word != brand and self.confidence > 0]
        return self

    @property
    def is_empty(self) -> bool:
        """True when nothing can be learnt from it: the picture shows no fashion."""
        return self.confidence == 0 or not (self.style_keywords or self.colours or self.garments or self.brand)
