"""The taste question: what a picture says of style, as a typed, bounded answer that every model provider gives."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

PROMPT_VERSION = "taste-1"
MAX_STYLE_KEYWORDS, MAX_COLOURS, MAX_GARMENTS, MAX_WORD = 8, 5, 8, 40


def _bounded_words(limit: int) -> BeforeValidator:
    """Trim, lower the case, drop blanks and repeats, keep the first `limit`; what is not a list of text is an error."""

    def clean(value: object) -> object:
        if not isinstance(value, list):
            return value
        seen: dict[str, None] = {}
        for word in value:
            if not isinstance(word, str):
                raise ValueError(f"every entry must be text, one is {type(word).__name__}")  # noqa: TRY004  (pydantic wants ValueError)
            text = " ".join(word.split()).casefold()[:MAX_WORD].strip()
            if text and text.isprintable():
                seen.setdefault(text)
        return list(seen)[:limit]

    return BeforeValidator(clean)


class StyleDescription(BaseModel):
    """What a picture says of style. Words are lower case, trimmed, distinct; too many are cut, not refused."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    style_keywords: Annotated[list[str], _bounded_words(MAX_STYLE_KEYWORDS)] = Field(
        description="1 to 8 style words of fashion, e.g. minimalist, tailored, bohemian"
    )
    colours: Annotated[list[str], _bounded_words(MAX_COLOURS)] = Field(
        description="up to 5 colour names of the garments, most of it first"
    )
    garments: Annotated[list[str], _bounded_words(MAX_GARMENTS)] = Field(
        description="up to 8 garments worn or shown, singular, e.g. blazer"
    )
    brand: Annotated[str, Field(max_length=80)] | None = Field(
        default=None, description="the brand, only where a logo or label shows it; else null"
    )
    confidence: float = Field(ge=0.0, le=1.0, description="how sure you are, 0 to 1")

    @property
    def is_empty(self) -> bool:
        """True when nothing could be learnt from it."""
        return not (self.style_keywords or self.colours or self.garments or self.brand)
