"""The closed list of primary moods, and what a model is asked to find in articles. Lenient where a model is sloppy."""

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, Field

PROMPT_VERSION: Final = "moods-1"
PRIMARY_MOODS: Final = (
    "Minimalist", "Maximalist", "Romantic", "Edgy", "Preppy", "Bohemian", "Sporty", "Classic", "Streetwear", "Coastal",
    "Cottagecore", "Dark Academia",
)  # fmt: skip
SIGNALS: Final = {
    "color_palette": "colorPalette", "patterns": "patterns", "silhouettes": "silhouettes", "fabrics": "fabrics",
    "key_pieces": "keyPieces",
}  # fmt: skip
MAX_WORDS: Final = 8
MAX_WORD: Final = 40


def _words(value: object) -> object:
    """Absent means none; text is trimmed, made lower case, bounded, and kept once."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ValueError("expected a list of text")
    cleaned = (" ".join(word.split()).casefold()[:MAX_WORD] for word in value)
    return list(dict.fromkeys(word for word in cleaned if word))[:MAX_WORDS]


Words = Annotated[list[str], BeforeValidator(_words)]


class FoundMood(BaseModel):
    """One mood in a chunk of articles. `articles` are the numbers of those that are about it."""

    name: str
    primary_mood: str
    description: str
    articles: list[int]
    sub_moods: Words = Field(default_factory=list)
    color_palette: Words = Field(default_factory=list)
    patterns: Words = Field(default_factory=list)
    silhouettes: Words = Field(default_factory=list)
    fabrics: Words = Field(default_factory=list)
    key_pieces: Words = Field(default_factory=list)


class FoundMoods(BaseModel):
    """The answer for a chunk; no mood at all is an answer too."""

    moods: list[FoundMood]


class SameMoods(BaseModel):
    """The answer to "are these two names for one mood?", one for each pair, in order."""

    same: list[bool]
