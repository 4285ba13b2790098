"""The closed list of primary moods, and what a model is asked to find in articles. Lenient where a model is sloppy."""

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, Field

PROMPT_VERSION: Final = "moods-2"
PRIMARY_MOODS: Final = (
    "Minimalist", "Maximalist", "Romantic", "Edgy", "Preppy", "Bohemian", "Sporty", "Classic", "Streetwear", "Coastal",
    "Cottagecore", "Dark Academia",
)  # fmt: skip
SIGNALS: Final = {
    "color_palette": "colorPalette", "patterns": "patterns", "silhouettes": "silhouettes", "fabrics": "fabrics",
    "key_pieces": "keyPieces",
}  # fmt: skip
NEW: Final = "new"
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
    """One mood in a chunk of articles. `articles` are the numbers of those that are about it; `known`: the id of the mood of
    ours that it is, where it is none that is new; `quote`: words of one of these articles, None where none was asked for.
    """

    known: str | None = None
    quote: str | None = None
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


class MoodAsked(BaseModel):
    """One mood, as a model is asked for it: stricter than what is read."""

    known: str = Field(description=f"the id of the known mood that it is, under whatever name; {NEW} where none of them is it")
    name: str = Field(description="its common English name, without style, aesthetic or look; of a known mood, that one's")
    primary_mood: str = Field(description="the nearest", json_schema_extra={"enum": list(PRIMARY_MOODS)})
    quote: str = Field(description="3 to 12 words of one of these articles, letter by letter, that show it")
    description: str = Field(description="at most 20 words: what one wears")
    articles: list[int] = Field(description="the numbers of the articles that are about it")
    sub_moods: list[str] = Field(description="at most 3")
    color_palette: list[str] = Field(description="colours that these articles name for it")
    patterns: list[str]
    silhouettes: list[str]
    fabrics: list[str]
    key_pieces: list[str]


class MoodsAsked(BaseModel):
    """What is asked of the model."""

    moods: list[MoodAsked]


class SameMoods(BaseModel):
    """The answer to "are these two names for one mood?", one for each pair, in order."""

    same: list[bool]
