"""Strangers' text as one line, printable and of bounded length, and the name that they probably meant; a count with its noun.
How a page shows text is the page's own rule.
"""

from collections.abc import Collection
from difflib import get_close_matches


def one_line(text: str, limit: int, *, whole_words: bool = False, banned: str = "") -> str:
    """Return the printable letters of `text` in one line of at most `limit` characters, without those that are `banned`.

    `whole_words`: what is cut is cut at a space where there is one near, so that no word or number is left in halves; letters
    that go are spaces then.
    """
    kept = text[: limit * 20 + 200]
    plain = kept.isprintable()
    for letter in banned:  # a few hundred texts of a wardrobe pass here, and nearly all are plain
        plain = plain and letter not in kept
    if not plain:
        blank = " " if whole_words else ""
        kept = "".join(
            letter if letter.isprintable() and letter not in banned else (" " if letter.isspace() else blank) for letter in kept
        )
    line = " ".join(kept.split())
    if len(line) <= limit:
        return line
    head, _, _ = line[: limit + 1].rpartition(" ")
    return (head if whole_words and len(head) * 2 > limit else line[:limit]).strip()


def nearest(name: str, known: Collection[str]) -> str | None:
    """Return the name that was probably meant; case and underscores do not count."""
    folded = {one.casefold().replace("_", ""): one for one in sorted(known)}
    close = get_close_matches(name.casefold().replace("_", ""), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def plural(count: int, one: str, many: str = "") -> str:
    """Return `1 piece` or `2 pieces`; `many` where an s does not make the plural."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
