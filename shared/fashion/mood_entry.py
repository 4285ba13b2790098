"""What a mood of the lexicon is: its name, its primary mood, and what names it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MoodEntry:
    """One mood. `sure`: what names it in any text; `words`: what does where the text is about fashion, or as a short headline;
    `beside`: what does only right before a word of fashion ("western boots", not "western leaders"). All are names of it.
    """

    name: str
    primary: str
    description: str
    sure: tuple[str, ...]
    words: tuple[str, ...]
    beside: tuple[str, ...] = ()

    @property
    def surfaces(self) -> tuple[str, ...]:
        """All that names it, but for the name."""
        return (*self.sure, *self.words, *self.beside)


def moods_of(primary: str, *rows: tuple[str, str, str, str] | tuple[str, str, str, str, str]) -> list[MoodEntry]:
    """Return rows of name, description, and what names it (sure, words, beside; each parted by bars)."""
    return [
        MoodEntry(name, primary, description, *(tuple(filter(None, part.split("|"))) for part in said))
        for name, description, *said in rows
    ]
